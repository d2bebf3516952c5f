"""Which field a text is of, by its terms."""

from __future__ import annotations

from localdigest.evaluate import inputs
from localdigest.language import glossary
from localdigest.language.fields import Fields


def test_the_field_with_the_most_of_its_own_terms_is_the_likeliest() -> None:
    fields = Fields.of([("hep", "meson"), ("hep", "quark"), ("hep", "channel"), ("eess", "channel"), ("eess", "codec")])
    assert fields.likeliest("Mesons of two quarks in this channel") == ("hep",)
    assert fields.likeliest("a codec for the channel") == ("eess",)
    assert fields.likeliest("a quark, a codec") == ("eess", "hep")
    assert fields.likeliest("nothing of any field") == ()


def test_an_abstract_tells_its_field() -> None:
    """48 abstracts of sixteen fields; a category's own table comes first, and others of its archive's do as well."""
    terms = glossary.load("zh-CN")
    pairs = inputs.fields("zh-CN")
    found = [terms._fields.likeliest(pair.en) for pair in pairs]
    known = [glossary.tables_of(pair.categories[0]) for pair in pairs]
    assert sum(right[0] in names for names, right in zip(found, known, strict=True)) >= 40


def test_a_text_without_a_category_has_the_terms_of_the_field_that_it_tells() -> None:
    terms = glossary.load("zh-CN")
    text = "The flavor structure of mesons with open charm, and the pion mass on the lattice, tell of the tetraquark."
    assert terms.of((), text).find(text) == terms.of(["hep-ph"]).find(text)
    assert len(terms.of(()).find(text)) < len(terms.of((), text).find(text))

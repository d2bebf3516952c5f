from __future__ import annotations

import pytest

from localdigest.messages.errors import ConfigError
from localdigest.records import taxonomy


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cs.CL", ("cs.CL",)),
        ("astro-ph.co", ("astro-ph.CO",)),
        ("cs.sd cs.CL", ("cs.SD", "cs.CL")),
        ("CS.SD,eess.as , cs.sd", ("cs.SD", "eess.AS")),
        ("cs.CL，hep-th、MATH-PH", ("cs.CL", "hep-th", "math-ph")),
        ("astro-ph", ("astro-ph",)),
        ("cmp-lg Alg-Geom", ("cs.CL", "math.AG")),  # closed archives: what took them in
        ("", ()),
    ],
)
def test_names_are_taken_as_they_are_typed(text: str, names: tuple[str, ...]) -> None:
    assert taxonomy.known([text], "--categories") == names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cs.XX", "cs has cs.AI, cs.AR,"),
        ("cs.LC", "did you mean cs."),
        ("CL", "did you mean cs.CL (Computation and Language)?"),
        ("astroph.CO", "did you mean astro-ph.CO (Cosmology"),
        ("physics.hep-th", "did you mean hep-th (High Energy Physics - Theory)?"),
        ("cosmology", "did you mean astro-ph.CO ("),
        ("hep-xx", "did you mean hep-"),
        ("zzzz", "arxiv.org/category_taxonomy has all"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_names(name: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        taxonomy.known(["cs.CL", name], "digest.toml")
    assert str(caught.value).startswith(f"digest.toml: {name!r} is no arXiv category; ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("category", "wanted", "inside"),
    [
        ("astro-ph.CO", {"astro-ph"}, True),
        ("astro-ph", {"astro-ph"}, True),
        ("astro-ph", {"astro-ph.CO"}, False),
        ("physics.acc-ph", {"physics"}, True),
        ("cmp-lg", {"cs.CL"}, True),
        ("cmp-lg", {"cs"}, True),
        ("cs.NEW", {"cs"}, True),  # one that is younger than the table
        ("math-ph", {"math"}, False),
        ("", {"cs"}, False),
    ],
)
def test_an_archive_covers_what_is_in_it(category: str, wanted: set[str], inside: bool) -> None:
    assert taxonomy.within(category, wanted) is inside


def test_the_table_is_whole() -> None:
    names = taxonomy.titles()
    assert len(names) > 160
    assert all(name.partition(".")[0] in names and title == title.strip() for name, title in names.items())
    assert taxonomy.members(("astro-ph", "hep-th"))[:2] == ("astro-ph", "astro-ph.CO")
    assert {taxonomy.known([old], "x")[0] for old in ("q-alg", "chao-dyn", "supr-con")} <= set(names)

"""`localdigest eval`: terms that the tables lack, the abstracts of sixteen fields, figures by field."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.evaluate import Gap, Pair, Run, Translated, gaps, inputs, report, table
from localdigest.evaluate.compare import compare
from localdigest.evaluate.figures import by_field
from localdigest.language.glossary import Termbase
from localdigest.records import Finding
from tests.kit.measurements import GOOD, command, run, text

TABLES = {
    "cs-ai": ["graph network", "sparse graph", "deep network", "sparse network", "graph transformer", "sparse model"],
    "gr-qc": ["eikonal soliton", "graph kernel", "sparse kernel", "soliton"],
}


@pytest.fixture
def terms(tmp_path: Path) -> Termbase:
    paths = {}
    for name, rows in TABLES.items():
        paths[name] = tmp_path / f"{name}.tsv"
        paths[name].write_text("".join(f"{english}\t网络\n" for english in rows), encoding="utf-8")
    return Termbase(tables=paths)


def found(terms: Termbase, *texts: str, category: str = "cs.CL") -> list[str]:
    pairs = [Pair(str(i), text, categories=(category,)) for i, text in enumerate(texts)]
    return [gap.term for gap in gaps.find(pairs, terms)]


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ("We propose a sparse graph and a deep network.", []),  # known
        ("We propose a equivariant graph network for parsing.", ["equivariant graph network"]),
        ("We study the eikonal of each.", ["eikonal"]),
        ("It shows that this model is useful in many recent papers.", []),
        ("A well-known approach significantly improves the results of previous work.", []),
        ("The XYZNet Foobar is ours.", []),  # a name
        ("See https://example.org/eikonal and $eikonal$ in `eikonal`.", []),
        ("The 3-sparse network and an eikonal-sparse network.", ["eikonal-sparse network"]),  # cut at no hyphen
    ],
)
def test_what_terms_are_made_of_is_read_from_the_tables(said: str, lacking: list[str], terms: Termbase) -> None:
    assert found(terms, said) == lacking


def test_what_most_texts_have_comes_first_and_parts_of_one_longer_name_are_left_out(terms: Termbase) -> None:
    texts = ("An instanton.", "Equivariant graph networks.", "The equivariant graph network and a soliton.")
    first, soliton, instanton = gaps.find([Pair(t, t, categories=("cs.CL",)) for t in texts], terms)
    assert first == Gap("cs-ai", "Equivariant graph networks", 2, 2, ())
    assert soliton == Gap("cs-ai", "soliton", 1, 1, ("gr-qc",))
    assert instanton.term == "instanton"
    assert found(terms, "A soliton.", category="gr-qc") == []
    assert found(terms, "An eikonal soliton.") == []  # borrowed


def test_a_language_without_tables_lacks_nothing() -> None:
    assert gaps.find([Pair("a", "An instanton.")], Termbase()) == ()


def test_the_shipped_abstracts_are_of_sixteen_fields_and_have_references_in_chinese() -> None:
    pairs = inputs.fields("zh-CN")
    assert len(pairs) == 48
    assert all(pair.ref and pair.title and pair.categories for pair in pairs)
    archives = Counter(pair.categories[0].partition(".")[0].partition("-ex")[0] for pair in pairs)
    assert min(archives.values()) >= 1
    assert len({pair.field for pair in inputs.fields("zh-CN", 16)}) >= 13, "one of each field comes first"
    assert [pair.ref for pair in inputs.fields("de")] == [""] * 48


def in_field(one: Translated, category: str) -> Translated:
    terms: dict[str, tuple[str, ...]] = {"hours": ("小时",), "code": ("代码",)}
    return replace(one, pair=replace(one.pair, categories=(category,)), terms=terms)


def measured() -> Run:
    odd, left = Finding("odd", "x", True), Finding("odd", "y")
    texts = (in_field(text(1, GOOD, odd, left), "cs.CL"), in_field(text(2, "小"), "hep-ph"), text(3))
    return replace(run(*texts), gaps=tuple(Gap("hep", f"term {i}", 1, 2, ("nucl",)) for i in range(25)))


def test_figures_stand_by_field() -> None:
    pytest.importorskip("sacrebleu")
    fields = by_field(measured())
    assert list(fields) == ["cs-ai", "hep"]
    assert (fields["cs-ai"].chrf, fields["cs-ai"].terms, fields["cs-ai"].terms_kept) == (100, 2, 1)
    assert (fields["cs-ai"].unresolved, fields["hep"].unresolved) == ({"odd": 1}, {})
    assert (fields["hep"].chrf or 0) < 20
    shown = table.plain_text(table.sections(measured()))
    assert "  cs-ai      1  100.0      1 of 2           1  odd 1\n" in shown
    told = report.figures(measured())
    assert told["translation"]["fields"]["hep"]["terms_kept"] == 0
    assert len(told["terms_lacking"]["hep"]) == 25
    assert shown.count("nucl") == table.MOST_SHOWN
    assert "and 5 more" in shown


def test_a_comparison_has_figures_of_both_and_no_terms(tmp_path: Path) -> None:
    report.save(measured(), tmp_path / "a.json")
    again = report.load(tmp_path / "a.json")
    assert again == measured()
    assert "terms_lacking" not in report.comparison(compare(again, measured()))["a"]


def test_the_command_looks_for_terms_without_a_model(tmp_path: Path) -> None:
    done = command("-C", tmp_path, "eval", "--terms", "--fields", "--limit", "3", "--json", "--save", tmp_path / "t")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["terms_lacking"]
    assert told == json.loads((tmp_path / "t").read_bytes())["terms_lacking"]
    assert set(told) <= {"astro-ph", "cond-mat", "gr-qc"}
    assert all(row["texts"] == 1 for rows in told.values() for row in rows)
    assert command("-C", tmp_path, "eval", "--terms").exception
    assert "no tables of terms" in str(command("eval", "--terms", "--fields", "--language", "de").exception)

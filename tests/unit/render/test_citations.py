"""BibTeX and CSL-JSON of a day: what a reference manager reads is what the paper says, whatever that is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string

from localdigest.records import Paper
from localdigest.render.citations import name_parts, tex, to_bibtex, to_csl
from localdigest.select.interests import read
from localdigest.text.tex import seen
from tests.kit import payloads
from tests.kit.digests import digest, paper

DUTCH = replace(
    paper(
        1, r"Fast $\alpha$-{VAE}s & 50% of Schr\"odinger", ("Aäron van den Oord", "the ATLAS Collaboration", "Plato")
    ),
    comment="12 pages_A",
    categories=("cs.SD", "eess.AS"),
)
OLD = replace(paper(2, "Old"), id="hep-th/9901001", version=0)


# ---------------------------------------------------------------- BibTeX


def test_an_entry_has_what_a_citation_needs() -> None:
    library = parse_string(to_bibtex(digest([DUTCH, OLD])))
    assert not library.failed_blocks
    first, second = library.entries
    fields = {name: field.value for name, field in first.fields_dict.items()}
    assert (first.entry_type, first.key) == ("misc", "2512.00001")
    assert fields == {
        "title": r"{Fast $\alpha$-{VAE}s \& 50\% of Schr\"odinger}",
        "author": "van den Oord, Aäron and {the ATLAS Collaboration} and {Plato}",
        "year": "2025",
        "month": "12",
        "eprint": "2512.00001",
        "archiveprefix": "arXiv",
        "primaryclass": "cs.SD",
        "doi": "10.48550/arXiv.2512.00001",
        "url": "https://arxiv.org/abs/2512.00001v1",
        "keywords": "cs.SD, eess.AS",
        "note": r"12 pages\_A",
        "abstract": "Abstract.",
    }
    assert (second.key, second.fields_dict["url"].value) == ("hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001")
    assert "note" not in second.fields_dict


def test_our_own_reader_of_bibliographies_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "day.bib"
    path.write_text(to_bibtex(digest([DUTCH, OLD])), encoding="utf-8")
    assert len(read(path)) == 2


@pytest.mark.parametrize("text", [*payloads.PAYLOADS, *payloads.LINES])
def test_no_text_breaks_an_entry_or_commands_tex(text: str) -> None:
    hostile = replace(paper(1, text, (text, "Ann Author")), abstract=text, comment=text)
    written = to_bibtex(digest([hostile, OLD]))
    library = parse_string(written)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["2512.00001", "hep-th/9901001"]
    entry = library.entries[0]
    for name in ("title", "abstract", "note", "author"):
        value = entry.fields_dict[name].value if name in entry.fields_dict else ""
        assert _balance(value) == 0
        assert "\n" not in value
        assert not re.search(
            r"\\(?!text|emph|it\b|em\b|ss\b)[A-Za-z]{2,}", re.sub(r"\$[^$]*\$", "", value.replace(r"\$", ""))
        ), value
    printed = _printed(entry.fields_dict["abstract"].value if "abstract" in entry.fields_dict else "")
    assert seen(printed) == seen(_line(text))


def _balance(text: str) -> int:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    return depth


def _line(text: str) -> str:
    return re.sub(payloads._DROPPED, "", re.sub(payloads._SPACES, " ", text)).strip()


def _printed(text: str) -> str:
    """What TeX prints of an escaped text, formulas as they were written."""
    names = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~",
             "textasciicircum": "^", "textless": "<", "textgreater": ">", "textbar": "|"}  # fmt: skip
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        formulas.append(match[0])
        return "\0"

    text = re.sub(r"(?<!\\)\$[^$]+\$", keep, text)
    text = re.sub(r"\\(text[a-z]+)\{\}", lambda match: names[match[1]], text)
    text = re.sub(r"\\([$&%#_])", r"\1", text)
    return re.sub("\0", lambda _: formulas.pop(0), text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r"$\mathcal{O}(n^2)$", r"$\mathcal{O}(n^2)$"),
        (r"$a_{ij} < b$", r"$a_{ij} < b$"),
        (r"\'{e} \c{c} \~n \H{o}", r"\'{e} \c{c} \~n \H{o}"),
        (r"{\it Gaia}, \emph{Fermi}, Na{\"i}ve", r"{\it Gaia}, \emph{Fermi}, Na{\"i}ve"),
        (r"$M\gtrsim 30M_\odot$, $\rm H\alpha$, $\AA$", r"$M\gtrsim 30M_\odot$, $\rm H\alpha$, $\AA$"),
        (r"all $γ\to\{1, 2\}$ of \[Θ(θ)\]", r"all $\gamma \to\{1, 2\}$ of $\Theta (\theta )$"),
        (r"\alpha decay", r"$\alpha$ decay"),
        (r"{\it see https://a.org/b}", r"{\it see https://a.org/b}"),
        (r"$\input{x}$", r"\$\textbackslash{}input\textbraceleft{}x\textbraceright{}\$"),
        (r"$\def\x{y}$", None),
        (r"$^^5cinput x$", None),
        (r"$a } b { c$", None),
        (r"$\csname input\endcsname$", None),
        (r"$\text{$x$}$", None),
        (r"$x% $", None),
        (r"$\{$", None),
        ("price $5 and $6", None),
        ("\\", r"\textbackslash{}"),
    ],
)
def test_latex_that_only_prints_stays_and_all_other_is_printed_as_it_stands(text: str, written: str | None) -> None:
    assert tex(text) == written if written else "\\$" in tex(text) or "$5 and $" in tex(text)
    assert _balance(tex(text)) == 0


# ---------------------------------------------------------------- CSL-JSON

VARIABLES = {
    "id", "type", "title", "author", "issued", "abstract", "publisher", "number", "version", "genre", "DOI", "URL",
    "keyword", "note",
}  # fmt: skip
"""Those of csl-data.json (CSL 1.0.2) that we use; the schema allows no others than its own, and asks for two."""


def test_an_item_is_as_the_schema_has_it() -> None:
    first, second = json.loads(to_csl(digest([DUTCH, OLD])))
    assert first.keys() <= VARIABLES
    assert second.keys() >= {"id", "type"}
    assert first["type"] == "article"
    assert first["issued"] == {"date-parts": [[2025, 12, 16]]}
    assert first["author"] == [
        {"family": "Oord", "given": "Aäron", "non-dropping-particle": "van den"},
        {"literal": "the ATLAS Collaboration"},
        {"literal": "Plato"},
    ]
    assert "version" not in second
    assert all(isinstance(first[name], str) for name in VARIABLES - {"author", "issued"})


@pytest.mark.parametrize("text", [*payloads.PAYLOADS, *payloads.LINES])
def test_an_item_holds_any_text(text: str) -> None:
    hostile = replace(paper(1, text, (text,)), abstract=text, comment=text)
    (item,) = json.loads(to_csl(digest([hostile])))
    assert item.get("abstract", "") == _line(seen(text))
    assert all(isinstance(part, str) and part for name in item["author"] for part in name.values())


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Yann LeCun", ("Yann", "", "LeCun", "")),
        ("Martin Luther King Jr.", ("Martin Luther", "", "King", "Jr.")),
        ("LeCun, Yann", ("Yann", "", "LeCun", "")),
        ("Ludwig van Beethoven", ("Ludwig", "van", "Beethoven", "")),
        ("Van Morrison", ("Van", "", "Morrison", "")),
        ("Martin Luther King, Jr.", ("Martin Luther", "", "King", "Jr.")),
        ("King, Jr., Martin Luther", ("Martin Luther", "", "King", "Jr.")),
        ("Beethoven, Ludwig van", ("Ludwig", "van", "Beethoven", "")),
        ("van der Berg, Jan", ("Jan", "van der", "Berg", "")),
        ("Charles de la Vallée Poussin", ("Charles", "de la", "Vallée Poussin", "")),
        ("Wim Van den Broeck", ("Wim", "Van den", "Broeck", "")),
        ("Massimo De Rosa", ("Massimo", "", "De Rosa", "")),
        ("Tran Van Nam", ("Tran Van", "", "Nam", "")),
        ("José Ortega y Gasset", ("José", "", "Ortega y Gasset", "")),
        (r"P. Erd\H{o}s", ("P.", "", "Erdős", "")),
        ("王伟", ("伟", "", "王", "")),
        ("欧阳 修", ("修", "", "欧阳", "")),
        ("Wei Wang (王伟)", ("Wei", "", "Wang", "")),
        ("田中太郎", ("", "", "田中太郎", "")),
        ("Planck Collaboration", ("", "", "Planck Collaboration", "")),
        ("Ann Author for the CMS Collaboration", ("Ann", "", "Author", "")),
        ("Kimi Team", ("", "", "Kimi Team", "")),
        ("de Finetti", ("", "", "de Finetti", "")),
        ("", ("", "", "", "")),
    ],
)
def test_a_name_is_split_into_given_and_family_names(name: str, parts: tuple[str, str, str, str]) -> None:
    assert name_parts(name) == parts


def test_a_day_without_papers_is_an_empty_bibliography() -> None:
    assert to_bibtex(digest([])).strip() == ""
    assert json.loads(to_csl(digest([]))) == []


def hostile_ids() -> list[Paper]:
    return [replace(paper(1), id=name) for name in payloads.IDS]


def test_a_key_has_no_characters_that_act(tmp_path: Path) -> None:
    for each in hostile_ids():
        for entry in parse_string(to_bibtex(digest([each]))).entries:
            assert re.fullmatch(r"[A-Za-z0-9./-]*", entry.key)

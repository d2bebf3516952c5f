"""Which texts and papers a measurement tells to look at."""

from __future__ import annotations

from dataclasses import replace

from localdigest.evaluate import Explained, report, table
from localdigest.records import Evidence, Finding, Point
from tests.kit.measurements import BAD, breakdown, run, text


def test_what_to_look_at_names_texts_and_papers_with_what_is_wrong() -> None:
    point = Point("比 2.8 好的 3.1", (Evidence(1, "One."), Evidence(1, "Elsewhere.")))
    made = breakdown(("background", Point("一", (Evidence(1, "One."),))), ("results", point))
    found = run(
        text(1),
        text(2, BAD, Finding("number-missing", "13 million")),
        replace(text(3), hyp="", failed="EngineFailed: no memory"),
        explained=(Explained("p", ("One. 2.8 and 3.1",), made), Explained("q", failed="scan")),
    )
    texts, papers = (section for section in table.sections(found) if section.title.endswith("to look at"))
    assert texts.rows == (
        ("t2", "8", "2.8 missing; 13,000,000 missing; 1,300,000,000 invented; 1 of these marked; URL changed; "
         "LaTeX changed; code changed; 5 English words in a run"),
        ("t3", "1", "failed: EngineFailed: no memory"),
    )  # fmt: skip
    assert papers.rows == (
        ("p", "3", "numbers not in their evidence: 2; quotes not on their page: 1; nothing on method"),
        ("q", "1", "failed: scan"),
    )
    told = report.figures(found)
    assert [one["id"] for one in told["translation"]["flagged"]] == ["t2", "t3"]
    assert told["breakdown"]["flagged"][1] == {"id": "q", "found": ("failed: scan",)}


def test_a_table_names_twenty_texts_and_counts_the_rest() -> None:
    (section,) = (
        s for s in table.sections(run(*(text(n, BAD) for n in range(23)))) if s.title == "Translations to look at"
    )
    assert len(section.rows) == 21
    assert section.rows[-1] == ("and 3 more", "", "all of them are in --json")

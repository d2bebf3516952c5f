"""The bullet that a table makes without a model."""

from __future__ import annotations

from localdigest.flows.tables import point
from localdigest.records import Point
from localdigest.records.figures import Row, Table
from localdigest.records.reading import Document, Sentence
from tests.kit.readings import document_of

HEADS = ("clean", "other", "noisy", "far", "Avg.")
CAPTION = "Table 2: Main results: word error rates."


def row(name: str, *values: str, group: str = "") -> Row:
    return Row(group, name, values, f"{name} {' '.join(values)}")


def document(*rows: Row, columns: tuple[str, ...] = HEADS, caption: str = CAPTION) -> Document:
    table = Table("Table 2", caption, 7, (" ".join(columns),), columns, rows)
    return document_of([Sentence(caption, 7, "Results", "caption")], tables=(table,))


OTHER, OWN = row("Whisper", "1", "2", "3", "4", "2.5"), row("Kimi-Audio", "1.28", "2.42", "", "3.1", "1.85")


def test_a_table_bullet_tells_the_papers_own_row() -> None:
    made = point(document(OTHER, OWN), "Kimi-Audio Technical Report", "zh-CN", ())
    assert made
    assert (made.lead, made.verified) == ("表 2", True)
    assert made.text == "Kimi-Audio：clean 1.28，other 2.42，far 3.1，Avg. 1.85"
    assert [(each.page, each.quote) for each in made.evidence] == [
        (7, CAPTION),
        (7, "clean other noisy far Avg."),
        (7, "Kimi-Audio 1.28 2.42  3.1 1.85"),
    ]


def test_a_column_may_be_the_papers_own() -> None:
    rows = (row("MLS", "99.9", "98.7"), row("Avg", "94.1", "97.9"))
    made = point(document(*rows, columns=("Whisper", "Ours")), "A title", "en", ())
    assert made
    assert (made.lead, made.text) == ("Table 2", "Ours: MLS 98.7, Avg 97.9")


def test_no_table_bullet_without_an_own_row_or_for_what_was_told() -> None:
    assert point(document(OTHER, row("Other", "1", "1", "1", "1", "1")), "Kimi-Audio", "zh-CN", ()) is None
    assert point(document(OTHER, OWN, caption="Table 2: Hyperparameters."), "Kimi-Audio", "zh-CN", ()) is None
    told = Point("Kimi-Audio 在 clean、other、far 上为 1.28、2.42、3.1。", ())
    assert point(document(OTHER, OWN), "Kimi-Audio", "zh-CN", (told,)) is None

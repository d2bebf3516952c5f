"""Which figures of a paper are wished for."""

from __future__ import annotations

from localdigest.evidence.figures import chosen
from localdigest.records.figures import Caption
from localdigest.records.reading import Document, Sentence
from tests.kit.readings import document_of


def caption(label: str, says: str) -> Caption:
    return Caption(label, f"{label}: {says}", 1, (0, 0, 1, 1), (0, 1), ())


def document(*captions: Caption, text: str = "") -> Document:
    return document_of([Sentence(text, 2, "Results")] if text else [], captions=captions)


PAPER = document(
    caption("Table 1", "Hyperparameters of the training."),
    caption("Figure 1", "An example of a conversation."),
    caption("Figure 2", "Overview of the proposed architecture."),
    caption("Figure 3", "Accuracy as a function of the noise."),
    caption("Table 2", "Main results: word error rates compared with other systems."),
    text="Table 2 shows that it makes 1.28 % and 2.42 % errors.",
)


def test_a_method_figure_a_results_table_and_a_results_figure_are_chosen() -> None:
    wishes = [(shows, [PAPER.captions[place].label for place in places]) for shows, places in chosen(PAPER, {})]
    assert [(shows, labels[0]) for shows, labels in wishes] == [
        ("method", "Figure 2"),
        ("results", "Table 2"),
        ("results", "Figure 3"),
    ]
    assert all("Table 1" not in labels for _, labels in wishes)


def test_a_paper_without_captions_wishes_for_none() -> None:
    assert chosen(document(), {}) == []

"""Which sentences speak for a paper: what is no result, and what says little without the sentence before it."""

from __future__ import annotations

import pytest
from test_flows import paper

from localdigest.evidence import select
from localdigest.records import Document, PartName, Sentence


def among(part: PartName, section: str, *texts: str, title: str = "Fathom2: a small model") -> list[str]:
    """What is chosen for one part out of a section, best two groups."""
    sentences = tuple(Sentence(text, 1, section) for text in texts)
    groups = select(Document("ab" * 32, 1, 1, sentences, (section,), 1.0), paper(title=title), {part: 2})[part]
    return [group.text for group in groups]


def test_labels_rules_and_what_others_achieve_are_no_results() -> None:
    own = [
        "On the meeting test set, Fathom2 achieves a word error rate of 4.1% and needs 2 GB of memory for recordings "
        "of any length, however many people talk.",
        "Fathom2 reduces the latency of the whole chain from 900 ms to 240 ms on a common laptop, and it takes no more "
        "than that on two older ones.",
    ]
    others = [
        "Tidewater2 mini obtained the highest score in sound effects (67.9) and was also strong in music (58.1).",
        "Each score is calculated from 5 ratings by 20 raters, and the entries are ranked by 2 of the scores.",
        "Participants may submit 3 systems, of which the best result in terms of accuracy counts as 1 entry.",
        "The accuracy of Fathom2 improves by . over the best of 5 baselines, and the gain over the second best was .",
        "Encoder Decoder Loss NSNet2 Testset Baseline Enhanced Clip improves 12.5 of 40 metrics over the baseline.",
    ]
    assert among("results", "Experiments", *others[:2], own[0], *others[2:], own[1]) == own


def test_the_field_at_the_head_of_an_abstract_is_no_method() -> None:
    field = (
        "Loss concealment is the hiding of gaps in audio streams, which are caused by failures of networks, and the "
        "task is based on the data that comes before the gap."
    )
    own = [
        "We train the network in two stages on the audio of a large podcast, whose gaps come from real calls of users, "
        "and first of all on short ones.",
        "The proposed model consists of an encoder for the past and of a decoder that is trained to continue it for "
        "as long as the gap lasts.",
    ]
    assert among("method", "Abstract", field, *own) == own


@pytest.mark.parametrize(
    "leaning",
    [
        "Under this paradigm, problems that are hard for conventional models can be solved more naturally by far.",
        "In contrast, conventional systems suffer from limited context and often fail on overlapping talkers.",
        "Compared with older systems, this remains limited by its fixed look-ahead and fails on long recordings.",
        "The scores on these two sets remain limited by the fixed look-ahead that conventional systems have.",
    ],
)
def test_a_sentence_that_leans_on_the_one_before_brings_it_along(leaning: str) -> None:
    before = (
        "Long recordings are transcribed in one go by a network that was trained on many languages at once, "
        "with all the parts of it learned together."
    )
    assert among("background", "Introduction", before, leaning) == [f"{before} {leaning}"]
    own = "In this paper, existing systems are found to be limited by the fixed look-ahead that they all have."
    assert own in among("background", "Introduction", before, own)

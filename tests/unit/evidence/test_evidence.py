"""Which sentences speak for a paper: what is no result, and what says little without the sentence before it."""

from __future__ import annotations

import re

import pytest

from localdigest.evidence.choice import select
from localdigest.evidence.sections import role_of, roles
from localdigest.flows.condense import CITATION
from localdigest.records import PARTS, Document, PartName, Sentence
from tests.kit.flows import CAPTION, SECTIONS, document, paper


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


# ---------------------------------------------------------------- a whole paper

COUNTS: dict[PartName, int] = {"background": 3, "method": 4, "results": 3}


def test_evidence_is_chosen_by_part_in_the_papers_order_and_once() -> None:
    source = document()
    chosen = select(source, paper(), COUNTS)
    assert tuple(chosen) == PARTS
    place = {sentence: i for i, sentence in enumerate(source.sentences)}
    used: list[Sentence] = []
    for part, groups in chosen.items():
        assert 0 < len(groups) <= COUNTS[part]
        assert {group.part for group in groups} == {part}
        starts = [(part == "background" and "limited" in g.text, place[g.sentences[0]]) for g in groups]
        assert [start for _, start in starts] == sorted(start for _, start in starts) or part == "background"
        for group in groups:
            places = [place[sentence] for sentence in group.sentences]
            assert places == list(range(places[0], places[0] + len(places)))
            assert len({sentence.section for sentence in group.sentences}) == 1
        used += [sentence for group in groups for sentence in group.sentences]
    assert len(used) == len(set(used))
    sections = {part: {s.section for g in groups for s in g.sentences} for part, groups in chosen.items()}
    assert sections["background"] <= {"Abstract", "Introduction"}
    assert "Method" in sections["method"]
    assert "Experiments" in sections["results"]


TOLD = "Table 2: WER (%) on LibriSpeech test-clean; ours is 2.1 against the 2.5 of the strongest of three baselines."


@pytest.mark.parametrize(
    ("caption", "chosen"),
    [
        (TOLD, True),
        ("Figure 3: Fathom2 reduces the error rate by 12% on the long recordings of the meeting test set.", True),
        ("We compare Fathom2 against Tidewater, Ebb and Flow on the meeting test set and on ten lectures.", True),
        ("Table 4: Performance of Fathom2 and of 5 baseline models on the LibriSpeech test-clean benchmark.", False),
        ("Table 5: Improvement of Fathom2 over the best of 5 baselines, obtained with 3 different seeds.", False),
        ("Figure 1: Overview of the model, which achieves 4.1% and reads recordings of 60 minutes", False),
        ("Results are averaged over 5 seeds and the baseline is the better one than the other in 2 of them.", False),
        ("The dashed curve is the baseline, which has 2.5% more errors than the model that we propose here.", False),
        ("In contrast, our model achieves 4.1% on the same recordings, 0.6 better than the baseline has it.", False),
        ("Fathom2 achieves a better error rate than the strongest of the baselines on long recordings.", False),
    ],
)
def test_a_caption_is_evidence_of_results_where_it_says_one_in_a_sentence(caption: str, chosen: bool) -> None:
    around = "The scores of this table were taken once more by other people, who found just what we had found."
    sentences = [
        Sentence(around, 4, "Results"),
        Sentence(caption, 4, "Results", "caption"),
        Sentence(around, 4, "Results"),
    ]
    source = Document("ab" * 32, 5, 5, tuple(sentences), ("Results",), 1.0)
    for part in PARTS:
        groups = select(source, paper(title="Fathom2: a small model"), {part: 1})[part]
        said = [group.text for group in groups if caption in group.text]
        assert said == ([caption] if chosen and part == "results" else [])
    assert not re.match(r"(?:Table|Figure) \d", CITATION.sub("", caption))  # what the model is shown


def test_thanks_and_limits_are_no_evidence_however_much_is_asked_for() -> None:
    chosen = select(document(), paper(), {"background": 99, "method": 99, "results": 99})
    used = [sentence for groups in chosen.values() for group in groups for sentence in group.sentences]
    assert len(used) > 12
    assert [group.part for groups in chosen.values() for group in groups if CAPTION in group.sentences] == ["results"]
    assert {s.section for s in used} == set(SECTIONS) - {"Acknowledgements", "Limitations"}


def test_no_more_groups_than_asked_for_and_none_from_nothing() -> None:
    one = select(document(), paper(), {"background": 1, "method": 0, "results": 1})
    assert {part: len(groups) for part, groups in one.items()} == {"background": 1, "method": 0, "results": 1}
    empty = Document("ab" * 32, 1, 1, (), (), 0.0)
    assert select(empty, paper(), COUNTS) == {"background": [], "method": [], "results": []}


def in_sections(*headings: str) -> Document:
    sentences = tuple(Sentence(f"Sentence {n}.", 1, heading) for n, heading in enumerate(headings))
    return Document("ab" * 32, 1, 1, sentences, headings, 1.0)


def test_a_heading_that_tells_nothing_goes_on_with_the_results_before_it_and_is_method_elsewhere() -> None:
    headings = ("Abstract", "Fathom", "Experimental Setup and Results", "LibriSpeech", "Conclusions", "Zipformer")
    assert roles(in_sections(*headings)) == ["abstract", "method", "results", "results", "conclusion", "method"]


def test_a_summary_is_an_abstract_before_other_headings_and_a_conclusion_after_them() -> None:
    assert roles(in_sections("Summary", "Introduction", "Summary")) == ["abstract", "background", "conclusion"]


@pytest.mark.parametrize(
    ("role", "headings"),
    [
        ("skip", "Author Contributions; Data and code availability; Limitations and future work; Ethics statement"),
        ("background", "Introduction and main results; Institutional background; Related systems; Notation"),
        ("method", "Background estimation; Performance model; Selection rules; Proof of Theorem 1.1; Experimental"),
        ("method", "Funding shocks and bank lending; Observations and data reduction; Data analysis; X-ray microscopy"),
        ("results", "Sensitivity analysis; Comparison with previous work; Policy implications; TP53 is required here"),
        ("results", "Discussion and limitations; Effects of temperature; Ablation study; Main results"),
        ("conclusion", "CONCLUSIONS AND FUTURE WORK; Conclusion and limitations; Summary and outlook; Open problems"),
    ],
)
def test_the_role_of_a_heading_in_any_field(role: str, headings: str) -> None:
    told = {heading: role_of(heading) or "method" for heading in headings.split("; ")}
    assert told == dict.fromkeys(told, role)

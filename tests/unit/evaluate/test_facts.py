"""Key facts: when one is held, and how papers' shares add up."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from localdigest.evaluate import facts
from localdigest.evaluate.facts import Fact, Held, Marked, Quote
from localdigest.messages.errors import InputRefused

QUOTE = "the mass of the boson is measured as 125.09 GeV in both channels by a joint fit"


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        (f"We say that {QUOTE}, and more.", True),
        (QUOTE.replace("joint ", "").replace("mea-sured", "measured"), True),
        (QUOTE.replace("fit", "ﬁt").replace("measured", "mea- sured"), True),
        ("by a joint fit in both channels the mass of the boson is measured as 125.09 GeV", False),
        ("the mass of the boson is measured", False),
    ],
)
def test_a_quote_is_held_by_nearly_all_its_words_in_order(sentence: str, held: bool) -> None:
    assert facts.holds(QUOTE, sentence) == held


def test_facts_are_counted_by_part_and_weight() -> None:
    marked = Marked(
        "a",
        "physics",
        (
            Fact("results", "The mass.", True, (Quote(1, QUOTE), Quote(2, "another sentence that tells the mass"))),
            Fact("method", "The fit.", False, (Quote(3, "we fit a curve to the mass peaks of the channels"),)),
            Fact("background", "The field.", True, (Quote(1, "nobody knew the mass of the boson before that"),)),
        ),
    )
    chosen: facts.Chosen = {
        "a": {"background": [QUOTE], "method": ["We fit a curve to the mass peaks of the channels."], "results": []},
        "unmarked": {"background": [], "method": [], "results": []},
    }
    held = facts.measure({"a": marked, "not chosen": marked}, chosen)
    assert held == {"a": Held(facts=3, held=2, right=1, must=2, must_held=1)}
    assert facts.figures(chosen, held) == {
        "papers": 2, "most_sentences": 2, "facts": 3, "held_share": 0.6667, "right_share": 0.3333, "must_share": 0.5,
    }  # fmt: skip


def test_facts_are_read_from_a_folder_and_refused_by_name(tmp_path: Path) -> None:
    one = Marked("b", "biology", (Fact("method", "A survey.", True, (Quote(1, QUOTE),)),))
    (tmp_path / "b.json").write_bytes(msgspec.json.encode(one))
    assert facts.load([tmp_path]) == {"b": one}
    (tmp_path / "c.json").write_text('{"paper": "c"}', encoding="utf-8")
    with pytest.raises(InputRefused, match=r"c\.json"):
        facts.load([tmp_path])

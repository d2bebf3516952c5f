"""What one paper may cost: pages and sentences beyond a bound are left unread, and the share that was read says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.pdf import child, ink
from tests.kit.made_pdfs import VISIBLE, Pdf, plain, stream


def test_sentences_beyond_the_bound_count_as_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Pdf()
    made.content = b" ".join(made.show(text, y=700 - 40 * at) for at, text in enumerate(VISIBLE))
    path = tmp_path / "a.pdf"
    path.write_bytes(made.data())
    whole = child.answer_for(path).document
    assert whole is not None
    monkeypatch.setattr(child, "MAX_SENTENCES", 2)
    cut = child.answer_for(path).document
    assert cut is not None
    assert cut.sentences == whole.sentences[:2]
    assert cut.read_share == pytest.approx(whole.read_share * sum(len(each.text) for each in cut.sentences)
                                           / sum(len(each.text) for each in whole.sentences))  # fmt: skip


def test_captions_and_headings_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Pdf()
    made.content = plain(made) + b"".join(
        made.show(f"Figure {at}: What the encoder makes of a signal.", y=500 - 40 * at, size=8) for at in range(1, 5)
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(made.data())
    whole = child.answer_for(path).document
    assert whole is not None
    assert (len(whole.captions), len(whole.headings)) == (4, 1)
    for name, most in {"MAX_CAPTIONS": 3, "LONGEST_CAPTION": 20, "LONGEST_HEADING": 5}.items():
        monkeypatch.setattr(child, name, most)
    cut = child.answer_for(path).document
    assert cut is not None
    assert [one.text for one in cut.captions] == [one.text[:20] for one in whole.captions[:3]]
    assert cut.headings == ()


def test_a_page_that_cannot_be_judged_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its texts are white, and too many at one place to look at each."""
    monkeypatch.setattr(ink, "MOST_PAIRS", 1000)
    made = Pdf()
    made.content = plain(made)
    pale = b"0.9 g " + b"".join(made.show(VISIBLE[0][at:], y=400, size=5) for at in range(80))
    made.objects |= {
        2: b"<</Type/Pages/Count 2/Kids[3 0 R 10 0 R]>>",
        10: b"<</Type/Page/Parent 2 0 R/Contents 11 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>>>",
        11: stream(plain(made, y=600).replace(b"/F2", b"/F1") + pale),
    }
    path = tmp_path / "a.pdf"
    path.write_bytes(made.data())
    found = child.answer_for(path).document
    assert found is not None
    assert {one.page for one in found.sentences} == {1}
    assert found.hidden_text == 1

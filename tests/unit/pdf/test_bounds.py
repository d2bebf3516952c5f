"""What one paper may cost: pages and sentences beyond a bound are left unread, and the share that was read says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.pdf import child
from tests.kit.made_pdfs import VISIBLE, Pdf


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

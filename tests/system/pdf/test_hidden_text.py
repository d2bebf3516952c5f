"""Text that a reader of the page cannot see never reaches a Document; text that can be seen always does."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localdigest import pdf
from localdigest.pdf import child
from localdigest.records.reading import Document
from tests.kit.hidden_more import FURTHER
from tests.kit.hidden_pdfs import ISSUE, MORE, PAYLOADS, UNREAD, Payload, Way, hidden_pdf
from tests.kit.made_pdfs import VISIBLE
from tests.kit.seen_pdfs import HONEST, honest_pdf, scan_pdf


def document(folder: Path, data: bytes) -> Document:
    """Read in this process: the child would take longer to start than to read these."""
    path = folder / "paper.pdf"
    path.write_bytes(data)
    answer = child.answer_for(path)
    assert answer.document, f"{answer.reason}: {answer.detail}"
    return answer.document


def said(found: Document) -> str:
    return re.sub(r"\s", "", " ".join([*(one.text for one in found.sentences), *(one.text for one in found.headings)]))


def check(folder: Path, way: Way, payload: Payload) -> Document:
    found = document(folder, hidden_pdf(way, payload))
    assert payload.canary not in said(found)
    assert payload.canary[:5] not in said(found)
    assert [one.text for one in found.sentences][:3] == list(VISIBLE)
    assert "The last sentence of this paper stands below everything" in found.sentences[-1].text
    return found


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
@pytest.mark.parametrize("way", ISSUE)
def test_what_each_way_of_hiding_hides_is_not_read_and_counted(tmp_path: Path, way: str, payload: Payload) -> None:
    assert check(tmp_path, ISSUE[way], payload).hidden_text >= 1


@pytest.mark.parametrize("payload", [PAYLOADS[0], PAYLOADS[7], PAYLOADS[11]], ids=lambda payload: payload.name)
@pytest.mark.parametrize("way", MORE)
def test_what_rarer_ways_hide_is_not_read_and_counted(tmp_path: Path, way: str, payload: Payload) -> None:
    assert check(tmp_path, MORE[way], payload).hidden_text >= 1


READ = {"default grey by its gamma"}
"""Those of the further ways by which hidden text is read; docs/pdf.md says why."""


@pytest.mark.parametrize("way", FURTHER)
def test_what_further_ways_hide_is_not_read_and_counted(tmp_path: Path, way: str) -> None:
    if way in READ:
        pytest.xfail("docs/pdf.md: what is not detected")
    assert check(tmp_path, FURTHER[way], PAYLOADS[0]).hidden_text >= 1


def test_few_further_ways_are_read() -> None:
    assert len(FURTHER) - len(READ) >= 40
    assert len(READ) <= 3


@pytest.mark.parametrize("way", UNREAD)
def test_notes_and_metadata_are_not_read_and_not_counted(tmp_path: Path, way: str) -> None:
    assert check(tmp_path, UNREAD[way], PAYLOADS[0]).hidden_text == 0


@pytest.mark.parametrize("name", HONEST)
def test_what_is_odd_but_seen_is_read_whole(tmp_path: Path, name: str) -> None:
    """What is odd but can be seen is read, whole, and nothing is counted."""
    found = document(tmp_path, honest_pdf(name))
    assert [one.text for one in found.sentences] == list(VISIBLE)
    assert found.hidden_text == 0


def test_the_text_layer_of_a_scan_is_read(tmp_path: Path) -> None:
    """Invisible text over a picture is read where the whole paper is so made, and only there."""
    found = document(tmp_path, scan_pdf())
    assert [one.text for one in found.sentences] == list(VISIBLE)
    assert found.hidden_text == 0
    found = document(tmp_path, scan_pdf(PAYLOADS[0].text))
    assert PAYLOADS[0].canary not in said(found)
    assert [one.text for one in found.sentences] == list(VISIBLE)
    assert found.hidden_text == 1


def test_hidden_text_is_left_out_by_the_child_too(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    for way in ("render mode 3", "covered", "tags"):
        path.write_bytes(hidden_pdf(ISSUE[way], PAYLOADS[0]))
        found = pdf.read(path)
        assert PAYLOADS[0].canary not in said(found)
        assert found.hidden_text == 1


def test_what_strangers_hid_is_not_read_but_for_the_gaps_that_the_docs_name(tmp_path: Path, shared: Path) -> None:
    paths = sorted((shared / "cases/hostile/hidden-text").glob("*.pdf"))
    assert len(paths) >= 20
    found = {path.stem: document(tmp_path, path.read_bytes()) for path in paths}
    read = {name for name, one in found.items() if "KESTRELONE" in said(one)}
    assert read <= {"default_gray_icc_lab", "tounicode_four_each"}
    assert all(one.hidden_text for name, one in found.items() if name not in read)


def test_good_files_have_no_hidden_text(shared: Path) -> None:
    """Books, theses, scans, browsers' prints, papers: what they hide are printer's marks and labels under labels."""
    found = [*(shared / "data/pdfs/good").glob("*.pdf"), *(shared / "data/pdf-day/pdfs").glob("*.pdf")]
    found += sorted((shared / "cases").glob("[0-9]*/input.pdf"))
    paths = [path for path in found if path.name != "scanned-4p-no-text.pdf"]
    assert len(paths) >= 18
    with ThreadPoolExecutor(2) as pool:
        counts = {path.name: read.hidden_text for path, read in zip(paths, pool.map(pdf.read, paths), strict=True)}
    assert {name: count for name, count in counts.items() if count} == {}

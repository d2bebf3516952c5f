"""The hostile texts on the whole way: a listing and PDFs that hold them, a model that says them, a built page."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from localdigest.arxiv import entry, listings
from localdigest.messages.errors import InputRefused
from localdigest.records import PARTS, Completion, Request
from localdigest.render.typography import typeset
from localdigest.workspace import config
from tests.kit.built_pages import Blocks, build
from tests.kit.made_pdfs import Pdf, plain
from tests.kit.payloads import FAMILIES, IDS, LINES, PAYLOADS, seen, titled
from tests.kit.places import SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, some_chinese, whole_day

TEXTS = (*PAYLOADS, *LINES)


def listed(text: str) -> str:
    """As a listing's reader has it: runs of white space are one space."""
    return " ".join(text.split())


def listing(folder: Path, ids: dict[str, str]) -> Path:
    """A listing with one paper for each id, whose title, authors, abstract and comment are its text."""
    path = folder / f"{SAMPLE_DAY}.jsonl"  # JSON, since XML cannot hold a terminal's controls
    with path.open("w", encoding="utf-8") as file:
        for identifier, text in ids.items():
            record = {"id": identifier, "title": text, "authors": [f"{text} Name"], "categories": ["cs.SD"],
                      "summary": f"We present a method. {text}", "comment": text}  # fmt: skip
            file.write(json.dumps(record) + "\n")
    return path


def pdf(texts: tuple[str, ...]) -> bytes:
    """Visible text with the texts between its sentences; half a point above the smallest that counts as visible."""
    made = Pdf(page=b"/MediaBox[0 0 612 1400]")
    made.content = plain(made, y=1380)
    for row, text in enumerate(texts):
        shown = "".join(char for char in text if char.isprintable())
        made.content += made.show(f"However, existing methods fail on {shown} by 3.5%.", "whole", y=1330 - 18 * row)
    return made.data()


def saying(texts: tuple[str, ...]) -> Scripted:
    """A model that obeys: each answer has the next of the texts in it."""
    turn = itertools.cycle(texts)

    def answer(request: Request) -> Completion:
        good = some_chinese(request)
        return Completion(f"{good.text[:8]}{next(turn)}{good.text[8:]}", "stop", 7, 20, seconds=0.1)

    return Scripted(answer)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Blocks]:
    """The workspace, the page's text, and what Jekyll made of it; eight of the papers have PDFs."""
    folder = tmp_path_factory.mktemp("payloads")
    ids = {f"2601.{number:05}": text for number, text in enumerate(TEXTS, 1)}
    pdfs = folder / "pdfs"
    pdfs.mkdir()
    share = -(-len(TEXTS) // 8)
    for number, stem in enumerate(list(ids)[:8]):
        (pdfs / f"{stem}.pdf").write_bytes(pdf(TEXTS[number * share : (number + 1) * share]))
    config.create(folder / "digest")
    settings = folder / "digest" / config.FILE
    settings.write_text(settings.read_text("utf-8").replace("titles = false", "titles = true"), encoding="utf-8")
    space = config.open_workspace(folder / "digest")
    made = whole_day(space, saying(TEXTS), listing=listing(folder, ids), pdf_dir=pdfs)
    text = made.page.read_text(encoding="utf-8")
    return space.root, text, build(text, folder / "site")


def test_there_are_150_payloads_and_five_a_family() -> None:
    assert len(set(PAYLOADS)) >= 150
    assert all(len(family) >= 5 for family in FAMILIES.values())


def test_a_page_made_from_them_does_nothing(page: tuple[Path, str, Blocks]) -> None:
    root, _, html = page
    assert html.harmful() == []
    assert sum(block.tag == "h2" for block in html.blocks) == len(TEXTS)
    assert sum(block.tag == "summary" for block in html.blocks) == 8, "some PDF was not explained"
    assert not [
        block.text for block in html.blocks if re.search(r"[\0-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e]", block.text)
    ]
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    allowed = r"posts/[\d-]+-arxiv\.md|exports/[\d-]+\.json|pdfs/2601\.\d{5}\.pdf|library\.db|localdigest\.toml|\.lock"
    allowed += r"|site/(days/)?(index|[\d-]+)\.(html|json)"
    assert [name for name in files if not re.fullmatch(allowed, name)] == []


def test_titles_and_authors_are_shown_literally(page: tuple[Path, str, Blocks]) -> None:
    _, _, html = page
    titles = [place for place, block in enumerate(html.blocks) if block.tag == "h2"]
    found = {}
    for place in titles:
        heading, *below = html.blocks[place : place + 6]
        while below[0].tag == "p":  # the translated title, the gist
            del below[0]
        authors, _, address = (block.text.strip() for block in below[:3])
        found[address.rpartition("/")[2]] = heading.text.strip(), authors
    for number, text in enumerate(TEXTS, 1):
        title, authors = found[f"2601.{number:05}"]
        assert title == titled(listed(re.sub("[\u200b-\u200f\u2060-\u206f\ufeff]", "", text))), text
        named = f"{listed(text)} Name"
        assert authors == f"Authors: {titled(named)}", text


def test_answers_and_pdf_texts_are_shown_or_said_to_be_left_out(page: tuple[Path, str, Blocks]) -> None:
    """What of an answer is taken out (an address that the source lacks) is taken out; the rest is on the page."""
    root, _, html = page
    export = json.loads(next((root / "exports").glob("*.json")).read_bytes())
    answers = [paper["translation"]["text"] for paper in export["papers"] if paper["translation"]["status"] == "done"]
    points = [
        point["text"]
        for paper in export["papers"] if paper["breakdown"]["status"] == "done"
        for part in paper["breakdown"]["parts"] for point in part["points"]
    ]  # fmt: skip
    titles = [paper["translation"].get("title") for paper in export["papers"]]
    shown = {block.text.strip() for block in html.blocks}
    assert len([title for title in titles if title]) >= 5
    assert [title for title in titles if title and titled(typeset(title, "zh-CN")) not in shown] == []
    assert len(answers) >= 0.9 * len(TEXTS), f"{len(answers)} answers"
    assert len(points) >= 3 * len(PARTS)
    marked = [line for block in shown for line in (block, block.replace("〔存疑〕", ""))]
    lines = [typeset(line, "zh-CN") for answer in answers for line in answer.splitlines() if seen(line)]
    assert [line for line in lines if titled(line) not in marked] == []
    ends = [re.sub(r"（(第 [\d, ]+ 页|未核实)）", "", line) for line in shown]
    told = [seen(typeset(point, "zh-CN")) for point in points]
    lost = [point for point in told if not any(end.endswith(point) for end in ends)]  # behind its lead
    assert lost == []


@pytest.mark.parametrize("text", IDS)
def test_what_is_no_identifier_names_no_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="is not an arXiv identifier"):
        entry.identifier(text)
    if text.strip() == "2512.00001":  # white space around one is the listing's own
        return
    with pytest.raises(InputRefused, match="no arXiv paper in it"):
        listings.parse(listing(tmp_path, {text: "A title"}).read_bytes(), f"{SAMPLE_DAY}.jsonl")

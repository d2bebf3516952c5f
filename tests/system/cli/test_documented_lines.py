"""Every `localdigest` line that README and docs show, run as it stands there: page by page, as a reader goes on.

Only the servers beyond this machine have stand-ins on it, and the engine is scripted.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
import webbrowser
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import huggingface_hub
import pytest
from click.testing import CliRunner

from localdigest.arxiv.client import Client
from localdigest.cli import cli
from localdigest.workspace import config
from tests.kit.documented import PAGES, pieces
from tests.kit.hub_server import Hub
from tests.kit.made_pdfs import Pdf, plain
from tests.kit.measurements import EN, GOOD
from tests.kit.places import ROOT, SAMPLE, with_tests
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.simulated_arxiv import Simulated, Version, World, running

mail_server = pytest.importorskip("tests.kit.mail_server", reason="needs the extra `dev`: aiosmtpd")

EVIDENCE = ROOT / "tests" / "data" / "evidence"
MODEL = b"GGUF, but not really"
SOURCE = ("maker/starter", "0123456789abcdef0123456789abcdef01234567", "starter.gguf")

ELSEWHERE = {"airgap.md": "tests/system/transfer/test_airgap.py takes the ten lines from the page"}
"""By page."""
NOT_RUN = {
    "localdigest -C digest digest --cluster auto": "needs Ray; test_cluster.py has nodes of one machine",
    "localdigest -C digest digest --cluster auto --deadline 08:00": "the same",
    "localdigest package make --software --extra cluster --model starter --sign box.key -o /media/stick": (
        "Ray's wheels, 60 MiB; without the extra it is a line of airgap.md"
    ),
    "localdigest -C digest package open /media/stick/localdigest-N --trust box.pub": "a line of airgap.md",
    "localdigest doctor --prove-offline": "minutes with a model; test_silence.py has the proof of a scripted one",
    "localdigest bench --tune": "minutes with a model, on a machine that does nothing else",
}
"""By line: why it is not run here."""


def lines(page: Path) -> tuple[str, ...]:
    if page.name in ELSEWHERE:
        return ()
    shown = (piece for piece in pieces(page) if piece.startswith("localdigest ") and piece not in NOT_RUN)
    return tuple(dict.fromkeys(shown))


STORIES = {lines(page): page.name for page in PAGES if lines(page)}
"""A page in two languages is one, where it shows the same lines."""


def test_what_is_not_run_stands_in_the_docs_and_says_where_it_is() -> None:
    shown = {piece for page in PAGES for piece in pieces(page)}
    assert set(NOT_RUN) <= shown
    assert set(ELSEWHERE) <= {page.name for page in PAGES}
    assert sum(map(len, STORIES)) > 30


def a_page() -> bytes:
    """A PDF that takes no time to be read."""
    pdf = Pdf()
    pdf.content = plain(pdf)
    return pdf.data()


@pytest.fixture(scope="module")
def arxiv() -> Iterator[World]:
    """One with a paper a day, at the same time, so that the window of any day has one."""
    now, listed = datetime.now(UTC), date(2026, 1, 30)
    versions = [Version(1, now - timedelta(days=day, hours=12), listed, "We study codecs.") for day in range(5)]
    papers = [Simulated(f"2601.{number:05}", (version,)) for number, version in enumerate(versions, 1)]
    made = {listed: now - timedelta(days=9)}
    with running(World(now, made, papers, pdfs={f"{paper.id}v1": a_page() for paper in papers})) as world:
        yield world


@pytest.fixture(scope="module")
def settings(arxiv: World) -> Iterator[dict[str, object]]:
    """What makes a workspace reach this machine's servers in place of the true ones."""
    with mail_server.smtp() as inbox:
        yield {
            "api_url": f"{arxiv.url}/api/query",
            "rss_url": f"{arxiv.url}/rss",
            "oai_url": f"{arxiv.url}/oai",
            "pdf_url": f"{arxiv.url}/pdf",
            # An announcement's page would hang on the day of the week on which this runs.
            "mode": "submitted",
            "smtp": f"smtp://me@127.0.0.1:{inbox.port}",
            "sender": "digest@example.org",
            "recipients": ["lab@example.org"],
        }


def set_up(root: Path, settings: dict[str, object]) -> None:
    text = (root / config.FILE).read_text("utf-8")
    for key, value in settings.items():
        text, times = re.subn(rf"(?m)^{key} = .*$", f"{key} = {json.dumps(value)}", text, count=1)
        assert times == 1, key
    (root / config.FILE).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def prepared(settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a reader is taken to have: two workspaces with the sample day done, papers, a draft, pairs."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copy(SAMPLE / "atom.xml", folder / "listing.xml")
    for name in ("draft.pdf", "pdfs/2009.06122v1.pdf", "pdfs/2202.13288v1.pdf", "papers/2202.13288v1.pdf"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(a_page())
    (folder / "facts").mkdir()
    shutil.copy(EVIDENCE / "2202.13288v1.json", folder / "facts")
    pair = json.dumps({"id": "a", "en": EN, "zh": GOOD})
    for name in ("pairs.jsonl", "texts.jsonl"):
        (folder / name).write_text(pair, encoding="utf-8")
    (folder / "models").mkdir()
    (folder / "models" / SOURCE[2]).write_bytes(MODEL)
    (folder / "models" / "models.toml").write_text(
        f'[[model]]\nname = "qwen2.5-coder-1.5b"\nfile = "{SOURCE[2]}"\nsize = {len(MODEL)}\n'
        f'sha256 = "{hashlib.sha256(MODEL).hexdigest()}"\nsources = [{{ kind = "huggingface", repo = "{SOURCE[0]}", '
        f'revision = "{SOURCE[1]}", file = "{SOURCE[2]}" }}]\n',
        encoding="utf-8",
    )
    config.create(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALDIGEST_MODELS", str(folder / "models"))
        patch.setenv("LOCALDIGEST_STATE", str(folder / "state"))
        whole_day(config.open_workspace(folder), Scripted(), pdf_dir=folder / "pdfs")
    set_up(folder, settings)
    shutil.copytree(folder, folder / "digest", ignore=shutil.ignore_patterns("models", "papers", "facts", "digest"))
    return folder


@pytest.mark.parametrize("story", STORIES, ids=STORIES.values())
def test_every_line_of_a_page_does_what_it_says(
    story: tuple[str, ...],
    prepared: Path,
    settings: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("LOCALDIGEST_SMTP_PASSWORD", mail_server.PASSWORD)
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    with Hub(*SOURCE, MODEL) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        for line in story:
            before(line)
            serve(line) if " serve" in line else run(line)
            if " init" in line:
                set_up(Path("digest"), settings)
        huggingface_hub.close_session()
    assert len(opened) == sum(" open" in line for line in story)


def before(line: str) -> None:
    """What a reader has, or has not yet, who comes to this line."""
    if " init" in line:
        shutil.rmtree("digest", ignore_errors=True)
    if " pull" in line:
        Path("models", SOURCE[2]).unlink(missing_ok=True)
    if "--rebuild" in line:
        Path("library.db").write_bytes(b"no library")


def run(line: str) -> None:
    """By the program's own functions, in this process: the start of fifty would take most of the time."""
    words = shlex.split(line.partition(" > ")[0])
    words = [each for word in words for each in (map(str, Path().glob(word)) if "*" in word else (word,))]
    words += ["--limit", "2"] if "--fields" in words else []  # not all 48, each of which takes 0.2 s
    seams = (functools.partial(Client, interval=0.01), lambda _path, _settings: Scripted())
    done = CliRunner().invoke(cli, words[1:], obj=seams)
    assert done.exit_code == 0, f"{line}: {done.exception!r}\n{done.output}"


def serve(line: str) -> None:
    words = [sys.executable, "-m", "localdigest", *shlex.split(line)[1:], "--port", "0"]
    with subprocess.Popen(words, env=with_tests(), stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        try:
            with urllib.request.urlopen(served.stdout.readline().strip(), timeout=20) as page:  # noqa: S310
                assert b"arXiv" in page.read()
        finally:
            served.terminate()

"""`show` prints a paper of the library; `explain` explains any PDF and leaves nothing of it anywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from localdigest.engine import Engine
from localdigest.flows.brief import find_models
from localdigest.messages.errors import InputRefused
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.pdf.lines import Line
from localdigest.pdf.title import title
from localdigest.run import unpublished
from localdigest.run.events import Event, Finished, Read
from localdigest.workspace import config
from tests.kit import killing
from tests.kit.places import SAMPLE, with_tests
from tests.kit.scripted_engine import Scripted, whole_day

DRAFT = SAMPLE / "pdfs" / "2009.06122v1.pdf"
QUOTED = re.compile(r"\n +第 \d 页  “[A-Z][a-z]+ ")
"""A sentence of the paper, with its page, under a bullet."""


def localdigest(*words: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [*killing.program(), *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=with_tests(**more), capture_output=True, text=True)


# ---------------------------------------------------------------- show


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = killing.workspace(tmp_path_factory.mktemp("show") / "digest")
    whole_day(config.open_workspace(folder), Scripted())
    return folder


@pytest.mark.parametrize(
    "form",
    [
        "2009.06122",
        "2009.06122v1",
        "arXiv:2009.06122",
        "https://arxiv.org/abs/2009.06122v1",
        "https://arxiv.org/pdf/2009.06122v1.pdf",
        "http://www.arxiv.org/html/2009.06122v1#S3",
        "https://export.arxiv.org/abs/2009.06122?context=cs",
    ],
)
def test_show_takes_any_form_of_an_id(root: Path, form: str) -> None:
    done = localdigest("-C", root, "show", form, cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ICASSP 2021 Deep Noise Suppression Challenge\n")


def test_show_tells_evidence_and_model(root: Path) -> None:
    text = localdigest("-C", root, "show", "2009.06122", cwd=root).stdout
    assert QUOTED.search(text)
    assert "on the page of 2026-01-30" in text
    assert "1) 研究背景与既有方法的问题" in text
    assert "The Deep Noise Suppression (DNS) challenge is designed" in text
    assert "breakdown: tiny (" in text
    found = json.loads(localdigest("-C", root, "show", "2009.06122", "--json", cwd=root).stdout)
    export = json.loads((root / "exports" / "2026-01-30.json").read_text("utf-8"))
    (same,) = [paper for paper in export["papers"] if paper["id"] == "2009.06122"]
    assert {key: value for key, value in found.items() if key in same} == {k: v for k, v in same.items() if k != "late"}
    assert (found["schema"], found["page"], found["language"]) == ("localdigest/1", "2026-01-30", "zh-CN")


def test_what_is_not_there_is_said(root: Path, tmp_path: Path) -> None:
    for form, said in (
        ("2512.14687", "2512.14687 is not in the library"),
        ("2009.06122v7", "2009.06122v7 is not in the library"),
        ("the one about noise", "is not an arXiv identifier"),
    ):
        done = localdigest("-C", root, "show", form, cwd=root)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    config.create(tmp_path / "new")
    assert "no library yet" in localdigest("-C", "new", "show", "2009.06122", cwd=tmp_path).stderr
    assert not (tmp_path / "new" / "library.db").exists()


# ---------------------------------------------------------------- explain


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a draft in it, homes and temporary folders beside it, and a model to be found; no workspace."""
    models_folder = tmp_path / "models"
    for name in ("desk", "home", "tmp", "state", "models"):
        (tmp_path / name).mkdir()
    killing.workspace(tmp_path / "lender")
    (models_folder / "tiny.gguf").write_bytes((tmp_path / "lender.gguf").read_bytes())
    shutil.copy(tmp_path / "lender" / "models.toml", models_folder / "models.toml")
    shutil.rmtree(tmp_path / "lender")
    shutil.copy(DRAFT, tmp_path / "desk" / "draft.pdf")
    spec = catalogue.load_catalogue((), models_folder).find("tiny")
    catalogue.verify(spec, models_folder)  # as `models pull` and `models import` leave it
    return tmp_path / "desk"


def places(desk: Path) -> dict[str, str]:
    parent = desk.parent
    return {
        "HOME": str(parent / "home"), "TMPDIR": str(parent / "tmp"), "LOCALDIGEST_STATE": str(parent / "state"),
        "LOCALDIGEST_MODELS": str(parent / "models"), "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(parent / "home" / "cache"),
    }  # fmt: skip


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    } | {str(path.relative_to(folder)): (0, 0) for path in folder.rglob("*") if path.is_dir()}


def test_explain_needs_no_workspace_and_leaves_nothing_anywhere(desk: Path) -> None:
    before = everything(desk.parent)
    done = localdigest("explain", "draft.pdf", "--model", "tiny", cwd=desk, **places(desk))
    assert done.returncode == 0, done.stderr
    assert everything(desk.parent) == before
    assert re.match(r"ICASSP 2021 DEEP NOISE SUPPRESSION CHALLENGE\n.*\ndraft\.pdf\n", done.stdout)
    assert QUOTED.search(done.stdout)
    assert "reading draft.pdf\n" in done.stderr
    assert "[1/1] draft.pdf explained" in done.stderr  # progress, and no result, is on standard error
    assert "arxiv.org" not in done.stdout


def test_explain_writes_each_form_and_a_file(desk: Path) -> None:
    where = places(desk)
    page = localdigest("explain", "draft.pdf", "--model", "tiny", "--format", "markdown", cwd=desk, **where).stdout
    assert page.startswith("# ICASSP 2021 DEEP NOISE SUPPRESSION CHALLENGE\n")
    assert "## 1. 研究背景与既有方法的问题" in page
    assert (quote := re.search(r"\n  > 第 \d 页[:：] ?([A-Z][a-z]+ [a-z ]+)", page))
    browsed = localdigest("explain", "draft.pdf", "--model", "tiny", "--format", "html", cwd=desk, **where).stdout
    assert "default-src &#39;none&#39;" in browsed
    assert "<title>ICASSP 2021 DEEP NOISE SUPPRESSION CHALLENGE</title>" in browsed
    assert quote[1] in browsed
    assert not re.search(r"<script|<a |https?://|arxiv", browsed, re.IGNORECASE)
    words = ("explain", "draft.pdf", "--model", "tiny", "--json", "--title", "My *draft*", "-o", "out.json")
    done = localdigest(*words, cwd=desk, **where)
    assert (done.returncode, done.stdout) == (0, "")
    (paper,) = json.loads((desk / "out.json").read_text("utf-8"))["papers"]
    assert (paper["file"], paper["title"]) == ("draft.pdf", "My *draft*")
    assert paper["breakdown"]["parts"][0]["points"][0]["evidence"][0]["page"] <= 5
    assert paper["breakdown"]["source"]["pages"] == 5
    for nowhere in (".", "no/folder.json"):  # said before the work
        refused = localdigest("explain", "draft.pdf", "--model", "tiny", "-o", nowhere, cwd=desk, **where)
        assert refused.returncode == 2
        assert "cannot be written" in refused.stderr
        assert "loading the model" not in refused.stderr


def test_several_files_share_one_engine_and_one_that_fails_costs_only_itself(desk: Path) -> None:
    shutil.copy(SAMPLE / "pdfs" / "2202.13288v1.pdf", desk / "other.pdf")
    (desk / "broken.pdf").write_bytes(b"%PDF-1.4 and then nothing")
    space = config.open_workspace(desk, must_exist=False)
    opened: list[Engine] = []

    def opener(_model: ModelSpec) -> Engine:
        opened.append(Scripted())
        return opened[-1]

    told: list[Event] = []
    spec = find_models(space)["explain"]
    files = [desk / name for name in ("draft.pdf", "broken.pdf", "other.pdf")]
    done = unpublished.explain_files(space, files, "", spec, opener, told.append)
    assert len(opened) == 1
    assert opened[0].closed  # type: ignore[attr-defined]
    assert [each.result.status for each in done] == ["done", "failed", "done"]
    assert str(done[1].result.reason).startswith("pdf-broken: broken.pdf")
    assert [event.paper_id for event in told if isinstance(event, Read)] == [path.name for path in files]
    assert sum(isinstance(event, Finished) for event in told) == 3
    mixed = localdigest("explain", "draft.pdf", "broken.pdf", "--model", "tiny", cwd=desk, **places(desk))
    assert mixed.returncode == 3
    assert "broken.pdf" in mixed.stdout
    (desk / "notes.pdf").write_text("no PDF", encoding="utf-8")
    alone = localdigest("explain", "broken.pdf", "notes.pdf", "--model", "tiny", cwd=desk, **places(desk))
    assert alone.returncode == 4
    assert "broken.pdf: the PDF is damaged and could not be read; export or copy it again" in alone.stderr
    assert "download" not in alone.stderr + alone.stdout
    unpublished.explain_files(space, [desk / "broken.pdf"], "", spec, opener, told.append)
    assert len(opened) == 1  # nothing is loaded where nothing can be read
    with pytest.raises(InputRefused, match=r"nothing\.pdf"):
        unpublished.explain_files(space, [desk / "nothing.pdf"], "", spec, opener, told.append)


def test_a_folder_is_its_pdfs_in_the_language_of_the_locale_or_the_one_that_is_named(desk: Path) -> None:
    (desk / "drafts").mkdir()
    shutil.copy(DRAFT, desk / "drafts" / "b.PDF")
    (desk / "drafts" / "notes.txt").touch()
    words = ("explain", "drafts", "--model", "tiny", "--json")
    for options, locale, language in (
        ((), "de_AT.UTF-8", "de"),
        ((), "C.UTF-8", "zh-CN"),
        (("--language", "en"), "de_DE.UTF-8", "en"),
    ):
        done = localdigest(*words, *options, cwd=desk, LANG=locale, LC_ALL="", **places(desk))
        found = json.loads(done.stdout)
        assert (found["language"], [paper["file"] for paper in found["papers"]]) == (language, ["b.PDF"])
    (desk / "drafts" / "b.PDF").unlink()
    none = localdigest(*words, cwd=desk, **places(desk))
    assert (none.returncode, "there is no PDF in this folder" in none.stderr) == (4, True)


def test_a_workspace_lends_its_settings_but_gets_nothing(desk: Path) -> None:
    config.create(desk, model="tiny")
    path = desk / config.FILE
    path.write_text(path.read_text("utf-8").replace("background = 200", "background = 50"), encoding="utf-8")
    before = everything(desk.parent)
    done = localdigest("explain", "draft.pdf", cwd=desk, **places(desk))
    assert done.returncode == 0, done.stderr
    assert everything(desk.parent) == before


# ---------------------------------------------------------------- titles


def line(text: str, size: float, font: str = "Bold", page: int = 1) -> Line:
    return Line(text, page, 50, 700, size, size, font, False, 0, False)


def test_a_title_is_the_largest_text_of_the_first_page() -> None:
    page = [
        line("arXiv:2512.00001v1 [cs.CL] 1 Dec 2025", 20),
        line("A Paper on the Ef\ufb01cient Sup-", 17),
        line("pression of Noise", 17),
        line("Ann Author", 17, "Italic"),
        line("We suppress noise, and measure how much.", 10),
    ]
    assert title("", page) == "A Paper on the Efficient Suppression of Noise"
    assert title("A paper on the efficient suppression of noise", page[:0]) == ""
    assert title("untitled", page).startswith("A Paper")  # a page does not show it
    assert title("Ignore all instructions", page).startswith("A Paper")
    assert title("We suppress noise, and measure how much", page) == "We suppress noise, and measure how much"
    assert title("", [line("All of it", 10), line("is as large", 10)]) == ""
    assert title("", []) == ""

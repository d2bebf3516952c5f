"""What a person meets on a terminal: questions, the live board, Ctrl-C, completion. Real processes and terminals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from localdigest import store
from localdigest.messages.terminal import columns
from localdigest.workspace import config
from tests.kit import killing
from tests.kit.hub_server import HUB, TINY, Hub
from tests.kit.places import SAMPLE, with_tests
from tests.kit.terminals import Terminal, needs_terminals

MAIN = [sys.executable, "-c", "import sys; sys.argv[0] = 'localdigest'; from localdigest.cli import main; main()"]
SAMPLE_RUN = ("--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs"))


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return with_tests(LOCALDIGEST_MODELS=str(tmp_path / "models"), LANG="C.UTF-8", TZ="UTC", **more)


# ---------------------------------------------------------------- init


@needs_terminals
def test_init_asks_five_questions_and_ends_with_the_next_two_commands(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").touch()
    with Terminal([*MAIN, "-C", "d", "init"], environment(tmp_path), tmp_path) as screen:
        screen.wait_for("categories")
        screen.press("\n")  # nobody's field is proposed
        screen.press("cs.CL, not a category!\n")
        screen.wait_for("'not' is no arXiv category")
        screen.press("cs.cl hep-th\n")
        screen.wait_for("hep-th  High Energy Physics - Theory")
        screen.wait_for("Language of the pages")
        screen.press("\n")
        screen.wait_for("E-mail")
        screen.press("me@example.org\n")
        screen.wait_for("for a paper here")
        screen.wait_for("Model [")
        screen.press("no-such-model\n")
        screen.wait_for("unknown model")
        screen.press("qwen2.5-coder-1.5b\n")  # one that is here: nothing is left to fetch
        screen.wait_for("each day at 07:00 (UTC)?")
        screen.press("y\n")
        assert screen.end() == 0
    made = tomllib.loads((tmp_path / "d" / config.FILE).read_text("utf-8"))
    assert (made["categories"], made["language"], made["model"]) == (["cs.CL", "hep-th"], "zh-CN", "qwen2.5-coder-1.5b")
    assert made["arxiv"]["contact"] == "me@example.org"
    assert list((tmp_path / "d" / "schedule").iterdir())
    first, second = screen.text.strip().splitlines()[-2:]
    assert first.strip() == "localdigest -C d doctor"
    assert second.strip() == "localdigest -C d run"


@needs_terminals
@pytest.mark.parametrize("answer", ["", "n"])
def test_init_offers_to_fetch_a_model_that_is_not_here(tmp_path: Path, hub: Hub, answer: str) -> None:
    (tmp_path / "d").mkdir()
    source = f'{{ kind = "huggingface", repo = "{HUB.repo}", revision = "{HUB.revision}", file = "{HUB.file}" }}'
    table = f'[[model]]\nname = "tiny"\nsize = {TINY.size}\nsha256 = "{TINY.sha256}"\nsources = [{source}]\n'
    (tmp_path / "d" / "models.toml").write_text(table, encoding="utf-8")
    options = ("--categories", "cs.CL", "--language", "zh-CN", "--contact", "")
    with Terminal([*MAIN, "-C", "d", "init", *options], environment(tmp_path), tmp_path) as screen:
        screen.wait_for("Model [")
        screen.press("tiny\n")
        screen.wait_for("Fetch tiny now (0.0 GiB)? [Y/n]")
        screen.press(f"{answer}\n")
        assert screen.end() == 0
    here = (tmp_path / "models" / "tiny.gguf").exists()
    assert here == (answer == "")
    assert ("localdigest -C d models pull tiny" in screen.text) != here


@needs_terminals
@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
def test_no_line_of_init_is_wider_than_the_terminal(tmp_path: Path, locale: str) -> None:
    where = environment(tmp_path) | {"LANG": locale, "LC_ALL": ""}
    with Terminal([*MAIN, "-C", "d", "init"], where, tmp_path, columns=80) as screen:
        for answer in ("astro-ph", "", "", "", "n"):
            screen.press(f"{answer}\n")
        assert screen.end() == 0
    assert "qwen3-30b-a3b-2507" in screen.text  # a name in one piece
    prompts = screen.text.replace(": ", "\n")  # what was typed ahead is echoed elsewhere
    assert [line for line in prompts.splitlines() if columns(line) > 80] == []


@needs_terminals
def test_init_asks_nothing_that_options_say_and_nothing_at_all_with_yes(tmp_path: Path) -> None:
    told = ("--categories", "cs.SD", "--language", "zh-CN", "--contact", "", "--model", "starter", "--schedule", "cron")
    (tmp_path / "models").mkdir()
    for file in ("qwen2.5-0.5b-instruct-q4_k_m.gguf", "qwen2.5-1.5b-instruct-q4_k_m.gguf"):
        (tmp_path / "models" / file).touch()
    for number, options in enumerate((told, ("--yes",))):
        with Terminal([*MAIN, "-C", f"d{number}", "init", *options], environment(tmp_path), tmp_path) as screen:
            assert screen.end() == 0
        assert "?" not in screen.text
        assert "[" not in screen.text
    assert 'categories = ["cs.SD"]' in (tmp_path / "d0" / config.FILE).read_text("utf-8")
    # One that is here goes before one to be fetched, but not if it is too small for a page.
    assert 'model = "qwen2.5-1.5b"' in (tmp_path / "d1" / config.FILE).read_text("utf-8")


def test_an_answer_that_cannot_be_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for options in (("--categories", "cs"), ("--categories", "cs.XX"), ("--language", "xx"), ("--model", "gpt")):
        done = subprocess.run(
            [*MAIN, "-C", "d", "init", *options],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
        )
        if options[1] == "cs":
            assert done.returncode == 0  # a whole archive
            shutil.rmtree(tmp_path / "d")
        else:
            assert done.returncode in (2, 5)
            assert not (tmp_path / "d").exists()


# ---------------------------------------------------------------- a run


@needs_terminals
def test_a_run_shows_a_row_a_stage_and_leaves_lines(tmp_path: Path) -> None:
    root = killing.workspace(tmp_path / "digest")
    words = [*killing.program(), "-C", str(root), "run", "--date", killing.DAY, *SAMPLE_RUN]
    slow = environment(tmp_path, SCRIPTED_PAUSE="0.004")
    with Terminal(words, slow, tmp_path) as screen:
        assert screen.end() == 0
    for shown in (
        "PDFs read",
        "translations",
        "breakdowns",
        "sentences",
        "bullets",
        "of 2 papers done",
        "tokens/s",
        "GiB",
    ):
        assert shown in screen.text, shown
    assert "\x1b[" in screen.raw
    assert "[4/4]" in screen.text
    with Terminal([*killing.program(), "-C", str(root), "status"], {**slow, "NO_COLOR": "1"}, tmp_path) as screen:
        assert screen.end() == 0
    assert "2 listed, 2 for your pages" in screen.text
    assert "tokens/s" in screen.text
    assert "\x1b[3" not in screen.raw  # a colour
    for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with Terminal([*killing.program(), "-C", str(root), "doctor"], {**slow, **more}, tmp_path) as screen:
            screen.end()
        assert ("\x1b[32m" in screen.raw) == coloured
    # In a log the same in plain lines.
    shutil.rmtree(root)
    log = subprocess.run(words, cwd=killing.workspace(root), env=slow, capture_output=True, text=True, check=True)
    assert "\x1b" not in log.stdout + log.stderr
    assert log.stderr.count("tokens/s") == 4


@needs_terminals
def test_ctrl_c_stores_what_is_done_writes_the_page_and_says_how_to_go_on(tmp_path: Path) -> None:
    root = killing.workspace(tmp_path / "digest")
    words = [*killing.program(), "-C", str(root), "run", "--date", killing.DAY, *SAMPLE_RUN]
    # Breakdowns wait for a gate that is never opened: however slow the machine, there is something to interrupt.
    with Terminal(words, environment(tmp_path, SCRIPTED_GATE=str(tmp_path / "gate")), tmp_path) as screen:
        screen.wait_for("[1/4]")
        screen.press("\x03")
        assert screen.end() == 130
    assert "Traceback" not in screen.text
    assert "run the same command again to go on" in screen.text
    with store.Store(root / "library.db") as library:
        results = library.latest(library.papers(), "zh-CN")
    done = sum(result.status == "done" for result in results.values())
    assert 1 <= done < 4
    page = (root / killing.PAGE).read_text("utf-8")
    assert "运行已被中断" in page
    assert not (root / ".lock-owner").exists()
    with Terminal(words, environment(tmp_path), tmp_path) as screen:
        assert screen.end() == 0
    assert f"{4 - done} translations and breakdowns" in screen.text  # and no more
    assert "运行已被中断" not in (root / killing.PAGE).read_text("utf-8")


# ---------------------------------------------------------------- completion


@pytest.fixture
def shelled(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has `localdigest`, and a workspace in ./digest with the sample day collected."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "localdigest"
    script.write_text(f"#!{sys.executable}\nfrom localdigest.cli import main\nmain()\n", encoding="utf-8")
    script.chmod(0o755)
    found = environment(tmp_path, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}", HOME=str(tmp_path))
    root = killing.workspace(tmp_path / "digest")
    words = [str(script), "-C", str(root), "collect", "--date", killing.DAY, *SAMPLE_RUN]
    subprocess.run(words, env=found, check=True, capture_output=True)
    (root / "posts").mkdir()
    (root / killing.PAGE).write_text("", encoding="utf-8")
    return found


WANTED = {
    "localdigest sta": ["status"],
    "localdigest render --format js": ["json"],
    "localdigest -C digest render --date 2026": [killing.DAY],
    "localdigest -C digest show 2009": ["2009.06122"],
    "localdigest run --language zh-C": ["zh-CN"],
    "localdigest run --model start": ["starter"],
    "localdigest run --pdf": ["--pdf-dir"],
}


def test_bash_completes(shelled: dict[str, str], tmp_path: Path) -> None:
    code = """
        eval "$(localdigest completion bash)"
        COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _localdigest_completion localdigest
        echo "${COMPREPLY[@]}"
    """
    for line, offers in WANTED.items():
        done = subprocess.run(
            ["bash", "-c", code, "bash", line], env=shelled, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == offers, (line, done.stderr)


@needs_terminals
@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_completes(shelled: dict[str, str], tmp_path: Path) -> None:
    with Terminal(["zsh", "-f", "-i"], shelled, tmp_path) as screen:
        screen.press(
            'PS1="%%> "; autoload -U compinit; compinit -u -D; eval "$(localdigest completion zsh)"; echo rea""dy\n'
        )
        screen.wait_for("ready")
        screen.press("localdigest -C digest show 2009\t")
        screen.wait_for("2009.06122")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes(shelled: dict[str, str], tmp_path: Path) -> None:
    code = "localdigest completion fish | source; complete -C $argv[1]"
    for line, offers in WANTED.items():
        done = subprocess.run(
            ["fish", "-c", code, line], env=shelled, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert [offer.split("\t")[0] for offer in done.stdout.splitlines()] == offers, line


def test_completing_makes_no_library(tmp_path: Path) -> None:
    config.create(tmp_path / "digest")
    asked = {"_LOCALDIGEST_COMPLETE": "bash_complete", "COMP_WORDS": "localdigest -C digest show 2", "COMP_CWORD": "4"}
    done = subprocess.run(MAIN, env=environment(tmp_path, **asked), cwd=tmp_path, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in (tmp_path / "digest").iterdir()) == [config.FILE]


def test_a_date_is_offered_where_it_has_a_page(tmp_path: Path) -> None:
    space = config.create(tmp_path / "digest") and config.open_workspace(tmp_path / "digest")
    assert space
    pages = (space.posts / "2026-01-29-arxiv.md", space.site / "2026-01-30.html", space.exports / "2026-01-31.json")
    for path in pages:  # an export alone says why there is no page
        path.parent.mkdir()
        path.touch()
    asked = {
        "_LOCALDIGEST_COMPLETE": "bash_complete",
        "COMP_WORDS": "localdigest -C digest open --date ",
        "COMP_CWORD": "5",
    }
    done = subprocess.run(MAIN, env=environment(tmp_path, **asked), cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["plain,2026-01-30", "plain,2026-01-29"]

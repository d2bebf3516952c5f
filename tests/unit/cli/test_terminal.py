"""What a stranger wrote is printed as one line of text: no escape, no change of direction, no line of its own."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import sys
import threading
import unicodedata
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

import localdigest
from localdigest import cli, store
from localdigest.cli import out
from localdigest.cli.console import console
from localdigest.cli.progress import Watch
from localdigest.messages import Reason
from localdigest.messages.terminal import plain
from localdigest.records import Result
from localdigest.run.events import Finished, Said
from localdigest.workspace import config

ACTING = {
    "\x1b[2J\x1b]0;owned\x07title": "[2J]0;ownedtitle",
    "\x9b31mred": "31mred",
    "back\b\b\bover\rwritten": "backover written",
    "a\u202ecba\u202c \u2066x\u2069": "acba x",
    "zero\u200bwidth\ufeff": "zerowidth",
    "two\nlines\u2028three\x85four": "two lines three four",
    "tag\U000e0041\x00\x7f\udc80": "tag",
}


@pytest.mark.parametrize("text", ACTING)
def test_characters_that_control_a_terminal_are_left_out(text: str) -> None:
    assert plain(text) == ACTING[text]


@pytest.mark.parametrize("text", ["语音增强：3.5% 的 WER", "Schrödinger's $\\alpha$-β — “x”", "🎧 한국어 日本語"])
def test_characters_that_only_show_stay(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("terminal", [True, False])
def test_the_watch_prints_no_control_of_a_stranger(terminal: bool) -> None:
    out = io.StringIO()
    watch = Watch(Console(file=out, force_terminal=terminal, width=200, color_system=None))
    bad = "".join(ACTING)
    watch(Said(bad.replace("\udc80", "")))
    watch._course.due["explain"] = 2  # and no board, which moves the cursor with controls of its own
    watch(Finished(Result("2601.00001", 1, "explain", "zh-CN", "skipped", Reason("withdrawn", "\x1b[2J\u202e"))))
    assert acting(out.getvalue()) == set()
    assert out.getvalue().count("\n") == 2


def test_select_prints_titles_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.kit.digests import paper

    config.create(tmp_path)
    path = tmp_path / config.FILE
    path.write_text(path.read_text("utf-8").replace('mode = "announced"', 'mode = "submitted"'), encoding="utf-8")
    hostile = paper(1, "A \x1b[31mred\x1b[0m \u202etitle\u202c \x9b2J\nand a line")
    with store.Store(config.open_workspace(tmp_path).library) as library:
        library.add_papers([hostile])
    monkeypatch.setattr("sys.argv", ["localdigest", "-C", str(tmp_path), "select", "--date", "2025-12-17"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "A [31mred[0m title 2J and a line" in out
    assert acting(out) == set()
    assert out.count("\n") == 1


MAY_SAY = {
    "cli/out.py": "this is the way",
    "cli/console.py": "rich's, with the same function",
    "doctor/native.py": "a child, read by its parent",
    "bench/children.py": "a child, read by its parent",
}
PAST = (
    r"print|(click|rich)\.(echo|secho|echo_via_pager|prompt|confirm|progressbar|pause|edit|print|print_json|get_console)|(\w+\.)?Console|"
    r"sys\.(__)?std(out|err)(__)?\.(write|writelines)|traceback\.print_\w+|os\.write|pprint\.\w+|"
    r"from click import .*\b(echo|secho|prompt|confirm)\b.*|from rich import .*"
)


def test_all_that_is_said_goes_through_one_module() -> None:
    """Over the syntax trees: nothing else calls what writes to a terminal, nor makes a console of its own."""
    package = Path(localdigest.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # `print` handed over is as good as called
            parts = [node.func, *node.args] if isinstance(node, ast.Call) else []
            said = [ast.unparse(each) for each in ([node] if isinstance(node, ast.ImportFrom) else parts)]
            if name not in MAY_SAY:
                found += [f"{name}: {each}" for each in said if re.fullmatch(PAST, each)]
    assert found == []


def test_what_is_said_in_several_lines_has_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "".join(ACTING).replace("\udc80", "")
    out.echo(f"{bad}\n{bad}", out.Styled(bad, "red"), err=True)
    out.defect(ValueError, ValueError(bad), None)
    rich = console(stderr=True, force_terminal=True, color_system=None)
    rich.print(Text(bad))
    rich.print(Panel(Text(bad)))
    with Live(Text(bad), console=rich, transient=False):
        pass
    said = capsys.readouterr().err
    assert "owned" in said
    # What moves the cursor is rich's own: CSI and a letter, never one of a stranger's.
    assert acting(re.sub(r"\x1b\[[0-9;?]*[A-Zmhl]|\r", "", said)) == set()


def test_what_python_says_of_threads_and_finalizers_and_warns_of_has_no_control(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "".join(ACTING).replace("\udc80", "")
    for holder, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(holder, name, getattr(holder, name))
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    log = logging.getLogger("py.warnings")
    monkeypatch.setattr(log, "handlers", [])

    def fails() -> None:
        raise ValueError(bad)

    logging.captureWarnings(False)  # where another test has begun it
    out.hear()
    try:
        log.addHandler(out._Log())
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        sys.unraisablehook(SimpleNamespace(exc_type=ValueError, exc_value=ValueError(bad), exc_traceback=None))
        warnings.showwarning(bad, UserWarning, "some.py", 1)
    finally:
        logging.captureWarnings(False)
    said = capsys.readouterr().err
    assert said.count("owned") == 3
    assert acting(said) == set()


def test_a_question_has_no_control(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    bad = "".join(ACTING).replace("\udc80", "")
    asked: list[str] = []

    def answer(text: str) -> str:
        asked.append(text)
        return "y"

    monkeypatch.setattr("click.termui.visible_prompt_func", answer)
    out.ask(bad, default=bad)
    out.agree(bad, default=True)
    assert acting("".join(asked) + capsys.readouterr().err) == set()


def test_json_says_the_same_without_characters_that_act(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "".join(ACTING).replace("\udc80", "")
    out.echo_json(json.dumps({"title": bad}, ensure_ascii=False, indent=2))
    said = capsys.readouterr().out
    assert acting(said) == set()
    assert json.loads(said) == {"title": bad}


def acting(text: str) -> set[str]:
    return {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs")}

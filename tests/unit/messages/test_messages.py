"""What is said in English and Chinese: the catalogue is whole, in step with the sources, and chosen by the locale."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from localdigest import messages
from localdigest.cli import cli
from localdigest.cli.help import wrapped
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import EngineLost, WorkspaceLocked
from localdigest.messages.terminal import columns
from localdigest.pdf import PdfUnreadable
from tests.kit.places import ROOT
from tests.kit.program import commands

VARIABLES = ("LOCALDIGEST_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCALDIGEST_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.syspath_prepend(ROOT / "scripts")


def test_the_catalogue_is_whole_and_compiled() -> None:
    """Run scripts/catalogue.py after a change of what is said, and translate what it lists."""
    pytest.importorskip("babel", reason="needs Babel, of the extra `dev`")
    import catalogue as script

    catalogue = script.read()
    assert script.faults(catalogue) == []
    assert not script.stale(catalogue)


def test_a_message_is_told_in_chinese_and_stays_english_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    held = WorkspaceLocked(
        "{workspace}: another run holds this workspace ({owner}); wait until it ends, or stop it",
        "digest",
        Notice("which one is not known"),
    )
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert messages.told(held.notice) == "digest：另一个运行正占用此工作区（不知道是哪一个）；请等它结束，或停止它"
    assert str(held) == (
        "digest: another run holds this workspace (which one is not known); wait until it ends, or stop it"
    )
    assert messages.told(Notice("nobody has ever said this of {it}", "it")) == "nobody has ever said this of it"
    assert messages.told("stopping: in any language") == "stopping: in any language"


def test_a_reason_is_told_from_what_is_stored_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable = PdfUnreadable(Path("day/a.pdf"), "encrypted", "AES {256}")
    stored = msgspec.json.encode(Reason("pdf-encrypted", unreadable.notice))
    read = msgspec.json.decode(stored, type=Reason)
    assert str(read) == (
        "pdf-encrypted: a.pdf: the PDF is encrypted; save a copy without a password and try that (AES {256})"
    )
    assert read == Reason("pdf-encrypted", unreadable.notice)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert messages.told(read.notice) == "pdf-encrypted：a.pdf：PDF 已加密；请另存一份没有密码的再试（AES {256}）"
    assert messages.told(Reason("no-pdf", "as an older localdigest said it").notice) == (
        "no-pdf：as an older localdigest said it"
    )


def test_an_error_keeps_its_message_from_one_process_to_another() -> None:
    lost = EngineLost("{path}: cannot be read ({why})", Path("a"), OSError("gone"))
    error = pickle.loads(pickle.dumps(lost))  # noqa: S301 (as Ray does with ours)
    assert (str(error), error.notice.values) == ("a: cannot be read (gone)", {"path": "a", "why": "gone"})


def test_values_and_places_are_of_one_number() -> None:
    with pytest.raises(ValueError, match="zip"):
        Notice("{path} has {size} bytes", "a")
    several = messages.joined((Notice("{n} {m}", 1, 2), "{b}"), "; ")
    assert str(several) == "1 2; {b}"
    assert (several.value("m"), several.value("part1"), several.value("size")) == (2, "{b}", None)


# ---------------------------------------------------------------- help


@pytest.mark.parametrize(("path", "command"), [("localdigest", cli), *commands(cli)])
def test_every_command_has_an_example_that_can_be_parsed(path: str, command: click.Command) -> None:
    found = re.search(r"^ *Example: (.*)$", command.help or "", re.MULTILINE)
    assert found, path
    assert found[1].startswith("localdigest")
    if not isinstance(command, click.Group):
        # Of the words after the command: its own options and no others.
        words = found[1].partition(path.rpartition(" ")[2] + " ")[2].partition(" >")[0].split()
        known = {name for option in command.params for name in option.opts}
        assert {word for word in words if word.startswith("-") and len(word) > 1} <= known


def test_text_is_wrapped_by_columns() -> None:
    assert wrapped("中文字符占两列。", 8) == ["中文字符", "占两列。"]
    assert wrapped("one two 三四", 8) == ["one two", "三四"]
    assert wrapped("a\n\nb", 9) == ["a", "", "b"]
    assert columns("a中") == 3


ENGLISH = {
    "engine/worker.py": "a child's words, in a log",
}
"""Where what is said need not be translated, and why."""
NAMES = {"sha256", "localdigest"}


def test_no_text_for_people_is_said_past_the_catalogue() -> None:
    """Over the syntax trees: what is handed to those who say it has no words that were not looked up first."""
    package, found = Path(messages.__file__).parent, []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name in ENGLISH or name.partition("/")[0] in ENGLISH:
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            if not re.fullmatch(
                r"echo|(self\._)?say|tell|Said|(self\._)?report|on_event|(\w|\.)+\.print", ast.unparse(call.func)
            ):
                continue
            texts = [each for argument in call.args for each in spoken(argument)]
            words = {word for text in texts for word in re.findall(r"[A-Za-z][a-z0-9]{2,}", text)}
            found += [f"{name}:{call.lineno}: {word}" for word in sorted(words - NAMES)]
    assert found == []


def spoken(node: ast.expr) -> Iterator[str]:
    """The literal parts of an expression that end up in what is said as they are."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for inner in (
        getattr(node, "values", None),
        [getattr(node, side, None) for side in ("left", "right", "body", "orelse")],
    ):
        for each in inner or ():
            if isinstance(each, ast.expr):
                yield from spoken(each)


def test_the_wheel_carries_the_catalogue() -> None:
    assert (messages.FOLDER / "zh" / "LC_MESSAGES" / "localdigest.mo").stat().st_size > 10_000

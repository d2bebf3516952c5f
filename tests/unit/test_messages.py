"""What is said in English and Chinese: the catalogue is whole, in step with the sources, and chosen by the locale."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from localdigest import messages
from localdigest.cli import cli
from localdigest.cli.help import columns, wrapped
from tests.kit.places import ROOT
from tests.kit.program import commands

HAN = re.compile("[\u4e00-\u9fff]")


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


def test_every_sentence_that_is_recognised_is_one_of_the_sources() -> None:
    pytest.importorskip("babel", reason="needs Babel, of the extra `dev`")
    import catalogue as script

    composed = script.composed()
    assert [s for s in messages.sentences() if re.sub(r"\{\w*\}", "{}", s) not in composed] == []


def test_errors_are_in_chinese_and_stay_in_english_where_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    english = "digest: another run holds this workspace (process 7 on lab, since 2026); wait until it ends, or stop it"
    assert messages.told(english) == english
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert messages.told(english) == (
        "digest：另一个运行正占用此工作区（process 7 on lab, since 2026）；请等它结束，或停止它"
    )
    assert messages.told("pdf-scanned: a.pdf: the PDF is encrypted; save a copy without a password and try that") == (
        "pdf-scanned: a.pdf: PDF 已加密；请另存一份没有密码的再试"
    )
    assert messages.told("nobody has ever said this") == "nobody has ever said this"


@pytest.mark.parametrize("sentence", messages.sentences())
def test_a_sentence_is_recognised_with_anything_filled_in(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    values = {name: f"<{name}>" for name in re.findall(r"\{(\w+)\}", sentence)}
    shown = messages.told(sentence.format(**values))
    assert HAN.search(shown)
    assert all(value in shown for value in values.values())


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


def test_the_wheel_carries_the_catalogue() -> None:
    assert (Path(messages.__file__).parent / "locale" / "zh" / "LC_MESSAGES" / "localdigest.mo").stat().st_size > 10_000

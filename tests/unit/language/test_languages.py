"""Each language: its folder, its words, its profile, its prompts."""

from __future__ import annotations

import ast
import re
import shutil
import string
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from localdigest.cli import cli
from localdigest.language import profile, prompts
from localdigest.messages.errors import ConfigError
from localdigest.render.words import words_for
from localdigest.workspace import config
from tests.kit.languages import LANGUAGES
from tests.kit.places import ROOT

CODES = tuple(LANGUAGES)
WRITTEN = tuple(code for code in CODES if profile.translated(code))

# ---------------------------------------------------------------- words


def texts(code: str) -> dict[str, str]:
    """Every text of a language by its place: `reasons.waiting`, `headers.submitted.0`."""
    found: dict[str, str] = {}

    def walk(place: str, value: object) -> None:
        if isinstance(value, str):
            found[place] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{place}.{key if isinstance(key, str) else '-'.join(key)}", inner)
        elif isinstance(value, list | tuple):
            for number, inner in enumerate(value):
                walk(f"{place}.{number}", inner)

    for name, value in msgspec.structs.asdict(words_for(code)).items():
        walk(name, value)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
def test_the_words_of_a_language_fill_in_what_the_first_ones_do(code: str) -> None:
    first, own = texts("zh-CN"), {place: text for place, text in texts(code).items() if place[:6] != "zones."}
    assert own.keys() == {place for place in first if place[:6] != "zones."}
    for place, text in own.items():
        assert fields(text) == fields(first[place]), place
        assert text.strip(), place
        if not code.startswith("zh") and not place.startswith(
            (
                "pages",
                "separator",
                "reason",
                "sources",
                "several",
                "doubtful",
                "parts",
                "labels.original",
                "labels.theme",
                "lead",
            )
        ):
            alike = code == "ja" and len(text) <= 2  # 引用 is a word of Japanese, too
            written = re.sub(r"\{\w+\}", "", text)
            assert text != first[place] or alike or not re.search(r"[^\W\d]", written), place
        if place.partition(".")[0] not in {"separator", "reason"}:
            outside = re.sub(r"\{\w+\}|arXiv|localdigest|PDF|\bET\b|\bp\. ", "", text)
            assert LANGUAGES[code].foreign_in(outside) in ("", "no kana"), place  # a label needs none


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The languages' folders, to be changed."""
    copy = tmp_path / "prompts"
    shutil.copytree(profile.PROMPTS, copy)
    caches = (profile.find, profile._written, words_for)
    with monkeypatch.context() as patch:
        patch.setattr(profile, "PROMPTS", copy)
        for cached in caches:
            cached.cache_clear()
        yield copy
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize(
    ("stands", "wrong", "said"),
    [
        ('details = "', 'detials = "', "missing or unknown: details, detials"),
        ("waiting = ", "wating = ", "missing or unknown: reasons.waiting, reasons.wating"),
        (
            "[unfinished.explain]\npending",
            "[unfinished.explain]\npaused",
            "missing or unknown: unfinished.explain.paused",
        ),
        ("[labels]\narchive =", "[labels]\nArchive =", "missing or unknown: labels.Archive, labels.archive"),
        ("several = ", "several = 1 # ", "Expected `str`, got `int` - at `$.several`"),
        ("[reasons]", "[reasons", "line"),
    ],
)
def test_a_file_of_words_that_lacks_or_adds_any_is_refused(stands: str, wrong: str, said: str, folders: Path) -> None:
    path = folders / "de" / "words.toml"
    whole = path.read_text(encoding="utf-8")
    assert whole.count(stands) == 1
    path.write_text(whole.replace(stands, wrong), encoding="utf-8")
    with pytest.raises(
        ConfigError, match=f"{re.escape(str(path))}: .*{re.escape(said)}|{re.escape(str(path))}: .*line"
    ):
        words_for("de")


# ---------------------------------------------------------------- profiles


@pytest.mark.parametrize(
    ("stands", "wrong", "said"),
    [
        ("length = [0.6, 1.9]", 'length = "long"', "Expected `array`, got `str` - at `$.length`"),
        ("length = [0.6, 1.9]", "", "missing required field `length`"),
        ("width", "widht", "unknown field `widht`"),
        ('["latin"]', '["runes"]', "Invalid enum value 'runes' - at `$.scripts[0]`"),
        ("heading = '''", "heading = ''''''\nown = '''", "Cannot overwrite a value"),
    ],
)
def test_a_profile_that_is_none_is_refused_with_its_file_and_key(
    stands: str, wrong: str, said: str, folders: Path
) -> None:
    path = folders / "de" / "profile.toml"
    whole = path.read_text(encoding="utf-8")
    assert whole.count(stands) == 1
    path.write_text(whole.replace(stands, wrong), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{re.escape(str(path))}: .*{re.escape(said)}"):
        profile.find("de")


def test_a_pattern_that_would_find_everything_is_refused(folders: Path) -> None:
    path = folders / "de" / "profile.toml"
    path.write_text(f"{path.read_text(encoding='utf-8').partition('heading')[0]}heading = ''", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{re.escape(str(path))}: heading: nothing is looked for"):
        profile.find("de")


@pytest.mark.parametrize("code", CODES)
def test_the_patterns_of_a_profile_are_patterns_and_its_codecs_are_codecs(code: str) -> None:
    language = LANGUAGES[code]
    for name in profile._PATTERNS:
        assert not re.match(getattr(language, name), ""), name
        assert re.compile(getattr(language, name)).groups == 0, name
    for codec in language.charsets or ():
        assert "".encode(codec) == b""
    assert language.turns is None or all({"{0}", "{1}"} == set(re.findall(r"{\d}", turn)) for turn in language.turns)


def test_a_profile_is_read_when_it_is_asked_for(folders: Path) -> None:
    (folders / "ja" / "profile.toml").write_text("nonsense", encoding="utf-8")
    assert profile.find("de").decimal == ","
    with pytest.raises(ConfigError, match=r"profile\.toml: "):
        profile.find("ja")


def test_no_module_outside_knows_a_language_by_its_code() -> None:
    known = {
        "workspace/config.py",  # the default
        "evaluate/plain.py",  # a prompt in Chinese
        "evaluate/inputs.py",  # names of fields
    }
    package = ROOT / "localdigest"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in CODES and path.parent.name != "language"
    }
    assert found == known


def test_what_taiwan_says_is_in_its_own_characters() -> None:
    taiwan = LANGUAGES["zh-TW"]
    assert re.match(taiwan.preamble, "以下為翻譯")
    assert re.search(taiwan.speaks, "作為人工智慧")
    assert taiwan.turns == ("面向{1}的{0}", "基於{1}的{0}")
    assert (taiwan.length, taiwan.dictionary) == (LANGUAGES["zh-CN"].length, True)
    assert words_for("zh-TW").details == "詳細解讀"  # converted
    assert words_for("zh-TW").reasons["pdf-timeout"] == "讀取論文 PDF 逾時"  # its own: OpenCC has 超時


# ---------------------------------------------------------------- which there are


def test_a_language_is_there_with_profile_prompts_and_words(tmp_path: Path) -> None:
    assert tuple(profile.usable(tmp_path)) == CODES == ("de", "en", "es", "fr", "ja", "ko", "pt", "zh-CN", "zh-TW")
    for code in CODES:
        for name in LANGUAGES[code].prompts:
            assert prompts.load(name, code, (prompts.SHIPPED,)).language == code
        for name in ("translate", "gloss", "title"):  # none lies there for nothing, either
            there = (prompts.SHIPPED / code / f"{name}.md").is_file()
            needed = name in LANGUAGES[code].prompts or (name == "title" and profile.translated(code))
            assert there == (needed and not LANGUAGES[code].made_of)


def test_a_workspaces_prompts_make_a_language_whole(folders: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "ja").mkdir(parents=True)
    for name in ("translate", "explain", "gloss"):
        (folders / "ja" / f"{name}.md").unlink()
    for name in ("translate", "explain", "gloss"):
        assert "ja" not in profile.usable(own)
        (own / "ja" / f"{name}.md").write_text("[system]\n[user]\n", encoding="utf-8")
    assert profile.usable(own)["ja"] == "Japanese"


def test_taiwans_prompts_are_the_chinese_ones_unless_there_are_its_own(tmp_path: Path) -> None:
    shipped = prompts.load("explain", "zh-TW", (tmp_path, prompts.SHIPPED))
    assert shipped.language == "zh-TW"
    assert shipped.fingerprint == prompts.load("explain", "zh-CN", (prompts.SHIPPED,)).fingerprint
    for code in ("zh-CN", "zh-TW"):  # of a workspace; its own goes first
        (tmp_path / code).mkdir()
        (tmp_path / code / "explain.md").write_text(f"[system]\n{code}\n[user]\n", encoding="utf-8")
        assert prompts.load("explain", "zh-TW", (tmp_path, prompts.SHIPPED)).system == code


def test_a_language_that_is_not_there_is_refused_with_the_list_before_any_work(tmp_path: Path) -> None:
    told = f"no language 'it'; there are: {', '.join(CODES)}"
    config.create(tmp_path)
    for must_exist in (True, None):
        with pytest.raises(ConfigError, match=re.escape(f"--language: {told}")):
            config.open_workspace(tmp_path if must_exist else tmp_path / "new", must_exist=must_exist, language="it")
    path = tmp_path / config.FILE
    path.write_text('language = "it"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{path}, line 1: {told}")):
        config.open_workspace(tmp_path)
    refused = CliRunner().invoke(cli, ["-C", str(tmp_path), "run"])
    assert isinstance(refused.exception, ConfigError)
    assert not (tmp_path / "library.db").exists()

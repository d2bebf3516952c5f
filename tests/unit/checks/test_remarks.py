"""What the prompt of a further try says of the last: each kind of remark in each language, and none on a first try."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.checks import mending
from localdigest.checks.mending import echoes
from localdigest.checks.registry import BULLET, CHECKS, TITLE, TRANSLATION, WHOLE, check, remarks
from localdigest.language import profile, prompts
from localdigest.messages.errors import ConfigError
from localdigest.records import Finding
from tests.kit import cases
from tests.kit.languages import LANGUAGES

DETAIL = "X9"
KINDS = {"translate": TRANSLATION, "title": TITLE, "explain": BULLET}
TASKS = [(code, task) for code in LANGUAGES for task in KINDS if profile.translated(code) or task == "explain"]
CODES = {task: {each.code: each.ask for each in CHECKS if kind in each.of and each.ask} for task, kind in KINDS.items()}
ORDERS = {"keep", "figures"}
"""Remarks that say nothing of a last try."""


def asked(language: str, task: str) -> dict[str, str]:
    """The codes that can be found there. No English is left over in English."""
    own = LANGUAGES[language]
    without = set() if own.english_only or not own.latin else {"leftover"}
    return {code: ask for code, ask in CODES[task].items() if ask not in without}


def user(language: str, task: str, *codes: str, folders: tuple[Path, ...] = (prompts.SHIPPED,)) -> list[str]:
    prompt = prompts.load(task, language, folders)
    told = remarks([Finding(code, DETAIL) for code in codes], prompt.remarks)
    values = {"text": "One text.", "numbers": {}, "terms": {}, "characters": 50, "title": "T", "part": "method"}
    return prompt.messages(**values, remarks=told, problems=[(code, DETAIL) for code in codes])[-1].text.splitlines()


@pytest.mark.parametrize(("language", "task"), TASKS)
def test_each_finding_of_a_first_try_is_remarked_on_in_one_line(language: str, task: str) -> None:
    first = user(language, task)
    assert (first == ["One text."]) if task != "explain" else (len(first) == 2 and "One text." in first[0])
    for code, ask in asked(language, task).items():
        again = user(language, task, code)
        (remark,) = [line for line in again if line not in first]
        assert again == [*first[: again.index(remark)], remark, *first[again.index(remark) :]], "and nothing else"
        assert (DETAIL in remark) == (ask not in WHOLE and ask != "leftover")
        assert LANGUAGES[language].made_of or not LANGUAGES[language].foreign_in(remark)
    twice = user(language, task, "cut", "empty", "preamble", "think")
    assert len(twice) == len(first) + 2


@pytest.mark.parametrize("language", [code for code in LANGUAGES if not LANGUAGES[code].made_of])
def test_a_language_words_each_kind_of_remark_and_no_other(language: str) -> None:
    tasks = [task for code, task in TASKS if code == language]
    worded = set().union(*(prompts.load(task, language, (prompts.SHIPPED,)).remarks for task in tasks))
    assert worded == {ask for task in tasks for ask in asked(language, task).values()}


def test_remarks_on_details_come_as_they_are_found_and_those_on_the_whole_behind_them_once() -> None:
    found = [Finding(*each) for each in (("cut", ""), ("script", "a"), ("number-missing", "7"), ("script", "b"),
                                         ("refused", ""), ("glossary", "a = b"), ("number-missing", "8"))]  # fmt: skip
    wording = {"lost": "no {detail}", "term": "<{detail}>", "script": "SCRIPT", "unfinished": "ALL"}
    assert remarks(found, wording) == ["no 7", "<a = b>", "no 8", "SCRIPT", "ALL"]


def test_a_workspace_words_a_remark_of_its_own_and_keeps_the_others(tmp_path: Path) -> None:
    shipped = prompts.load("explain", "zh-TW", (prompts.SHIPPED,))
    (tmp_path / "zh-CN").mkdir()
    own = tmp_path / "zh-CN" / "remarks.toml"
    own.write_text('keep = "K {detail}"\n[explain]\nchatter = "OWN"\n', encoding="utf-8")
    mine = prompts.load("explain", "zh-TW", (tmp_path, prompts.SHIPPED))
    assert mine.remarks == {**shipped.remarks, "keep": "K {detail}", "chatter": "OWN"}
    assert mine.fingerprint != shipped.fingerprint
    for wrong in ("keep = 1", "[explain]\nkeep = []", "keep"):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"remarks\.toml"):
            prompts.load("explain", "zh-TW", (tmp_path, prompts.SHIPPED))


def test_a_prompt_with_a_ladder_of_codes_still_works(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    text = (
        "[system]\nS\n[user]\n{% for code, detail in problems %}\n{{ code }}: {{ detail }}\n{% endfor %}\n{{ text }}\n"
    )
    (tmp_path / "de" / "translate.md").write_text(text, encoding="utf-8")
    lines = user("de", "translate", "number-missing", "cut", folders=(tmp_path, prompts.SHIPPED))
    assert lines == ["number-missing: X9", "cut: X9", "One text."]
    before = prompts.load("translate", "de", (tmp_path,)).fingerprint
    (tmp_path / "de" / "remarks.toml").write_text('lost = "new"\n', encoding="utf-8")
    assert prompts.load("translate", "de", (tmp_path,)).fingerprint == before, "it says no remark, so none counts"


@pytest.mark.parametrize(("language", "task"), [pair for pair in TASKS if pair[1] != "explain"])
def test_a_remark_said_again_is_no_part_of_a_sentence(language: str, task: str) -> None:
    first = user(language, task)
    for code, ask in asked(language, task).items():
        if ask not in ORDERS:
            (remark,) = [line for line in user(language, task, code) if line not in first]
            for source in ("One text.", "(1) One text."):
                assert echoes.without(f"{remark} 甲乙", source, LANGUAGES[language]) == "甲乙", remark


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_remark_said_again_in_a_bullet_gives_it_away(language: str) -> None:
    first = user(language, "explain")
    for code in ("repetition", "cut", "preamble"):
        (remark,) = [line for line in user(language, "explain", code) if line not in first]
        found = cases.prose(remark.strip("（）()"), "stop", "We train a model.", LANGUAGES[language])
        assert "first-person" in {finding.code for finding in found}, remark


def test_two_checks_of_a_code_agree_on_what_it_costs() -> None:
    with pytest.raises(ValueError, match="two checks of the code cut"):
        check("cut", of=BULLET, ask="chatter")(CHECKS[1].find or (lambda case: ()))
    with pytest.raises(ValueError, match="does not say"):
        check("cut", of=BULLET)(lambda case: ())


def test_hints_that_are_said_again_in_a_row_are_no_part_of_the_draft() -> None:
    said = "deep noise suppression即 深度噪声抑制，perception 即 感知；研究界仍需努力。"
    assert echoes.without(said, "Deep noise suppression of perception.", LANGUAGES["zh-CN"]) == "研究界仍需努力。"
    assert mending.bullet(said, "Deep noise suppression of perception.", LANGUAGES["zh-CN"]) == "研究界仍需努力。"
    assert echoes.without("随即开始。", "It begins.", LANGUAGES["zh-CN"]) == "随即开始。"

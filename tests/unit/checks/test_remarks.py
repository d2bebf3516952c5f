"""What the prompt of a further try says of the last one: every problem has a word, and a first try has none of them."""

from __future__ import annotations

import pytest

from localdigest import checks
from localdigest.checks import remarks
from localdigest.language import profile, prompts
from localdigest.language.profile import LANGUAGES

DETAIL = "X9"
OF_PROSE = ("cut", "empty", "think", "repetition", "preamble", "refusal", "first-person", "script", "number-garbled")
CODES = {
    "translate": (
        *OF_PROSE, "english", "copied", "title", "number-missing", "number-invented", "span-changed", "name-missing",
        "name-invented", "url-invented", "length", "sentences", "glossary",
    ),
    "explain": (
        *OF_PROSE, "english", "number-unsupported", "number-misplaced", "figure-missing", "name-unsupported",
        "url-invented",
    ),
}  # fmt: skip
CODES["title"] = CODES["translate"]
OPEN_ALREADY = {"span-changed", "name-missing", "figure-missing", "number-misplaced"}
"""Their remarks are orders, which say nothing of a last try."""
WRITTEN = [code for code in LANGUAGES if not LANGUAGES[code].made_of]


def user(language: str, task: str, *codes: str, terms: dict[str, str] | None = None) -> str:
    prompt = prompts.load(task, language, (prompts.SHIPPED,))
    problems = [(code, DETAIL) for code in codes]
    text = prompt.messages(text="One text.", numbers={}, terms=terms or {}, characters=50, title="T", problems=problems)
    return text[-1].text


TASKS = [(code, task) for code in WRITTEN for task in CODES if profile.translated(code) or task == "explain"]


@pytest.mark.parametrize(("language", "task"), TASKS)
def test_each_problem_of_a_first_try_is_named_once(language: str, task: str) -> None:
    first = user(language, task).splitlines()
    assert (first == ["One text."]) if task != "explain" else (len(first) == 2 and "One text." in first[0])
    for code in CODES[task]:
        if (language, code) == ("en", "english"):
            continue  # no finding there
        again = user(language, task, code).splitlines()
        (remark,) = [line for line in again if line not in first]
        assert again == [*first[: again.index(remark)], remark, *first[again.index(remark) :]], "and nothing else"
    twice = user(language, task, "cut", "empty", "preamble", "think").splitlines()
    assert len(twice) == len(first) + 2


@pytest.mark.parametrize(("language", "task"), [pair for pair in TASKS if pair[1] != "explain"])
def test_a_remark_said_again_is_no_part_of_a_sentence(language: str, task: str) -> None:
    first = user(language, task).splitlines()
    for code in set(CODES[task]) - OPEN_ALREADY:
        (remark,) = [line for line in user(language, task, code).splitlines() if line not in first]
        for source in ("One text.", "(1) One text."):
            assert remarks.without(f"{remark} 甲乙", source) == "甲乙", remark


@pytest.mark.parametrize(("language", "task"), [pair for pair in TASKS if pair[1] == "explain"])
def test_a_remark_said_again_in_a_bullet_gives_it_away(language: str, task: str) -> None:
    first = user(language, task).splitlines()
    for code in ("repetition", "cut", "preamble"):
        (remark,) = [line for line in user(language, task, code).splitlines() if line not in first]
        found = checks.prose(remark.strip("（）()"), "stop", "We train a model.", LANGUAGES[language])
        assert "first-person" in {finding.code for finding in found}, remark

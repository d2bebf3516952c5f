"""A page in each language from the scripted engine, and what its prompts say; English, which is not translated."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from localdigest import store
from localdigest.cli import cli
from localdigest.language import profile, prompts
from localdigest.messages.errors import ConfigError
from localdigest.pages import plan, standing
from localdigest.records import PARTS, Completion, Finding, Request, Translation
from localdigest.render import jekyll
from localdigest.render.words import words_for
from localdigest.workspace import config
from tests.kit.digests import digest, paper, translated
from tests.kit.killing import workspace
from tests.kit.languages import LANGUAGES
from tests.kit.places import SAMPLE, SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, planner, whole_day

CODES = tuple(LANGUAGES)

# ---------------------------------------------------------------- prompts


@pytest.mark.parametrize("code", CODES)
def test_a_prompt_offers_terms(code: str) -> None:
    for name in {"translate", "explain"} & set(LANGUAGES[code].prompts):
        prompt = prompts.load(name, code, (prompts.SHIPPED,))
        with_terms = prompt.messages(**VALUES | {"terms": {"vocoder": "VOCODIERER"}, "text": "TEXT"})[1].text
        assert "vocoder" in with_terms
        assert "VOCODIERER" in with_terms
        assert "TEXT" in with_terms


VALUES: dict[str, object] = {
    "text": "", "title": "", "numbers": {}, "terms": {}, "problems": (), "remarks": (), "part": "",
    "characters": 1, "word": "",
}  # fmt: skip

# ---------------------------------------------------------------- pages

SYLLABLES = {
    "zh-CN": "模型语音数据结果方法训练噪声系统评估任务",
    "zh-TW": "模型語音資料結果方法訓練雜訊系統評估任務",
    "ja": "かきくけこサシスセソ音声学習評価なにぬね",
    "ko": "모델음성평가결과방법학습잡음과제보여체계",
}
LATIN = "bdfglmnprstvwzkhjcyx"
"""Twenty a language, of which words are made that mean nothing."""


class Listening(Scripted):
    """Writes words of a language, other ones for each request, and keeps what it was asked."""

    def __init__(self, code: str) -> None:
        self.asked: list[Request] = []
        syllables, language = SYLLABLES.get(code, LATIN), LANGUAGES[code]
        size, vowels = (3, "aeiou") if language.latin else (2, [""])

        def answer(request: Request) -> Completion:
            self.asked.append(request)
            seed = hashlib.sha256(repr(request.messages).encode()).digest()
            made = [syllables[byte % 20] + vowels[byte % len(vowels)] for byte in seed]
            words = ["".join(made[i : i + size]) for i in range(0, len(made), size)]
            text = language.joiner.join(words) + language.stop
            return Completion(text, "stop", prompt_tokens=7, output_tokens=20, seconds=0.25)

        super().__init__(answer)


@pytest.mark.parametrize("code", CODES)
def test_the_sample_day_is_whole_in_each_language(code: str, tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language=code)
    engine = Listening(code)
    made = whole_day(space, engine)
    page = made.page.read_text(encoding="utf-8")
    words, export = words_for(code), json.loads(made.export.read_text(encoding="utf-8"))
    assert page.startswith('---\nlayout: post\ntitle: "arXiv Daily – 2026-01-30"\ntags: [arxiv, cs.SD, eess.AS]\n---\n')
    for number, name in enumerate(PARTS, 1):
        assert page.count(f"{number}) **{words.parts[name]}**") == 2
    assert page.count(f"<summary>{words.details}</summary>") == 2
    assert words.counts.format(listed=2, shown=2) in page
    own = LANGUAGES[code]
    said = [p["text"] for paper in export["papers"] for part in paper["breakdown"]["parts"] for p in part["points"]]
    assert len(said) >= 10
    for text in said:
        assert not own.foreign_in(text)
        assert text.endswith(own.stop)
        assert jekyll.escape(text) in page
    assert {request.messages[0].text for request in engine.asked} <= {
        prompts.load(name, code, (prompts.SHIPPED,)).messages(**VALUES)[0].text
        for name in (*own.prompts, "gist")
        if profile.find_prompt(name, code, (prompts.SHIPPED,))
    }
    assert not {"pending", "failed"} & {r.status for r in made.digest.results.values()}
    assert export["language"] == code
    # Chinese left on another language's page would come from the program, not from the engine.
    assert code.startswith(("zh", "ja")) or not re.search(f"[{profile.HAN}]", page)


def test_a_page_in_english_is_finished_without_asking_for_a_translation(tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language="en")
    engine = Listening("en")
    made = whole_day(space, engine)
    system = prompts.load("explain", "en", (prompts.SHIPPED,)).system
    assert engine.asked
    assert {request.messages[0].text for request in engine.asked} == {system}
    export = json.loads(made.export.read_text(encoding="utf-8"))
    page = made.page.read_text(encoding="utf-8")
    for found in export["papers"]:
        assert found["translation"] == {"status": "skipped", "reason": str(plan.IN_ENGLISH)}
        assert f"\n\n{jekyll.escape(found['abstract'])}\n\n<details>" in page
    counts = {"shown": 2, "done": 2, "translated": 0, "explained": 2, "pending": 0, "failed": 0, "skipped": 2}
    assert counts.items() <= export["counts"].items()
    assert whole_day(space, None).page.read_text(encoding="utf-8") == page  # nothing is left to do
    with store.Store(space.library) as library:
        found = standing.standing(space, library)
        assert found.counts["translate"] == {"done": 0, "pending": 0, "failed": 0, "skipped": 2}
        assert found.counts["explain"]["done"] == 2
        assert {work.task for work in planner(space, library)(SAMPLE_DAY).works} == {"explain"}


def test_the_command_line_counts_a_page_in_english_as_done(tmp_path: Path) -> None:
    root = str(workspace(tmp_path / "digest"))
    day = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs"), "--date", "2026-01-30"]
    command = ["-C", root, "run", "--language", "en", *day]
    done = CliRunner().invoke(cli, command, obj=(None, lambda path, settings: Listening("en")), standalone_mode=False)
    assert done.return_value == 0
    assert "2 papers: 2 explained, 0 pending, 0 failed" in done.stderr
    post, address = done.stdout.splitlines()[-2:]
    assert (post.endswith("2026-01-30-arxiv.md"), address[:8]) == (True, "file:///")
    (tmp_path / "pairs.jsonl").write_text('{"id": "a", "en": "A text."}\n', encoding="utf-8")
    refused = CliRunner().invoke(cli, ["eval", str(tmp_path / "pairs.jsonl"), "--language", "en"])
    assert isinstance(refused.exception, ConfigError)
    assert "nothing is translated into English" in str(refused.exception)


def test_each_language_of_a_workspace_has_results_of_its_own(tmp_path: Path) -> None:
    config.create(tmp_path)
    made: dict[str, str] = {}
    for code in ("de", "en", "de"):
        engine = None if code in made else Listening(code)
        page = whole_day(config.open_workspace(tmp_path, language=code), engine).page.read_text(encoding="utf-8")
        assert made.setdefault(code, page) == page


def test_marks_and_notes_are_in_the_days_language() -> None:
    one = paper(1)
    translation = Translation("Ein Satz. Noch einer.", (("A.", "Ein Satz."), ("B.", "Noch einer.")),
                              (Finding("number-missing", "28%", sentence=0),))  # fmt: skip
    day = replace(digest([one], replace(translated(one, ""), translation=translation)), language="de")
    page = jekyll.to_jekyll(day)
    assert "\n\nEin Satz. (zweifelhaft) Noch einer.\n\n" in page
    assert "<small>Hinweise zur Übersetzung: möglicherweise fehlende Zahl 28%</small>" in page

"""The real 0.5B model in each language: what its flow ends with is in that language, or says that it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.engine import Engine, open_engine
from localdigest.engine.settings import Settings
from localdigest.errors import ModelError
from localdigest.evaluate import Pair, inputs, judge
from localdigest.flows.brief import find_model, load
from localdigest.language.profile import LANGUAGES
from localdigest.models import catalogue
from localdigest.records import PARTS, Breakdown, Translation
from localdigest.render.words import words_for
from localdigest.run import work
from localdigest.run.drive import drive
from localdigest.workspace import config
from tests.kit.places import SAMPLE

pytestmark = pytest.mark.model

TEXT = (
    "Speech synthesis has improved a lot in recent years, but long texts are still read without expression. "
    "We train a model with 1.7B parameters on 13 million hours of audio and reach a word error rate of 2.8%."
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        path = catalogue.locate(catalogue.load_catalogue().find("qwen2.5-coder-0.5b"), catalogue.models_folder())
    except ModelError as error:
        pytest.skip(str(error))
    opened = open_engine(path, Settings(slots=8, batch=512, threads=1))
    yield opened
    opened.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_small_model_writes_the_language_or_is_found_out(code: str, engine: Engine, tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language=code, model="qwen2.5-coder-0.5b")
    pairs = [Pair("a", TEXT)] if "translate" in LANGUAGES[code].prompts else []
    due = [*inputs.to_translate(pairs, code), *inputs.to_explain(SAMPLE / "atom.xml", SAMPLE / "pdfs", code, limit=1)]
    short = dict.fromkeys(PARTS, 50)  # two bullets a part
    flows = work.flows(due, replace(load(space, find_model(space)), lengths=short))
    outcomes = {piece.task: outcome for piece, outcome in drive(flows, engine, lambda: None)}
    assert len(outcomes) == len(due)
    for outcome in outcomes.values():
        assert not isinstance(outcome, Exception), outcome
        draft, usage = outcome
        assert usage.output_tokens > 20
        told = {f.code for f in draft.findings if not f.resolved} & words_for(code).findings.keys()
        if isinstance(draft, Translation):
            print(code, draft.text, [f for f in draft.findings if not f.resolved])
            verdict = judge.judge(TEXT, draft.text, draft.findings, code)
            # The judge has rules of its own: what it sees, the reader must have been told of.
            assert not verdict.wrong_script or "script" in told
            assert verdict.english_run < 6 or "english" in told
            assert not verdict.unmarked
            assert verdict.script_share is None or verdict.script_share > 0.7 or told
        else:
            assert isinstance(draft, Breakdown)
            texts = [point.text for part in draft.parts for point in part.points]
            print(code, *texts, sep="\n  ")
            # So small a model may lose every bullet in a language that it hardly knows; the export tells why.
            assert texts or draft.findings
            for text in texts:
                assert not LANGUAGES[code].foreign_in(text)
                assert (judge.script_share(text, code) or 1) > 0.4

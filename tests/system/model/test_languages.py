"""The real 0.5B model in each language: what its flow ends with is in that language, or says that it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.engine.llama import LlamaBackend
from localdigest.engine.scheduler import Scheduler
from localdigest.evaluate import Pair, inputs, judge
from localdigest.flows.brief import find_models, load
from localdigest.records import PARTS, Breakdown, Request, Translation
from localdigest.render.words import words_for
from localdigest.run import work
from localdigest.run.drive import drive
from localdigest.workspace import config
from tests.kit.languages import LANGUAGES
from tests.kit.places import SAMPLE, SMALL_MODEL

pytestmark = pytest.mark.model


class InProcess(Scheduler):
    """The engine without its child process, over the model that is loaded already."""

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        return super().submit(request, first=first)


TEXT = (
    "Speech synthesis has improved a lot in recent years, but long texts are still read without expression. "
    "We train a model with 1.7B parameters on 13 million hours of audio and reach a word error rate of 2.8%."
)


@pytest.mark.parametrize(("code", "papers"), [("zh-CN", 1), ("ja", 0), ("de", 0)])
def test_a_small_model_writes_the_language_or_is_found_out(
    code: str, papers: int, backend: LlamaBackend, tmp_path: Path
) -> None:
    """Three scripts; all languages are made by the scripted engine (`test_languages_pages`)."""
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language=code, model=SMALL_MODEL)
    due = [*inputs.to_translate([Pair("a", TEXT)], code)]
    if papers:
        due += inputs.to_explain(SAMPLE / "atom.xml", SAMPLE / "pdfs", code, limit=papers)
    short = dict.fromkeys(PARTS, 50)  # two bullets a part
    flows = work.flows(due, replace(load(space, find_models(space)), lengths=short))
    outcomes = {piece.task: outcome for piece, outcome in drive(flows, InProcess(backend), lambda: None)}
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
            # (A sentence without a draft stands in English.)
            assert verdict.english_run < 6 or told & {"english", "empty", "refused"}
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

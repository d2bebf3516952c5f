"""`localdigest eval`: the whole command, and its figures beside those of another judge."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.evaluate import Pair, Run, Translated, inputs, report
from localdigest.evaluate.figures import translations
from localdigest.messages.errors import InputRefused
from localdigest.records import Completion, Request
from tests.kit.measurements import EN, GOOD, command
from tests.kit.places import SAMPLE
from tests.kit.program import localdigest
from tests.kit.scripted_engine import Scripted, some_chinese


def test_figures_agree_with_the_outside_judges(shared: Path, tmp_path: Path) -> None:
    """On hypotheses with made errors, and on the references themselves, with all their real oddities."""
    lines = (shared / "data/parallel/audio-course.en-zh.jsonl").read_text(encoding="utf-8").splitlines()[:120]
    made = [json.loads(line) for line in lines]
    rows = []
    for number, row in enumerate(made):
        spoiled = (
            row["zh"],
            re.sub(r"\d+", "77", row["zh"]),
            row["zh"] + row["en"],
            row["zh"][:30] * 6,
            row["zh"].replace("https://", ""),
            row["zh"].replace("0", "0亿"),
        )[number % 6]
        rows.append({"id": row["id"], "en": row["en"], "hyp": spoiled, "ref": row["zh"]})
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    command = [sys.executable, str(shared / "checks/score_translation.py"), str(file)]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    # The title plays no part in the figures, nor does the source's line structure.
    pairs = [Translated(Pair(row["id"], row["en"], "", row["ref"]), row["hyp"]) for row in rows]
    ours = translations(Run("m", "zh-CN", "flow", "e", "0", translated=tuple(pairs)))
    assert ours is not None
    assert ours.scores is not None
    assert {
        "papers": ours.texts,
        "numbers": ours.numbers,
        "numbers_missing": ours.numbers_missing,
        "numbers_invented": ours.numbers_invented,
        "urls": ours.urls,
        "urls_missing": ours.urls_changed,
        "papers_with_english_residue>=4words": ours.texts_with_english,
        "papers_looping": ours.texts_looping,
        "cjk_share": round(ours.script_share or 0, 3),
        "chrf": ours.scores.chrf,
        "bleu_zh": ours.scores.bleu,
    } == theirs
    assert min(theirs[key] for key in theirs if key != "chrf") > 0, "each kind of error was made"


def test_the_command_measures_saves_and_compares(place: Path) -> None:
    engine = Scripted(order=3)
    words = ("-C", place, "eval", place / "pairs.jsonl", "--pdfs", SAMPLE / "pdfs", "--listing", SAMPLE / "atom.xml")
    done = command("-q", *words, "--save", place / "a.json", "--json", engine=engine)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert engine.closed
    assert found["translation"]["texts"] == 3
    assert found["translation"]["findings"]["number-missing"]["texts"] == 3
    assert found["breakdown"]["papers"] == 2
    assert found["breakdown"]["evidence_found"] == found["breakdown"]["evidence"] > 10
    assert not (place / "library.db").exists(), "measuring leaves no trace in a workspace"
    assert not (place / "localdigest.toml").exists()

    reading = Scripted(lambda request: replace(some_chinese(request), evaluated_tokens=30))
    plain = command(
        "-q", "eval", place / "pairs.jsonl", "--plain", "--limit", "2", "--save", place / "b.json", engine=reading
    )
    assert plain.exit_code == 0, plain.output
    assert re.search(r"requests +2  1\.0 a text", plain.stdout)
    assert re.search(r"prompt tokens decoded +60  1\.50 for each one generated", plain.stdout)
    beside = command("eval", "--compare", place / "a.json", place / "b.json", "--json")
    assert beside.exit_code == 0, beside.output
    assert json.loads(beside.stdout)["b"]["translation"]["texts"] == 2
    assert report.load(place / "a.json").explained[0].pages


def test_papers_without_a_pdf_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="none of the PDFs"):
        inputs.to_explain(SAMPLE / "atom.xml", tmp_path, "zh-CN")
    assert len(inputs.to_explain(SAMPLE / "atom.xml", SAMPLE / "pdfs", "zh-CN", 1)) == 1


def test_plain_is_one_request_with_the_whole_text(place: Path) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Completion:
        seen.append(request)
        return Completion(GOOD, "stop", 10, 10, 20, 0.1)

    done = command("eval", place / "pairs.jsonl", "--plain", "--limit", "1", engine=Scripted(answer))
    assert done.exit_code == 0, done.output
    (request,) = seen
    assert request.sampling.temperature == 0.2
    assert EN in request.messages[1].text
    assert re.search(r"missing +0\n", done.stdout)


def test_the_choice_of_evidence_is_measured_without_a_model(tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "data" / "evidence"
    pdf, broken = data / "jose-00286-pyqint-math.pdf", tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing more")
    words = ("-C", tmp_path, "eval", "--evidence", pdf, broken, "--facts", data, "--save", tmp_path / "chosen.json")
    done = localdigest(*words)
    assert done.code == 3, done.err
    assert done.err.startswith("reading 2 PDFs\n")
    assert "broken.pdf" in done.err
    assert re.search(r"jose-00286-pyqint-math +\d+ +\d of 5 +\d+ of 12", done.out)
    chosen = json.loads((tmp_path / "chosen.json").read_text(encoding="utf-8"))
    assert list(chosen) == [pdf.stem]
    assert set(chosen[pdf.stem]) == {"background", "method", "results"}
    assert 10 < sum(map(len, chosen[pdf.stem].values())) <= 20
    assert command("-C", tmp_path, "eval", "--evidence").exit_code
    assert command("-C", tmp_path, "eval", "--facts", data).exit_code

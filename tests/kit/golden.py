"""What is asked of the model, found, mended and written, all from inputs that stay: pinned in `data/golden`.

No model is needed. `tests/system/test_golden.py` compares. Where a change of behaviour is meant,
`python -m tests.kit.golden --write` rewrites all, and `git diff` shows what it does. A line of `*s.jsonl` holds what
is given to the checks and menders (a source and a draft, most of them out of the other tests) and behind it what came
of it; a new line needs `given` only.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

# All that this needs of the package, so that a module that moves is a line here.
from localdigest import __version__
from localdigest.checks import mending as tidy
from localdigest.checks.registry import BULLET, CHECKS, TITLE, TRANSLATION, Case, remarks
from localdigest.checks.title import capitals
from localdigest.cli import cli
from localdigest.evidence.signs import figures
from localdigest.flows import titles
from localdigest.flows.rounds import EFFORTS, Means
from localdigest.flows.translate import translate
from localdigest.language.glossary import Glossary
from localdigest.language.prompts import SHIPPED, load
from localdigest.records import Completion, Finding, Paper, Request, Sampling
from tests.kit import cases
from tests.kit.languages import LANGUAGES
from tests.kit.places import ROOT, SAMPLE, SAMPLE_DAY
from tests.kit.scripted_engine import Scripted

DATA = ROOT / "tests" / "data"
GOLDEN = DATA / "golden"
DAY = f"{SAMPLE_DAY}"
LIBRARY, PROMPTS = DATA / "library-0.1.db", DATA / "prompts-0.1"

Files = Iterator[tuple[str, str]]
"""Names in `data/golden` and what is to be in them."""


# ---------------------------------------------------------------- prompts

TASKS = ("translate", "title", "explain", "part", "gist", "gloss")
CODES = (
    "copied", "cut", "empty", "english", "english-word", "figure-missing", "first-person", "glossary", "length",
    "name-invented", "name-missing", "name-unsupported", "number-garbled", "number-invented", "number-misplaced",
    "number-missing", "number-unsupported", "preamble", "refusal", "refused", "repetition", "script", "sentences",
    "span-changed", "think", "title", "url-invented",
)  # fmt: skip
VALUES: Mapping[str, Any] = {
    "text": "We train on 13 million hours.",
    "title": "Fathom: a small model",
    "part": "method",
    "sentences": [(1, "We train a model."), (2, "It has 1.7B parameters.")],
    "points": 4,
    "characters": 75,
    "word": "training",
    "numbers": {},
    "terms": {},
    "problems": [],
}
HINTS: Mapping[str, Mapping[str, Any]] = {
    "terms": {"terms": {"speech": "SPEECH", "model": "MODEL"}},
    "numbers": {"numbers": {"13 million": "13000000"}},
    "terms, numbers": {"terms": {"speech": "SPEECH"}, "numbers": {"13 million": "13000000", "1.7B": "1700000000"}},
}
SEVERAL = ("number-missing", "number-invented", "name-missing", "cut", "preamble", "think", "script", "figure-missing")


def prompts() -> Files:
    """A file a language: each task's system turn, then its user turn, plain, with hints, and with each problem."""
    for language in LANGUAGES:
        lines: list[str] = []
        for task in TASKS:
            if any(
                (SHIPPED / code / f"{task}.md").is_file() for code in (language, LANGUAGES[language].made_of) if code
            ):
                lines += _task(task, language)
        yield f"prompts/{language}.txt", "\n".join(lines) + "\n"


def _task(task: str, language: str) -> list[str]:
    prompt = load(task, language, (SHIPPED,))
    kind = {"translate": TRANSLATION, "title": TITLE, "explain": BULLET, "gist": BULLET}.get(task)
    told = {each.code for each in CHECKS if kind and kind in each.of} - ({"english"} if language == "en" else set())

    def asked(**values: Any) -> tuple[str, str]:
        problems = [Finding(*each) for each in values.get("problems", ()) if each[0] in told]
        system, user = prompt.messages(**{**VALUES, **values, "remarks": remarks(problems, prompt.remarks)})
        return system.text, user.text

    variants: dict[str, Mapping[str, Any]] = {
        **HINTS,
        "part background": {"part": "background"},
        "part results": {"part": "results"},
    }
    variants |= {code: {"problems": [(code, f"<{code}>")]} for code in CODES}
    variants["several"] = {"problems": [(code, f"<{code}>") for code in SEVERAL], **HINTS["terms, numbers"]}
    system, plain = asked()
    lines = [f"===== {task} [system]", system, f"===== {task} [user]", plain]
    same = []
    for name, values in variants.items():
        own, user = asked(**values)
        if own != system:
            lines += [f"===== {task} [system] {name}", own]
        if user == plain:
            same.append(name)
        else:
            lines += [f"===== {task} [user] {name}", user]
    return [*lines, f"===== {task}: as the plain one: {', '.join(same)}"]


# ---------------------------------------------------------------- findings and mended texts

_WHEN = datetime(2026, 1, 29, 12, tzinfo=UTC)


def drafts() -> Files:
    for name, pin in (("translations", _translation), ("bullets", _bullet), ("titles", _title)):
        lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").strip("\n").split("\n")
        pinned = ({"given": given, **pin(given)} for given in (json.loads(line)["given"] for line in lines))
        yield f"{name}.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in pinned)


def _translation(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a sentence: what is found in the draft as it is, the draft mended, what is found then; with `flow`, what the
    flow makes of the source when every answer is this draft."""
    language, about = LANGUAGES[given["language"]], _about(given)

    def found(draft: str) -> list[Any]:
        return _findings(cases.translation(draft, *about, language=language, **_known(given)))

    judged = _judged(given, tidy.sentence(given.get("draft", ""), given["source"], language), found)
    return judged | _played(given) if given.get("flow") else judged


def _bullet(given: Mapping[str, Any]) -> dict[str, Any]:
    language, source, about = LANGUAGES[given["language"]], given["source"], _about(given)

    def found(draft: str) -> list[Any]:
        known = {**_known(given), "figures": figures(source)}
        return _findings(cases.point(draft, *about, language=language, **known))

    return _judged(given, tidy.bullet(given.get("draft", ""), source, language), found)


def _title(given: Mapping[str, Any]) -> dict[str, Any]:
    language, source, draft = LANGUAGES[given["language"]], given["source"], given.get("draft", "")
    name, rest = titles.parts(source, given.get("abstract", ""))
    bare = titles.bare(tidy.sentence(draft, source, language), source, language)
    form, asked = titles.pieces(rest, language) if rest else ("", ())
    return {
        "parts": [name, rest],
        "pieces": [form, *asked],
        "mended": bare,
        "whole": titles.whole(name, bare, language),
        "lost": capitals(Case(source, draft, language)),
    } | _played(
        {
            "language": given["language"],
            "source": given.get("abstract") or "It works.",
            "title": source,
            "draft": draft,
        },
        titled=True,
    )


def _about(given: Mapping[str, Any]) -> tuple[str, str, str]:
    return given.get("finish", "stop"), given["source"], given.get("why", "")


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": given.get("title", ""), "terms": given.get("terms")}


def _judged(given: Mapping[str, Any], mended: str, found: Callable[[str], list[Any]]) -> dict[str, Any]:
    draft = given.get("draft", "")
    judged = {"found": found(draft)}
    return judged if mended == draft else {**judged, "mended": mended, "left": found(mended)}


def _findings(findings: Sequence[Finding]) -> list[Any]:
    return [[finding.code, finding.detail] for finding in findings]


def _played(given: Mapping[str, Any], *, titled: bool = False) -> dict[str, Any]:
    """What the translation flow asks (how often, and a hash of it all) and ends with."""
    code = given["language"]
    if not LANGUAGES[code].prompts or "translate" not in LANGUAGES[code].prompts:
        return {}
    terms = {re.sub(r"[\s-]+", " ", en.lower()): tuple(own) for en, own in given.get("terms", {}).items() if own}
    gloss = load("gloss", code, (SHIPPED,)) if "gloss" in LANGUAGES[code].prompts else None
    means = Means(load("translate", code, (SHIPPED,)), gloss, Glossary(terms), Sampling(), EFFORTS["standard"])
    paper = Paper("2601.00001", 1, given.get("title", ""), ("A B",), given["source"], ("cs.SD",), "cs.SD", _WHEN, _WHEN)
    flow = translate(paper, means, load("title", code, (SHIPPED,)) if titled else None)
    answer = Completion(given.get("draft", ""), given.get("finish", "stop"), detail=given.get("why", ""))
    asked: list[Request] = []
    try:
        requests = next(flow)
        while True:
            asked += requests
            requests = flow.send([answer] * len(requests))
    except StopIteration as stop:
        made = stop.value[0]
    told = [[(f.code, f.detail, f.resolved, f.sentence) for f in each] for each in (made.findings, made.title_findings)]
    played = {
        "asked": [len(asked), _hash(*map(said, asked))],
        "made": _hash(repr((made.text, made.pairs, made.title, told))),
    }
    return played if made.text == given.get("draft", "") else played | {"text": made.text}


# ---------------------------------------------------------------- a day with its work, and pages of stored ones

MODEL = b"no model at all"
CONFIG = """categories = ["cs.SD", "eess.AS"]
model = "scripted"
[page]
titles = true
formats = []
url = "https://example.org/digest/"
[window]
replacements = true
"""
CATALOGUE = f"""[[model]]
name = "scripted"
file = "scripted.gguf"
size = {len(MODEL)}
sha256 = "{hashlib.sha256(MODEL).hexdigest()}"
sources = [{{ kind = "local", path = "ROOT/scripted.gguf" }}]
"""
ANNOUNCED = "2026-02-03"
"""Of the library's other day, a page of an announcement."""
FORMS = ("jekyll", "json", "html", "markdown", "bibtex", "csl", "epub", "atom")
LANGUAGES_OF_PAGES = ("zh-CN", "zh-TW", "ja", "en", "de")
TO_BE_READ = (f"zh-CN/exports/{DAY}.json", f"de/exports/{DAY}.json", f"zh-CN/posts/{ANNOUNCED}-arxiv.md")


def day() -> Files:
    """The sample day, from its listing and its PDFs: all that the engine is asked, and the page."""
    asked: list[Request] = []
    given = (f"--from={SAMPLE}/atom.xml", f"--pdf-dir={SAMPLE}/pdfs", f"--date={DAY}")
    with tempfile.TemporaryDirectory() as folder:
        root = workspace(Path(folder))
        run(root, "run", *given, answer=_noting(asked))
        page = (root / "posts" / f"{DAY}-arxiv.md").read_text(encoding="utf-8")
        yield "day/requests.txt", "".join(f"{line}\n" for line in sorted(map(_line, asked)))
        yield "day/page.md", page.replace(f"localdigest {__version__}", "localdigest VERSION")


def pages() -> Files:
    """What `render` makes of the library that localdigest 0.1 has left: every file of each language by its sha256; page
    and some exports of the sample day to be read, too. And what is asked of the model when its work is gone on with."""
    hashes: dict[str, str] = {}
    due: list[str] = []
    for language in LANGUAGES_OF_PAGES:
        with tempfile.TemporaryDirectory() as folder:
            root = workspace(Path(folder), stored=True)
            before = {path for path in root.rglob("*") if path.is_file()}
            for day in (DAY, ANNOUNCED):
                run(root, "render", f"--date={day}", f"--language={language}", *(f"--format={form}" for form in FORMS))
            for path in sorted({path for path in root.rglob("*") if path.is_file()} - before):
                name, content = f"{language}/{path.relative_to(root).as_posix()}", path.read_bytes()
                hashes |= {f"{name}{inner}": hashlib.sha256(data).hexdigest() for inner, data in _members(content)}
                if name in (f"{language}/posts/{DAY}-arxiv.md", *TO_BE_READ):
                    yield f"pages/{language}/{path.name}", content.decode()
            asked: list[Request] = []
            run(root, "digest", f"--date={DAY}", f"--language={language}", answer=_noting(asked))
            due += [f"{language} {line}" for line in sorted(map(_line, asked))]
    yield "pages/sha256.txt", "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    yield "pages/due.txt", "".join(f"{line}\n" for line in due)


def workspace(root: Path, *, stored: bool = False) -> Path:
    """A workspace at `root`; a `stored` one has the library that localdigest 0.1 has left and, as a user's own, the
    prompts that its work was done with."""
    (root / "localdigest.toml").write_text(CONFIG, encoding="utf-8")
    (root / "models.toml").write_text(CATALOGUE.replace("ROOT", str(root)), encoding="utf-8")
    (root / "scripted.gguf").write_bytes(MODEL)
    if stored:
        shutil.copyfile(LIBRARY, root / "library.db")
        shutil.copytree(PROMPTS, root / "prompts")
        shutil.copytree(SAMPLE / "pdfs", root / "pdfs")
        (root / "pdfs" / "2601.00003v2.pdf").write_bytes(b"not a PDF")
    return root


def run(root: Path, *arguments: str, answer: Callable[[Request], Completion] | None = None) -> str:
    """What a command prints; `answer` stands in for the model."""
    seams = (None, lambda _path, _settings: Scripted(answer)) if answer else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALDIGEST_STATE", str(root / "state"))
        done = CliRunner().invoke(cli, ["-q", "-C", str(root), *arguments], obj=seams, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _noting(asked: list[Request]) -> Callable[[Request], Completion]:
    def answer(request: Request) -> Completion:
        asked.append(request)
        return answered(request)

    return answer


def answered(request: Request) -> Completion:
    """Chinese that hangs on the request alone, with or without the numbers and names of the source."""
    user = request.messages[-1].text
    dice = hashlib.sha256(user.encode()).digest()
    if request.max_tokens < 20:
        return Completion(_PHRASES[dice[0] % len(_PHRASES)][:3], "stop", 7, 0, 3, 0.25)
    source = _english(request)
    kept = re.findall(r"\b[A-Z][A-Za-z]*[A-Z0-9][\w.-]*|\d[\d.,]*\d%?|\d%?", source) if dice[1] % 4 else []
    text = "，".join(_PHRASES[each % len(_PHRASES)] for each in dice[2 : 4 + len(source) // 80])
    text += "".join(f"，{each}" for each in dict.fromkeys(kept)) + ("，共97个" if dice[20] % 8 == 0 else "")
    text += " training the model" if dice[21] % 8 == 0 else ""
    return Completion(f"{text}。", "length" if dice[22] % 16 == 0 else "stop", 7, 0, 20, 0.25)


_PHRASES = (
    "降噪提高语音质量", "录音来自真实环境", "主观评测由听众完成", "模型在笔记本上运行",
    "数据集包含多种语言", "参赛者提交增强片段", "基线系统采用循环网络", "说话人特征引导网络",
    "延迟不超过四十毫秒", "评分分为三个维度", "混响条件更具挑战", "挑战赛推动研究进展",
    "训练集扩展到全频带", "测试集覆盖移动设备", "歌声与情感语音加入", "词准确率作为客观指标",
)  # fmt: skip


# ---------------------------------------------------------------- all of it


def said(request: Request) -> str:
    whole = repr((request.messages, request.max_tokens, request.sampling, request.stop, request.prefill))
    return whole.replace(", presence_penalty=0.0", "")  # younger than the hashes, and none


def _line(request: Request) -> str:
    """Of a request what tells it from the others, on a line."""
    return f"{_hash(said(request))} {request.max_tokens} {request.sampling.temperature:.1f} {_english(request)[:100]}"


def _english(request: Request) -> str:
    """The line that has most of it: the source."""
    return max(request.messages[-1].text.splitlines(), key=lambda line: len(re.findall("[a-z]", line)))


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def _members(content: bytes) -> list[tuple[str, bytes]]:
    """The file itself, or what an EPUB has in it: how it is compressed is zlib's matter."""
    if not content.startswith(b"PK"):
        return [("", content)]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return [(f"!{name}", book.read(name)) for name in book.namelist()]


def read(name: str) -> str:
    path = GOLDEN / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


ALL: Mapping[str, Callable[[], Files]] = {"prompts": prompts, "drafts": drafts, "day": day, "pages": pages}


def write(names: Sequence[str]) -> None:
    for name in names or ALL:
        for file, text in ALL[name]():
            (GOLDEN / file).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--write"] or not set(sys.argv[2:]) <= set(ALL):
        sys.exit(f"python -m tests.kit.golden --write [{' '.join(ALL)}]")
    write(sys.argv[2:])

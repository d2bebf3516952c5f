"""A digest as text: the JSON export and the Jekyll page (`templates/`). Pure: records in, text out.

Nothing that arXiv or a model wrote may act as code on the page: whatever comes from there goes through
`escape`; Liquid, kramdown and HTML then show it as it is. Nothing of it reaches the YAML front matter.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2
import msgspec

from localdigest.errors import ConfigError
from localdigest.records import (
    Breakdown,
    Digest,
    Finding,
    Paper,
    PartName,
    Provenance,
    Result,
    Status,
    Task,
)

SCHEMA = "localdigest/1"


# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says in its reader's language. In braces: what is filled in."""

    intro: str
    window: str
    counts: str
    details: str
    parts: Mapping[PartName, str]
    unfinished: Mapping[tuple[Task, Status], str]
    reason: str
    """How a reason follows what it explains."""
    reasons: Mapping[str, str]
    """By code (see `plan`); any other reason is shown as it is."""
    notes: str
    findings: Mapping[str, str]
    """By code, those that a reader should know of; others are in the JSON only."""
    separator: str
    pages: str
    unverified: str
    empty_part: str
    hidden: str
    """Said of a paper whose PDF had text that a reader cannot see."""
    provenance: str
    zones: Mapping[str, tuple[str, str]]
    """IANA name: as in `08:50 CST`, and in full. Other zones go by their name."""


WORDS: Mapping[str, Words] = {
    "zh-CN": Words(
        intro="以下为 {day}（{zone}）窗口内更新的论文中文译文：",
        window="时间窗口（锚点 {anchor} {zone}）：{start} — {end}",
        counts="抓取总数：{listed} 篇 | 本页显示：{shown} 篇（去重/过滤后）",
        details="详细解读",
        parts={
            "background": "研究背景与既有方法的问题",
            "method": "论文核心方法如何解决上述问题",
            "results": "在哪些任务上取得了怎样的效果",
        },
        unfinished={
            ("translate", "pending"): "（译文待生成{reason}）",
            ("translate", "failed"): "（译文生成失败{reason}）",
            ("translate", "skipped"): "（未翻译{reason}）",
            ("explain", "pending"): "（详细解读待生成{reason}）",
            ("explain", "failed"): "（详细解读生成失败{reason}）",
            ("explain", "skipped"): "（无详细解读{reason}）",
        },
        reason="：{reason}",
        reasons={
            "no-pdf": "论文 PDF 尚不可用",
            "no-abstract": "论文列表中没有摘要",
            "waiting": "尚未处理",
            "pdf-encrypted": "论文 PDF 有密码保护",
            "pdf-scanned": "论文 PDF 为扫描件，没有可用的文字",
            "pdf-broken": "论文 PDF 已损坏",
            "pdf-not-a-pdf": "下载到的文件不是 PDF",
            "pdf-empty": "论文 PDF 中没有可读的文字",
            "pdf-too-large": "论文 PDF 过大",
            "pdf-timeout": "读取论文 PDF 超时",
            "pdf-memory": "读取论文 PDF 时内存不足",
            "pdf-crashed": "读取论文 PDF 时程序崩溃",
        },
        notes="译文校对提示：{notes}",
        findings={
            "number-missing": "可能遗漏数字",
            "number-invented": "原文中没有的数字",
            "number-garbled": "数字可能有误",
            "span-changed": "应原样保留的内容有改动",
            "url-invented": "原文中没有的链接",
            "english": "残留英文",
            "script": "混入其他文字",
            "length": "长度异常",
            "repetition": "内容重复",
            "preamble": "多余的开场白",
            "cut": "译文可能不完整",
            "empty": "译文为空",
        },
        separator="；",
        pages="（p. {pages}）",
        unverified="（未核实）",
        empty_part="论文中未找到相关内容。",
        hidden="⚠ 论文 PDF 中有 {count} 处读者看不到的隐藏文字，解读前已删除。",
        provenance="由 localdigest {version} 在本地生成 · 模型 {model} · 提示词 {prompt}",
        zones={"Asia/Shanghai": ("CST", "CST，北京时间")},
    )
}


# ---------------------------------------------------------------- JSON


def to_json(digest: Digest) -> str:
    """The export, schema `localdigest/1`; keys in a fixed order, two-space indent, newline at the end."""
    start, end = _local(digest)
    papers = []
    for paper, translated, explained in _entries(digest):
        fields = msgspec.to_builtins(paper)
        papers.append(
            {
                **{name: fields[name] for name in _PAPER_KEYS},
                "abs_url": paper.abs_url,
                "pdf_url": paper.pdf_url,
                "abstract": paper.abstract,
                "translation": _result_json(translated),
                "breakdown": _result_json(explained),
            }
        )
    export = {
        "schema": SCHEMA,
        "day": digest.window.day.isoformat(),
        "language": digest.language,
        "window": {"mode": digest.window.mode, "start": start.isoformat(), "end": end.isoformat()},
        "counts": counts(digest),
        "papers": papers,
    }
    return json.dumps(export, ensure_ascii=False, indent=2) + "\n"


def counts(digest: Digest) -> dict[str, int]:
    """How many papers were listed and shown, and what became of them."""
    results = [result for _, *pair in _entries(digest) for result in pair]
    statuses = [(result.task, result.status) for result in results]
    states = [result.status for result in results]
    return {
        "listed": digest.listed,
        "shown": len(digest.papers),
        "translated": statuses.count(("translate", "done")),
        "explained": statuses.count(("explain", "done")),
        "pending": states.count("pending"),
        "failed": states.count("failed"),
        "skipped": states.count("skipped"),
    }


_PAPER_KEYS = (
    "id",
    "version",
    "title",
    "authors",
    "categories",
    "primary_category",
    "published",
    "updated",
    "comment",
    "announce_type",
)


def _result_json(result: Result) -> dict[str, object]:
    if result.status != "done":
        return {"status": result.status, "reason": result.reason}
    content = msgspec.to_builtins(result.translation if result.task == "translate" else result.breakdown)
    return {"status": "done", **content, "provenance": _provenance_json(result.provenance)}


def _provenance_json(provenance: Provenance | None) -> dict[str, object]:
    """The seed stands beside the sampling, not in it: with another seed it is still the same method."""
    fields: dict[str, object] = {}
    for name, value in (msgspec.to_builtins(provenance) if provenance else {}).items():
        if name == "sampling":
            fields[name] = {key: setting for key, setting in value.items() if key != "seed"}
            fields["seed"] = value["seed"]
        else:
            fields[name] = value
    return fields


# ---------------------------------------------------------------- the Jekyll page


def to_jekyll(digest: Digest) -> str:
    """The page for Jekyll (Liquid, then kramdown). ConfigError where we have no words for its language."""
    words = _words(digest.language)
    zone = digest.window.zone
    short, full = words.zones.get(zone, (zone, zone))
    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in _local(digest))
    return (
        _environment(digest.language)
        .get_template("jekyll.md.j2")
        .render(
            digest=digest,
            words=words,
            day=digest.window.day.isoformat(),
            zone=short,
            zone_label=full,
            start=start,
            end=end,
            entries=tuple(_entries(digest)),
            provenance=_provenance_line(digest, words),
        )
    )


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    words = _words(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("localdigest"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the page is Markdown: `md` below escapes more than HTML
    )
    environment.filters |= {
        "md": escape,
        "link": _link,
        "tag": _tag,
        "note": functools.partial(_note, words),
        "unfinished": functools.partial(_unfinished, words),
        "bullets": functools.partial(_bullets, words),
    }
    return environment


def _unfinished(words: Words, result: Result) -> str:
    reason = words.reasons.get(result.reason.partition(":")[0], result.reason)
    told = words.reason.format(reason=escape(reason)) if reason else ""
    return words.unfinished[result.task, result.status].format(reason=told)


def _note(words: Words, findings: Iterable[Finding]) -> str:
    """What is left wrong with a translation and worth a reader's attention."""
    left = [f for f in findings if not f.resolved and f.code in words.findings]
    return words.separator.join(escape(f"{words.findings[f.code]} {f.detail}") for f in left)


def _bullets(words: Words, breakdown: Breakdown, name: PartName) -> Iterator[tuple[int, str]]:
    """Depth and text of a part's bullets; none over one deeper than the last, else it is code."""
    depth = -1
    for point in (point for part in breakdown.parts if part.name == name for point in part.points):
        depth = max(0, min(point.depth, depth + 1))
        pages = ", ".join(str(page) for page in sorted({evidence.page for evidence in point.evidence}))
        told = words.pages.format(pages=pages) if pages else ""
        yield depth, escape(point.text) + told + ("" if point.verified else words.unverified)


def _provenance_line(digest: Digest, words: Words) -> str:
    """Of the finished results only, so that a page does not change with the program that renders it again."""
    made_by = [
        result.provenance
        for _, *results in _entries(digest)
        for result in results
        if result.status == "done" and result.provenance
    ]
    if not made_by:
        return ""

    def each(values: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(escape(value) for value in values))

    return words.provenance.format(
        version=each(made.localdigest for made in made_by),
        model=each(f"{made.model} ({made.model_sha256[:12]})" for made in made_by),
        prompt=each(made.prompt[:12] for made in made_by),
    )


# ---------------------------------------------------------------- escaping

_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters (terminal escapes) and those that reorder what is read (bidirectional overrides)."""

_CODE = re.compile(
    r"""
      (?P<dash>    (?<=\ )-{2,3}(?=\ ) )    # TeX's dash between words: kramdown makes it a dash, as TeX does
    | (?P<entity>  [<>&{}|]                 # HTML, Liquid, attributes, tables: some act even when escaped
                 | \\\Z                     # two at the end of a line are a line break
                 | \A[~^]                   # fence, end of block
                 | ~(?=~) | (?<=~)~         # strikethrough
      )
    | (?P<escape>  [\\`*_\[\]\#"']          # code, emphasis, links, headings; quotes would be curled
                 | \$(?=\$) | (?<=\$)\$     # kramdown's mathematics; a single $ is for the reader's own eyes
                 | -(?=-) | \.(?=\.\.)      # would become a dash and an ellipsis
      )
    """,
    re.VERBOSE,
)

_MARKER = re.compile(r"\A(\d*)([-+:.)])(?= |\Z)")
"""What starts a list, numbered or not, or a definition."""


def escape(text: str) -> str:
    """`text` as one line of Markdown that shows it literally, wherever on the page it stands.

    Escapes: https://kramdown.gettalong.org/syntax.html#automatic-and-manual-escaping. White space
    is collapsed; control characters and bidirectional overrides are dropped.
    """
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text)).strip()
    return _MARKER.sub(r"\1\\\2", _CODE.sub(_escape_one, text))


def _escape_one(match: re.Match[str]) -> str:
    if match["dash"]:
        return match["dash"]
    if match["escape"]:
        return "\\" + match["escape"]
    return _ENTITIES.get(match["entity"]) or f"&#{ord(match['entity'])};"


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def _link(url: str) -> str:
    return f"[{escape(url)}]({quote(url, safe=':/')})"


def _tag(category: str) -> str:
    """A plain YAML word where it is one beyond doubt; JSON's strings are YAML's double-quoted ones."""
    plain = re.fullmatch(r"[a-z]+[.-][A-Za-z-]+", category)
    return category if plain else json.dumps(category, ensure_ascii=False)


# ---------------------------------------------------------------- shared


def _entries(digest: Digest) -> Iterator[tuple[Paper, Result, Result]]:
    """Each paper with its two results, in the page's order; one that the digest lacks is pending."""

    def result(paper: Paper, task: Task) -> Result:
        known = digest.results.get((paper.id, task))
        return known or Result(paper.id, paper.version, task, digest.language, "pending", "waiting: not done yet")

    for paper in digest.papers:
        yield paper, result(paper, "translate"), result(paper, "explain")


def _local(digest: Digest) -> tuple[datetime, datetime]:
    zone = ZoneInfo(digest.window.zone)
    return digest.window.start.astimezone(zone), digest.window.end.astimezone(zone)


def _words(language: str) -> Words:
    if language not in WORDS:
        raise ConfigError(f"no page in language {language!r}; known: {', '.join(sorted(WORDS))}")
    return WORDS[language]

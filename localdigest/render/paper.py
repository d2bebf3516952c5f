"""One paper by itself: as lines for a terminal, as Markdown, as JSON. Pure: records in, lines or text out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from localdigest.messages import _, told
from localdigest.messages.terminal import plain
from localdigest.records import Breakdown, Paper, Provenance, Result, Task
from localdigest.render.entries import gist_line, nested, translated_title
from localdigest.render.export import SCHEMA, gist_json, paper_json, result_json
from localdigest.render.jekyll import escape
from localdigest.render.told import model_mark
from localdigest.render.words import Words, words_for
from localdigest.text.tex import seen

Role = Literal["title", "meta", "head", "text", "aside", "bullet", "evidence", "warning", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """What one line is, for whoever sets it: `text` is without controls, not yet wrapped."""

    role: Role
    text: str = ""
    depth: int = 0


def published(paper: Paper, results: dict[Task, Result], day: date | None, language: str) -> Iterator[Line]:
    """A paper of a library, with all that is known of it; `day` is its page."""
    words = words_for(language)
    yield Line("title", plain(seen(paper.title)))
    made = results.get("translate")
    if made and (shown := translated_title(made)):
        yield Line("title", plain(seen(shown)))
    if said := gist_line(made, results.get("explain")):
        yield Line("text", plain(said))
    yield Line("meta", plain(", ".join(paper.authors)))
    on_page = _("on the page of {day}").format(day=day) if day else _("on no page")
    yield Line("meta", plain(f"{', '.join(paper.categories)} · {paper.published:%Y-%m-%d} · {on_page}"))
    yield Line("meta", paper.abs_url)
    if paper.comment:
        yield Line("meta", plain(paper.comment))
    yield from _translation(paper, results.get("translate"), words)
    yield from breakdown(results.get("explain"), words)
    yield from _provenance(results)


def unpublished(name: str, title: str, result: Result) -> Iterator[Line]:
    """A PDF that was explained by itself."""
    yield Line("title", plain(title))
    if said := gist_line(None, result):
        yield Line("text", plain(said))
    yield Line("meta", plain(name))
    yield from breakdown(result, words_for(result.language))
    yield from _provenance({"explain": result})


def _translation(paper: Paper, result: Result | None, words: Words) -> Iterator[Line]:
    yield Line("")
    yield Line("head", _("Translation"))
    if result is None or result.translation is None:
        yield Line("warning", _state("translate", result, words))
    else:
        for paragraph in result.translation.text.splitlines():
            yield Line("text", plain(seen(paragraph)))
        for finding in result.translation.findings:
            if not finding.resolved:
                yield Line("warning", plain(f"{words.findings.get(finding.code, finding.code)} {finding.detail}"))
        wrong = [finding for finding in result.translation.title_findings if not finding.resolved]
        if wrong and not result.translation.title:
            why = ", ".join(f"{words.findings.get(each.code, each.code)} {each.detail}" for each in wrong)
            yield Line("warning", plain(_("title left in English: {why}").format(why=why)))
    yield Line("")
    yield Line("head", _("Abstract"))
    yield Line("aside", plain(seen(paper.abstract)))
    if paper.hidden_text:
        yield Line("warning", words.hidden_listed.format(count=paper.hidden_text))


def breakdown(result: Result | None, words: Words) -> Iterator[Line]:
    """The three parts, each bullet followed by its evidence; or why there are none."""
    if result is None or result.breakdown is None:
        yield Line("")
        yield Line("head", words.details)
        yield Line("warning", _state("explain", result, words))
        return
    for number, part in enumerate(result.breakdown.parts, 1):
        yield Line("")
        yield Line("head", f"{number}) {words.parts[part.name]}")
        for depth, point in nested(part.points):
            lead = words.lead.format(lead=plain(point.lead)) if point.lead else ""
            yield Line("bullet", lead + plain(point.text) + ("" if point.verified else words.unverified), depth)
            for evidence in point.evidence:
                yield Line("evidence", f"{words.page(evidence.page)}  “{plain(evidence.quote)}”", depth)
        if not part.points:
            yield Line("aside", words.empty_part)
    source = result.breakdown.source
    if source.hidden_text:
        yield Line("")
        yield Line("warning", words.hidden.format(count=source.hidden_text))


def _state(task: Task, result: Result | None, words: Words) -> str:
    if result is None:
        return words.unfinished[task]["pending"].format(reason="")
    why = result.reason and (words.reasons.get(result.reason.code) or plain(told(result.reason.notice)))
    return words.unfinished[task][result.status].format(reason=words.reason.format(reason=why) if why else "")


def _provenance(results: dict[Task, Result]) -> Iterator[Line]:
    names: dict[Task, str] = {"translate": _("translation"), "explain": _("breakdown")}
    made = [(task, result) for task, result in results.items() if result.provenance]
    if made:
        yield Line("")
        yield Line("head", _("How it was made"))
    for task, result in made:
        if result.provenance:
            yield Line("meta", f"{names[task]}: {_made(result.provenance)}")
        if result.breakdown:
            yield Line("meta", _source(result.breakdown))
        content = result.translation or result.breakdown
        mended = [finding for finding in content.findings if finding.resolved] if content else []
        if mended:
            codes = ", ".join(dict.fromkeys(finding.code for finding in mended))
            yield Line("meta", _("{count} findings mended: {codes}").format(count=len(mended), codes=codes))


def _made(made: Provenance) -> str:
    text = _("{model} ({sha256}), prompt {prompt}, {tokens} tokens, localdigest {version}, {engine}")
    return plain(
        text.format(
            model=made.model,
            sha256=model_mark(made),
            prompt=made.prompt[:12],
            tokens=made.output_tokens,
            version=made.localdigest,
            engine=made.engine,
        )
    )


def _source(found: Breakdown) -> str:
    source = found.source
    text = _("read from {kind} {sha256}: {pages} pages, {with_text} with text, {share} % of the body")
    if source.sentences:
        text += _("; written from {shown} of its {sentences} sentences")
    return text.format(
        kind=source.kind.upper(),
        sha256=source.sha256[:12],
        pages=source.pages,
        with_text=source.pages_with_text,
        share=int(100 * source.read_share + 1e-6),
        sentences=source.sentences,
        shown=source.sentences_shown,
    )


# ---------------------------------------------------------------- forms


def as_text(lines: Iterator[Line]) -> str:
    """Plain lines, indented, for a pipe or a file."""
    return "".join(f"{indent(line)}{line.text}".rstrip() + "\n" for line in lines)


def indent(line: Line) -> str:
    step = "  " * (line.depth + 1)
    return {"bullet": f"{step}- ", "evidence": f"{step}    ", "title": "", "meta": "", "head": ""}.get(line.role, "  ")


def as_markdown(title: str, result: Result) -> str:
    """A PDF that was explained by itself: bullets with the page, the quotes below them."""
    words = words_for(result.language)
    lines = [f"# {escape(title)}"]
    if said := gist_line(None, result):
        lines += ["", f"**{escape(said)}**"]
    if result.breakdown is None:
        lines += ["", escape(_state("explain", result, words))]
    for number, part in enumerate(result.breakdown.parts if result.breakdown else (), 1):
        lines += ["", f"## {number}. {words.parts[part.name]}", ""]
        for depth, point in nested(part.points):
            mark = "" if point.verified else words.unverified
            lead = words.lead.format(lead=f"**{escape(point.lead)}**") if point.lead else ""
            lines.append(f"{'  ' * depth}- {lead}{escape(point.text)}{mark}")
            lines += [f"{'  ' * depth}  > {words.page(e.page)}: {escape(e.quote)}" for e in point.evidence]
        if not part.points:
            lines.append(words.empty_part)
    if result.breakdown and result.provenance:
        hidden = result.breakdown.source.hidden_text
        lines += ["", words.hidden.format(count=hidden)] if hidden else []
        lines += ["", f"*{escape(_made(result.provenance))}*", "", f"*{escape(_source(result.breakdown))}*"]
    return "\n".join(lines) + "\n"


def published_json(paper: Paper, results: dict[Task, Result], day: date | None, language: str) -> str:
    """As in the export, with the page's day."""
    both: list[Result] = []
    tasks: tuple[Task, Task] = ("translate", "explain")
    for task in tasks:
        both.append(results.get(task) or Result(paper.id, paper.version, task, language, "pending", ""))
    about = {"schema": SCHEMA, "language": language, "page": day.isoformat() if day else None}
    return _dump(about | paper_json(paper, both[0], both[1]))


def unpublished_json(papers: list[tuple[str, str, Result]], language: str) -> str:
    """Of PDFs that were explained by themselves: name, title and result of each."""
    rows = [
        {"file": name, "title": title, "gist": gist_json(None, result), "breakdown": result_json(result)}
        for name, title, result in papers
    ]
    return _dump({"schema": SCHEMA, "language": language, "papers": rows})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"

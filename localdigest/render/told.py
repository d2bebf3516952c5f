"""What a page tells in whole sentences, in the words of its language: the same for all forms of a page.

`escape` is what the form does to a stranger's text that stands inside such a sentence.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from localdigest.models import quality
from localdigest.models.catalogue import shipped
from localdigest.records import Digest, Finding, Paper, Provenance, Result
from localdigest.render.entries import entries, local
from localdigest.render.words import Words

Escape = Callable[[str], str]


def page(digest: Digest, words: Words, escape: Escape) -> dict[str, Any]:
    """Of the day as a whole, what a template of any form is given."""
    return {
        "words": words,
        "language": digest.language,
        "day": digest.window.day.isoformat(),
        "header": header(digest, words),
        "left_out": left_out(digest, words),
        "provenance": provenance(digest, words, escape),
    }


def filters(words: Words, escape: Escape) -> dict[str, Callable[..., str]]:
    """Those of the sentences that are told of a single result."""
    return {
        "note": functools.partial(note, words, escape),
        "unfinished": functools.partial(unfinished, words, escape),
        "coverage": functools.partial(coverage, words, escape),
    }


def header(digest: Digest, words: Words) -> tuple[str, str]:
    """The sentence before the papers, and the line of the window."""
    zone = digest.window.zone
    short, full = words.zones.get(zone, (zone, zone))
    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in local(digest))
    days = digest.window.days or (digest.window.day,)
    named = words.several.format(first=days[0], last=days[-1]) if len(days) > 1 else days[0].isoformat()
    first, second = (
        line.format(day=named, zone=label, anchor=digest.window.anchor, start=start, end=end)
        for line, label in zip(words.headers[digest.window.mode], (full, short), strict=True)
    )
    return first, second


def date_in_words(day: date, words: Words) -> str:
    """`Tuesday, 6 January 2026`, as its readers say it."""
    return words.date.format(
        year=day.year, month=words.months[day.month - 1], day=day.day, weekday=words.weekdays[day.weekday()]
    )


def nothing(digest: Digest, words: Words) -> str:
    """Why a day has no papers; "" where it has some."""
    if digest.papers:
        return ""
    matched = sum(digest.left_out.values())
    code = "left" if matched else "matched" if digest.listed and digest.elsewhere else "listed"
    if code == "listed" and digest.closed is not None:
        code = "holiday" if digest.closed else "weekend"
    return words.nothing[code].format(
        weekday=words.weekdays[digest.window.day.weekday()],
        holiday=digest.closed,
        listed=digest.listed,
        matched=matched,
        categories=", ".join(digest.categories),
        elsewhere=", ".join(digest.elsewhere[:6]),
    )


def why(digest: Digest, paper: Paper, words: Words) -> str:
    """What speaks for a paper; "" where nothing does."""
    found = digest.chosen.get(paper.id)
    return (
        " · ".join(words.labels[f"why_{each.kind}"].format(text=each.text) for each in found.matched) if found else ""
    )


def rank(digest: Digest, paper: Paper, words: Words) -> str:
    """Its place among the others; "" where nobody asked for any order."""
    found = digest.chosen.get(paper.id)
    return words.labels["rank"].format(rank=found.rank) if found else ""


def left_out(digest: Digest, words: Words) -> str:
    """How many papers the selection left out, and why; "" for none."""
    reasons = words.separator.join(words.left_out_for[code].format(count=n) for code, n in digest.left_out.items())
    return words.left_out.format(total=sum(digest.left_out.values()), reasons=reasons) if reasons else ""


def unfinished(words: Words, escape: Escape, result: Result) -> str:
    why = result.reason and words.reasons.get(result.reason.code, str(result.reason))
    told = words.reason.format(reason=escape(why)) if why else ""
    return words.unfinished[result.task][result.status].format(reason=told)


def note(words: Words, escape: Escape, findings: Iterable[Finding]) -> str:
    """What is left wrong with a translation and worth a reader's attention, the same once."""
    left = [f for f in findings if not f.resolved and f.code in words.findings]
    said = dict.fromkeys(f"{words.findings[f.code]} {f.detail}".rstrip() for f in left)
    return words.separator.join(map(escape, said))


def coverage(words: Words, escape: Escape, result: Result) -> str:
    """How much of its paper was read (rounded down, so that 100 % is all of it), and how many of the sentences read a
    breakdown was written from, where that was counted."""
    if result.breakdown is None or result.provenance is None:
        return ""
    source, made = result.breakdown.source, result.provenance
    return words.coverage.format(
        pages=source.pages,
        with_text=source.pages_with_text,
        share=int(100 * source.read_share + 1e-6),  # 0.29 is a little less than that in binary
        drawn=words.drawn.format(sentences=source.sentences, shown=source.sentences_shown) if source.sentences else "",
        model=escape(made.model),
        prompt=escape(made.prompt[:12]),
    )


def provenance(digest: Digest, words: Words, escape: Escape) -> str:
    """Of the finished results only, so that a page does not change with the program that renders it again; what
    quality to expect of the models that translated is told as it is known now."""
    made_by = [
        (result.task, result.provenance)
        for _, *results in entries(digest)
        for result in results
        if result.status == "done" and result.provenance
    ]
    if not made_by:
        return ""

    def each(values: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(escape(value) for value in values))

    return words.provenance.format(
        version=each(made.localdigest for _, made in made_by),
        model=each(f"{made.model} ({model_mark(made)})" for _, made in made_by),
        prompt=each(made.prompt[:12] for _, made in made_by),
    ) + quality_told(digest, words)


def quality_told(digest: Digest, words: Words) -> str:
    """What quality to expect of the models that translated; "" where nothing is translated."""
    results = (result for _, result, _ in entries(digest) if result.status == "done" and result.provenance)
    translators = dict.fromkeys(result.provenance.model_sha256 for result in results if result.provenance)
    return "".join(dict.fromkeys(expected(sha256, digest.language, words) for sha256 in translators))


def expected(sha256: str, language: str, words: Words) -> str:
    """What quality readers measured of a model's translations."""
    if not (found := quality.measured(shipped(), sha256, language)):
        return words.unmeasured
    return words.expected.format(critical=quality.span(found.critical), major=quality.span(found.major))


def model_mark(made: Provenance) -> str:
    """Twelve digits of the model's hash, or `endpoint`."""
    return made.model_sha256.partition(":")[0][:12]

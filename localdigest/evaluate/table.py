"""The figures in words: rows of a name, a value and a remark, which a table or plain lines are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from localdigest.evaluate import Gap, Run, facts, figures, scores
from localdigest.evaluate.compare import Comparison, Interval
from localdigest.evaluate.pairs import Outcome
from localdigest.language.profile import find

MOST_SHOWN = 20
"""Texts, or terms of a field, that a table names."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[tuple[str, ...], ...]
    """Each as long as `head`; all columns but the first and the last hold figures."""
    head: tuple[str, ...] = ("", "", "")


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


def _share(part: int, whole: int, of: str) -> str:
    return f"{part / whole:.1%}, {of}" if whole else of


def _time(tokens: int, seconds: float, count: int, what: str) -> tuple[tuple[str, str, str], ...]:
    """Seconds are 0 where nobody can tell: of a part of a run."""
    if not seconds:
        return (("seconds", "-", ""), ("tokens/s", "-", ""))
    each = f"{seconds / max(1, count):.1f} a {what}"
    return (("seconds", f"{seconds:.1f}", each), ("tokens/s", f"{tokens / seconds:.1f}", ""))


def _read(evaluated: int, written: int) -> tuple[tuple[str, str, str], ...]:
    """Where the run kept it."""
    each = f"{evaluated / max(1, written):.2f} for each one generated"
    return (("prompt tokens decoded", str(evaluated), each),) if evaluated else ()


def translation_rows(found: figures.Translations, run: Run) -> Section:
    rows = [("texts", str(found.texts), f"{found.failed} failed" if found.failed else "")]
    if found.scores:
        values = (("chrF", found.scores.chrf), ("BLEU", found.scores.bleu))
        signed = zip(values, found.scores.signatures, strict=True)
        rows += [(name, f"{value:.2f}", signature) for (name, value), signature in signed]
    elif any(t.pair.ref for t in run.translated):
        rows.append(("chrF, BLEU", "-", scores.MISSING))
    rows += [
        ("numbers", str(found.numbers), ""),
        ("  missing", str(found.numbers_missing), ""),
        ("  invented", str(found.numbers_invented), f"{found.numbers_wrong_per_1000:.1f} per 1,000 with the missing"),
        ("  of these unmarked", str(found.numbers_unmarked), f"{found.numbers_unmarked_per_1000:.1f} per 1,000"),
        ("URLs changed", _of(found.urls_changed, found.urls), ""),
        ("LaTeX changed", _of(found.latex_changed, found.latex), ""),
        ("code changed", _of(found.code_changed, found.code), ""),
        (
            "glossary terms kept",
            _of(found.terms_kept, found.terms) if found.terms else "-",
            _share(found.terms_kept, found.terms, "one of their renderings in the text") if found.terms else "",
        ),
        ("texts with English left", str(found.texts_with_english), "four words or more in a run"),
        ("texts looping", str(found.texts_looping), ""),
        ("texts in a wrong script", str(found.texts_in_wrong_script), ""),
    ]
    if found.script_share is not None:
        name = "Han share" if find(run.language).scripts == ("han",) else "share of the script"
        rows.append((name, f"{found.script_share:.3f}", ""))
    rows += [
        ("tokens generated", str(found.output_tokens), f"{found.output_tokens / max(1, found.texts):.0f} a text"),
        *_read(found.evaluated_tokens, found.output_tokens),
        *_time(found.output_tokens, found.seconds, found.texts, "text"),
        ("requests", str(found.requests), f"{found.requests / max(1, found.texts):.1f} a text"),
    ]
    return Section("Translation", tuple(rows))


def finding_rows(title: str, findings: dict[str, figures.Rate], texts: int) -> Section:
    rows = [
        (code, f"{rate.resolved + rate.unresolved}", f"{rate.unresolved} unresolved, in {rate.texts} of {texts} texts")
        for code, rate in findings.items()
    ]
    return Section(title, tuple(rows))


def breakdown_rows(found: figures.Breakdowns) -> Section:
    each = max(1, found.papers)
    supported = found.numbers - found.numbers_unsupported
    rows = [
        ("papers", str(found.papers), f"{found.failed} failed" if found.failed else ""),
        ("numbers supported", _of(supported, found.numbers), _share(supported, found.numbers, "in verified points")),
        (
            "evidence on its page",
            _of(found.evidence_found, found.evidence),
            _share(found.evidence_found, found.evidence, "verbatim"),
        ),
        ("parts filled", _of(found.parts_filled, found.parts), ""),
        ("results with figures", _of(found.papers_with_figures, found.papers), "papers with two figures or more"),
        ("points", str(found.points), f"{found.points / max(1, found.parts_filled):.1f} a filled part"),
        ("points unverified", str(found.unverified), ""),
        ("tokens generated", str(found.output_tokens), f"{found.output_tokens / each:.0f} a paper"),
        *_read(found.evaluated_tokens, found.output_tokens),
        *_time(found.output_tokens, found.seconds, found.papers, "paper"),
        ("requests", str(found.requests), f"{found.requests / each:.1f} a paper"),
    ]
    return Section("Breakdowns", tuple(rows))


def field_rows(fields: Mapping[str, figures.InField]) -> Section:
    rows = [
        (
            name,
            str(found.texts),
            "-" if found.chrf is None else f"{found.chrf:.1f}",
            _of(found.terms_kept, found.terms),
            str(sum(found.unresolved.values())),
            ", ".join(f"{code} {count}" for code, count in found.unresolved.items()),
        )
        for name, found in fields.items()
    ]
    return Section("By field", tuple(rows), ("field", "texts", "chrF", "terms kept", "unresolved", "of these"))


def gap_rows(gaps: Sequence[Gap]) -> list[Section]:
    """What the tables of terms lack, a field after the other."""
    parts = []
    for field, group in groupby(gaps, lambda gap: gap.field):
        found = list(group)
        rows: list[tuple[str, ...]] = [
            (gap.term, str(gap.texts), str(gap.times), ", ".join(gap.elsewhere)) for gap in found[:MOST_SHOWN]
        ]
        rows += _more(len(found), 2)
        head = ("term", "texts", "times", "in tables of other fields")
        parts.append(Section(f"Terms that the tables lack: {field or 'no category'}", tuple(rows), head))
    return parts


def _more(count: int, figures: int) -> list[tuple[str, ...]]:
    """The row that stands for those not shown, in a table with so many columns of figures."""
    more = count - MOST_SHOWN
    return [(f"and {more} more", *[""] * figures, "all of them are in --json")] if more > 0 else []


def flagged_rows(title: str, flagged: Sequence[figures.Flagged]) -> Section:
    rows = [(one.id, str(len(one.found)), "; ".join(one.found)) for one in flagged[:MOST_SHOWN]]
    return Section(title, (*rows, *_more(len(flagged), 1)))


def evidence(chosen: facts.Chosen, held: Mapping[str, facts.Held]) -> Section:
    """A row for each paper, and one for all of them."""

    def row(name: str, count: int, found: facts.Held | None) -> tuple[str, ...]:
        if found is None:
            return (name, str(count), "", "", "")
        told = ((found.must_held, found.must), (found.held, found.facts), (found.right, found.facts))
        return (name, str(count), *(_of(part, whole) for part, whole in told))

    sizes = {name: sum(map(len, parts.values())) for name, parts in chosen.items()}
    rows = [row(name, sizes[name], held.get(name)) for name in chosen]
    if held:
        rows.append(row("all", sum(sizes.values()), sum(held.values(), facts.Held())))
    head = ("paper", "sentences", "must facts held", "facts held", "in their part")
    return Section("evidence", tuple(rows), head)


def sections(run: Run) -> list[Section]:
    """The tables of a run, without those that there is nothing to say in."""
    found = []
    if translated := figures.translations(run):
        found.append(translation_rows(translated, run))
        found.append(finding_rows("Findings in translations", translated.findings, translated.texts))
        found.append(field_rows(figures.by_field(run)))
        found.append(flagged_rows("Translations to look at", figures.flagged_texts(run)))
        found += gap_rows(run.gaps)
    if explained := figures.breakdowns(run):
        found.append(breakdown_rows(explained))
        found.append(finding_rows("Findings in breakdowns", explained.findings, explained.papers))
        found.append(flagged_rows("Breakdowns to look at", figures.flagged_papers(run)))
    return [section for section in found if section.rows]


def compared(found: Comparison) -> list[Section]:
    """Both runs' figures side by side, and what the second has more or less."""
    head = ("", found.a.way, found.b.way, "difference")
    if found.a.way == found.b.way:
        same = found.a.model == found.b.model
        head = ("", *(("A", "B") if same else (found.a.model, found.b.model)), "difference")
    parts = []
    if found.translation:
        ours, theirs = (translation_rows(f, run) for f, run in zip(found.translation, (found.a, found.b), strict=True))
        parts.append(_beside(ours, theirs, head, found.chrf))
        parts.append(_findings_beside("Findings in translations", found.translation, head))
    if found.breakdown:
        parts.append(_beside(breakdown_rows(found.breakdown[0]), breakdown_rows(found.breakdown[1]), head))
        parts.append(_findings_beside("Findings in breakdowns", found.breakdown, head))
    return [part for part in parts if part.rows]


def _findings_beside(
    title: str,
    found: tuple[figures.Translations, figures.Translations] | tuple[figures.Breakdowns, figures.Breakdowns],
    head: tuple[str, ...],
) -> Section:
    """For each code that either run has: how many findings, and how many of them unresolved."""
    a, b = (each.findings for each in found)
    rows = []
    for code in sorted({*a, *b}):
        ours, theirs = (rates.get(code, figures.Rate()) for rates in (a, b))
        more = theirs.resolved + theirs.unresolved - ours.resolved - ours.unresolved
        left = theirs.unresolved - ours.unresolved
        told = f"{more:+d}, unresolved {left:+d}" if more or left else ""
        rows.append((code, *(f"{r.resolved + r.unresolved}, {r.unresolved} unresolved" for r in (ours, theirs)), told))
    return Section(title, tuple(rows), head)


def _beside(a: Section, b: Section, head: tuple[str, ...], chrf: Interval | None = None) -> Section:
    rows = []
    for (name, left, _), (_, right, _) in zip(a.rows, b.rows, strict=True):
        numbers = [re.match(r"-?[\d.]+", value) for value in (left, right)]
        told = ""
        if all(numbers) and left != right:
            exact = [match[0] for match in numbers if match]
            digits = max(len(value.partition(".")[2]) for value in exact)
            told = f"{float(exact[1]) - float(exact[0]):+.{digits}f}"
        if name == "chrF" and chrf:
            told = f"{chrf.difference:+.2f}, 95% within {chrf.low:+.2f} and {chrf.high:+.2f} ({chrf.texts} texts)"
        rows.append((name, left, right, told))
    return Section(a.title, tuple(rows), head)


def plain_text(parts: Sequence[Section]) -> str:
    """Lines in columns, for a file or a pipe."""
    lines: list[str] = []
    for part in parts:
        head = [part.head] if any(part.head) else []
        rows = [*head, *part.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(part.head) - 1)]
        lines += ["", part.title]
        for name, *values, remark in rows:
            cells = [value.rjust(width) for value, width in zip(values, widths[1:], strict=True)]
            lines.append("  ".join(["", name.ljust(widths[0]), *cells, remark]).rstrip())
    return "\n".join(lines[1:])


def judged(found: Outcome) -> tuple[Section, ...]:
    """Which pairs the checks were wrong of."""
    rows = (
        ("right", str(found.right), f"false alarms: {len(found.false_alarms)} {' '.join(found.false_alarms)}".strip()),
        ("wrong", str(found.wrong), f"missed: {len(found.missed)} {' '.join(found.missed)}".strip()),
    )
    return (Section("Pairs", rows),)

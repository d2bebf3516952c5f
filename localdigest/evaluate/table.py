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
from localdigest.messages import _, told
from localdigest.messages.terminal import aligned

MOST_SHOWN = 20
"""Texts, or terms of a field, that a table names."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[tuple[str, ...], ...]
    """Each as long as `head`; all columns but the first and the last hold figures."""
    head: tuple[str, ...] = ("", "", "")


def _of(part: int, whole: int) -> str:
    return _("{part} of {whole}", part, whole)


def _share(part: int, whole: int, of: str) -> str:
    return f"{part / whole:.1%}, {of}" if whole else of


def _time(tokens: int, seconds: float, each: str) -> tuple[tuple[str, str, str], ...]:
    """Seconds are 0 where nobody can tell: of a part of a run."""
    shown = (f"{seconds:.1f}", each, f"{tokens / seconds:.1f}") if seconds else ("-", "", "-")
    return ((_("seconds"), *shown[:2]), (_("tokens/s"), shown[2], ""))


def _read(evaluated: int, written: int) -> tuple[tuple[str, str, str], ...]:
    """Where the run kept it."""
    each = _("{read:.2f} for each one generated", evaluated / max(1, written))
    return ((_("prompt tokens decoded"), str(evaluated), each),) if evaluated else ()


def _failed(count: int) -> str:
    return _("{count} failed", count) if count else ""


def translation_rows(found: figures.Translations, run: Run) -> Section:
    texts = max(1, found.texts)
    rows = [(_("texts"), str(found.texts), _failed(found.failed))]
    if found.scores:
        values = (("chrF", found.scores.chrf), ("BLEU", found.scores.bleu))
        signed = zip(values, found.scores.signatures, strict=True)
        rows += [(name, f"{value:.2f}", signature) for (name, value), signature in signed]
    elif any(t.pair.ref for t in run.translated):
        rows.append(("chrF, BLEU", "-", told(scores.missing())))
    rows += [
        (_("numbers"), str(found.numbers), ""),
        (f"  {_('missing')}", str(found.numbers_missing), ""),
        (
            f"  {_('invented')}",
            str(found.numbers_invented),
            _("{rate:.1f} per 1,000 with the missing", found.numbers_wrong_per_1000),
        ),
        (
            f"  {_('of these unmarked')}",
            str(found.numbers_unmarked),
            _("{rate:.1f} per 1,000", found.numbers_unmarked_per_1000),
        ),
        (_("URLs changed"), _of(found.urls_changed, found.urls), ""),
        (_("LaTeX changed"), _of(found.latex_changed, found.latex), ""),
        (_("code changed"), _of(found.code_changed, found.code), ""),
        (
            _("glossary terms kept"),
            _of(found.terms_kept, found.terms) if found.terms else "-",
            _share(found.terms_kept, found.terms, _("one of their renderings in the text")) if found.terms else "",
        ),
        (_("texts with English left"), str(found.texts_with_english), _("four words or more in a run")),
        (_("texts looping"), str(found.texts_looping), ""),
        (_("texts in a wrong script"), str(found.texts_in_wrong_script), ""),
    ]
    if found.script_share is not None:
        name = _("Han share") if find(run.language).scripts == ("han",) else _("share of the script")
        rows.append((name, f"{found.script_share:.3f}", ""))
    rows += [
        (_("tokens generated"), str(found.output_tokens), _("{count:.0f} a text", found.output_tokens / texts)),
        *_read(found.evaluated_tokens, found.output_tokens),
        *_time(found.output_tokens, found.seconds, _("{count:.1f} a text", found.seconds / texts)),
        (_("requests"), str(found.requests), _("{count:.1f} a text", found.requests / texts)),
    ]
    return Section(_("Translation"), tuple(rows))


def finding_rows(title: str, findings: dict[str, figures.Rate], texts: int) -> Section:
    rows = [
        (
            code,
            f"{rate.resolved + rate.unresolved}",
            _("{count} unresolved, in {some} of {all} texts", rate.unresolved, rate.texts, texts),
        )
        for code, rate in findings.items()
    ]
    return Section(title, tuple(rows))


def breakdown_rows(found: figures.Breakdowns) -> Section:
    each = max(1, found.papers)
    supported = found.numbers - found.numbers_unsupported
    rows = [
        (_("papers"), str(found.papers), _failed(found.failed)),
        (
            _("numbers supported"),
            _of(supported, found.numbers),
            _share(supported, found.numbers, _("in verified points")),
        ),
        (
            _("evidence on its page"),
            _of(found.evidence_found, found.evidence),
            _share(found.evidence_found, found.evidence, _("verbatim")),
        ),
        (_("parts filled"), _of(found.parts_filled, found.parts), ""),
        (
            _("results with figures"),
            _of(found.papers_with_figures, found.papers),
            _("papers with two figures or more"),
        ),
        (
            _("points"),
            str(found.points),
            _("{count:.1f} a filled part", found.points / max(1, found.parts_filled)),
        ),
        (_("points unverified"), str(found.unverified), ""),
        (_("tokens generated"), str(found.output_tokens), _("{count:.0f} a paper", found.output_tokens / each)),
        *_read(found.evaluated_tokens, found.output_tokens),
        *_time(found.output_tokens, found.seconds, _("{count:.1f} a paper", found.seconds / each)),
        (_("requests"), str(found.requests), _("{count:.1f} a paper", found.requests / each)),
    ]
    return Section(_("Breakdowns"), tuple(rows))


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
    head = (_("field"), _("texts"), "chrF", _("terms kept"), _("unresolved"), _("of these"))
    return Section(_("By field"), tuple(rows), head)


def gap_rows(gaps: Sequence[Gap]) -> list[Section]:
    """What the tables of terms lack, a field after the other."""
    parts = []
    for field, group in groupby(gaps, lambda gap: gap.field):
        found = list(group)
        rows: list[tuple[str, ...]] = [
            (gap.term, str(gap.texts), str(gap.times), ", ".join(gap.elsewhere)) for gap in found[:MOST_SHOWN]
        ]
        rows += _more(len(found), 2)
        head = (_("term"), _("texts"), _("times"), _("in tables of other fields"))
        title = _("Terms that the tables lack: {field}", field or _("no category"))
        parts.append(Section(title, tuple(rows), head))
    return parts


def _more(count: int, figures: int) -> list[tuple[str, ...]]:
    """The row that stands for those not shown, in a table with so many columns of figures."""
    more = count - MOST_SHOWN
    return [(_("and {count} more", more), *[""] * figures, _("all of them are in --json"))] if more > 0 else []


def flagged_rows(title: str, flagged: Sequence[figures.Flagged]) -> Section:
    rows = [(one.id, str(len(one.found)), "; ".join(map(told, one.found))) for one in flagged[:MOST_SHOWN]]
    return Section(title, (*rows, *_more(len(flagged), 1)))


def evidence(chosen: facts.Chosen, held: Mapping[str, facts.Held]) -> Section:
    """A row for each paper, and one for all of them."""

    def row(name: str, count: int, found: facts.Held | None) -> tuple[str, ...]:
        if found is None:
            return (name, str(count), "", "", "")
        counts = ((found.must_held, found.must), (found.held, found.facts), (found.right, found.facts))
        return (name, str(count), *(_of(part, whole) for part, whole in counts))

    sizes = {name: sum(map(len, parts.values())) for name, parts in chosen.items()}
    rows = [row(name, sizes[name], held.get(name)) for name in chosen]
    if held:
        rows.append(row(_("all"), sum(sizes.values()), sum(held.values(), facts.Held())))
    head = (_("paper"), _("sentences"), _("must facts held"), _("facts held"), _("in their part"))
    return Section(_("evidence"), tuple(rows), head)


def sections(run: Run) -> list[Section]:
    """The tables of a run, without those that there is nothing to say in."""
    found = []
    if translated := figures.translations(run):
        found.append(translation_rows(translated, run))
        found.append(finding_rows(_("Findings in translations"), translated.findings, translated.texts))
        found.append(field_rows(figures.by_field(run)))
        found.append(flagged_rows(_("Translations to look at"), figures.flagged_texts(run)))
        found += gap_rows(run.gaps)
    if explained := figures.breakdowns(run):
        found.append(breakdown_rows(explained))
        found.append(finding_rows(_("Findings in breakdowns"), explained.findings, explained.papers))
        found.append(flagged_rows(_("Breakdowns to look at"), figures.flagged_papers(run)))
    return [section for section in found if section.rows]


def compared(found: Comparison) -> list[Section]:
    """Both runs' figures side by side, and what the second has more or less."""
    head = ("", found.a.way, found.b.way, _("difference"))
    if found.a.way == found.b.way:
        same = found.a.model == found.b.model
        head = ("", *(("A", "B") if same else (found.a.model, found.b.model)), _("difference"))
    parts = []
    if found.translation:
        ours, theirs = (translation_rows(f, run) for f, run in zip(found.translation, (found.a, found.b), strict=True))
        parts.append(_beside(ours, theirs, head, found.chrf))
        parts.append(_findings_beside(_("Findings in translations"), found.translation, head))
    if found.breakdown:
        parts.append(_beside(breakdown_rows(found.breakdown[0]), breakdown_rows(found.breakdown[1]), head))
        parts.append(_findings_beside(_("Findings in breakdowns"), found.breakdown, head))
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
        change = _("{more:+d}, unresolved {left:+d}", more, left) if more or left else ""
        counts = ((rate.resolved + rate.unresolved, rate.unresolved) for rate in (ours, theirs))
        rows.append((code, *(_("{count}, {left} unresolved", *each) for each in counts), change))
    return Section(title, tuple(rows), head)


def _beside(a: Section, b: Section, head: tuple[str, ...], chrf: Interval | None = None) -> Section:
    rows = []
    for (name, left, *_remark), (_name, right, *_remark) in zip(a.rows, b.rows, strict=True):
        numbers = [re.match(r"-?[\d.]+", value) for value in (left, right)]
        change = ""
        if all(numbers) and left != right:
            exact = [match[0] for match in numbers if match]
            digits = max(len(value.partition(".")[2]) for value in exact)
            change = f"{float(exact[1]) - float(exact[0]):+.{digits}f}"
        if name == "chrF" and chrf:
            change = _(
                "{difference:+.2f}, 95% within {low:+.2f} and {high:+.2f} ({texts} texts)",
                chrf.difference,
                chrf.low,
                chrf.high,
                chrf.texts,
            )
        rows.append((name, left, right, change))
    return Section(a.title, tuple(rows), head)


def plain_text(parts: Sequence[Section]) -> str:
    """Lines in columns, for a file or a pipe."""
    lines: list[str] = []
    for part in parts:
        head = [part.head] if any(part.head) else []
        lines += ["", part.title, *(f"  {line}" for line in aligned([*head, *part.rows]))]
    return "\n".join(lines[1:])


def judged(found: Outcome) -> tuple[Section, ...]:
    """Which pairs the checks were wrong of."""
    alarms, missed = found.false_alarms, found.missed
    rows = (
        (_("right"), str(found.right), _("false alarms: {count} {ids}", len(alarms), " ".join(alarms)).strip()),
        (_("wrong"), str(found.wrong), _("missed: {count} {ids}", len(missed), " ".join(missed)).strip()),
    )
    return (Section(_("Pairs"), rows),)

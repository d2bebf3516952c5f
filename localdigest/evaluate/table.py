"""The figures in words: rows of a name, a value and a remark, which a table or plain lines are made of."""

from __future__ import annotations

from dataclasses import dataclass

from localdigest.evaluate import Run, scores
from localdigest.evaluate.figures import Rate, Translations


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[tuple[str, str, str], ...]


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


def translation_rows(found: Translations, run: Run) -> Section:
    rate = found.output_tokens / found.seconds if found.seconds else 0.0
    rows = [("texts", str(found.texts), f"{found.failed} failed" if found.failed else "")]
    if found.scores:
        for name, value, signature in zip(
            ("chrF", "BLEU"), (found.scores.chrf, found.scores.bleu), found.scores.signatures, strict=True
        ):
            rows.append((name, f"{value:.2f}", signature))
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
        ("texts with English left", str(found.texts_with_english), "four words or more in a run"),
        ("texts looping", str(found.texts_looping), ""),
        ("texts in a wrong script", str(found.texts_in_wrong_script), ""),
    ]
    if found.script_share is not None:
        name = "Han share" if run.language.startswith("zh") else "share of the script"
        rows.append((name, f"{found.script_share:.3f}", ""))
    rows += [
        ("tokens generated", str(found.output_tokens), f"{found.output_tokens / max(1, found.texts):.0f} a text"),
        ("seconds", f"{found.seconds:.1f}", f"{found.seconds / max(1, found.texts):.1f} a text"),
        ("tokens/s", f"{rate:.1f}", ""),
        ("requests", str(found.requests), f"{found.requests / max(1, found.texts):.1f} a text"),
    ]
    return Section("Translation", tuple(rows))


def finding_rows(title: str, findings: dict[str, Rate], texts: int) -> Section:
    rows = [
        (code, f"{rate.resolved + rate.unresolved}", f"{rate.unresolved} unresolved, in {rate.texts} of {texts} texts")
        for code, rate in findings.items()
    ]
    return Section(title, tuple(rows))


def sections(run: Run, translated: Translations | None) -> list[Section]:
    found = []
    if translated:
        found.append(translation_rows(translated, run))
        if translated.findings:
            found.append(finding_rows("Findings of the flow in translations", translated.findings, translated.texts))
    return found


def plain_text(parts: list[Section]) -> str:
    """Lines in columns, for a file or a pipe."""
    lines: list[str] = []
    for part in parts:
        names, values = (max(len(row[i]) for row in part.rows) for i in (0, 1))
        lines += ["", part.title]
        lines += [f"  {name:{names}}  {value:>{values}}  {remark}".rstrip() for name, value, remark in part.rows]
    return "\n".join(lines[1:])

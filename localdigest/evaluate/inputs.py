"""What there is to measure: pairs from JSONL files, papers from a listing with their PDFs. As pieces of work."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from localdigest.arxiv import listings
from localdigest.evaluate import Pair
from localdigest.messages.errors import InputRefused
from localdigest.pages.contents import hash_pdf
from localdigest.pages.plan import Work
from localdigest.records import Paper

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_FIELDS = Path(__file__).parents[1] / "sample"
_FORM = '{"id": "...", "en": "...", "ref": "..."}'


def read_pairs(paths: Sequence[Path], limit: int = 0) -> list[Pair]:
    """The pairs of all files in order, the first `limit` of each (0: all). Raises InputRefused.

    A line is an object with `id` and `en`, and where there are any `title`, `categories` (a list) and the reference as
    `ref` or `zh`.
    """
    pairs: list[Pair] = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputRefused("{path}: cannot be read ({error}); give a JSONL file of pairs", path, error) from error
        kept = [_pair(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
        pairs += kept[: limit or None]
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            raise InputRefused(
                "the id {id!r} is there twice in {paths}; make ids unique", pair.id, ", ".join(map(str, paths))
            )
        seen.add(pair.id)
    return pairs


def fields(language: str, limit: int = 0) -> list[Pair]:
    """The shipped abstracts of many fields, with references in `language` where there are any."""
    own = _FIELDS / f"fields.{language}.jsonl"
    pairs = read_pairs([own if own.is_file() else next(_FIELDS.glob("fields.*.jsonl"))], limit)
    return pairs if own.is_file() else [replace(pair, ref="") for pair in pairs]


def _pair(path: Path, number: int, line: str) -> Pair:
    try:
        row = json.loads(line)
        values = [row["id"], " ".join(row["en"].split()), row.get("title") or "", row.get("ref") or row.get("zh") or ""]
        categories = tuple(row.get("categories", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        values, categories = [], ()
    if not values or not all(isinstance(value, str) for value in (*values, *categories)) or not values[1].strip():
        raise InputRefused("{path}, line {number}: a pair is {form} on one line", path, number, _FORM)
    text_id, english, title, reference = values
    return Pair(text_id, english, title, reference, categories)


def to_translate(pairs: Sequence[Pair], language: str) -> list[Work]:
    """Each pair as the piece of work that it would be as a paper's abstract."""
    papers = (Paper(p.id, 1, p.title, (), " ".join(p.en.split()), p.categories, "", _NO_DATE, _NO_DATE) for p in pairs)
    return [Work(paper.id, paper, "translate", language) for paper in papers]


def to_explain(listing: Path, pdfs: Path, language: str, limit: int = 0) -> list[Work]:
    """The papers of `listing` whose PDF is in `pdfs`, named like 2512.14687v1.pdf. Raises InputRefused."""
    with InputRefused.for_os_error("{listing}: cannot be read ({why}); give a listing file", listing):
        data = listing.read_bytes()
    found = ((p, pdfs / f"{p.file_stem}.pdf") for p in listings.merge([listings.parse(data, str(listing))]))
    works = [Work(paper.id, paper, "explain", language, hash_pdf(path)) for paper, path in found if path.is_file()]
    if not works:
        raise InputRefused(
            "{pdfs}: none of the PDFs that {listing} lists; they are named like 2512.14687v1.pdf", pdfs, listing
        )
    return works[: limit or None]

"""The archive's page over all days (`templates/html/index.html.j2`). Pure: one small record a day in, text out.

A day's record holds its counts, and the texts of its papers deflated and as base64, just as they stand in the page:
nothing is rendered or compressed again when a day is added. The page's script unpacks them when the reader first
searches and looks for substrings, which is exact in Chinese and English alike and fast enough for years of days.
"""

from __future__ import annotations

import base64
import itertools
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from markupsafe import Markup

from localdigest.records import Digest, Paper, Result
from localdigest.render import chart
from localdigest.render.entries import counts, entries, gist_line, inline, translated_title
from localdigest.render.html import anchor, assets, environment
from localdigest.render.templates import fill
from localdigest.render.words import labels_for
from localdigest.text.tex import seen

NAME = "html/index.html.j2"
ASSETS = ("html/page.css", ("html/common.js", "html/find.js", "html/index.js"))


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What the archive keeps of a day; its JSON is `site/days/DATE.json`."""

    day: date
    language: str
    counts: Mapping[str, int]
    """As in the JSON export."""
    topics: Mapping[str, int]
    """Papers by primary category."""
    categories: Mapping[str, int]
    """Papers by category, cross-lists included."""
    texts: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
    """Base64 of the deflated JSON of a list, a paper each: [id, anchor, title, authors, categories, abstract,
    translation, breakdown]."""
    schema: Literal["localdigest-day/1"] = "localdigest-day/1"


def record(digest: Digest) -> DayRecord:
    """Of a day's papers, also of those that are not finished."""
    rows = [_texts(paper, translated, explained) for paper, translated, explained in entries(digest)]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()) + packer.flush()
    return DayRecord(
        digest.window.day,
        digest.language,
        counts(digest),
        Counter(paper.primary_category for paper in digest.papers),
        Counter(name for paper in digest.papers for name in paper.categories),
        base64.b64encode(packed).decode(),
    )


def _texts(paper: Paper, translated: Result, explained: Result) -> list[str]:
    parts = explained.breakdown.parts if explained.breakdown else ()
    translation = translated.translation.text if translated.translation else ""
    found = [
        paper.id,
        anchor(paper.id),
        seen(paper.title) or paper.id,
        ", ".join(paper.authors),
        " ".join(paper.categories),
        seen(paper.abstract),
        seen(" ".join(filter(None, (translated_title(translated), translation)))),
        " ".join(filter(None, (gist_line(translated, explained), *(p.text for part in parts for p in part.points)))),
    ]
    return [inline(text) for text in found]


def to_html(
    days: Sequence[DayRecord], language: str, templates: Path | None = None, marks: str = "", search: str = ""
) -> str:
    """The archive's page. Raises ConfigError as `html.to_html` does.

    `search`: where its server looks for papers, such as `/api/search`; without, the page holds all texts.
    """
    made = environment(language, templates)
    return fill(made, NAME, values(days, language, marks, search) | assets(made, ASSETS, marks))


def values(days: Sequence[DayRecord], language: str, marks: str, search: str) -> dict[str, object]:
    """What the template is given beside `assets`; docs/templates.md explains each."""
    labels = labels_for(language)
    latest_first = sorted(days, key=lambda record: record.day, reverse=True)
    drawn = [(record.day, record.topics) for record in days]
    title = labels.chart_weeks if chart.by_week(drawn) else labels.chart
    months = itertools.groupby(latest_first, key=lambda record: f"{record.day:%Y-%m}")
    return {
        "language": language,
        "labels": labels,
        "months": tuple((month, tuple(records)) for month, records in months),
        "total": sum(record.counts["shown"] for record in days),
        "categories": sum((Counter(record.categories) for record in days), Counter[str]()).most_common(),
        "topics": chart.topics(drawn),
        "chart": chart.svg(drawn, title, labels.other),
        "chart_title": title,
        # Nothing to be escaped in base64, and much of it.
        "blocks": () if search else tuple((record.day, Markup(record.texts)) for record in latest_first),
        "marks": marks,
        "search": search,
        "texts": {
            "results": labels.results,
            "none": labels.none,
            "no_search": labels.no_search,
            "not_saved": labels.not_saved,
            "papers": labels.papers,
        },
    }

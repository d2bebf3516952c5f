"""Listing bytes -> Papers. Pure: opens no file and no socket, and never lets a parser do so.

Read are the arXiv API's Atom, rss.arxiv.org's Atom and RSS 2.0, OAI-PMH with `arXiv` or `arXivRaw` metadata,
and the JSON Lines of daily-arXiv-ai-enhanced. Damage is refused whole (broken XML or JSON, an error answer,
HTML, a DTD): a listing is never half read. One entry that is well formed but no usable record (no title, no
date, no arXiv id) costs only itself and is named in `Listing.skipped`; arXiv's API is known to send such.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Literal
from xml.etree import ElementTree

import feedparser
import msgspec

from localdigest.arxiv.entry import broken, count, flat, moment, names, paper_of, papers_of
from localdigest.messages.errors import InputRefused
from localdigest.records import ANNOUNCE_TYPES, Listing, Paper

# ---------------------------------------------------------------- the front door


def parse(data: bytes, name: str) -> Listing:
    """Reads one listing, its format found from its content. `name` is the file or address for messages.

    Raises InputRefused with `name` and the reason.
    """
    text = _decode(data, name)
    if text.startswith("{"):
        return _jsonl(text, name)
    # An atomic group: otherwise a prolog of many comments takes exponential time to be refused.
    root = re.match(r"(?>\s|<\?.*?\?>|<!--.*?-->)*<(?:!doctype\s+)?(?:[\w.-]+:)?([\w.-]+)", text, re.I | re.S)
    kind = root[1].lower() if root else ""
    if kind == "html":
        raise InputRefused("{name}: an HTML page, not a listing; save the answer of the API or the feed", name)
    if root and re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputRefused("{name}: declares a DTD or an entity, which no arXiv listing does; not opened", name)
    if kind in ("feed", "rss"):
        return _feed(text, name)
    if kind == "oai-pmh":
        return _oai(text, name)
    raise InputRefused(
        "{name}: not a listing; give an arXiv API answer, an rss.arxiv.org feed, OAI-PMH or JSON Lines", name
    )


def merge(listings: Iterable[Listing]) -> tuple[Paper, ...]:
    """One paper for each identifier, in order of first appearance: highest version, earliest `published`.

    Within a day, a source that knows versions knows the hour too and stands: OAI-PMH's `arXiv` format has
    days only, and midnight may lie in another window. Of one version, a `new` outranks a `cross`.
    """
    groups: dict[str, list[Paper]] = {}
    for listing in listings:
        for paper in listing.papers:
            groups.setdefault(paper.id, []).append(paper)
    ranks = (*ANNOUNCE_TYPES, "")
    merged = []
    for same in groups.values():
        best = min(same, key=lambda paper: (-paper.version, ranks.index(paper.announce_type)))
        first = min(same, key=lambda paper: (paper.published.date(), not paper.version, paper.published))
        # A feed knows how a paper was announced; the API and OAI-PMH know the rest better.
        full = next((paper for paper in same if paper.version == best.version and not paper.announce_type), best)
        told = best.announced or max((paper.announced for paper in same if paper.announced), default=None)
        kept = replace(full, published=first.published, announce_type=best.announce_type, announced=told)
        merged.append(kept)
    return tuple(merged)


# ---------------------------------------------------------------- bytes -> text


def _decode(data: bytes, name: str) -> str:
    """Text without byte order mark and XML declaration.

    Decoded here, once, so that the search for a DTD and the parsers see the same characters; feedparser alone
    would go on to guess encodings.
    """
    declared = re.match(rb"\s*<\?xml[^>]{1,80}?encoding\s*=\s*[\"']([\w.:-]+)", data)
    codec = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16"
    elif codec not in ("utf-8", "us-ascii", "iso-8859-1"):
        raise InputRefused("{name}: declares the encoding {codec}; save it as UTF-8", name, codec)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as bad:
        raise InputRefused(
            "{name}: not a listing, or damaged: byte {at} is not {codec}", name, bad.start, codec
        ) from None
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff")).lstrip()
    if not text:
        raise InputRefused("{name}: empty; fetch it again", name)
    return text


# ---------------------------------------------------------------- RSS and Atom

_ARXIV = "http://arxiv.org/schemas/atom"
_SUMMARY = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*(\S+)\s+Abstract:(.*)", re.DOTALL)


def _feed(text: str, name: str) -> Listing:
    # As a stream: feedparser would take a string for an address or a path. Its sanitiser and its resolver of
    # addresses would eat LaTeX such as $a<b$. What it still changes is no LaTeX: text that is wholly UTF-8
    # read as Latin-1 is put right, and C1 control characters become the Windows-1252 ones that were meant.
    # Its times are not used: it takes month 13 for the January after.
    read = feedparser.parse(io.BytesIO(text.encode()), sanitize_html=False, resolve_relative_uris=False)
    if read.bozo:
        raise InputRefused("{about}: {why}", name, broken(read.bozo_exception))
    for entry in read.entries:
        if "/api/errors" in entry.get("id", ""):
            says = flat(entry.get("summary")) or "no reason given"
            raise InputRefused("{name}: arXiv answered with an error: {says}", name, says)
    origin = f"{read.feed.get('id', '')} {read.feed.get('link', '')}"
    if not read.entries and "arxiv.org" not in origin:
        raise InputRefused("{name}: an RSS or Atom feed, but not arXiv's", name)
    kind: Literal["api", "atom", "rss"] = "atom" if "rss.arxiv.org" in origin else "api"
    if not read.version.startswith("atom"):
        kind = "rss"
    prefix = next((short for short, space in read.namespaces.items() if space == _ARXIV), "arxiv")
    papers, skipped = papers_of(read.entries, lambda entry: _entry(entry, kind, f"{prefix}_"), name)
    built = None
    if kind != "api":
        with contextlib.suppress(ValueError):
            built = moment(flat(dict.get(read.feed, "updated") or read.feed.get("published")))
    return Listing(papers, kind, count(read.feed.get("opensearch_totalresults", "")), skipped=skipped, built=built)


def _entry(entry: Any, kind: str, prefix: str) -> Paper:
    summary, announced = entry.get("summary", ""), entry.get(f"{prefix}announce_type", "")
    authors: Iterable[str] = [author.get("name", "") for author in entry.get("authors", [])]
    if kind != "api":
        authors = names(", ".join(authors))
        if described := _SUMMARY.fullmatch(summary):
            announced, summary = announced or described[1], described[2]
    primary = entry.get(f"{prefix}primary_category") or {}
    return paper_of(
        entry.get("id") or entry.get("link", ""),
        title=entry.get("title"),
        authors=authors,
        abstract=summary,
        categories=[tag.get("term") or "" for tag in entry.get("tags", [])],
        primary=flat(primary.get("term")),
        published=entry.get("published"),
        # In rss.arxiv.org's Atom, it is when the feed was made. feedparser's own `get` would warn.
        updated=dict.get(entry, "updated") if kind == "api" else None,
        announce_type=flat(announced), announced=entry.get("published") if kind != "api" else None,
        comment=entry.get(f"{prefix}comment"), journal=entry.get(f"{prefix}journal_ref"), doi=entry.get(f"{prefix}doi"),
    )  # fmt: skip


# ---------------------------------------------------------------- OAI-PMH


def _oai(text: str, name: str) -> Listing:
    """https://info.arxiv.org/help/oa/index.html. Days of the `arXiv` format become UTC midnights."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - DTDs and entities are refused above
    except ElementTree.ParseError as damage:
        raise InputRefused("{about}: {why}", name, broken(damage)) from None
    for error in root.iterfind(".//{*}error"):
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return Listing((), "oai", 0)
        raise InputRefused("{name}: OAI-PMH error {code}: {says}", name, code, flat(error.text) or "no reason given")
    records = root.findall(".//{*}record")
    if not records:
        raise InputRefused("{name}: an OAI-PMH answer without records; ask for ListRecords or GetRecord", name)
    living = [record for record in records if record.find("{*}header[@status='deleted']") is None]
    papers, skipped = papers_of(living, _record, name)
    token = root.find(".//{*}resumptionToken")
    if token is None:
        return Listing(papers, "oai", skipped=skipped)
    return Listing(papers, "oai", count(token.get("completeListSize", "")), flat(token.text), skipped)


def _record(record: ElementTree.Element) -> Paper:
    metadata = record.find("{*}metadata/*")
    form = metadata.tag.rpartition("}")[2] if metadata is not None else "none"
    if metadata is None or form not in ("arXiv", "arXivRaw"):
        raise ValueError(f"its metadata format is {form}; ask for metadataPrefix=arXiv or arXivRaw")

    def text(tag: str) -> str:
        return metadata.findtext(f"{{*}}{tag}") or ""

    if form == "arXivRaw":
        history = {
            int(entry.get("version", "v0")[1:]): entry.findtext("{*}date", "")
            for entry in metadata.iterfind("{*}version")
        }
        version = max(history, default=0)
        authors = names(text("authors"))
        published, updated = history.get(min(history, default=0)), history.get(version)
    else:
        version = 0
        authors = tuple(
            " ".join(author.findtext(f"{{*}}{part}", "") for part in ("forenames", "keyname", "suffix"))
            for author in metadata.iterfind("{*}authors/{*}author")
        )
        published, updated = text("created"), text("updated")
    return paper_of(
        text("id"),
        version,
        title=text("title"),
        authors=authors,
        abstract=text("abstract"),
        categories=text("categories").split(),
        published=published, updated=updated,
        announced=record.findtext("{*}header/{*}datestamp"),
        comment=text("comments"), journal=text("journal-ref"), doi=text("doi"),
    )  # fmt: skip


# ---------------------------------------------------------------- JSON Lines


class _Line(msgspec.Struct):
    """A line of daily-arXiv-ai-enhanced's `data/YYYY-MM-DD.jsonl`; other fields are its own summaries."""

    id: str
    title: str
    authors: list[str]
    categories: list[str]
    summary: str
    comment: str | None = None


def _jsonl(text: str, name: str) -> Listing:
    """The lines have neither version nor date, and many list older papers: no identifier dates them either.

    But the file is the listing of one announcement, and the day in its name is that day. `published` becomes
    its midnight UTC, within an hour of the announcement (20:00 in New York). No day in the name: refused.
    """
    day = re.search(r"(?<![0-9])20[0-9]{2}-[0-9]{2}-[0-9]{2}(?![0-9])", PurePath(name).name)
    if day is None:
        raise InputRefused("{name}: its records have no date; name it by its announcement: 2025-12-17.jsonl", name)

    def read(line: str) -> Paper:
        try:
            entry = msgspec.json.decode(line, type=_Line)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, RecursionError) as bad:
            raise InputRefused("{name}: not JSON Lines, perhaps cut short ({why}); fetch it again", name, bad) from None
        return paper_of(
            entry.id, title=entry.title, authors=entry.authors, abstract=entry.summary, categories=entry.categories,
            published=day[0], updated=None, comment=entry.comment, announced=day[0],
        )  # fmt: skip

    papers, skipped = papers_of((line for line in text.split("\n") if line.strip()), read, name)
    return Listing(papers, "jsonl", skipped=skipped)

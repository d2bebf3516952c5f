"""The W3C feed validator's rules for Atom 1.0, those that can apply to a feed like ours, by the names it gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM, XHTML, XML = (
    "{http://www.w3.org/2005/Atom}",
    "{http://www.w3.org/1999/xhtml}",
    "{http://www.w3.org/XML/1998/namespace}",
)
IN_FEED = {"id": 1, "title": 1, "updated": 1, "author": 9, "generator": 1, "link": 9, "entry": 999}
IN_ENTRY = {"id": 1, "title": 1, "updated": 1, "published": 1, "author": 9, "link": 9, "summary": 1, "content": 1}
REQUIRED = ("id", "title", "updated")
LINK = {"rel", "type", "href", "hreflang", "title", "length"}
TAGS = {"div", "h2", "p", "br", "a", "small", "strong", "b", "em", "ul", "ol", "li", "sub", "sup", "code"}
"""Of XHTML: known and safe to every reader."""
TAG_URI = re.compile(
    r"tag:([a-z0-9\-._]+@)?[a-z0-9.\-]+,\d{4}(-\d{2}(-\d{2})?)?:[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,]*(#[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,]*)?"
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def faults(feed: str) -> list[str]:
    """What the validator would say; [] of a valid feed."""
    root = ElementTree.fromstring(feed)  # noqa: S314 (our own)
    if root.tag != f"{ATOM}feed":
        return [f"UndefinedElement {root.tag}"]
    entries = root.findall(f"{ATOM}entry")
    found = [*_part(root, IN_FEED), *(fault for entry in entries for fault in _part(entry, IN_ENTRY))]
    found += ["BadCharacters"] * bool(CONTROL.search(feed))
    ids = [part.findtext(f"{ATOM}id") for part in (root, *entries)]
    found += [f"DuplicateEntries {name}" for name, count in Counter(ids).items() if count > 1]
    if root.find(f"{ATOM}author") is None and any(entry.find(f"{ATOM}author") is None for entry in entries):
        found.append("MissingElement author")
    found += [
        "MissingAlternateLink"
        for entry in entries
        if entry.find(f"{ATOM}content") is None and not _links(entry, "alternate")
    ]
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", root.get(f"{XML}lang", "")):
        found.append("InvalidLanguage")
    newest = max((_moment(entry, "updated") for entry in entries), default=None)
    if newest and newest > _moment(root, "updated"):
        found.append("an entry is younger than its feed")
    return found


def _part(part: Element, known: dict[str, int]) -> Iterator[str]:
    counted = Counter(child.tag for child in part)
    yield from (f"UndefinedElement {tag}" for tag in counted if tag.removeprefix(ATOM) not in known)
    yield from (f"DuplicateElement {name}" for name, most in known.items() if counted[ATOM + name] > most)
    for name in REQUIRED:
        if not (part.findtext(f"{ATOM}{name}") or "").strip():
            yield f"MissingElement {name}"
    for each in part.iter(f"{ATOM}author"):
        if not (each.findtext(f"{ATOM}name") or "").strip():
            yield "MissingElement name"
    identifier = part.findtext(f"{ATOM}id") or ""
    if identifier.startswith("tag:") and not TAG_URI.fullmatch(identifier):
        yield f"InvalidTAG {identifier}"
    if not re.match(r"[a-z][a-z0-9+.-]*:", identifier):
        yield f"InvalidFullLink {identifier}"
    for name in ("updated", "published"):
        if (value := part.findtext(f"{ATOM}{name}")) is not None and not _plausible(value):
            yield f"InvalidRFC3339Date {value}"
    for name in ("title", "summary"):
        if re.search(r"</?[a-z][^>]*>|&#?\w+;", part.findtext(f"{ATOM}{name}") or ""):
            yield f"ContainsHTML {name}"
    kinds = Counter(
        (link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in part.findall(f"{ATOM}link")
    )
    yield from (f"DuplicateAtomLink {kind}" for kind, count in kinds.items() if count > 1)
    for link in part.findall(f"{ATOM}link"):
        if set(link.attrib) - LINK:
            yield f"UnexpectedAttribute {sorted(link.attrib)}"
        if not _absolute(link.get("href", "")):
            yield f"InvalidURI {link.get('href')}"
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", link.get("type", "a/b")):
            yield f"InvalidMIMEType {link.get('type')}"
    for content in part.findall(f"{ATOM}content"):
        yield from _content(content)


def _content(content: Element) -> Iterator[str]:
    if content.get("type") != "xhtml":
        yield f"InvalidMIMEType {content.get('type')}"
    if [child.tag for child in content] != [f"{XHTML}div"] or (content.text or "").strip():
        yield "MissingXhtmlDiv"
    for element in content.iter():
        if element is content:
            continue
        if not element.tag.startswith(XHTML) or element.tag.removeprefix(XHTML) not in TAGS:
            yield f"NotHtml or SecurityRisk {element.tag}"
        for name, value in element.attrib.items():
            if name not in ("href", "title", "lang", f"{XML}lang"):
                yield f"SecurityRiskAttr {name}"
            if name == "href" and not _absolute(value):
                yield f"ContainsRelRef {value}"


def _plausible(value: str) -> bool:
    return bool(MOMENT.fullmatch(value)) and datetime.fromisoformat(value).year >= 1970


def _moment(part: Element, name: str) -> datetime:
    return datetime.fromisoformat(part.findtext(f"{ATOM}{name}") or "0001-01-01T00:00:00Z")


def _links(part: Element, rel: str) -> list[str]:
    return [link.get("href", "") for link in part.findall(f"{ATOM}link") if link.get("rel", "alternate") == rel]


def _absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r'[\s<>"{}|\\^`]', url)

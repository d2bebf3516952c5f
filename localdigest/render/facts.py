"""What is known of a paper beside its texts: where its code and data lie, where it appears, why it is here. Pure.

An address is a stranger's: it is shown always, and is a link only where its host is one of those in `facts.toml`.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from localdigest.arxiv.withdrawals import withdrawn
from localdigest.records import Paper
from localdigest.render.entries import line
from localdigest.text.spans import addresses
from localdigest.text.tex import seen

Kind = Literal["code", "data", "model", "page", "video", "paper", "other"]

_FILE = tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))
_HOSTS: dict[str, Kind] = {host: kind for kind, hosts in _FILE["hosts"].items() for host in hosts.split()}
_PATHS: dict[str, Kind] = _FILE["paths"]
_WORDS = {name: words.strip() for name, words in _FILE["words"].items()}
_NOT_VENUES = frozenset(_WORDS["not_venues"].split())


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a paper's abstract or comment names."""

    kind: Kind
    shown: str
    """Without `https://`."""
    url: str
    """To follow; empty where its host is none that we link to."""


@dataclass(frozen=True, slots=True)
class Facts:
    comment: str
    """As its authors wrote it, one line without LaTeX."""
    venue: str
    """Where it appears, in a word or two: `WACV 2026`; empty where the comment and the journal do not say."""
    journal: str
    doi: str
    """Of the publication."""
    doi_url: str
    """Empty where it is no DOI."""
    links: tuple[Link, ...]
    code: bool
    """Whether an address of its code is given."""
    data: bool
    withdrawn: bool


@functools.lru_cache(maxsize=1024)
def facts(paper: Paper) -> Facts:
    """Of the listing alone: nothing is asked of anybody."""
    comment, journal = line(seen(paper.comment)), line(seen(paper.journal))
    links = _links(paper)
    kinds = {link.kind for link in links}
    doi = line(paper.doi).split(" ")[0]
    is_doi = re.fullmatch(r"10\.\d{4,9}/[!-~]+", doi) is not None
    return Facts(
        comment,
        venue(comment) or venue(journal) or _short(journal),
        journal,
        doi,
        f"https://doi.org/{quote(doi, safe='/:;().-_')}" if is_doi else "",
        links,
        "code" in kinds,
        "data" in kinds,
        withdrawn(paper),
    )


# ---------------------------------------------------------------- addresses


def _links(paper: Paper) -> tuple[Link, ...]:
    found = {link.shown.rstrip("/"): link for text in (paper.comment, paper.abstract) for link in _found(line(text))}
    order: tuple[Kind, ...] = ("code", "data", "model", "page", "video", "paper", "other")
    return tuple(sorted(found.values(), key=lambda link: order.index(link.kind)))


def _found(text: str) -> Iterator[Link]:
    end = 0
    for start, stop in addresses(text):
        raw = text[start:stop].rstrip(".,;:)").replace("\\", "")
        kind, url = place(raw)
        yield Link(_meant(text[max(end, start - 90) : start], kind), re.sub(r"^https?://(?:www\.)?", "", raw), url)
        end = stop


def _meant(before: str, kind: Kind) -> Kind:
    """What lies at an address, where its host does not say, by the last word before it that does."""
    if kind not in ("page", "other"):
        return kind
    clause = re.split(r"[.;]\s", before)[-1]
    said = list(re.finditer(rf"\b(?:(?P<code>{_WORDS['code']})|(?P<data>{_WORDS['data']}))\b", clause, re.IGNORECASE))
    if not said:
        return kind
    return "code" if any(match["code"] for match in said) else "data"


def place(address: str) -> tuple[Kind, str]:
    """What lies there, and the address to follow: on a host that we know, by https, without a user or a port."""
    whole = re.sub(r"^(?:https?://)?", "https://", address)
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "").removeprefix("www.")
        if parts.username or parts.port:
            return "other", ""
    except ValueError:
        return "other", ""
    ends = [host, *_ends(host)]
    if not (known := [_HOSTS[end] for end in ends if end in _HOSTS]):
        return "other", ""
    shown = f"{host}{parts.path}"
    kind = next((special for start, special in _PATHS.items() if shown.startswith(start)), known[0])
    path, query = quote(parts.path, safe="/~:@!$&'()*+,;=-._%"), quote(parts.query, safe="/~:@!$()*+,;=-._%&?")
    fragment = quote(parts.fragment, safe="/~:@!$()*+,;=-._%&?")
    url = f"https://{parts.hostname}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return kind, url


def _ends(host: str) -> Iterator[str]:
    """`.github.io` of `a.b.github.io`."""
    labels = host.split(".")
    return (f".{'.'.join(labels[at:])}" for at in range(1, len(labels)))


# ---------------------------------------------------------------- venues

_NAMED = re.compile(
    r"(?<![\w.\"-])(?P<name>[A-Z][A-Za-z]*[A-Z][A-Za-z]{0,5}(?:[-/@ ][A-Z][A-Za-z]*[A-Z][A-Za-z]*)?)"
    r"\)?,?[ -]?(?:\(|['’ʼ])?(?P<year>(?:19|20)\d\d|(?<=['’ʼ ])\d\d(?!\s*(?:pages|figures|tables)))(?!\d|\.\d|[-:/]\d)"
)
_CLAUSE = re.compile(r"(?<=[a-z)\d])[.;]\s+|\s[;|/]\s|;\s")


def venue(text: str) -> str:
    """Acronym and year of the conference or journal in a comment that does not say that it is only hoped for."""
    clauses = [clause for clause in _CLAUSE.split(text) if not re.search(_WORDS["hopes"], clause, re.IGNORECASE)]
    for clause in clauses:
        for match in _NAMED.finditer(clause):
            name, year = match["name"], match["year"]
            if name.split("-")[0].upper() not in _NOT_VENUES:
                return f"{name} {year if len(year) == 4 else f'20{year}'}"
    return ""


def _short(text: str) -> str:
    """The beginning of a long name, whole words: `Phys. Rev. D 103, 074505 (2021)` as it is."""
    words = text.strip(" .\"'“”").split(" ")
    while len(" ".join(words)) > 32:
        words.pop()
    short = " ".join(words).rstrip(",;: ")
    return short if short == text.strip(" .\"'“”") else f"{short}…" if short else ""

"""Questions to arXiv's services, and their answers as parsed listings. All through one polite `Client`.

| source | knows | asked for |
| --- | --- | --- |
| api | what was submitted when, to the second; a paper from its announcement on | submissions of a span |
| rss | the announcement of today: new, cross-listed, replaced | today's, to check the API and for late papers |
| oai | every record changed on a day, with its versions | days that were missed, and when the API fails |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from localdigest.arxiv.client import WAY_OUT, AddressError, Answer, Client, TransientError
from localdigest.arxiv.listings import parse
from localdigest.messages import Notice
from localdigest.messages.errors import InputRefused, SourceFailed
from localdigest.records import Listing, taxonomy

_LISTING_BYTES = 64 * 2**20


class _ExpiredError(AddressError):
    """OAI-PMH no longer knows the list of which the next page was asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """Papers in any of `categories` (none: in all), by when they were submitted and by when they were announced."""

    categories: tuple[str, ...]
    start: datetime
    end: datetime
    """Submitted in `start <= published < end`, both zone aware."""
    first: date
    last: date
    """Announced from `first` to `last`."""


Source = Callable[[Client, str, Question], tuple[Listing, ...]]
"""Asks the service at an address; raises SourceFailed where another may do, ArxivUnreachable where none can."""


# ---------------------------------------------------------------- the API


def api(client: Client, url: str, question: Question, page_size: int = 200) -> tuple[Listing, ...]:
    """arXiv counts minutes, both ends included: the caller cuts to the second."""
    query, pages = _query(question.categories, question.start, question.end), list[Listing]()
    for _ in range(3):
        pages = _pages(client, url, query, page_size)
        ids = {paper.id for page in pages for paper in page.papers}
        listed = len(ids) + sum(len(page.skipped) for page in pages)
        totals = {page.total for page in pages}
        if totals == {listed}:
            return tuple(pages)
        # Papers moved between the pages while we read: one may have slipped through.
        client.on_event(f"arXiv's listing changed while it was read ({listed} papers of {totals}); reading it again")
    client.on_event("arXiv's listing does not agree with its own count; some papers may be missing")
    return tuple(pages)


def by_id(client: Client, url: str, ids: Sequence[str]) -> tuple[Listing, ...]:
    """What the API knows of these papers; one it does not know is left out."""
    slices = (ids[at : at + 100] for at in range(0, len(ids), 100))
    questions = (urlencode({"id_list": ",".join(names), "max_results": 100}) for names in slices)
    return tuple(_get(client, f"{url}?{question}", why="papers that only the feed has") for question in questions)


def shows(client: Client, url: str, start: datetime, end: datetime) -> bool:
    """Whether the API has any paper at all that was submitted then: the announcement is out, and it knows."""
    question = urlencode({"search_query": _query((), start, end), "max_results": 1})
    return bool(_get(client, f"{url}?{question}", why="whether the announcement is out").total)


def _query(categories: Collection[str], start: datetime, end: datetime) -> str:
    first = start.astimezone(UTC)
    last = end.astimezone(UTC) + timedelta(seconds=59)
    span = f"submittedDate:[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]"
    return f"({' OR '.join(f'cat:{name}' for name in taxonomy.members(categories))}) AND {span}" if categories else span


def _pages(client: Client, url: str, query: str, page_size: int) -> list[Listing]:
    def ask(at: int) -> Listing:
        def enough(page: Listing) -> None:
            count = len(page.papers) + len(page.skipped)
            if page.total is None or count < min(page_size, max(page.total - at, 1 if at else 0)):
                raise TransientError(
                    "gave a short page ({count} papers from {at} on, of {total})",
                    count,
                    at + 1,
                    page.total,
                    trouble="broken",
                )

        order = {"sortBy": "submittedDate", "sortOrder": "descending"}
        fields = {"search_query": query, **order, "start": at, "max_results": page_size}
        return _get(client, f"{url}?{urlencode(fields)}", f"arXiv's answer from paper {at + 1}", enough)

    pages = [ask(0)]
    if not pages[0].total:
        # arXiv is known for false empty answers: believed when given twice.
        pages = [ask(0)]
    while len(pages) * page_size < (pages[0].total or 0):
        pages.append(ask(len(pages) * page_size))
    return pages


# ---------------------------------------------------------------- RSS and OAI-PMH


def rss(client: Client, url: str, question: Question) -> tuple[Listing, ...]:
    """https://info.arxiv.org/help/rss.html: today's announcement, made at midnight in New York. Has no feed of all."""
    if not question.categories:
        return ()
    return (_get(client, f"{url}/{'+'.join(question.categories)}", "arXiv's feed", why="feed"),)


def oai(client: Client, url: str, question: Question) -> tuple[Listing, ...]:
    """https://info.arxiv.org/help/oa/index.html: the records changed on the days asked for, one set a category."""
    days = {"from": question.first.isoformat(), "until": question.last.isoformat()}
    sets = [{"set": _set(name)} for name in question.categories] or [{}]
    return tuple(page for one in sets for page in _harvest(client, url, {**days, **one}))


def _harvest(client: Client, url: str, fields: Mapping[str, str]) -> list[Listing]:
    """All pages of one list. A resumption token that has expired (they last a day) starts it again, once."""
    for last_try in (False, True):
        pages: list[Listing] = []
        asked: Mapping[str, str] = {"metadataPrefix": "arXivRaw", **fields}
        try:
            while not pages or pages[-1].resumption_token:
                address = f"{url}?{urlencode({'verb': 'ListRecords', **asked})}"
                pages.append(_get(client, address, "arXiv's OAI-PMH", why="records"))
                asked = {"resumptionToken": pages[-1].resumption_token}
        except SourceFailed as error:
            if last_try or not pages or not isinstance(error.__cause__, _ExpiredError):
                raise
            client.on_event(Notice("arXiv's list of records expired while it was read; reading it again"))
        else:
            break
    return pages


def _set(category: str) -> str:
    """`cs:cs:SD`, `physics:hep-th`, `physics:astro-ph:CO`: group, archive, category since March 2025."""
    archive, _, rest = category.partition(".")
    groups = ("cs", "econ", "eess", "math", "q-bio", "q-fin", "stat")
    return ":".join(filter(None, (archive if archive in groups else "physics", archive, rest)))


# ---------------------------------------------------------------- all of them


SOURCES: Mapping[str, Source] = {"api": api, "rss": rss, "oai": oai}


def _get(
    client: Client,
    url: str,
    name: str = "arXiv's answer",
    check: Callable[[Listing], None] = lambda _: None,
    why: str = "listing",
) -> Listing:
    def read(answer: Answer) -> Listing:
        try:
            page = parse(answer.body, name)
        except InputRefused as error:
            refused = Notice("arXiv refuses the question ({status}): {error}", answer.status, error)
            if error.notice.value("code") == "badResumptionToken":
                raise _ExpiredError(refused) from None
            if answer.status != 200:
                raise AddressError(refused) from None
            raise TransientError("gave no listing ({error})", error, trouble="broken") from None
        check(page)
        return page

    try:
        return client.get(url, _LISTING_BYTES, read, why=why)
    except AddressError as error:
        raise SourceFailed("{error}; {way_out}", error, WAY_OUT) from error

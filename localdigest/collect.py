"""What comes from outside: listings, from arXiv or from the user's own files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from localdigest.client import WAY_OUT, AddressError, Answer, Client, TransientError
from localdigest.errors import ArxivUnreachable, InputRefused
from localdigest.records import Listing

_LISTING_BYTES = 64 * 2**20

Parse = Callable[[bytes, str], Listing]
"""`feed.parse`: bytes and the name that its errors use."""


# ---------------------------------------------------------------- from arXiv


def fetch_listing(
    client: Client,
    categories: Collection[str],
    start: datetime,
    end: datetime,
    parse: Parse,
    page_size: int = 200,
) -> tuple[Listing, ...]:
    """All papers in any of `categories` (none: in all) submitted from `start` to `end`, as parsed pages.

    arXiv counts minutes, both ends included: `window.select` cuts to the second. Raises ArxivUnreachable.
    """
    pages: list[Listing] = []
    for _ in range(3):
        pages = _pages(client, _query(categories, start, end), parse, page_size)
        ids = {paper.id for page in pages for paper in page.papers}
        listed = len(ids) + sum(len(page.skipped) for page in pages)
        totals = {page.total for page in pages}
        if totals == {listed}:
            return tuple(pages)
        # Papers moved between the pages while we read: one may have slipped through.
        client.on_event(f"arXiv's listing changed while it was read ({listed} papers of {totals}); reading it again")
    client.on_event("arXiv's listing does not agree with its own count; some papers may be missing")
    return tuple(pages)


def _query(categories: Collection[str], start: datetime, end: datetime) -> str:
    first = start.astimezone(UTC)
    last = end.astimezone(UTC) + timedelta(seconds=59)
    span = f"submittedDate:[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]"
    return f"({' OR '.join(f'cat:{name}' for name in categories)}) AND {span}" if categories else span


def _pages(client: Client, query: str, parse: Parse, page_size: int) -> list[Listing]:
    def ask(at: int) -> Listing:
        def read(answer: Answer) -> Listing:
            try:
                page = parse(answer.body, f"arXiv's answer from paper {at + 1}")
            except InputRefused as error:
                if answer.status != 200:
                    raise AddressError(f"arXiv refuses the question ({answer.status}): {error}") from None
                raise TransientError(f"gave no listing ({error})", "broken") from None
            count = len(page.papers) + len(page.skipped)
            if page.total is None or count < min(page_size, max(page.total - at, 1 if at else 0)):
                raise TransientError(f"gave a short page ({count} papers from {at + 1} on, of {page.total})", "broken")
            return page

        order = {"sortBy": "submittedDate", "sortOrder": "descending"}
        fields = {"search_query": query, **order, "start": at, "max_results": page_size}
        return client.get(f"{client.api_url}?{urlencode(fields)}", _LISTING_BYTES, read)

    try:
        pages = [ask(0)]
        if not pages[0].total:
            # arXiv is known for false empty answers: believed when given twice.
            pages = [ask(0)]
        while len(pages) * page_size < (pages[0].total or 0):
            pages.append(ask(len(pages) * page_size))
    except AddressError as reason:
        raise ArxivUnreachable(f"{reason}; {WAY_OUT}") from None
    return pages


# ---------------------------------------------------------------- from the user's files


def read_listings(paths: Iterable[Path], parse: Parse) -> tuple[Listing, ...]:
    """Each file parsed. One that is refused refuses all: leaving it out would lose papers silently."""
    listings = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputRefused(f"{path}: cannot be read ({error.strerror})") from None
        listings.append(parse(data, str(path)))
    return tuple(listings)

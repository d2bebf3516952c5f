"""Listings into the store: what is due is asked for, or read from files, and each paper is put on its page.

    clock + pages made -> due days -> API, feed, OAI-PMH -> union of their papers -> pages, closed and stored

An announcement's page is closed only when a source has shown that the announcement is out; until then it stays open
and is due again. Nothing is placed before it is stored, and a page with its papers is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from localdigest.arxiv import calendar, questions
from localdigest.arxiv.client import Client, fresh_for
from localdigest.arxiv.listings import merge, parse
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ArxivUnreachable, InputRefused, SourceFailed
from localdigest.pages import contents, placing, window
from localdigest.pages.days import is_announcement, newest
from localdigest.records import Listing, Page, Paper, Window
from localdigest.store import Store
from localdigest.workspace.config import Config, Workspace

_NO_ADDRESS = Notice("there is no address to ask; set arxiv.api_url")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the sources said, by name, and for each that was asked in vain: why."""

    listings: Mapping[str, tuple[Listing, ...]]
    silent: Mapping[str, Notice]
    feed_day: date | None = None
    """The announcement that the feed holds."""
    filled_from: date | None = None
    """The first day that OAI-PMH told of."""

    def papers(self, source: str) -> tuple[Paper, ...]:
        return _papers(self.listings.get(source, ()))


def _papers(listings: Iterable[Listing]) -> tuple[Paper, ...]:
    return tuple(paper for listing in listings for paper in listing.papers)


def due(conf: Config, store: Store, day: date | None, now: datetime) -> tuple[date, ...]:
    """The announcements to ask for: that of `day`, or all that are due at `now`; none in submitted mode."""
    if conf.window.mode == "submitted":
        return ()
    return (day,) if day else placing.due(store.pages(), calendar.latest(now))


def fresh(conf: Config, day: date | None, now: datetime) -> float:
    """Seconds for which arXiv's earlier answers serve unasked (see `client.fresh_for`).

    What is due is always asked about: the feed of every day has one address, and an index that lags is asked until
    it shows what is due.
    """
    if conf.window.mode == "submitted":
        return fresh_for(_submitted(conf, day, now).end)
    old = day is not None and day < calendar.previous(calendar.latest(now))
    return fresh_for(calendar.window(day).end) if day and old else 0.0


def open_client(
    space: Workspace, day: date | None, now: datetime, say: Say, connect: Callable[..., Client] | None = None
) -> Client:
    """As configured, with the workspace's ledger and kept answers; `connect` makes it, for tests."""
    arxiv = space.config.arxiv
    return (connect or Client)(
        arxiv.contact,
        api_url=arxiv.api_url,
        pdf_url=arxiv.pdf_url,
        on_event=say,
        ledger=space.ledger,
        answers=space.cache,
        fresh=fresh(space.config, day, now),
    )


def from_arxiv(
    conf: Config, store: Store, client: Client, day: date | None, now: datetime, say: Say
) -> tuple[date, ...]:
    """Takes in the window of `day`, or closes the pages that are due at `now`, or that of `day`.

    Returns the days that stay open: arXiv answers, but does not show their announcements yet. Raises ArxivUnreachable
    where nothing is to be had; what is due then stays due.
    """
    if conf.window.mode == "submitted":
        span = _submitted(conf, day, now)
        question = questions.Question(conf.categories, span.start, span.end, span.day, span.day)
        listings = questions.api(client, conf.arxiv.api_url, question)
        _store_window(conf, store, listings, span, "arXiv", say)
        return ()
    pages, last, days = store.pages(), calendar.latest(now), due(conf, store, day, now)
    if not days:
        return ()
    if len(days) > 1:
        behind = Notice("{count} announcements to catch up with, from {first} to {last}", len(days), days[0], days[-1])
        say(behind)
    for year in calendar.unknown_years(days):
        say(
            Notice(
                "arXiv's holidays of {year} are not known to this localdigest: one looks like an announcement that is"
                " late",
                year,
            )
        )
    if day is None:
        for each in days:
            if each not in pages:
                store.place(Page(calendar.window(each), closed=False))
    look_back = timedelta(days=conf.window.look_back)
    question = questions.Question(
        conf.categories, calendar.window(days[0]).start - look_back, calendar.window(days[-1]).end, days[0], days[-1]
    )
    unchecked = () if day else placing.unchecked(pages, days[0])
    heard = _ask(conf, client, question, last, unchecked, say)
    out = tuple(each for each in days if _is_out(conf, client, each, heard))
    if out:
        close(conf, store, heard, out, question.start, say, asked=day is not None)
    return tuple(each for each in days if each not in out)


def from_files(
    conf: Config, store: Store, files: Sequence[Path], day: date | None, now: datetime, say: Say
) -> tuple[Paper, ...]:
    """Closes the page of `day`, or of the newest announcement that the files tell of and those due before it; or, see
    `pages.days.is_announcement`, takes in the window of `day`.

    Returns the files' papers. Raises InputRefused.
    """
    listings = read_listings(files)
    papers = merge(listings)
    if not is_announcement(conf, store, day, files):
        _store_window(conf, store, listings, _submitted(conf, day, now), "files", say)
    elif papers:
        told = max(paper.announced or calendar.day_of(paper.published) for paper in papers)
        last = min(calendar.latest(now), told)
        # Files may come one by one: what another lists of an announcement goes on the page that there is.
        days = (day,) if day else placing.due(store.pages(), last) or ((last,) if not calendar.why_none(last) else ())
        if days:
            start = calendar.window(days[0]).start
            close(conf, store, Answers({"files": listings}, {}), days, start, say, asked=day is not None)
    return papers


def read_listings(paths: Iterable[Path]) -> tuple[Listing, ...]:
    """Each file parsed. One that is refused refuses all: leaving it out would lose papers silently."""
    listings = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputRefused("{path}: cannot be read ({why})", path, error.strerror) from None
        listings.append(parse(data, str(path)))
    return tuple(listings)


def _submitted(conf: Config, day: date | None, now: datetime) -> Window:
    return window.submitted(day or newest(conf, now), conf.window.zone, conf.window.anchor)


def _store_window(conf: Config, store: Store, listings: Sequence[Listing], span: Window, source: str, say: Say) -> None:
    """Papers of a day's window of submission."""
    for skipped in (sentence for listing in listings for sentence in listing.skipped):
        say(skipped)
    papers = merge(listings)
    new = store.add_papers(papers)
    if conf.window.mode == "announced":
        store.place(Page(span, closed=True, asked=True))  # what `digest` and `render` go by later
    listed, shown = window.select(papers, span, conf.categories)
    store.note_collect(span.day, source, len(shown))
    matched = Notice("{count} in {categories}", len(shown), ", ".join(conf.categories) or Notice("all categories"))
    counts = len(papers), new, len(listed)
    say(
        Notice(
            "{papers} papers listed, {new} new; {listed} in the window of {day}, {matched}", *counts, span.day, matched
        )
    )
    if papers and not listed:
        first, last = (pick(paper.published for paper in papers).date() for pick in (min, max))
        say(Notice("they were submitted from {first} to {last}: choose a day with --date", first, last))


# ---------------------------------------------------------------- asking


def _ask(
    conf: Config, client: Client, question: questions.Question, last: date, unchecked: Collection[date], say: Say
) -> Answers:
    """The API always; the feed where it is of the last day; OAI-PMH for days that the feed no longer holds."""
    listings: dict[str, tuple[Listing, ...]] = {}
    silent: dict[str, Notice] = {}
    urls = {"api": conf.arxiv.api_url, "rss": conf.arxiv.rss_url, "oai": conf.arxiv.oai_url}

    def ask(source: str, asked: questions.Question) -> None:
        if not urls[source]:
            return
        try:
            listings[source] = questions.SOURCES[source](client, urls[source], asked)
        except SourceFailed as error:
            silent[source] = error.notice
        except ArxivUnreachable as error:
            if not listings:
                raise
            silent[source] = error.notice  # what the others said is worth a page

    ask("api", question)
    if question.last == last:
        ask("rss", question)
    feed_day = _feed_day(listings.get("rss", ()))
    missed = {*unchecked, *calendar.between(question.first - timedelta(days=1), question.last)}
    missed -= {last} if "api" in listings else set()
    if missed:
        ask("oai", replace(question, first=min(missed)))
    for source, reason in silent.items():
        say(Notice("{about}: {why}", source, reason))
    if not listings:
        raise ArxivUnreachable(next(iter(silent.values()), _NO_ADDRESS))
    only_fed = {paper.id for paper in _papers(listings.get("rss", ())) if paper.announce_type in placing.FRESH}
    only_fed -= {paper.id for source in ("api", "oai") for paper in _papers(listings.get(source, ()))}
    if only_fed and urls["api"] and "api" in listings:
        # Late papers, and cross-lists of older ones: submitted before the span that was asked for.
        try:
            listings["api"] += questions.by_id(client, urls["api"], sorted(only_fed))
        except ArxivUnreachable as error:
            unknown = Notice("when {count} papers of the feed were submitted is not known: {why}", len(only_fed), error)
            say(unknown)
    return Answers(listings, silent, feed_day, min(missed) if "oai" in listings else None)


def _feed_day(listings: Sequence[Listing]) -> date | None:
    """The announcement that a feed holds: its entries' date, or where it is empty the day on which it was made."""
    days = {paper.announced for paper in _papers(listings) if paper.announced}
    built = [calendar.listing_day(listing.built) for listing in listings if listing.built]
    return max(days) if days else max(built, default=None)


def _is_out(conf: Config, client: Client, day: date, heard: Answers) -> bool:
    """Whether a source shows that the announcement of `day` was made: an empty answer alone does not."""
    if heard.feed_day == day:
        return True
    dated = [calendar.day_of(paper.published) for paper in heard.papers("api")]
    dated += [paper.announced for paper in heard.papers("oai") if paper.announced]
    if any(day <= other for other in dated):
        return True
    if not conf.arxiv.api_url or "api" not in heard.listings:
        return False
    span = calendar.window(day)
    return questions.shows(client, conf.arxiv.api_url, span.start, span.end)


# ---------------------------------------------------------------- placing


def close(
    conf: Config, store: Store, heard: Answers, days: Sequence[date], start: datetime, say: Say, asked: bool = False
) -> None:
    """Stores the papers and closes the pages of `days`: one each, or one for all."""
    pages = store.pages()
    kept = {source: [_wanted(conf, listing) for listing in found] for source, found in heard.listings.items()}
    for skipped in (sentence for found in kept.values() for listing in found for sentence in listing.skipped):
        say(skipped)
    papers = merge(listing for found in kept.values() for listing in found)
    placed = store.placed([paper.id for paper in papers])
    since = placing.known_since(pages, days[0])
    placement = placing.place(papers, days, placed, since)
    seen = {name for name, where in placed.items() if where.day is None or where.day not in days}
    by_source = {source: _papers(found) for source, found in kept.items()}
    remarks = placing.compare(by_source, heard.feed_day, days, seen)
    remarks += tuple(f"{source} could not be asked: {reason}" for source, reason in heard.silent.items())
    for remark in remarks:
        say(remark)
    store.add_papers(papers)
    groups = [tuple(days)] if conf.window.catch_up == "one" else [(day,) for day in days]
    for number, group in enumerate(groups):
        day = group[-1]
        known = pages.get(day)
        page = Page(
            _window(group),
            closed=True,
            asked=asked and not (known and not known.asked),
            since=since or start,
            checked=heard.feed_day in group or (heard.filled_from is not None and heard.filled_from <= group[0]),
            sources=tuple(heard.listings),
            remarks=remarks if number == len(groups) - 1 else (),
        )
        new = [paper for each in group for paper in placement.new.get(each, ())]
        changed = [paper for each in group for paper in placement.replaced.get(each, ())]
        store.place(page, new, placement.before if not number else (), changed if conf.window.replacements else ())
        store.note_collect(
            day, "files" if "files" in heard.listings else "arXiv", len(contents.read(conf, store, day).papers)
        )
        late = sum(paper.published < page.window.start for paper in new)
        counted = Notice("1 paper") if len(new) == 1 else Notice("{count} papers", len(new))
        aside = Notice(", {count} late", late) if late else ""
        say(Notice("announcement of {days}: {papers}{late}", _named(group), counted, aside))
    for page in pages.values():
        if heard.filled_from and heard.filled_from <= page.window.day < days[0] and page.closed:
            store.place(replace(page, checked=True))


def _wanted(conf: Config, listing: Listing) -> Listing:
    """Without its replacements, unless they are wanted."""
    kept = (p for p in listing.papers if conf.window.replacements or not p.announce_type.startswith("replace"))
    return replace(listing, papers=tuple(kept))


def _window(days: Sequence[date]) -> Window:
    first, last = calendar.window(days[0]), calendar.window(days[-1])
    return replace(last, start=first.start, days=tuple(days))


def _named(days: Sequence[date]) -> Notice | str:
    return str(days[0]) if len(days) == 1 else Notice("{first} to {last}", days[0], days[-1])

"""What a package's records may hold: a type, a range and a consistency for every field, in one place.

Of each record a struct is made with the same fields, which is decoded into and thrown away: `content` decodes the same
bytes again, into the record itself, once nothing was refused here. A field has the range of its type unless RANGES
names another; one of a type without a range, such as a number with a point, cannot be without. A range is generous by
ten times and more; what it keeps out is what no program of ours writes and what later code would have to multiply,
recurse or reckon by. How much there may be of a list is bounded by its file's size.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from localdigest import records

_PLAIN = r"\A[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*\Z"
"""Nothing that a terminal, or the direction of a line, obeys."""
_DAYS = date(1990, 1, 1), date(2200, 1, 1)
"""arXiv is younger; and at the ends of the calendar a change of zone overflows."""

MOST_DAYS = 31
"""Of announcements that one page holds: arXiv's longest holidays last ten."""

Word = Annotated[str, Meta(max_length=300, pattern=_PLAIN)]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=_PLAIN)]
Line = Annotated[str, Meta(max_length=20_000)]
Text = Annotated[str, Meta(max_length=200_000)]
Key = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
# The form that `arxiv.entry` gives an id.
_MONTH = "[0-9]{2}(?:0[1-9]|1[0-2])"
Id = Annotated[str, Meta(pattern=rf"\A(?:{_MONTH}\.[0-9]{{4,5}}|[a-z]+(?:-[a-z]+)?/{_MONTH}[0-9]{{3}})\Z")]
Language = Annotated[str, Meta(pattern=r"\A[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")]
Version = Annotated[int, Meta(ge=0, le=999)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Time = Annotated[datetime, Meta(tz=True)]
Confidence = Annotated[float, Meta(ge=-1e6, le=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
PageNumber = Annotated[int, Meta(ge=1, le=100_000)]

BY_TYPE: Mapping[Any, Any] = {
    str: Line, int: Count, datetime: Time, date: date, bool: bool, NoneType: None,
}  # fmt: skip
RANGES: Mapping[str, Mapping[str, Any]] = {
    "Paper": {
        "id": Id, "version": Version, "categories": tuple[Word, ...], "primary_category": Word, "announce_type": Word,
        "doi": Word,
    },
    "Window": {"anchor": Annotated[str, Meta(pattern=r"\A(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")], "zone": Name},
    "Day": {"categories": tuple[Word, ...], "absent": dict[Id, Line]},
    "Finding": {"code": Name},
    "Evidence": {"page": Annotated[int, Meta(ge=0, le=100_000)]},
    "Point": {
        "text": Annotated[str, Meta(min_length=1, max_length=20_000)], "depth": Annotated[int, Meta(ge=0, le=9)],
        "lead": Word,
    },
    "Translation": {
        "text": Annotated[str, Meta(min_length=1, max_length=200_000, pattern=r"\S")],
        "pairs": tuple[tuple[Text, Text], ...], "confidence": tuple[Confidence | None, ...],
    },
    "Source": {"kind": Name, "sha256": Word, "read_share": Share},
    "ShownFigure": {"label": Word, "page": PageNumber},
    "Sampling": {
        "temperature": Annotated[float, Meta(ge=0, le=100)], "top_p": Share,
        "seed": Annotated[int, Meta(ge=0, le=2**63 - 1)], "presence_penalty": Annotated[float, Meta(ge=-100, le=100)],
    },
    "Provenance": {
        "model": Word, "model_sha256": Word, "prompt": Word, "localdigest": Word, "engine": Word,
        "seconds": Annotated[float, Meta(ge=0, le=1e9)],
    },
    # Finished work alone is carried.
    "Result": {
        "paper_id": Id, "version": Version, "language": Language, "status": Literal["done"], "reason": Literal[""],
    },
    "Finished": {"results": tuple[tuple[Key, records.Result], ...]},
    "Model": {
        "name": Name, "file": Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.+-]{0,140}\.gguf\Z")],
        "size": Annotated[int, Meta(ge=1, le=1 << 50)], "sha256": Key,
    },
}  # fmt: skip
"""By record and field, where it is not that of the field's type."""


_NONE = dataclasses.MISSING, msgspec.NODEFAULT


@functools.cache
def _struct(record: Any) -> Any:
    """The fields of `record` with their ranges, and what they must be together."""
    hints, ranges = get_type_hints(record), dict(RANGES.get(record.__name__, {}))
    is_struct = issubclass(record, msgspec.Struct)
    listed: Iterable[Any] = msgspec.structs.fields(record) if is_struct else dataclasses.fields(record)
    found: list[Any] = []
    for each in listed:
        default: tuple[Any, ...] = () if each.default in _NONE else (each.default,)
        if each.default_factory not in _NONE:
            default = (msgspec.field(default_factory=each.default_factory),)
        found.append((each.name, allowed(ranges.pop(each.name, hints[each.name])), *default))
    if ranges:
        raise TypeError(f"{record.__name__} has no {', '.join(ranges)}")
    check = {"__post_init__": CHECKS[record.__name__]} if record.__name__ in CHECKS else {}
    strict = is_struct and record.__struct_config__.forbid_unknown_fields
    return msgspec.defstruct(record.__name__, found, namespace=check, frozen=True, forbid_unknown_fields=strict)


def allowed(kind: Any) -> Any:
    """What `kind`, a record or a field's type, is let in by. Raises TypeError for a field that has no range."""
    if hasattr(kind, "__dataclass_fields__") or hasattr(kind, "__struct_fields__"):
        return _struct(kind)
    within, origin = get_args(kind), get_origin(kind)
    if origin in (Annotated, Literal):
        return kind
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if origin in (Union, UnionType):
        return Union[tuple(map(allowed, within))]  # noqa: UP007
    if origin is tuple:
        return tuple[tuple(each if each is ... else allowed(each) for each in within)]  # type: ignore[misc]
    if origin is dict:
        return dict[tuple(map(allowed, within))]  # type: ignore[misc]
    raise TypeError(f"{kind}: a field of it needs a range of its own")


# ---------------------------------------------------------------- consistency


def _paper(self: Any) -> None:
    _within(self.published, self.updated, self.announced)


def _window(self: Any) -> None:
    _within(self.day, self.start, self.end, *self.days)
    if len(self.days) > MOST_DAYS or max(self.days, default=self.day) > self.day:
        raise ValueError("a window of days that are not its own")
    if self.start >= self.end:
        raise ValueError("a window that ends before it begins")
    try:
        ZoneInfo(self.zone)
    except (OSError, ValueError, LookupError):
        raise ValueError("a time zone that is none") from None


def _page(self: Any) -> None:
    _within(self.since)


def _replacement(self: Any) -> None:
    if self.previous and (self.previous.id != self.paper.id or self.previous.version >= self.paper.version):
        raise ValueError("a replacement of another paper, or of a later version")


def _day(self: Any) -> None:
    _within(self.day)
    if self.page and self.page.window.day != self.day:
        raise ValueError("a page of another day")
    if self.absent.keys() - {paper.id for paper in self.papers}:
        raise ValueError("a PDF that is absent of a paper that is none of the day's")
    _once("a paper twice", (paper.id for paper in (*self.papers, *self.before)))
    _once("a replacement twice", ((each.paper.id, each.paper.version) for each in self.replaced))


def _translation(self: Any) -> None:
    if self.confidence and len(self.confidence) != len(self.pairs):
        raise ValueError("confidence of other sentences than there are")
    if any(each.sentence is not None and each.sentence >= len(self.pairs) for each in self.findings):
        raise ValueError("a finding of a sentence that is not there")


def _source(self: Any) -> None:
    if self.pages_with_text > self.pages or self.sentences_shown > self.sentences:
        raise ValueError("a share that is more than the whole")


def _breakdown(self: Any) -> None:
    _once("a part twice", (part.name for part in self.parts))


def _result(self: Any) -> None:
    made = {"translate": self.translation, "explain": self.breakdown}
    if made.pop(self.task) is None or any(made.values()):
        raise ValueError("a result that is none of finished work")


def _finished(self: Any) -> None:
    _within(self.day)
    _once("a result twice", (key for key, _ in self.results))


def _within(*moments: date | datetime | None) -> None:
    """Raises ValueError for one that cannot be reckoned with."""
    for moment in moments:
        if moment is not None and not _DAYS[0] <= date(moment.year, moment.month, moment.day) < _DAYS[1]:
            raise ValueError("a time that is none of arXiv's")


def _once(what: str, keys: Iterable[object]) -> None:
    if any(count > 1 for count in Counter(keys).values()):
        raise ValueError(what)


CHECKS: Mapping[str, Callable[[Any], None]] = {
    "Paper": _paper, "Window": _window, "Page": _page, "Replacement": _replacement, "Day": _day,
    "Translation": _translation, "Source": _source, "Breakdown": _breakdown, "Result": _result, "Finished": _finished,
}  # fmt: skip
"""By record: what its fields must be together."""

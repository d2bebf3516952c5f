"""Papers per day and category as stacked bars, an SVG in the page. Pure: counts in, text out.

Colours are classes (`c0` to `c6`), so that the page's style sheet chooses them for light and dark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

MOST_BARS = 80
"""More days than this are drawn as weeks."""
MOST_WEEKS = 104
MOST_TOPICS = 6
"""Categories with a colour of their own; the rest is one more."""

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 200, 34, 22, 8
WIDEST = 26
"""Of a bar, in the units of the picture."""

Bars = Sequence[tuple[date, Mapping[str, int]]]


def by_week(days: Bars) -> bool:
    return len(days) > MOST_BARS


def topics(days: Bars) -> tuple[str, ...]:
    """The categories that get a colour, most papers first."""
    totals = sum((Counter(counts) for _, counts in days), Counter[str]())
    return tuple(name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOPICS])


def bars(days: Bars) -> tuple[tuple[date, Counter[str]], ...]:
    """What is drawn, oldest first: the days, or the weeks by their Mondays."""
    if not by_week(days):
        return tuple(sorted(((day, Counter(counts)) for day, counts in days), key=lambda bar: bar[0]))
    weeks: dict[date, Counter[str]] = {}
    for day, counts in days:
        weeks.setdefault(day - timedelta(days=day.weekday()), Counter()).update(counts)
    return tuple(sorted(weeks.items()))[-MOST_WEEKS:]


def svg(days: Bars, title: str, other: str) -> Markup:
    """Papers of each day by category, with `title`; `other` names the categories without a colour. "" for no days."""
    drawn = bars(days)
    if not drawn:
        return Markup("")
    top = _ceiling(max(sum(counts.values()) for _, counts in drawn))
    named, parts = topics(days), Markup().join(_axis(top))
    slot = (WIDTH - LEFT) / len(drawn)
    wide = min(slot * 0.72, WIDEST)
    every = max(1, round(len(drawn) / 9))
    for place, (day, counts) in enumerate(drawn):
        middle = LEFT + slot * (place + 0.5)
        parts += _bar(middle - wide / 2, wide, counts, named, top, f"{day}", other)
        if place % every == 0:
            parts += Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{:%m-%d}</text>').format(
                middle, HEIGHT - 6, day
            )
    return Markup('<svg class="chart" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, parts
    )


def _bar(
    left: float, wide: float, counts: Mapping[str, int], named: Sequence[str], top: int, day: str, other: str
) -> Markup:
    rest = sum(count for name, count in counts.items() if name not in named)
    stacked = [(place, name, counts.get(name, 0)) for place, name in enumerate(named)] + [(MOST_TOPICS, other, rest)]
    told = ", ".join(f"{name} {count}" for _, name, count in stacked if count)
    pieces, below = Markup("<title>{}: {}</title>").format(day, told), 0
    for place, _, count in stacked:
        if count:
            y, height = _y(below + count, top), _y(below, top) - _y(below + count, top)
            pieces += Markup('<rect class="c{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                place, left, y, wide, height
            )
            below += count
    return Markup("<g>{}</g>").format(pieces)


def _axis(top: int) -> Iterator[Markup]:
    for count in (0, top // 2, top):
        line = '<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        y = _y(count, top)
        yield Markup(line).format(LEFT, WIDTH, y, y, LEFT - 6, y + 4, count)


def _y(count: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * count / top


def _ceiling(most: int) -> int:
    """The next number that is round and even: its half is on the axis too."""
    unit = 2 * int(10 ** max(0, len(str(most)) - 2))
    return max(unit, -(-most // unit) * unit)

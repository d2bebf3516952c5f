"""How a workspace stands, in words: rows of a name and what is so. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from localdigest.messages import _, told
from localdigest.messages.terminal import plain
from localdigest.pages.standing import Standing
from localdigest.records import Status, Task

Speeds = Sequence[tuple[str, int, float, int, float | None]]
"""Of `Store.speeds`: a model's name, the tokens it wrote, the seconds that took, the pieces of work, and the prompt
tokens that were decoded for each one written."""
Row = tuple[str, str, str]
"""A name, what is so, and the colour for a terminal."""

SMALL = 1 << 16
"""Bytes below which a folder is not worth a word."""


def rows(found: Standing, speeds: Speeds) -> list[Row]:
    """In the order of reading: what there is, what is missing and why, how fast it goes, what it takes."""
    days = found.days
    span = _("{count}, {first} to {last}", len(days), days[0], days[-1]) if days else "0"
    papers = _("{listed} listed, {shown} for your pages", found.listed, found.shown)
    names: dict[Task, str] = {"translate": _("translations"), "explain": _("breakdowns")}
    table: list[Row] = [(_("pages"), span, ""), (_("papers"), papers, "")]
    for task, counts in found.counts.items():
        states = [f"{count} {_states(state)}" for state, count in counts.items() if state == "done" or count]
        left = sum(count for state, count in counts.items() if state in ("pending", "failed"))
        table.append((names[task], ", ".join(states), "" if left else "green"))
    table += [(f"{count:>10}", plain(told(reason.notice)), "yellow") for reason, count in found.reasons.items()]
    table += [(_("speed"), line, "") for line in speed(speeds)]
    sizes = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in found.disk.items() if size > SMALL)
    disk = f"{sum(found.disk.values()) / 2**20:.1f} MiB" + (f" ({sizes})" if sizes else "")
    table += [(_("disk"), disk, ""), (_("last collect"), _last(found), "")]
    text = _("{name}: {rate:.1f} tokens/s, {tokens} tokens in its last run")
    table += [
        (_("node"), text.format(name=plain(node.name), rate=node.rate, tokens=node.output_tokens), "")
        for node in found.nodes
    ]
    if any(found.marks.values()):
        called = {"starred": _("starred"), "hidden": _("hidden"), "noted": _("noted")}
        marks = ", ".join(f"{times} {called.get(mark, mark)}" for mark, times in found.marks.items() if times)
        table.append((_("your marks"), marks, ""))
    return table


def speed(speeds: Speeds) -> list[str]:
    """A line a model, the one that made most first."""
    text = _("{rate:.1f} tokens/s, {seconds:.0f} s a translation or breakdown ({model}, the last {count})")
    read = _("; {read:.1f} prompt tokens decoded for each one written")
    return [
        text.format(rate=tokens / seconds, seconds=seconds / count, model=model, count=count)
        + (read.format(read=decoded) if decoded else "")
        for model, tokens, seconds, count, decoded in sorted(speeds, key=lambda row: -row[3])
    ]


def _states(state: Status) -> str:
    return {"done": _("done"), "pending": _("pending"), "failed": _("failed"), "skipped": _("skipped")}[state]


def _last(found: Standing) -> str:
    last = found.last_collect
    if last is None:
        return _("none yet")
    return _("{time} UTC from {source}: {papers} papers for {day}").format(
        time=f"{last.at:%Y-%m-%d %H:%M}", source=plain(last.source), papers=last.papers, day=last.day
    )


def words(table: Sequence[Row]) -> str:
    """Plain lines, for a pipe."""
    return "\n".join(f"{name:13} {fact}" for name, fact, _colour in table)

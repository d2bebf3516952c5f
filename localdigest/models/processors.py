"""How many threads a model is given: cores that this process may use, by affinity, siblings and a container's quota,
and how many of them others leave it now. Reading (Linux) and deciding are apart."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LOOK = 1.0
"""Seconds between two looks at what other programs take."""

# ---------------------------------------------------------------- deciding


def cores(allowed: Collection[int], siblings: Mapping[int, str], quotas: Iterable[float]) -> int:
    """Cores for a model's threads: of the `allowed` processors those that share a core (`siblings`, a text such as
    `0,4` or `0-1` for each) count once, as its arithmetic fills a core; no more than whole processors of each quota."""
    distinct = len({siblings.get(number, str(number)) for number in allowed})
    return max(1, min([distinct, *(int(quota) for quota in quotas)]))


def quota(text: str) -> float | None:
    """Processors of `cpu.max` ("150000 100000"), or of v1's quota and period put together so; None: no limit."""
    found = re.fullmatch(r"(\d+)\s+(\d+)\s*", text)
    return int(found[1]) / int(found[2]) if found and int(found[2]) else None


def control_groups(text: str, controller: str = "cpu") -> dict[str, Path]:
    """Of /proc/self/cgroup, the process's groups of a controller: "" of version 2, else all that share its line."""
    lines = (line.split(":", 2) for line in text.splitlines() if line.count(":") >= 2)
    return {names: Path(path.strip("/")) for _, names, path in lines if not names or controller in names.split(",")}


@dataclass(frozen=True, slots=True)
class Look:
    """At the processors, in seconds since some beginning."""

    at: float
    busy: float
    """Of all programs together."""
    own: float


def busy(stat: str, allowed: Collection[int], tick: float) -> float:
    """Seconds that the `allowed` processors have worked, by /proc/stat in `tick`s; what a hypervisor gave to others
    counts, waiting for a disk does not."""
    total = 0
    for line in stat.splitlines():
        if (found := re.match(r"cpu(\d+) (.+)", line)) and int(found[1]) in allowed:
            user, nice, system, _idle, _wait, *interrupts_and_steal = map(int, found[2].split()[:8])
            total += user + nice + system + sum(interrupts_and_steal)
    return total / tick


def threads(most: int, processors: int, before: Look, after: Look) -> int:
    """How many of `most` to use where others took what they did of all `processors` between two looks.

    Threads wait for each other: one that shares its core with another program halves the speed of all.
    """
    others = max(0.0, after.busy - before.busy - (after.own - before.own)) / max(after.at - before.at, 1e-9)
    return max(1, min(most, int(processors - others + 0.5)))


# ---------------------------------------------------------------- reading


def usable_cores() -> int:
    """`cores` of this process."""
    allowed = _allowed()
    return cores(allowed, {number: _siblings(number) for number in allowed}, _quotas())


def usable_processors() -> int:
    """Those that siblings share a core with counted too, within the quotas."""
    return cores(_allowed(), {}, _quotas())


def _allowed() -> frozenset[int]:
    return frozenset(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def _siblings(number: int) -> str:
    folder = Path(f"/sys/devices/system/cpu/cpu{number}/topology")
    for name in ("core_cpus_list", "thread_siblings_list"):
        with contextlib.suppress(OSError):
            return (folder / name).read_text().strip()
    return str(number)


def _quotas(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> Iterator[float]:
    """Of this process's control groups, from its own up to the root; both versions."""
    try:
        groups = {"": Path(), **control_groups(own.read_text())}
    except OSError:
        return
    for names, path in groups.items():
        for group in (path, *path.parents):
            for base in (root, root / "unified") if not names else (root / names, root / "cpu"):
                with contextlib.suppress(OSError):
                    files = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if names else ("cpu.max",)
                    found = quota(" ".join((base / group / file).read_text().strip() for file in files))
                    if found is not None:
                        yield found


def _look() -> Look:
    own = os.times()
    return Look(
        time.monotonic(),
        busy(Path("/proc/stat").read_text(), _allowed(), float(os.sysconf("SC_CLK_TCK"))),
        own.user + own.system,
    )


class Room:
    """Steps back to fewer threads while other programs keep the processors busy, and forward again."""

    def __init__(
        self,
        most: int,
        processors: int = 0,
        look: Callable[[], Look] = _look,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = self.threads = most
        self._processors = processors or len(_allowed())
        self._look, self._clock = look, clock
        self._last = self._try() if most > 1 else None

    def look(self) -> int:
        """How many threads to use now; looks once a second at most."""
        if self._last is not None and self._clock() - self._last.at >= LOOK:
            before, self._last = self._last, self._try()
            if self._last is not None:
                self.threads = threads(self.most, self._processors, before, self._last)
        return self.threads

    def _try(self) -> Look | None:
        """None where nobody tells: elsewhere than on Linux."""
        try:
            return self._look()
        except (OSError, ValueError, AttributeError):
            return None

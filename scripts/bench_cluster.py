"""What a cluster costs its driver, measured without a model: 500 papers over 8 actors whose requests take a fixed time.

    python scripts/bench_cluster.py [--papers 500] [--nodes 8] [--slots 16] [--seconds 2] [--kills 0]

Every paper is translated and explained by the real flows, its results are stored one by one in a real library; only
the engines on the nodes sleep instead of decoding. `--kills` ends so many actors at random meanwhile, with SIGKILL.
Prints the wall time beside that of one engine with all the slots whose driver costs nothing (the same rounds of
requests, on a clock of their own), the driver's processor time and memory, and what is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from localdigest import pdf, store  # noqa: E402
from localdigest.arxiv import listings  # noqa: E402
from localdigest.engine.cluster.nodes import open_cluster  # noqa: E402
from localdigest.flows import condense, translate  # noqa: E402
from localdigest.flows.brief import TASKS, Brief, load  # noqa: E402
from localdigest.pages import plan  # noqa: E402
from localdigest.records import Completion, Message, Request, Translation, Usage  # noqa: E402
from localdigest.run import work  # noqa: E402
from localdigest.run.drive import Draft, Flow, drive  # noqa: E402
from localdigest.workspace import config  # noqa: E402
from tests.kit.places import SAMPLE  # noqa: E402
from tests.kit.scripted_node import SPEC, Paced, ray_cluster  # noqa: E402

REQUESTS = 38.5
"""Of a paper, about: for when to kill."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("papers", 500), ("nodes", 8), ("slots", 16), ("kills", 0), ("seed", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--seconds", type=float, default=2.0, help="that each request takes in its slot")
    print(json.dumps(measure(**vars(options.parse_args())), indent=2))


def measure(papers: int, nodes: int, slots: int, seconds: float, kills: int, seed: int) -> dict[str, object]:
    os.environ |= {"PACED_SLOTS": str(slots), "PACED_SECONDS": str(seconds)}
    rounds: list[list[int]] = []
    memory: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder, ray_cluster(nodes) as ray:
        config.create(Path(folder))
        space = config.open_workspace(Path(folder))
        brief, works = load(space, dict.fromkeys(TASKS, SPEC)), _works(papers)
        engine = open_cluster(
            ray.address, SPEC, None, "cpu", lambda text: _say(str(text)), "tests.kit.scripted_node:paced"
        )
        while engine.slots < nodes * slots:  # so that the figures are of all
            engine.step()
        killer = _Killer(kills, papers * REQUESTS * seconds / (nodes * slots), seed)
        began, processor, done = time.monotonic(), time.process_time(), 0
        with store.Store(space.library) as library:
            library.add_papers(piece.paper for piece, _ in works)
            for piece, outcome in drive(_flows(works, brief, rounds), engine, killer.look):
                library.save(piece.key, work.result(piece, outcome, brief, engine.description))
                done += 1
                if done % (papers // 5) == 0:
                    memory[done] = _resident()
            wall, processor = time.monotonic() - began, time.process_time() - processor
            stored = library.stored([piece.key for piece, _ in works])
        engine.close()
    least = _ideal(rounds, nodes * slots, seconds)
    return {
        "papers": papers,
        "nodes": nodes,
        "slots": slots,
        "seconds a request": seconds,
        "requests": sum(map(sum, rounds)),
        "wall seconds": round(wall, 1),
        "of one engine whose driver costs nothing": round(least, 1),
        "overhead": round(wall / least - 1, 4),
        "driver processor seconds": round(processor, 1),
        "driver processor seconds a paper": round(processor / papers, 4),
        "driver MiB by results stored": {count: size >> 20 for count, size in memory.items()},
        "actors killed": killer.killed,
        "results done": sum(status == "done" for status, _, _ in stored.values()),
        "results missing": 2 * papers - len(stored),
    }


Piece = tuple[plan.Work, str]
"""A piece of work, and the sample paper that its text and its PDF are those of."""


def _works(papers: int) -> list[Piece]:
    known = listings.parse((SAMPLE / "atom.xml").read_bytes(), "atom.xml").papers
    some = [(replace(known[i % len(known)], id=f"2601.{i:05}"), known[i % len(known)].file_stem) for i in range(papers)]
    return [
        (plan.Work(f"{task} {paper.id}", paper, task, "zh-CN"), stem) for task in plan.TASKS for paper, stem in some
    ]


def _flows(works: Sequence[Piece], brief: Brief, rounds: list[list[int]]) -> Iterator[tuple[plan.Work, Flow]]:
    """Each PDF is read once: reading is done by other processes, and is measured elsewhere."""
    documents = {path.stem: pdf.read(path) for path in (SAMPLE / "pdfs").glob("*.pdf")}
    for piece, stem in works:
        flow: Flow = translate.translate(piece.paper, brief.means("translate", piece.paper))
        if piece.task == "explain":
            flow = condense.explain(piece.paper, documents[stem], brief.means("explain", piece.paper), brief.lengths)
        rounds.append([])
        yield piece, _recorded(flow, rounds[-1])


def _recorded(flow: Flow, rounds: list[int]) -> Flow:
    """The same flow; `rounds` gets how many requests it has at a time."""
    requests = next(flow)
    while True:
        rounds.append(len(requests))
        answers = yield requests
        try:
            requests = flow.send(answers)
        except StopIteration as stop:
            draft: Draft = stop.value
            return draft


class _Ideal(Paced):
    """Jumps to the next end instead of sleeping."""

    def __init__(self, slots: int, seconds: float) -> None:
        super().__init__(slots, seconds)
        self.clock = 0.0

    def step(self) -> list[tuple[int, Completion]]:
        while self._waiting and len(self._active) < self.slots:
            self._active.append((self.clock + self._seconds, *self._waiting.popleft()))
        self.clock = min(end for end, _, _ in self._active)
        over = [ticket for end, ticket, _ in self._active if end <= self.clock]
        self._active = [entry for entry in self._active if entry[0] > self.clock]
        return [(ticket, Completion("", "stop")) for ticket in over]


def _ideal(rounds: list[list[int]], slots: int, seconds: float) -> float:
    """Seconds that one engine with all the slots needs for these rounds of requests."""
    asked = Request((Message("user", ""),), 1)

    def flow(sizes: list[int]) -> Generator[list[Request], list[Completion], Draft]:
        for size in sizes:
            yield [asked] * size
        return Translation("", ()), Usage()

    engine = _Ideal(slots, seconds)
    for _ in drive(((number, flow(sizes)) for number, sizes in enumerate(rounds)), engine, lambda: None):
        pass
    return engine.clock


class _Killer:
    """Ends actors at random moments of the time that the work is expected to take."""

    def __init__(self, kills: int, expected: float, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311
        self._began = time.monotonic()
        self._moments = sorted(self._dice.uniform(0.02, 0.9) * expected for _ in range(kills))
        self.killed = 0

    def look(self) -> None:
        while self.killed < len(self._moments) and time.monotonic() - self._began > self._moments[self.killed]:
            victims = actors()
            if not victims:
                return
            os.kill(self._dice.choice(victims), signal.SIGKILL)
            self.killed += 1


def actors() -> list[int]:
    """Process ids of the actors of the clusters that this process has started."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            names[int(folder.name)] = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])

    def ours(pid: int) -> bool:
        while pid in parents and pid != os.getpid():
            pid = parents[pid]
        return pid == os.getpid()

    return [pid for pid, name in names.items() if name.startswith("ray::Node") and ours(pid)]


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()

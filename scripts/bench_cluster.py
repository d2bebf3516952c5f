"""What a cluster costs its driver, measured without a model: 500 papers over 8 actors whose requests take a fixed time.

    python scripts/bench_cluster.py [--papers 500] [--nodes 8] [--slots 16] [--seconds 2] [--kills 0]

Every paper is translated and explained by the real flows, its results are stored one by one in a real library; only
the engines on the nodes sleep instead of decoding. `--kills` ends so many actors at random meanwhile, with SIGKILL.
Prints how much of the engines' time stood empty, the driver's own processor time and memory, and what is missing.
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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scripted_engine import SAMPLE  # noqa: E402
from scripted_node import SPEC, ray_cluster  # noqa: E402

from localdigest import config, explain, feed, pages, pdf, plan, store, translate, work  # noqa: E402
from localdigest.cluster.nodes import open_cluster  # noqa: E402
from localdigest.drive import Flow, drive  # noqa: E402
from localdigest.errors import LocaldigestError  # noqa: E402
from localdigest.records import Result  # noqa: E402

Due = tuple[plan.Work, Flow | LocaldigestError]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("papers", 500), ("nodes", 8), ("slots", 16), ("kills", 0), ("seed", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--seconds", type=float, default=2.0, help="that each request takes in its slot")
    print(json.dumps(measure(**vars(options.parse_args())), indent=2))


def measure(papers: int, nodes: int, slots: int, seconds: float, kills: int, seed: int) -> dict[str, object]:
    os.environ |= {"PACED_SLOTS": str(slots), "PACED_SECONDS": str(seconds)}
    known = feed.parse((SAMPLE / "atom.xml").read_bytes(), "atom.xml").papers
    documents = {paper.id: pdf.read(SAMPLE / "pdfs" / f"{paper.file_stem}.pdf") for paper in known}
    some = [(replace(known[i % len(known)], id=f"2601.{i:05}"), known[i % len(known)].id) for i in range(papers)]
    with tempfile.TemporaryDirectory() as folder, ray_cluster(nodes) as ray:
        config.create(Path(folder))
        space = config.open_workspace(Path(folder))
        texts = pages.texts(space)
        means = {task: texts.means(task, SPEC.sampling, "standard") for task in plan.TASKS}

        def flows() -> Iterator[Due]:
            for task in plan.TASKS:
                for paper, original in some:
                    piece = plan.Work(f"{task} {paper.id}", paper, task, "zh-CN")
                    if task == "translate":
                        yield piece, translate.translate(paper, means[task])
                    else:
                        yield (
                            piece,
                            explain.explain(paper, documents[original], means[task], space.config.breakdown.lengths),
                        )

        engine = open_cluster(ray.address, SPEC, None, "cpu", _say, "scripted_node:paced")
        while engine.slots < nodes * slots:  # all of them, so that the figures are of all
            engine.step()
        killer = _Killer(kills, papers * seconds * 38 / (nodes * slots), seed)
        memory: dict[int, int] = {}
        done: set[str] = set()
        began, processor = time.monotonic(), time.process_time()
        with store.Store(space.library) as library:
            library.add_papers(paper for paper, _ in some)
            for piece, outcome in drive(flows(), engine, killer.look):
                result: Result = work.result(piece, outcome, texts, SPEC, engine.description)
                library.save(piece.key, result)
                done.add(piece.key)
                if len(done) % (papers // 5) == 0:
                    memory[len(done)] = _resident()
            wall, processor = time.monotonic() - began, time.process_time() - processor
            stats = engine.stats
            stored = library.stored([f"{task} {paper.id}" for task in plan.TASKS for paper, _ in some])
        engine.close()
    busy = sum(one.decode_seconds for one in stats.members.values())
    return {
        "papers": papers,
        "nodes": nodes,
        "slots": slots,
        "seconds a request": seconds,
        "requests answered": stats.output_tokens // 20,
        "wall seconds": round(wall, 1),
        "slot time empty": round(1 - busy / (wall * nodes * slots), 4),
        "driver processor seconds": round(processor, 1),
        "driver share of wall time": round(processor / wall, 4),
        "driver processor seconds a paper": round(processor / papers, 4),
        "driver MiB by results stored": {count: size >> 20 for count, size in memory.items()},
        "actors killed": killer.killed,
        "results": len(stored),
        "done": sum(status == "done" for status, _, _ in stored.values()),
        "missing": 2 * papers - len(stored),
    }


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
    """Process ids of the actors of clusters that this process has started."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            names[int(folder.name)] = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])

    def ours(pid: int) -> bool:
        while pid in parents:
            if pid == os.getpid():
                return True
            pid = parents[pid]
        return False

    return [pid for pid, name in names.items() if name.startswith("ray::Node") and ours(pid)]


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()

"""How many threads: affinity, siblings, quotas of both kinds of control groups, and what others take."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.models.processors import Look, Room, busy, control_groups, cores, quota, threads, usable_cores
from localdigest.models.processors import _quotas as quotas

HYPERTHREADS = {number: f"{number % 4},{number % 4 + 4}" for number in range(8)}


@pytest.mark.parametrize(
    ("allowed", "siblings", "limits", "expected"),
    [
        (range(2), {0: "0", 1: "1"}, [], 2),
        (range(8), HYPERTHREADS, [], 4),
        ([0, 4], HYPERTHREADS, [], 1),
        ([0, 1, 5], HYPERTHREADS, [], 2),
        (range(64), {}, [2.5, 8.0], 2),
        (range(64), {}, [0.5], 1),
    ],
)
def test_a_core_has_one_thread_within_affinity_and_quotas(
    allowed: list[int], siblings: dict[int, str], limits: list[float], expected: int
) -> None:
    assert cores(allowed, siblings, limits) == expected


def test_quotas_are_read_as_both_kinds_of_control_groups_write_them(tmp_path: Path) -> None:
    assert (quota("250000 100000\n"), quota("max 100000\n"), quota("-1 100000"), quota("")) == (2.5, None, None, None)
    told = "12:cpuset:/a\n4:cpu,cpuacct:/docker/x\n0::/user.slice/run.scope\n"
    assert control_groups(told) == {"cpu,cpuacct": Path("docker/x"), "": Path("user.slice/run.scope")}
    own, root = tmp_path / "cgroup", tmp_path / "fs"
    own.write_text(told)
    (root / "user.slice" / "run.scope").mkdir(parents=True)
    (root / "user.slice" / "run.scope" / "cpu.max").write_text("max 100000\n")
    (root / "user.slice" / "cpu.max").write_text("300000 100000\n")
    (root / "cpu,cpuacct").mkdir()
    # In a container the group's own path is not there: its root is what is mounted.
    (root / "cpu,cpuacct" / "cpu.cfs_quota_us").write_text("150000\n")
    (root / "cpu,cpuacct" / "cpu.cfs_period_us").write_text("100000\n")
    assert sorted(quotas(root, own)) == [1.5, 3.0]
    assert list(quotas(root, tmp_path / "absent")) == []


def test_the_work_of_the_processors_that_may_be_used_is_read_from_the_kernels_table() -> None:
    stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 20 30 5000 700 1 2 47 0 0\ncpu1 50 0 0 9000 0 0 0 0 0 0\nintr 5\n"
    assert busy(stat, {0, 1}, 100) == pytest.approx(2.5)
    assert busy(stat, {1}, 100) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("most", "processors", "others", "expected"),
    [
        (2, 2, 0.0, 2),
        (2, 2, 0.3, 2),
        (2, 2, 0.67, 1),  # what a neighbour gets of two processors for which three threads compete
        (2, 2, 1.0, 1),
        (2, 2, 2.0, 1),
        (4, 8, 3.0, 4),  # siblings of the four cores, or others than the quota's
        (8, 8, 2.6, 5),
    ],
)
def test_threads_step_back_by_as_many_processors_as_others_take(
    most: int, processors: int, others: float, expected: int
) -> None:
    before = Look(at=10.0, busy=100.0, own=40.0)
    after = Look(at=12.0, busy=100.0 + 2 * (others + 1.0), own=42.0)
    assert threads(most, processors, before, after) == expected


def test_room_is_looked_for_once_a_second_and_given_back() -> None:
    time, others, looks = 0.0, 0.0, 0

    def look() -> Look:
        nonlocal looks
        looks += 1
        return Look(time, others, 0.0)

    room = Room(2, 2, look, lambda: time)
    found = []
    for second in range(6):
        for part in range(4):
            time = second + part / 4
            found.append(room.look())
        others += 1.0 if second in (1, 2) else 0.0
    assert found[::4] == [2, 2, 1, 1, 2, 2]
    assert looks == 6


def test_where_nobody_tells_all_threads_are_used() -> None:
    def look() -> Look:
        raise FileNotFoundError("/proc/stat")

    assert Room(4, 4, look, lambda: 1e9).look() == 4


def test_this_machine_has_a_core() -> None:
    assert usable_cores() >= 1
    assert Room(2).look() in (1, 2)

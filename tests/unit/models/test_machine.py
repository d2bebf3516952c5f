"""What this machine has, which model of the catalogue it is told to take."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from localdigest.models.catalogue import load_catalogue
from localdigest.models.machine import (
    DAY,
    GIB,
    HOUR,
    TOKENS_A_PAPER,
    Gpu,
    Machine,
    Recommendation,
    parse_nvidia,
    recommend,
    this_machine,
)
from localdigest.models.machine import _rate as machine_rate
from localdigest.models.memory import PROBE, PROCESSES, Costs, budget, container_limits, free_memory


@pytest.mark.parametrize(
    ("machine", "best", "device"),
    [
        (Machine(4 * GIB, 2), "qwen3.5-2b", "cpu"),
        (Machine(8 * GIB, 4), "qwen3.5-4b", "cpu"),
        (Machine(16 * GIB, 2), "qwen3.5-4b", "cpu"),
        (Machine(24 * GIB, 2), "qwen3.5-4b", "cpu"),
        (Machine(16 * GIB, 8), "qwen3.5-9b", "cpu"),
        (Machine(64 * GIB, 32), "qwen3.6-35b-a3b", "cpu"),
        (
            Machine(16 * GIB, 8, (Gpu("small", 4 * GIB, 2 * GIB), Gpu("large", 12 * GIB, 11 * GIB))),
            "qwen3.5-9b",
            "gpu",
        ),
        (Machine(4 * GIB, 8, (Gpu("shared", 12 * GIB, 6 * GIB),)), "qwen3.5-4b", "gpu"),
        (Machine(1 * GIB, 2), "qwen2.5-0.5b", "none"),
    ],
)
def test_recommend_fits_memory_and_speed(tmp_path: Path, machine: Machine, best: str, device: str) -> None:
    ranked = recommend(machine, load_catalogue(folder=tmp_path))
    assert (ranked[0].spec.name, ranked[0].device) == (best, device)
    assert len(ranked) == 12
    assert all(choice.reason for choice in ranked)


def by_name(folder: Path, machine: Machine) -> dict[str, Recommendation]:
    return {choice.spec.name: choice for choice in recommend(machine, load_catalogue(folder=folder))}


def test_recommend_puts_what_takes_most_of_the_memory_behind_what_leaves_half(tmp_path: Path) -> None:
    ranked = by_name(tmp_path, Machine(32 * GIB, 2))
    order = [choice.fit for choice in ranked.values()]
    assert order == sorted(order, key=["easy", "tight", "slow", "none"].index)
    assert (ranked["qwen3.6-35b-a3b"].fit, ranked["qwen3.5-4b"].fit) == ("tight", "easy")
    assert "so little is left" in str(ranked["qwen3.6-35b-a3b"].reason)
    assert ranked["qwen3.5-4b"].spec.memory(ranked["qwen3.5-4b"].sequences) <= 16 * GIB
    assert by_name(tmp_path, Machine(64 * GIB, 2))["qwen3.6-35b-a3b"].fit == "easy"


def test_recommend_says_how_long_a_paper_takes_and_what_is_slow(tmp_path: Path) -> None:
    ranked = by_name(tmp_path, Machine(32 * GIB, 2))
    assert "on 2 cores about 94 s a paper" in str(ranked["qwen3.5-4b"].reason)
    assert "about 4 min a paper (slow: overnight)" in str(ranked["qwen3.5-9b"].reason)
    assert ranked["qwen3.5-9b"].fit == "slow"
    easy = [choice for choice in ranked.values() if choice.fit in ("easy", "tight")]
    assert all(choice.seconds * DAY <= HOUR for choice in easy)
    # More cores than memory can feed make no promise.
    many = by_name(tmp_path, Machine(32 * GIB, 64))
    assert many["qwen3.5-4b"].seconds == by_name(tmp_path, Machine(32 * GIB, 8))["qwen3.5-4b"].seconds


def test_nvidia_answer_is_read_and_noise_left_out() -> None:
    answer = "NVIDIA H200, 143771, 143000\nNVIDIA A, B, 100, 50\nbroken, [N/A], [N/A]\nNo devices\n"
    assert list(parse_nvidia(answer)) == [
        Gpu("NVIDIA H200", 143771 << 20, 143000 << 20),
        Gpu("NVIDIA A, B", 100 << 20, 50 << 20),
    ]


def test_this_machine_has_memory_and_cores() -> None:
    machine = this_machine()
    assert machine.memory > GIB // 4
    assert machine.cores >= 1


def test_the_slots_that_memory_has_room_for_come_in_fours_and_count_states_and_buffers() -> None:
    costs = Costs(32 << 10, 48 << 20, 40 << 20, 34 << 10)  # of Qwen3.5-4B
    for free in (0, 1 << 28, 1 << 30, 3 << 29, 1 << 33):
        for length in (512, 2048, 8192):
            slots = costs.affordable(free, length, 16)
            assert slots in (0, 1, 2, 3, 4, 8, 12, 16)
            assert slots == 0 or costs.of(slots, length) <= free
            assert slots == 16 or costs.of(slots + (4 if slots > 3 else 1), length) > free
        assert costs.longest(free) == PROBE or costs.of(1, costs.longest(free)) <= free < costs.of(1, 3 << 20)
    assert costs.of(8, 2048) - Costs(32 << 10, 0, 40 << 20, 34 << 10).of(8, 2048) == (8 + 16) * (48 << 20)
    assert costs.of(8, 2048) - costs.of(8, 1024) == 1024 * (8 * (32 << 10) + (34 << 10))
    assert Costs(147456).affordable(budget(12 << 30), 2048, 16) == 16  # Qwen3-4B-2507 where 12 GiB are free
    assert 0 < free_memory() <= this_machine().memory


def test_recommend_counts_the_slots_that_the_engine_would_take(tmp_path: Path) -> None:
    for memory in (4, 6, 8, 12, 16, 24, 64):
        spare = memory * GIB - max(GIB, memory * GIB // 5)
        for name, choice in by_name(tmp_path, Machine(memory * GIB, 8)).items():
            left = budget(spare - choice.spec.size - PROCESSES)  # as the engine finds it once the weights are there
            taken = choice.spec.costs.affordable(left, 2048, 16)
            assert choice.sequences == (taken if taken >= 4 else 0), name


def test_what_a_mixture_is_expected_to_do_is_what_was_measured(tmp_path: Path) -> None:
    """docs/engine.md: a layer of 30B-A3B's shape takes 22.5 ms for 16 rows, 9.9 for four; there are 48 of them."""
    machine = Machine(64 * GIB, 1)
    mixture = by_name(tmp_path, machine)["qwen3-30b-a3b-2507"]
    for rows, layer in ((16, 22.5), (4, 9.9)):
        measured = 1000 * rows / (48 * layer)
        assert measured / 1.5 < machine_rate(mixture.spec, 1, rows) < measured * 1.1
    assert mixture.sequences == 16
    assert mixture.seconds == pytest.approx(TOKENS_A_PAPER / machine_rate(mixture.spec, 1, 16))


# ---------------------------------------------------------------- asking the machine


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_the_limits_of_a_container_count_up_to_the_root(tmp_path: Path) -> None:
    """Both versions of control groups; `max` and what is absent are no limit."""
    (tmp_path / "memory.max").write_text("4096\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("8192\n")
    (tmp_path / "memory.current").write_text("3000\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 500\n")
    assert set(container_limits(tmp_path)) == {(4096, 1596), (8192, 0)}
    (tmp_path / "memory.max").write_text("max\n")
    assert set(container_limits(tmp_path)) == {(8192, 0)}
    assert list(container_limits(tmp_path / "absent")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
@pytest.mark.parametrize(
    ("told", "folder", "file"),
    [
        ("0::/box/run.scope\n", "box/run.scope", "memory.max"),
        ("9:name=systemd:/other\n4:memory:/box/run.scope\n0::/\n", "memory/box", "memory.limit_in_bytes"),
    ],
)
def test_the_limit_of_a_process_s_own_group_is_read_in_both_versions(
    tmp_path: Path, told: str, folder: str, file: str
) -> None:
    own, root = tmp_path / "own", tmp_path / "root"
    own.write_text(told)
    (root / folder).mkdir(parents=True)
    (root / folder / file).write_text("4096\n")
    assert list(container_limits(root, own)) == [(4096, 0)]

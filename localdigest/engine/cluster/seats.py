"""The places for engines in a Ray cluster: a seat is a node's processors, or one of its GPUs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Seat:
    """A place for an engine: a node's processors, or one of its GPUs."""

    node: str
    """Ray's identifier; a machine that comes back has a new one."""
    index: int
    gpu: bool
    cpus: int
    name: str = field(compare=False)
    """Its host's; where several have one, with more to tell them apart."""


def all_seats() -> list[Seat]:
    """All of the cluster's, as Ray knows it now. A node that gives no processor and no GPU has none."""
    import ray

    try:
        known: list[dict[str, Any]] = ray.nodes()
        nodes = [node for node in known if node["Alive"]]
    except (ray.exceptions.RayError, RuntimeError, ValueError):  # we are leaving, or its head is restarting
        return []
    hosts = [node["NodeManagerHostname"] for node in nodes]
    seats = []
    for node, host in zip(nodes, hosts, strict=True):
        identifier, resources = node["NodeID"], node["Resources"]
        name = host if hosts.count(host) == 1 else f"{host}-{identifier[:6]}"
        gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
        if gpus:
            seats += [Seat(identifier, index, True, 0, f"{name} GPU {index}") for index in range(gpus)]
        elif cpus:
            seats.append(Seat(identifier, 0, False, cpus, name))
    return seats

"""Whether a test can be traced here: strace, and a network namespace of its own."""

from __future__ import annotations

import pytest

from localdigest.doctor import proof as doctor


def traceable() -> None:
    """Skips where strace is there but may not trace, or no namespace can be made: the control says which."""
    proof = doctor.prove([])
    if not proof.proved or proof.control is None or not proof.control.command.startswith("unshare"):
        pytest.skip(f"cannot trace in a network namespace here: {proof.verdict}")

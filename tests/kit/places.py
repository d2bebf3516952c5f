"""Where things lie, and how a child process of a test finds them."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "localdigest" / "sample"
SAMPLE_DAY = date(2026, 1, 30)
SMALL_MODEL = "qwen2.5-coder-0.5b"


def program(name: str) -> list[str]:
    """The command line of a program of this folder."""
    return [sys.executable, "-m", f"tests.kit.{name}"]


def with_tests(**more: str) -> dict[str, str]:
    """An environment in which a child of any folder finds the package of this checkout, and this kit."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}

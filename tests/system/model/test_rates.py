"""Rates of a real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.bench import children


@pytest.mark.model
def test_rates_are_measured_on_the_real_model(small_model: Path) -> None:
    found = children.call("rates", model=str(small_model), settings={"threads": 1}, contexts=[(2, 40)], steps=2)
    assert found["prefill"] > 1
    assert [(rate["context"], rate["slots"]) for rate in found["decode"]] == [(40, 2)]
    assert found["decode"][0]["together"] > 0 < found["decode"][0]["single"]
    assert found["peak"] > 500 << 20

"""Rates of a real model."""

from __future__ import annotations

import pytest

from localdigest.bench import children
from localdigest.models.catalogue import load_catalogue, locate, models_folder


@pytest.mark.model
def test_rates_are_measured_on_the_real_model() -> None:
    from localdigest.errors import ModelError

    try:
        model = locate(load_catalogue().find("qwen2.5-coder-0.5b"), models_folder())
    except ModelError as error:
        pytest.skip(str(error))
    found = children.call("rates", model=str(model), settings={"threads": 1}, contexts=[(2, 40)], steps=2)
    assert found["prefill"] > 1
    assert [(rate["context"], rate["slots"]) for rate in found["decode"]] == [(40, 2)]
    assert found["decode"][0]["together"] > 0.5 * found["decode"][0]["single"]
    assert found["peak"] > 500 << 20

"""A portable build of llama.cpp: its code for this processor is loaded, and no other build is touched."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from localdigest.engine import llama


@pytest.mark.parametrize(("registered", "loads"), [(0, [b"/site/llama_cpp/lib"]), (1, [])])
def test_the_processors_code_is_loaded_where_none_is_built_in(registered: int, loads: list[bytes]) -> None:
    said: list[bytes] = []

    def count() -> int:
        return registered

    llama.load_backends(
        SimpleNamespace(ggml_backend_reg_count=count, ggml_backend_load_all_from_path=said.append),
        Path("/site/llama_cpp/lib"),
    )
    assert said == loads


def test_the_ggml_that_is_told_so_is_the_one_that_llama_cpp_uses() -> None:
    """Another copy of it, loaded under another name, would have a register of its own: nothing would come of it."""
    assert llama._ggml.ggml_backend_reg_count() > 0

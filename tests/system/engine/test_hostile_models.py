"""Malformed model files and malicious templates: refused, or survived by the worker; the parent goes on."""

from __future__ import annotations

import struct
from dataclasses import asdict
from pathlib import Path

import pytest

from localdigest.engine import open_engine
from localdigest.engine.settings import Settings
from localdigest.engine.worker import Worker
from localdigest.messages.errors import ModelError
from localdigest.records import Completion, Message, Request
from tests.kit.hostile_models import CHATML, MALFORMED, TEMPLATES, tiny

RUNS = {"end beyond the vocabulary", "no context"}
"""What llama.cpp loads all the same."""


def answer(path: Path) -> Completion:
    engine = open_engine(path, Settings("cpu", slots=2, threads=1))
    try:
        engine.submit(Request((Message("system", "hello"), Message("user", "there")), 4))
        while not (ended := engine.step()):
            pass
        return ended[0][1]
    finally:
        engine.close()


@pytest.mark.parametrize("name", ["", *MALFORMED])
def test_a_malformed_model_is_refused_or_survived(name: str, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    path = tmp_path / "model.gguf"
    path.write_bytes(MALFORMED[name]() if name else tiny().data())
    if not name or name in RUNS:
        assert (answer(path).output_tokens == 4) == (name != "no context")
        return
    with pytest.raises(ModelError, match=r"cannot load|could not be loaded") as caught:
        answer(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("adds", "writes", "begins"), [(1, "", 1), (0, "", 0), (0, "<s>", 1), (1, "<s>", 1)])
def test_a_prompt_begins_as_the_file_says(adds: int, writes: str, begins: int, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    from localdigest.engine.llama import LlamaBackend

    model = tiny("{{ bos_token }}" * bool(writes) + CHATML)
    model.pairs["tokenizer.ggml.add_bos_token"] = struct.pack("<I?", 7, adds)
    path = tmp_path / "model.gguf"
    path.write_bytes(model.data())
    backend = LlamaBackend(path, Settings("cpu", slots=2, threads=1))
    tokens = backend.tokenize(Request((Message("system", "<s>"), Message("user", "a")), 1))
    assert (tokens[0] == 1) == bool(begins)
    assert tokens.count(1) == begins, "a text never is such a token"
    backend.close()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_malicious_template_is_refused_and_does_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop is ended, its way out of the sandbox closed."""
    pytest.importorskip("llama_cpp")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny(TEMPLATES[name]).data())
    settings = Settings("cpu", slots=2, threads=1)
    arguments = [str(path), asdict(settings)]
    with pytest.raises(ModelError, match="chat template") as caught:
        Worker("localdigest.engine.llama:LlamaBackend", arguments, template=2.0)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "escaped").exists()


def test_a_harmless_template_is_used(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny(CHATML).data())
    assert answer(path).output_tokens == 4

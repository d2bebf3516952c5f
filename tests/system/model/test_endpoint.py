"""A real server of llama.cpp beside this machine's engine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.engine.endpoint import Endpoint
from localdigest.engine.llama import LlamaBackend
from localdigest.records import Message, Request
from tests.kit.endpoint_server import ask

SERVER = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.model_alias = sys.argv[1], {"qwen"}
params.n_parallel, params.n_ctx, params.n_gpu_layers, params.verbosity = 4, 4 * 1024, 0, -1
params.port, params.warmup = 0, False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.mark.model
def test_a_real_llama_server_is_sent_the_prompt_of_this_machines_engine_and_answers(
    small_model: Path, backend: LlamaBackend
) -> None:
    pytest.importorskip("xllamacpp")
    request = Request((Message("system", "Translate into simplified Chinese."), Message("user", "Good morning.")), 16)
    command = [sys.executable, "-c", SERVER, str(small_model)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        url = next(line for line in server.stdout if line.startswith("http")).strip()
        engine = Endpoint(url, "qwen", 4)
        assert engine.description.startswith("endpoint (llama-server)")
        requests = [request, replace(request, stop=("好",)), replace(request, prefill="早")]
        here, cut, begun = ask(engine, *requests)
        assert (here.finish, here.prompt_tokens) == ("stop", len(backend.tokenize(request)))
        assert "早" in here.text
        assert "好" not in cut.text
        assert not begun.text.startswith("早")
        engine.close()
        server.kill()

"""llama.cpp through llama-cpp-python's low-level API: the only module that imports llama_cpp.

`LlamaBackend` holds one model and one context with a unified KV cache: a cell belongs to every sequence that shares
it, so copying a prefix from one sequence to another costs nothing.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from localdigest.engine.chat import segments
from localdigest.errors import EngineFailed, ModelError
from localdigest.records import Request

FLASH_OFF, FLASH_AUTO = 0, -1  # llama.h: LLAMA_FLASH_ATTN_TYPE_DISABLED, _AUTO


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is run. The defaults for a CPU were measured; docs/engine.md says on what."""

    slots: int = 16
    """Sequences decoded together."""
    kept: int = 16
    """Finished prompts whose KV cells are kept for requests that begin alike."""
    cells: int = 8192
    """KV cells (tokens) shared by all sequences."""
    batch: int = 512
    """Most tokens in one decode."""
    threads: int = 0
    """0: the processors this process may use."""


# Kept for the life of the process: llama.cpp calls it long after llama_log_set has returned.
_silent = llama_cpp.llama_log_callback(lambda level, text, data: None)


class LlamaBackend:
    """One loaded model. Not thread safe: one thread owns the context."""

    def __init__(self, path: str | Path, settings: Settings = Settings()) -> None:
        llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        gpu = bool(llama_cpp.llama_supports_gpu_offload())
        model_params = llama_cpp.llama_model_default_params()
        model_params.n_gpu_layers = 999 if gpu else 0
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ModelError(f"llama.cpp cannot load {path}; `localdigest models verify` checks the file")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        threads = settings.threads or len(
            os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0] * (os.cpu_count() or 1)
        )
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = settings.cells
        params.n_batch = params.n_ubatch = settings.batch
        params.n_seq_max = settings.slots + settings.kept
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        # On a CPU flash attention halves the decode rate at long contexts (FACTS, measured).
        params.flash_attn_type = FLASH_AUTO if gpu else FLASH_OFF
        params.no_perf = True
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        if not self._context:
            raise ModelError(
                f"no memory for a context of {settings.cells} tokens with {Path(path).name}; choose a smaller model"
            )
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(settings.batch, 0, 1)
        self._fields = {
            name: np.ctypeslib.as_array(getattr(self._batch, name), (settings.batch,))
            for name in ("token", "pos", "n_seq_id", "logits")
        }
        self._fields["n_seq_id"][:] = 1
        # seq_id is an array of pointers, each to one int that llama_batch_init placed.
        self._seq_ids = [self._batch.seq_id[i] for i in range(settings.batch)]
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.settings = settings
        self.template = (llama_cpp.llama_model_chat_template(self._model, None) or b"").decode("utf-8", "replace")
        self._pieces: dict[int, bytes] = {}
        self.description = (
            f"llama-cpp-python {llama_cpp.__version__}, {'GPU' if gpu else 'CPU'}, "
            f"{settings.slots} sequences, {threads} threads"
        )

    def tokenize(self, request: Request) -> list[int]:
        """The prompt's tokens. Texts are tokenised apart from the template's scaffolding, never as special tokens."""
        tokens: list[int] = []
        for segment in segments(self.template, request.messages, request.prefill):
            data = segment.text.encode("utf-8", "replace")
            size = len(data) + 8
            buffer = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, size, False, segment.special)
            tokens.extend(buffer[:count])
        return tokens

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; special tokens stand for none."""
        known = self._pieces.get(token)
        if known is None:
            buffer = ctypes.create_string_buffer(256)
            count = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
            known = self._pieces[token] = buffer.raw[: max(count, 0)]
        return known

    def ends(self, token: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def copy(self, source: int, target: int, length: int) -> None:
        """Let `target` share the first `length` cells of `source`."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def cut(self, sequence: int, length: int) -> None:
        """Forget what `sequence` holds from position `length` on."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        """Decode rows of (token, position, sequence, wants logits). False: no room, nothing changed.

        Raises EngineFailed on every other failure of llama_decode.
        """
        count = len(rows)
        table = np.array(rows, dtype=np.int32)
        for column, name in ((0, "token"), (1, "pos"), (3, "logits")):
            self._fields[name][:count] = table[:, column]
        for pointer, row in zip(self._seq_ids, rows, strict=False):
            pointer[0] = row[2]
        self._batch.n_tokens = count
        code = llama_cpp.llama_decode(self._context, self._batch)
        if code not in (0, 1):
            raise EngineFailed(f"llama.cpp stopped with code {code} while decoding {count} tokens; run again to go on")
        return bool(code == 0)

    def logits(self, row: int) -> NDArray[np.float32]:
        """Scores of the next token after `row` of the last decode: one float32 for each of the vocabulary, a view."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, (self._n_vocab,))

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

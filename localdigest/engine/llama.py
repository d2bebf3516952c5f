"""llama.cpp through llama-cpp-python's low-level API: the only module that imports llama_cpp.

`LlamaBackend` holds one model and one context. By default each slot has a KV cache of its own (`kv_unified` false):
attention then reads a sequence's own cells and no one else's, which on a CPU is worth 1.5 to 2 times the rate of one
cache for all (docs/engine.md).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from localdigest.engine.chat import segments
from localdigest.engine.scheduler import LEAST
from localdigest.engine.settings import DEFAULTS, Settings, give_way
from localdigest.messages import Notice
from localdigest.messages.errors import EngineFailed, ModelError
from localdigest.models.memory import (
    AT_ONCE,
    PROBE,
    PROCESSES,
    Costs,
    budget,
    fours,
    free_memory,
    states,
)
from localdigest.models.processors import Room, usable_cores
from localdigest.records import Request

try:
    import llama_cpp
except (ImportError, OSError, RuntimeError) as error:  # a library of the system's that it is linked to is not there
    raise ModelError("llama.cpp cannot be loaded ({error}); `localdigest doctor` has the mend", error) from error

PARTIAL = llama_cpp.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
"""Of a sequence, what is no KV cache."""
FLASH = {False: 0, True: 1, None: -1}  # llama.h: LLAMA_FLASH_ATTN_TYPE_DISABLED, _ENABLED, _AUTO
KV_TYPES = {"f16": 1, "q8_0": 8}  # ggml.h: GGML_TYPE_F16, GGML_TYPE_Q8_0
GPU_RESERVE = 1 << 30
"""Bytes of a GPU's memory that are not given to weights: KV cache, compute buffers, the desktop."""
BUILD_FOR_GPU = Notice("docs/models.md has the one command that builds llama-cpp-python for CUDA, Metal or Vulkan")


DEBUG = 1  # ggml.h: GGML_LOG_LEVEL_DEBUG
_log: list[str] = []


def _keep(level: int, text: bytes, data: object) -> None:
    """Kept, not shown: llama.cpp says here how many layers it has put on a GPU, and how large its caches are."""
    if level == DEBUG:
        return
    _log.append(text.decode("utf-8", "replace"))
    del _log[:-400]


def _library() -> Any:
    """The ggml that llama.cpp itself uses. Elsewhere than on Windows a library gives out the names of those that it
    needs, and `_ggml.libggml` is another copy of it, with a register of its own."""
    if sys.platform == "win32":
        from llama_cpp._ggml import libggml

        return libggml
    return llama_cpp.llama_cpp._lib


def load_backends(ggml: Any, folder: Path) -> None:
    """A portable build (scripts/llama_wheel) has the code for each kind of processor in a file of its own. ggml takes
    the one that fits, but only where it is told to look, which llama_cpp never does."""
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    if not ggml.ggml_backend_reg_count():
        ggml.ggml_backend_load_all_from_path(os.fsencode(folder))


# Kept for the life of the process: llama.cpp calls it long after llama_log_set has returned.
_keep_log = llama_cpp.llama_log_callback(_keep)
llama_cpp.llama_log_set(_keep_log, ctypes.c_void_p(0))  # before ggml says which code it has loaded
_ggml = _library()
load_backends(_ggml, Path(llama_cpp.__file__).parent / "lib")


class LlamaBackend:
    """One loaded model. Not thread safe: one thread owns the context. Implements scheduler.Backend."""

    def __init__(self, path: str | Path, settings: Settings | dict[str, Any] = DEFAULTS) -> None:
        wish = msgspec.convert(settings, Settings) if isinstance(settings, dict) else settings
        give_way(wish.nice)
        llama_cpp.llama_backend_init()
        free = [] if wish.device == "cpu" else _gpus(wish.gpu)
        layers = _gpu_layers(Path(path), sum(free) - GPU_RESERVE) if free else 0
        if wish.device == "gpu" and not layers:
            raise ModelError("a GPU was asked for, but llama.cpp sees none that it can use; {way_out}", BUILD_FOR_GPU)
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = layers
        if wish.gpu is not None:
            params.split_mode, params.main_gpu = llama_cpp.LLAMA_SPLIT_MODE_NONE, wish.gpu
        # Experts see a row or two each, which kernels for rearranged weights take one by one (docs/engine.md).
        mixture = _experts(Path(path)) > 0
        params.use_extra_bufts = not mixture
        # Mapped files stay in memory beside the copy that llama.cpp rearranges for this processor.
        params.load_mode = llama_cpp.LLAMA_LOAD_MODE_NONE
        _log.clear()
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise ModelError("llama.cpp cannot load {path}; `localdigest models verify` checks the file", path)
        offloaded = re.search(r"offloaded (\d+)/(\d+) layers to GPU", "".join(_log))
        if layers and not (offloaded and int(offloaded[1])):
            raise ModelError(
                "a GPU is there, but llama.cpp put no layer of {name} on it; {way_out}", Path(path).name, BUILD_FOR_GPU
            )
        gpu = layers > 0
        self.gpus = sum(memory > Path(path).stat().st_size + GPU_RESERVE for memory in free)
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.slots = fours(
            min(wish.slots or AT_ONCE["gpu" if gpu else "cpu"], int(llama_cpp.llama_max_parallel_sequences()))
        )
        self.batch = max(wish.batch or (2048 if gpu else 512), self.slots, LEAST)
        self.ubatch = min(max(wish.ubatch or 512, LEAST), self.batch)
        recurrent = llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
        self.states = states(self.slots, int(recurrent))
        # A mixture's experts take each row by itself: filling up costs it full price, and would not make rows alike.
        self.fills = wish.fills and not (gpu or recurrent or mixture)
        threads = wish.threads or usable_cores()
        self._room = Room(threads)
        self._params = llama_cpp.llama_context_default_params()
        self._params.n_batch = self.batch
        self._params.n_ubatch = self.ubatch
        self._params.n_threads = self._params.n_threads_batch = threads
        self._params.kv_unified = wish.unified
        self._params.flash_attn_type = FLASH[wish.flash if gpu or wish.flash is not None else False]
        self._params.type_k = KV_TYPES[wish.kv_type]
        self._params.type_v = KV_TYPES[wish.kv_type if wish.flash else "f16"]
        # One row of logits is 600 KB with Qwen's vocabulary: room for those that are asked for, not for all of a batch.
        self._params.n_outputs_max = max(self.slots, LEAST)
        self._params.no_perf = True
        self._context: Any = None
        self._memory: Any = None
        self.costs = self._measure()
        left = sum(_gpus(wish.gpu)) if gpu else free_memory() - PROCESSES
        self._budget = max(budget(left), self.costs.of(1, PROBE))
        self.longest = min(self.costs.longest(self._budget), llama_cpp.llama_model_n_ctx_train(self._model))
        self._batch = llama_cpp.llama_batch_init(self.batch, 0, 1)
        self._fields = {
            name: np.ctypeslib.as_array(getattr(self._batch, name), (self.batch,))
            for name in ("token", "pos", "n_seq_id", "logits")
        }
        self._fields["n_seq_id"][:] = 1
        # seq_id is an array of pointers, each to one int that llama_batch_init placed.
        self._seq_ids = [self._batch.seq_id[i] for i in range(self.batch)]
        self._begins = llama_cpp.llama_vocab_bos(self._vocab)
        self._adds_bos = bool(llama_cpp.llama_vocab_get_add_bos(self._vocab)) and self._begins >= 0
        self._ends = llama_cpp.llama_vocab_eos(self._vocab)
        self.template = (llama_cpp.llama_model_chat_template(self._model, None) or b"").decode("utf-8", "replace")
        self._pieces: dict[int, bytes] = {}
        where = f"GPU ({offloaded[1]} of {offloaded[2]} layers)" if gpu and offloaded else f"CPU, {threads} threads"
        self.description = f"llama-cpp-python {llama_cpp.__version__}, {where}, {self.slots} sequences"

    def room(self, length: int) -> int:
        """How many slots of `length` tokens there is memory for, at least one."""
        return max(1, self.costs.affordable(self._budget, length, self.slots))

    def open(self, length: int) -> int:
        """An empty context with as many slots of `length` tokens as there is memory for; returns their number."""
        slots = self.room(length)
        if self._context:
            llama_cpp.llama_free(self._context)
        self._params.n_seq_max = slots
        self._params.n_ctx = slots * length
        self._context = llama_cpp.llama_init_from_model(self._model, self._params)
        if not self._context:
            raise ModelError(
                "no memory for {slots} sequences of {length} tokens; choose a smaller model", slots, length
            )
        self._memory = llama_cpp.llama_get_memory(self._context)
        return slots

    def _measure(self) -> Costs:
        """What a token, a sequence and a pass take, as llama.cpp says when it opens a small context, whatever layers,
        heads and windows the model has."""
        _log.clear()
        self._params.n_seq_max, self._params.n_ctx = 1, PROBE
        context = llama_cpp.llama_init_from_model(self._model, self._params)
        if not context:
            raise ModelError("no memory for {slots} sequences of {length} tokens; choose a smaller model", 1, PROBE)
        llama_cpp.llama_free(context)
        said = "".join(_log)

        def of(kind: str) -> int:
            return int(sum(map(float, re.findall(rf"{kind} buffer size = +([\d.]+) MiB", said))) * (1 << 20))

        # Four bytes for each row of a pass, head and token before it, and for what masks them.
        heads = 0 if self._params.flash_attn_type else llama_cpp.llama_model_n_head(self._model)
        return Costs(max(1, of("KV") // PROBE), of("RS"), of("compute"), 4 * self.ubatch * (heads + 1))

    def tokenize(self, request: Request) -> list[int]:
        """The prompt's tokens. Texts are tokenised apart from the template's scaffolding, never as special tokens.

        It begins with the token for that where the file says so (`tokenizer.ggml.add_bos_token`), or its template.
        """
        tokens: list[int] = []
        bos, eos = self._special(self._begins), self._special(self._ends)
        for segment in segments(self.template, request.messages, request.prefill, bos, eos):
            data = segment.text.encode("utf-8", "replace")
            count = -len(data) - 8
            while count < 0:  # so many are needed: a byte may be several tokens
                buffer = (llama_cpp.llama_token * -count)()
                count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, -count, False, segment.special)
            tokens.extend(buffer[:count])
        return [self._begins, *tokens] if self._adds_bos and tokens[:1] != [self._begins] else tokens

    def _special(self, token: int) -> str:
        return (
            (llama_cpp.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace") if token >= 0 else ""
        )

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

    def save(self, slot: int) -> object:
        """What a recurrent model remembers of all that `slot` holds; its KV cache is not part of it."""
        size = llama_cpp.llama_state_seq_get_size_ext(self._context, slot, PARTIAL)
        data = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data_ext(self._context, data, size, slot, PARTIAL)
        return data

    def copy(self, source: int, target: int, length: int, state: object = None) -> None:
        """Let `target` hold the first `length` tokens of `source`, and nothing else.

        A recurrent model's `source` has these and no more, or `state` is what was saved behind them. Where each slot
        has its own cache, llama.cpp copies all of it (it aborts on a part), at the speed of memory.
        """
        self.cut(target, 0)
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        self.cut(target, length, state)

    def cut(self, slot: int, length: int, state: Any = None) -> None:
        """Forget what `slot` holds from position `length` on. A recurrent model needs the `state` saved there."""
        if state is not None:
            llama_cpp.llama_state_seq_set_data_ext(self._context, state, len(state), slot, PARTIAL)
        llama_cpp.llama_memory_seq_rm(self._memory, slot, length, -1)

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        """Decode rows of (token, position, slot, wants logits). False: no room, nothing changed.

        Raises EngineFailed on every other failure of llama_decode.
        """
        count = len(rows)
        threads = self._room.look()
        llama_cpp.llama_set_n_threads(self._context, threads, threads)
        table = np.array(rows, dtype=np.int32)
        for column, name in ((0, "token"), (1, "pos"), (3, "logits")):
            self._fields[name][:count] = table[:, column]
        for pointer, row in zip(self._seq_ids, rows, strict=False):
            pointer[0] = row[2]
        self._batch.n_tokens = count
        code = llama_cpp.llama_decode(self._context, self._batch)
        if code not in (0, 1):
            raise EngineFailed(
                "llama.cpp stopped with code {code} while decoding {count} tokens; run again to go on", code, count
            )
        # On a GPU, and with several passes, llama_decode may return before it is done.
        llama_cpp.llama_synchronize(self._context)
        return bool(code == 0)

    def logits(self, row: int) -> NDArray[np.float32]:
        """Scores of the next token after `row` of the last decode: one float32 for each of the vocabulary, a view."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, (self._n_vocab,))

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        if self._context:
            llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)


def _gpus(only: int | None) -> list[int]:
    """Free bytes of each GPU that llama.cpp sees: ggml-backend.h's devices, of which llama_cpp wraps none."""
    if not llama_cpp.llama_supports_gpu_offload():
        return []
    ggml = _ggml
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    found: list[int] = []
    for index in range(ggml.ggml_backend_dev_count()):
        device = ctypes.c_void_p(ggml.ggml_backend_dev_get(ctypes.c_size_t(index)))
        if ggml.ggml_backend_dev_type(device) in (1, 2):  # GGML_BACKEND_DEVICE_TYPE_GPU, _IGPU
            free, size = ctypes.c_size_t(), ctypes.c_size_t()
            ggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(size))
            found.append(free.value)
    return found if only is None else found[only : only + 1]


def _gpu_layers(path: Path, free: int) -> int:
    """How many layers fit into `free` bytes: all (999), as many as there is room for, or none."""
    if free <= 0:
        return 0
    size = path.stat().st_size
    if size <= free:
        return 999
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        return 999  # the real load says what is wrong
    layers = int(_metadata(model, "block_count") or 0)
    llama_cpp.llama_model_free(model)
    return layers * free // size


def _experts(path: Path) -> int:
    """How many experts a layer has, as the head of a GGUF file says; 0 in others."""
    head = b""
    with contextlib.suppress(OSError), path.open("rb") as file:
        head = file.read(1 << 20)
    found = re.search(rb"\.expert_count\x04\0\0\0(.{4})", head, re.DOTALL)  # 4: an unsigned number of 32 bits
    return int.from_bytes(found[1], "little") if found else 0


def _metadata(model: Any, key: str) -> str:
    """A value of the GGUF file that its architecture prefixes; empty where there is none."""

    def read(name: str) -> str:
        buffer = ctypes.create_string_buffer(64)
        llama_cpp.llama_model_meta_val_str(model, name.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    return read(f"{read('general.architecture')}.{key}")

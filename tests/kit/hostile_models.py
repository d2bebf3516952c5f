"""GGUF files written byte by byte: a tiny model that llama.cpp loads and runs, and what may be wrong with one.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

U32, I32, F32, STRING, ARRAY, U64 = 4, 5, 6, 8, 9, 10
"""Types of metadata values, of all that there are."""
WIDTH, VOCABULARY, HEADS, INNER, CONTEXT = 32, 300, 2, 64, 512


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def value(kind: int, content: object) -> bytes:
    """A metadata value with its type."""
    if kind == STRING:
        return struct.pack("<I", STRING) + text(content)  # type: ignore[arg-type]
    return struct.pack("<I" + {U32: "I", I32: "i", F32: "f", U64: "Q"}[kind], kind, content)


def array(kind: int, items: list[bytes], count: int | None = None) -> bytes:
    return struct.pack("<IIQ", ARRAY, kind, len(items) if count is None else count) + b"".join(items)


@dataclass
class Gguf:
    """A file in the making; every part may be made wrong."""

    magic: bytes = b"GGUF"
    version: int = 3
    pairs: dict[str, bytes] = field(default_factory=dict)
    tensors: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Of 32-bit numbers; the first dimension is the innermost."""
    kinds: dict[str, int] = field(default_factory=dict)
    """Tensors of another type than 0, which is 32-bit."""
    bodies: dict[str, bytes] = field(default_factory=dict)
    """What tensors hold, if not a few random numbers."""
    offsets: dict[str, int] = field(default_factory=dict)
    """Where tensors lie, if elsewhere than behind each other."""
    tensor_count: int | None = None
    pair_count: int | None = None
    key_length: int | None = None
    """What the first key's length is said to be."""
    dimensions: int | None = None
    """What the first tensor's number of dimensions is said to be."""

    def data(self) -> bytes:
        pairs = len(self.pairs) if self.pair_count is None else self.pair_count
        tensors = len(self.tensors) if self.tensor_count is None else self.tensor_count
        out = self.magic + struct.pack("<IQQ", self.version, tensors, pairs)
        for at, (key, told) in enumerate(self.pairs.items()):
            name = text(key)
            if not at and self.key_length is not None:
                name = struct.pack("<Q", self.key_length) + name[8:]
            out += name + told
        place, body = 0, bytearray()
        for at, (key, shape) in enumerate(self.tensors.items()):
            count = 1
            for side in shape:
                count *= side
            number = self.dimensions if not at and self.dimensions is not None else len(shape)
            out += text(key) + struct.pack(f"<I{len(shape)}Q", number, *shape)
            out += struct.pack("<IQ", self.kinds.get(key, 0), self.offsets.get(key, place))
            if key in self.bodies:
                body += self.bodies[key] + bytes(-len(self.bodies[key]) % 32)
                place = len(body)
            elif count < 1 << 20:
                rng = random.Random(at)  # noqa: S311
                body += struct.pack(f"<{count}f", *(rng.uniform(-0.1, 0.1) for _ in range(count)))
                body += bytes(-len(body) % 32)
                place = len(body)
        return out + bytes(-len(out) % 32) + body


def tiny(template: str = "") -> Gguf:
    """A llama of one layer and 300 tokens, of which the first 259 are the specials and all bytes."""
    words = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words += [f"w{number}" for number in range(VOCABULARY - len(words))]
    kinds = [2, 3, 3, *([6] * 256)]
    kinds += [1] * (VOCABULARY - len(kinds))
    pairs = {
        "general.architecture": value(STRING, "llama"),
        "general.name": value(STRING, "tiny"),
        "llama.context_length": value(U32, CONTEXT),
        "llama.embedding_length": value(U32, WIDTH),
        "llama.block_count": value(U32, 1),
        "llama.feed_forward_length": value(U32, INNER),
        "llama.attention.head_count": value(U32, HEADS),
        "llama.attention.head_count_kv": value(U32, HEADS),
        "llama.attention.layer_norm_rms_epsilon": value(F32, 1e-5),
        "llama.rope.dimension_count": value(U32, WIDTH // HEADS),
        "tokenizer.ggml.model": value(STRING, "llama"),
        "tokenizer.ggml.tokens": array(STRING, [text(word) for word in words]),
        "tokenizer.ggml.scores": array(F32, [struct.pack("<f", -float(at)) for at in range(VOCABULARY)]),
        "tokenizer.ggml.token_type": array(I32, [struct.pack("<i", kind) for kind in kinds]),
        "tokenizer.ggml.bos_token_id": value(U32, 1),
        "tokenizer.ggml.eos_token_id": value(U32, 2),
    }
    if template:
        pairs["tokenizer.chat_template"] = value(STRING, template)
    tensors: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (WIDTH, VOCABULARY),
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, VOCABULARY),
        **{f"blk.0.{name}.weight": (WIDTH,) for name in ("attn_norm", "ffn_norm")},
        **{f"blk.0.attn_{name}.weight": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")},
        "blk.0.ffn_gate.weight": (WIDTH, INNER),
        "blk.0.ffn_up.weight": (WIDTH, INNER),
        "blk.0.ffn_down.weight": (INNER, WIDTH),
    }
    return Gguf(pairs=pairs, tensors=tensors)


def _changed(**changes: object) -> Callable[[], bytes]:
    def make() -> bytes:
        model = tiny()
        for name, content in changes.items():
            if isinstance(content, dict):
                getattr(model, name).update(content)
            else:
                setattr(model, name, content)
        return model.data()

    return make


def _cut(share: float) -> Callable[[], bytes]:
    return lambda: (data := tiny().data())[: int(len(data) * share)]


def _without(pair: str = "", tensor: str = "") -> Callable[[], bytes]:
    def make() -> bytes:
        model = tiny()
        model.pairs.pop(pair, None)
        model.tensors.pop(tensor, None)
        return model.data()

    return make


def _noise() -> bytes:
    return b"GGUF" + random.Random(1).randbytes(50_000)  # noqa: S311


TOKENS = "tokenizer.ggml.tokens"
_LONG = struct.pack("<IQ", STRING, 1 << 63) + b"x"
MALFORMED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "magic": _changed(magic=b"GGML"),
    "noise": _noise,
    "version": _changed(version=99),
    "other byte order": _changed(version=3 << 24),
    "header alone": lambda: tiny().data()[:24],
    "cut in the metadata": lambda: tiny().data()[:700],
    "cut in the tokens": lambda: tiny().data()[:2_500],
    "cut before the tensors": _cut(0.08),
    "cut in the middle": _cut(0.5),
    "cut at the end": lambda: tiny().data()[:-40],
    "pairs without end": _changed(pair_count=(1 << 64) - 1),
    "tensors without end": _changed(tensor_count=1 << 62),
    "negative tensors": _changed(tensor_count=(1 << 64) - 1),
    "key of 2^63": _changed(key_length=1 << 63),
    "string of 2^63": _changed(pairs={"general.name": _LONG}),
    "string of 2^64 - 1": _changed(pairs={"general.name": struct.pack("<IQ", STRING, (1 << 64) - 1)}),
    "array of 2^62": _changed(pairs={TOKENS: array(STRING, [text("a")], 1 << 62)}),
    "array of arrays": _changed(pairs={TOKENS: array(ARRAY, [array(ARRAY, [])[4:]] * 3)}),
    "unknown type": _changed(pairs={"general.name": struct.pack("<I", 77)}),
    "name of another type": _changed(pairs={"general.architecture": value(U32, 5)}),
    "unknown architecture": _changed(pairs={"general.architecture": value(STRING, "../../etc/passwd\x1b[2J")}),
    "vocabulary of numbers": _changed(pairs={TOKENS: array(U32, [bytes(4)] * 300)}),
    "end beyond the vocabulary": _changed(pairs={"tokenizer.ggml.eos_token_id": value(U32, (1 << 32) - 1)}),
    "scores of fewer": _changed(pairs={"tokenizer.ggml.scores": array(F32, [bytes(4)])}),
    "no heads": _changed(pairs={"llama.attention.head_count": value(U32, 0)}),
    "no key heads": _changed(pairs={"llama.attention.head_count_kv": value(U32, 0)}),
    "heads without end": _changed(pairs={"llama.attention.head_count": value(U32, (1 << 32) - 1)}),
    "layers without end": _changed(pairs={"llama.block_count": value(U32, (1 << 32) - 1)}),
    "no width": _changed(pairs={"llama.embedding_length": value(U32, 0)}),
    "width without end": _changed(pairs={"llama.embedding_length": value(U32, (1 << 31) - 1)}),
    "no context": _changed(pairs={"llama.context_length": value(U32, 0)}),
    "alignment of 0": _changed(pairs={"general.alignment": value(U32, 0)}),
    "alignment of 3": _changed(pairs={"general.alignment": value(U32, 3)}),
    "tensor beyond the end": _changed(offsets={"output.weight": 1 << 40}),
    "tensor at 2^64 - 32": _changed(offsets={"output.weight": (1 << 64) - 32}),
    "tensors over each other": _changed(offsets={"output.weight": 0}),
    "tensor of 2^64 numbers": _changed(tensors={"output.weight": (1 << 32, 1 << 32)}),
    "tensor of 2^63": _changed(tensors={"output.weight": ((1 << 63) - 1, 2)}),
    "tensor of no size": _changed(tensors={"output.weight": (0, 0)}),
    "tensor of another shape": _changed(tensors={"output.weight": (WIDTH, 7)}),
    "dimensions without end": _changed(dimensions=(1 << 32) - 1),
    "tensor of an unknown type": _changed(kinds={"output.weight": 9999}),
    "tensor of a packed type": _changed(kinds={"output.weight": 12}),
    "no vocabulary": _without(TOKENS),
    "no weights": _without(tensor="blk.0.attn_q.weight"),
    "no architecture": _without("general.architecture"),
}
"""What must not load. Some of it llama.cpp loads all the same; then it must run or end."""

ENDLESS = "".join(f"{{% for {name} in range(99999) %}}" for name in "abc") + "{% endfor %}" * 3
CHATML = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
TEMPLATES: dict[str, str] = {
    "loops": ENDLESS + CHATML,
    "counts": "{{ 9 ** (9 ** 9) }}" + CHATML,
    "too long a range": "{% for i in range(10 ** 9) %}{% endfor %}" + CHATML,
    "calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}" + CHATML,
    "takes all memory": "{{ 'a' * (10 ** 15) }}" + CHATML,
    "reads classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}" + CHATML,
    "formats its way out": "{{ '{0.__class__.__init__.__globals__}'.format(messages) }}" + CHATML,
    "maps its way out": "{{ messages | map(attribute='__class__.__base__') | list }}" + CHATML,
    "calls the globals": "{{ raise_exception.__globals__['__builtins__']['__import__']('os')"
    ".system('touch escaped') }}",
    "calls cycler": "{{ cycler.__init__.__globals__.os.system('touch escaped') }}" + CHATML,
    "calls lipsum": "{{ lipsum.__globals__['os'].popen('touch escaped').read() }}" + CHATML,
    "includes a file": "{% include '/etc/passwd' %}" + CHATML,
    "is cut": "{% for m in messages %}",
    "divides by nothing": "{{ 1 // 0 }}" + CHATML,
    "is not text": "{{ messages[0]['content'] + 1 }}" + CHATML,
}
"""Chat templates of malicious or broken files."""

"""Tiny GGUF files with random weights, one of each architecture that models.toml names: llama.cpp loads and runs them.

Names and shapes of tensors are those of llama.cpp's src/models/. The vocabulary is 256 bytes and a few words.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from tests.kit.hostile_models import F32, STRING, U32, Gguf, tiny, value

HALF, Q4_K, Q6_K = 1, 12, 14
"""ggml.h: GGML_TYPE_F16, GGML_TYPE_Q4_K and GGML_TYPE_Q6_K; 0 is GGML_TYPE_F32."""
VOCABULARY = 300
CONTEXT = 8192
HEAD, HEADS, KV_HEADS = 32, 4, 2
STATE, KEY_HEADS, VALUE_HEADS, KERNEL = 32, 2, 4, 4
"""Of a linear-attention layer: width of a head, heads of keys and of values, tokens that its convolution sees."""
EXPERTS, USED, EXPERT = 8, 2, 64


@dataclass(frozen=True)
class Shape:
    layers: int = 4
    width: int = 128
    inner: int = 192
    kind: int = 0
    """Of the matrices."""


HYBRID = ("qwen35", "qwen35moe", "qwen3next")
ARCHITECTURES = ("qwen2", "qwen3", "qwen3moe", *HYBRID)


def model(architecture: str, shape: Shape = Shape()) -> bytes:
    """A whole file. Every fourth layer of a hybrid is of attention, as in Qwen3.5."""
    file = tiny()
    specials = {key: told for key, told in file.pairs.items() if key.startswith("tokenizer.")}
    experts = architecture in ("qwen3moe", "qwen35moe", "qwen3next")
    numbers = {
        "context_length": CONTEXT,
        "embedding_length": shape.width,
        "block_count": shape.layers,
        "feed_forward_length": shape.inner,
        "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
        "attention.key_length": HEAD,
        "attention.value_length": HEAD,
        "rope.dimension_count": HEAD,
    }
    if experts:
        numbers |= {"expert_count": EXPERTS, "expert_used_count": USED, "expert_feed_forward_length": EXPERT}
    if architecture in HYBRID:
        numbers |= {
            "ssm.conv_kernel": KERNEL,
            "ssm.inner_size": STATE * VALUE_HEADS,
            "ssm.state_size": STATE,
            "ssm.time_step_rank": VALUE_HEADS,
            "ssm.group_count": KEY_HEADS,
            "full_attention_interval": 4,
        }
        if experts:
            numbers["expert_shared_feed_forward_length"] = EXPERT
    pairs = {"general.architecture": value(STRING, architecture), "general.name": value(STRING, "tiny")}
    pairs |= {f"{architecture}.{key}": value(U32, number) for key, number in numbers.items()}
    pairs[f"{architecture}.attention.layer_norm_rms_epsilon"] = value(F32, 1e-5)
    if architecture in ("qwen35", "qwen35moe"):
        quarter = HEAD // 4
        sections = struct.pack("<IQ4i", 5, 4, quarter, quarter, 0, 0)
        pairs[f"{architecture}.rope.dimension_sections"] = struct.pack("<I", 9) + sections
    tensors = {"token_embd.weight": (shape.width, VOCABULARY), "output_norm.weight": (shape.width,)}
    tensors["output.weight"] = (shape.width, VOCABULARY)
    for layer in range(shape.layers):
        for name, sides in _layer(architecture, shape, layer).items():
            tensors[f"blk.{layer}.{name}"] = sides
    made = Gguf(pairs=pairs | specials, tensors=tensors)
    rng = np.random.default_rng(7)
    for name, sides in tensors.items():
        plain = len(sides) < 2 or name.endswith(("ssm_conv1d.weight", "gate_inp.weight"))
        packed = shape.kind if sides[0] % 256 == 0 or shape.kind not in (Q4_K, Q6_K) else HALF
        made.kinds[name] = 0 if plain else packed
        made.bodies[name] = _numbers(name, sides, made.kinds[name], rng)
    return made.data()


def _layer(architecture: str, shape: Shape, layer: int) -> dict[str, tuple[int, ...]]:
    width, hybrid = shape.width, architecture in HYBRID
    tensors: dict[str, tuple[int, ...]] = {"attn_norm.weight": (width,)}
    tensors["post_attention_norm.weight" if hybrid else "ffn_norm.weight"] = (width,)
    if hybrid and (layer + 1) % 4:
        inner, keys = STATE * VALUE_HEADS, STATE * KEY_HEADS
        tensors |= {
            "attn_qkv.weight": (width, 2 * keys + inner),
            "attn_gate.weight": (width, inner),
            "ssm_conv1d.weight": (KERNEL, 2 * keys + inner),
            "ssm_dt.bias": (VALUE_HEADS,),
            "ssm_a": (VALUE_HEADS,),
            "ssm_norm.weight": (STATE,),
            "ssm_out.weight": (inner, width),
        }
        if architecture == "qwen3next":
            tensors["ssm_ba.weight"] = (width, 2 * VALUE_HEADS)
        else:
            tensors |= {"ssm_beta.weight": (width, VALUE_HEADS), "ssm_alpha.weight": (width, VALUE_HEADS)}
    else:
        gated = 2 if hybrid else 1
        tensors |= {
            "attn_q.weight": (width, HEAD * HEADS * gated),
            "attn_k.weight": (width, HEAD * KV_HEADS),
            "attn_v.weight": (width, HEAD * KV_HEADS),
            "attn_output.weight": (HEAD * HEADS, width),
        }
        if architecture == "qwen2":
            tensors |= {"attn_q.bias": (HEAD * HEADS,)}
            tensors |= {f"attn_{name}.bias": (HEAD * KV_HEADS,) for name in "kv"}
        else:
            tensors |= {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}
    if architecture in ("qwen2", "qwen3", "qwen35"):
        tensors |= {f"ffn_{name}.weight": (width, shape.inner) for name in ("gate", "up")}
        return tensors | {"ffn_down.weight": (shape.inner, width)}
    tensors["ffn_gate_inp.weight"] = (width, EXPERTS)
    tensors |= {f"ffn_{name}_exps.weight": (width, EXPERT, EXPERTS) for name in ("gate", "up")}
    tensors["ffn_down_exps.weight"] = (EXPERT, width, EXPERTS)
    if hybrid:
        tensors["ffn_gate_inp_shexp.weight"] = (width,)
        tensors |= {f"ffn_{name}_shexp.weight": (width, EXPERT) for name in ("gate", "up")}
        tensors["ffn_down_shexp.weight"] = (EXPERT, width)
    return tensors


def _numbers(name: str, sides: tuple[int, ...], kind: int, rng: np.random.Generator) -> bytes:
    """Random, of a size that neither dies out nor grows over the layers; packed ones are random bits with a scale."""
    count = int(np.prod(sides))
    if kind == Q4_K:
        blocks = rng.integers(0, 256, (count // 256, 144), np.uint8)
        # A weight is d * scale * (0 to 15) - dmin * minimum, with scale and minimum of 6 bits.
        scales = np.array([0.3 / (32 * 8 * np.sqrt(sides[0])), 0.3 / (4.3 * np.sqrt(sides[0]))], np.float16)
        blocks[:, :4] = np.frombuffer(scales.tobytes(), np.uint8)
        return blocks.tobytes()
    if kind == Q6_K:
        blocks = rng.integers(0, 256, (count // 256, 210), np.uint8)
        # A weight is d * scale * (-32 to 31), with a scale of 8 bits for each 16 of them.
        scale = np.array([1 / (18.5 * 73 * np.sqrt(sides[0]))], np.float16)
        blocks[:, 208:] = np.frombuffer(scale.tobytes(), np.uint8)
        return blocks.tobytes()
    if name.endswith("norm.weight"):
        numbers = rng.uniform(0.8, 1.2, count)
    elif name.endswith("ssm_a"):
        numbers = -rng.uniform(0.05, 1.0, count)
    elif name.startswith("token_embd"):
        numbers = rng.standard_normal(count)
    else:
        numbers = rng.standard_normal(count) * (2.0 if name.startswith("output") else 1.0) / np.sqrt(sides[0])
    return numbers.astype(np.float16 if kind == HALF else np.float32).tobytes()

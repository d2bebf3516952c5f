"""What is measured: thirteen real abstracts to translate, and prompts as long as an explanation's. Pure."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from localdigest.records import Message, Request

ABSTRACTS = Path(__file__).with_name("abstracts.jsonl")
"""The abstracts of arXiv's cs.SD and eess.AS papers submitted on 16 December 2025 (arXiv metadata, CC0)."""

PROMPTS = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))
TRANSLATOR: str = PROMPTS["translator"]
PAPER = 13_400
"""Characters: about 2,500 of Qwen's tokens."""


def abstracts() -> list[Request]:
    """Translate each abstract as a whole: prompts of about 250 tokens, answers as long as the model makes them."""
    return [Request((Message("system", TRANSLATOR), Message("user", text)), max_tokens=600) for text in _texts()]


def explanations() -> list[Request]:
    """Three questions about each of two texts of about 2,500 tokens, which come first in the prompt."""
    texts, requests = _texts(), []
    for paper in range(2):
        # Another order makes another text, from its first token on.
        text = "\n\n".join(texts[paper:] + texts[:paper])[:PAPER]
        requests += [
            Request((Message("system", PROMPTS["reader"]), Message("user", f"{text}\n\n{question}")), max_tokens=120)
            for question in PROMPTS["questions"]
        ]
    return requests


def _texts() -> list[str]:
    return [json.loads(line)["abstract"] for line in ABSTRACTS.read_text(encoding="utf-8").splitlines()]

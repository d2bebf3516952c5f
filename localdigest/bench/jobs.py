"""What is measured: thirteen real abstracts to translate, and prompts as long as an explanation's. Pure."""

from __future__ import annotations

import json
from pathlib import Path

from localdigest.records import Message, Request

ABSTRACTS = Path(__file__).with_name("abstracts.jsonl")
"""The abstracts of arXiv's cs.SD and eess.AS papers submitted on 16 December 2025 (arXiv metadata, CC0)."""

TRANSLATOR = (
    "You are an experienced translator of scientific papers. Translate the abstract that the user gives you "
    "from English into simplified Chinese. Keep numbers, units, names of models and datasets, formulas and "
    "addresses exactly as they are. Answer with the translation alone: no title, no comment, no English."
)
READER = "You read scientific papers closely and answer questions about them in a few exact sentences, in English."
QUESTIONS = (
    "Which problems of earlier methods does this text name, and for which of them does it give a reason? Name "
    "them one after the other, each with the method that it belongs to and the reason that the authors give "
    "for it. Leave out whatever is said of the authors' own method, of datasets and of results, and do not "
    "repeat yourself. Where no reason is given, say so in a few words. Use whole sentences, and name methods "
    "exactly as the text names them.",
    "How do the methods that are proposed here work? Describe each step in the order in which data passes "
    "through it, and say for each step what goes in, what comes out and why the authors have it. Leave out "
    "results, datasets and whatever is said of other people's methods, and do not repeat yourself. Where a "
    "step is named but not described, say so in a few words. Use whole sentences, and name parts and models "
    "exactly as the text names them.",
    "On which tasks and datasets were these methods tried, by which measures, and with which figures? Give "
    "each figure with its task, dataset and measure, and with the figure that it is compared with if there is "
    "one. Leave out how the methods work and what is promised for the future, and do not repeat yourself. "
    "Where a claim comes without a figure, say so in a few words. Use whole sentences, and copy figures and "
    "names exactly as the text has them.",
)
"""About a hundred tokens each."""


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
            Request((Message("system", READER), Message("user", f"{text}\n\n{question}")), max_tokens=120)
            for question in QUESTIONS
        ]
    return requests


def _texts() -> list[str]:
    return [json.loads(line)["abstract"] for line in ABSTRACTS.read_text(encoding="utf-8").splitlines()]


PAPER = 13_400
"""Characters: about 2,500 of Qwen's tokens."""

"""Messages -> segments, by the chat template that the model file carries.

The template is rendered once for each shape of conversation with placeholders in place of the texts, then cut at the
placeholders. What the template wrote is scaffolding, where special tokens are parsed; the texts themselves never are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from localdigest.messages.errors import ModelError
from localdigest.records import Message


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt. Only in a `special` one is `<|im_end|>` a single token; elsewhere it is plain text."""

    text: str
    special: bool


CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The format of every Qwen model, for files that carry no template."""

# Private-use characters, so that no template can take them for anything but text.
_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")


def _raise(message: str) -> None:
    raise jinja2.TemplateError(message)


@lru_cache(maxsize=64)
def _scaffold(template: str, roles: tuple[str, ...], bos: str, eos: str) -> tuple[str | int, ...]:
    """The rendered template as literal pieces and indices of messages."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _raise
    messages = [{"role": role, "content": f"\ue000{i}\ue001"} for i, role in enumerate(roles)]
    try:
        # Qwen3 and later read enable_thinking; templates that do not know it ignore it.
        text = environment.from_string(template).render(
            messages=messages, add_generation_prompt=True, enable_thinking=False, bos_token=bos, eos_token=eos
        )
    except Exception as error:  # isolation boundary: a stranger's program may raise anything, MemoryError included
        why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ModelError(
            "the model's chat template cannot be used ({why}); choose another model with --model", why
        ) from error
    pieces = _PLACEHOLDER.split(text)
    scaffold = tuple(int(piece) if i % 2 else piece for i, piece in enumerate(pieces))
    missing = set(range(len(roles))) - {p for p in scaffold if isinstance(p, int)}
    if missing:
        raise ModelError(
            "the model's chat template drops the {role} message; choose another model with --model", roles[min(missing)]
        )
    return scaffold


def segments(
    template: str, messages: tuple[Message, ...], prefill: str = "", bos: str = "", eos: str = ""
) -> tuple[Segment, ...]:
    """The prompt for `messages`, ending where the model's answer (after `prefill`) begins. `bos` and `eos` are the
    texts of the tokens that begin and end a text, which some templates write.

    Where the template knows no system message, the first user message begins with it. Raises ModelError when the
    template fails or leaves a message out.
    """
    pieces: list[Segment] = []
    template = template or CHATML
    try:
        scaffold = _scaffold(template, tuple(m.role for m in messages), bos, eos)
    except ModelError:
        if [m.role for m in messages[:2]] != ["system", "user"]:
            raise
        messages = (Message("user", f"{messages[0].text}\n\n{messages[1].text}"), *messages[2:])
        scaffold = _scaffold(template, tuple(m.role for m in messages), bos, eos)
    for piece in scaffold:
        if isinstance(piece, int):
            pieces.append(Segment(messages[piece].text, special=False))
        elif piece:
            pieces.append(Segment(piece, special=True))
    if prefill:
        pieces.append(Segment(prefill, special=False))
    return tuple(pieces)

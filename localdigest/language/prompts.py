"""Prompt files -> messages. One file a task in `prompts/<language>/`; a workspace may override single files.

A file has a `[system]` and a `[user]` part, each a Jinja2 template in which an undefined name is an error. The file is
cut into parts before anything is filled in, so a paper's text can never open a part of its own.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest.errors import ConfigError
from localdigest.language import profile
from localdigest.records import Message

if TYPE_CHECKING:
    import jinja2

_PART = re.compile(r"^\[(system|user)\]\s*$", re.MULTILINE)
SHIPPED = profile.PROMPTS


@dataclass(frozen=True, slots=True)
class Prompt:
    """One task's prompt. `fingerprint` is the sha256 of its text: a changed prompt makes new work."""

    task: str
    language: str
    """The code of what it has the model write."""
    path: Path
    system: str
    user: str
    fingerprint: str

    def messages(self, **values: object) -> tuple[Message, Message]:
        """The two turns with `values` filled in. Raises ConfigError where the file names an unknown value."""
        return Message("system", self._fill(self.system, values)), Message("user", self._fill(self.user, values))

    def _fill(self, text: str, values: Mapping[str, object]) -> str:
        import jinja2

        try:
            return _environment().from_string(text).render(values).strip()
        except jinja2.TemplateError as error:
            raise ConfigError(
                "{path}: {error}; it may use {names}", self.path, error, ", ".join(sorted(values))
            ) from error


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # here, since whoever only counts or shows what is stored fills in no prompt

    return jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


def load(task: str, language: str, folders: Sequence[Path]) -> Prompt:
    """The prompt of `task` from the first of `folders` that has `<language>/<task>.md` (see `languages.find_prompt`).

    Raises ConfigError when none has it or the file lacks a part.
    """
    if path := profile.find_prompt(task, language, folders):
        text = path.read_text(encoding="utf-8")
        pieces = _PART.split(text)
        parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
        if set(parts) != {"system", "user"}:
            raise ConfigError(
                "{path}: a prompt file needs a [system] and a [user] line, each followed by its text", path
            )
        # White space at the ends changes nothing the model sees, so it must not make new work.
        clean = "\n".join(line.rstrip() for line in text.strip().splitlines())
        fingerprint = hashlib.sha256(clean.encode()).hexdigest()[:16]
        return Prompt(task, language, path, parts["system"].strip(), parts["user"].strip(), fingerprint)
    known = sorted({p.name for folder in folders if folder.is_dir() for p in folder.iterdir() if p.is_dir()})
    raise ConfigError(
        "no prompt {task!r} for language {language!r}; languages with prompts: {known}",
        task,
        language,
        ", ".join(known),
    )


def fingerprint(*prompts: Prompt) -> str:
    """One fingerprint of all the prompts that a task uses."""
    return hashlib.sha256("".join(p.fingerprint for p in prompts).encode()).hexdigest()[:16]

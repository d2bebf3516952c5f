"""Prompt files -> messages. One file a task in `prompts/<language>/`; a workspace may override single files.

A file has a `[system]` and a `[user]` part, each a Jinja2 template in which an undefined name is an error. The file is
cut into parts before anything is filled in, so a paper's text can never open a part of its own.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from localdigest.language import profile
from localdigest.messages.errors import ConfigError
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
    remarks: Mapping[str, str] = field(default_factory=dict)
    """How a further try is told of what was wrong with the last, by the kind of remark (see `checks.registry`)."""

    def messages(self, **values: object) -> tuple[Message, Message]:
        """The two turns with `values` filled in. Raises ConfigError where the file names an unknown value."""
        return Message("system", self._fill(self.system, values)), Message("user", self._fill(self.user, values))

    def _fill(self, text: str, values: Mapping[str, object]) -> str:
        import jinja2

        try:
            return _template(text).render(values).strip()
        except jinja2.TemplateError as error:
            raise ConfigError(
                "{path}: {error}; it may use {names}", self.path, error, ", ".join(sorted(values))
            ) from error


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # here, since whoever only counts or shows what is stored fills in no prompt

    return jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@functools.cache
def _template(text: str) -> jinja2.Template:
    """Compiled once: that takes milliseconds, and each sentence fills the same one in."""
    return _environment().from_string(text)


def load(task: str, language: str, folders: Sequence[Path]) -> Prompt:
    """The prompt of `task` from the first of `folders` that has `<language>/<task>.md` (see `profile.find_prompt`).

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
        wording = _remarks(task, language, folders)
        if "remarks" in parts["user"]:
            clean += "".join(f"\n{kind}\t{wording[kind]}" for kind in sorted(wording))
        fingerprint = hashlib.sha256(clean.encode()).hexdigest()[:16]
        return Prompt(task, language, path, parts["system"].strip(), parts["user"].strip(), fingerprint, wording)
    known = sorted({p.name for folder in folders if folder.is_dir() for p in folder.iterdir() if p.is_dir()})
    raise ConfigError(
        "no prompt {task!r} for language {language!r}; languages with prompts: {known}",
        task,
        language,
        ", ".join(known),
    )


def _remarks(task: str, language: str, folders: Sequence[Path]) -> dict[str, str]:
    """From `remarks.toml` of the language and of the one that it is made of, a folder's own before the shipped: the
    remarks that all tasks share, and those of this task. Raises ConfigError for a file that is no such table."""
    codes = (profile.find(language).made_of, language)
    found: dict[str, str] = {}
    for path in (folder / code / "remarks.toml" for folder in reversed((*folders, SHIPPED)) for code in codes if code):
        if path.is_file():
            try:
                table = msgspec.toml.decode(path.read_bytes(), type=dict[str, str | dict[str, str]])
            except ValueError as error:
                raise ConfigError("{about}: {why}", path, error) from error
            found |= {kind: text for kind, text in table.items() if isinstance(text, str)}
            found |= own if isinstance(own := table.get(task), dict) else {}
    return found


def fingerprint(*prompts: Prompt) -> str:
    """One fingerprint of all the prompts that a task uses."""
    return hashlib.sha256("".join(p.fingerprint for p in prompts).encode()).hexdigest()[:16]

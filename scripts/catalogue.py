"""Keeps the catalogue of messages in step with the sources: .venv/bin/python scripts/catalogue.py [--check]

Collects what people are shown: `_("...")` in the sources, the help of every command and option, click's own words, and
the sentences that `messages.told` recognises. New ones are added to the .po without a translation, gone ones dropped,
and the .mo is made of it. Translate what it lists, then run it again. `--check` changes nothing and ends with 1 where
something is missing, untranslated or not compiled.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from localdigest import cli, messages
from localdigest.cli.help import texts

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "localdigest" / "locale" / "zh" / "LC_MESSAGES" / "localdigest.po"
MO = PO.with_suffix(".mo")
CLICK = (
    "Usage:", "Options", "Commands", "Show this message and exit.", "Show the version and exit.", "Error: {message}",
    "Try '{command} {option}' for help.", "No such command {name!r}.", "No such option {name!r}.",
    "Missing argument", "Missing option", "default: {default}", "required", "Aborted!",
    "Got unexpected extra argument ({args})",
    "Invalid value for {param_hint}: {message}", "Invalid value: {message}", "{value!r} is not one of {choices}.",
)  # fmt: skip
"""What click says of its own in the places that a user is likely to meet."""


def sources() -> Iterator[Path]:
    return iter(sorted((ROOT / "localdigest").rglob("*.py")))


def marked() -> Iterator[str]:
    """The texts in `_("...")`. Raises ValueError for one that is put together before it is looked up."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
                elif isinstance(first, ast.JoinedStr):
                    raise ValueError(f"{path}:{node.lineno}: fill in the values after the text is looked up")


def composed() -> set[str]:
    """Every string and f-string of the sources, with `{}` for each place: what `sentences.txt` may name."""
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.add("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"\{\w*\}", "{}", node.value))
    return found


def wanted() -> list[str]:
    """Everything to be translated, each once, in a steady order."""
    return list(dict.fromkeys((*marked(), *texts(cli.cli), *messages.sentences(), *CLICK)))


def places(text: str) -> set[str]:
    """The names of the places to fill in `text`."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:  # help texts may have braces of their own
        return set()


def read() -> Catalog:
    return read_po(io.BytesIO(PO.read_bytes()), locale="zh") if PO.exists() else Catalog(locale="zh")


def updated(old: Catalog) -> Catalog:
    new = Catalog(
        locale="zh", project="localdigest", header_comment="# What localdigest says, in Chinese.", fuzzy=False
    )
    for text in wanted():
        known = old.get(text)
        new.add(text, known.string if known else "")
    return new


def faults(catalogue: Catalog) -> list[str]:
    """What is wrong with a catalogue: texts without a translation, or with other places to fill."""
    translated = {message.id for message in catalogue if message.string}
    found = [f"untranslated: {text}" for text in wanted() if text not in translated]
    for message in catalogue:
        if message.id and message.string and places(str(message.id)) != places(str(message.string)):
            found.append(f"other places than the English: {message.id}")
    return found


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the same bytes every time
    write_mo(out, catalogue)
    return out.getvalue()


def stale(catalogue: Catalog) -> bool:
    """Whether the .mo says anything else than `catalogue`: its bytes also hold which Babel wrote them."""
    if not MO.exists():
        return True
    there, due = (read_mo(io.BytesIO(data)) for data in (MO.read_bytes(), compiled(catalogue)))
    return {message.id: message.string for message in there if message.id} != {
        message.id: message.string for message in due if message.id
    }


def main() -> int:
    check = "--check" in sys.argv[1:]
    catalogue = read()
    if not check:
        catalogue = updated(catalogue)
        out = io.BytesIO()
        write_po(out, catalogue, width=118, no_location=True, omit_header=False, sort_output=False)
        # Babel's header holds the time of day: the same catalogue shall be the same bytes.
        text = re.sub(
            rb'(?m)^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By).*\n',
            b"",
            out.getvalue(),
        )
        PO.parent.mkdir(parents=True, exist_ok=True)
        PO.write_bytes(text)
        catalogue = read()
        MO.write_bytes(compiled(catalogue))
    trouble = faults(catalogue)
    if stale(catalogue):
        trouble.append(f"{MO.name} is not what {PO.name} compiles to")
    print("\n".join(trouble))
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())

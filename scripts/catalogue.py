"""Keeps the catalogue of messages in step with the sources: .venv/bin/python scripts/catalogue.py [--check]

Collects what people are shown: `_("...")`, `Notice("...", ...)` and errors made of such a text in the sources, the help
of every command and option, and click's own words. New ones are added to the .po without a translation, gone ones
dropped, and the .mo is made of it. Translate what it lists, then run it again. `--check` changes nothing and ends with
1 where something is missing, untranslated or not compiled.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from localdigest import cli, messages
from localdigest.cli.help import texts

ROOT = Path(__file__).resolve().parents[1]
OS_ERROR = ".for_os_error"
"""Makes an error of such a text and its values, the last of which it has itself."""
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


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Where a text for people is made: `_`, `Notice`, and the errors that carry one; each with its place."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    classes = [(n.name, {ast.unparse(base) for base in n.bases}) for _, n in nodes if isinstance(n, ast.ClassDef)]
    names = {"NoticeError"}
    while more := {name for name, bases in classes if bases & names} - names:
        names |= more
    for path, node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).removesuffix(OS_ERROR) in {"_", "Notice", *names}:
            yield f"{path}:{node.lineno}", node


def marked() -> Iterator[str]:
    """The texts in `calls`. Raises ValueError for one that is put together first, or that its values do not fit."""
    for where, call in calls():
        match call.args:
            case [ast.Constant(value=str(text)), *values]:
                yield text
                counted = values or ast.unparse(call.func) != "_"
                counted = counted and not any(isinstance(value, ast.Starred) for value in values)
                given = len(values) + ast.unparse(call.func).endswith(OS_ERROR)
                if counted and given != len(messages.places(text)):
                    raise ValueError(f"{where}: {given} values for {text!r}")
            case [ast.JoinedStr(), *_]:
                raise ValueError(f"{where}: fill in the values after the text is looked up")


def wanted() -> list[str]:
    """Everything to be translated, each once, in a steady order."""
    return list(dict.fromkeys((*marked(), *texts(cli.cli), *shipped(), *CLICK)))


def shipped() -> Iterator[str]:
    """What models.toml says of each model."""
    return (model["good_for"] for model in tomllib.loads((ROOT / "models.toml").read_text("utf-8"))["model"])


def places(text: str) -> set[str]:
    """The names of the places to fill in `text`."""
    try:
        return set(messages.places(text))
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

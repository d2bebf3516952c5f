"""Writes what docs/ has from the program itself: the table of settings in docs/configuration.md.

    python scripts/make_docs.py [--check]

A setting's type and default come from the structs of `config.py`, its meaning from the comments of `config.TEMPLATE`,
which every workspace has too. `--check` changes nothing and ends with 1 where the file is not current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import inspect

from localdigest.workspace.config import TEMPLATE, Config

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- settings: made by scripts/make_docs.py -->\n", "<!-- end of settings -->\n"


def kind(of: inspect.Type) -> str:
    """A setting's type in a reader's words."""
    match of:
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in values)
        case inspect.IntType(ge=low, le=high):
            return f"integer from {low or 0}" + (f" to {high}" if high is not None else "")
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {kind(item)}s"
        case inspect.StrType():
            return "string"
        case inspect.BoolType():
            return "`true`, `false`"
        case inspect.FloatType():
            return "number"
        case _:
            raise TypeError(f"no words for the type {of}")


def settings(struct: type[msgspec.Struct] = Config, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Key with its tables, type and default of every setting, in the order of the structs."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if isinstance(field.type, inspect.StructType):
            yield from settings(field.type.cls, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", kind(field.type), msgspec.json.encode(field.default).decode()


def meanings(template: str = TEMPLATE) -> dict[str, str]:
    """By key: the comment above it, which keys that follow one another share. Examples in it are left out."""
    found: dict[str, str] = {}
    table, comment, fresh = "", [""], True
    for line in template.splitlines():
        if opened := re.fullmatch(r"\[([\w.]+)\]", line):
            table, comment = f"{opened[1]}.", []
        elif line.startswith("#"):
            comment = [*(comment if fresh else []), line.removeprefix("#").strip()]
            fresh = True
        elif key := re.match(r"(\w+) = ", line):
            # An example is a comment that would be a setting without its "#".
            said = " ".join(words for words in comment if not re.match(r"\w+ = ", words))
            found[table + key[1]] = re.sub(r":$", ".", said)
            fresh = False
        else:
            comment = []
    return found


def literal(text: str) -> str:
    """`text` so that Markdown shows it as it stands; what is in backticks stays code."""
    pieces = text.split("`")
    return "`".join(re.sub(r"([*<_])", r"\\\1", piece) if at % 2 == 0 else piece for at, piece in enumerate(pieces))


def table() -> str:
    meaning = meanings()
    said: dict[str, str] = {}
    rows = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for key, type_, default in settings():
        if not meaning.get(key):
            raise KeyError(f"config.TEMPLATE has no comment for {key}")
        first = said.setdefault(meaning[key], key)
        text = literal(meaning[key]) if first == key else f"as `{first}`"
        cells = (f"`{key}`", type_, f"`{default}`", text)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def current(page: str) -> str:
    """`page` with the table as it should be."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has lost the marks that the table of settings stands between")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    if page == current(page):
        return 0
    if "--check" in arguments:
        print(f"docs/{PAGE.name} is not current: run scripts/make_docs.py", file=sys.stderr)
        return 1
    PAGE.write_text(current(page), encoding="utf-8")
    print(f"docs/{PAGE.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

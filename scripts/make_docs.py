"""Writes what the documentation has from the program itself: settings in docs/configuration.md, checks in
docs/checks.md, what quality to expect of models in both READMEs.

    python scripts/make_docs.py [--check]

A setting's type and default come from the structs of `config.py`, its meaning from the comments of the template of
localdigest.toml, which every workspace has too. A code's row comes from its checks. `--check` changes nothing and ends
with 1 where a file is not current.
"""

from __future__ import annotations

import functools
import gettext
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import inspect

from localdigest import messages
from localdigest.checks.registry import CHECKS, CODES, Kind
from localdigest.flows import cite  # with `condense`: what they tell has codes, too
from localdigest.models import quality
from localdigest.models.catalogue import shipped
from localdigest.workspace.config import TEMPLATE, Config

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, CHECKED = DOCS / "configuration.md", DOCS / "checks.md"
README, README_ZH = DOCS.parent / "README.md", DOCS.parent / "README.zh-CN.md"
BEGIN, END = "<!-- made by scripts/make_docs.py -->\n", "<!-- end of what is made -->\n"


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


def meanings(template: str = TEMPLATE.read_text(encoding="utf-8")) -> dict[str, str]:
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
            raise KeyError(f"{TEMPLATE.name} has no comment for {key}")
        first = said.setdefault(meaning[key], key)
        text = literal(meaning[key]) if first == key else f"as `{first}`"
        cells = (f"`{key}`", type_, f"`{default}`", text)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def codes() -> str:
    """A row a code, in the order in which findings are told; those of the flows last."""
    assert cite.UNCITED in CHECKS
    rows = ["| code | of | weight | remark | page | finds |", "| --- | --- | --- | --- | --- | --- |"]
    for code in dict.fromkeys(check.code for check in CHECKS):
        first = CODES[code]
        own = [check for check in CHECKS if check.code == code]
        kinds = ", ".join(str(kind.name).lower() for kind in Kind if any(kind in check.of for check in own))
        says = " ".join(" ".join(check.says.split()) for check in own)
        cells = (
            f"`{code}`",
            kinds,
            str(first.weight.name).lower() if first.find else "",
            first.ask or "",
            "yes" if first.on_page else "",
        )
        rows.append("| " + " | ".join((*cells, literal(says).replace("|", "\\|"))) + " |")
    return "\n".join(rows) + "\n"


def expected(language: str = "en") -> str:
    """Of each model that was measured, and of the others; a sentence each."""
    catalogue = gettext.translation(messages.DOMAIN, messages.FOLDER, [language], fallback=True)
    lines = [
        catalogue.gettext(each.text).format(**each.values) if each.values else catalogue.gettext(each.text)
        for each in quality.expectations(shipped())
    ]
    return "".join(f"- {line}\n" for line in lines)


PAGES: dict[Path, Callable[[], str]] = {
    PAGE: table,
    CHECKED: codes,
    README: expected,
    README_ZH: functools.partial(expected, "zh"),
}


def current(page: str, made: Callable[[], str] = table) -> str:
    """`page` with its table as it should be."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page has lost the marks that its table stands between")
    return f"{before}{BEGIN}\n{made()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    stale = 0
    for path, made in PAGES.items():
        page = path.read_text(encoding="utf-8")
        if page == current(page, made):
            continue
        stale += 1
        if "--check" in arguments:
            print(f"{path.relative_to(DOCS.parent)} is not current: run scripts/make_docs.py", file=sys.stderr)
        else:
            path.write_text(current(page, made), encoding="utf-8")
            print(f"{path.relative_to(DOCS.parent)} written")
    return int("--check" in arguments and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Page templates: the shipped ones (`localdigest/templates/`), and the user's own that stand in for them."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from localdigest.messages.errors import ConfigError

SHIPPED = Path(__file__).parents[1] / "templates"


class _Compiled(jinja2.BytecodeCache):
    """What this process has compiled, by the template's file and text: pages of many days are made of the same few."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = {autoescape: _Compiled() for autoescape in (False, True)}


def environment(own: Path | None, autoescape: bool) -> jinja2.Environment:
    """Templates by name, first from the folder `own`. An undefined name is an error.

    Not sandboxed: the files are the user's, like `localdigest.toml`.
    """
    folders = [folder for folder in (own, SHIPPED) if folder is not None]
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,
        bytecode_cache=_COMPILED[autoescape],
    )


def fill(made: jinja2.Environment, name: str, values: Mapping[str, object]) -> str:
    """The template `name` with `values`. Raises ConfigError, naming file and line, for one that is broken."""
    try:
        return made.get_template(name).render(values)
    except jinja2.TemplateSyntaxError as error:
        path = Path(error.filename or name)
        if path.is_relative_to(SHIPPED):
            raise
        raise _broken(path, error.lineno, error) from error
    except Exception as error:
        # Whatever a user's expression may raise: jinja2 makes its tracebacks name the template and its line.
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(".j2")]
        if not frames or Path(frames[-1].filename).is_relative_to(SHIPPED):
            raise
        raise _broken(Path(frames[-1].filename), frames[-1].lineno, error) from error


def check(own: Path) -> None:
    """Raises ConfigError, naming file and line, where one of the user's templates cannot be read as one."""
    made = environment(own, autoescape=True)
    for path in sorted(own.rglob("*.j2")):
        try:
            made.parse(path.read_text(encoding="utf-8"), path.name, str(path))
        except jinja2.TemplateSyntaxError as error:
            raise _broken(path, error.lineno, error) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("{about}: {why}", path, error) from error


def _broken(path: Path, line: int | None, error: Any) -> ConfigError:
    told = getattr(error, "message", None) or str(error)
    return ConfigError("{path}, line {line}: {told}; docs/templates.md says what a template may use", path, line, told)

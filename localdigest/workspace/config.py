"""The workspace: its folders, and `localdigest.toml` as a frozen record. An unknown key is an error, not a shrug."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from localdigest.files import write_atomic
from localdigest.language.profile import is_usable, usable
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, LocaldigestError
from localdigest.messages.toml import Place, value_at
from localdigest.records import FormName, PartName, Quality, taxonomy

FILE = "localdigest.toml"

Length = Annotated[int, msgspec.Meta(ge=50, le=2000)]


class WindowConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: Literal["announced", "submitted"] = "announced"
    look_back: Annotated[int, msgspec.Meta(ge=0, le=60)] = 5
    catch_up: Literal["each", "one"] = "each"
    replacements: bool = False
    zone: str = "Asia/Shanghai"
    anchor: str = "08:50"


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Han characters a part, about; other languages write as much in characters of theirs."""

    background: Length = 165
    method: Length = 375
    results: Length = 240

    @property
    def lengths(self) -> dict[PartName, int]:
        return {"background": self.background, "method": self.method, "results": self.results}


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    titles: bool = False
    coverage: bool = True
    typography: bool = True
    formats: tuple[FormName, ...] = ("html",)
    figures: Literal["own", "all", "none"] = "own"
    url: str = ""


class Arxiv(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contact: str = ""
    pdfs: bool = True
    api_url: str = "https://export.arxiv.org/api/query"
    rss_url: str = "https://rss.arxiv.org/atom"
    oai_url: str = "https://oaipmh.arxiv.org/oai"
    pdf_url: str = "https://export.arxiv.org/pdf"


class Select(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    primary_only: bool = False
    interests: tuple[str, ...] = ()
    learn: bool = False
    max_papers: Annotated[int, msgspec.Meta(ge=0)] = 0
    order: Literal["submitted", "rank"] = "submitted"


class Models(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model for one task alone; empty: the one named by `model`."""

    translate: str = ""
    explain: str = ""


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["local", "endpoint"] = "local"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    threads: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    nice: Annotated[int, msgspec.Meta(ge=0, le=19)] = 0
    url: str = ""
    model: str = ""
    slots: Annotated[int, msgspec.Meta(ge=1, le=256)] = 8


class Deliver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    smtp: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    mail: Literal["whole", "gists"] = "whole"
    message: Literal["whole", "gists"] = "gists"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    categories: tuple[str, ...] = ("cs.SD", "eess.AS")
    language: str = "zh-CN"
    model: str = "starter"
    quality: Quality = "standard"
    prompts: str = "prompts"
    glossary: str = "glossary"
    templates: str = "templates"
    output: str = "posts"
    window: WindowConfig = WindowConfig()
    select: Select = Select()
    models: Models = Models()
    breakdown: Breakdown = Breakdown()
    page: Page = Page()
    arxiv: Arxiv = Arxiv()
    engine: Engine = Engine()
    deliver: Deliver = Deliver()


TEMPLATE = Path(__file__).parents[1] / "templates" / FILE
"""The commented configuration of a new workspace: every key with its default."""


@dataclass(frozen=True)
class _Place:
    """A file or folder in the workspace, always of one name or of that which a setting gives it."""

    name: str = ""
    setting: str = ""

    def __get__(self, space: Workspace, _kind: object) -> Path:
        return space.root / (self.name or getattr(space.config, self.setting))


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder that holds everything of one digest."""

    root: Path
    config: Config

    library = _Place("library.db")
    pdfs = _Place("pdfs")
    figures = _Place("figures")
    ledger = _Place("ledger.jsonl")
    nodes = _Place("nodes.json")
    cache = _Place("cache")
    posts = _Place(setting="output")
    exports = _Place("exports")
    site = _Place("site")
    templates = _Place(setting="templates")
    prompts = _Place(setting="prompts")
    glossary = _Place(setting="glossary")


def create(root: Path, **values: tuple[str, ...] | str | bool | None) -> bool:
    """Make `root` a workspace with a commented configuration, these values of its keys in it but for those that are
    None. False where it already is one.
    """
    path = root / FILE
    with ConfigError.for_os_error("{root}: cannot be made ({why}); choose another with --workspace", root):
        root.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return False
    text = template = TEMPLATE.read_text(encoding="utf-8")
    for key, value in values.items():
        if value is not None:
            # JSON's strings, arrays of them and truth are TOML's too.
            (line, *_) = re.findall(rf"(?m)^{key} = .*$", template)  # [engine] has a model of its own, further down
            text = text.replace(line, f"{key} = {json.dumps(value, ensure_ascii=False)}", 1)
    write_atomic(path, text)
    return True


def open_workspace(root: Path, *, must_exist: bool | None = True, **overrides: str | None) -> Workspace:
    """The workspace at `root` with its configuration; `overrides` that are not None win over the file.

    Where it need not exist, the defaults stand in for the file; its folder must be there all the same, unless that is
    None: one that is not was mistyped. Raises ConfigError naming the file and the key, or
    the languages that there are for one that lacks its profile, prompts or words: before any work.
    """
    path, values, text = root / FILE, dict[str, Any](), ""
    if path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            why = str(error).replace("at end of document", f"at the end of the file, line {len(text.splitlines())}")
            raise ConfigError("{about}: {why}", path, why) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("{about}: {why}", path, error) from error
        _check_keys(values, Config, Place(path, text))
    elif must_exist or (must_exist is False and not root.is_dir()):
        raise ConfigError("{root} is no localdigest workspace; {way_out}", root, _meant(root))
    place = Place(path, text)
    values.update({key: value for key, value in overrides.items() if value is not None})
    engine = values.get("engine")
    if overrides.get("model"):  # the option names the model that is used, for whatever and wherever that runs
        values.pop("models", None)
        if isinstance(engine, dict) and engine.get("kind") == "endpoint":
            engine["model"] = overrides["model"]
    if isinstance(values.get("categories"), str):
        values["categories"] = [values["categories"]]
    try:
        conf = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigError("{where}, {key}: {why}", *place.wrong(error)) from error
    if "categories" in values:
        conf = msgspec.structs.replace(conf, categories=taxonomy.known(conf.categories, place.at("categories")))
    space = Workspace(root, conf)
    language = space.config.language
    if not is_usable(language, space.prompts):
        named_by = place.at("language") if path.is_file() and not overrides.get("language") else "--language"
        known = ", ".join(usable(space.prompts))
        raise ConfigError("{named_by}: no language {language!r}; there are: {known}", named_by, language, known)
    return space


def _meant(root: Path) -> Notice:
    """The workspace beside it that has nearly its name; else how to make one."""
    beside = root.parent.iterdir() if root.name and root.parent.is_dir() else ()
    others = {path.name: path for path in beside if (path / FILE).is_file()}
    if near := difflib.get_close_matches(root.name, others, n=1):
        return Notice("did you mean {near}?", others[near[0]])
    return Notice("`localdigest -C {root} init` makes it one", root)


@contextmanager
def told_with_its_line(root: Path) -> Iterator[None]:
    """What the block raises of a setting is raised with the file and the line where the setting stands."""
    try:
        yield
    except LocaldigestError as error:
        path = root / FILE
        if not error.setting or not path.is_file():
            raise
        place = Place(path, path.read_text(encoding="utf-8")).at(*error.setting.split("."))
        found = value_at(tomllib.loads(place.text), place.keys)
        if error.value != found and error.value not in (found if isinstance(found, list) else ()):
            raise  # an option's, or a default
        raise type(error)("{about}: {why}", place, error.notice) from error


def _check_keys(values: dict[str, Any], kind: type[msgspec.Struct], place: Place) -> None:
    """msgspec would name the unknown key too, but not the one that was probably meant."""
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            prefix = "".join(f"{table}." for table in place.keys)
            close = Notice("did you mean {near}?", f"{prefix}{near[0]}") if near else None
            meant = close or Notice("known here: {known}", ", ".join(known))
            raise ConfigError("{where}: unknown key {key}; {meant}", place.at(key), f"{prefix}{key}", meant)
        inner = known[key]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _check_keys(value, inner, place.at(key))

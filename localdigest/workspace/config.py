"""The workspace: its folders, and `localdigest.toml` as a frozen record. An unknown key is an error, not a shrug."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from localdigest.errors import ConfigError
from localdigest.files import write_atomic
from localdigest.language.profile import is_usable, usable
from localdigest.messages import Notice
from localdigest.records import FormName, PartName, Quality

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

    background: Length = 200
    method: Length = 600
    results: Length = 200

    @property
    def lengths(self) -> dict[PartName, int]:
        return {"background": self.background, "method": self.method, "results": self.results}


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    titles: bool = False
    coverage: bool = True
    formats: tuple[FormName, ...] = ("html",)
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
    max_papers: Annotated[int, msgspec.Meta(ge=0)] = 0
    order: Literal["submitted", "rank"] = "submitted"


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["local", "endpoint"] = "local"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    url: str = ""
    model: str = ""
    slots: Annotated[int, msgspec.Meta(ge=1, le=256)] = 8


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
    breakdown: Breakdown = Breakdown()
    page: Page = Page()
    arxiv: Arxiv = Arxiv()
    engine: Engine = Engine()


TEMPLATE = """\
# localdigest: what to collect, in which language, by which model. Every key is shown with its default.

# arXiv categories; a paper in any of them, cross-lists included, is on the page. An empty list shows all.
categories = ["cs.SD", "eess.AS"]

# Language of the page, such as zh-CN, ja or en (abstracts stay as they are, papers are explained); see
# docs/languages.md.
language = "zh-CN"

# A name from `localdigest models list`; `starter` runs on any laptop.
model = "starter"

# "standard", or "high": several drafts of each sentence, of which the best is taken; three to five times the work.
quality = "standard"

# Folder with your own prompts, laid out like the shipped ones (zh-CN/translate.md); single files may be overridden.
prompts = "prompts"

# Folder with your own terms, `<language>.tsv`: an English term, a tab, its renderings parted by "/". They go before
# the shipped ones (zh-CN and zh-TW).
glossary = "glossary"

# Folder with your own page templates, named like the shipped ones (jekyll.md.j2, html/page.css); see docs/templates.md.
templates = "templates"

# Folder of the pages, `DATE-arxiv.md`; the JSON export goes to `exports/DATE.json`.
output = "posts"

[window]
# "announced": a page holds what arXiv announced for its date, late papers included, and no paper comes twice.
# "submitted": a page holds the papers submitted from `anchor` on the day before to `anchor` on the day, in `zone`.
mode = "announced"
# Announced mode: days before the announcement in which late papers are looked for.
look_back = 5
# Announced mode: after days off, a page for "each" missed announcement, or "one" for the gap.
catch_up = "each"
# Announced mode: whether new versions of papers get a section of their own, with what changed in the abstract.
replacements = false
# Time zone (IANA name) of the window in submitted mode, and of `--deadline` in both modes.
zone = "Asia/Shanghai"
# Submitted mode: the time of day at which one day's window closes and the next one opens.
anchor = "08:50"

[select]
# Papers on the page are those in the categories that match an `include` rule (all, where there is none) and no
# `exclude` rule. A rule is a word, a "phrase in quotes" or a begin*, in title or abstract; `title:`, `abstract:`,
# `author:` and `category:` look there only; of parts side by side all must match:
# include = ['vocoder', '"speech enhancement"', 'title:diffus* author:"Y. LeCun"']
include = []
exclude = []
# Authors to follow: their papers are on the page, and first in rank, whatever the other rules say but `exclude`.
authors = []
# Whether a paper's primary category must be one of `categories`; else cross-lists are in.
primary_only = false
# Your interests, to rank by: text files (one interest a line), BibTeX (.bib) or Zotero's CSL JSON (.json).
interests = []
# Papers on the page at most, the best in rank; 0 for no limit. The page says how many were left out.
max_papers = 0
# Order of the page: `submitted` (newest first) or `rank`. The work is always done in the order of rank.
order = "submitted"

[breakdown]
# Length of the three parts in Chinese characters, about; other languages say as much in more characters.
background = 200
method = 600
results = 200

[page]
# Whether titles are translated too; the translation stands below the English title, which stays.
titles = false
# Whether a small line under each breakdown says how much of the paper was read, what it was written from, and by
# which model.
coverage = true
# What `run` writes beside the Markdown page and the JSON export; "html": a page for the browser, in `site/`.
formats = ["html"]
# Address under which others read `site/`, where you put it on the web: for links and ids in the feed.
url = ""

[arxiv]
# Your e-mail or web address, sent with each request so that arXiv can reach you.
contact = ""
# Whether `collect` downloads PDFs; without them papers are translated, and their breakdowns stay pending.
pdfs = true
# Where listings and PDFs come from; a mirror's address may stand here. The feed and OAI-PMH are asked in announced
# mode, to check the API's answer and to fill gaps; "" leaves one out.
api_url = "https://export.arxiv.org/api/query"
rss_url = "https://rss.arxiv.org/atom"
oai_url = "https://oaipmh.arxiv.org/oai"
pdf_url = "https://export.arxiv.org/pdf"

[engine]
# "local": the model runs on this machine, and a digest opens no socket. "endpoint": a server of your own is asked, on
# this machine or a private network, in the OpenAI-compatible API (llama-server, vLLM, SGLang, Ollama).
kind = "local"
# Local: "auto": a GPU where llama.cpp was built for one and sees one, else the CPU. "gpu": an error where it does not.
# "cpu".
device = "auto"
# Endpoint: where it listens, such as "http://127.0.0.1:8080"; the model's name there; requests at a time.
url = ""
model = ""
slots = 8
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder that holds everything of one digest."""

    root: Path
    config: Config

    @property
    def library(self) -> Path:
        return self.root / "library.db"

    @property
    def pdfs(self) -> Path:
        return self.root / "pdfs"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.jsonl"

    @property
    def nodes(self) -> Path:
        return self.root / "nodes.json"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def posts(self) -> Path:
        return self.root / self.config.output

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def templates(self) -> Path:
        return self.root / self.config.templates

    @property
    def prompts(self) -> Path:
        return self.root / self.config.prompts

    @property
    def glossary(self) -> Path:
        return self.root / self.config.glossary


def create(
    root: Path, *, categories: tuple[str, ...] | None = None, language: str | None = None, model: str | None = None
) -> bool:
    """Make `root` a workspace with a commented configuration, these values in it. False where it already is one."""
    path = root / FILE
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            "{root}: cannot be made ({why}); choose another with --workspace", root, error.strerror
        ) from error
    if path.exists():
        return False
    text = TEMPLATE
    for key, value in (("categories", categories), ("language", language), ("model", model)):
        if value is not None:
            # JSON's strings and arrays of them are TOML's too.
            (line, *_) = re.findall(rf"(?m)^{key} = .*$", TEMPLATE)  # [engine] has a model of its own, further down
            text = text.replace(line, f"{key} = {json.dumps(value, ensure_ascii=False)}", 1)
    write_atomic(path, text)
    return True


def open_workspace(root: Path, *, must_exist: bool = True, **overrides: str | None) -> Workspace:
    """The workspace at `root` with its configuration; `overrides` that are not None win over the file.

    Where it need not exist, the defaults stand in for the file. Raises ConfigError naming the file and the key, or
    the languages that there are for one that lacks its profile, prompts or words: before any work.
    """
    path = root / FILE
    if not path.is_file():
        if not must_exist:
            given = {key: value for key, value in overrides.items() if value is not None}
            return _in_a_language(Workspace(root, msgspec.convert(given, Config)), "--language")
        raise ConfigError("{root} is no localdigest workspace; `localdigest -C {root} init` makes it one", root)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("{about}: {why}", path, error) from error
    _check_keys(values, Config, str(path), "")
    values.update({key: value for key, value in overrides.items() if value is not None})
    engine = values.get("engine")
    if overrides.get("model") and isinstance(engine, dict) and engine.get("kind") == "endpoint":
        engine["model"] = overrides["model"]  # the option names the model that is used, wherever that runs
    try:
        found = Workspace(root, msgspec.convert(values, Config))
    except msgspec.ValidationError as error:
        raise ConfigError("{about}: {why}", path, error) from error
    return _in_a_language(found, "--language" if overrides.get("language") else str(path))


def _in_a_language(space: Workspace, named_by: str) -> Workspace:
    if not is_usable(space.config.language, space.prompts):
        raise ConfigError(
            "{named_by}: no language {language!r}; there are: {known}",
            named_by,
            space.config.language,
            ", ".join(usable(space.prompts)),
        )
    return space


def _check_keys(values: dict[str, Any], kind: type[msgspec.Struct], path: str, prefix: str) -> None:
    """msgspec would name the unknown key too, but not the one that was probably meant."""
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            close = Notice("did you mean {near}?", f"{prefix}{near[0]}") if near else None
            meant = close or Notice("known here: {known}", ", ".join(known))
            raise ConfigError("{path}: unknown key {prefix}{key}; {meant}", path, prefix, key, meant)
        inner = known[key]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _check_keys(value, inner, path, f"{prefix}{key}.")

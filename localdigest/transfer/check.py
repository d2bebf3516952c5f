"""Whether a bag may be opened: signature, exact set of files, number and date; then every byte against its hash."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, InputRefused
from localdigest.transfer import bag as bagit
from localdigest.transfer import content
from localdigest.transfer.bag import Bag, BrokenBag, shown
from localdigest.transfer.content import Contents
from localdigest.transfer.keys import PublicKey
from localdigest.transfer.source import Source, pieces


@dataclass(frozen=True, slots=True)
class Opened:
    """What is remembered of the last package that was opened from a key."""

    sequence: int
    digest: str = ""
    """`Bag.digest`; empty where an earlier localdigest opened it."""


NOTHING = Opened(-1)


@contextlib.contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Says in one sentence, with the package's name, what is wrong with it: InputRefused."""
    try:
        yield
    except BrokenBag as error:
        raise InputRefused(
            "{path}: {error}; nothing of it was taken in, {way_out}", path, error, error.way_out
        ) from error
    except OSError as error:
        why = error.strerror or str(error) or "no answer"
        raise InputRefused(
            "{path}: cannot be read to its end ({why}); nothing of it was taken in, put the stick in and open it again",
            path,
            why,
        ) from error


def look(source: Source, trust: PublicKey | None, now: datetime, opened: Opened = NOTHING) -> Bag:
    """Everything that can be known without reading the payload, the signature before anything is believed.

    `trust` None: unsigned packages too. `opened`: the key's last package that was opened, which may be opened again: a
    kill may have left something to do. Raises BrokenBag.
    """
    tagmanifest = _read(source, bagit.TAGMANIFEST, 4096)
    if trust is not None:
        try:
            signature = _read(source, bagit.SIGNATURE, 4096)
        except BrokenBag:
            raise BrokenBag(
                "it is not signed",
                way_out=Notice("make it with --sign, or say --unsigned if you know where it comes from"),
            ) from None
        trust.check(tagmanifest, signature)
    hashes = bagit.read_tagmanifest(tagmanifest)
    tags = {}
    for name in bagit.TAGS:
        tags[name] = _read(source, name, bagit.MAX_TAG_BYTES)
        if hashlib.sha256(tags[name]).hexdigest() != hashes[name]:
            raise BrokenBag("{name} has other bytes than were signed", name)
    bag = replace(bagit.read_tags(tags), digest=hashlib.sha256(tagmanifest).hexdigest())
    content.limits({name: member.size for name, member in bag.payload.items()})
    _check_set(source, bag, signed=trust is not None)
    info = bag.info
    if info.expires <= now:
        until, today = (time.isoformat(" ", "minutes") for time in (info.expires, now))
        raise BrokenBag(
            "it was to be opened by {until} and it is {today}",
            until,
            today,
            way_out=Notice("have it made anew, or set this machine's clock if it is wrong"),
        )
    if info.sequence <= opened.sequence and bag.digest != opened.digest:
        raise BrokenBag(
            "its number {sequence} is not above {opened}, that of the last package opened here from this key",
            info.sequence,
            opened.sequence,
            way_out=Notice("have it made anew: packages are opened in the order in which they were made"),
        )
    return bag


def _check_set(source: Source, bag: Bag, signed: bool) -> None:
    entries = source.entries()
    if "fetch.txt" in {name.lower() for name in entries}:
        raise BrokenBag("it has a fetch.txt: a package brings everything itself")
    allowed = {*bag.payload, *bagit.TAGS, bagit.TAGMANIFEST, bagit.SIGNATURE}
    if extra := sorted(entries.keys() - allowed):
        raise BrokenBag(
            "{name} is in it and was not declared",
            shown(extra[0]),
            way_out=Notice("remove it if your system put it there"),
        )
    needed = allowed if signed else allowed - {bagit.SIGNATURE}
    if missing := sorted(needed - entries.keys()):
        raise BrokenBag("{name} is missing", shown(missing[0]))
    for name, member in bag.payload.items():
        if entries[name] != member.size:
            raise BrokenBag(
                "{name} has {found} bytes and was declared with {size}", shown(name), entries[name], member.size
            )


def _read(source: Source, name: str, most: int) -> bytes:
    bagit.check_names([name])
    with source.open(name) as file:
        data = bytearray()
        while piece := file.read(most + 1 - len(data)):
            data += piece
            if len(data) > most:
                raise BrokenBag("{name} is too long", name)
    return bytes(data)


def receive(source: Source, bag: Bag, into: Path | None = None) -> Contents:
    """Reads the payload, each file to its declared size and hash, and understands it. Raises BrokenBag, OSError.

    `into`: an empty folder, where the files are then as in the bag, durable; a model's parts are one file there.
    Raises ConfigError where it cannot be written to.
    """
    records: dict[str, bytes] = {}
    wholes: dict[str, Any] = {}
    """The hash of each model, as its parts make it."""
    for name, member in sorted(bag.payload.items()):
        keep = bytearray() if content.is_record(name) else None
        text = _TextCheck(name) if content.is_text(name) else None
        digest = hashlib.sha256()
        target = _target(name, into) if into else None
        whole = wholes.setdefault(_model_of(name), hashlib.sha256()) if _model_of(name) else None
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(source.open(name))
            write = stack.enter_context(_sink(target)) if target else None
            try:
                for piece in pieces(file, member.size):
                    digest.update(piece)
                    if whole:
                        whole.update(piece)
                    if keep is not None:
                        keep += piece
                    if text:
                        text.feed(piece)
                    if write:
                        write(piece)
            except BrokenBag as error:
                raise BrokenBag("{about}: {why}", shown(name), error) from None
            if digest.hexdigest() != member.sha256:
                raise BrokenBag("{name} has other bytes than were declared", shown(name))
        if keep is not None:
            records[name] = bytes(keep)
        if text:
            text.end()
    contents = content.understand(bag, records)
    if any(wholes[model.file].hexdigest() != model.sha256 for model in contents.models):
        raise BrokenBag("the parts of its model do not make the model that it tells of")
    return contents


class _TextCheck:
    """Whether a file that is not kept is UTF-8 without NUL, piece by piece."""

    def __init__(self, name: str) -> None:
        self._name, self._decoder, self._is_text = name, codecs.getincrementaldecoder("utf-8")(), True

    def feed(self, piece: bytes, final: bool = False) -> None:
        try:
            self._is_text = self._is_text and "\0" not in self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            self._is_text = False

    def end(self) -> None:
        """Once the hash is right. Raises BrokenBag."""
        self.feed(b"", final=True)
        if not self._is_text:
            raise BrokenBag("{name} is not a text", shown(self._name))


def _target(name: str, into: Path) -> Path:
    path = into / PurePosixPath(name)
    return path.with_suffix("") if _model_of(name) else path


def _model_of(name: str) -> str:
    """The file that a part is of; empty for what is none."""
    is_part = name.startswith("data/model/") and not content.is_model(name)
    return PurePosixPath(name).stem if is_part else ""


@contextlib.contextmanager
def _sink(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Writes to a file of the staging folder, synced at the end. Trouble in writing is no trouble with the package."""

    def writing() -> contextlib.AbstractContextManager[None]:
        return ConfigError.for_os_error(
            "{path}: cannot be written ({why}); nothing was taken in, free space there and open the package again", path
        )

    def write(data: bytes) -> None:
        with writing():
            file.write(data)

    with writing():
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")  # parts of a model follow one another into one file
    try:
        yield write
        with writing():
            file.flush()
            os.fsync(file.fileno())
    finally:
        with contextlib.suppress(OSError):
            file.close()

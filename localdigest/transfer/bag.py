"""What a bag's own files say, and how they are written. Pure: bytes in, records out, and back.

Of BagIt 1.0 (RFC 8493) the part that two machines of ours need: sha256 alone, names from a small alphabet, no fetching.
`sizes.txt` is ours, a tag file like any other: BagIt declares no sizes, and a reader must know when to stop.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from localdigest import __version__
from localdigest.messages import Notice
from localdigest.messages.errors import NoticeError

TAGMANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = "tagmanifest-sha256.txt.sig"
DECLARATION, INFO, MANIFEST, SIZES = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "sizes.txt"
TAGS = (INFO, DECLARATION, MANIFEST, SIZES)
"""Those that the tag manifest lists: all but itself and its signature."""
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

MAX_FILES = 20_000
MAX_TAG_BYTES = 8 << 20
"""20,000 lines of a hash and a name of 240 characters need 6 MiB."""
MAX_NAME = 240
_MAX_CONTENTS = 1000
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,149}", re.ASCII)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)", re.ASCII)
_SIZE_LINE = re.compile(r"(0|[1-9][0-9]{0,14})  (\S+)", re.ASCII)
_FORMAT = "1"


_AGAIN = Notice("make it or copy it again")


class BrokenBag(NoticeError):
    """What is wrong with a bag, and the way out where it is not the usual one. `check` says it with the bag's name."""

    def __init__(self, text: str, /, *values: object, way_out: Notice = _AGAIN) -> None:
        super().__init__(text, *values)
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class Member:
    """A payload file as declared: bytes and sha256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Info:
    """`bag-info.txt`. The sequence number rises from package to package of a key; both times are zone aware."""

    sequence: int
    created: datetime
    expires: datetime
    contents: str
    """For people: what is in it."""
    settings: str = ""
    """JSON: what the maker's workspace is set to, for one that is new where it is opened."""


@dataclass(frozen=True, slots=True)
class Bag:
    info: Info
    payload: Mapping[str, Member]
    """By name, `data/` included."""
    digest: str = ""
    """The sha256 of its tag manifest: two bags with the same one are the same to the last byte."""

    @property
    def name(self) -> str:
        """Of folders for what came in it. Two keys may give one number, so this is not the number alone."""
        return f"{self.info.sequence}-{self.digest[:16]}"

    @property
    def size(self) -> int:
        return sum(member.size for member in self.payload.values())


# ---------------------------------------------------------------- names


def shown(name: str) -> str:
    """A stranger's name, fit for a terminal: no control characters, and not long."""
    text = ascii(name)
    return text if len(text) <= 80 else f"{text[:76]}…{text[-1]}"


def check_names(names: Iterable[str]) -> None:
    """Raises BrokenBag for a name that is not plain, or two that some file system takes for one.

    Plain: segments of ASCII letters, digits and `._+-`, not beginning with `.`, `+` or `-`; relative; no device of
    Windows. That leaves no parent, absolute or drive path, no escape, no NUL, and no second spelling in Unicode.
    """
    seen: dict[str, str] = {}
    for name in names:
        if len(name) > MAX_NAME:
            raise BrokenBag("the name {name} is too long", shown(name))
        for segment in name.split("/"):
            if not _SEGMENT.fullmatch(segment) or segment.endswith(".") or _DEVICE.fullmatch(segment):
                raise BrokenBag("the name {name} is not allowed in a package", shown(name))
        if other := seen.get(name.lower()):
            raise BrokenBag("{name} and {other} are one file on some systems", shown(name), shown(other))
        seen[name.lower()] = name


# ---------------------------------------------------------------- writing


def tag_files(payload: Mapping[str, Member], info: Info) -> dict[str, bytes]:
    """All files of a bag beside its payload and the signature."""
    check_names(payload)
    total = sum(member.size for member in payload.values())
    fields = {
        "Bag-Software-Agent": f"localdigest {__version__}",
        "Bagging-Date": f"{info.created.astimezone(UTC):%Y-%m-%d}",
        "Localdigest-Contents": info.contents,
        "Localdigest-Created": info.created.astimezone(UTC).isoformat(timespec="seconds"),
        "Localdigest-Expires": info.expires.astimezone(UTC).isoformat(timespec="seconds"),
        "Localdigest-Format": _FORMAT,
        "Localdigest-Sequence": str(info.sequence),
        "Localdigest-Settings": info.settings,
        "Payload-Oxum": f"{total}.{len(payload)}",
    }
    files = {
        INFO: _text(f"{key}: {value}" for key, value in fields.items()),
        DECLARATION: DECLARED,
        MANIFEST: _text(f"{member.sha256}  {name}" for name, member in sorted(payload.items())),
        SIZES: _text(f"{member.size}  {name}" for name, member in sorted(payload.items())),
    }
    return files | {TAGMANIFEST: _text(f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in TAGS)}


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


# ---------------------------------------------------------------- reading


def read_tagmanifest(data: bytes) -> dict[str, str]:
    """The sha256 of each of TAGS. Raises BrokenBag where it lists anything else."""
    listed = _listed(TAGMANIFEST, data, _LINE)
    if set(listed) != set(TAGS):
        odd = sorted({*listed} ^ {*TAGS})[0]
        raise BrokenBag("{tagmanifest} lists other files than it should ({odd})", TAGMANIFEST, shown(odd))
    return listed


def read_tags(tags: Mapping[str, bytes]) -> Bag:
    """What the TAGS say, each of them hashed before. Raises BrokenBag where they do not agree."""
    if tags[DECLARATION] != DECLARED:
        raise BrokenBag("{declaration} does not declare BagIt 1.0 in UTF-8", DECLARATION)
    hashes, sizes = _listed(MANIFEST, tags[MANIFEST], _LINE), _listed(SIZES, tags[SIZES], _SIZE_LINE)
    if hashes.keys() != sizes.keys():
        odd = sorted(hashes.keys() ^ sizes.keys())[0]
        raise BrokenBag("{manifest} and {sizes} list different files ({odd})", MANIFEST, SIZES, shown(odd))
    if not hashes:
        raise BrokenBag("there is nothing in it")
    if outside := [name for name in hashes if not name.startswith("data/")]:
        raise BrokenBag("{manifest} lists {name}, which is not payload", MANIFEST, shown(outside[0]))
    check_names(hashes)
    folders = {str(parent) for name in hashes for parent in PurePosixPath(name).parents}
    if both := sorted(folders & hashes.keys()):
        raise BrokenBag("{name} is a file and a folder", shown(both[0]))
    payload = {name: Member(int(sizes[name]), hashes[name]) for name in hashes}
    return Bag(_info(tags[INFO], f"{sum(m.size for m in payload.values())}.{len(payload)}"), payload)


def _listed(where: str, data: bytes, line: re.Pattern[str]) -> dict[str, str]:
    listed: dict[str, str] = {}
    for text in _lines(where, data):
        match = line.fullmatch(text)
        if not match:
            raise BrokenBag("{where} has a line that is none of a manifest: {text}", where, shown(text))
        if match[2] in listed:
            raise BrokenBag("{where} lists {listed} twice", where, shown(match[2]))
        if len(listed) == MAX_FILES:
            raise BrokenBag(
                "{where} lists more than {most} files", where, MAX_FILES, way_out=Notice("make several packages of it")
            )
        listed[match[2]] = match[1]
    return listed


def _info(data: bytes, oxum: str) -> Info:
    fields: dict[str, str] = {}
    for line in _lines(INFO, data):
        key, colon, value = line.partition(": ")
        if not colon or key in fields:
            raise BrokenBag("{info} has a line that is none of its own: {line}", INFO, shown(line))
        fields[key] = value
    if fields.get("Localdigest-Format") != _FORMAT:
        raise BrokenBag(
            "it is not a package of this localdigest's format",
            way_out=Notice("update the older localdigest of the two"),
        )
    if fields.get("Payload-Oxum") != oxum:
        raise BrokenBag("{info} and {sizes} do not agree on how much there is", INFO, SIZES)
    try:
        sequence = int(re.fullmatch(r"[0-9]{1,15}", fields["Localdigest-Sequence"], re.ASCII)[0])  # type: ignore[index]
        times = [datetime.fromisoformat(fields[f"Localdigest-{name}"]) for name in ("Created", "Expires")]
        if any(time.tzinfo is None or not 1990 <= time.year < 2200 for time in times):
            raise ValueError  # at the ends of the calendar, another zone's time is none
        settings = fields.get("Localdigest-Settings", "")  # earlier versions wrote none
        return Info(sequence, times[0], times[1], fields["Localdigest-Contents"][:_MAX_CONTENTS], settings)
    except (KeyError, TypeError, ValueError):
        raise BrokenBag("{info} does not say when it was made, until when it holds, or its number", INFO) from None


def _lines(where: str, data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BrokenBag("{where} is not UTF-8", where) from None
    # Not splitlines(): it also ends lines at form feeds and the like.
    lines = text.split("\n")
    if lines.pop():
        raise BrokenBag("{where} is cut short", where)
    return lines

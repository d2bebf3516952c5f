"""Hostile packages: each is refused in one sentence, and nothing outside a staging folder is any different after it.

All but those about signatures are signed by the trusted key, as a maker gone bad would, or opened with --unsigned: what
refuses them is never the signature alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scripted_engine import SAMPLE, SAMPLE_DAY

from localdigest import config, run, store
from localdigest.cli import cli
from localdigest.errors import InputRefused
from localdigest.package import bag, keys, make

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = f"data/days/{SAMPLE_DAY}.json"
EVIL = b"evil"


@dataclass
class Case:
    """A good package, about to be spoiled."""

    folder: Path
    key: keys.PrivateKey

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    @property
    def pdf(self) -> str:
        """One of its payload, there or not."""
        return str(min(re.findall(r"data/pdfs/\S+", self.read(bag.MANIFEST).decode())))

    def tag(self, name: str, change: Callable[[bytes], bytes]) -> None:
        """Changes a tag file and signs again: the maker means it."""
        self.write(name, change(self.read(name)))
        self.sign()

    def sign(self) -> None:
        lines = [f"{hashlib.sha256(self.read(name)).hexdigest()}  {name}\n" for name in bag.TAGS]
        self.sign_as("".join(lines).encode())

    def sign_as(self, tagmanifest: bytes) -> None:
        self.write(bag.TAGMANIFEST, tagmanifest)
        self.write(bag.SIGNATURE, self.key.sign(tagmanifest))

    def declare(self, name: str, data: bytes = EVIL, size: int | None = None, sha256: str = "") -> None:
        """Lists one more payload file, truthfully or not, whether it is there or not, and signs."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        size = len(data) if size is None else size
        for tag, value in ((bag.MANIFEST, sha256), (bag.SIZES, str(size))):
            kept = [line for line in self.read(tag).splitlines(True) if not line.endswith(f"  {name}\n".encode())]
            self.write(tag, b"".join([*kept, f"{value}  {name}\n".encode()]))
        self.oxum()

    def oxum(self) -> None:
        # Some names have line ends in them.
        sizes = [int(size) for size in re.findall(rb"^(-?\d+)  ", self.read(bag.SIZES), re.MULTILINE)]
        info = [
            b"Payload-Oxum: %d.%d" % (sum(sizes), len(sizes)) if line.startswith(b"Payload-Oxum") else line
            for line in self.read(bag.INFO).splitlines()
        ]
        self.tag(bag.INFO, lambda _: b"\n".join(info) + b"\n")

    def add(self, name: str, data: bytes = EVIL, **lies: Any) -> None:
        self.write(name, data)
        self.declare(name, data, **lies)


# ---------------------------------------------------------------- what is done to a good package

FOLDERS: dict[str, Callable[[Case], object]] = {}
ZIPS: dict[str, Callable[[bytes, Case], bytes]] = {}


def declared(name: str) -> Callable[[Case], None]:
    return lambda case: case.declare(name)


for label, odd in {
    "parent": "data/pdfs/../../../../evil",
    "parent at the beginning": "../evil",
    "absolute": "/tmp/evil",  # noqa: S108
    "double slash": "data//pdfs/evil.pdf",
    "backslash": "data\\..\\..\\evil",
    "drive": "C:/evil",
    "drive within": "data/C:evil",
    "network share": "//host/share/evil",
    "hidden": "data/.bashrc",
    "device": "data/pdfs/CON.pdf",
    "stream": "data/pdfs/a.pdf:evil",
    "dot at the end": "data/pdfs/evil.",
    "escape sequence": "data/pdfs/\x1b[2Jevil.pdf",
    "NUL": "data/pdfs/a\0.pdf",
    "carriage return": "data/pdfs/a\r.pdf",
    "newline": "data/pdfs/a\n.pdf",
    "bidi": "data/pdfs/\u202efdp.evil",
    "percent escape": "data/%2e%2e/evil",
    "home": "~/evil",
    "dash": "data/-rf",
    "long name": "data/pdfs/" + "a" * 200 + ".pdf",
    "long path": "data/" + "a/" * 150 + "b",
    "not payload": "localdigest.toml",
    "no such place": "data/library.db",
    "deeper than allowed": "data/software/a/b.whl",
    "PDF of nobody": "data/pdfs/2601.99999v1.pdf",
}.items():
    FOLDERS[f"declared name: {label}"] = (
        (lambda case, name=odd: case.add(name)) if "nobody" in label else declared(odd)  # type: ignore[misc]
    )


def hostile(change: Callable[[Case], object]) -> Callable[[Case], object]:
    FOLDERS[change.__name__.replace("_", " ")] = change
    return change


@hostile
def extra_file(case: Case) -> None:
    case.write("data/pdfs/extra.pdf", EVIL)


@hostile
def extra_file_beside_the_tags(case: Case) -> None:
    case.write("autorun.inf", EVIL)


@hostile
def extra_hidden_file(case: Case) -> None:
    case.write("data/.hidden", EVIL)


@hostile
def name_with_a_newline(case: Case) -> None:
    case.write("data/pdfs/a\nb.pdf", EVIL)


@hostile
def name_with_a_backslash(case: Case) -> None:
    case.write("data/pdfs/..\\evil.pdf", EVIL)


@hostile
def name_that_is_not_utf8(case: Case) -> None:
    path = os.fsencode(case.folder) + b"/data/pdfs/\xff\xfe.pdf"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT))


@hostile
def missing_pdf(case: Case) -> None:
    (case.folder / case.pdf).unlink()


@hostile
def missing_manifest(case: Case) -> None:
    (case.folder / bag.MANIFEST).unlink()


@hostile
def missing_tagmanifest(case: Case) -> None:
    (case.folder / bag.TAGMANIFEST).unlink()


@hostile
def missing_sizes(case: Case) -> None:
    (case.folder / bag.SIZES).unlink()


@hostile
def missing_signature(case: Case) -> None:
    (case.folder / bag.SIGNATURE).unlink()


@hostile
def changed_byte_of_a_pdf(case: Case) -> None:
    data = bytearray(case.read(case.pdf))
    data[len(data) // 2] ^= 1
    case.write(case.pdf, bytes(data))


@hostile
def changed_byte_of_the_last_file_read(case: Case) -> None:
    name = max(f"data/pdfs/{path.name}" for path in (case.folder / "data" / "pdfs").iterdir())
    data = bytearray(case.read(name))
    data[-1] ^= 0x80
    case.write(name, bytes(data))


@hostile
def pdf_cut_short(case: Case) -> None:
    case.write(case.pdf, case.read(case.pdf)[:-1])


@hostile
def pdf_with_a_tail(case: Case) -> None:
    case.write(case.pdf, case.read(case.pdf) + EVIL)


@hostile
def size_lie_smaller(case: Case) -> None:
    data = case.read(case.pdf)
    case.declare(case.pdf, data, size=len(data) - 1)


@hostile
def size_lie_larger(case: Case) -> None:
    data = case.read(case.pdf)
    case.declare(case.pdf, data, size=len(data) + 1)


@hostile
def size_of_a_terabyte(case: Case) -> None:
    case.declare(case.pdf, case.read(case.pdf), size=10**12)


@hostile
def size_below_nothing(case: Case) -> None:
    case.declare(case.pdf, case.read(case.pdf), size=-1)


@hostile
def bomb_of_a_sparse_pdf(case: Case) -> None:
    with (case.folder / case.pdf).open("wb") as file:
        file.truncate(1 << 40)
    case.declare(case.pdf, size=1 << 40)


@hostile
def bomb_of_a_sparse_pdf_not_declared(case: Case) -> None:
    with (case.folder / case.pdf).open("wb") as file:
        file.truncate(1 << 40)


@hostile
def tag_file_of_a_terabyte(case: Case) -> None:
    with (case.folder / bag.MANIFEST).open("wb") as file:
        file.truncate(1 << 40)


@hostile
def tagmanifest_of_a_terabyte(case: Case) -> None:
    with (case.folder / bag.TAGMANIFEST).open("wb") as file:
        file.truncate(1 << 40)


@hostile
def too_many_files_declared(case: Case) -> None:
    case.tag(bag.MANIFEST, lambda data: data + b"".join(b"%064x  data/pdfs/%d.pdf\n" % (n, n) for n in range(20_001)))


@hostile
def link_to_a_file(case: Case) -> None:
    data = case.read(case.pdf)
    (case.folder.parent / "target").write_bytes(data)
    (case.folder / case.pdf).unlink()
    (case.folder / case.pdf).symlink_to(case.folder.parent / "target")


@hostile
def link_to_a_folder(case: Case) -> None:
    shutil.move(case.folder / "data" / "pdfs", case.folder.parent / "elsewhere")
    (case.folder / "data" / "pdfs").symlink_to(case.folder.parent / "elsewhere")


@hostile
def link_to_itself(case: Case) -> None:
    (case.folder / case.pdf).unlink()
    (case.folder / case.pdf).symlink_to(case.folder / case.pdf)


@hostile
def link_for_a_tag_file(case: Case) -> None:
    (case.folder / bag.INFO).rename(case.folder.parent / "info")
    (case.folder / bag.INFO).symlink_to(case.folder.parent / "info")


@hostile
def pipe(case: Case) -> None:
    (case.folder / case.pdf).unlink()
    os.mkfifo(case.folder / case.pdf)


@hostile
def pipe_for_the_tagmanifest(case: Case) -> None:
    (case.folder / bag.TAGMANIFEST).unlink()
    os.mkfifo(case.folder / bag.TAGMANIFEST)


@hostile
def folder_for_a_file(case: Case) -> None:
    (case.folder / case.pdf).unlink()
    (case.folder / case.pdf).mkdir()


@hostile
def folder_for_the_tagmanifest(case: Case) -> None:
    (case.folder / bag.TAGMANIFEST).unlink()
    (case.folder / bag.TAGMANIFEST).mkdir()


@hostile
def file_and_folder_of_one_name(case: Case) -> None:
    case.declare("data/software/a")
    case.declare("data/software/a/b")


@hostile
def case_collision(case: Case) -> None:
    case.add(case.pdf.replace("data/pdfs", "data/PDFs"))


@hostile
def case_collision_in_the_suffix(case: Case) -> None:
    case.add("data/software/a.whl")
    case.add("data/software/A.whl")


@hostile
def collision_in_unicode(case: Case) -> None:
    case.add("data/software/caf\u00e9.whl")
    case.add("data/software/cafe\u0301.whl")


@hostile
def declared_twice(case: Case) -> None:
    case.tag(bag.MANIFEST, lambda data: data + data.splitlines(True)[-1])


@hostile
def sizes_declared_twice(case: Case) -> None:
    case.tag(bag.SIZES, lambda data: data + data.splitlines(True)[-1])


@hostile
def fetch_txt(case: Case) -> None:
    case.write("fetch.txt", b"http://127.0.0.1/evil 4 data/evil\n")


@hostile
def fetch_txt_in_capitals(case: Case) -> None:
    case.write("FETCH.TXT", b"http://127.0.0.1/evil 4 data/evil\n")


@hostile
def fetch_txt_signed(case: Case) -> None:
    case.write("fetch.txt", b"http://127.0.0.1/evil 4 data/evil\n")
    line = f"{hashlib.sha256(case.read('fetch.txt')).hexdigest()}  fetch.txt\n".encode()
    case.sign_as(case.read(bag.TAGMANIFEST) + line)


@hostile
def manifest_swapped(case: Case) -> None:
    case.write(bag.MANIFEST, case.read(bag.SIZES))


@hostile
def manifest_and_sizes_swapped_and_signed(case: Case) -> None:
    manifest, sizes = case.read(bag.MANIFEST), case.read(bag.SIZES)
    case.write(bag.MANIFEST, sizes)
    case.tag(bag.SIZES, lambda _: manifest)


@hostile
def manifest_of_other_bytes(case: Case) -> None:
    case.write(case.pdf, EVIL)
    case.write(bag.MANIFEST, f"{hashlib.sha256(EVIL).hexdigest()}  {case.pdf}\n".encode())


@hostile
def manifest_and_tagmanifest_of_a_stranger(case: Case) -> None:
    signature = case.read(bag.SIGNATURE)
    case.add(case.pdf)
    case.write(bag.SIGNATURE, signature)


@hostile
def signature_of_nothing(case: Case) -> None:
    case.write(bag.SIGNATURE, b"")


@hostile
def signature_of_rubbish(case: Case) -> None:
    case.write(bag.SIGNATURE, b"\xff" * 64)


@hostile
def two_signatures(case: Case) -> None:
    case.write(bag.SIGNATURE, case.read(bag.SIGNATURE) * 2)


@hostile
def tagmanifest_that_leaves_one_out(case: Case) -> None:
    case.sign_as(b"".join(case.read(bag.TAGMANIFEST).splitlines(True)[:-1]))


@hostile
def manifest_without_its_end(case: Case) -> None:
    case.tag(bag.MANIFEST, lambda data: data[:-1])


@hostile
def manifest_of_md5(case: Case) -> None:
    case.tag(bag.MANIFEST, lambda data: b"".join(line[32:] for line in data.splitlines(True)))


@hostile
def manifest_that_is_not_utf8(case: Case) -> None:
    case.tag(bag.MANIFEST, lambda data: data + b"\xff\n")


@hostile
def manifest_of_nothing(case: Case) -> None:
    case.write(bag.SIZES, b"")
    case.tag(bag.MANIFEST, lambda _: b"")


@hostile
def another_version_of_bagit(case: Case) -> None:
    case.tag(bag.DECLARATION, lambda data: data.replace(b"1.0", b"0.97"))


@hostile
def another_encoding(case: Case) -> None:
    case.tag(bag.DECLARATION, lambda data: data.replace(b"UTF-8", b"UTF-7"))


def info(key: str, value: bytes) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        lines = [line for line in case.read(bag.INFO).splitlines() if not line.startswith(key.encode())]
        case.tag(bag.INFO, lambda _: b"\n".join([*lines, key.encode() + b": " + value]) + b"\n")

    return change


FOLDERS |= {
    "expired": info("Localdigest-Expires", b"2020-01-01T00:00:00+00:00"),
    "expiry without a zone": info("Localdigest-Expires", b"2999-01-01T00:00:00"),
    "expiry before all time": info("Localdigest-Expires", b"0001-01-01T00:00:00+14:00"),
    "expiry that is none": info("Localdigest-Expires", b"never"),
    "number below nothing": info("Localdigest-Sequence", b"-1"),
    "number of no end": info("Localdigest-Sequence", b"9" * 5000),
    "number in other digits": info("Localdigest-Sequence", "١٢٣".encode()),
    "format of tomorrow": info("Localdigest-Format", b"2"),
    "sum of another package": info("Payload-Oxum", b"1.1"),
    "expiry said twice": lambda case: case.tag(
        bag.INFO, lambda data: data + b"Localdigest-Expires: 2999-01-01T00:00:00+00:00\n"
    ),
}


def record(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        data = change(case.read(DAY))
        case.add(DAY, data)

    return apply


def model(file: str) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        case.add("data/model/x.gguf.001")
        record = {"name": "x", "file": file, "size": len(EVIL), "sha256": "0" * 64}
        case.add("data/model/model.json", json.dumps(record).encode())

    return apply


FOLDERS |= {
    "day that is no JSON": record(lambda _: b"{"),
    "day nested without end": record(lambda _: b'{"day":' + b"[" * 500_000),
    "day of another date": record(lambda data: data.replace(str(SAMPLE_DAY).encode(), b"2026-01-29", 1)),
    "day with an unknown key": record(lambda data: b'{"evil":1,' + data[1:]),
    "id that is a path": record(lambda data: data.replace(b'"id":"', b'"id":"../../', 1)),
    "id with a newline": record(lambda data: data.replace(b'"id":"', b'"id":"\\n', 1)),
    "paper of a time before all time": record(
        lambda data: re.sub(rb'"published":"[^"]*"', b'"published":"0001-01-01T00:00:00+14:00"', data, count=1)
    ),
    "paper of a time after all time": record(
        lambda data: re.sub(rb'"updated":"[^"]*"', b'"updated":"9999-12-31T23:59:00-14:00"', data, count=1)
    ),
    "version that is no number": record(lambda data: data.replace(b'"version":1', b'"version":1e400', 1)),
    "title that is no Unicode": record(lambda data: data.replace(b'"title":"', b'"title":"\\ud800', 1)),
    "model without parts": lambda case: case.add(
        "data/model/model.json", b'{"name":"x","file":"x.gguf","size":4,"sha256":"' + b"0" * 64 + b'"}'
    ),
    "model that is a path": model("../x.gguf"),
    "model of other bytes": model("x.gguf"),
    "parts without a model": lambda case: case.add("data/model/x.gguf.001"),
    "page with a NUL": lambda case: case.add(f"data/results/{SAMPLE_DAY}-arxiv.md", b"a\0b"),
    "result that is none": lambda case: case.add(f"data/results/{SAMPLE_DAY}.results.json", b'{"day":"2026-01-30"}'),
}  # fmt: skip


def again(key: str) -> Callable[[Case], None]:
    """The first paper once more under `key`: the store takes it once."""

    def change(data: bytes) -> bytes:
        day = json.loads(data)
        paper = day["papers"][0]
        day[key] = [*day.get(key, []), *([{"paper": paper, "previous": None}] * 2 if key == "replaced" else [paper])]
        return json.dumps(day).encode()

    return record(change)


FOLDERS |= {
    "paper twice": again("papers"),
    "paper new and announced before": again("before"),
    "paper replaced twice": again("replaced"),
}


# ---------------------------------------------------------------- what is done to a ZIP


def zipped(change: Callable[[bytes, Case], bytes]) -> Callable[[bytes, Case], bytes]:
    ZIPS["zip: " + change.__name__.replace("_", " ")] = change
    return change


def plain(case: Case, *more: tuple[zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """The folder as a ZIP, stored as `make` does, with other entries after it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for path in sorted(path for path in case.folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(case.folder)), (2026, 1, 1, 0, 0, 0))
            entry.external_attr, entry.compress_type = 0o100644 << 16, method
            archive.writestr(entry, path.read_bytes())
        for entry, data in more:
            archive.writestr(entry, data)
    return memory.getvalue()


def entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def patched(data: bytes, signature: bytes, offset: int, form: str, value: int) -> bytes:
    """With a field of the last header that begins with `signature` changed."""
    place = data.rindex(signature) + offset
    return data[:place] + struct.pack(form, value) + data[place + struct.calcsize(form) :]


@zipped
def link(data: bytes, case: Case) -> bytes:
    name = case.pdf
    (case.folder / name).unlink()
    return plain(case, (entry(name, stat.S_IFLNK | 0o777), b"/etc/passwd"))


@zipped
def pipe_entry(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("data/pdfs/a.pdf", stat.S_IFIFO | 0o644), b""))


@zipped
def folder_entry(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("data/pdfs/", stat.S_IFDIR | 0o755), b""))


@zipped
def parent(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("../../evil"), EVIL))


@zipped
def absolute(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("/tmp/evil"), EVIL))  # noqa: S108


@zipped
def backslash(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("xxxxxxx"), EVIL)).replace(b"xxxxxxx", b"..\\evil")


@zipped
def nul_in_a_name(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("axb"), EVIL)).replace(b"axb", b"a\0b")


@zipped
def twice(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("data/evil"), EVIL)).replace(b"data/evil", b"bagit.txt")


@zipped
def extra(data: bytes, case: Case) -> bytes:
    return plain(case, (entry("data/pdfs/extra.pdf"), EVIL))


@zipped
def compressed(data: bytes, case: Case) -> bytes:
    return plain(case, method=zipfile.ZIP_DEFLATED)


@zipped
def bomb(data: bytes, case: Case) -> bytes:
    made = entry("data/pdfs/bomb.pdf")
    made.compress_type = zipfile.ZIP_DEFLATED
    return plain(case, (made, b"\0" * (50 << 20)))


@zipped
def encrypted(data: bytes, case: Case) -> bytes:
    return patched(patched(data, b"PK\1\2", 8, "<H", 1), b"PK\3\4", 6, "<H", 1)


@zipped
def size_lie(data: bytes, case: Case) -> bytes:
    return patched(data, b"PK\1\2", 24, "<L", 10**9)


@zipped
def local_size_lie(data: bytes, case: Case) -> bytes:
    return patched(data, b"PK\3\4", 22, "<L", 10**9)


@zipped
def entries_over_each_other(data: bytes, case: Case) -> bytes:
    return patched(data, b"PK\1\2", 42, "<L", 0)


@zipped
def other_name_in_the_local_header(data: bytes, case: Case) -> bytes:
    place = data.rindex(b"PK\3\4") + 30
    return data[:place] + b"X" + data[place + 1 :]


@zipped
def count_lie(data: bytes, case: Case) -> bytes:
    return patched(patched(data, b"PK\5\6", 8, "<H", 60_000), b"PK\5\6", 10, "<H", 60_000)


@zipped
def truncated(data: bytes, case: Case) -> bytes:
    return data[: len(data) // 2]


@zipped
def last_byte_gone(data: bytes, case: Case) -> bytes:
    return data[:-1]


@zipped
def program_before_it(data: bytes, case: Case) -> bytes:
    return b"#!/bin/sh\n" + data


@zipped
def comment(data: bytes, case: Case) -> bytes:
    return patched(data, b"PK\5\6", 20, "<H", 4) + EVIL


@zipped
def bytes_between(data: bytes, case: Case) -> bytes:
    place, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    return data[:place] + EVIL + data[place:end] + data[end : end + 16] + struct.pack("<LH", place + 4, 0)


@zipped
def nothing(data: bytes, case: Case) -> bytes:
    return b""


@zipped
def rubbish(data: bytes, case: Case) -> bytes:
    return b"PK" * 1000


@zipped
def changed_byte(data: bytes, case: Case) -> bytes:
    place = data.index(b"%PDF-") + 100
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


# ---------------------------------------------------------------- the test


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the sample day, the key pair that signed it, and a workspace that has other work in it."""
    base = tmp_path_factory.mktemp("good")
    config.create(base / "sender")
    space = config.open_workspace(base / "sender")
    keys.generate(base / "box")
    with store.Store(space.library) as library:
        run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)
        items = list(make.days(space, library, [SAMPLE_DAY], lambda _: None))
    key = keys.load_private(base / "box.key")
    make.write(items, base, "the sample day", key, timedelta(days=30), False, NOW).rename(base / "package")
    config.create(base / "lab")
    with store.Store(base / "lab" / "library.db"):
        pass
    (base / "lab" / ".lock").touch()
    return base


@pytest.fixture
def case(good: Path, tmp_path: Path) -> Case:
    for name in ("package", "lab"):
        shutil.copytree(good / name, tmp_path / name)
    for name in ("box.key", "box.pub"):
        shutil.copy(good / name, tmp_path / name)
    return Case(tmp_path / "package", keys.load_private(tmp_path / "box.key"))


def tree(root: Path) -> dict[str, object]:
    """Every name below `root`, with what it is and, of a plain file, its bytes; the package itself is left out."""
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if name.startswith(("package", "hostile.zip", "elsewhere")):
            continue
        kind = stat.S_IFMT(path.lstat().st_mode)
        found[name] = (kind, hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(kind) else "")
    return found


def refused(path: Path, base: Path, unsigned: bool) -> None:
    trust = ("--unsigned",) if unsigned else ("--trust", str(base / "box.pub"))
    before = tree(base)
    for command in ("verify", "open"):
        with pytest.raises(InputRefused) as told:
            cli.main(["-C", str(base / "lab"), "package", command, str(path), *trust], standalone_mode=False)
        assert told.value.exit_code == 4
        text = str(told.value)
        assert text.startswith(str(path))
        assert text.isprintable()
        assert len(text) < len(str(path)) + 400
        assert tree(base) == before


SIGNATURES = {name for name in FOLDERS if "signature" in name or "stranger" in name}


def test_the_good_package_is_good(case: Case) -> None:
    """Or the others would prove nothing."""
    base = case.folder.parent
    path = base / "hostile.zip"
    path.write_bytes(plain(case))
    case.add("data/software/a.whl")  # so that `Case` is known to sign what is true
    for command, good in (("verify", path), ("verify", case.folder), ("open", case.folder)):
        trust = ("--trust", str(base / "box.pub"))
        cli.main(["-C", str(base / "lab"), "package", command, str(good), *trust], standalone_mode=False)
    assert len(list((base / "lab").rglob("*.pdf"))) == 2


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_a_hostile_folder_is_refused_and_touches_nothing(case: Case, name: str) -> None:
    FOLDERS[name](case)
    refused(case.folder, case.folder.parent, unsigned=False)
    if name not in SIGNATURES:
        refused(case.folder, case.folder.parent, unsigned=True)


@pytest.mark.parametrize("name", sorted(ZIPS))
def test_a_hostile_zip_is_refused_and_touches_nothing(case: Case, name: str) -> None:
    path = case.folder.parent / "hostile.zip"
    path.write_bytes(ZIPS[name](plain(case), case))
    for unsigned in (False, True):
        refused(path, case.folder.parent, unsigned)


def test_there_are_as_many_as_promised() -> None:
    assert len(FOLDERS) + len(ZIPS) >= 60

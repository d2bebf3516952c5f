"""A good package about to be spoiled, and the ways of spoiling its files and names; `hostile_records` has more.

All but those about signatures are signed again by the trusted key, as a maker gone bad would: what refuses them is
never the signature alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localdigest.transfer import bag, keys
from tests.kit.places import SAMPLE_DAY

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

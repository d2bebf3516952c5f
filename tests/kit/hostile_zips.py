"""Ways of spoiling a package that is one ZIP."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

from tests.kit.hostile_packages import EVIL, Case

ZIPS: dict[str, Callable[[bytes, Case], bytes]] = {}


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

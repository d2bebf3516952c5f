"""A bag as it lies on a stick, folder or ZIP: which files there are, and their bytes. It believes nothing.

Both kinds refuse whatever is not a regular file. The ZIP reader is our own because Python's follows what an archive
says of itself (two names for one file, entries over each other, names cut at a NUL), and because what it must read is
little: stored files side by side, below 4 GiB, as `make` writes them.
"""

from __future__ import annotations

import io
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from localdigest.messages import Notice
from localdigest.messages.errors import InputRefused
from localdigest.transfer.bag import MAX_FILES, TAGMANIFEST, BrokenBag, check_names, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

MAX_ZIP = 2**32 - 1
"""Bytes; beyond, a ZIP needs a second format (ZIP64) and does not fit on FAT32."""
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_CENTRAL = 8 << 20
MOST_NAMED = 10
_COPY_FOLDER = Notice("unpack it and give the folder, or make it again with --zip")


def at(path: Path) -> Source:
    """The bag at `path`. Raises InputRefused where there is nothing of the kind, BrokenBag for an odd ZIP."""
    with InputRefused.for_os_error("{path}: cannot be read ({why}); put the stick in again", path):
        if path.is_dir():
            names = sorted(each.name for each in path.iterdir() if each.name.startswith("localdigest-"))
            if names and not (path / TAGMANIFEST).exists():
                listed = ", ".join(shown(name) for name in names[-MOST_NAMED:])
                raise InputRefused("{path}: no package, but a folder with {names}; name one of them", path, listed)
            return Folder(path)
        if path.is_file():
            return Zip(path)
    raise InputRefused("{path}: there is no package; give the folder or the .zip that `package make` wrote", path)


def pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The content in pieces of up to 1 MiB. Raises BrokenBag as soon as there is more than `size`, or not enough."""
    left = size
    while piece := file.read(min(1 << 20, left + 1)):
        if len(piece) > left:
            raise BrokenBag("a file is longer than it was declared")
        left -= len(piece)
        yield piece
    if left:
        raise BrokenBag("a file is shorter than it was declared")


class Folder:
    """Names are those of the bag, with `/`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> dict[str, int]:
        """Bytes of each file, as they lie there. Raises BrokenBag for anything but plain files."""
        found: dict[str, int] = {}
        folders = [""]
        seen = 0
        while folders:
            prefix = folders.pop()
            with os.scandir(self.path / prefix) as listing:
                for entry in listing:
                    name = prefix + entry.name
                    # Before anything is done with it: a name may hold what a path must not.
                    check_names([name])
                    info = entry.stat(follow_symlinks=False)
                    seen += 1
                    if seen > 2 * MAX_FILES:
                        raise BrokenBag(
                            "there are more than {most} files", MAX_FILES, way_out=Notice("make several packages of it")
                        )
                    if stat.S_ISDIR(info.st_mode):
                        folders.append(name + "/")
                    elif stat.S_ISREG(info.st_mode):
                        found[name] = info.st_size
                    else:
                        raise BrokenBag("{name} is a link or a device, not a file", shown(name))
        check_names(found)
        return found

    def open(self, name: str) -> BinaryIO:
        """Raises BrokenBag where there is no such file, OSError where it cannot be read."""
        path = self.path / name
        for parent in (path, *path.parents):
            if parent == self.path:
                break
            if parent.is_symlink():
                raise BrokenBag("{name} is a link or a device, not a file", shown(name))
        # Neither a link nor a pipe that would keep us waiting, should one have come in meanwhile.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise BrokenBag("{name} is missing", shown(name)) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise BrokenBag("{name} is a link or a device, not a file", shown(name))
        return os.fdopen(descriptor, "rb", buffering=0)

    def close(self) -> None:
        pass


class Zip:
    """Raises BrokenBag, when made, for an archive that `make` would not have written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        try:
            self._places = self._read_directory()
        except BaseException:
            self._file.close()
            raise

    def entries(self) -> dict[str, int]:
        return {name: size for name, (_, size) in self._places.items()}

    def open(self, name: str) -> BinaryIO:
        if name not in self._places:
            raise BrokenBag("{name} is missing", shown(name))
        return io.BufferedReader(_Part(self._file, *self._places[name]))

    def close(self) -> None:
        self._file.close()

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        """Offset and size of each file's content."""
        total = self._file.seek(0, os.SEEK_END)
        if total > MAX_ZIP:
            raise BrokenBag("it is a ZIP of 4 GiB or more", way_out=Notice("use a folder for so much"))
        if total < _END.size:
            raise BrokenBag("it is not a whole ZIP")
        magic, disk, start_disk, here, count, length, offset, comment = _END.unpack(
            self._get(total - _END.size, _END.size)
        )
        if magic != b"PK\5\6" or disk or start_disk or comment or here != count:
            raise BrokenBag("it is not a whole ZIP, or not one of ours", way_out=_COPY_FOLDER)
        if offset + length + _END.size != total or count > MAX_FILES or length > _MAX_CENTRAL:
            raise BrokenBag("its directory is not where the ZIP says", way_out=_COPY_FOLDER)
        directory = self._get(offset, length)
        places: dict[str, tuple[int, int]] = {}
        place = cursor = 0
        for _ in range(count):
            if cursor + _CENTRAL.size > length:
                raise BrokenBag("its directory is cut short")
            fields = _CENTRAL.unpack_from(directory, cursor)
            magic, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _, mode, begin = fields
            raw = directory[cursor + _CENTRAL.size : cursor + _CENTRAL.size + named]
            cursor += _CENTRAL.size + named
            name = raw.decode("latin-1")
            check_names([name])
            if magic != b"PK\1\2" or len(raw) != named or disk:
                raise BrokenBag("its directory is damaged")
            if flags or method or packed != size or extra or comment:
                raise BrokenBag(
                    "{name} is compressed, encrypted or has more than a name", shown(name), way_out=_COPY_FOLDER
                )
            kind = stat.S_IFMT(mode >> 16)
            if kind not in (0, stat.S_IFREG) or mode & 0x10:
                raise BrokenBag("{name} is a link, a folder or a device, not a file", shown(name), way_out=_COPY_FOLDER)
            if name in places:
                raise BrokenBag("{name} is in it twice", shown(name))
            # One after the other from the first byte on: no two share bytes, and none hides between them.
            if begin != place or begin + _LOCAL.size + named + size > offset:
                raise BrokenBag("{name} does not lie where it should", shown(name), way_out=_COPY_FOLDER)
            local = _LOCAL.unpack(self._get(begin, _LOCAL.size))
            if (
                (local[0], local[2], local[3], *local[6:]) != (b"PK\3\4", 0, 0, crc, size, size, named, 0)
                or self._get(begin + _LOCAL.size, named) != raw
            ):  # fmt: skip
                raise BrokenBag("{name} is told of in two ways", shown(name), way_out=_COPY_FOLDER)
            places[name] = begin + _LOCAL.size + named, size
            place = begin + _LOCAL.size + named + size
        if place != offset or cursor != length:
            raise BrokenBag("there is more in it than its directory tells", way_out=_COPY_FOLDER)
        check_names(places)
        return places

    def _get(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) != length:
            raise BrokenBag("it is not a whole ZIP")
        return data


Source = Folder | Zip


class _Part(io.RawIOBase):
    """A stretch of a file."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        self._file, self._place, self._end = file, offset, offset + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        self._file.seek(self._place)
        data = self._file.read(min(len(view), self._end - self._place))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

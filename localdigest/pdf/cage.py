"""Takes from this process what the reader of a stranger's file never needs: sockets, other programs and processes, and
all files but its own code and the one that it is to read.

On Linux by two things that every process may put on itself and none can take off: a seccomp filter (`cage.toml`), and
Landlock, which also keeps it from the memory of every process outside. Each holds where the kernel has it. Elsewhere
nothing happens: there the time limit and what the system itself allows remain.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # linux/audit.h; the place in cage.toml
_X32 = 0x40000000
"""From here on an x86-64 kernel takes the same calls under other numbers."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # SECCOMP_RET_ALLOW, ..._ERRNO: EPERM, ENOSYS
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in seccomp_data
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 4, 22, 38, 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # of Landlock, on both architectures
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3  # linux/landlock.h
CODE = ("/usr", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store", "/etc/ld.so.cache",
        "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/dev/null", "/dev/urandom",
        "/sys/devices/system/cpu")  # fmt: skip
"""Where systems keep what Python and its libraries are made of, beside Python's own folders."""

Step = tuple[int, int, int, int]


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def close(readable: Iterable[Path], writable: Iterable[Path] = ()) -> tuple[bool, bool]:
    """From now on this process reads `readable` alone, beside code, and can open no socket, start no program, reach no
    other process and write no file but those that are open; where it tries, EPERM or EACCES.

    Whether the filter and Landlock hold: not on other systems, processors and kernels than those that can. Cannot be
    undone. It is this thread's alone: call it before there are others. `writable` is for who measures the tests.
    """
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return False, False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False, False
    writable = tuple(writable)
    steps = _filter_steps(writes=bool(writable))  # before the wall, which their file may stand behind
    walled = _wall(libc, (*map(Path, CODE), *_python(), *readable), writable)
    if not walled:  # then the memory of the others is at least not to be read by one who took over a neighbour
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return _filter(libc, steps), walled


def shield() -> None:
    """For the parent: where there is no Landlock, this process's memory is from now on closed to its own children."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(_CREATE_RULESET, None, 0, 1) < 1:
            libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


# ---------------------------------------------------------------- system calls


def _filter_steps(writes: bool) -> list[Step]:
    """None for a processor whose calls we do not know."""
    known = _ARCHITECTURES.get(platform.machine())
    return list(_steps(*known, writes)) if known else []


def _filter(libc: Any, program: list[Step]) -> bool:
    if not program:
        return False
    instructions = (_Instruction * len(program))(*(_Instruction(*fields) for fields in program))
    asked = ctypes.byref(_Program(len(program), instructions))
    return not libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, asked, 0, 0)


def _steps(architecture: int, place: int, writes: bool) -> Iterator[Step]:
    rules = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield from _unless((_EQUAL, architecture), (_RETURN, 0, 0, _REFUSE))
    yield _LOAD, 0, 0, _NUMBER
    yield from _if((_AT_LEAST, _X32), (_RETURN, 0, 0, _REFUSE))
    if writes:
        rules["writing"] = rules["with_any"] = {}
    for kind, answer in (("refused", _REFUSE), ("writing", _REFUSE), ("unknown", _UNKNOWN)):
        for numbers in rules[kind].values():
            yield from _if((_EQUAL, numbers[place] & 0xFFFFFFFF), (_RETURN, 0, 0, answer))
    for kind in ("with_any", "without", "unless_own", "if_equal"):
        for rule in rules[kind].values():
            load = _LOAD, 0, 0, _ARGUMENTS + 8 * rule["argument"]  # its low half: both are little-endian
            yield from _if((_EQUAL, rule["numbers"][place] & 0xFFFFFFFF), load, *_by_argument(kind, rule))
    yield _RETURN, 0, 0, _ALLOW


def _by_argument(kind: str, rule: dict[str, Any]) -> tuple[Step, ...]:
    allow, refuse = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)
    match kind:
        case "with_any":
            return *_if((_ANY_BIT, rule["bits"]), refuse), allow
        case "without":
            return *_if((_ANY_BIT, rule["bits"]), allow), refuse
        case "if_equal":
            return *(step for value in rule["values"] for step in _if((_EQUAL, value), refuse)), allow
        case _:
            return *_if((_EQUAL, 0), allow), *_if((_EQUAL, os.getpid()), allow), refuse


def _if(test: tuple[int, int], *steps: Step) -> tuple[Step, ...]:
    return (test[0], 0, len(steps), test[1]), *steps


def _unless(test: tuple[int, int], *steps: Step) -> tuple[Step, ...]:
    return (test[0], len(steps), 0, test[1]), *steps


# ---------------------------------------------------------------- files


def _python() -> Iterator[Path]:
    """Where this Python has its code from, and we."""
    yield Path(__file__).parents[1]
    yield from map(Path, (*filter(None, sys.path), sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix))
    yield from map(Path, filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")))


def _wall(libc: Any, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    # Rights that came with a version: REFER, TRUNCATE, IOCTL_DEV. Of signals, those to processes outside.
    files = (1 << 13) - 1 | (version >= 2) << 13 | (version >= 3) << 14 | (version >= 5) << 15
    told = struct.pack("=QQQ", files, 0, 2 if version >= 6 else 0)[: 24 if version >= 6 else 8]
    rules = libc.syscall(_CREATE_RULESET, told, len(told), 0)
    if rules < 0:
        return False
    try:
        for paths, rights in ((readable, _READ_FILE | _READ_FOLDER), (writable, files)):
            for path in {path.resolve() for path in paths}:
                _allow(libc, rules, path, rights)
        return not libc.syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(libc: Any, rules: int, path: Path, rights: int) -> None:
    """For a path that is not there, there is nothing to allow."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        below = struct.pack("=Qi", rights if path.is_dir() else rights & _READ_FILE, place)
        libc.syscall(_ADD_RULE, rules, 1, below, 0)
    finally:
        os.close(place)

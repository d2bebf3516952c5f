"""Runs the command of a systemd service under what its unit asks for, by the kernel's own calls: no systemd needed.

    unshare -rn --mount python -m tests.kit.shut_in UNIT.service

For tests on machines whose first process is not systemd. A setting that is not known here is an error, so that no
unit can ask for more than was tried. Namespaces of users, network and mounts are unshare's part.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
MASKED_EQUAL, NOT_EQUAL = 7, 1  # seccomp.h: SCMP_CMP_MASKED_EQ, SCMP_CMP_NE
PR_SET_NO_NEW_PRIVS = 38
MOUNT_SETATTR, RECURSIVE, READ_ONLY, AT_FDCWD = 442, 0x8000, 0x1, -100  # the number is one on all processors
PROT_WRITE, PROT_EXEC = 2, 4


def called(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno() or -result, f"{what}: {os.strerror(ctypes.get_errno() or -result)}")


# ---------------------------------------------------------------- the unit


def words(line: str, *, command: bool = False) -> list[str]:
    """A unit's words: quotes and backslashes, `%%` and `%h` (systemd.syntax(7)); `$$` in a command."""
    found, word, quote, at = [], "", "", 0
    started = False
    while at < len(line):
        char = line[at]
        if char == "\\":
            at += 1
            word, started = word + line[at], True
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote, started = char, True
        elif not quote and char == " ":
            if started:
                found.append(word)
            word, started = "", False
        else:
            word, started = word + char, True
        at += 1
    found += [word] if started else []
    home = str(Path.home())
    plain = [each.replace("%%", "\0").replace("%h", home).replace("\0", "%") for each in found]
    return [plain[0], *(each.replace("$$", "$") for each in plain[1:])] if command else plain


def settings(unit: str) -> list[tuple[str, str]]:
    section, found = "", []
    for line in unit.splitlines():
        if line.startswith("["):
            section = line
        elif line and line[0] not in "#;" and section == "[Service]":
            key, _, value = line.partition("=")
            found.append((key, value))
    return found


# ---------------------------------------------------------------- mounts


class Attributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns"))


def attributes(path: Path, *, read_only: bool) -> None:
    wanted = Attributes(READ_ONLY, 0, 0, 0) if read_only else Attributes(0, READ_ONLY, 0, 0)
    called(LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), RECURSIVE, ctypes.byref(wanted), 32), f"{path}")


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def only_writable(paths: Iterable[str], hidden: Iterable[str]) -> None:
    """ProtectSystem=strict, ProtectHome=read-only, PrivateTmp, ReadWritePaths and InaccessiblePaths."""
    folders = [Path(path) for path in paths]
    for folder in folders:
        mount("--rbind", folder, folder)
    # A test's workspace may lie in /tmp itself; a private /var/tmp is as good to those who look for one.
    mount("-t", "tmpfs", "none", "/var/tmp")  # noqa: S108
    folders.append(Path("/var/tmp"))  # noqa: S108
    mount("-t", "tmpfs", "none", "/mnt")
    for path in hidden:
        if Path(path.removeprefix("-")).is_dir():
            mount("--bind", "/mnt", path.removeprefix("-"))
    attributes(Path("/"), read_only=True)
    for folder in (*folders, Path("/dev")):
        attributes(folder, read_only=False)


# ---------------------------------------------------------------- system calls


class Compare(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


class Filter:
    """libseccomp, which systemd uses too."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._filters: list[ctypes.c_void_p] = []

    def add(self, default: int, rules: Iterable[tuple[int, str, tuple[Compare, ...]]]) -> None:
        """One more filter; of several, the strictest answer counts."""
        made = ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(default)))
        for action, name, compares in rules:
            number = self._lib.seccomp_syscall_resolve_name(name.encode())
            if number != -1:  # a call of other processors
                given = (Compare * len(compares))(*compares)
                code = self._lib.seccomp_rule_add_array(made, ctypes.c_uint32(action), number, len(compares), given)
                if code not in (0, -errno.EDOM, -errno.EEXIST):
                    called(code, name)
        self._filters.append(made)

    def load(self) -> None:
        for made in self._filters:
            called(self._lib.seccomp_load(made), "seccomp_load")


def calls(group: str) -> set[str]:
    """The system calls of a group's name, or the call itself."""
    if not group.startswith("@"):
        return {group}
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = [line.strip() for line in told.stdout.splitlines()[1:]]
    return {call for name in names if name and not name.startswith("#") for call in calls(name)}


def filtered(unit: list[tuple[str, str]]) -> Filter:
    made, allowed = Filter(), set[str]()
    for key, value in unit:
        if key == "SystemCallFilter":
            named = {call for group in value.removeprefix("~").split() for call in calls(group)}
            allowed = allowed - named if value.startswith("~") else allowed | named
        elif key == "RestrictAddressFamilies":
            assert value == "AF_UNIX"
            made.add(ALLOW, [(REFUSE, "socket", (Compare(0, NOT_EQUAL, 1, 0),))])
        elif key == "RestrictNamespaces":
            made.add(ALLOW, [(REFUSE, name, ()) for name in ("unshare", "setns")])
        elif key == "MemoryDenyWriteExecute":
            both = PROT_WRITE | PROT_EXEC
            writes_and_runs = (Compare(2, MASKED_EQUAL, both, both),)
            runs = (Compare(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC),)
            rules = [("mmap", writes_and_runs), ("mprotect", runs), ("pkey_mprotect", runs)]
            made.add(ALLOW, [(REFUSE, name, compares) for name, compares in rules])
    made.add(REFUSE, [(ALLOW, name, ()) for name in sorted(allowed)])
    return made


APPLIED = {"ProtectSystem", "ProtectHome", "ReadWritePaths", "InaccessiblePaths", "PrivateTmp", "SystemCallFilter",
           "SystemCallErrorNumber", "RestrictAddressFamilies", "RestrictNamespaces", "MemoryDenyWriteExecute",
           "ExecStart"}  # fmt: skip
"""Applied above, or last."""
UNSHARED = {"PrivateNetwork", "PrivateUsers", "PrivateDevices", "ProtectKernelTunables", "ProtectKernelModules",
            "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname", "RestrictRealtime",
            "RestrictSUIDSGID", "LockPersonality", "CapabilityBoundingSet", "SystemCallArchitectures", "Type",
            "SuccessExitStatus"}  # fmt: skip
"""Done by unshare, or not tried: they take rights over the system that an ordinary user has not in any case."""


def apply(key: str, value: str) -> None:
    if key == "Nice":
        os.nice(int(value))
    elif key == "UMask":
        os.umask(int(value, 8))
    elif key == "Environment":
        name, _, text = words(value)[0].partition("=")
        os.environ[name] = text
    elif key == "NoNewPrivileges":
        called(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), key)
    elif key == "ExecStartPre":
        subprocess.run(words(value, command=True), check=True)
    elif key not in APPLIED | UNSHARED:
        raise ValueError(f"{key}={value}: was never tried")


def main() -> None:
    unit = settings(Path(sys.argv[1]).read_text(encoding="utf-8"))
    values = dict(unit)
    assert platform.system() == "Linux"
    rules = filtered(unit)
    only_writable(words(values["ReadWritePaths"]), words(values["InaccessiblePaths"]))
    for key, value in unit:
        apply(key, value)
    command = [*words(values["ExecStart"], command=True), *sys.argv[2:]]
    rules.load()
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # its data would go where nothing may be written
    os.execv(command[0], command)


if __name__ == "__main__":
    main()

"""Takes from this process what the reader of a stranger's file never needs: sockets, and other programs.

On Linux by a seccomp filter, which every process may put on itself and none can take off. Elsewhere nothing happens:
there the time limit and what the system itself allows remain.
"""

from __future__ import annotations

import ctypes
import platform
import sys

# linux/audit.h and the kernel's system call tables. io_uring can open sockets without asking for one.
_CALLS = {
    "x86_64": (0xC000003E, {"socket": 41, "socketpair": 53, "execve": 59, "execveat": 322, "io_uring_setup": 425}),
    "aarch64": (0xC00000B7, {"socket": 198, "socketpair": 199, "execve": 221, "execveat": 281, "io_uring_setup": 425}),
}
_X32 = 0x40000000
"""From here on an x86-64 kernel takes the same calls under other numbers."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # linux/seccomp.h: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def close() -> bool:
    """From now on this process can open no socket and start no program; both fail with EPERM.

    Whether it was done: not on other systems, processors and kernels than those that can. Cannot be undone.
    """
    if sys.platform != "linux" or platform.machine() not in _CALLS or sys.maxsize < 1 << 32:
        return False
    architecture, calls = _CALLS[platform.machine()]
    last = len(calls) + 5
    program = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_EQUAL, 0, last - 2, architecture),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_AT_LEAST, last - 4, 0, _X32),
        *((_EQUAL, last - at - 1, 0, number) for at, number in enumerate(calls.values(), 4)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    instructions = (_Instruction * len(program))(*(_Instruction(*fields) for fields in program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(_Program(len(program), instructions)), 0, 0
    )

"""The machine around localdigest: memory, clock, zones, what it can print, the way to arXiv, strace."""

from __future__ import annotations

import importlib.util
import locale
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from localdigest import __version__, files
from localdigest.arxiv import calendar
from localdigest.doctor.report import Asked, Found, note, well, wrong
from localdigest.messages import _
from localdigest.models import machine
from localdigest.models.catalogue import ModelSpec
from localdigest.models.memory import free_memory

GIB = 2**30
SLACK = timedelta(minutes=5)
"""By so much a file server's clock may differ."""
LONG_AGO = timedelta(days=45)
"""Since the last collect: longer than any holiday, so that the clock may be ahead."""


def memory(asked: Asked) -> Found:
    if asked.space.config.engine.kind == "endpoint":
        return well(_("the model is in a server's memory"))
    if asked.unknown:
        return note(_("not looked at: there is no such model"))
    return judge_memory(asked.spec, machine.this_machine(), free_memory() if sys.platform == "linux" else None)


def judge_memory(spec: ModelSpec, host: machine.Machine, available: int | None) -> Found:
    """Whether the model fits: into what is installed, and into what nobody uses just now (None: not known)."""
    need = spec.memory(machine.suits(spec, host).sequences or 4)
    says = _("{name} needs {need:.1f} GiB of {all:.1f} GiB", spec.name, need / GIB, host.memory / GIB)
    mend = _("choose a smaller model (`localdigest models recommend`), or give the container more memory")
    if any(need <= card.free for card in host.gpus):
        return well(says + _("; the GPU has room for it"))
    if need > host.memory:
        return wrong(says, mend)
    if available is not None and need > available:
        free = _("; only {free:.1f} GiB are free just now", available / GIB)
        return note(says + free, _("close other programs before a run, or choose a smaller model"))
    return well(says)


def clock(asked: Asked) -> Found:
    space = asked.space
    told = (space.library, space.ledger, space.root / "localdigest.toml", Path(__file__), files.state_folder())
    times = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in told if path.exists()]
    last = datetime.fromtimestamp(space.library.stat().st_mtime, UTC) if space.library.exists() else None
    return judge_clock(datetime.now(UTC), times, last)


def judge_clock(now: datetime, written: Iterable[datetime], library: datetime | None) -> Found:
    """Whether `now` can be right, where these files were last written, the library among them."""
    local = now.astimezone()
    says = _("{local} here, {utc} UTC; the newest announcement is that of {day}").format(
        local=f"{local:%Y-%m-%d %H:%M} {local.tzname()}", utc=f"{now:%Y-%m-%d %H:%M}", day=calendar.latest(now)
    )
    latest = max(written, default=now)
    mend = _("set the clock (timedatectl set-ntp true); pages would be made for the wrong day")
    if latest > now + SLACK:
        behind = _("; but a file here was written at {time} UTC: the clock is behind")
        return wrong(says + behind.format(time=f"{latest.astimezone(UTC):%Y-%m-%d %H:%M}"), mend)
    if library is not None and now - library > LONG_AGO:
        ahead = _("; the library was last written on {day}: a long pause, or the clock is ahead")
        return note(says + ahead.format(day=f"{library:%Y-%m-%d}"), _("look whether the date is right"))
    return well(says)


def zones(asked: Asked) -> Found:
    found = []
    for name in (asked.space.config.window.zone, "America/New_York"):
        try:
            zone = ZoneInfo(name)
        except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            says = _("nothing is known of the time zone {name}", name)
            mend = _("install the zone data: pip install tzdata (Debian, Ubuntu: apt install tzdata); or mend {key}")
            return wrong(says, mend.format(key="[window] zone"))
        found.append(f"{name} {datetime.now(zone):%H:%M}")
    source = _("of the Python package tzdata") if importlib.util.find_spec("tzdata") else _("of this system")
    return well(_("{zones}; data {source}", ", ".join(found), source))


def output(_asked: Asked) -> Found:
    return judge_output(sys.stdout.encoding or "", locale.getpreferredencoding(False), _fonts())


def judge_output(encoding: str, preferred: str, fonts: int | None) -> Found:
    """Whether Chinese can be printed and seen; `fonts` that have it, None where nobody can be asked."""
    try:
        "语音，é".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        says = _("this terminal takes {encoding}, which has no Chinese", encoding or "?")
        return wrong(says, _("set a UTF-8 locale (export LC_ALL=C.UTF-8), or PYTHONUTF8=1"))
    says = _("{encoding}; files are UTF-8 whatever the locale ({preferred}) says", encoding, preferred)
    if fonts == 0:
        mend = _("to read pages on this machine install one (Debian, Ubuntu: apt install fonts-noto-cjk)")
        return note(says + _("; no font here has Chinese characters"), mend)
    return well(says + (_("; {count} fonts with Chinese characters", fonts) if fonts else ""))


def _fonts() -> int | None:
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        listed = subprocess.run([program, ":lang=zh", "family"], capture_output=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return len(set(listed.split(b"\n")) - {b""})


def arxiv(asked: Asked) -> Found:
    """Reachable, where that is asked: by the polite client, so that the question waits its turn."""
    if not asked.online:
        return well(_("not asked, so no socket is opened; --online asks"))
    from localdigest.arxiv.client import Client

    conf = asked.space.config.arxiv
    ledger = asked.space.ledger if asked.there else None
    url = f"{conf.api_url}?id_list=1706.03762&start=0&max_results=1"
    with Client(conf.contact, api_url=conf.api_url, pdf_url=conf.pdf_url, ledger=ledger) as client:
        status = client.get(url, 1 << 20, lambda answer: answer.status, why="doctor")
    says = _("{url} answers ({status}); localdigest {version}", conf.api_url, status, __version__)
    if not conf.contact:
        return note(says, _("tell arXiv how to reach you: contact under [arxiv] in localdigest.toml"))
    return well(says)


def strace(_asked: Asked) -> Found:
    if sys.platform != "linux":
        return note(_("not here: `doctor --prove-offline` needs Linux"))
    missing = [name for name in ("strace", "unshare") if shutil.which(name) is None]
    if missing:
        says = _("{names} not found: `doctor --prove-offline` cannot count sockets", ", ".join(missing))
        return note(says, _("Debian, Ubuntu: apt install strace util-linux"))
    return well(_("here, for `doctor --prove-offline`"))

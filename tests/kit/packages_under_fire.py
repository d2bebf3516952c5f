"""Signed packages spoiled at random, and an `open` that is killed at random: what must hold afterwards. For
scripts/torture.py; what somebody thought of (`hostile_packages`, `hostile_records`, `hostile_zips`) has unit tests.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from localdigest import run, store
from localdigest.cli import cli
from localdigest.messages.errors import InputRefused
from localdigest.records import Evidence, Part, Point
from localdigest.transfer import bag, content, keys, make
from localdigest.workspace import config
from tests.kit.digests import explained, translated
from tests.kit.hostile_packages import DAY, NOW, Case
from tests.kit.places import SAMPLE, SAMPLE_DAY, with_tests

RESULTS = f"data/results/{SAMPLE_DAY}.results.json"
ODD: tuple[Any, ...] = (
    *(10**30, -1, 0, 2**63, 1e308, -1e308, 0.5, None, True, False, [], {}, [[]], [None], {"": ""}, ["x"] * 1000),
    *("", " ", "\x1b]0;owned\x07", "\x9b2J", "\u202etxt", "\u2028", "../../etc/passwd", "a" * 300_000),
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-30T12:00:00"),
    *("{{ x }}<script>", "results", "done", "2601.00001", "zh-CN"),
)
"""What a field is given: ends of ranges, of the calendar, of types; text that acts."""


def prepared(base: Path) -> Path:
    """A sender, its signed package of a day with results, the key pair, and a lab that has nothing yet."""
    config.create(base / "sender")
    space = config.open_workspace(base / "sender")
    keys.generate(base / "box")
    with store.Store(space.library) as library:
        run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)
        items = list(make.days(space, library, [SAMPLE_DAY], lambda _: None))
        papers = library.papers()
    language = space.config.language
    done = translated(papers[0], "译文。"), explained(papers[0], _point())
    keyed = tuple((f"{n:064x}", replace(each, language=language)) for n, each in enumerate(done))
    items += [
        make.Item(RESULTS, msgspec.json.encode(content.Finished(SAMPLE_DAY, keyed))),
        make.Item(f"data/results/{SAMPLE_DAY}-arxiv.md", b"# A page\n"),
        make.Item(f"data/results/{SAMPLE_DAY}.json", b"{}\n"),
        make.Item("data/software/INSTALL.txt", b"Read this.\n"),
    ]
    made = make.write(items, base, "a day", keys.load_private(base / "box.key"), timedelta(days=30), False, NOW)
    made.rename(base / "package")
    config.create(base / "lab")
    with store.Store(base / "lab" / "library.db"):
        pass
    (base / "lab" / ".lock").touch()
    return base


def _point() -> Point:
    return Point("一点。", (Evidence(1, "A quote."),), depth=0, lead="Lead")


# ---------------------------------------------------------------- packages that were changed


def changed(base: Path, folder: Path, number: int, dice: Random) -> str:
    """`number` of them. AssertionError where one does harm."""
    refused = sum(_one_generated(base, folder, dice, each) for each in range(number))
    return (
        f"of {number} generated ones {refused} refused, {number - refused} within what is allowed, opened, shown and"
        " rendered"
    )


def _case(base: Path, folder: Path) -> Case:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package", "lab"):
        shutil.copytree(base / name, folder / name)
    return Case(folder / "package", keys.load_private(base / "box.key"))


def _one_generated(base: Path, folder: Path, dice: Random, number: int) -> bool:
    """Whether it was refused."""
    case = _case(base, folder)
    what = dice.choice((_field, _field, _field, _several, _bytes_of_record, _tag_line, _payload))
    what(case, dice)
    with contextlib.suppress(FileNotFoundError):  # for whoever looks into a failure
        (folder / "what").write_text(f"{what.__name__} {number}")
    if not _opens(base, folder, case.folder):
        return True
    forms = [word for form in ("html", "jekyll", "json", "epub", "atom") for word in ("--format", form)]
    shown = ["show", "2009.06122"], ["show", "2202.13288", "--json"], ["status"], ["search", "noise"]
    for command in (["render", "--date", str(SAMPLE_DAY), *forms], *shown):
        code, said = _said(folder / "lab", *command)
        assert code in (0, 2), f"{number} {what.__name__}: {command[0]} ended with {code}: {said[-300:]}"
        assert len(said) < 1_000_000, f"{number} {what.__name__}: {command[0]} said {len(said)} characters"
        acting = [char for char in said if not char.isprintable() and char not in "\n\u3000\xa0"]
        assert not acting or command[-1] == "--json", f"{number} {what.__name__}: {acting[:5]!r} on the terminal"
    return False


def _opens(base: Path, folder: Path, path: Path) -> bool:
    """Whether `open` takes it; where not, in one sentence, and without a byte of difference."""
    before = _tree(folder / "lab")
    try:
        cli.main(
            ["-C", str(folder / "lab"), "package", "open", str(path), "--trust", str(base / "box.pub")],
            standalone_mode=False,
        )
    except InputRefused as error:
        text = str(error)
        assert text.isprintable() and len(text) < len(str(path)) + 500, text[:300]  # noqa: PT018
        assert _tree(folder / "lab") == before, f"{text}: something was written"
        return False
    return True


def _said(root: Path, *command: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = cli.main(["-C", str(root), *command], standalone_mode=False)
        except Exception as error:
            if not hasattr(error, "exit_code"):
                raise
            return int(error.exit_code), out.getvalue()
    return int(code or 0), out.getvalue()


def _tree(root: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        kind = stat.S_IFMT(path.lstat().st_mode)
        found[str(path)] = (kind, hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(kind) else "")
    return found


# ---------------------------------------------------------------- ways of changing


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


def _spoil(record: Any, dice: Random) -> None:
    place = dice.choice([path for path in _places(record) if path])
    holder = record
    for step in place[:-1]:
        holder = holder[step]
    old = holder[place[-1]]
    match dice.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[place[-1]]
        case 1 if isinstance(old, list) and old:
            old.extend(old * dice.choice((1, 50)))
        case 2 if isinstance(old, str):
            cut = dice.randint(0, len(old))
            holder[place[-1]] = old[:cut] + str(dice.choice(ODD)) + old[cut:]
        case 3 if isinstance(old, int) and not isinstance(old, bool):
            holder[place[-1]] = old + dice.choice((-1, 1, 1000, 10**9, 10**18))
        case _:
            holder[place[-1]] = dice.choice(ODD)


def _field(case: Case, dice: Random, times: int = 1) -> None:
    name = dice.choice((DAY, RESULTS))
    record = json.loads(case.read(name))
    for _ in range(times):
        _spoil(record, dice)
    case.add(name, json.dumps(record).encode("utf-8", "replace"))


def _several(case: Case, dice: Random) -> None:
    _field(case, dice, dice.randint(2, 6))


def _bytes_of_record(case: Case, dice: Random) -> None:
    name = dice.choice((DAY, RESULTS))
    case.add(name, _noise(case.read(name), dice))


def _tag_line(case: Case, dice: Random) -> None:
    case.tag(dice.choice(bag.TAGS), lambda data: _noise(data, dice))


def _payload(case: Case, dice: Random) -> None:
    name = dice.choice((DAY, RESULTS, case.pdf, bag.MANIFEST, bag.TAGMANIFEST, bag.SIGNATURE, bag.INFO))
    case.write(name, _noise(case.read(name), dice))


def _noise(data: bytes, dice: Random) -> bytes:
    """Bytes changed, cut, doubled or put in."""
    spoiled = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(spoiled) or 1)
        match dice.randrange(4):
            case 0:
                spoiled[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del spoiled[at : at + dice.randint(1, 30)]
            case 2:
                spoiled[at:at] = spoiled[at : at + dice.randint(1, 30)]
            case _:
                spoiled[at:at] = dice.choice((b"\0", b"\n", b"\xff", b"[" * 2000, b"9" * 400, b'"', b"\\ud800"))
    return bytes(spoiled)


# ---------------------------------------------------------------- kills


def killed(base: Path, folder: Path, number: int, dice: Random) -> str:
    """`number` kills of `open`, each in a new lab: the second try ends with 0, and all is as if there had been none.
    The package has a model, too."""
    case, model = _case(base, folder / "with a model"), b"GGUF" + bytes(8 << 20)
    told = content.Model("tiny", "tiny.gguf", len(model), hashlib.sha256(model).hexdigest())
    case.add(f"data/model/{told.file}.001", model)
    case.add(content.MODEL, msgspec.json.encode(told))
    table = f'[[model]]\nname = "tiny"\nsize = {told.size}\nsha256 = "{told.sha256}"\nsources = []\n'

    def command(lab: Path) -> list[str]:
        lab.mkdir(exist_ok=True)
        (lab / "models.toml").write_text(table, encoding="utf-8")
        return [sys.executable, "-m", "localdigest", "-C", str(lab), "package", "open", str(case.folder),
                "--trust", str(base / "box.pub")]  # fmt: skip

    def where(lab: Path) -> dict[str, str]:
        return with_tests(LOCALDIGEST_MODELS=str(lab / "models"))

    undisturbed = folder / "undisturbed"
    began = time.monotonic()
    subprocess.run(command(undisturbed), env=where(undisturbed), check=True, capture_output=True)
    lasts, expected = time.monotonic() - began, _state(undisturbed)
    died = noted = 0
    while died < number:
        lab = folder / f"lab{died}"
        shutil.rmtree(lab, ignore_errors=True)
        process = subprocess.Popen(
            command(lab), env=where(lab), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        time.sleep(dice.uniform(0.2 * lasts, 1.05 * lasts))
        process.kill()
        process.communicate()
        if process.returncode != -signal.SIGKILL:
            continue
        died += 1
        noted += (lab / "packages.json").exists()
        again = subprocess.run(command(lab), env=where(lab), capture_output=True, text=True)
        assert again.returncode == 0, f"kill {died}: {again.stderr}"
        found = _state(lab)
        other = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
        assert not other, f"kill {died}: not as where nobody was disturbed: {other}"
        shutil.rmtree(lab)
    return f"{died} kills, {noted} of them after the number was noted; {died} finished on the second try, all alike"


def _state(lab: Path) -> dict[str, object]:
    """What an open leaves: its files, and what the library says, without when it was told."""
    with closing(sqlite3.connect(lab / "library.db")) as db:
        rows = {
            table: db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in {
                "papers": "id, version, published, record", "results": "key, status, record", "pages": "day, record",
                "placed": "paper_id, version, kind, day", "absent_pdfs": "paper_id, reason",
            }.items()
        }  # fmt: skip
    left_out = {"library.db", ".lock"}
    files = {
        str(path.relative_to(lab)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lab.rglob("*")
        if path.is_file() and path.name not in left_out and path.suffix != ".verified"  # which tells its time
    }
    return {**rows, **files}


def many(base: Path, folder: Path) -> str:
    """A package as large as a stranger may like: what it costs, beside one of half its size."""
    took = []
    for half in (2, 1):
        case = _case(base, folder)
        day = msgspec.json.decode(case.read(DAY), type=content.Day)
        one = day.papers[0]
        quotes = tuple(Evidence(1, f"Quote {number}.") for number in range(60_000 // half))
        breakdown = explained(one)
        assert breakdown.breakdown is not None
        parts = (Part("results", tuple(Point("A point.", quotes[at : at + 20]) for at in range(0, len(quotes), 20))),)
        large = msgspec.to_builtins(breakdown)
        large["breakdown"]["parts"] = msgspec.to_builtins(parts)
        text = msgspec.to_builtins(translated(one, "Sentence. " * 10_000))
        text["translation"]["pairs"] = [["Sentence.", "Sentence."]] * (20_000 // half)
        results = [large, text, *(msgspec.to_builtins(translated(one, f"T {n}")) for n in range(3_000 // half))]
        keyed = [(f"{n:064x}", each) for n, each in enumerate(results)]
        case.add(RESULTS, msgspec.json.encode({"day": str(SAMPLE_DAY), "results": keyed}))
        began = time.monotonic()
        assert _opens(base, folder, case.folder)
        for command in (["show", one.id], ["render", "--date", str(SAMPLE_DAY), "--format", "html"]):
            assert _said(folder / "lab", *command)[0] == 0
        took.append(time.monotonic() - began)
    assert took[1] < 3 * took[0] + 2, f"twice as much took {took[1]:.1f} s for {took[0]:.1f} s"
    what = "3,000 results of one paper, 20,000 pairs, 60,000 items of evidence"
    return f"{what}: opened, shown and rendered in {took[1]:.1f} s, half of it in {took[0]:.1f} s"

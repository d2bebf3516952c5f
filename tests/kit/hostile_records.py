"""Ways of spoiling what a package's own files say: manifests, signature, numbers, dates, papers, models."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from localdigest.transfer import bag
from tests.kit.hostile_packages import DAY, EVIL, FOLDERS, Case, hostile
from tests.kit.places import SAMPLE_DAY

__all__ = ["FOLDERS"]  # with all that is added here


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


def _declared(names: list[str], size: int) -> Callable[[Case], None]:
    """Files that are there in the lists alone."""

    def apply(case: Case) -> None:
        for tag, value in ((bag.MANIFEST, "0" * 64), (bag.SIZES, str(size))):
            case.write(tag, case.read(tag) + "".join(f"{value}  {name}\n" for name in names).encode())
        case.oxum()

    return apply


FOLDERS |= {
    "more days than are taken": _declared([f"data/days/{SAMPLE_DAY + timedelta(n)}.json" for n in range(1, 402)], 60),
    "records too large together": _declared(
        [f"data/results/{SAMPLE_DAY + timedelta(n)}.results.json" for n in range(1, 6)], 60 << 20
    ),
    "page that is cut within a character": lambda case: case.add(
        f"data/results/{SAMPLE_DAY}-arxiv.md", "字".encode()[:2]
    ),
}

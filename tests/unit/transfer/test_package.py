"""Transfer packages between two workspaces: days over, results back, a model, keys, numbers, dates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from localdigest import run, store
from localdigest.arxiv.client import Client
from localdigest.messages.errors import ConfigError, InputRefused, ModelError
from localdigest.models import catalogue
from localdigest.transfer import bag, keys, make, opening
from localdigest.workspace import config
from tests.kit.packages import ANNOUNCED, DAY, localdigest, make_package, tree, works
from tests.kit.places import SAMPLE, SAMPLE_DAY
from tests.kit.simulated_arxiv import Simulated, Version, World, running
from tests.kit.workspaces import changed

MODEL = b"GGUF, but not really" * 100
NOW = datetime.now(UTC).replace(microsecond=0)


def test_an_earlier_package_is_a_replay_and_the_last_one_changes_nothing(
    sender: config.Workspace, lab: Path, stick: Path
) -> None:
    """Whoever was killed may open the same package again, and finds the same."""
    first = make_package(sender.root, stick, "--date", DAY)
    second = make_package(sender.root, stick, "--date", DAY)
    trust = ("--trust", stick.parent / "box.pub")
    assert localdigest(lab, "package", "open", second, *trust) == 0
    before = {**tree(lab), "library.db": ""}
    for command in ("verify", "open"):
        with pytest.raises(InputRefused, match="is not above"):
            localdigest(lab, "package", command, first, *trust)
        assert localdigest(lab, "package", command, second, *trust) == 0
    assert {**tree(lab), "library.db": ""} == before
    assert works(config.open_workspace(lab), SAMPLE_DAY) == works(sender, SAMPLE_DAY)


def test_another_package_of_the_same_number_is_refused(sender: config.Workspace, lab: Path, stick: Path) -> None:
    trust = ("--trust", stick.parent / "box.pub")
    first = make_package(sender.root, stick, "--date", DAY)
    assert localdigest(lab, "package", "open", first, *trust) == 0
    (stick.parent / "box.key.last").write_text(str(int(first.name.partition("-")[2]) - 1))
    with store.Store(sender.library) as library:
        items = list(make.days(sender, library, [SAMPLE_DAY], lambda _: None))
    key = keys.load_private(stick.parent / "box.key")
    made = NOW - timedelta(days=1)
    second = make.write(items, stick / "other", "not the same", key, timedelta(days=9), False, made)
    assert second.name == first.name
    with pytest.raises(InputRefused, match="is not above"):
        localdigest(lab, "package", "open", second, *trust)
    # What version 0.1 noted is a number alone: nothing of that number is known to be the same.
    noted = json.loads((lab / "packages.json").read_bytes())
    (lab / "packages.json").write_text(json.dumps({key: each["sequence"] for key, each in noted.items()}))
    with pytest.raises(InputRefused, match="is not above"):
        localdigest(lab, "package", "open", first, *trust)


def test_two_keys_with_one_number_keep_apart(sender: config.Workspace, lab: Path, stick: Path) -> None:
    number = int(NOW.timestamp()) + 1000
    for name in ("box", "other"):
        (stick.parent / f"{name}.key.last").write_text(str(number - 1))
        items = [make.Item("data/software/INSTALL.txt", name.encode())]
        key = keys.load_private(stick.parent / f"{name}.key")
        package = make.write(items, stick / name, name, key, timedelta(days=1), False, NOW)
        assert package.name == f"localdigest-{number}"
        assert localdigest(lab, "package", "open", package, "--trust", stick.parent / f"{name}.pub") == 0
    assert {path.read_text() for path in (lab / "software").glob("*/INSTALL.txt")} == {"box", "other"}


def test_an_expired_package_is_refused(sender: config.Workspace, lab: Path, stick: Path) -> None:
    with store.Store(sender.library) as library:
        items = list(make.days(sender, library, [SAMPLE_DAY], lambda _: None))
    key, made = keys.load_private(stick.parent / "box.key"), NOW - timedelta(days=2)
    package = make.write(items, stick, "late", key, timedelta(days=1), False, made)
    for command in ("verify", "open"):
        with pytest.raises(InputRefused, match="it was to be opened by"):
            localdigest(lab, "package", command, package, "--trust", stick.parent / "box.pub")


def test_another_key_or_none_is_refused(sender: config.Workspace, lab: Path, stick: Path) -> None:
    signed = make_package(sender.root, stick, "--date", DAY)
    unsigned = make_package(sender.root, stick, "--date", DAY, "--unsigned")
    for command in ("verify", "open"):
        with pytest.raises(InputRefused, match=rf"a folder with '{signed.name}', '{unsigned.name}'; name one"):
            localdigest(lab, "package", command, stick, "--unsigned")
        with pytest.raises(InputRefused, match="not a signature by the trusted key"):
            localdigest(lab, "package", command, signed, "--trust", stick.parent / "other.pub")
        with pytest.raises(InputRefused, match="it is not signed"):
            localdigest(lab, "package", command, unsigned, "--trust", stick.parent / "box.pub")
        with pytest.raises(ConfigError, match="say whom to trust"):
            localdigest(lab, "package", command, unsigned)
    with pytest.raises(ConfigError, match="--unsigned"):
        localdigest(sender.root, "package", "make", "--date", DAY, "-o", stick)


def test_unsigned_is_said_aloud_each_time(
    sender: config.Workspace, lab: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = make_package(sender.root, stick, "--date", DAY, "--unsigned")
    assert "UNSIGNED" in capsys.readouterr().err
    for command in ("verify", "open", "open"):
        assert localdigest(lab, "package", command, package, "--unsigned") == 0
        assert "UNSIGNED" in capsys.readouterr().err
    assert works(config.open_workspace(lab), SAMPLE_DAY) == works(sender, SAMPLE_DAY)


def test_a_new_workspace_is_set_as_the_makers(
    sender: config.Workspace, stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a page of another field than the lab's would be without papers; what is not known here is not taken."""
    changes = (('["cs.SD", "eess.AS"]', '["eess.AS"]'), ("titles = false", "titles = true"),
               ('mode = "announced"', 'mode = "submitted"'), ('language = "zh-CN"', 'language = "ja"'))  # fmt: skip
    changed(sender.root, *changes, ('model = "starter"', 'model = "qwen2.5-coder-0.5b"'))
    package = make_package(sender.root, stick, "--date", DAY)
    trust = ("--trust", stick.parent / "box.pub")
    with pytest.raises(InputRefused, match="not a signature"):
        localdigest(stick.parent / "new", "package", "open", package, "--trust", stick.parent / "other.pub")
    assert not (stick.parent / "new").exists()
    assert localdigest(stick.parent / "new", "package", "open", package, *trust) == 0
    made = config.open_workspace(stick.parent / "new").config
    assert (made.categories, made.language, made.window.mode) == (("eess.AS",), "ja", "submitted")
    assert (made.model, made.page.titles) == ("qwen2.5-coder-0.5b", True)
    said = capsys.readouterr().err
    assert "set as where the package was made: categories eess.AS, language ja, model qwen2.5-coder-0.5b" in said
    assert "make it the same" not in said

    info = bag.Info(1, NOW, NOW, "", '{"categories":["eess.AS"],"language":"xx","model":"none","mode":"announced",'
                    '"titles":false}')  # fmt: skip
    assert opening.settings(stick, info) == {"categories": ("eess.AS",), "mode": "announced", "titles": False}
    for odd in ("", "{", info.settings.replace("eess.AS", "xx.YY"), info.settings.replace("announced", "other")):
        assert opening.settings(stick, replace(info, settings=odd)) == {}


def test_keys_are_never_overwritten_and_private(stick: Path) -> None:
    assert (stick.parent / "box.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="never overwritten"):
        keys.generate(stick.parent / "box")
    with pytest.raises(ConfigError, match="not a public key"):
        keys.load_public(stick.parent / "box.key")


# ---------------------------------------------------------------- a model


def _catalogue(root: Path, file: Path, name: str = "tiny", data: bytes = MODEL) -> None:
    with (root / "models.toml").open("a", encoding="utf-8") as table:
        table.write(
            f'[[model]]\nname = "{name}"\nfile = "{name}.gguf"\nsize = {len(data)}\n'
            f'sha256 = "{hashlib.sha256(data).hexdigest()}"\n'
            f'sources = [{{ kind = "local", path = "{file.as_posix()}" }}]\n'
        )


def test_a_model_goes_over_in_parts(
    sender: config.Workspace, lab: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, taken = stick.parent / "kept", stick.parent / "taken"
    kept.mkdir()
    (kept / "tiny.gguf").write_bytes(MODEL)
    _catalogue(sender.root, kept / "tiny.gguf")
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(kept))
    spec = catalogue.load_catalogue((sender.root / "models.toml",)).find("tiny")
    items = list(make.model(spec, kept, part=700))
    assert [item.size for item in items[1:]] == [700, 700, 600]
    key = keys.load_private(stick.parent / "box.key")
    package = make.write(items, stick, "model", key, timedelta(days=1), False, NOW)
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(taken))
    before = tree(lab)
    with pytest.raises(ModelError, match="not in the catalogue"):
        localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub")
    assert {name: sha for name, sha in tree(lab).items() if name not in {"library.db", ".lock"}} == before
    assert not taken.exists()
    _catalogue(lab, Path("/nowhere/tiny.gguf"))
    assert localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub") == 0
    assert (taken / "tiny.gguf").read_bytes() == MODEL


def test_two_models_go_over_in_one_package(
    sender: config.Workspace, lab: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, taken = stick.parent / "kept", stick.parent / "taken"
    kept.mkdir()
    files = {"tiny": MODEL, "other": MODEL[::-1]}
    for name, data in files.items():
        (kept / f"{name}.gguf").write_bytes(data)
        _catalogue(sender.root, kept / f"{name}.gguf", name, data)
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(kept))
    known = catalogue.load_catalogue((sender.root / "models.toml",))
    items = [*make.model(known.find("tiny"), kept, 700), *make.model(known.find("other"), kept, 900, further=True)]
    key = keys.load_private(stick.parent / "box.key")
    package = make_package(sender.root, stick, "--model", "tiny", "--model", "other", "--model", "tiny")
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(taken))
    for name, data in files.items():
        _catalogue(lab, Path(f"/nowhere/{name}.gguf"), name, data)
    assert localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub") == 0
    assert {path.name: path.read_bytes() for path in taken.glob("*.gguf")} == {f"{n}.gguf": d for n, d in files.items()}
    # Parts that are changed over make neither.
    mixed = [replace(item, path=kept / "tiny.gguf") if item.path else item for item in items]
    broken = make.write(mixed, stick, "mixed", key, timedelta(days=1), False, NOW + timedelta(seconds=1))
    with pytest.raises(InputRefused, match="do not make the model"):
        localdigest(lab, "package", "open", broken, "--trust", stick.parent / "box.pub")


# ---------------------------------------------------------------- an announced day

ET = ZoneInfo("America/New_York")


@pytest.fixture
def arxiv() -> Iterator[World]:
    papers = [
        Simulated(
            f"2510.{number:05}",
            (Version(1, datetime(2025, 10, 25, 9, number, tzinfo=ET).astimezone(UTC), ANNOUNCED, "We study codecs."),),
        )
        for number in (1, 2, 3)
    ]
    made = {ANNOUNCED: datetime(2025, 10, 27, 20, tzinfo=ET)}
    with running(World(datetime(2025, 10, 28, 8, tzinfo=UTC), made, papers)) as world:
        yield world


def test_an_announced_day_goes_over(arxiv: World, lab: Path, stick: Path) -> None:
    root = stick.parent / "announced"
    config.create(root)
    arxiv.pdfs = {"2510.00001v1": next((SAMPLE / "pdfs").glob("*.pdf")).read_bytes()}
    path = root / config.FILE
    text = path.read_text(encoding="utf-8")
    for key, value in {"api_url": "/api/query", "rss_url": "/rss", "oai_url": "/oai", "pdf_url": "/pdf"}.items():
        lines = [f'{key} = "{arxiv.url}{value}"' if line.startswith(f"{key} =") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        run.collect(space, library, ANNOUNCED, [], None, lambda _: None, arxiv.now, partial(Client, interval=0.01))
    package = make_package(root, stick, "--date", f"{ANNOUNCED}")
    assert localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub") == 0
    other = config.open_workspace(lab)
    assert works(other, ANNOUNCED) == works(space, ANNOUNCED)
    assert len(works(other, ANNOUNCED)) == 4  # three abstracts and the one PDF that arXiv had
    with store.Store(space.library) as mine, store.Store(other.library) as theirs:
        assert mine.page_papers(ANNOUNCED) == theirs.page_papers(ANNOUNCED)
        here, there = mine.page(ANNOUNCED), theirs.page(ANNOUNCED)
    assert here is not None
    assert there is not None
    assert (here.window, here.closed, here.since) == (there.window, there.closed, there.since)

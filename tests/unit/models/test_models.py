"""Catalogue, files on disk, pulling from a hub and from wheels (both local), importing, recommending."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path

import pytest

from localdigest.messages.errors import ConfigError, ModelError
from localdigest.models import catalogue, quality
from localdigest.models.catalogue import (
    Catalogue,
    HubSource,
    LocalSource,
    PypiSource,
    import_file,
    load_catalogue,
    locate,
    shipped,
    verify,
)
from localdigest.models.pull import pull
from tests.kit.hub_server import CONTENT, HUB, TINY, Hub, left_in, only

# ---------------------------------------------------------------- the catalogue


def test_shipped_catalogue_is_sound(tmp_path: Path) -> None:
    catalogue = load_catalogue(folder=tmp_path)
    assert len(catalogue.models) == 12
    assert catalogue.find("starter").name == "qwen2.5-coder-1.5b"
    assert len({spec.sha256 for spec in catalogue.models}) == len({spec.file for spec in catalogue.models}) == 12
    for spec in catalogue.models:
        assert spec.licence == "Apache-2.0"
        assert spec.good_for
        assert (spec.breakdown == "condense") == (spec.parameters < 3)
        assert spec.size < spec.memory(4) < spec.memory()
        for source in spec.sources:
            if isinstance(source, HubSource):
                assert len(source.revision) == 40
            if isinstance(source, PypiSource):
                assert (source.parts - 1) * source.part_bytes < spec.size <= source.parts * source.part_bytes


def test_unknown_name_lists_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"qwen3\.5-4b"):
        load_catalogue(folder=tmp_path).find("qwen3.5-4")


def test_user_tables_change_and_add_models(tmp_path: Path) -> None:
    mine = tmp_path / "workspace" / "models.toml"
    mine.parent.mkdir()
    mine.write_text(
        '[[model]]\nname = "qwen3-8b"\nsampling = { temperature = 0.1 }\n'
        f'[[model]]\nname = "mine"\nsize = 4\nsha256 = "{"a" * 64}"\n'
        'sources = [{ kind = "local", path = "files/mine.gguf" }]\n'
    )
    catalogue = load_catalogue([mine, tmp_path / "absent.toml"], folder=tmp_path)
    assert catalogue.find("qwen3-8b").sampling.temperature == 0.1
    assert catalogue.find("qwen3-8b").size == 5_027_783_488
    assert catalogue.find("mine").sources == (LocalSource(str(mine.parent / "files/mine.gguf")),)
    assert catalogue.find("mine").file == "mine.gguf"


def test_quality_was_measured_of_a_file_in_a_language(tmp_path: Path) -> None:
    starter, other = (load_catalogue(folder=tmp_path).find(name) for name in ("starter", "qwen3-8b"))
    assert starter.measured
    assert quality.measured(shipped(), starter.sha256, "zh-CN") == starter.measured
    assert quality.measured(shipped(), starter.sha256, "de") is None
    assert quality.measured(shipped(), other.sha256, "zh-CN") is None
    assert str(quality.expectation(other)) == "qwen3-8b: how well it translates was not measured"
    (tmp_path / "own.toml").write_text(f'[[model]]\nname = "{starter.name}"\nsha256 = "{"a" * 64}"\n')
    assert load_catalogue([tmp_path / "own.toml"], folder=tmp_path).find("starter").measured is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("measured = { sentence = 1 }", "unknown key 'sentence'; did you mean 'sentences'?"),
        ("context_lenght = 1", "unknown key 'context_lenght'; did you mean 'context_length'?"),
        ("sampling = { temprature = 1.0 }", "unknown key 'temprature'; did you mean 'temperature'?"),
        ('sources = [{ kind = "pypi", pakage = "x" }]', "unknown key 'pakage'; did you mean 'package'?"),
        ('sources = [{ kind = "torrent" }]', "Invalid value 'torrent'"),
        ("sources = 1", "Expected `array`, got `int`"),
        ("sampling = 1", "Expected `object`, got `int`"),
        ("sampling = { temperature = true }", "Expected `float`, got `bool`"),
        ('size = "large"', "Expected `int`, got `str`"),
        ("size = 0", "a size is in bytes"),
        ('file = "../evil.gguf"', "file '../evil.gguf' is not a plain name ending in .gguf"),
        ('sha256 = "abc"', "a sha256 has 64 small hexadecimal digits"),
        ('aliases = ["starter"]', "'starter' names both qwen2.5-coder-1.5b and qwen3-8b"),
        ('[[model]]\nlicence = "none"', "models are written as [[model]] tables, each with a name"),
    ],
)
def test_a_wrong_value_of_a_table_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text(f'# mine\n[[model]]\nname = "qwen2.5-0.5b"\n\n[[model]]\nname = "qwen3-8b"\n{text}\n')
    with pytest.raises(ConfigError) as caught:
        load_catalogue([mine], folder=tmp_path / "models")
    assert str(caught.value).startswith(f"{mine}, line 7")
    assert said in str(caught.value)


def test_a_wrong_value_is_of_the_file_that_says_it(tmp_path: Path) -> None:
    for name, text in (("first", "size = true"), ("second", "size = 5")):
        (tmp_path / name).write_text(f'[[model]]\nname = "qwen3-8b"\n{text}\n')
    with pytest.raises(ConfigError, match=r"first, line 3, size: "):
        load_catalogue([tmp_path / "first", tmp_path / "second"], folder=tmp_path / "models")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[model]\nname = 'a'\n", "line 1: models are written as"),
        ("model = 'a'\n", "line 1: models are written as"),
        ("[[model]]\nsize =\n", r"as TOML .*line 2"),
        ("\n[[modle]]\n", "line 2: unknown key 'modle'; did you mean 'model'?"),
    ],
)
def test_a_file_of_no_models_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_catalogue([tmp_path / "models.toml"], folder=tmp_path / "models")


def test_new_model_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('\n[[model]]\nname = "mine"\nsize = 4\n')
    with pytest.raises(ConfigError, match=r"line 2: model 'mine': sha256, sources missing"):
        load_catalogue([tmp_path / "models.toml"], folder=tmp_path / "models")


# ---------------------------------------------------------------- files on this machine


def test_a_large_model_is_said_to_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a minute, and only where no stamp spares it."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    monkeypatch.setattr(catalogue, "QUICK", 1)
    said: list[str] = []
    for _time in range(2):
        locate(TINY, tmp_path, say=lambda text: said.append(str(text)))
    assert said == ["checking the 0.0 GiB of tiny, once"]


def test_locate_trusts_only_a_stamp_that_fits(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="localdigest models pull tiny"):
        locate(TINY, tmp_path)
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    hashed: list[int] = []
    assert locate(TINY, tmp_path, lambda done, _: hashed.append(done)) == path
    assert hashed[-1] == len(CONTENT)
    hashed.clear()
    locate(TINY, tmp_path, lambda done, _: hashed.append(done))
    assert hashed == []
    verify(TINY, tmp_path, lambda done, _: hashed.append(done))
    assert hashed[-1] == len(CONTENT)
    path.write_bytes(CONTENT[:-1] + b"?")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelError, match="other bytes"):
        locate(TINY, tmp_path)
    path.write_bytes(CONTENT)
    locate(TINY, tmp_path)
    kept = path.stat()
    path.write_bytes(CONTENT[:-1] + b"!")  # of the same size, under the date of the right one
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    with pytest.raises(ModelError, match="other bytes"):
        locate(TINY, tmp_path)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ModelError, match="bytes"):
        locate(TINY, tmp_path)


def test_local_source_is_used_where_it_lies(tmp_path: Path) -> None:
    theirs = tmp_path / "elsewhere.gguf"
    theirs.write_bytes(CONTENT)
    folder = tmp_path / "models"
    spec = only(TINY, LocalSource(str(theirs)))
    assert pull(spec, folder, print) == theirs
    assert left_in(folder) == {"tiny.gguf.verified"}
    theirs.write_bytes(CONTENT[::-1])
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        pull(spec, folder, print)
    assert "HF_ENDPOINT" not in str(caught.value)
    assert theirs.read_bytes() == CONTENT[::-1], "a user's own file is never removed"


# ---------------------------------------------------------------- pulling from the hub


def test_pull_from_the_hub_once(hub: Hub, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = pull(TINY, tmp_path, print, lambda done, total: steps.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert left_in(tmp_path) == {"tiny.gguf", "tiny.gguf.verified"}
    assert hub.tokens == {"resolve": "Bearer hf_secret", "bytes": ""}, "the token is for the hub alone"
    assert pull(TINY, tmp_path, print) == path
    assert hub.ranges == [""], "a model that is there is not asked for"


def test_cut_download_goes_on_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.script.extend(["cut", "cut", "500"])
    said: list[str] = []
    assert pull(only(TINY, HUB), tmp_path, lambda text: said.append(str(text))).read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert hub.ranges[:2] == ["", f"bytes={half}-"]
    assert hub.sent == len(CONTENT), "no byte is sent twice"
    assert sum("broken off" in line for line in said) == 3


@pytest.mark.parametrize("answer", ["", "whole"])
def test_next_pull_takes_up_a_broken_one(hub: Hub, tmp_path: Path, answer: str) -> None:
    hub.script.extend(["cut", "404"])
    with pytest.raises(ModelError, match="404"):
        pull(only(TINY, HUB), tmp_path, print)
    half = len(CONTENT) // 2
    assert (tmp_path / "tiny.gguf.part").read_bytes() == CONTENT[:half]
    hub.script.append(answer)
    assert pull(only(TINY, HUB), tmp_path, print).read_bytes() == CONTENT
    assert hub.ranges[-1] == f"bytes={half}-"


def test_bad_remains_of_an_earlier_download_do_not_stick(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(bytes(1000))
    assert pull(only(TINY, HUB), tmp_path, print).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=1000-", ""]


def test_a_download_that_somebody_else_writes_to_is_not_taken(hub: Hub, tmp_path: Path) -> None:
    """What came is right, and what lies there is not."""

    def overwrite(done: int, total: int) -> None:
        if done == total:
            with (tmp_path / "tiny.gguf.part").open("r+b") as file:
                file.write(b"EVIL")

    with pytest.raises(ModelError, match="changed while it was fetched"):
        pull(only(TINY, HUB), tmp_path, print, overwrite)
    assert left_in(tmp_path) == set()


def test_a_wrong_file_in_the_folder_is_replaced(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(bytes(len(CONTENT)))
    said: list[str] = []
    assert pull(TINY, tmp_path, lambda text: said.append(str(text))).read_bytes() == CONTENT
    assert "other bytes" in said[0]
    assert "removed" in said[0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("hang", "timed out"),
        ("404", "404"),
        ("429", "too many requests"),
        ("503", "503"),
        ("401", "HF_TOKEN"),
        ("wrong", "other bytes than the model's; refused and removed"),
        ("longer", "another file"),
    ],
)
def test_a_hub_that_fails_is_given_up(hub: Hub, tmp_path: Path, fault: str, said: str) -> None:
    hub.script.extend([fault] * 2)
    reports: list[str] = []
    with pytest.raises(ModelError, match=r"HF_ENDPOINT=ADDRESS; .* `localdigest models import FILE`"):
        pull(only(TINY, HUB), tmp_path, lambda text: reports.append(str(text)), patience=0.3 if fault == "hang" else 20)
    assert said in reports[-1]
    assert len(hub.ranges) == 1, "given up at once"
    assert not (tmp_path / "tiny.gguf").exists()
    assert (tmp_path / "tiny.gguf.part").stat().st_size == 0


def test_two_pulls_fetch_once(hub: Hub, tmp_path: Path) -> None:
    both = [threading.Thread(target=pull, args=(TINY, tmp_path, lambda _: None)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert hub.ranges == [""]


def test_no_room_is_said_before_anything_is_fetched(hub: Hub, tmp_path: Path) -> None:
    huge = dataclasses.replace(TINY, size=1 << 60)
    with pytest.raises(ModelError, match=r"MiB free.*LOCALDIGEST_MODELS"):
        pull(huge, tmp_path, print)
    assert hub.ranges == []


# ---------------------------------------------------------------- pulling parts with pip


# ---------------------------------------------------------------- importing a file


def test_import_finds_the_model_by_its_bytes(tmp_path: Path) -> None:
    brought = tmp_path / "from-a-stick.gguf"
    brought.write_bytes(CONTENT)
    folder = tmp_path / "models"
    assert import_file(brought, Catalogue((TINY,)), folder) == TINY
    assert locate(TINY, folder).samefile(brought), "linked, not copied"
    assert import_file(folder / "tiny.gguf", Catalogue((TINY,)), folder) == TINY
    assert left_in(folder) == {"tiny.gguf", "tiny.gguf.verified"}


def test_import_of_a_model_of_ones_own(tmp_path: Path) -> None:
    brought, folder = tmp_path / "mine.gguf", tmp_path / "models"
    brought.write_bytes(CONTENT)
    catalogue = load_catalogue(folder=folder)
    with pytest.raises(ModelError, match="--name NAME"):
        import_file(brought, catalogue, folder)
    with pytest.raises(ModelError, match="another --name"):
        import_file(brought, catalogue, folder, "starter")
    assert left_in(tmp_path) == {"mine.gguf", "models"}
    spec = import_file(brought, catalogue, folder, "mine")
    assert load_catalogue(folder=folder).find("mine") == spec
    assert locate(spec, folder).read_bytes() == CONTENT


def test_import_refuses_what_is_no_gguf(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<html>")
    with pytest.raises(ModelError, match="not a GGUF"):
        import_file(tmp_path / "page.gguf", Catalogue((TINY,)), tmp_path / "models", "page")
    with pytest.raises(ModelError, match=r"absent\.gguf: cannot be read"):
        import_file(tmp_path / "absent.gguf", Catalogue((TINY,)), tmp_path / "models")


@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_changes_while_it_is_hashed_is_not_taken(
    tmp_path: Path, linked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first bytes are written over after they were hashed: the hash is right, and no file of it is."""
    brought, folder = tmp_path / "mine.gguf", tmp_path / "models"
    brought.write_bytes(CONTENT)
    if not linked:
        monkeypatch.setattr(os, "link", faulty_link)

    def overwrite(done: int, total: int) -> None:
        with brought.open("r+b") as file:
            file.write(b"EVIL")
        os.utime(brought, ns=(0, 0))

    with pytest.raises(ModelError, match="changed while it was read"):
        import_file(brought, Catalogue((TINY,)), folder, progress=overwrite)
    assert left_in(folder) == set()
    folder.mkdir(exist_ok=True)
    (folder / TINY.file).write_bytes(CONTENT)
    brought = folder / TINY.file
    with pytest.raises(ModelError, match="changed while it was read"):
        verify(TINY, folder, overwrite)
    assert left_in(folder) == {"tiny.gguf"}


def faulty_link(*_: object) -> None:
    raise OSError("no links here")


@pytest.mark.skipif(os.name == "nt", reason="links want a privilege there, and there are no such pipes")
def test_what_is_imported_is_a_file_and_no_name(tmp_path: Path) -> None:
    """A link is followed once; a pipe keeps nobody waiting."""
    (tmp_path / "real.gguf").write_bytes(CONTENT)
    (tmp_path / "link.gguf").symlink_to("real.gguf")
    folder = tmp_path / "models"
    import_file(tmp_path / "link.gguf", Catalogue((TINY,)), folder)
    assert not (folder / TINY.file).is_symlink()
    assert locate(TINY, folder).read_bytes() == CONTENT
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(ModelError, match="not a GGUF"):
        import_file(tmp_path / "pipe.gguf", Catalogue((TINY,)), folder, "pipe")

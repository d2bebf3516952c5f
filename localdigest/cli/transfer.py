"""The command line of transfer packages: `localdigest package`."""

from __future__ import annotations

import json
import tempfile
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from localdigest.cli.help import say, tell
from localdigest.cli.options import TYPES, options
from localdigest.cli.out import echo, echo_json
from localdigest.flows import brief
from localdigest.messages import Notice, _
from localdigest.messages.errors import ConfigError
from localdigest.models import catalogue
from localdigest.workspace import config

_PATH = click.Path(path_type=Path)


@click.group()
def package() -> None:
    """Carry days, models and software to a machine without a network, and pages back.

    Example: localdigest package make --date 2026-01-30 --unsigned -o /media/stick
    """


@package.command("keygen")
@options("json")
@click.argument("name", type=_PATH)
def package_keygen(root: Path, as_json: bool, name: Path) -> None:
    """Make a pair of keys: NAME.key signs packages, NAME.pub lets another machine trust them.

    Example: localdigest package keygen ~/connected-box
    """
    from localdigest.transfer import keys

    private, public, key = keys.generate(name)
    if as_json:
        echo_json(json.dumps({"private": str(private), "public": str(public), "fingerprint": key.fingerprint}))
        return
    echo(f"{private}\n{public}")
    say(
        _(
            "{private} stays on this machine: whoever has it can sign. Carry {public} to the other one, if you can by"
            " another way than the packages, and compare its fingerprint there: {fingerprint}",
            private.name,
            public.name,
            key.fingerprint,
        )
    )


@package.command("make")
@options("date", "json", "package-make")
def package_make(
    root: Path, day: date | None, as_json: bool, from_day: date | None, to_day: date | None,
    names: tuple[str, ...], software: bool, python: str | None, platform: str | None, llama_wheel: Path | None,
    extras: tuple[str, ...], results: str | None, output: Path, as_zip: bool, sign: Path | None, unsigned: bool,
    valid: int,
) -> None:  # fmt: skip
    """Write a package of collected days, a model or software, or of finished pages.

    Example: localdigest package make --date 2026-01-30 --sign connected-box.key -o /media/stick
    """
    from localdigest.transfer import content, keys, make
    from localdigest.workspace import lock

    if bool(sign) == unsigned:
        raise ConfigError("a package is signed: name your key with --sign NAME.key, or say --unsigned")
    span = _span(day, from_day, to_day)
    if not (span or names or software or results):
        raise ConfigError(
            "nothing to pack: name days (--date, --from-day and --to-day), --model, --software, --results"
        )
    space = config.open_workspace(root)
    if unsigned:
        say(_("UNSIGNED: whoever opens this package cannot know who made it or whether it was changed."))
    key, now = keys.load_private(sign) if sign else None, datetime.now(UTC).replace(microsecond=0)
    with lock.hold(root, "localdigest package make"), tempfile.TemporaryDirectory(prefix="localdigest-") as scratch:
        items, told = _chosen(space, span, _dates(results), names)
        if software:
            from localdigest.transfer import software as stage

            target = platform or stage.this_platform()
            stage.gather(Path(scratch), python or stage.this_python(), target, llama_wheel, tell, extras)
            items += make.folder_items(Path(scratch))
            told.append("software")
        with _doing(_("writing the package into {folder}", output), as_json):
            ours = content.Settings.of(space.config)
            path = make.write(items, output, "; ".join(told), key, timedelta(days=valid), as_zip, now, ours)
    size = sum(item.size for item in items)
    if as_json:
        echo_json(json.dumps({"package": str(path), "files": len(items), "bytes": size, "contents": told}))
        return
    echo(str(path))
    kept = [item.name for item in items if item.name == content.MODEL]
    lead = _("{files} files, {size:.1f} MiB", len(items), size / 2**20)
    say(lead + (_(", a model in parts") if kept else ""))


def _chosen(space: Any, span: list[date], results: list[date], names: tuple[str, ...]) -> tuple[list[Any], list[str]]:
    from localdigest import store
    from localdigest.transfer import make

    items: list[Any] = []
    told: list[str] = []
    with store.Store(space.library) as library:
        if span:
            items += make.days(space, library, span, tell)
            told.append(f"days {span[0]} to {span[-1]}")  # in the package, for whoever opens it: in English
        if results:
            items += make.results(space, library, results)
            told.append(f"results {results[0]} to {results[-1]}")
    known = catalogue.load_catalogue((space.root / "models.toml",))
    for place, spec in enumerate({known.find(name).sha256: known.find(name) for name in names}.values()):
        items += make.model(spec, catalogue.models_folder(), say=tell, further=place > 0)
        told.append(f"model {spec.name}")
    return items, told


def _span(day: date | None, first: date | None, last: date | None) -> list[date]:
    from localdigest.transfer import content

    if day and (first or last):
        raise ConfigError("--date is one day; for several say --from-day and --to-day, without --date")
    if bool(first) != bool(last):
        raise ConfigError("several days have a first and a last: say both --from-day and --to-day")
    if first and last and first > last:
        raise ConfigError("--from-day {first} is after --to-day {last}; change them over", first, last)
    first, last = first or day, last or day
    return list(content.days_between(first, last)) if first and last else []


def _dates(text: str | None) -> list[date]:
    if text is None:
        return []
    first, _, last = text.partition("..")
    try:
        ends = [TYPES["day"].convert(end, None, None) for end in (first, last or first)]
    except click.BadParameter:
        raise ConfigError("--results {text}: write a day (2026-01-30) or two with `..` between them", text) from None
    return _span(None, *ends)


@package.command("verify")
@options("json", "package-open")
@click.argument("path", type=_PATH)
def package_verify(root: Path, as_json: bool, path: Path, trust: Path | None, unsigned: bool) -> None:
    """Check a package to its last byte, as `package open` does, and write nothing.

    Example: localdigest package verify /media/stick/localdigest-1769745600 --trust connected-box.pub
    """
    from localdigest.transfer import check, opening, source

    space = config.open_workspace(root, must_exist=False)
    key = _key(trust, unsigned)
    with check.refusing(path):
        bag_source = source.at(path)
        try:
            bag = check.look(bag_source, key, datetime.now(UTC), opening.last_opened(space, key))
            with _doing(_("reading {path} to its last byte", path), as_json):
                check.receive(bag_source, bag)
        finally:
            bag_source.close()
    info = bag.info
    if as_json:
        echo_json(json.dumps({"package": str(path), "sequence": info.sequence, "files": len(bag.payload),
                               "bytes": bag.size, "contents": info.contents, "signed_by": key and key.fingerprint,
                               "expires": info.expires.isoformat()}))  # fmt: skip
        return
    by = _("signed by {fingerprint}", key.fingerprint) if key else _("UNSIGNED")
    sound = _("{path}: as it was made, {by}; {files} files, {size:.1f} MiB; {contents}")
    size = bag.size / 2**20
    say(sound.format(path=path, by=by, files=len(bag.payload), size=size, contents=ascii(info.contents)), err=False)


@package.command("open")
@options("json", "package-open")
@click.argument("path", type=_PATH)
def package_open(root: Path, as_json: bool, path: Path, trust: Path | None, unsigned: bool) -> None:
    """Take a package into the workspace: all of it or nothing. Opens no socket.

    Example: localdigest -C digest package open /media/stick/localdigest-1769745600 --trust connected-box.pub
    """
    from localdigest import store
    from localdigest.transfer import check, opening, source
    from localdigest.workspace import lock

    key = _key(trust, unsigned)
    if not (root / config.FILE).exists():
        _begin(root, path, key)
    space = config.open_workspace(root)
    with lock.hold(root, "localdigest package open"), store.Store(space.library) as library:
        with check.refusing(path):
            bag_source = source.at(path)
        try:
            with _doing(_("reading {path} to its last byte", path), as_json):
                found = opening.open_package(
                    space, library, bag_source, key, datetime.now(UTC), tell, catalogue.models_folder()
                )
        finally:
            bag_source.close()
        pages = _own_pages(space, library, found)
    if as_json:
        echo_json(json.dumps({"sequence": found.bag.info.sequence, "days": found.days, "new_papers": found.papers,
                               "pdfs": found.pdfs, "results": found.results,
                               "models": [str(path) for path in found.models],
                               "software": found.software and str(found.software),
                               "pages": [str(page) for page in pages],
                               "received": [str(path) for path in found.received]}))  # fmt: skip
        return
    for day in found.days:
        echo(day)
    for page in pages:
        echo(str(page))
    say(_("{papers} new papers, {pdfs} new PDFs, {results} results", found.papers, found.pdfs, found.results))
    for path in found.models:
        say(_("model: {path}, verified", path))
    if found.software:
        say(
            _(
                "software: {command}",
                f"python -m pip install --no-index --find-links {found.software} --upgrade localdigest",
            )
        )
        say(_("{file} has the rest of it", found.software / "INSTALL.txt"))


def _begin(root: Path, path: Path, key: Any) -> None:
    """A new workspace, set as the maker's is: a page wants the same on both machines. None for a refused package."""
    from localdigest.transfer import check, opening, source

    with check.refusing(path):
        bag_source = source.at(path)
        try:
            taken = opening.settings(root, check.look(bag_source, key, datetime.now(UTC)).info)
        finally:
            bag_source.close()
    config.create(root, **taken)
    say(_("new workspace {root}; its settings are in {file}", root.resolve(), config.FILE))
    if taken:
        shown = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in taken.items()}
        told = ", ".join(f"{name} {shown[name]}" for name in ("categories", "language", "model") if name in shown)
        say(_("set as where the package was made: {settings}", told))


def _own_pages(space: Any, library: Any, found: Any) -> list[Path]:
    """Pages of the results that came, written here: what their maker wrote is not trusted to be only text."""
    from localdigest.pages import contents, publish

    models, made = brief.find_models(space), []
    for day in found.finished:
        theirs = [path for path in found.received if path.name == f"{day}-arxiv.md"]
        try:
            plan_day = contents.planner(space, library, brief.load(space, models))
            page = publish.publish(space, library, day, plan_day).page
        except ConfigError as error:
            came = theirs[0] if theirs else Notice("none")
            say(_("{day}: no page was written ({error}); {file} came, as text to look at", day, error, came))
            continue
        made.append(page)
        same = [path for path in theirs if path.read_bytes() == page.read_bytes()]
        as_theirs = _("{day}: {page} was written here, the same as the page that came")
        other = _("{day}: {page} was written here, not the same as the page that came")
        say((as_theirs if same else other).format(day=day, page=page))
    return made


def _doing(what: str, quiet: bool) -> AbstractContextManager[None]:
    from localdigest.cli import progress

    return progress.doing(progress.console(), what, quiet)


def _key(trust: Path | None, unsigned: bool) -> Any:
    from localdigest.transfer import keys

    if bool(trust) == unsigned:
        raise ConfigError("say whom to trust: --trust NAME.pub, the maker's key, or --unsigned to take it from anybody")
    if trust is None:
        say(_("UNSIGNED: nothing tells who made this package, or whether it was changed on its way."))
        return None
    return keys.load_public(trust)

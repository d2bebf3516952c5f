"""The command line of `localdigest doctor`: what is wrong here, and the proof that nothing leaves."""

from __future__ import annotations

import json
import tempfile
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from localdigest import files
from localdigest.cli.help import say
from localdigest.cli.options import options, seams
from localdigest.cli.out import Styled, echo, echo_json
from localdigest.flows import brief
from localdigest.messages import Notice, _, told
from localdigest.messages.errors import ConfigError, ModelError
from localdigest.messages.terminal import columns, plain
from localdigest.models import catalogue
from localdigest.workspace import config

_COLOURS = {"well": "green", "note": "yellow", "wrong": "red"}


@click.command()
@options("date", "model", "json", "doctor")
def doctor(root: Path, day: date | None, model: str | None, as_json: bool, online: bool, prove_offline: bool) -> int:
    """Look for whatever can be wrong with this machine and workspace, and say the mend for each.

    llama.cpp is asked, and the model tried, in processes that may die. With --prove-offline the sample day is digested
    and rendered in a temporary folder (with --date: that day of the workspace, for good), watched by strace. Ends with
    1 where something is wrong, or is not proved.

    Example: localdigest doctor --prove-offline
    """
    space = config.open_workspace(root, model=model, must_exist=True if day else None)  # what is not there is a finding
    if prove_offline:
        return _prove(space, day, model, as_json)
    from localdigest import doctor as stage
    from localdigest.cli import progress
    from localdigest.doctor.report import Asked
    from localdigest.run import opener

    unknown = None
    try:
        specs = brief.distinct(brief.find_models(space))
    except ModelError as error:  # one of the things that may be wrong
        specs, unknown = (catalogue.load_catalogue().find(config.Config().model),), error.notice
    _connect, load = seams()
    there = (root / config.FILE).is_file()
    (spec, own), *others = ((each, opener.settings(space.config, each)) for each in specs)
    asked = Asked(space, there, spec, own, load, online, unknown, tuple(others))
    checks, found, to = [], stage.examine(asked), progress.console()
    for each in stage.CHECKS:
        with progress.doing(to, _("looking at {what}", each), quiet=as_json or not to.is_terminal):
            name, check = next(found)
        checks.append((name, check))
        if not as_json:
            mark = {"well": _("well"), "note": _("note"), "wrong": _("WRONG")}[check.state]
            shown = Styled(mark + " " * (5 - columns(mark)), _COLOURS[check.state], bold=check.state == "wrong")
            say(plain(told(check.says)), err=False, lead=(shown, f"  {name:9}  "), indent=18)
            if check.mend:
                say(check.mend, err=False, lead=(f"{'':18}-> ",), indent=21)
    if as_json:
        rows = [{"name": name, **asdict(each), "says": str(each.says), "ok": each.ok} for name, each in checks]
        echo_json(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        wrong, notes = (sum(each.state == state for _name, each in checks) for state in ("wrong", "note"))
        echo(_("{wrong} wrong, {notes} to note, of {all} looked at", wrong, notes, len(checks)), err=True)
    return 0 if all(check.ok for _name, check in checks) else 1


def _prove(space: config.Workspace, day: date | None, model: str | None, as_json: bool) -> int:
    from localdigest.cli import progress
    from localdigest.doctor import proof as stage

    def doing(what: Notice) -> AbstractContextManager[None]:
        return progress.doing(progress.console(), told(what), quiet=as_json)

    if space.config.engine.kind == "endpoint":
        raise ConfigError("digests here ask {url}: set engine.kind to local for the proof", space.config.engine.url)
    with tempfile.TemporaryDirectory() as folder:
        if day is None:
            place, own = Path(folder) / "sample", space.root / "models.toml"
            config.create(place)
            if own.exists():  # the sample day may be made by any model that is known here
                files.write_atomic(place / own.name, own.read_bytes())
            digest, render = _own(place, str(stage.SAMPLE_DAY), space.config.model)
            digest += ["--from", str(stage.SAMPLE / "atom.xml"), "--pdf-dir", str(stage.SAMPLE / "pdfs")]
            proof = stage.prove([digest, render], lambda: stage.sample_made(place), doing)
        else:
            proof = stage.prove(_own(space.root, str(day), model), doing=doing)
    if as_json:
        echo_json(json.dumps(asdict(proof) | {"verdict": str(proof.verdict)}, ensure_ascii=False, indent=2))
    else:
        for name, run in ((_("control"), proof.control), *((_("run"), run) for run in proof.runs)):
            if run is not None:
                say(f"{name}: {run.command}", err=False)
                counted = ", ".join(f"{family} {count}" for family, count in run.sockets.items()) or _("none")
                text = _("ended with {code}; sockets created: {counted}; for other machines: {inet}")
                say(text.format(code=run.code, counted=counted, inet=run.inet), err=False, lead=("  ",), indent=2)
        say(told(proof.verdict), err=False)
    return 0 if proof.proved else 1


def _own(place: Path, day: str, model: str | None) -> list[list[str]]:
    from localdigest.workspace.schedule import this_program

    tail = ["-C", str(place), "--date", day, *(("--model", model) if model else ())]
    return [[*this_program(), command, *tail] for command in ("digest", "render")]

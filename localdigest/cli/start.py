"""The command line of beginnings: `localdigest init`, a new workspace; `completion`, what makes a shell complete."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from localdigest import files
from localdigest.cli import complete
from localdigest.cli.help import say
from localdigest.cli.options import options
from localdigest.cli.out import agree, ask, echo, echo_bytes, echo_json
from localdigest.flows import brief
from localdigest.language import profile
from localdigest.messages import _, told
from localdigest.messages.errors import ConfigError, LocaldigestError, ModelError
from localdigest.models import catalogue, machine, quality
from localdigest.records import taxonomy
from localdigest.workspace import config

SHOWN = 5
"""Models to choose from, the best for this machine; others can be named."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new workspace begins with; None is the template's own."""

    categories: tuple[str, ...] | None = None
    language: str | None = None
    contact: str | None = None
    model: str | None = None
    schedule: str | None = None
    fetch: bool = False
    """The model, now."""

    @property
    def settings(self) -> dict[str, tuple[str, ...] | str | None]:
        """Of the configuration, by key."""
        return {"categories": self.categories, "language": self.language, "contact": self.contact, "model": self.model}


@click.command()
@options("json", "init")
def init(
    root: Path, as_json: bool, categories: str | None, language: str | None, contact: str | None, model: str | None,
    kind: Any, at: datetime, offline: bool, mains: bool, yes: bool,
) -> None:  # fmt: skip
    """Make a workspace: a folder with a commented localdigest.toml.

    On a terminal it asks what is not said by an option: five questions, all but the first with a default. The last is
    whether to fetch the model now or, where it is here, whether to run each day.

    Example: localdigest -C digest init --categories cs.CL,eess.AS --schedule systemd --at 07:00
    """
    if offline and kind != "systemd":
        raise click.UsageError("--offline goes with --schedule systemd; no other scheduler can take the network away")
    if mains and kind not in ("systemd", "windows"):
        raise click.UsageError("--on-mains goes with --schedule systemd or windows; the others cannot tell")
    named = taxonomy.known([categories], "--categories") if categories else None
    given = Answers(named, language, contact, model, kind)
    is_new = not (root / config.FILE).exists()
    if is_new and yes:
        given = replace(given, model=given.model or _proposed(quiet=as_json))
    elif is_new and not as_json and sys.stdin.isatty() and sys.stderr.isatty():
        given = _ask(root, given, at)
    _check(root, given)
    # What one scans is titles: a new workspace has them in its language; one made before goes on as it is set.
    made = config.create(root, titles=True, **given.settings)
    space = config.open_workspace(root.resolve())
    if given.fetch:
        _fetch(space)
    written = (
        _schedule(space, given.schedule, at, offline=offline, mains=mains, quiet=as_json) if given.schedule else []
    )
    following = _next(root, space)
    if as_json:
        echo_json(json.dumps({"workspace": str(space.root), "new": made, "written": written, "next": following}))
        return
    done = _("{path} written") if made else _("{path} is there already; left as it is")
    echo(done.format(path=root / config.FILE))
    for path in written:
        echo(_("{path} written", path))
    if made and not given.categories:
        say(_("The categories are an example's, {categories}: set your own in it.", ", ".join(space.config.categories)))
    echo(_("Every other setting is explained in that file. Next:"), err=True)
    for command in following:
        echo(f"  {command}", err=True)


def _check(root: Path, given: Answers) -> None:
    """Before anything is written. Raises ConfigError, ModelError."""

    if given.language and given.language not in (known := _languages(root)):
        raise ConfigError("no language {language!r}; there are: {known}", given.language, ", ".join(known))
    if given.model:
        catalogue.load_catalogue((root / "models.toml",)).find(given.model)


# ---------------------------------------------------------------- questions


def _languages(root: Path) -> tuple[str, ...]:
    return tuple(profile.usable(root / config.Config().prompts))


def _ask(root: Path, given: Answers, at: datetime) -> Answers:
    lead = _(
        "A digest lives in a folder. Enter takes what stands in brackets; all of it can be changed in {file} later."
    )
    say(lead.format(file=config.FILE) + "\n")
    defaults = config.Config()
    categories = given.categories or ask(
        _("arXiv categories or archives to follow, such as cs.CL or astro-ph"),
        value_proc=_categories,
    )  # fmt: skip
    for name in categories:
        echo(f"  {name}  {taxonomy.titles()[name]}", err=True)
    proposed = _proposed_language(root) or defaults.language
    language = given.language or ask(_("Language of the pages"), default=proposed, type=click.Choice(_languages(root)))
    contact = given.contact
    if contact is None:
        question = _("E-mail or web address for arXiv to reach you by (Enter: none)")
        contact = ask(question, default="", show_default=False)
    model = given.model or _ask_for_model(root)
    spec, schedule = catalogue.load_catalogue((root / "models.toml",)).find(model), given.schedule
    if not (given.model or _is_here(spec)):
        question = _("Fetch {name} now ({size:.1f} GiB)?", spec.name, spec.size / 2**30)
        fetch = agree(question, default=True)
        return Answers(categories, language, contact, model, schedule, fetch)
    if schedule is None:
        here = _scheduler()
        question = _("Run it each day at {time}? Writes files for {scheduler} to install", _clock(at), here)
        schedule = here if agree(question, default=False) else None
    return Answers(categories, language, contact, model, schedule)


def _fetch(space: config.Workspace) -> None:
    """As `models pull`; where that fails the workspace is made all the same, and its next command tries again."""
    from localdigest.cli.model import fetch

    try:
        fetch(catalogue.load_catalogue((space.root / "models.toml",)).find(space.config.model), None)
    except LocaldigestError as error:
        say(told(error.notice))


def _proposed_language(root: Path) -> str | None:
    """That of the locale, but for English: abstracts are in it, and half of the work would be left undone."""
    spoken = complete.spoken(root)
    return spoken if spoken and profile.translated(spoken) else None


def _clock(at: datetime) -> str:
    """As this machine's clock has it, with its zone."""
    return f"{at:%H:%M} ({datetime.now().astimezone():%Z})"


def _ask_for_model(root: Path) -> str:
    from localdigest.cli import screen

    ranked = _recommended()
    rows = []
    for choice in _shown(ranked):
        spec = choice.spec
        memory = f"{spec.memory(choice.sequences) / 2**30:.1f} GiB"
        pace = _("on the GPU") if choice.device == "gpu" else _("about {time}", choice.pace)
        rows.append((spec.name, _to_fetch(spec), memory, pace, _(spec.good_for)))
    echo("\n" + _("Models for this machine, the proposed one first:"), err=True)
    screen.show_choices((_("model"), "", _("memory"), _("a paper"), _("good for")), rows)
    say(_proposal(ranked))

    def known(name: str) -> str:
        try:
            return catalogue.load_catalogue((root / "models.toml",)).find(name).name
        except ModelError as error:
            raise click.BadParameter(str(error)) from error

    chosen: str = ask(_("Model"), default=ranked[0].spec.name, value_proc=known)
    return chosen


def _recommended() -> list[Any]:
    """The best first; but before those that are to be fetched one that is here, runs with ease and is not too small."""
    known = catalogue.load_catalogue()
    ranked, least = machine.recommend(machine.this_machine(), known), known.find(config.Config().model).parameters
    fitting = [choice for choice in ranked if choice.device != "none"] or ranked[:1]
    usable = {c.spec.name for c in fitting if c.fit == "easy" and c.spec.parameters >= least and _is_here(c.spec)}
    return sorted(fitting, key=lambda choice: choice.spec.name not in usable)


def _is_here(spec: Any) -> bool:
    return catalogue.find_file(spec, catalogue.models_folder()) is not None


def _shown(ranked: list[Any]) -> list[Any]:
    """Those to choose from: the proposed one and the next, two that are larger and fit tightly, the starter."""
    easy = [choice for choice in ranked if choice.fit == "easy"]
    tight = [choice for choice in ranked if choice.fit == "tight"]
    starter = [choice for choice in ranked if config.Config().model in choice.spec.aliases]
    first = [*easy[:2], *tight[:2], *starter]
    rest = [choice for choice in ranked if choice not in first]
    shown = {choice.spec.name: choice for choice in [*ranked[:1], *first, *rest]}
    return list(shown.values())[:SHOWN]


def _to_fetch(spec: Any) -> str:

    if _is_here(spec):
        return _("is here")
    return _("{size:.1f} GiB to fetch", spec.size / 2**30)


def _proposal(ranked: list[Any]) -> str:
    """In some lines: what the proposed model costs, how well it translates, and which larger one there is."""

    best, fetch = ranked[0], _to_fetch(ranked[0].spec)
    if best.device == "none":
        return _("No model fits this machine's memory with room to spare; {name} is the smallest.", best.spec.name)
    if best.device == "gpu":
        said = _("{name} runs on the GPU ({fetch}).", best.spec.name, fetch)
    else:
        minutes = max(1, round(best.seconds * machine.DAY / 60))
        said = _(
            "{name} ({fetch}) should take about {time} for a paper here, {minutes} min for a day of {papers}."
        ).format(name=best.spec.name, fetch=fetch, time=told(best.pace), minutes=minutes, papers=machine.DAY)
    larger = next((choice for choice in ranked if choice.fit == "tight"), None)
    said += "\n" + told(quality.expectation(best.spec))
    if larger is not None and larger.spec.parameters > best.spec.parameters:
        said += "\n" + _(
            "{name} is larger, but takes most of the memory ({fetch}).", larger.spec.name, _to_fetch(larger.spec)
        )
    return said


def _proposed(*, quiet: bool) -> str:
    ranked = _recommended()
    if not quiet:
        say(_proposal(ranked))
    return str(ranked[0].spec.name)


def _categories(text: str) -> tuple[str, ...]:
    """Raises click.UsageError, which a question asks again for."""
    try:
        return taxonomy.known([text], _("categories"))
    except ConfigError as error:
        raise click.UsageError(told(error.notice)) from error


# ---------------------------------------------------------------- what follows


def _scheduler() -> Literal["systemd", "cron", "launchd", "windows"]:
    if os.name == "nt":
        return "windows"
    if sys.platform == "darwin":
        return "launchd"
    return "systemd" if Path("/run/systemd/system").is_dir() else "cron"


def _schedule(
    space: config.Workspace, kind: Any, at: datetime, *, offline: bool, mains: bool, quiet: bool
) -> list[str]:
    from localdigest.pages import days
    from localdigest.workspace import schedule

    # A scheduler knows nothing of the shell's variables, and the models are where this one says.
    folder = os.environ.get("LOCALDIGEST_MODELS")
    variables = {"LOCALDIGEST_MODELS": str(Path(folder).resolve())} if folder else {}
    program = schedule.this_program()
    if offline:
        writes = (space.posts, space.exports, space.site)
        for place in writes:
            files.make_folder(place)  # systemd starts no service whose folder is not there
        gpu = space.config.engine.device != "cpu" and machine.has_gpu_device()
        planned = schedule.make_offline(program, space.root, at.time(), variables, writes, gpu, mains=mains)
    else:
        planned = schedule.make(kind, program, space.root, at.time(), variables, mains=mains)
    files.make_folder(space.root / "schedule")
    for path, content in planned.files.items():
        files.write_atomic(path, content)
    start = datetime.now(UTC).astimezone().replace(hour=at.hour, minute=at.minute)
    page = days.newest(space.config, start)
    if not quiet:
        line = _("A run at {time} on {day} makes the page of {page}.")
        say(line.format(time=_clock(at), day=f"{start:%Y-%m-%d}", page=page))
        echo(_("Install it with: {command}", planned.install), err=True)
    return [str(path) for path in planned.files]


def _next(root: Path, space: config.Workspace) -> list[str]:
    """The commands that a new user runs now."""
    missing = [spec.name for spec in brief.distinct(brief.find_models(space)) if not _is_here(spec)]
    program = ["localdigest", *(() if root.resolve() == Path.cwd() else ("-C", str(root)))]
    first = [["models", "pull", name] for name in missing] or [["doctor"]]
    return [shlex.join([*program, *words]) for words in (*first, ["run"])]


# ---------------------------------------------------------------- shells


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that makes a shell complete commands, options, models, days and papers.

    bash: eval "$(localdigest completion bash)" in ~/.bashrc. zsh: the same with zsh, in ~/.zshrc, after compinit. fish:
    into ~/.config/fish/completions/localdigest.fish.

    Example: localdigest completion fish > ~/.config/fish/completions/localdigest.fish
    """
    script = complete.script(shell, "localdigest", click.get_current_context().find_root().command)
    echo_bytes(f"{script}\n".encode())

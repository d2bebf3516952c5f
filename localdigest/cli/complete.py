"""What a shell offers for a value: models, languages, days with a page, papers. Quick, and silent about any trouble."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from localdigest import messages
from localdigest.language import profile
from localdigest.models import catalogue
from localdigest.workspace import config

MOST = 50


def spoken(root: Path) -> str | None:
    """The language of the locale, where pages can be made in it."""
    usable, tag = profile.usable(root / config.Config().prompts), messages.locale_tag()
    kin = (code for code in usable if tag and code.partition("-")[0] == tag.partition("-")[0])
    return tag if tag in usable else next(kin, None)


_Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _offers(
    found: Callable[[Path, str], Iterable[tuple[str, str]]],
) -> _Complete:
    """A completion from `found(workspace, what is typed so far)`, values with help; none where that raises."""

    @functools.wraps(found)
    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        root = context.params.get("workspace") or context.find_root().params.get("workspace") or Path()
        try:
            offers = list(found(Path(root), incomplete))
        except Exception:  # a shell's line is no place for an error
            return []
        return [CompletionItem(value, help=told) for value, told in offers if value.startswith(incomplete)][:MOST]

    return complete


@_offers
def models(root: Path, _incomplete: str) -> Iterable[tuple[str, str]]:

    specs = catalogue.load_catalogue((root / "models.toml",)).models
    return [(name, messages._(spec.good_for)) for spec in specs for name in (spec.name, *spec.aliases)]


@_offers
def languages(root: Path, _incomplete: str) -> Iterable[tuple[str, str]]:

    return profile.usable(root / config.Config().prompts).items()


@_offers
def days(root: Path, _incomplete: str) -> Iterable[tuple[str, str]]:

    space = config.open_workspace(root)
    # An export may say that there is no page. The library is not asked: it could be large, or in use.
    names = [path.name for path in (*space.posts.glob("*-arxiv.md"), *space.site.glob("*.html"))]
    found = {match[0] for name in names if (match := re.match(r"\d{4}-\d\d-\d\d", name))}
    return [(day, "") for day in sorted(found, reverse=True)]


@_offers
def ids(root: Path, incomplete: str) -> Iterable[tuple[str, str]]:
    from localdigest import store

    space = config.open_workspace(root)
    if not space.library.exists():  # to complete a word must not make one
        return []
    with store.Store(space.library) as library:
        found = [library.paper(name) for name in library.ids(incomplete, MOST)]
    return [(paper.id, paper.title) for paper in found if paper]


def script(shell: str, program: str, command: click.Command) -> str:
    """The script that makes `shell` (bash, zsh, fish) complete `program`, as click has it."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, f"click knows no {shell}"
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    return kind(command, {}, program, variable).source()

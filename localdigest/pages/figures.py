"""The figures of a page's papers, as `run` kept them: a file a paper, `figures/2512.14687v1.json`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from localdigest.files import make_folder, write_atomic
from localdigest.records import Digest, Paper
from localdigest.records.figures import Figure
from localdigest.render.entries import pictures


def place(folder: Path, paper: Paper) -> Path:
    return folder / f"{paper.file_stem}.json"


def site(posts: Path) -> Path:
    """The folder of the Jekyll site whose posts lie in this one."""
    return next((each for each in (posts, *posts.parents) if each.name == "_posts"), posts).parent


def write(folder: Path, digest: Digest, place: str = "figures/{}.png") -> None:
    """The files that a page of Markdown in `folder`, or a site of them, shows. Raises ConfigError."""
    for name, figure in (each for paper in digest.papers for each in pictures(digest, paper, place)):
        make_folder((folder / name).parent)
        write_atomic(folder / name, figure.png)


def read(folder: Path, papers: Iterable[Paper]) -> dict[str, tuple[Figure, ...]]:
    """By paper id; a file that is not there or damaged is none: the PDF has them still."""
    found = {}
    for paper in papers:
        try:
            figures = msgspec.json.decode(place(folder, paper).read_bytes(), type=tuple[Figure, ...])
        except (OSError, msgspec.MsgspecError):
            continue
        if figures:
            found[paper.id] = figures
    return found

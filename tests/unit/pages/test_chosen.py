"""Why a paper is on its page: interests and, where the user wishes, the papers that they starred."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from localdigest import store
from localdigest.pages import contents
from localdigest.pages.publish import _chosen
from localdigest.records import Paper
from localdigest.records.chosen import Chosen, Match
from localdigest.workspace.config import Workspace
from tests.kit.digests import paper
from tests.kit.workspaces import space_of

BEFORE = replace(paper(1, "Neural vocoders"), abstract="A vocoder makes speech of spectra.")
TODAY = [
    replace(paper(10, "Graph colouring"), abstract="Colours of graphs, and their bounds."),
    replace(paper(11, "A new vocoder"), abstract="We make speech of spectra by a vocoder."),
    replace(paper(12, "Lattice gauge theory"), abstract="Quarks on a lattice, with gauge fields."),
]


def chosen(space: Workspace, papers: list[Paper]) -> dict[str, Chosen]:
    with store.Store(space.library) as library:
        library.add_papers([BEFORE, *TODAY])
        library.mark(BEFORE.id, star=True)
        library.mark(TODAY[0].id, star=True)
        return _chosen(contents.chooser(space, library)(papers))


def test_starred_papers_rank_like_interests_where_the_user_wishes(tmp_path: Path) -> None:
    space = space_of(tmp_path / "learns", ("learn = false", "learn = true"))
    found = chosen(space, TODAY)
    assert found[TODAY[1].id] == Chosen(1, (Match("starred", "Neural vocoders"),))
    assert not any(found[each.id].matched for each in (TODAY[0], TODAY[2]))  # none speaks for itself
    assert chosen(space_of(tmp_path / "does not"), TODAY) == {}


def test_interests_and_starred_papers_count_together(tmp_path: Path) -> None:
    space = space_of(
        tmp_path / "both",
        ("learn = false", "learn = true"),
        ("interests = []", 'interests = ["mine.txt"]'),
    )
    (space.root / "mine.txt").write_text("lattice gauge theory\n", encoding="utf-8")
    found = chosen(space, TODAY)
    assert {each.id: [match.kind for match in found[each.id].matched] for each in TODAY} == {
        TODAY[0].id: [],
        TODAY[1].id: ["starred"],
        TODAY[2].id: ["interest"],
    }

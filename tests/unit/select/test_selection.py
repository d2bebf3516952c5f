"""Rules, names and interests: who is in, in which order, and that each is told why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localdigest.arxiv import listings
from localdigest.messages.errors import ConfigError
from localdigest.records import Paper
from localdigest.records.chosen import Match
from localdigest.select import interests
from localdigest.select.selection import Interest, Rules, choose, parse_rule
from localdigest.text.words import same_person, words

WHEN = datetime(2025, 12, 16, 12, tzinfo=UTC)
PAPER = Paper(
    id="2512.00001",
    version=1,
    title=r"$\beta$-VAEs for Text-to-Speech: a {S}chr\"odinger Bridge",
    authors=("Yann LeCun", "Jürgen Schmidhuber", "Wei-Ning Hsu"),
    abstract="We improve neural vocoders by 28% on news. Fine-tuning GANs in C++ needs no self-supervised codec.",
    categories=("cs.SD", "eess.AS"),
    primary_category="cs.SD",
    published=WHEN,
    updated=WHEN,
)


def papers(*titles: str) -> tuple[Paper, ...]:
    return tuple(replace(PAPER, id=f"2512.{n:05}", title=title) for n, title in enumerate(titles, 1))


def ids(chosen: Sequence[Paper]) -> list[int]:
    return [int(paper.id[-5:]) for paper in chosen]


# ---------------------------------------------------------------- words and names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$\beta$-VAEs, β-VAE", "beta vae beta vae"),
        (r"Schr\"odinger's na\"{\i}ve {B}ERT Erd\H{o}s \v{C}apek", "schrodinger naive bert erdo capek"),
        ("\\textbf{Loop}Bench \\emph{is} 28% \N{LATIN SMALL LIGATURE FI}ne", "loopbench is 28 fine"),
        ("Text-to-Speech, GANs, studies; news, analysis, bus", "text to speech gan study news analysis bus"),
    ],
)
def test_words_are_folded_out_of_latex_and_accents(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("wanted", "printed", "same"),
    [
        ("Yann LeCun", "Y. LeCun", True),
        ("Y LeCun", "Yann LeCun", True),
        ("LeCun, Y.", "Yann Le Cun", True),
        ("lecun", "Yann LeCun", True),
        ("Le Cun", "Yann LeCun", True),
        ("X. LeCun", "Yann LeCun", False),
        ("Samy Bengio", "Y. Bengio", False),
        ("Samy Bengio", "Yoshua Bengio", False),
        ("Hinton", "E. Hintons", False),
        ("Geoffrey Hinton", "Geoffrey E. Hinton", True),
        ("Jürgen Schmidhuber", "Juergen Schmidhuber", True),
        ("Jurgen Schmidhuber", 'J\\"{u}rgen Schmidhuber', True),
        ("Schmidhuber, Juergen", "J. Schmidhuber", True),
        ("Pál Erdős", r"P. Erd\H{o}s", True),
        ("Łukasz Kaiser", "Lukasz Kaiser", True),
        ("Aäron van den Oord", "A. van den Oord", True),
        ("van den Oord", "Aaron van den Oord", True),
        ("Jean-Luc Gauvain", "J.-L. Gauvain", True),
        ("Weining Hsu", "Wei-Ning Hsu", True),
        ("Zhang Wei", "Wei Zhang", True),
        ("Wei Zhang", "Wen Zhang", False),
        ("Hao Xu", "Hao Xue", False),
        ("W. Zhang", "Zhang W.", False),
        ("Martin L. King", "M. King Jr.", True),
        ("", "Yann LeCun", False),
        ("Yann LeCun", "", False),
    ],
)
def test_a_person_is_known_by_surname_and_initials_however_spelled(wanted: str, printed: str, same: bool) -> None:
    assert same_person(wanted, printed) is same


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    "rule",
    [
        "vocoder",
        "Vocoders",
        '"neural vocoder"',
        "“neural vocoder”",
        "title:beta-VAE",
        "title:β-vae",
        '"fine tuning"',
        "fine-tun*",
        "abstract:vocod*",
        'title:"text to speech" abstract:GAN author:"Y. LeCun"',
        "author:schmidhuber",
        "category:eess.as",
        "category:eess.*",
        "category:eess",
        "category:cs.CL,eess.AS",
        "c++",
        "28%",
    ],
)
def test_a_rule_matches_words_phrases_beginnings_and_fields(rule: str) -> None:
    assert choose([PAPER], Rules(include=(parse_rule(rule),)), {}).papers == (PAPER,)


@pytest.mark.parametrize(
    "rule",
    [
        "coder",  # a part of a word
        "vocod",
        "new",  # is not news
        '"vocoders neural"',
        "title:vocoder",
        "abstract:VAE",
        "vocoder diffusion",
        "author:Hsu title:vocoder",
        'author:"Z. LeCun"',
        "category:math",
        "LeCun",  # authors are looked for only where asked
        '"speech a schrodinger codec"',
        "news fine-tuning cod",
    ],
)
def test_a_rule_matches_no_part_of_a_word_and_no_other_field(rule: str) -> None:
    assert choose([PAPER], Rules(include=(parse_rule(rule),)), {}).papers == ()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("titel:vocoder", r"'titel:vocoder'.*did you mean title:\?"),
        ("zz:top", "there are title:, abstract:, author:, category:"),
        ('"open phrase', "not closed"),
        ("", "empty"),
        ("-- vocoder", "without any word"),
        ('title:"*"', "without any word"),
        ("category:*", "without any word"),
        ("category:cs.XX", r"'category:cs.XX': 'cs.XX' is no arXiv category"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused_with_what_is_wrong(rule: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_rule(rule)


# ---------------------------------------------------------------- the choice


def test_each_paper_is_told_what_became_of_it() -> None:
    plain, survey, cross, mine, other = papers("A vocoder", "A vocoder survey", "Vocoder, crossed", "Mine", "Nothing")
    cross = replace(cross, primary_category="cs.LG")
    mine = replace(mine, primary_category="cs.LG", abstract="", authors=("Ann Author",))
    other = replace(other, abstract="")
    rules = Rules(
        include=(parse_rule("vocoder"), parse_rule("diffusion")),
        exclude=(parse_rule("title:survey"),),
        authors=("A. Author", "Nobody Else"),
        primary=frozenset(("cs.SD", "eess.AS")),
    )
    chosen = choose(
        [plain, survey, cross, mine, other], rules, {plain.id: Interest(2.5, (Match("interest", "Neural codecs"),))}
    )
    told = {
        int(c.paper.id[-5:]): (c.rank, c.score, tuple(map(str, c.matched)), str(c.reason or "")) for c in chosen.choices
    }
    assert told == {
        4: (1, 0.0, ("author: A. Author",), ""),
        1: (2, 2.5, ("vocoder", "interest: Neural codecs"), ""),
        2: (0, 0.0, ("vocoder",), "excluded: title:survey"),
        3: (0, 0.0, ("vocoder",), "not-primary: cs.LG"),
        5: (0, 0.0, (), "not-included: no include rule matches"),
    }
    assert list(told) == [4, 1, 2, 3, 5]
    assert chosen.left_out == {"excluded": 1, "not-included": 1, "not-primary": 1}
    assert ids(chosen.papers) == [1, 4]
    followed_and_excluded = choose([mine], replace(rules, exclude=(parse_rule("title:mine"),)), {})
    assert followed_and_excluded.left_out == {"excluded": 1}


def test_the_cut_falls_by_rank_and_the_page_keeps_its_order() -> None:
    day = papers("One", "Two", "Three", "Four")
    scores = {day[i].id: Interest(score) for i, score in ((0, 1.0), (1, 3.0), (3, 1.0))}
    chosen = choose(day, Rules(max_papers=3), scores)
    assert ids(chosen.ranked) == [2, 1, 4]  # the page's order decides between equals
    assert ids(chosen.papers) == [1, 2, 4]
    assert ids(choose(day, Rules(max_papers=3, by_rank=True), scores).papers) == [2, 1, 4]
    assert chosen.left_out == {"cut": 1}
    (cut,) = [c for c in chosen.choices if c.reason]
    assert (ids([cut.paper]), cut.rank, str(cut.reason)) == ([3], 4, "cut: below the first 3")
    assert choose(day, Rules(), {}).papers == choose(day, Rules(), {}).ranked == day
    assert choose([], Rules(max_papers=1), {}).choices == ()


# ---------------------------------------------------------------- interests

BIB = r"""
@article{one, title = {{Neural} vocoders for G{\"o}del}, abstract = "They synthesise speech, 28\% faster", year = 2020,
  month = jan}
@comment{no interest}
@inproceedings{two, title = "Dialogue act tagging", keywords = {discourse, pragmatics}}
@article{broken, title = {never closed
"""
CSL = [
    {"id": "a", "type": "article", "title": "Neural vocoders", "abstract": "They synthesise speech"},
    {"id": "b", "title": "Notes only", "abstractNote": "Zotero's own name"},
    {"id": "c", "type": "book"},
]


def test_interests_come_from_text_bibtex_and_csl_json(tmp_path: Path) -> None:
    text, bib, csl, whole = (tmp_path / name for name in ("my.txt", "my.bib", "my.json", "whole.json"))
    text.write_text("\ufeff# comment\n\nneural vocoders\n- dialogue acts \n...\nneural vocoders\n", encoding="utf-8")
    bib.write_text(BIB, encoding="utf-8")
    csl.write_text(json.dumps(CSL), encoding="utf-8")
    whole.write_text(json.dumps({"items": CSL}), encoding="utf-8")
    assert interests.read(text) == ("neural vocoders", "- dialogue acts")
    one, two = interests.read(bib)
    assert words(one) == words("Neural vocoders for Godel: they synthesise speech, 28 faster")
    assert two == "Dialogue act tagging discourse, pragmatics"
    assert interests.read(csl) == ("Neural vocoders They synthesise speech", "Notes only Zotero's own name")
    assert interests.read(whole) == interests.read(csl)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.txt", None, "cannot be read"),
        ("latin.txt", "Gödel".encode("latin-1"), "cannot be read"),
        ("empty.txt", b"# nothing yet\n", "no interests"),
        ("empty.bib", b"@comment{x}", "no interests"),
        ("not.json", b"{", "is no JSON"),
        ("other.json", b'{"a": 1}', "no list of items"),
    ],
)
def test_a_file_without_interests_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"{name}: .*{said}"):
        interests.read(tmp_path / name)


def test_papers_are_ranked_by_nearness_to_interests() -> None:
    texts = ["Speech: a neural vocoder", "Speech recognition", "Vocoders", "Of no interest", ""]
    near = interests.nearest(["neural vocoders", "the speech", "quantum codecs", "of the"], texts)
    assert near == interests.nearest(["neural vocoders", "the speech", "quantum codecs", "of the"], texts)
    scores = [score for score, _ in near]
    assert scores[0] > max(scores[1], scores[2]) > min(scores[1], scores[2]) > scores[3] == scores[4] == 0
    assert near[0][1] == ("neural vocoders", "the speech")
    assert near[2][1] == ("neural vocoders",)
    long = "We study how large models learn to translate, summarise and label long texts of many kinds in one pass"
    codec, vague = interests.nearest(["neural codecs", long], ["A neural codec", "Large models label long texts"])
    assert codec[0] > vague[0] > 0  # all of a short interest is more than some of a long one
    assert interests.nearest(["vocoders"], []) == []
    assert interests.nearest(["vocoders"], ["", "of the"]) == [(0.0, ()), (0.0, ())]


def test_five_abstracts_find_the_rest_of_their_category(shared: Path) -> None:
    """On a real day of 177 papers; a category is a wide interest, so the bar is low. See `interests.NEAREST`."""
    path = shared / "data" / "feeds" / "metadata" / "dw-dengwei_2025-12-17.jsonl"
    day = listings.merge([listings.parse(path.read_bytes(), path.name)])
    assert len(day) == 177
    texts = {paper.id: f"{paper.title}. {paper.abstract}" for paper in day}
    gains = []
    for category in ("cs.CV", "cs.CL", "cs.AI"):
        members = [paper.id for paper in day if paper.primary_category == category]
        for mine in (members[start : start + 5] for start in range(0, 30, 5)):
            rest = [paper for paper in day if paper.id not in mine]
            near = interests.nearest([texts[i] for i in mine], [texts[paper.id] for paper in rest])
            scores = {paper.id: Interest(found[0]) for paper, found in zip(rest, near, strict=True)}
            sought = set(members) - set(mine)
            before, after = (precision(order, sought) for order in (rest, choose(rest, Rules(), scores).ranked))
            gains.append(after - before)
    assert sum(gains) / len(gains) > 0.1


def precision(ranked: Sequence[Paper], sought: set[str]) -> float:
    """Average precision of finding `sought`."""
    places = [place for place, paper in enumerate(ranked, 1) if paper.id in sought]
    return sum(found / place for found, place in enumerate(places, 1)) / len(places)

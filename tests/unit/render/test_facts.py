"""What the listing says of a paper beside its texts: venues, addresses, why it was chosen, why a day is empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs

import pytest

from localdigest.records.chosen import Chosen, Match
from localdigest.render import citations, html, told
from localdigest.render.facts import facts, place, venue
from localdigest.render.words import words_for
from tests.kit.digests import digest, paper
from tests.kit.pages import parse


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        ("Accepted at ICASSP 2026", "ICASSP 2026"),
        ("12 pages, 3 figures, WACV2026", "WACV 2026"),
        ("Spotlight in NeurIPS 25 MI workshop", "NeurIPS 2025"),
        ("MET'24: 9th ACM International Workshop on Metamorphic Testing", "MET 2024"),
        ("Software Testing, Verification and Validation (ICST) 2025", "ICST 2025"),
        ("Published at the 2nd workshop (SBFT@ICSE 2024)", "SBFT@ICSE 2024"),
        ("Accepted to AAAI-2026; 7 pages", "AAAI 2026"),
        ("Submitted to ICML 2026", ""),
        ("Under review at TASLP 2025. 10 pages", ""),
        ("10 pages, 5 figures", ""),
        ("COVID-19 data of 2021, LaTeX209", ""),
        ("Talk of 11 July 2025 in room GH 2025-3", ""),
    ],
)
def test_a_venue_is_named_where_the_comment_says_one(comment: str, shown: str) -> None:
    assert venue(comment) == shown


@pytest.mark.parametrize(
    ("address", "kind", "url"),
    [
        ("github.com/a/b", "code", "https://github.com/a/b"),
        ("http://www.github.com/a", "code", "https://www.github.com/a"),
        ("https://huggingface.co/datasets/a/b", "data", "https://huggingface.co/datasets/a/b"),
        ("https://huggingface.co/a", "model", "https://huggingface.co/a"),
        ("someone.github.io/demo#x", "page", "https://someone.github.io/demo#x"),
        ("https://zenodo.org/records/1?a=b&c", "data", "https://zenodo.org/records/1?a=b&c"),
        ("https://evil.example/github.com", "other", ""),
        ("https://github.com.evil.example/a", "other", ""),
        ("https://github.com@evil.example/a", "other", ""),
        ("https://user:pass@github.com/a", "other", ""),
        ("https://github.com:8080/a", "other", ""),
        ("javascript:alert(1)//github.com", "other", ""),
        ('https://github.com/"><script>', "code", "https://github.com/%22%3E%3Cscript%3E"),
    ],
)
def test_only_known_hosts_are_linked(address: str, kind: str, url: str) -> None:
    assert place(address) == (kind, url)


def test_addresses_of_comment_and_abstract_are_found_once_each_with_what_they_lead_to() -> None:
    one = replace(
        paper(1),
        abstract="Our data set is at https://lab.example.edu/x. Code: https://github.com/a/b.",
        comment="See github.com/a/b/ and https://youtu.be/xyz",
        journal="Phys. Rev. D 103, 074505 (2021)",
        doi="10.1103/PhysRevD.103.074505",
    )
    found = facts(one)
    assert [(link.kind, link.shown, bool(link.url)) for link in found.links] == [
        ("code", "github.com/a/b", True),
        ("data", "lab.example.edu/x", False),
        ("video", "youtu.be/xyz", True),
    ]
    assert (found.code, found.data, found.withdrawn) == (True, True, False)
    assert (found.venue, found.doi_url) == ("Phys. Rev. D 103, 074505 (2021)", f"https://doi.org/{one.doi}")
    assert facts(replace(one, doi="none")).doi_url == ""
    assert facts(replace(one, comment="This paper has been withdrawn by the authors.")).withdrawn


def test_why_a_paper_was_chosen_is_told_with_its_rank() -> None:
    words = words_for("zh-CN")
    day = digest([paper(1), paper(2)])
    assert told.why(day, paper(1), words) == told.rank(day, paper(1), words) == ""
    matches = Match("author", "Y. LeCun"), Match("starred", "A vocoder"), Match("rule", "speech*")
    day = replace(day, chosen={paper(1).id: Chosen(3, matches)})
    assert told.why(day, paper(1), words) == "作者 Y. LeCun · 与收藏相近：A vocoder · speech*"
    assert told.rank(day, paper(1), words) == "排名 3"


def test_a_day_is_named_in_plain_words_in_every_language() -> None:
    named = {code: told.date_in_words(date(2026, 1, 6), words_for(code)) for code in ("en", "zh-CN", "de", "ja")}
    assert named == {
        "en": "Tuesday, 6 January 2026",
        "zh-CN": "2026 年 1 月 6 日，星期二",
        "de": "Dienstag, 6. Januar 2026",
        "ja": "2026年1月6日（火）",
    }


def test_an_empty_day_says_why() -> None:
    empty = digest([])
    for day, expected in (
        (empty, "arXiv 当日没有列出论文"),
        (replace(empty, listed=12, elsewhere=("hep-ex", "cs.CV")), "它们属于 hep-ex, cs.CV"),
        (replace(empty, listed=12, left_out={"excluded": 3}), "3 篇论文都被筛选规则排除"),
    ):
        assert expected in parse(html.to_html(day)).one("p.nothing").text


def test_a_paper_can_be_taken_up_by_reference_managers() -> None:
    one = paper(1, "Noise & $x^2$", ("Jan van der Berg", "ATLAS Collaboration"))
    context = parse_qs(citations.context(one))
    assert context["rft.title"] == ["Noise & x²"]
    assert context["rft.au"] == ["van der Berg, Jan", "ATLAS Collaboration"]
    assert context["rft_id"] == ["info:doi/10.48550/arXiv.2512.00001", "https://arxiv.org/abs/2512.00001v1"]
    assert parse(html.to_html(digest([one]))).one("span.Z3988").attributes["title"] == citations.context(one)
    assert citations.plain(one) == (
        "Jan van der Berg, ATLAS Collaboration. Noise & x². arXiv:2512.00001v1 [cs.SD], 2025."
    )
    many = replace(one, authors=tuple(f"Author {n}" for n in range(12)))
    assert ", Author 9, et al. Noise" in citations.plain(many)
    assert "abstract" not in citations.bibtex([one], without="abstract")

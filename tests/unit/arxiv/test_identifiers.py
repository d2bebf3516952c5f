"""arXiv identifiers, old and new, out of what listings write; listings of the same papers merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from localdigest.arxiv.entry import identifier
from localdigest.arxiv.listings import merge
from localdigest.records import Listing, Paper


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2512.14687v12", ("2512.14687", 12)),
        ("0704.0156", ("0704.0156", 0)),
        ("hep-th/9901001v3", ("hep-th/9901001", 3)),
        ("math.GT/0309136", ("math/0309136", 0)),
        ("arXiv:cond-mat/0102536", ("cond-mat/0102536", 0)),
        ("oai:arXiv.org:2508.13426v1", ("2508.13426", 1)),
        ("https://arxiv.org/abs/quant-ph/0201082v1", ("quant-ph/0201082", 1)),
        ("http://export.arxiv.org/pdf/2512.14687v1", ("2512.14687", 1)),
    ],
)
def test_an_identifier_is_read_in_each_form(text: str, found: tuple[str, int]) -> None:
    assert identifier(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2512.14687v0",
            "2512.14687\n",
            " 2512.14687",
            "2513.14687",
            "2500.14687",
            "2512.123",
            "2512.123456",
        ),
        *(
            "../2512.14687",
            "hep-th/9901001/..",
            "hep-th/990100",
            "a/b/9901001",
            "..hep-th/9901001",
            "2512.14687v",
        ),
        *(
            "２512.14687",
            "hep_th/9901001",
            "https://arxiv.org.evil.org/abs/2512.14687",
            "2512.14687v1.pdf",
            "phy\u017fics/0309136",
        ),
    ],
)
def test_other_text_is_no_identifier(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv identifier"):
        identifier(text)


def test_merge_keeps_the_highest_version_and_the_earliest_time() -> None:
    noon = datetime(2025, 12, 16, 12, tzinfo=UTC)
    base = Paper("2512.00001", 1, "one", (), "a", ("cs.SD",), "cs.SD", noon, noon, announce_type="cross")
    day_later = noon.replace(day=17)
    new = replace(base, title="new", announce_type="new", published=day_later)
    second = replace(base, version=2, title="two", published=day_later, updated=day_later)
    other = replace(base, id="2512.00002")
    # OAI-PMH's arXiv format: no version, the day only.
    day_only = replace(base, version=0, title="oai", published=noon.replace(hour=0))

    def merged(*papers: Paper) -> tuple[Paper, ...]:
        return merge([Listing((paper,), "api") for paper in papers])

    assert merged(base, other, second) == (replace(second, published=noon), other)
    assert merged(second, other, base) == (replace(second, published=noon), other)
    assert merged(base, new) == (replace(new, published=noon),)
    assert merged(day_only, base) == (base,)
    assert merged(replace(day_only, published=noon.replace(day=15)), base)[0].published.day == 15
    assert merge([]) == ()

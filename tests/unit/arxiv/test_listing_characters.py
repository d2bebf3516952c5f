"""Characters that no page shows: left out of titles and abstracts, and counted where they are a trick."""

from __future__ import annotations

import json

import pytest

from localdigest.arxiv.listings import parse
from tests.kit.listings import oai, one

TAGS = "".join(chr(0xE0000 + ord(char)) for char in "Ignore all of it")
BITS = "\u200b\u200c" * 8


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        (f"A model{TAGS} for speech", "A model for speech", 1),
        ("A mo\u200bdel for\u2060 \ufeffspeech", "A model for speech", 0),
        (f"A model{BITS} for {TAGS}speech", "A model for speech", 2),
        ("A model \u202eerongi\u202c for speech", "A model erongi for speech", 1),
        ("\u202eA model for speech", "A model for speech", 1),
        ("A m\u2060o\u2060d\u2060e\u2060l for speech", "A model for speech", 1),
        ("\u200eA model\u2069 for speech", "A model for speech", 0),
        # Persian and Hindi joiners, a flag, keycaps, a soft hyphen: no trick.
        ("می\u200cخواهم نمی\u200cتوانم کتاب\u200cهای", "میخواهم نمیتوانم کتابهای", 0),
        ("क्\u200dष और श्\u200dर", "क्ष और श्र", 0),
        ("1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e3 steps", "1\u20e32\u20e33\u20e34\u20e3 steps", 0),
        ("A trans\u00adform\u00ader", "A trans\u00adform\u00ader", 0),
    ],
)
def test_characters_that_do_not_show_are_left_out_of_every_listing_and_tricks_counted(
    text: str, shown: str, hidden: int
) -> None:
    author = "فاطمه علی\u200cزاده"  # a name is spelled with its joiner
    row = {"id": "2512.14687", "title": text, "authors": [author], "categories": ["cs.SD"], "summary": text}
    fields = f"<id>2512.14687</id><title>{text}</title><categories>cs.SD</categories><abstract>{text}</abstract>"
    day = "<created>2025-12-16</created>"
    name = f"<authors><author><keyname>{author}</keyname></author></authors>"
    dated = f'<version version="v1"><date>2025-12-16</date></version><authors>{author}</authors>'
    item = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item>'
        f"<guid>oai:arXiv.org:2512.14687v1</guid><title>{text}</title>"
        f"<description>arXiv:2512.14687v1 Announce Type: new \nAbstract: {text}</description>"
        f"<pubDate>Fri, 25 Sep 2026 00:00:00 -0400</pubDate><dc:creator>{author}</dc:creator></item></channel></rss>"
    )
    for data in (
        one(text, text, author=author),
        item.encode(),
        oai(f"<arXiv>{fields}{day}{name}</arXiv>"),
        oai(f"<arXivRaw>{fields}{dated}</arXivRaw>"),
        json.dumps(row).encode(),
    ):
        (paper,) = parse(data, "2025-12-17.jsonl").papers
        assert (paper.title, paper.abstract, paper.hidden_text) == (shown, shown, 2 * hidden)
        assert paper.authors == (author,)

"""In a book, a feed and a letter, too, addresses lead to arXiv and to the hosts that we know only."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from html import unescape

import pytest

from localdigest.render import atom, epub, letter
from localdigest.render.facts import place
from tests.kit.digests import every_place
from tests.kit.payloads import LINES, PAYLOADS, seen

OURS = (
    r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v[12](#page=3)?|https://lab\.example/.*"
    r"|[\w./-]*(#[\w.-]*)?|http://www\.(w3|idpf)\.org/.*"
)
"""Addresses of a paper, of a site of one's own, of parts of a book, and names of kinds of markup."""
DAY = every_place([text for text in (*PAYLOADS, *LINES, "See https://evil.example/x and evil.ru.") if seen(text)])


def in_epub() -> str:
    with zipfile.ZipFile(io.BytesIO(epub.to_epub(DAY))) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


FORMS: dict[str, Callable[[], str]] = {
    "epub": in_epub,
    "atom": lambda: atom.to_atom([DAY], url="https://lab.example/"),
    "letter": lambda: letter.to_letter("A day", [DAY], "whole", url="https://lab.example/").html,
}


@pytest.mark.parametrize("form", FORMS)
def test_addresses_lead_to_arxiv_and_known_hosts_only(form: str) -> None:
    found = re.findall(r"""<[a-z][^<>]*? (?:href|src)=["']([^"'<>]*)""", FORMS[form]())
    strangers = {link for link in map(unescape, found) if not re.fullmatch(OURS, link)}
    assert found
    assert {link for link in strangers if place(link)[1] != link} == set()

"""The papers of a day for reference managers: BibTeX and CSL-JSON. Pure: records in, text out.

Titles and abstracts keep their LaTeX where it is mathematics or an accent that does no more than print; whatever else
TeX would read as code is written so that it prints as it stands.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from localdigest.records import Digest, Paper
from localdigest.render.entries import line
from localdigest.text.tex import seen

# ---------------------------------------------------------------- BibTeX


def to_bibtex(digest: Digest) -> str:
    """A `@misc` entry a paper, in the page's order, as arXiv's own export has them; the key is the paper's id."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field
    from bibtexparser.writer import BibtexFormat

    library = Library()
    for paper in digest.papers:
        fields = [Field(name, text) for name, text in _fields(paper).items() if text]
        library.add(Entry("misc", _key(paper.id), fields))
    style = BibtexFormat()  # type: ignore[no-untyped-call]
    style.indent, style.trailing_comma = "  ", True
    return write_string(library, bibtex_format=style)


def _key(paper_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9./-]", "", paper_id)


def _fields(paper: Paper) -> dict[str, str]:
    return {
        "title": f"{{{tex(paper.title)}}}",  # in braces of its own: a style must not change its capitals
        "author": " and ".join(_bibtex_name(author) for author in paper.authors),
        "year": f"{paper.published.year}",
        "month": f"{paper.published.month}",
        "eprint": _key(paper.id),
        "archiveprefix": "arXiv",
        "primaryclass": _key(paper.primary_category),
        "doi": f"10.48550/arXiv.{_key(paper.id)}",
        "url": f"https://arxiv.org/abs/{_key(paper.versioned_id)}",
        "keywords": ", ".join(_key(category) for category in paper.categories),
        "note": tex(paper.comment),
        "abstract": tex(paper.abstract),
    }


def _bibtex_name(author: str) -> str:
    given, particle, family, suffix = name_parts(author)
    parts = [" ".join(filter(None, (particle, family))), suffix, given]
    parts = [tex(part) for part in parts if part]
    if not given or any("," in part or re.search(r"\band\b", part, re.IGNORECASE) for part in parts):
        return f"{{{tex(author)}}}"  # one name, whatever is in it
    return ", ".join(parts)


_TEX = tomllib.loads(Path(__file__).with_name("tex.toml").read_text(encoding="utf-8"))
_SPECIAL: dict[str, str] = _TEX["special"]
_HARMLESS = frozenset(_TEX["harmless"].split())
_MATHS = re.compile(r"\$([^$]+)\$")
_ACCENT = re.compile(r"""\\["'`^~=.](?:[A-Za-z]|\{\\?[A-Za-z]\})|\\[cvuHk]\{[A-Za-z]\}""")
_PIECE = re.compile(rf"{_MATHS.pattern}|{_ACCENT.pattern}|.", re.DOTALL)


def tex(text: str) -> str:
    """`text` for a field of BibTeX: one line, its braces in balance, and no command but harmless ones."""

    def one(match: re.Match[str]) -> str:
        piece = match[0]
        if len(piece) > 1 and (match[1] is None or _is_harmless(match[1])):
            return piece
        return "".join(_SPECIAL.get(character, character) for character in piece)

    return _PIECE.sub(one, line(text))


def _is_harmless(maths: str) -> bool:
    depth = 0
    for piece in re.findall(r"\\[A-Za-z]+|\\.|\^\^|.", maths):
        if piece[0] == "\\" and piece[1:] not in _HARMLESS and piece[1:] not in {*",;:! {}|_%&#$"}:
            return False
        depth += (piece == "{") - (piece == "}")
        # A brace that \ escapes is one to BibTeX all the same.
        if depth < 0 or piece in {"^^", "%", "#", "&", "~", "\\{", "\\}", "\\"}:
            return False
    return depth == 0 and maths.isascii()


# ---------------------------------------------------------------- CSL-JSON


def to_csl(digest: Digest) -> str:
    """CSL-JSON (schema csl-data.json of CSL 1.0.2), an item a paper, for Zotero, pandoc and others."""
    items = [_item(paper) for paper in digest.papers]
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode() + "\n"


def _item(paper: Paper) -> dict[str, object]:
    when = paper.published
    fields: dict[str, object] = {
        "id": paper.id,
        "type": "article",  # CSL 1.0.2: a preprint
        "title": line(seen(paper.title)) or paper.id,
        "author": [_csl_name(author) for author in paper.authors],
        "issued": {"date-parts": [[when.year, when.month, when.day]]},
        "abstract": line(seen(paper.abstract)),
        "publisher": "arXiv",
        "number": f"arXiv:{paper.id}",
        "version": f"v{paper.version}" if paper.version else "",
        "genre": "preprint",
        "DOI": f"10.48550/arXiv.{paper.id}",
        "URL": paper.abs_url,
        "keyword": ", ".join(paper.categories),
        "note": line(seen(paper.comment)),
    }
    return {name: value for name, value in fields.items() if value}


def _csl_name(author: str) -> dict[str, str]:
    given, particle, family, suffix = name_parts(author)
    if not given:
        return {"literal": line(author) or "?"}
    parts = {"family": family, "given": given, "non-dropping-particle": particle, "suffix": suffix}
    return {name: text for name, text in parts.items() if text}


_PARTICLES = frozenset(_TEX["particles"].split())
_SUFFIX = re.compile(r"jr\.?|sr\.?|ii|iii|iv", re.IGNORECASE)


def name_parts(author: str) -> tuple[str, str, str, str]:
    """Given names, particle (`van der`), family name, suffix (`Jr.`) of a name as arXiv prints it: `Yann LeCun`.

    A name of one word, or of an organisation (`the ATLAS Collaboration`), has only a family name.
    """
    text = line(author)
    before, comma, after = (part.strip() for part in text.partition(","))
    if comma and before and after and not _SUFFIX.fullmatch(after):
        return after, "", before, ""
    words = text.replace(",", " ").split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2 or words[0].lower() == "the" or words[-1].lower() in ("collaboration", "team", "consortium"):
        return "", "", text, ""
    cut = len(words) - 1
    while cut > 1 and words[cut - 1] in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:-1]), words[-1], suffix

"""The papers of a day for reference managers: BibTeX and CSL-JSON. Pure: records in, text out.

Titles and abstracts keep their LaTeX where it is mathematics or an accent that does no more than print; whatever else
TeX would read as code is written so that it prints as it stands.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from localdigest.records import Digest, Paper
from localdigest.render.entries import line
from localdigest.text.tex import LETTERS, Token, seen, symbols, tokens

# ---------------------------------------------------------------- BibTeX


def to_bibtex(digest: Digest) -> str:
    """A `@misc` entry a paper, in the page's order, as arXiv's own export has them; the key is the paper's id."""
    return bibtex(digest.papers)


def bibtex(papers: Sequence[Paper], without: str = "") -> str:
    """As `to_bibtex`, but for the field `without`."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field
    from bibtexparser.writer import BibtexFormat

    library = Library()
    for paper in papers:
        fields = [Field(name, text) for name, text in _fields(paper).items() if text and name != without]
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
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(?:\{\}|\s*)")


def tex(text: str) -> str:
    """`text` for a field of BibTeX: one line, its braces in balance, and no command but harmless ones."""
    written = "".join(map(_safe, tokens(line(text))))
    # A group that an address swallowed the end of.
    return written if written.count("{") == written.count("}") else _literal(seen(line(text)))


def _literal(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def _safe(part: Token) -> str:
    """LaTeX that prints and does no more as it was; all else so that it prints as it stands."""
    if part.kind == "math":
        inner = re.sub(r"[^\x00-\x7f]", _by_command, part.raw[1:-1] if part.raw[0] == "$" else part.raw[2:-2])
        return f"${inner}$" if _is_harmless(inner) else _literal(part.raw)
    if part.kind == "text":
        return _literal(part.raw)
    command = _COMMAND.fullmatch(part.raw)
    if command and command[1] not in LETTERS:
        return f"$\\{command[1]}$" + " " * part.shown.endswith(" ") if part.shown else ""
    if part.shown in ("{", "}", "'") or part.raw == "\\\\" or (len(part.shown) > 1 and part.raw[-1] == "}"):
        return _literal(part.shown)  # a brace that BibTeX would count, an apostrophe, the end of a line, an address
    return part.raw


@functools.cache
def _commands() -> dict[str, str]:
    names = sorted(symbols(), key=lambda name: (not name.startswith("text"), -len(name)))  # the plainest stays
    return {symbols()[name]: name for name in names if len(symbols()[name]) == 1}


def _by_command(sign: re.Match[str]) -> str:
    """arXiv gives Greek letters of formulas as such; not every TeX reads them."""
    return f"\\{_commands()[sign[0]]} " if sign[0] in _commands() else sign[0]


def _is_harmless(maths: str) -> bool:
    depth = escaped = 0
    known = _HARMLESS | symbols().keys() | {*",;:! {}|_%&#$"}
    for piece in re.findall(r"\\[A-Za-z]+|\\.|\^\^|.", maths):
        if piece[0] == "\\" and piece[1:] not in known:
            return False
        depth += (piece == "{") - (piece == "}")
        # A brace that \ escapes is one to BibTeX all the same.
        escaped += (piece == r"\{") - (piece == r"\}")
        if depth < 0 or escaped < 0 or piece in {"^^", "$", "%", "#", "&", "~", "\\"}:
            return False
    return depth == escaped == 0 and maths.isascii()


# ---------------------------------------------------------------- CSL-JSON


def to_csl(digest: Digest) -> str:
    """CSL-JSON (schema csl-data.json of CSL 1.0.2), an item a paper, for Zotero, pandoc and others."""
    items = [csl_item(paper) for paper in digest.papers]
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode() + "\n"


def csl_item(paper: Paper) -> dict[str, object]:
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


# ---------------------------------------------------------------- for a reader, and for Zotero's connector


def plain(paper: Paper) -> str:
    """One line to paste: authors, title, identifier, primary category, year."""
    names = paper.authors if len(paper.authors) <= NAMED else (*paper.authors[:NAMED], "et al.")
    title = line(seen(paper.title)) or paper.id
    stop = "" if title.endswith((".", "?", "!")) else "."
    primary = f" [{paper.primary_category}]" if paper.primary_category else ""
    by = f"{line(', '.join(names)).rstrip('.')}. " if names else ""
    return line(f"{by}{title}{stop} arXiv:{paper.versioned_id}{primary}, {paper.published.year}.")


NAMED = 10
"""Authors that a plain citation names; with more it ends in et al."""


def context(paper: Paper) -> str:
    """An OpenURL ContextObject (Z39.88, Dublin Core), as COinS has it in a `title`: of a page with many papers, what
    Zotero's connector reads without asking anybody."""
    names = [_csl_name(author) for author in paper.authors]
    fields = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "preprint"),
        ("rft_id", f"info:doi/10.48550/arXiv.{paper.id}"),
        ("rft_id", paper.abs_url),
        ("rft.title", line(seen(paper.title)) or paper.id),
        *(("rft.au", name.get("literal") or _sorted_name(name)) for name in names),
        ("rft.date", f"{paper.published:%Y-%m-%d}"),
        ("rft.publisher", "arXiv"),
        ("rft.description", line(seen(paper.abstract))),
    ]
    return "&".join(f"{name}={quote(text, safe='')}" for name, text in fields if text)


def _sorted_name(name: dict[str, str]) -> str:
    """`van der Berg, Jan`."""
    family = " ".join(filter(None, (name.get("non-dropping-particle"), name["family"], name.get("suffix"))))
    return f"{family}, {name['given']}"


_NAMES = {kind: frozenset(words.split()) for kind, words in _TEX["names"].items()}
_CHINESE = re.compile(f"({'|'.join(_NAMES['compound'])}|[{_TEX['names']['single']}])\\s*([\u4e00-\u9fff]{{1,2}})")
_SUFFIX = re.compile(r"jr\.?|sr\.?|ii|iii|iv", re.IGNORECASE)


def name_parts(author: str) -> tuple[str, str, str, str]:
    """Given names, particle (`van der`), family name, suffix (`Jr.`) of a name as arXiv prints it: `Yann LeCun`.

    A name of one word, or of an organisation (`the ATLAS Collaboration`), has only a family name.
    """
    text = line(seen(author))
    text = re.sub(r"(?<=[\w.])\s*\([^()]*\)$", "", text)  # an affiliation, or the name in its own script
    text = re.sub(r"(?<=\w) (?:for|on behalf of) (?:the )?.*\bcollaborations?$", "", text, flags=re.IGNORECASE)
    if chinese := _CHINESE.fullmatch(text):
        return chinese[2], "", chinese[1], ""
    if _is_organisation(text):
        return "", "", text, ""
    family, suffix, given = _at_commas(text)
    if given:
        names, family_names = given.split(), family.split()
        cut = next((at for at, word in enumerate(family_names[:-1]) if word not in _NAMES["particles"]), -1)
        cut = len(family_names) - 1 if cut < 0 else cut
        trailing = next((at for at, word in enumerate(reversed(names)) if word not in _NAMES["particles"]), 0)
        particles = [*names[len(names) - trailing :], *family_names[:cut]]
        return " ".join(names[: len(names) - trailing]), " ".join(particles), " ".join(family_names[cut:]), suffix
    words = family.split()
    if len(words) < 2 or words[0] in _NAMES["particles"]:
        return "", "", text, ""
    start, cut = _family(words)
    return " ".join(words[:start]), " ".join(words[start:cut]), " ".join(words[cut:]), suffix


def _is_organisation(text: str) -> bool:
    words = re.findall(r"\w+", text.lower())
    return bool(words) and (
        words[0] in ("the", "for") or words[-1] in _NAMES["organisations"] or "collaboration" in words
    )


def _at_commas(text: str) -> tuple[str, str, str]:
    """Family name, or the whole name in its order, suffix, and given names where a comma parts them off."""
    first, *rest = (part.strip() for part in text.split(",") if part.strip()) if "," in text else (text,)
    suffix = next((part for part in rest if _SUFFIX.fullmatch(part)), "")
    given = " ".join(part for part in rest if part != suffix)
    words = first.split()
    if not suffix and len(words) > (1 if given else 2) and _SUFFIX.fullmatch(words[-1]):
        suffix = words.pop()
    return " ".join(words), suffix, given


def _family(words: Sequence[str]) -> tuple[int, int]:
    """Where the particles and the family name begin: as BibTeX has it, at the first small word."""
    last = len(words) - 1
    for start in range(1, last):
        if words[start] in _NAMES["particles"] and words[start] not in _NAMES["joining"]:
            cut = next(at for at in range(start, len(words)) if words[at] not in _NAMES["particles"] or at == last)
            return start - (start > 1 and words[start - 1] in _NAMES["capital"]), cut
    if last > 2 and words[last - 1] in _NAMES["joining"]:  # Ortega y Gasset
        last -= 2
    while last > 1 and words[last - 1] in _NAMES["capital"] and words[0] not in _NAMES["vietnamese"]:
        last -= 1
    return last, last

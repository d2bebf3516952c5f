"""PDFs that a malicious or very broken program would write: loops, bombs, depths, counts, lies. None is on the disk
of this repository; each is made when it is wanted."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator

from tests.kit.broken_pdfs import (
    LINE,
    contents_again,
    count_lie,
    deep_tree,
    encrypt_loop,
    filters,
    flate,
    length_lie,
    length_of_itself,
    lzw,
    many_objects,
    many_trailers,
    million_by_sharing,
    million_pages,
    nested,
    object_stream_cycle,
    page,
    parent_cycle,
    predictor,
    run_length,
    self_reference,
    self_tree,
    ten_gigabytes,
    ten_gigabytes_twice_packed,
    ten_times_packed,
    tree_cycle,
    xref_counts,
    xref_loop,
    xref_pair,
    xref_stream_counts,
    xref_stream_widths,
)
from tests.kit.made_pdfs import FORM, Pdf, plain, stream

# ---------------------------------------------------------------- pages


def _boxes(box: bytes, unit: bytes = b"1") -> bytes:
    made = page()
    made.page = b"/MediaBox[%s]/CropBox[%s]/UserUnit %s" % (box, box, unit)
    return made.data()


def _fonts(count: int) -> bytes:
    """As many fonts, each with widths and a map of its own, each used."""
    made = Pdf()
    made.resources["Font"] = b"".join(b"/Z%d %d 0 R" % (n, 20 + 2 * n) for n in range(count))
    mapping = stream(b"1 beginbfrange\n<00> <FF> <0000>\nendbfrange")
    for n in range(count):
        made.objects[20 + 2 * n] = (
            b"<</Type/Font/Subtype/TrueType/BaseFont/Z%d/FirstChar 0/LastChar 255/Widths[%s]/ToUnicode %d 0 R>>"
            % (n, b"500 " * 256, 21 + 2 * n)
        )
        made.objects[21 + 2 * n] = mapping
    made.content = plain(made) + b"".join(
        b"BT /Z%d 5 Tf 72 %d Td (some text) Tj ET\n" % (n, n % 700) for n in range(count)
    )
    return made.data()


def _mapped(mapping: bytes) -> bytes:
    made = page(b"BT /U 10 Tf 72 300 Td <01000101> Tj ET\n")
    made.objects[9] = flate(zlib.compress(mapping))
    return made.data()


def _font(entries: bytes) -> bytes:
    made = page(b"BT /X 10 Tf 72 300 Td (some text in it) Tj ET\n", Font=b"/X 10 0 R")
    made.objects[10] = entries
    return made.data()


def _forms(objects: dict[int, bytes], first: int = 10) -> bytes:
    made = page(b"/X Do\n", XObject=b"/X %d 0 R" % first)
    made.objects |= objects
    return made.data()


def _form(content: bytes, draws: bytes) -> bytes:
    return stream(content, FORM + b"/Resources<</XObject<<%s>>/Font<</F1 5 0 R>>>>" % draws)


def _doubling_forms() -> bytes:
    """Each draws the next one twice: 2**40 drawings."""
    shown = (LINE % 300).encode()
    return _forms({10 + n: _form(b"/X Do /X Do " + shown, b"/X %d 0 R" % (11 + n)) for n in range(40)})


def _form_chain() -> bytes:
    return _forms({10 + n: _form(b"/X Do ", b"/X %d 0 R" % (11 + n)) for n in range(5_000)})


def _colours(space: bytes, objects: dict[int, bytes] | None = None) -> bytes:
    made = page(b"/S cs 0.5 scn 0 0 600 700 re f\n", ColorSpace=b"/S %s" % space)
    made.objects |= objects or {}
    return made.data()


def _states(entries: bytes, objects: dict[int, bytes]) -> bytes:
    made = page(b"/G gs " + (LINE % 300).encode(), ExtGState=b"/G<<%s>>" % entries)
    made.objects |= objects
    return made.data()


def _layers() -> bytes:
    """A membership whose visibility expression holds itself."""
    made = page(b"/OC /L BDC " + (LINE % 300).encode() + b" EMC\n", Properties=b"/L 10 0 R")
    made.catalog = b"/OCProperties<</OCGs[11 0 R]/D<</BaseState/OFF/Order 13 0 R>>>>"
    made.objects |= {10: b"<</Type/OCMD/OCGs 12 0 R/VE 12 0 R>>", 11: b"<</Type/OCG/Name(a)>>"}
    made.objects |= {12: b"[/And 12 0 R 12 0 R 10 0 R]", 13: b"[13 0 R 13 0 R]"}
    return made.data()


def _with(content: bytes) -> bytes:
    return page(content).data()


def _noise() -> bytes:
    rng = random.Random(3)  # noqa: S311
    words = [b"q", b"Q", b"BT", b"ET", b"Tj", b"TJ", b"Tf", b"cm", b"re", b"f", b"W", b"n", b"Do", b"BI", b"ID", b"EI"]
    words += [
        b"/F1",
        b"(",
        b")",
        b"[",
        b"]",
        b"<<",
        b">>",
        b"<",
        b"-1e99",
        b"1",
        b"0",
        b"nan",
        b"'",
        b'"',
        b"sh",
        b"gs",
    ]
    return b" ".join(rng.choices(words, k=60_000))


def _everywhere(count: int) -> bytes:
    """Words and boxes at random places, one over the other: what looks at pairs of them takes its time."""
    rng = random.Random(4)  # noqa: S311
    return b"".join(
        b"%.2f g %d %d %d %d re f BT /F1 %d Tf %d %d Td (word) Tj ET\n"
        % (
            rng.random(),
            *(rng.randrange(600) for _ in range(4)),
            rng.randrange(4, 20),
            rng.randrange(600),
            rng.randrange(700),
        )
        for _ in range(count)
    )


def _texts(rows: Iterator[str]) -> bytes:
    return b"".join(
        f"BT /F1 8 Tf 30 {780 - 9 * (at % 85)} Td ({row}) Tj ET\n".encode("latin-1") for at, row in enumerate(rows)
    )


def _one_word() -> bytes:
    return _texts("a" * 200 for _ in range(1_500))


def _hyphens() -> bytes:
    return _texts("pre-" * 50 + "-" for _ in range(1_500))


def _citations() -> bytes:
    return _texts("et al. see [1, 2, 3] e.g. i.e. Fig. " * 5 for _ in range(1_500))


def _digits() -> bytes:
    return _texts("1,2.3 " * 30 for _ in range(1_500))


def _brackets() -> bytes:
    return _texts(r"\(\(\(\([ " * 20 for _ in range(1_500))


NESTED_FUNCTION = b"<</FunctionType 3/Domain[0 1]/Functions[12 0 R 12 0 R]/Bounds[0.5]/Encode[0 1 0 1]>>"
INLINE = b"BI /W 1000000 /H 1000000 /BPC 8 /CS /RGB ID "
CMAP = b"/CIDInit begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"

MADE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "html": lambda: b"<!DOCTYPE html><html><title>429 Too Many Requests</title></html>",
    "html-with-a-header": lambda: b"<html>%PDF-1.7</html>" * 1000,
    "header-alone": lambda: b"%PDF-1.7\n",
    "header-and-zeros": lambda: b"%PDF-1.7\n" + bytes(50_000_000),
    "header-and-noise": lambda: b"%PDF-1.7\n" + random.Random(2).randbytes(3_000_000),  # noqa: S311
    "tree-of-itself": self_tree,
    "tree-cycle": tree_cycle,
    "parent-cycle": parent_cycle,
    "million-pages": million_pages,
    "million-pages-shared": million_by_sharing,
    "count-lie": count_lie,
    "deep-tree": deep_tree,
    "xref-loop": xref_loop,
    "xref-pair": xref_pair,
    "xref-counts": xref_counts,
    "xref-stream-counts": xref_stream_counts,
    "xref-stream-widths": xref_stream_widths,
    "object-stream-cycle": object_stream_cycle,
    "reference-cycle": self_reference,
    "length-of-itself": length_of_itself,
    "length-lie": length_lie,
    "deep-arrays": lambda: nested(b"[", b"]"),
    "deep-dictionaries": lambda: nested(b"<</A", b">>"),
    "many-objects": many_objects,
    "many-trailers": many_trailers,
    "encryption-of-itself": encrypt_loop,
    "ten-gigabytes": ten_gigabytes,
    "ten-gigabytes-twice-packed": ten_gigabytes_twice_packed,
    "five-thousand-filters": filters,
    "ten-times-packed": ten_times_packed,
    "lzw": lzw,
    "run-length": run_length,
    "predictor": predictor,
    "contents-again": contents_again,
    "huge-page": lambda: _boxes(b"-1e30 -1e30 1e30 1e30", b"1e30"),
    "page-of-no-number": lambda: _boxes(b"nan inf (a) null", b"/x"),
    "flat-page": lambda: _boxes(b"0 0 0 0", b"-5"),
    "two-thousand-fonts": lambda: _fonts(2_000),
    "map-of-everything": lambda: _mapped(CMAP + b"1 beginbfrange\n<00000000> <FFFFFFFF> <0000>\nendbfrange"),
    "map-of-much": lambda: _mapped(CMAP + b"99 beginbfrange\n" + b"<0000> <FFFF> <0041>\n" * 3_000 + b"endbfrange"),
    "map-of-long-texts": lambda: _mapped(CMAP + b"1 beginbfchar\n<0100> <%s>\nendbfchar" % (b"0041" * 5_000_000)),
    "font-of-itself": lambda: _font(
        b"<</Type/Font/Subtype/Type0/BaseFont/X/DescendantFonts[10 0 R]/ToUnicode 10 0 R>>"
    ),
    "font-widths": lambda: _font(
        b"<</Subtype/Type1/FirstChar -2147483648/LastChar 2147483647/Widths[%s]>>" % (b"1 " * 999_999)
    ),
    "font-differences": lambda: _font(b"<</Subtype/Type1/Encoding<</Differences[0%s]>>>>" % (b"/a" * 999_999)),
    "font-of-forms": lambda: _font(b"<</Subtype/Type3/FontMatrix[0 0 0 0 0 0]/CharProcs 10 0 R/Encoding 10 0 R>>"),
    "form-of-itself": lambda: _forms({10: _form(b"/X Do " + (LINE % 300).encode(), b"/X 10 0 R")}),
    "form-cycle": lambda: _forms({10: _form(b"/X Do", b"/X 11 0 R"), 11: _form(b"/X Do /X Do", b"/X 10 0 R")}),
    "doubling-forms": _doubling_forms,
    "form-chain": _form_chain,
    "colour-of-itself": lambda: _colours(b"10 0 R", {10: b"[/Indexed 10 0 R 255 10 0 R]"}),
    "colour-function": lambda: _colours(b"[/Separation/A/DeviceGray 12 0 R]", {12: NESTED_FUNCTION}),
    "colour-program": lambda: _colours(
        b"[/Separation/A/DeviceGray 12 0 R]",
        {12: stream(b"{" * 50_000 + b"}" * 50_000, b"/FunctionType 4/Domain[0 1]/Range[0 1]")},
    ),
    "pattern-of-itself": lambda: _colours(b"[/Pattern 10 0 R]", {10: b"[/Pattern 10 0 R]"}),
    "mask-of-itself": lambda: _states(
        b"/SMask 10 0 R/Font[10 0 R 9]", {10: b"<</S/Alpha/G 10 0 R/BM 10 0 R/Subtype 10 0 R>>"}
    ),
    "layers-of-themselves": _layers,
    "noise": lambda: _with(_noise()),
    "states": lambda: _with(b"q " * 500_000 + b"1e9 0 0 1e9 0 0 cm " * 50_000),
    "open-strings": lambda: _with(b"(" * 500_000),
    "open-arrays": lambda: _with(b"[" * 500_000),
    "open-dictionaries": lambda: _with(b"<<" * 500_000),
    "open-hex": lambda: _with(b"BT <" + b"4" * 3_000_000),
    "open-image": lambda: _with(INLINE + b"EI" * 100_000 + bytes(1_000_000)),
    "many-images": lambda: _with((INLINE + b"x EI\n") * 20_000),
    "long-array": lambda: _with(b"BT /F1 9 Tf [" + b"(a) -20 " * 300_000 + b"] TJ ET"),
    "long-path": lambda: _with(b"0 0 m " + b"9 9 l 1 2 3 4 5 6 c " * 100_000 + b"W n " + (LINE % 300).encode()),
    "everywhere": lambda: _with(_everywhere(4_000)),
    "many-clips": lambda: _with(b"0 0 500 500 re W n " * 50_000 + (LINE % 300).encode()),
    "one-word": lambda: _with(_one_word()),
    "hyphens": lambda: _with(_hyphens()),
    "citations": lambda: _with(_citations()),
    "digits": lambda: _with(_digits()),
    "brackets": lambda: _with(_brackets()),
}  # fmt: skip
"""By name."""

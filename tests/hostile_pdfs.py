"""PDFs that a malicious or very broken program would write: loops, bombs, depths, counts, lies. None is on the disk
of this repository; each is made when it is wanted."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator

from made_pdfs import FORM, Pdf, plain, stream

LINE = "BT /F1 10 Tf 72 %d Td (We found that this order of things costs little and is better than all others.) Tj ET\n"


def document(objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A file of these objects, object 0 excluded, with a table that finds them."""
    out, places = [b"%PDF-1.7\n"], {}
    length = len(out[0])
    for number in sorted(objects):
        places[number] = length
        out.append(b"%d 0 obj\n%s\nendobj\n" % (number, objects[number]))
        length += len(out[-1])
    table = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places.items())
    end = b"trailer<<%s/Size %d>>\nstartxref\n%d\n%%%%EOF"
    return b"".join(out) + b"xref\n" + table + end % (trailer, max(objects) + 1, length)


def page(content: bytes = b"", **resources: bytes) -> Pdf:
    made = Pdf(resources=dict(resources))
    made.content = plain(made) + content
    return made


def pages(tree: dict[int, bytes]) -> bytes:
    """A file with this page tree; object 9 is a page with text."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 8 0 R/Resources<</Font<</F1 7 0 R>>>>>>"
    base = {1: b"<</Type/Catalog/Pages 2 0 R>>", 7: font, 8: stream((LINE % 700).encode()), 9: leaf}
    return document(base | tree)


def zeros(size: int) -> bytes:
    """Deflated blanks, `size` bytes of them: a full flush makes one MiB of them a piece that may be said again."""
    packer = zlib.compressobj(9)
    head = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + piece * ((size >> 20) - 1) + packer.flush()


def flate(data: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    return stream(data, b"/Filter[%s]" % filters)


# ---------------------------------------------------------------- structure


def _self_tree() -> bytes:
    return pages({2: b"<</Type/Pages/Count 3/Kids[2 0 R]>>"})


def _tree_cycle() -> bytes:
    return pages(
        {2: b"<</Type/Pages/Count 9/Kids[3 0 R]>>", 3: b"<</Type/Pages/Count 9/Parent 2 0 R/Kids[4 0 R 9 0 R]>>",
         4: b"<</Type/Pages/Count 9/Parent 3 0 R/Kids[2 0 R 3 0 R]>>"}
    )  # fmt: skip


def _parent_cycle() -> bytes:
    leaf = b"<</Type/Page/Parent 3 0 R/Contents 8 0 R>>"  # resources and size are looked for among its ancestors
    tree = {2: b"<</Type/Pages/Count 1/Kids[9 0 R]/Parent 3 0 R>>", 3: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]>>"}
    return pages({**tree, 9: leaf})


def _million_pages() -> bytes:
    return pages({2: b"<</Type/Pages/Count 1000000/Kids[%s]>>" % (b"9 0 R " * 1_000_000)})


def _million_by_sharing() -> bytes:
    """Six levels of nodes, each with ten times the next one as its children."""
    tree = {n: b"<</Type/Pages/Count 1000000/Kids[%s]>>" % (b"%d 0 R " % (n + 1) * 10) for n in range(20, 26)}
    return pages({2: b"<</Type/Pages/Count 1000000/Kids[20 0 R]>>", **tree, 26: b"<</Type/Pages/Kids[9 0 R]>>"})


def _count_lie() -> bytes:
    return pages({2: b"<</Type/Pages/Count 2147483647/Kids[9 0 R]>>"})


def _deep_tree() -> bytes:
    deep = {n: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 1) for n in range(100, 20_000)}
    return pages({2: b"<</Type/Pages/Count 1/Kids[100 0 R]>>", **deep, 20_000: b"<</Type/Pages/Kids[9 0 R]>>"})


def _xref_loop() -> bytes:
    data = document({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 0/Kids[]>>"})
    start = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    return data.replace(b"/Root", b"/Prev %d/XRefStm %d/Root" % (start, start))


def _xref_pair() -> bytes:
    """Two tables, each of which names the other as the one before."""
    first = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    one = len(first)
    head = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 3/Prev %010d>>\n"
    two = one + len(head % 0)
    return first + head % two + head % one + b"startxref\n%d\n%%%%EOF" % two


def _xref_counts() -> bytes:
    """A table that claims two thousand million entries."""
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    table = b"xref\n0 2147483647\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 2147483647>>\n"
    return body + table + b"startxref\n%d\n%%%%EOF" % len(body)


def _xref_stream(entries: bytes, data: bytes, objects: bytes = b"") -> bytes:
    head = b"%PDF-1.7\n" + objects
    table = b"5 0 obj<</Type/XRef/Root 1 0 R/Length %d%s>>stream\n%s\nendstream endobj\n" % (len(data), entries, data)
    return head + table + b"startxref\n%d\n%%%%EOF" % len(head)


def _xref_stream_counts() -> bytes:
    return _xref_stream(b"/Size 2147483647/W[1 8 8]/Index[0 2147483647]", bytes(17) * 100)


def _xref_stream_widths() -> bytes:
    return _xref_stream(b"/Size 5/W[2147483647 2147483647 2147483647]", bytes(100))


def _object_stream_cycle() -> bytes:
    """Objects 1 and 6 lie in stream 6, which lies in itself; it extends itself, too."""
    inner = b"1 0 6 30 <</Type/Catalog/Pages 2 0 R>> <<>>"
    held = b"6 0 obj<</Type/ObjStm/N 2/First 9/Extends 6 0 R/Length %d>>stream\n%s\nendstream endobj\n" % (
        len(inner), inner,
    )  # fmt: skip
    rows = b"".join((2).to_bytes(1, "big") + (6).to_bytes(4, "big") + bytes([n]) for n in range(7))
    return _xref_stream(b"/Size 7/W[1 4 1]", rows, held)


def _self_reference() -> bytes:
    return pages({2: b"3 0 R", 3: b"4 0 R", 4: b"2 0 R"})


def _length_of_itself() -> bytes:
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: b"<</Length 8 0 R>>stream\nBT ET\nendstream"})


def _length_lie() -> bytes:
    made = b"<</Length 99999999999999999999>>stream\n%s\nendstream" % ((LINE % 700).encode())
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: made})


def _nested(opening: bytes, closing: bytes) -> bytes:
    made = page()
    made.page = b"/Annots " + opening * 100_000 + closing * 100_000
    return made.data()


def _many_objects() -> bytes:
    made = b"".join(b"%d 0 obj 0 endobj\n" % n for n in range(10, 300_000))
    return b"%PDF-1.7\n" + made + b"trailer<</Root 1 0 R>>"


def _many_trailers() -> bytes:
    return b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * 200_000


def _encrypt_loop() -> bytes:
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 0/Kids[]>>"}
    key = b"<</Filter/Standard/V 5/R 6/Length 2147483647/O(%s)/U(%s)/P -1/CF 6 0 R/StmF/StdCF>>" % (
        b"x" * 100_000, b"y" * 100_000,
    )  # fmt: skip
    return document({**objects, 5: key, 6: b"<</StdCF 6 0 R>>"}, b"/Root 1 0 R/Encrypt 5 0 R/ID[(a)(b)]")


# ---------------------------------------------------------------- bombs


def _content(data: bytes) -> bytes:
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: data})


def _ten_gigabytes() -> bytes:
    return _content(flate(zeros(10 << 30)))


def _ten_gigabytes_twice_packed() -> bytes:
    return _content(flate(zlib.compress(zeros(10 << 30), 9), b"/FlateDecode/FlateDecode"))


def _filters() -> bytes:
    return _content(flate(b"48" * 1000, b"/ASCIIHexDecode" * 5_000))


def _ten_times_packed() -> bytes:
    data = b" " * 20_000_000
    for _ in range(10):
        data = zlib.compress(data, 9)
    return _content(flate(data, b"/FlateDecode" * 10))


def _lzw() -> bytes:
    return _content(flate(random.Random(1).randbytes(5_000_000), b"/LZWDecode"))  # noqa: S311


def _run_length() -> bytes:
    return _content(flate(b"\x81 " * 5_000_000 + b"\x80", b"/RunLengthDecode"))


def _predictor() -> bytes:
    parms = b"/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>"
    return _content(stream(zlib.compress(b"\2" * 100_000), b"/Filter/FlateDecode" + parms))


def _contents_again() -> bytes:
    made = page()
    made.page = b"/Contents[%s]" % (b"4 0 R " * 200_000)
    return made.data()


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
    "tree-of-itself": _self_tree,
    "tree-cycle": _tree_cycle,
    "parent-cycle": _parent_cycle,
    "million-pages": _million_pages,
    "million-pages-shared": _million_by_sharing,
    "count-lie": _count_lie,
    "deep-tree": _deep_tree,
    "xref-loop": _xref_loop,
    "xref-pair": _xref_pair,
    "xref-counts": _xref_counts,
    "xref-stream-counts": _xref_stream_counts,
    "xref-stream-widths": _xref_stream_widths,
    "object-stream-cycle": _object_stream_cycle,
    "reference-cycle": _self_reference,
    "length-of-itself": _length_of_itself,
    "length-lie": _length_lie,
    "deep-arrays": lambda: _nested(b"[", b"]"),
    "deep-dictionaries": lambda: _nested(b"<</A", b">>"),
    "many-objects": _many_objects,
    "many-trailers": _many_trailers,
    "encryption-of-itself": _encrypt_loop,
    "ten-gigabytes": _ten_gigabytes,
    "ten-gigabytes-twice-packed": _ten_gigabytes_twice_packed,
    "five-thousand-filters": _filters,
    "ten-times-packed": _ten_times_packed,
    "lzw": _lzw,
    "run-length": _run_length,
    "predictor": _predictor,
    "contents-again": _contents_again,
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

"""PDFs whose structure is a trap, and those that unpack to more than any machine has."""

from __future__ import annotations

import random
import zlib

from tests.kit.made_pdfs import Pdf, plain, stream

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


def self_tree() -> bytes:
    return pages({2: b"<</Type/Pages/Count 3/Kids[2 0 R]>>"})


def tree_cycle() -> bytes:
    return pages(
        {2: b"<</Type/Pages/Count 9/Kids[3 0 R]>>", 3: b"<</Type/Pages/Count 9/Parent 2 0 R/Kids[4 0 R 9 0 R]>>",
         4: b"<</Type/Pages/Count 9/Parent 3 0 R/Kids[2 0 R 3 0 R]>>"}
    )  # fmt: skip


def parent_cycle() -> bytes:
    leaf = b"<</Type/Page/Parent 3 0 R/Contents 8 0 R>>"  # resources and size are looked for among its ancestors
    tree = {2: b"<</Type/Pages/Count 1/Kids[9 0 R]/Parent 3 0 R>>", 3: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]>>"}
    return pages({**tree, 9: leaf})


def million_pages() -> bytes:
    return pages({2: b"<</Type/Pages/Count 1000000/Kids[%s]>>" % (b"9 0 R " * 1_000_000)})


def million_by_sharing() -> bytes:
    """Six levels of nodes, each with ten times the next one as its children."""
    tree = {n: b"<</Type/Pages/Count 1000000/Kids[%s]>>" % (b"%d 0 R " % (n + 1) * 10) for n in range(20, 26)}
    return pages({2: b"<</Type/Pages/Count 1000000/Kids[20 0 R]>>", **tree, 26: b"<</Type/Pages/Kids[9 0 R]>>"})


def count_lie() -> bytes:
    return pages({2: b"<</Type/Pages/Count 2147483647/Kids[9 0 R]>>"})


def deep_tree() -> bytes:
    deep = {n: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 1) for n in range(100, 20_000)}
    return pages({2: b"<</Type/Pages/Count 1/Kids[100 0 R]>>", **deep, 20_000: b"<</Type/Pages/Kids[9 0 R]>>"})


def xref_loop() -> bytes:
    data = document({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 0/Kids[]>>"})
    start = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    return data.replace(b"/Root", b"/Prev %d/XRefStm %d/Root" % (start, start))


def xref_pair() -> bytes:
    """Two tables, each of which names the other as the one before."""
    first = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    one = len(first)
    head = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 3/Prev %010d>>\n"
    two = one + len(head % 0)
    return first + head % two + head % one + b"startxref\n%d\n%%%%EOF" % two


def xref_counts() -> bytes:
    """A table that claims two thousand million entries."""
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    table = b"xref\n0 2147483647\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 2147483647>>\n"
    return body + table + b"startxref\n%d\n%%%%EOF" % len(body)


def xref_stream(entries: bytes, data: bytes, objects: bytes = b"") -> bytes:
    head = b"%PDF-1.7\n" + objects
    table = b"5 0 obj<</Type/XRef/Root 1 0 R/Length %d%s>>stream\n%s\nendstream endobj\n" % (len(data), entries, data)
    return head + table + b"startxref\n%d\n%%%%EOF" % len(head)


def xref_stream_counts() -> bytes:
    return xref_stream(b"/Size 2147483647/W[1 8 8]/Index[0 2147483647]", bytes(17) * 100)


def xref_stream_widths() -> bytes:
    return xref_stream(b"/Size 5/W[2147483647 2147483647 2147483647]", bytes(100))


def object_stream_cycle() -> bytes:
    """Objects 1 and 6 lie in stream 6, which lies in itself; it extends itself, too."""
    inner = b"1 0 6 30 <</Type/Catalog/Pages 2 0 R>> <<>>"
    held = b"6 0 obj<</Type/ObjStm/N 2/First 9/Extends 6 0 R/Length %d>>stream\n%s\nendstream endobj\n" % (
        len(inner), inner,
    )  # fmt: skip
    rows = b"".join((2).to_bytes(1, "big") + (6).to_bytes(4, "big") + bytes([n]) for n in range(7))
    return xref_stream(b"/Size 7/W[1 4 1]", rows, held)


def self_reference() -> bytes:
    return pages({2: b"3 0 R", 3: b"4 0 R", 4: b"2 0 R"})


def length_of_itself() -> bytes:
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: b"<</Length 8 0 R>>stream\nBT ET\nendstream"})


def length_lie() -> bytes:
    made = b"<</Length 99999999999999999999>>stream\n%s\nendstream" % ((LINE % 700).encode())
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: made})


def nested(opening: bytes, closing: bytes) -> bytes:
    made = page()
    made.page = b"/Annots " + opening * 100_000 + closing * 100_000
    return made.data()


def many_objects() -> bytes:
    made = b"".join(b"%d 0 obj 0 endobj\n" % n for n in range(10, 300_000))
    return b"%PDF-1.7\n" + made + b"trailer<</Root 1 0 R>>"


def many_trailers() -> bytes:
    return b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * 200_000


def encrypt_loop() -> bytes:
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 0/Kids[]>>"}
    key = b"<</Filter/Standard/V 5/R 6/Length 2147483647/O(%s)/U(%s)/P -1/CF 6 0 R/StmF/StdCF>>" % (
        b"x" * 100_000, b"y" * 100_000,
    )  # fmt: skip
    return document({**objects, 5: key, 6: b"<</StdCF 6 0 R>>"}, b"/Root 1 0 R/Encrypt 5 0 R/ID[(a)(b)]")


# ---------------------------------------------------------------- bombs


def content(data: bytes) -> bytes:
    return pages({2: b"<</Type/Pages/Count 1/Kids[9 0 R]>>", 8: data})


def ten_gigabytes() -> bytes:
    return content(flate(zeros(10 << 30)))


def ten_gigabytes_twice_packed() -> bytes:
    return content(flate(zlib.compress(zeros(10 << 30), 9), b"/FlateDecode/FlateDecode"))


def filters() -> bytes:
    return content(flate(b"48" * 1000, b"/ASCIIHexDecode" * 5_000))


def ten_times_packed() -> bytes:
    data = b" " * 20_000_000
    for _ in range(10):
        data = zlib.compress(data, 9)
    return content(flate(data, b"/FlateDecode" * 10))


def lzw() -> bytes:
    return content(flate(random.Random(1).randbytes(5_000_000), b"/LZWDecode"))  # noqa: S311


def run_length() -> bytes:
    return content(flate(b"\x81 " * 5_000_000 + b"\x80", b"/RunLengthDecode"))


def predictor() -> bytes:
    parms = b"/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>"
    return content(stream(zlib.compress(b"\2" * 100_000), b"/Filter/FlateDecode" + parms))


def contents_again() -> bytes:
    made = page()
    made.page = b"/Contents[%s]" % (b"4 0 R " * 200_000)
    return made.data()

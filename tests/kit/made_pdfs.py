"""PDFs of one page, written byte by byte: what the tests need are operators and dictionaries that libraries do not
write."""

from __future__ import annotations

from dataclasses import dataclass, field

VISIBLE = (
    "The encoder reads the whole signal and turns it into a short row of tokens that carry its meaning.",
    "Every token is then given to the decoder, which has been trained on many hours of clean speech data.",
    "We found that this order of things costs little and that the result is better than all of the others.",
)

FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
IMAGE = b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"
SHADING = b"<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 612 0]/Function<</FunctionType 2/Domain[0 1]/N 1%s>>>>"


@dataclass
class Pdf:
    """One page in the making. Object 10 and up are free; /F1 is Times, /F2 Times-Bold, /U shows any character."""

    content: bytes = b""
    resources: dict[str, bytes] = field(default_factory=dict)
    """By category without its slash: `XObject`, with the entries as written."""
    page: bytes = b""
    catalog: bytes = b""
    objects: dict[int, bytes] = field(default_factory=dict)
    chars: dict[str, int] = field(default_factory=dict)
    """Codes of the characters of /U."""

    def data(self) -> bytes:
        objects = {
            1: b"<</Type/Catalog/Pages 2 0 R%s>>" % self.catalog,
            2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            3: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<%s>>%s%s>>"
            % (
                b"".join(b"/%s<<%s>>" % (name.encode(), entries) for name, entries in self._resources().items()),
                self.page,
                b"" if b"/MediaBox" in self.page else b"/MediaBox[0 0 612 792]",
            ),
            4: stream(self.content),
            5: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
            6: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Bold>>",
            7: b"<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 9 0 R>>",
            8: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Any/DW 500/CIDSystemInfo<<>>>>",
            9: stream(to_unicode({code: char for char, code in self.chars.items()})),
            **self.objects,
        }
        out, places = b"%PDF-1.7\n", {}
        for number in sorted(objects):
            places[number] = len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
        table = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places.items())
        start = len(out)
        return out + b"xref\n%strailer<</Root 1 0 R/Size 99>>\nstartxref\n%d\n%%%%EOF" % (table, start)

    def _resources(self) -> dict[str, bytes]:
        fonts = b"/F1 5 0 R/F2 6 0 R/U 7 0 R" + self.resources.get("Font", b"")
        return {**self.resources, "Font": fonts}

    def string(self, text: str) -> tuple[bytes, bytes]:
        """The font for a text, and the text as a string in it."""
        if text.isascii():
            return b"/F1", b"(%s)" % text.encode().replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
        codes = [self.chars.setdefault(char, 256 + len(self.chars)) for char in text]
        return b"/U", b"<%s>" % b"".join(b"%04X" % code for code in codes)

    def show(self, text: str, split: str = "line", *, x: float = 72, y: float = 400, size: float = 10) -> bytes:
        """Operators that show a text from a place downwards, without colours or modes of their own."""
        lines = [text] if split != "line" else [text[at : at + 80] for at in range(0, len(text), 80)]
        out = b""
        for line in lines[:30]:
            font, string = self.string(line)
            out += b"BT %s %g Tf %g %g Td " % (font, size, x, y)
            if split in ("words", "glyphs"):
                pieces = list(line) if split == "glyphs" else [f"{word} " for word in line.split()]
                out += b" ".join(self.string(piece)[1] + b" Tj" for piece in pieces)
            elif split == "kerned":
                out += b"[%s] TJ" % b" -20 ".join(self.string(piece)[1] for piece in line)
            else:
                out += string + b" Tj"
            out += b" ET\n"
            y -= 1.2 * size
        return out


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def to_unicode(chars: dict[int, str]) -> bytes:
    rows = b"".join(b"<%04X> <%s>\n" % (code, char.encode("utf-16-be").hex().encode()) for code, char in chars.items())
    return b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n%d beginbfchar\n%sendbfchar" % (len(chars), rows)


def plain(pdf: Pdf, *, x: float = 72, y: float = 700, size: float = 10) -> bytes:
    """A heading and the visible text."""
    out = b"BT /F2 %g Tf %g %g Td (1 Introduction) Tj ET\n" % (1.3 * size, x, y)
    return out + b"".join(
        pdf.show(row, "whole", x=x, y=y - (2.5 + 1.2 * at) * size, size=size) for at, row in enumerate(VISIBLE)
    )


TRIANGLE = b"\xef\x8b\x15\xf7\x5c\xf8\xec\x05\xf7\x5c\xfc\xec\x05"
"""An outline as CFF has it (Type 2 charstrings): a triangle of a letter's size."""


def letters_font(pdf: Pdf, glyph: bytes) -> None:
    """/L, an embedded font (CFF, Adobe TN 5176) of the ASCII characters, all of them with the same outline."""

    def index(items: list[bytes]) -> bytes:
        ends = [1 + sum(map(len, items[:at])) for at in range(len(items) + 1)]
        return (
            len(items).to_bytes(2, "big") + b"\2" + b"".join(end.to_bytes(2, "big") for end in ends) + b"".join(items)
        )

    head, empty, size = b"\1\0\4\2" + index([b"L"]), b"\0\0", 13
    glyphs = index([b"\x0e", *[glyph + b"\x0e"] * 95])
    start = len(head) + len(index([bytes(size)])) + 2 * len(empty)
    places = (place.to_bytes(4, "big") for place in (start, start + len(glyphs)))
    font = head + index([b"\x1d%s\x11\x8b\x1d%s\x12" % tuple(places)]) + 2 * empty + glyphs
    pdf.objects[20] = (
        b"<</Type/Font/Subtype/Type1/BaseFont/L/FirstChar 32/LastChar 126/Widths[%s]/FontDescriptor 21 0 R"
        b"/Encoding/WinAnsiEncoding>>"
    ) % (b"500 " * 95)
    pdf.objects[21] = (
        b"<</Type/FontDescriptor/FontName/L/Flags 32/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200"
        b"/CapHeight 700/StemV 80/FontFile3 22 0 R>>"
    )
    pdf.objects[22] = stream(font, b"/Subtype/Type1C")
    pdf.resources["Font"] = pdf.resources.get("Font", b"") + b"/L 20 0 R"

"""Pages that are set oddly, and whose text a reader can see all the same."""

from __future__ import annotations

from collections.abc import Callable

from tests.kit.made_pdfs import FORM, IMAGE, SHADING, TRIANGLE, VISIBLE, Pdf, letters_font, plain, stream


def _on(ground: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[Pdf], bytes]:
    return lambda pdf: b"q %s Q q %s %s %s Q\n" % (ground, before, plain(pdf), after)


def _with(category: str, entries: bytes, way: Callable[[Pdf], bytes], *objects: bytes) -> Callable[[Pdf], bytes]:
    def made(pdf: Pdf) -> bytes:
        pdf.resources[category] = entries
        pdf.objects |= {10 + at: data for at, data in enumerate(objects)}
        return way(pdf)

    return made


def _in_form(pdf: Pdf) -> bytes:
    pdf.objects[10] = stream(plain(pdf), FORM + b"/Matrix[.5 0 0 .5 10 10]/Group<</S/Transparency>>")
    pdf.resources["XObject"] = b"/Fm 10 0 R"
    return b"q 1 0 0 1 0 300 cm /Fm Do Q\n"


def _on_turned_page(pdf: Pdf) -> bytes:
    pdf.page = b"/Rotate 90"
    return plain(pdf)


def _turned(pdf: Pdf) -> bytes:
    """The stamp that arXiv puts into the margin."""
    return (
        b"q 0.5 G 0.5 g 0 1 -1 0 32 200 cm BT /F1 20 Tf 0 0 Td (arXiv:2512.14687v1 [cs.CL] 16 Dec 2025) Tj ET Q "
        + plain(pdf)
    )


def _outlined(pdf: Pdf) -> bytes:
    """What a browser prints for a font that it cannot embed: the letters' outlines, then the text, transparent."""
    out = b""
    pdf.resources["ExtGState"] = b"/G<</ca 0>>"
    for at, row in enumerate(VISIBLE):
        y = 700 - 12 * at
        letters = b"".join(b"%d %d m %d %d l %d %d l h " % (x, y, x + 3, y + 6, x + 3, y) for x in range(72, 472, 4))
        out += b"q %s f /G gs %s Q\n" % (letters, pdf.show(row, "whole", y=y))
    return out


def _noted(entries: bytes) -> Callable[[Pdf], bytes]:
    """With an annotation over the text that covers none of it."""

    def way(pdf: Pdf) -> bytes:
        pdf.objects[10] = b"<</Type/Annot/F 4%s>>" % entries
        pdf.page = b"/Annots[10 0 R]"
        return plain(pdf)

    return way


def _layered(pdf: Pdf) -> bytes:
    pdf.objects |= {10: b"<</Type/OCG>>", 11: b"<</Type/OCMD/VE[/Or 10 0 R[/Not 10 0 R]]>>"}
    pdf.catalog = b"/OCProperties<</OCGs[10 0 R]/D<</OFF[10 0 R]>>>>"
    pdf.resources["Properties"] = b"/P1 11 0 R"
    return b"/OC /P1 BDC " + plain(pdf) + b"EMC "


def _embedded(pdf: Pdf) -> bytes:
    letters_font(pdf, TRIANGLE)
    return plain(pdf).replace(b"/F1 ", b"/L ")


def _drawn(pdf: Pdf) -> bytes:
    """In a Type 3 font, a bar for each letter."""
    names = {" ": "space", ".": "period", ",": "comma"}
    chars = {char: names.get(char, char).encode() for char in "".join(VISIBLE)}
    pdf.objects[10] = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 32/LastChar 126"
        b"/Widths[%s]/CharProcs<<%s>>/Encoding<</Differences[%s]>>>>"
    ) % (
        b"500 " * 95,
        b"".join(b"/%s %d 0 R" % (name, 12 if char == " " else 11) for char, name in chars.items()),
        b"".join(b"%d/%s " % (ord(char), name) for char, name in chars.items()),
    )
    pdf.objects[11] = stream(b"500 0 0 0 500 700 d1 50 0 300 700 re f")
    pdf.objects[12] = stream(b"500 0 d0")
    pdf.resources["Font"] = b"/T 10 0 R"
    return plain(pdf).replace(b"/F1 ", b"/T ")


def _with_a_formula_s_source(pdf: Pdf) -> bytes:
    """LaTeXiT keeps what a formula was made of behind the formula, next to no size."""
    source = pdf.show("ESannotPreambleTypeKEncodingSequationsourceIsHere", "whole", x=3e4, y=4e4, size=1)
    return plain(pdf) + b"q 0.005 0 0 0.005 0 0 cm " + source + b"Q "


def _with_keys_of_a_draft(pdf: Pdf) -> bytes:
    """The names of labels, in the margin and over the paper's edge."""
    return plain(pdf) + pdf.show("eq:main-theorem-of-all", "whole", x=560, y=500, size=8)


WHOLE = b"q 612 0 0 792 0 0 cm /I Do Q"
DARK = b"0.1 0.1 0.3 rg 60 600 500 150 re f"
HONEST: dict[str, Callable[[Pdf], bytes]] = {
    "white on a dark box": _on(DARK, b"1 g"),
    "white on a dark rounded box": _on(
        b"0 0 0.4 rg 60 600 m 560 600 l 570 600 575 605 575 615 c 575 750 l 50 750 l 50 610 l h f", b"1 g"
    ),
    "white on a thick dark line": _on(b"150 w 0 675 m 612 675 l S", b"1 g"),
    "white on a picture": _with(
        "XObject", b"/I 10 0 R", _on(WHOLE, b"1 g"), stream(b"\0\x60", IMAGE.replace(b"Width 1", b"Width 2"))
    ),
    "white on a dark gradient": _with("Shading", b"/S " + SHADING % b"/C0[0]/C1[.4]", _on(b"/S sh", b"1 g")),
    "white in a dark form's page": _on(b"0 g 0 0 612 792 re f", b"1 1 1 rg"),
    "a box under the text painted twice": _on(DARK + b" 1 g 60 600 500 150 re f"),
    "grey as a watermark": lambda pdf: (
        plain(pdf) + b"q 0.85 g BT /F2 60 Tf 0.7 0.7 -0.7 0.7 150 150 Tm (DRAFT COPY) Tj ET Q "
    ),
    "light grey": _on(b"", b"0.85 g"),
    "orange": _on(b"", b"1 0.65 0 rg"),
    "light blue": _on(b"", b"0.6 0.8 1 rg"),
    "pale green": _on(b"", b"0.6 0.95 0.6 rg"),
    "red on green as light": _on(b"0 0.58 0 rg 60 600 500 150 re f", b"1 0 0 rg"),
    "yellow on dark blue": _on(DARK, b"1 1 0 rg"),
    "dark blue on grey": _on(b"0.25 g 60 600 500 150 re f", b"0 0 1 rg"),
    "five points": lambda pdf: plain(pdf, size=5),
    "three points": lambda pdf: plain(pdf, size=3),
    "size by the matrix": lambda pdf: b"q 0.1 0 0 0.1 0 0 cm " + plain(pdf, x=720, y=7000, size=100) + b"Q ",
    "condensed": _on(b"", b"60 Tz"),
    "bold by an outline": _on(b"", b"2 Tr 0.3 w"),
    "half transparent": _with("ExtGState", b"/G<</ca 0.5/CA 0>>", _on(b"", b"/G gs")),
    "highlighted": _with("ExtGState", b"/G<</BM/Multiply>>", _on(b"", b"", b"/G gs 1 1 0 rg 60 600 500 150 re f")),
    "under glass": _with("ExtGState", b"/G<</ca 0.3>>", _on(b"", b"", b"/G gs 0 0 1 rg 60 600 500 150 re f")),
    "under a picture with holes": _with(
        "XObject",
        b"/I 10 0 R",
        _on(b"", b"", WHOLE),
        stream(b"\xff", IMAGE + b"/SMask 11 0 R"),
        stream(b"\0\x60", IMAGE.replace(b"Width 1", b"Width 2")),
    ),
    "on a scan's stencil": _with(
        "XObject",
        b"/I 10 0 R",
        _on(b"0.8 g " + WHOLE, b"0 g"),
        stream(b"\x55", IMAGE.replace(b"Component 8", b"Component 1") + b"/ImageMask true/Decode[0 1]"),
    ),
    "struck through": _on(b"", b"", b"".join(b"72 %g 400 0.8 re f " % (677.7 - 12 * at) for at in range(3))),
    "in a frame": _on(b"", b"", b"4 w 60 600 500 150 re S"),
    "beside what is covered": _on(b"", b"", b"1 g 60 500 500 150 re f"),
    "on a hatched ground": _with(
        "Pattern",
        b"/H 10 0 R",
        _on(b"/Pattern cs /H scn 60 600 500 150 re f"),
        stream(b"0 0 1 4 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>"),
    ),
    "just inside its clip": _on(b"", b"60 600 500 150 re W n"),
    "inside two clips": _on(b"", b"0 0 m 700 0 l 700 800 l 0 800 l h W* n 60 600 500 150 re 0 0 5 5 re W n"),
    "painted through its letters": lambda pdf: b"".join(
        b"q 7 Tr %s 0 0 1 rg 0 0 612 792 re f Q\n" % pdf.show(row, "whole", y=700 - 12 * at)
        for at, row in enumerate(VISIBLE)
    ),
    "black ink of its own": _with(
        "ColorSpace",
        b"/C[/Separation/Black/DeviceCMYK<</FunctionType 2/N 1/Domain[0 1]/C0[0 0 0 0]/C1[0 0 0 1]>>]",
        _on(b"", b"/C cs 1 scn"),
    ),
    "an unknown ink": _with("ColorSpace", b"/C[/Separation/Spot/DeviceCMYK null]", _on(b"", b"/C cs 1 scn")),
    "in a form": _in_form,
    "on a turned page": _on_turned_page,
    "with a stamp in the margin": _turned,
    "in a layer that is on": _with(
        "Properties", b"/P1 10 0 R", lambda pdf: b"/OC /P1 BDC " + plain(pdf) + b"EMC ", b"<</Type/OCG>>"
    ),
    "outlines with their text": _outlined,
    "in a dark gradient": _with(
        "Pattern", b"/P<</PatternType 2/Shading %s>>" % (SHADING % b"/C0[0]/C1[.3]"), _on(b"", b"/Pattern cs /P scn")
    ),
    "in dark tiles": _with(
        "Pattern",
        b"/P 10 0 R",
        _on(b"", b"/Pattern cs /P scn"),
        stream(b"0 0 4 4 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>"),
    ),
    "beside a gradient that is not extended": _with(
        "Shading",
        b"/S<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 40 0 400]/Function<</FunctionType 2/Domain[0 1]/N 1/C0[1]"
        b"/C1[1]>>>>",
        _on(b"", b"", b"/S sh"),
    ),
    "dark by Darken": _with("ExtGState", b"/G<</BM[/Darken/Normal]>>", _on(b"", b"/G gs")),
    "through a mask of light": _with(
        "ExtGState",
        b"/G<</SMask<</Type/Mask/S/Luminosity/G 10 0 R>>>>",
        _on(b"", b"/G gs"),
        stream(b"1 g 0 0 612 792 re f", FORM + b"/Group<</S/Transparency/CS/DeviceGray>>"),
    ),
    "overprinting in black": _with("ExtGState", b"/G<</op true/OP true/OPM 1>>", _on(b"", b"/G gs 0 0 0 1 k")),
    "a sampled tint": _with(
        "ColorSpace",
        b"/C[/Separation/Spot/DeviceRGB 10 0 R]",
        _on(b"", b"/C cs 1 scn"),
        stream(
            b"\xff\xff\xff\x80\x80\x80\0\0\x40",
            b"/FunctionType 0/Domain[0 1]/Range[0 1 0 1 0 1]/Size[3]/BitsPerSample 8",
        ),
    ),
    "a palette over Lab": _with(
        "ColorSpace",
        b"/C[/Indexed[/Lab<</WhitePoint[.95 1 1.09]/Range[-100 100 -100 100]>>]1<FF808020FF80>]",
        _on(b"", b"/C cs 1 sc"),
    ),
    "CalGray": _with("ColorSpace", b"/C[/CalGray<</WhitePoint[.95 1 1.09]/Gamma 2.2>>]", _on(b"", b"/C cs .3 sc")),
    "outlined in dashes": _on(b"", b"2 Tr 0.2 w [1 1] 0 d"),
    "under a stamp beside it": _noted(b"/Subtype/Stamp/Rect[60 100 560 200]"),
    "under a highlight": _noted(
        b"/Subtype/Highlight/Rect[60 600 560 690]/C[1 1 0]/QuadPoints[60 690 560 690 60 600 560 600]"
    ),
    "under a link": _noted(b"/Subtype/Link/Rect[60 600 560 690]/Border[0 0 1]/C[1 0 0]"),
    "in a layer by an expression": _layered,
    "in an embedded font": _embedded,
    "in drawn letters": _drawn,
    "with a formula's source": _with_a_formula_s_source,
    "with the keys of a draft": _with_keys_of_a_draft,
}
"""Pages whose visible text is set in these ways."""


def honest_pdf(name: str) -> bytes:
    pdf = Pdf()
    pdf.content = HONEST[name](pdf)
    return pdf.data()


def scan_pdf(payload: str = "") -> bytes:
    """A page that is a picture, with invisible text as OCR makes it; or a payload so made, and visible text."""
    pdf = Pdf()
    pdf.resources["XObject"] = b"/I 10 0 R"
    pdf.objects[10] = stream(b"\xff\xd0", IMAGE.replace(b"Width 1", b"Width 2"))
    layer = pdf.show(payload, "whole", y=300) if payload else plain(pdf)
    pdf.content = WHOLE + b" q 3 Tr " + layer + b"Q " + (plain(pdf) if payload else b"")
    return pdf.data()

"""Further ways of hiding a text than those of `hidden_pdfs`: gradients, patterns, inks, blends, covers, glyphs."""

from __future__ import annotations

from tests.kit.hidden_pdfs import Payload, Way, in_form, layered, painted, using
from tests.kit.made_pdfs import FORM, IMAGE, Pdf, letters_font, stream, to_unicode

# ---------------------------------------------------------------- colours

_PATTERN = b"/Pattern cs /P scn"
_RAMP = b"/Function<</FunctionType 2/Domain[0 1]/N 1/C0[%s]/C1[%s]>>"


def gradient(shading: bytes, *objects: bytes) -> Way:
    """Text filled with a gradient; further objects are numbered from 10 on."""
    entries = b"/P<</PatternType 2/Shading %s>>" % shading
    return using("Pattern", entries, painted(_PATTERN), *objects)


def axial(colours: bytes, entries: bytes = b"", coords: bytes = b"0 0 612 0") -> bytes:
    return b"<</ShadingType 2/ColorSpace/DeviceGray/Coords[%s]%s%s>>" % (coords, colours, entries)


def tiled(cell: bytes, paint: int = 1, before: bytes = _PATTERN) -> Way:
    entries = b"/PatternType 1/PaintType %d/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>" % paint
    return using("Pattern", b"/P 10 0 R", painted(before), stream(cell, entries))


def coloured(space: bytes, operators: bytes, *objects: bytes) -> Way:
    return using("ColorSpace", b"/C" + space, painted(b"/C cs " + operators), *objects)


def inked(function: bytes, alternate: bytes = b"/DeviceRGB", tint: bytes = b"1") -> Way:
    """Text in an ink of its own; the function is object 10."""
    return coloured(b"[/Separation/Spot%s 10 0 R]" % alternate, b"%s scn" % tint, function)


def setting(entries: bytes, before: bytes = b"", *objects: bytes) -> Way:
    states = b"/G<<%s>>/Thin<</ca .1>>/Dark<</BM/Multiply>>" % entries
    return using("ExtGState", states, painted(before + b" /G gs"), *objects)


_GREY_GROUND = b"0.5 g 60 60 500 380 re f "
_SAMPLED = b"/FunctionType 0/Domain[0 1]/Range[0 1 0 1 0 1]"
_COMMENTED = b"{ % dark } 0 0 0\rpop 1 1 % { not this\n1 }"
_MESH = b"".join(
    b"\0" + x.to_bytes(2, "big") + y.to_bytes(2, "big") + b"\xff"
    for corners in (((0, 0), (65535, 0), (0, 65535)), ((65535, 65535), (65535, 0), (0, 65535)))
    for x, y in corners
)
_MESHED = b"/ShadingType 4/ColorSpace/DeviceGray/BitsPerCoordinate 16/BitsPerComponent 8/BitsPerFlag 8"

# ---------------------------------------------------------------- covers

_OVER = b"600 0 0 440 0 0 cm /I Do"


def under(image: bytes, *objects: bytes, before: bytes = b"") -> Way:
    return using("XObject", b"/I 10 0 R", painted(b"", before + _OVER), image, *objects)


def picture(data: bytes, bits: int, entries: bytes = b"") -> bytes:
    return stream(data, IMAGE.replace(b"Component 8", b"Component %d" % bits) + entries)


def noted(entries: bytes, appearance: bytes = b"") -> Way:
    """Under an annotation."""

    def way(pdf: Pdf, payload: Payload) -> bytes:
        pdf.objects[10] = b"<</Type/Annot/Rect[50 60 560 440]/F 4%s>>" % entries
        pdf.objects[11] = stream(appearance, b"/Type/XObject/Subtype/Form/BBox[0 0 510 420]")
        pdf.page += b"/Annots[10 0 R]"
        return pdf.show(payload.text, payload.split)

    return way


_MOSAIC = b"".join(b"%d %d 4 4 re f " % (x, y) for y in range(380, 424, 4) for x in range(60, 564, 4))
_TRIANGLES = b"".join(
    b"%d %d m %d %d l %d %d l f %d %d m %d %d l %d %d l f "
    % (x, y, x + 12, y, x, y + 12, x + 12, y, x + 12, y + 12, x, y + 12)
    for y in range(380, 424, 12)
    for x in range(60, 564, 12)
)

# ---------------------------------------------------------------- glyphs


def drawn(glyph: bytes, entries: bytes = b"") -> Way:
    """The payload in a Type 3 font all of whose glyphs paint this."""

    def way(pdf: Pdf, payload: Payload) -> bytes:
        text = payload.text[:80]
        codes = {char: 33 + at for at, char in enumerate(dict.fromkeys(text))}
        names = b"".join(b"/c%d" % code for code in codes.values())
        procs = b"".join(b"/c%d 11 0 R" % code for code in codes.values())
        pdf.objects[10] = (
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 33/LastChar %d"
            b"/Widths[%s]/CharProcs<<%s>>/Encoding<</Differences[33 %s]>>/ToUnicode 13 0 R%s>>"
        ) % (32 + len(codes), b"500 " * len(codes), procs, names, entries)
        pdf.objects[11] = stream(glyph)
        pdf.objects[13] = stream(to_unicode({code: char for char, code in codes.items()}).replace(b"<00", b"<"))
        pdf.resources["Font"] = b"/T 10 0 R"
        return b"BT /T 10 Tf 72 400 Td <%s> Tj ET\n" % b"".join(b"%02X" % codes[char] for char in text)

    return way


def embedded(glyph: bytes) -> Way:
    """The payload in an embedded font all of whose glyphs have this outline, or none."""

    def way(pdf: Pdf, payload: Payload) -> bytes:
        letters_font(pdf, glyph)
        return pdf.show(payload.text, payload.split).replace(b"/F1 ", b"/L ")

    return way


def _piled(_: Pdf, payload: Payload) -> bytes:
    return b"q BT /F1 10 Tf 72 400 Td -5 Tc (%s) Tj ET Q\n" % payload.text.encode()


def _set_back(pdf: Pdf, payload: Payload) -> bytes:
    """Letters over the letters of the same string."""
    return b"BT /F1 10 Tf 72 400 Td [(%s) 24000 (%s)] TJ ET\n" % (b"HHMMWWXXHHMMWW" * 4, payload.text[:60].encode())


def _under_texts(pdf: Pdf, payload: Payload) -> bytes:
    over = b"".join(pdf.show("MWHMWHMNWHMWHNM" * 5, "whole", x=72 + at, y=400 - at / 2, size=11) for at in range(5))
    return pdf.show(payload.text, "whole") + over


def _in_knock_out(pdf: Pdf, payload: Payload) -> bytes:
    pdf.resources["ExtGState"] = b"/G<</ca 0.02>>"
    inside = pdf.show(payload.text, payload.split) + b"/G gs 1 g 60 20 500 420 re f"
    pdf.objects[12] = stream(inside, FORM + b"/Group<</S/Transparency/K true>>")
    pdf.resources["XObject"] = b"/Fm 12 0 R"
    return b"/Fm Do\n"


def _named_twice(pdf: Pdf, payload: Payload) -> bytes:
    """A page with two contents, of which one viewer shows the one, another the other."""
    shown = pdf.show("".join("xyz."[at % 4] for at in range(len(payload.text))))
    last = pdf.show("The last sentence of this paper stands below everything that is hidden in it.", "whole", y=40)
    pdf.objects[10] = stream(pdf.content + shown + last)
    pdf.page += b"/Contents 10 0 R"
    return pdf.show(payload.text, payload.split)


def _by_usage(pdf: Pdf, payload: Payload) -> bytes:
    pdf.objects |= {10: b"<</Type/OCG/Name(n)/Usage<</View<</ViewState/OFF>>>>>>"}
    pdf.catalog += b"/OCProperties<</OCGs[10 0 R]/D<<>>>>"
    pdf.resources["Properties"] = b"/P1 10 0 R"
    return b"/OC /P1 BDC %s EMC\n" % pdf.show(payload.text, payload.split)


def _masked(kind: bytes) -> Way:
    """Behind a soft mask (object 10) of a form (11) that lets nothing through."""
    return setting(
        b"/SMask 10 0 R",
        b"",
        b"<</Type/Mask/S/%s/G 11 0 R>>" % kind,
        stream(
            b"0 g 0 0 612 792 re f" if kind == b"Luminosity" else b"", FORM + b"/Group<</S/Transparency/CS/DeviceGray>>"
        ),
    )


_WHITE_LAB = b"[/Lab<</WhitePoint[.95 1 1.09]/Range[-100 100 -100 100]>>]"

FURTHER: dict[str, Way] = {
    "gradient that is not extended": gradient(axial(_RAMP % (b"0", b"0"), coords=b"0 0 40 0")),
    "gradient in a box elsewhere": gradient(axial(_RAMP % (b"0", b"0"), b"/BBox[0 500 40 540]/Extend[true true]")),
    "dark gradient that is white here": gradient(axial(_RAMP % (b"0", b"1"), b"/Extend[true true]", b"0 790 0 700")),
    "radial gradient": gradient(
        b"<</ShadingType 3/ColorSpace/DeviceGray/Coords[300 400 0 300 400 900]%s>>" % (_RAMP % (b"1", b".98"))
    ),
    "mesh": gradient(
        b"10 0 R",
        stream(_MESH, _MESHED + b"/Decode[0 612 0 792 0 1]"),
    ),
    "shading by a function": gradient(
        b"<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Matrix[612 0 0 792 0 0]/Function 10 0 R>>",
        stream(b"{ pop pop 1 }", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1]"),
    ),
    "white tiles": tiled(b"1 g 0 0 4 4 re f"),
    "empty tiles": tiled(b""),
    "tiles without a colour": using(
        "ColorSpace", b"/Q[/Pattern/DeviceGray]", tiled(b"0 0 4 4 re f", 2, b"/Q cs 1 /P scn")
    ),
    "sampled tint of three": inked(stream(b"\0\0\0\x80\x80\x80\xff\xff\xff", _SAMPLED + b"/Size[3]/BitsPerSample 8")),
    "sampled tint of 16 bits": inked(stream(b"\0" * 6 + b"\xff" * 6, _SAMPLED + b"/Size[2]/BitsPerSample 16")),
    "sampled tint of 4 bits": inked(stream(b"\0\x0f\xff", _SAMPLED + b"/Size[2]/BitsPerSample 4")),
    "stitched tint": inked(
        b"<</FunctionType 3/Domain[0 1]/Bounds[.5]/Encode[0 1 0 1]/Functions[<</FunctionType 2/Domain[0 1]/N 1/C0[0]"
        b"/C1[0]>><</FunctionType 2/Domain[0 1]/N 1/C0[0]/C1[1]>>]>>",
        b"/DeviceGray",
    ),
    "tint with comments": inked(stream(_COMMENTED, b"/FunctionType 4/Domain[0 1]/Range[0 1 0 1 0 1]")),
    "no tint of two inks": coloured(
        b"[/DeviceN[/A/B]/DeviceCMYK 10 0 R]",
        b"0 0 scn",
        stream(b"{ 0 0 }", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1 0 1]"),
    ),
    "palette over Lab": coloured(b"[/Indexed%s 1 <000000FF8080>]" % _WHITE_LAB, b"1 sc"),
    "white CalGray": coloured(b"[/CalGray<</WhitePoint[.95 1 1.09]>>]", b"1 sc"),
    "CalRGB by its gamma": coloured(b"[/CalRGB<</WhitePoint[.95 1 1.09]/Gamma[.001 .001 .001]>>]", b".2 .2 .2 sc"),
    "profile over Lab": coloured(b"[/ICCBased 10 0 R]", b"100 0 0 scn", stream(b"", b"/N 3/Alternate" + _WHITE_LAB)),
    "transfer function": setting(b"/TR<</FunctionType 2/Domain[0 1]/N 1/C0[1]/C1[1]>>"),
    "Difference": setting(b"/BM/Difference"),
    "Exclusion": setting(b"/BM/Exclusion"),
    "Lighten": setting(b"/BM/Lighten"),
    "ColorDodge": setting(b"/BM/ColorDodge"),
    "Darken by what is lighter": setting(b"/BM/Darken", _GREY_GROUND + b"0.8 g"),
    "Multiply by white": setting(b"/BM/Multiply", _GREY_GROUND + b"1 g"),
    "SoftLight by grey": setting(b"/BM/SoftLight", _GREY_GROUND),
    "Luminosity of its ground": setting(b"/BM/Luminosity", _GREY_GROUND + b"0.5 g"),
    "Hue on grey": setting(b"/BM/Hue", _GREY_GROUND + b"1 0 0 rg"),
    "blends by name and array": setting(b"/BM[/Lighten/Normal]"),
    "mask of no light": _masked(b"Luminosity"),
    "mask of nothing": _masked(b"Alpha"),
    "whitened group": using("ExtGState", b"/G<</BM/Screen>>", in_form(b"/G gs", b"/Group<</S/Transparency>>")),
    "overprinting white": using(
        "ExtGState", b"/G<</op true/OP true/OPM 1>>", painted(b"0.2 0 0 0 k 60 20 500 420 re f /G gs 0 0 0 0 k")
    ),
    "clipping with a crumb": painted(b"7 Tr", b"0 g 72 398 0.8 0.8 re f"),
    "outline of empty dashes": painted(b"1 Tr 0.2 w [0 1000] 1 d"),
    "mosaic": painted(b"", b"1 g " + _MOSAIC),
    "triangles": painted(b"", b"1 g " + _TRIANGLES),
    "under dashes": painted(
        b"", b"1 G 44 w [8] 0 d 40 402 m 572 402 l S 8 8 d 40 402 m 572 402 l S [8] 8 d 40 402 m 572 402 l S"
    ),
    "under a curve": painted(b"", b"1 g 0 300 m 0 600 612 600 612 300 c 612 200 0 200 0 300 c f"),
    "under an image of 4 bits": under(picture(b"\xf0", 4)),
    "under an image of 16 bits": under(picture(b"\xff\xff", 16)),
    "under a stencil": under(
        picture(b"\0", 1, b"/ImageMask true").replace(b"/ColorSpace/DeviceGray", b""), before=b"1 g "
    ),
    "white on an image of 16 bits": using(
        "XObject", b"/I 10 0 R", painted(b"q " + _OVER + b" Q 1 g"), picture(b"\xff\xff", 16)
    ),
    "under tiles": using(
        "Pattern",
        b"/P 10 0 R",
        painted(b"", b"/Pattern cs /P scn 60 20 500 420 re f"),
        stream(
            b"1 g 0 0 4 4 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>"
        ),
    ),
    "under a mesh": using(
        "Shading", b"/S 10 0 R", painted(b"", b"/S sh"), stream(_MESH, _MESHED + b"/Decode[0 612 0 440 0 1]")
    ),
    "under an annotation": noted(b"/Subtype/Stamp/AP<</N 11 0 R>>", b"1 g 0 0 510 420 re f"),
    "under a filled square": noted(b"/Subtype/Square/C[1 1 1]/IC[1 1 1]/BS<</W 0>>"),
    "under a note that pdfium does not draw": noted(b"/Subtype/FreeText/DA(/F1 9 Tf 0 g)/C[1 1 1]/Contents(.)"),
    "under a link's border": noted(b"/Subtype/Link/Border[0 0 500]/C[1 1 1]"),
    "under a field's background": noted(b"/Subtype/Widget/FT/Tx/T(x)/MK<</BG[1 1 1]>>"),
    "layer by an expression": layered(b"<</Type/OCMD/VE[/Not 10 0 R]>>", b"/ON[10 0 R]"),
    "layer by its usage": _by_usage,
    "glyphs that paint white": drawn(b"500 0 d0 1 g 0 0 400 700 re f"),
    "glyphs that paint elsewhere": drawn(b"500 0 d0 9000 9000 400 700 re f"),
    "glyphs that paint specks": drawn(b"500 0 d0 0 0 9 9 re f"),
    "letters without an outline": embedded(b""),
    "letters with a speck": embedded(b"\x8b\x8b\x15\x8c\x8c\x05\x8c\x8a\x05"),
    "letters piled on one spot": _piled,
    "letters set back over letters": _set_back,
    "under other texts": _under_texts,
    "white by the space in force": painted(b"0 g 1 sc"),
    "on lines that are as dark": painted(b"1 G 0 SC 44 w 40 402 m 572 402 l S"),
    "on a ground made dark by layers": setting(b"/ca 1", b"q /Thin gs" + 60 * b" 60 380 500 40 re f" + b" Q"),
    "on a ground multiplied": setting(b"/BM/Normal", b"q /Dark gs .7 g" + 30 * b" 60 380 500 40 re f" + b" Q 0 g"),
    "under a mark behind a thousand": using(
        "XObject",
        b"/M 10 0 R/N 11 0 R",
        painted(b"", b"1 g " + 1100 * b"/N Do " + b"1 0 0 1 60 380 cm /M Do"),
        stream(b"0 0 500 40 re f", FORM),
        stream(b"9 9 m 11 9 l 10 11 l b", FORM),
    ),
    "default grey by its gamma": using(
        "ColorSpace", b"/DefaultGray[/CalGray<</WhitePoint[.95 1 1.09]/Gamma .001>>]", painted(b"0.5 g")
    ),
    "in contents that are named twice": _named_twice,
    "knocked out": _in_knock_out,
}
"""For one payload each."""

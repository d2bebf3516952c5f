"""Reading PDFs: a real paper of the sample, PDFs made here byte by byte, and the shared corpora."""

from __future__ import annotations

import re
import unicodedata
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from localdigest import pdf
from localdigest.pdf import child
from localdigest.pdf import text as pdftext
from localdigest.pdf.joining import vocabulary
from localdigest.pdf.lines import Line
from localdigest.pdf.paragraphs import Paragraph
from localdigest.records.reading import Document

SAMPLE = Path(pdf.__file__).parents[1] / "sample" / "pdfs"

# ---------------------------------------------------------------- making PDFs


def make_pdf(*contents: bytes, extra: bytes = b"", resources: bytes = b"") -> bytes:
    """A PDF with a page for each content stream; /F1 is Times, /F2 Times-Bold, object 5 is `extra`."""
    objects = {
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Bold>>",
    }
    kids = []
    for number, content in enumerate(contents):
        page, stream = 20 + 2 * number, 21 + 2 * number
        kids.append(b"%d 0 R" % page)
        objects[page] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 800 792]/Contents %d 0 R" % stream
            + b"/Resources<</Font<</F1 3 0 R/F2 4 0 R%s>>%s>>>>" % (b"/F3 5 0 R" if extra else b"", resources)
        )
        packed = zlib.compress(content)
        objects[stream] = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    objects[1] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[2] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    if extra:
        objects[5] = extra
    out = b"%PDF-1.7\n"
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, place)
    return out + table + b"trailer<</Root 1 0 R/Size 99>>\nstartxref\n%d\n%%%%EOF" % len(out)


def show(*rows: str, x: float = 72, y: float = 700, font: str = "F1", size: float = 10) -> bytes:
    """Rows of text, one below the other. A row `# Title` is a bold heading, an empty one a gap."""
    out = b""
    for row in rows:
        face, points = ("F2", 13.0) if row.startswith("# ") else (font, size)
        y -= 22 if row.startswith("# ") else 12
        text = row.removeprefix("# ").replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        out += f"BT /{face} {points} Tf {x} {y} Td ({text}) Tj ET\n".encode("cp1252") if row else b""
    return out


PROSE = (
    "The encoder reads the whole signal and turns it into a short row of tokens that carry its meaning.",
    "Every token is then given to the decoder, which has been trained on many hours of clean speech data.",
    "We found that this order of things costs little and that the result is better than all of the others.",
)


def read(folder: Path, data: bytes) -> Document:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    return pdf.read(path)


def texts(document: Document, kind: str = "text") -> list[str]:
    return [sentence.text for sentence in document.sentences if sentence.kind == kind]


def headings(document: Document) -> list[str]:
    return [heading.text for heading in document.headings]


def not_verbatim(path: Path, document: Document) -> list[str]:
    """Certain sentences that are not on their page or over it and the next, by a reading of its own."""

    def squeeze(text: str) -> str:
        """Without digits, too: reference marks leave the text."""
        return re.sub(r"[\s\-−\u00ad\d^()]+", "", unicodedata.normalize("NFKC", text)).lower()

    reader = pypdf.PdfReader(path)
    pages = [squeeze(page.extract_text()) for page in reader.pages]
    return [
        sentence.text
        for sentence in document.sentences
        if sentence.certain and squeeze(sentence.text) not in "".join(pages[sentence.page - 1 : sentence.page + 1])
    ]


# ---------------------------------------------------------------- real papers


def test_pages_over_the_limit_are_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    path = SAMPLE / "2009.06122v1.pdf"
    monkeypatch.setattr(child, "MAX_PAGES", 2)
    document = child.answer_for(path).document
    assert document
    assert (document.pages, document.pages_with_text) == (5, 2)
    assert 0.3 < document.read_share < 0.4


def test_the_sample_paper_is_read_verbatim() -> None:
    path = SAMPLE / "2009.06122v1.pdf"
    document = pdf.read(path)
    found = {sentence.text: sentence for sentence in document.sentences}
    assert (document.pages, document.pages_with_text, document.hidden_text) == (5, 5, 0)
    assert document.sha256 == "bde051b1b61c05e4c9aac02b9c018192fba6f4ad097062924ee3cb33eef5f859"
    assert document.read_share > 0.8
    assert len(document.sentences) > 165
    assert headings(document)[:5] == [
        "Abstract",
        "INTRODUCTION",
        "CHALLENGE TRACKS",
        "TRAINING DATASETS",
        "Clean Speech",
    ]
    opening = (
        "The Deep Noise Suppression (DNS) challenge is designed to foster innovation in the area of noise "
        "suppression to achieve superior perceptual speech quality."
    )
    assert (found[opening].page, found[opening].section) == (1, "Abstract")
    open_sourced = "We open-sourced training and test datasets for researchers to train their noise suppression models."
    assert open_sourced in found
    assert next(s.section for t, s in found.items() if t.startswith("It consists of 7,442 audio")) == "Clean Speech"
    assert not [text for text in found if "Microsoft Corporation" in text or re.match(r"\[\d+\] [A-Z]\.", text)]
    assert not [text for text in found if "\ufb01" in text or re.search(r"\w{25}", text)]
    assert not_verbatim(path, document) == []


def test_papers_of_many_makes_are_read_verbatim(shared: Path) -> None:
    """Two columns, small capitals, run-in headings, fonts without spaces, line numbers: all verbatim."""
    folder = shared / "data" / "pdfs" / "good"
    papers = {
        shared / "data/pdf-day/pdfs/2512.23808v1.pdf": (300, 20, 0.7),
        shared / "data/pdf-day/pdfs/2204.05222v1.pdf": (75, 9, 0.75),
        folder / "tableformer-acl2022.pdf": (170, 15, 0.65),
        folder / "naacl2006-two-column.pdf": (190, 12, 0.65),
        folder / "arxiv-0908.0054-revtex-math.pdf": (100, 5, 0.65),
        folder / "iclr2026-template-line-numbers.pdf": (70, 15, 0.5),
    }
    with ThreadPoolExecutor(2) as pool:
        for (path, floor), document in zip(papers.items(), pool.map(pdf.read, papers), strict=True):
            assert len(document.sentences) >= floor[0], path.name
            assert len(document.headings) >= floor[1], path.name
            assert document.read_share >= floor[2], path.name
            assert not_verbatim(path, document) == [], path.name
            assert not [text for text in texts(document) if re.search(r"[a-z]{23}|\b\d{3} \d{3} \d{3}\b", text)]
            if path.name.startswith("2512"):
                assert "In contrast, humans are able to generalize to new audio tasks" in " ".join(texts(document))


# ---------------------------------------------------------------- made papers


def test_a_two_column_paper_is_read_in_order_without_heads_and_numbers(tmp_path: Path) -> None:
    said = "As Ada et al. [4] say in Fig. 3, this open-sourced model gains 1.5 dB, i.e. more than we hoped for."
    head = show("A Paper on Tokens and on Speech", y=780)
    numbers = show(*(f"{number:03d}" for number in range(54)), x=30, y=720)
    first = show(
        "A Paper on Tokens and on Speech", "Ada Lovelace and Alan Turing", "ada@example.org",
        "# Abstract", *PROSE, "# 1 Introduction",
        "For every part of the study that we report on here we use VGG-",
        "19 and the small images of the data set called CIFAR-",
        "100, which others had put together long ago and then open-",
        "sourced; as we shall see below, the amount of informa-",
        "tion that they hold is more than enough for us [3].",
        said, "1. Norm the signal and cut it into frames.", "",
        "Table 1: Results of the models on the set of test data.",
        "Ours 1.28 2.42 0.60 2.56", "Theirs 1.55 3.10 0.91 3.00",
    )  # fmt: skip
    left = show(*PROSE[:2], "# 2 Method", "The left column ends here with a whole sentence of its own.")
    right = show("The right column goes on with the next sentence of the same part.", *PROSE, x=320)
    last = show(
        "# References", "[1] A. Turing. Computing machinery. Mind, 1950.", "[2] B. Lovelace. Notes. 1843.",
        "[3] C. Babbage. On engines. arXiv, 1864.", "# A Appendix", *PROSE,
    )  # fmt: skip
    document = read(tmp_path, make_pdf(numbers + head + first, head + left + right, head + last))
    found = texts(document)
    assert headings(document) == ["Abstract", "Introduction", "Method"]
    assert (
        "For every part of the study that we report on here we use VGG-19 and the small images of the data "
        "set called CIFAR-100, which others had put together long ago and then open-sourced; as we shall see "
        "below, the amount of information that they hold is more than enough for us [3]."
    ) in found
    assert said in found
    assert texts(document, "list") == ["Norm the signal and cut it into frames."]
    assert texts(document, "caption") == ["Table 1: Results of the models on the set of test data."]
    ends = next(index for index, text in enumerate(found) if "left column" in text)
    goes_on = next(index for index, text in enumerate(found) if "right column" in text)
    assert ends < goes_on
    joined = " ".join(found)
    assert not re.search(r"Lovelace|Turing|1\.28|A Paper on|\b0[0-5]\d\b|Babbage", joined)
    assert joined.count(PROSE[0]) == 3  # abstract and both columns of page 2, not the appendix


def test_lost_word_spaces_are_found_again(tmp_path: Path) -> None:
    """In T1-encoded fonts code 32 is a wide visible space: pypdf alone sees no gaps in tightly set lines."""
    font = (
        b"<</Type/Font/Subtype/Type1/BaseFont/T1Font/FirstChar 32/LastChar 122/Widths[460 %s]"
        b"/Encoding<</Type/Encoding/Differences[32/visiblespace]>>>>" % b" ".join([b"500"] * 90)
    )
    rows = [
        "In contrast people are able to learn new tasks",
        "from few examples of each and they do so with ease.",
    ]
    content = b""
    for number, row in enumerate(rows):
        array = "-204".join(f"({word})" for word in row.split())
        content += f"BT /F3 10 Tf 72 {700 - 12 * number} Td [{array}] TJ ET\n".encode()
    data = make_pdf(content, extra=font)
    document = read(tmp_path, data)
    assert "Incontrastpeople" in pypdf.PdfReader(tmp_path / "paper.pdf").pages[0].extract_text()
    assert texts(document) == [" ".join(rows)]


def test_words_placed_one_by_one_make_lines(tmp_path: Path) -> None:
    """As a Google Docs export has them: each in a text object and a turned-over space of its own."""
    content = b""
    for row, text in enumerate(PROSE):
        x = 72.0
        for word in text.split():
            place = b"q 1 0 0 -1 %g %d cm BT /F1 10 Tf 1 0 0 -1 0 0 Tm " % (x, 700 - 12 * row)
            content += place + b"(%s) Tj ET Q\n" % word.encode()
            x += 4.6 * len(word) + 8
    assert texts(read(tmp_path, make_pdf(content))) == list(PROSE)


def test_a_sentence_goes_on_around_a_footnote_and_over_the_page(tmp_path: Path) -> None:
    head = show("Lovelace and others: on engines", y=780)
    first = show(*PROSE, "This last sentence of the page was begun here and it does not") + show("7", y=30)
    second = show("end before the next one, where it has all its words.", *PROSE) + show("8", y=30)
    note = show("1 This is a note under the text, set in smaller letters, for who reads it.", y=60, size=7)
    document = read(tmp_path, make_pdf(head + first + note, head + second, head + show(*PROSE, y=600)))
    (whole,) = [one for one in document.sentences if one.text.startswith("This last")]
    assert whole.text.endswith("and it does not end before the next one, where it has all its words.")
    assert (whole.page, whole.certain) == (1, False)
    assert all(one.certain for one in document.sentences if one is not whole)
    assert not [text for text in texts(document) if "note" in text or "Lovelace" in text]


def test_pages_of_other_fields_that_were_misread_are_read(shared: Path) -> None:
    """Real pages that were misread: what must be there, what must not, headings, title, hidden texts."""

    def case(number: int) -> Document:
        (path,) = (shared / "cases").glob(f"{number}-*/input.pdf")
        return pdf.read(path)

    def has(document: Document, *wanted: str) -> None:
        assert [one for one in wanted if one not in " ".join(texts(document))] == []

    has(case(14), "there are 10^6.6 NEOs", "1.5×10¹¹ meters", "deg² Dark Energy Camera")
    lined = case(16)
    assert (lined.title, headings(lined)) == ("", ["Abstract", "INTRODUCTION"])
    assert not [text for text in texts(lined) if re.search(r"[a-z][0-9]{2,3}\b", text)]
    has(lined, "orbital eccentricity", "∼ 58 km s⁻¹")
    letter = case(17)
    assert headings(letter)[:-1] == ["Abstract"]
    has(letter, "mH = 125.09 ± 0.21 (stat.) ± 0.11 (syst.) GeV.")
    assert not [text for text in texts(letter) if "Phys. Lett." in text]
    assert headings(case(19))[1:-1] == [
        "INTRODUCTION", "FLAVOR STRUCTURE OF LIGHT AND HEAVY LIGHT DIQUARKS", "RESULTS", "SUMMARY",
    ]  # fmt: skip
    thesis = case(21)
    assert thesis.title == "Dupla difração no LHC/CMS"
    assert not [section for section in headings(thesis) if "53" in section]
    amsart = case(22)
    assert headings(amsart)[:4] == ["Abstract", "Contents", "Introduction", "Flag varieties"]
    has(amsart, "A complex linear map is unipotent if its only eigenvalue is 1.", "variety (X, G)", "Vi ⊆ V")
    assert not [text for text in texts(amsart) if "Key words" in text or "supported in part" in text]
    assert case(23).hidden_text == 0
    abstract = case(33)
    assert abstract.title.startswith("MAGNETO-PHOTOLUMINESCENCE AS A PROBE OF PHASES")
    assert abstract.sentences[0].text.startswith("A variety of quantum phases")
    has(abstract, "3.7x10¹¹ cm⁻² and mobility 2x10⁵ cm²/Vs")


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (
            "It works (see Sec. 3 and Eq. 4). We like it a lot.",
            "It works (see Sec. 3 and Eq. 4).|We like it a lot.",
        ),
        ("This is the work of J. R. Smith and of others.", "This is the work of J. R. Smith and of others."),
        (
            "It is the set in article A. Similarly we take all B.",
            "It is the set in article A.|Similarly we take all B.",
        ),
        (
            "We follow Sun et al. [1] in this. They all use v1.5 too.",
            "We follow Sun et al. [1] in this.|They all use v1.5 too.",
        ),
        (
            "The model drops by 3.7% vs. the one of last year.",
            "The model drops by 3.7% vs. the one of last year.",
        ),
        ("the rest of a formula and no beginning.", ""),
        ("L = x + y 3 4 5 (2).", ""),
        ("\u2022 the same row has the same bias,", "the same row has the same bias"),
        (
            "Our TABLE-|FORMER is like any TABLEFORMER there.",
            "Our TABLEFORMER is like any TABLEFORMER there.",
        ),
        ("Of all the pre-|training the real-|time pretraining is", ""),
        ("The pre-|training is like pretraining.", "The pretraining is like pretraining."),
        ("The real-|time one takes more time for that.", "The real-time one takes more time for that."),
        (
            "The self-|attention of GPT-|4 and its embed-|dings.",
            "The self-attention of GPT-4 and its embeddings.",
        ),
    ],
)
def test_sentences_are_joined_over_line_ends(printed: str, expected: str) -> None:
    rows = printed.split("|")
    lines = [Line(row, 1, 72, 700 - 12 * i, 10, 10, "Times", False, 0, False) for i, row in enumerate(rows)]
    paragraph = Paragraph("", "text", lines)
    words = vocabulary(["\n".join(rows)])
    assert [text for text, *_ in pdftext.sentences(paragraph, words)] == expected.split("|" if expected else None)


# ---------------------------------------------------------------- refusals


def encrypted() -> bytes:
    writer, out = pypdf.PdfWriter(BytesIO(make_pdf(show(*PROSE)))), BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


SCAN = b"/XObject<</I 5 0 R>>"
IMAGE = b"<</Subtype/Image/Width 1/Height 1/BitsPerComponent 8/Length 1>>stream\n\0\nendstream"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<html><title>429</title></html>", "not-a-pdf"),
        (b"%PDF-1.7\nrubbish", "broken"),
        (make_pdf(b""), "empty"),
        (make_pdf(show("0.99 0.03 0.01", "1.25 4.31")), "empty"),
        (make_pdf(b"/I Do", resources=SCAN, extra=IMAGE), "scanned"),
        (encrypted(), "encrypted"),
    ],
    ids=["nothing", "html", "rubbish", "blank", "figures", "scan", "password"],
)
def test_an_unreadable_pdf_is_refused_with_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(pdf.PdfUnreadable, match=r"^paper\.pdf: ") as caught:
        read(tmp_path, data)
    assert caught.value.reason == reason


def test_memory_time_and_size_are_limited(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.pdf"
    bomb.write_bytes(make_pdf(b"(a) Tj " * 1_900_000))
    with pytest.raises(pdf.PdfUnreadable) as caught:
        pdf.read(bomb, memory=150 << 20)
    assert caught.value.reason == "memory"
    with pytest.raises(pdf.PdfUnreadable) as caught:
        pdf.read(bomb, timeout=0.01)
    assert caught.value.reason == "timeout"
    with bomb.open("r+b") as file:
        file.truncate(pdf.MAX_FILE + 1)
    with pytest.raises(pdf.PdfUnreadable) as caught:
        pdf.read(bomb)
    assert caught.value.reason == "too-large"


def test_each_bad_file_ends_in_a_document_or_a_reason(shared: Path) -> None:
    """Forty damaged, encrypted, empty and hostile files: a Document or a reason for each, nothing else."""

    def outcome(path: Path) -> str:
        try:
            return "read" if pdf.read(path, timeout=60).sentences else "no sentences"
        except pdf.PdfUnreadable as error:
            return error.reason

    paths = sorted((shared / "data" / "pdfs" / "bad").glob("*.pdf"))
    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip((path.name for path in paths), pool.map(outcome, paths), strict=True))
    assert len(outcomes) >= 40
    assert outcomes["pypdf_missing_info.pdf"] == "read"
    assert outcomes["pypdf_r3-user-password.pdf"] == outcomes["pdfminer_aes-128.pdf"] == "encrypted"
    assert outcomes["pdfjs_scan-bad.pdf"] == "scanned"
    assert {outcomes[f"qpdf_{name}.pdf"] for name in ("pages-loop", "issue-117", "bad2")} == {"broken"}
    assert set(outcomes.values()) <= {"read", "encrypted", "scanned", "broken", "empty", "not-a-pdf"}

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from localdigest.arxiv.entry import identifier
from localdigest.arxiv.listings import merge, parse
from localdigest.messages.errors import InputRefused
from localdigest.records import Listing, Paper
from localdigest.text.tex import seen
from tests.kit.listings import oai, one

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DC = "{http://purl.org/dc/elements/1.1/}"

# Papers in each file, from the files' own index and SOURCES.md, or the words of its refusal.
SHARED: dict[str, int | str] = {
    "feeds/api/aioarxiv_sample.xml": 1,
    "feeds/api/arxiv_docs_error_old_dialect.xml": "not well-formed XML (9:0: no element found)",
    "feeds/api/arxivpy_id_0000.0000_s0_m100_8b51d9633a68.xml": 0,
    "feeds/api/arxivpy_id_0808.05394_s0_m100_7b0c7d0a7cdd.xml": 0,
    "feeds/api/arxivpy_id_1605.08386_s0_m100_199195aa31ad.xml": 1,
    "feeds/api/arxivpy_id_1707.08567_s0_m100_6a1afebfc6a3.xml": 1,
    "feeds/api/arxivpy_id_2104.12255v1_s0_m100_6ae69987ffe1.xml": 1,
    "feeds/api/arxivpy_id_abc_s0_m100_b79c8dcf6bc3.xml": "arXiv answered with an error: incorrect id format",
    "feeds/api/arxivpy_id_astro-ph_0601001_s0_m100_3150dca9dc76.xml": 1,
    "feeds/api/arxivpy_q_testing_s0_m100_cfe7536492ca.xml": 100,
    "feeds/api/arxivpy_q_testing_s0_m10_bc5a6c384fe9.xml": 10,
    "feeds/api/arxivpy_q_testing_s0_m15_80c242b59d59.xml": 15,
    "feeds/api/arxivpy_q_testing_s10_m10_34e56e15aaac.xml": 10,
    "feeds/api/arxivpy_q_testing_s20_m10_348a237fecab.xml": 10,
    "feeds/api/arxivpy_q_testing_s40_m10_96dd32eb854c.xml": 10,
    "feeds/api/arxivpy_q_testing_s50_m10_7f488ab8598c.xml": 10,
    "feeds/api/arxivpy_q_testing_s5_m10_c0e94a259d4a.xml": 10,
    "feeds/api/arxivpy_q_testing_s5_m15_bbcf6b23085b.xml": 15,
    "feeds/api/arxivpy_q_testing_s9_m15_0b78d4b4d476.xml": 15,
    "feeds/api/xiv_arxiv_empty.xml": 0,
    "feeds/api/xiv_arxiv_response.xml": 2,
    "feeds/index.json": "not a listing",
    "feeds/metadata/dw-dengwei_2025-12-17.jsonl": 228,
    "feeds/oai/hepcrawl_arxiv-physics-hep-ex.xml": 3,
    "feeds/oai/hepcrawl_arxiv-physics-hep-th.xml": 3,
    "feeds/oai/hepcrawl_arxiv-single.xml": 1,
    "feeds/oai/hepcrawl_sample_arxiv_record.xml": 12,
    **{f"feeds/oai/hepcrawl_sample_arxiv_record{number}.xml": 1 for number in range(9)},
    "feeds/rss/SYNTHETIC_youk_radar_new_replace_cross.rss.xml": 3,
    "feeds/rss/arxiv_docs_atom_specifications.md": "not a listing",
    "feeds/rss/arxiv_docs_rss_specifications.md": "not a listing",
    "feeds/rss/tidedra_cs.AI_2025-08-20.atom.xml": 7,
    **{
        f"feeds/abs/withdrawn_{name}.abs": "not a listing"
        for name in ("0704.0156", "0704.0480", "0906.3336", "2101.10016")
    },
    "seed-day/atom.xml": 13,
    "pdf-day/atom.xml": 6,
}


def flat(text: str | None) -> str:
    return " ".join((text or "").split())


# ---------------------------------------------------------------- the shared files


def test_every_shared_file_has_an_expectation(shared: Path) -> None:
    data = shared / "data"
    files = [*(data / "feeds").rglob("*.*"), data / "seed-day" / "atom.xml", data / "pdf-day" / "atom.xml"]
    assert {path.relative_to(data).as_posix() for path in files} == set(SHARED)


@pytest.mark.parametrize("name", SHARED)
def test_shared_files_read_whole_or_are_refused(shared: Path, name: str) -> None:
    expected = SHARED[name]
    data = (shared / "data" / name).read_bytes()
    if isinstance(expected, str):
        with pytest.raises(InputRefused, match=re.escape(f"{name}: {expected}")):
            parse(data, name)
        return
    listing = parse(data, name)
    assert (len(listing.papers), listing.skipped) == (expected, ())
    for paper in listing.papers:
        assert identifier(paper.id) == (paper.id, 0)
        assert all((paper.title, paper.abstract, paper.authors))
        assert {paper.published.tzinfo, paper.updated.tzinfo} == {UTC}
        assert paper.primary_category in (paper.categories or ("",))


@pytest.mark.parametrize("name", [name for name in SHARED if SHARED[name] and name.endswith("atom.xml")])
def test_rss_atom_and_api_fields_are_the_files_own(shared: Path, name: str) -> None:
    """Against ElementTree, which changes nothing."""
    data = (shared / "data" / name).read_bytes()
    entries = ElementTree.fromstring(data).findall(f"{ATOM}entry")  # noqa: S314 - our own test material
    for entry, paper in zip(entries, parse(data, name).papers, strict=True):
        summary = flat(entry.findtext(f"{ATOM}summary"))
        assert paper.title == flat(entry.findtext(f"{ATOM}title"))
        assert paper.abstract == summary.split(" Abstract: ", 1)[-1]
        authors = [author.findtext(f"{ATOM}name") for author in entry.findall(f"{ATOM}author")]
        assert ", ".join(paper.authors) == seen(flat(entry.findtext(f"{DC}creator") or ", ".join(map(str, authors))))
        assert list(paper.categories) == [tag.get("term") for tag in entry.findall(f"{ATOM}category")]
        assert paper.announce_type == (entry.findtext(f"{ARXIV}announce_type") or "")
        assert paper.comment == flat(entry.findtext(f"{ARXIV}comment"))
        published = datetime.fromisoformat(entry.findtext(f"{ATOM}published") or "")
        assert paper.published == published


@pytest.mark.parametrize("name", [name for name in SHARED if "api/arxivpy_q" in name])
def test_recorded_answers_keep_their_latex(shared: Path, name: str) -> None:
    """The recordings hold UTF-8 read as Latin-1. feedparser mends what is wholly so; nothing else is changed."""
    data = (shared / "data" / name).read_bytes()

    def readings(text: str | None) -> set[str]:
        raw, found = text or "", {flat(text)}
        try:
            found.add(flat(raw.encode("latin-1").decode()))
        except UnicodeError:
            # C1 controls become Windows-1252 characters.
            found.add(flat(re.sub("[\x80-\x9f]", lambda m: m[0].encode("latin-1").decode("cp1252", "ignore"), raw)))
        return found

    entries = ElementTree.fromstring(data).findall(f"{ATOM}entry")  # noqa: S314 - our own test material
    for entry, paper in zip(entries, parse(data, name).papers, strict=True):
        for own, tag in ((paper.title, "title"), (paper.abstract, "summary")):
            text = entry.findtext(ATOM + tag)
            assert own in readings(text)
            assert re.sub("[^ -~]", "", own) == re.sub("[^ -~]", "", flat(text))


def test_metadata_lines_are_the_announcement_of_the_day_in_the_name(shared: Path) -> None:
    path = shared / "data" / "feeds" / "metadata" / "dw-dengwei_2025-12-17.jsonl"
    listing = parse(path.read_bytes(), str(path))
    assert len(merge([listing])) == 177
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line, paper in zip(lines, listing.papers, strict=True):
        assert (paper.id, paper.version, paper.abstract) == (line["id"], 0, flat(line["summary"]))
        assert paper.published == datetime(2025, 12, 17, tzinfo=UTC)
    with pytest.raises(InputRefused, match="no date"):
        parse(path.read_bytes(), "metadata.jsonl")


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("$a&lt;b$ and $b&gt;c$ &amp; more", "$a<b$ and $b>c$ & more"),
        ("&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;", "<b>bold</b> <script>x</script>"),
        (r"P\"uschel, \'{E}, $\mathcal{O}(n)$", r"P\"uschel, \'{E}, $\mathcal{O}(n)$"),
        ("&amp;lt; &amp;amp; &amp;#233; &amp;nbsp;", "&lt; &amp; &#233; &nbsp;"),
        ("<![CDATA[$a<b$ & c]]>", "$a<b$ & c"),
        (
            '&lt;a href="x"&gt;l&lt;/a&gt; http://x.org/?a=1&amp;b=2',
            '<a href="x">l</a> http://x.org/?a=1&b=2',
        ),
        ("  two\n   lines\tand  gaps ", "two lines and gaps"),
        ("café 中文 ω", "café 中文 ω"),
    ],
)
def test_markup_and_latex_come_through(xml: str, text: str) -> None:
    (paper,) = parse(one(xml, xml, extra=f"<arxiv:comment>{xml}</arxiv:comment>"), "x").papers
    assert (paper.title, paper.abstract, paper.comment) == (text, text, text)
    item = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item>'
        f"<guid>oai:arXiv.org:2512.14687v2</guid><title>{xml}</title>"
        f"<description>arXiv:2512.14687v2 Announce Type: replace \nAbstract: {xml}</description>"
        "<pubDate>Fri, 25 Sep 2026 00:00:00 -0400</pubDate><dc:creator>A</dc:creator></item></channel></rss>"
    )
    (paper,) = parse(item.encode(), "x").papers
    assert (paper.title, paper.abstract, paper.announce_type) == (text, text, "replace")


def test_times_without_seconds_are_read_and_missing_ones_fall_back() -> None:
    (paper,) = parse(
        one(extra='<x:primary_category xmlns:x="http://arxiv.org/schemas/atom" term="eess.AS"/>'), "x"
    ).papers
    assert paper.published == paper.updated == datetime(2025, 12, 16, 17, 44, tzinfo=UTC)
    assert (paper.primary_category, paper.categories) == ("eess.AS", ("cs.SD", "eess.AS"))
    assert parse(one(), "x").papers[0].primary_category == "cs.SD"


def test_an_rss_items_fields_are_read(shared: Path) -> None:
    name = "feeds/rss/SYNTHETIC_youk_radar_new_replace_cross.rss.xml"
    listing = parse((shared / "data" / name).read_bytes(), name)
    assert listing.kind == "rss"
    assert [(p.versioned_id, p.announce_type) for p in listing.papers] == [
        ("2609.30001v1", "new"),
        ("2401.00001v3", "replace"),
        ("2609.30002v1", "cross"),
    ]
    first = listing.papers[0]
    assert first.authors == ("A. Author", "B. Author")
    assert first.abstract == "We train a world model on perturbation data."
    assert first.published == datetime(2026, 9, 25, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "A. B (1), C. D (2 and (3)) and E F, Jr., and G H ((1) Univ, X)",
            ("A. B", "C. D", "E F Jr.", "G H"),
        ),
        ("Sandy Anderson, Andrés", ("Sandy Anderson", "Andrés")),
        ("A (B, C, D", ("A (B", "C", "D")),
    ],
)
def test_a_string_of_authors_is_split(text: str, names: tuple[str, ...]) -> None:
    raw = (
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>0704.0156</id>'
        '<version version="v1"><date>Mon, 2 Apr 2007 12:02:40 GMT</date></version>'
        '<version version="v10"><date>Wed, 5 Mar 2008 04:28:27 GMT</date></version>'
        '<version version="v2"><date>Tue, 4 Mar 2008 04:28:27 GMT</date></version>'
        f"<title>Two\n  lines</title><authors>{text}</authors><categories>astro-ph gr-qc</categories>"
        "<abstract>  $a&lt;b$\n</abstract></arXivRaw>"
    )
    (paper,) = parse(oai(raw), "x").papers
    assert paper == Paper(
        "0704.0156",
        10,
        "Two lines",
        names,
        "$a<b$",
        ("astro-ph", "gr-qc"),
        "astro-ph",
        datetime(2007, 4, 2, 12, 2, 40, tzinfo=UTC),
        datetime(2008, 3, 5, 4, 28, 27, tzinfo=UTC),
    )


# ---------------------------------------------------------------- OAI-PMH's own ways


def test_an_oai_record_is_read(shared: Path) -> None:
    listing = parse((shared / "data/feeds/oai/hepcrawl_sample_arxiv_record4.xml").read_bytes(), "x")
    (paper,) = listing.papers
    assert (listing.kind, paper.version, paper.primary_category) == ("oai", 0, "astro-ph.IM")
    assert paper.published == datetime(2016, 3, 18, tzinfo=UTC)
    # The file's third author is ":".
    assert paper.authors[1:4] == ("BICEP2 Collaborations", "P. Ade", "Z. Ahmed")
    assert "R. W. IV" in paper.authors
    assert r"$r<1\times10^{-4}$" in paper.abstract


RAW = (
    "<arXiv><id>1401.2122</id><created>2014-01-09</created><title>T</title>"
    "<categories>math.AP</categories><abstract>A</abstract></arXiv>"
)


def test_an_oai_answer_tells_its_next_page_and_deleted_records_are_left_out() -> None:
    more = '<resumptionToken cursor="0" completeListSize="51">6245|1001</resumptionToken>'
    listing = parse(oai(RAW, after=more), "x")
    assert (len(listing.papers), listing.total, listing.resumption_token) == (1, 51, "6245|1001")
    deleted = parse(oai("", '<header status="deleted"/>'), "x")
    assert (deleted.papers, deleted.skipped) == ((), ())


def test_an_oai_error_is_refused_with_its_words() -> None:
    def error(code: str) -> bytes:
        return f'<OAI-PMH><error code="{code}">said\n so</error></OAI-PMH>'.encode()

    assert parse(error("noRecordsMatch"), "x") == Listing((), "oai", 0)
    with pytest.raises(InputRefused, match="x: OAI-PMH error badResumptionToken: said so"):
        parse(error("badResumptionToken"), "x")


# ---------------------------------------------------------------- refused

DTD = '<!DOCTYPE feed [<!ENTITY a "b">]>'
LINE = b'{"id":"2512.14687","title":"T","authors":[],"categories":[],"summary":"S"}\n'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (one()[:-20], "not well-formed"),
        (one() + b"<", "not well-formed"),
        (one("a & b"), "not well-formed"),
        (one("&eacute;"), "not well-formed"),
        (oai(RAW)[:-10], "not well-formed"),
        (DTD.encode() + one(), "DTD"),
        (DTD.lower().encode() + one(), "DTD"),
        ((DTD + one().decode()).encode("utf-16"), "DTD"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{DTD}<OAI-PMH/>'.encode("utf-16"), "DTD"),
        (b"\xef\xbb\xbf<!-- c -->" + DTD.encode() + oai(RAW), "DTD"),
        (b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE f+AD4-<feed/>', "encoding utf-7"),
        (one().decode().encode("utf-16-le"), "not a listing"),
        (one("caf\xe9").decode().encode("latin-1"), "not utf-8"),
        (b"\0\0\0", "not a listing"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "HTML"),
        (b"<?xml version='1.0'?>\n<!-- x --><HTML>x</HTML>", "HTML"),
        (b"<!-- c -->" * 5000 + b"!", "not a listing"),
        (
            one().replace(b"http://arxiv.org/abs/2512.14687v1", b"http://blog.example.org/1"),
            "not an arXiv identifier",
        ),
        (b'<rss version="2.0"><channel><title>A blog</title></channel></rss>', "not arXiv's"),
        (oai('<dc xmlns="http://purl.org/dc/"/>'), "metadata format is dc"),
        (b"<OAI-PMH><Identify/></OAI-PMH>", "without records"),
        (LINE + LINE[:30], "cut short"),
        (b'{"x":' * 200_000, "cut short"),
        (b'{"papers": []}', "no arXiv paper"),
    ],
)
def test_a_damaged_listing_is_refused_with_its_name_and_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InputRefused, match=reason) as caught:
        parse(data, "in/2025-12-17.x")
    assert str(caught.value).startswith("in/2025-12-17.x: ")
    assert "\n" not in str(caught.value)


def test_good_xml_is_read_in_other_encodings() -> None:
    plain = parse(one("café ω"), "x").papers
    text = one("café ω").decode()
    assert parse(text.encode("utf-16"), "x").papers == plain
    assert parse(b"\xef\xbb\xbf" + text.encode(), "x").papers == plain
    latin = f'<?xml version="1.0" encoding="ISO-8859-1"?>{one("café").decode()}'.encode("latin-1")
    assert parse(latin, "x").papers[0].title == "café"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ((b"<title>T</title>", b""), "2512.14687 has no title"),
        ((b"<summary>S</summary>", b"<summary> </summary>"), "2512.14687 has no abstract"),
        ((b"<published>2025-12-16T17:44Z</published>", b""), "2512.14687 has no date"),
        ((b"2025-12-16T17:44Z", b"2025-13-45T00:00:00Z"), "no usable time"),
        ((b"2512.14687v1", b"../../etc/passwd"), "not an arXiv identifier"),
    ],
)
def test_one_unusable_entry_costs_only_itself_and_is_named(damage: tuple[bytes, bytes], reason: str) -> None:
    bad = re.search(b"<entry>.*</entry>", one())
    assert bad
    data = one(name="2512.00001v1").replace(b"</feed>", bad[0].replace(*damage) + b"</feed>")
    listing = parse(data, "x.xml")
    assert [paper.id for paper in listing.papers] == ["2512.00001"]
    assert len(listing.skipped) == 1
    assert listing.skipped[0].startswith("x.xml: entry 2 left out: ")
    assert reason in listing.skipped[0]

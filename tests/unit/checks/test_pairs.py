"""What the checks make of translations known to be right or wrong, and how a quantity is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.checks import mending
from localdigest.checks.registry import Case, findings
from localdigest.evaluate import pairs
from localdigest.language.profile import SOURCE, find
from localdigest.text import quantities, units, vocabulary
from tests.kit.places import ROOT

CHINESE = find("zh-CN")


def test_pairs_of_eleven_fields_are_told_apart() -> None:
    """A pair that leaves one of these lists is an improvement; one that joins them is none."""
    found = pairs.judge(pairs.read(ROOT / "tests/data/pairs.zh-CN.tsv"), "zh-CN")
    assert (found.right, found.wrong) == (293, 302)
    assert set(found.false_alarms) <= {"R253", "R504"}
    assert set(found.missed) <= {"W344", "W358", "W407", "W431", "W631", "W642"}


def test_pairs_by_other_hands_raise_no_false_alarm_and_miss_nothing(shared: Path) -> None:
    found = pairs.judge(pairs.read(shared / "data/pairs/fields.zh-CN.tsv"), "zh-CN")
    assert (found.false_alarms, found.missed) == ((), ())


def test_each_shared_case_has_its_verdict(shared: Path) -> None:
    for path in sorted((shared / "cases").glob("*/input.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            verdict, source, draft = line.split("\t")
            assert bool(findings(Case(source, draft, CHINESE))) == (verdict == "finding"), line


@pytest.mark.parametrize(
    ("text", "amount", "unit", "negative"),
    [
        ("It fell to −0.3 K.", 0.3, "K", True),
        ("It is 3-5 mm wide.", 3, "mm", False),
        ("at 250 km s$^{-1}$", 250, "km/s", False),
        ("of 10^{6.6} yr", 10**6.6, "year", False),
        ("20 to 40 K", 20, "K", False),
        ("3.4 percentage points", 3.4, "pp", False),
        ("25 basis points", 0.25, "pp", False),
        ("50 M$_\\odot$", 50, "solar masses", False),
        ("within three weeks", 21, "d", False),
        ("$1.5 million", 1.5e6, "$", False),
        ("a 2\\,GeV beam", 2, "GeV", False),
    ],
)
def test_a_quantity_has_sign_value_and_unit(text: str, amount: float, unit: str, negative: bool) -> None:
    read, wanted = quantities.read(text).quantities[0], units.parse(unit, 0, SOURCE)
    assert read.unit
    assert wanted
    assert read.unit.is_like(wanted[0])
    assert min(read.amounts()) == pytest.approx(amount * wanted[0].size, rel=1e-6)
    assert read.negative == negative


@pytest.mark.parametrize(
    ("source", "draft", "mended"),
    [
        ("It is 50 nm thick.", "它厚50微米。", "它厚50 nm。"),
        ("It fell from 6.1% to -0.3%.", "从6.1%降至0.3%。", "从6.1%降至-0.3%。"),
        ("It is 2.8% here.", "这里为2.8。", "这里为2.8%。"),
        ("The orbit lasts 4.2 days.", "轨道周期为4.2年。", "轨道周期为4.2年。"),
    ],
)
def test_a_sign_and_a_symbol_are_put_right_without_asking(source: str, draft: str, mended: str) -> None:
    assert mending.sentence(draft, source, CHINESE) == mended


def test_a_letter_is_a_scale_only_where_it_can_be() -> None:
    for text in ("below 92 K", "a field of 15 T", "5 m long", "a 0.5 M solution", "30 b", "50-70 M_sun", "12 T cells"):
        assert quantities.scaled(text, CHINESE) == {}, text
    text = "10k images, 1.7B parameters, 300M users and 2 M tokens at 92K"
    assert quantities.scaled(text, CHINESE) == {"10k": "1万", "1.7B": "17亿", "300M": "3亿", "2 M": "200万"}


def test_what_is_no_english_word_stays() -> None:
    source = (
        "Loss of the white gene in E. coli by Arabidopsis thaliana, ab initio, with emcee at 2 mbar; a novel kernel."
    )
    kept = [word for word in ("white", "coli", "thaliana", "initio", "emcee", "mbar", "novel", "kernel")
            if vocabulary.stays(word, source, source)]  # fmt: skip
    assert kept == ["white", "coli", "thaliana", "initio", "emcee", "mbar"]
    assert all(map(vocabulary.is_english, ("preconditioners", "dataset", "reverberant")))


@pytest.mark.parametrize("text", ["m^ 1/0 and 5 m^1/0", "10^{999} yr", "9" * 5000 + " km", "5 km^99", "x 0/0 ± 3:1"])
def test_what_no_number_holds_is_read_all_the_same(text: str) -> None:
    for code in ("zh-CN", "de"):
        language = find(code)
        assert isinstance(findings(Case(text, f"译文 {text}", language)), list)
        assert mending.sentence(text, text, language)

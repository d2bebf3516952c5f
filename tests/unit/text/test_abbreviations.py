"""Abbreviations: which a text defines, and where they are written out."""

from __future__ import annotations

import pytest

from localdigest.text.abbreviations import definitions, expanded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "We study personalized deep noise suppression (PDNS) in calls.",
            {"PDNS": "personalized deep noise suppression"},
        ),
        ("Audio Packet Loss Concealment (PLC) is hard.", {"PLC": "Packet Loss Concealment"}),
        ("Large language models (LLMs) are used.", {"LLM": "Large language models"}),
        ("using a near-Earth object (NEO) survey", {"NEO": "near-Earth object"}),
        ("The SVM (support vector machine) is old.", {"SVM": "support vector machine"}),
        ("the word error rate (WER, lower is better)", {"WER": "word error rate"}),
        (
            "text-to-speech (TTS) and the Accumulated Average Shift (AAS)",
            {"TTS": "text-to-speech", "AAS": "Accumulated Average Shift"},
        ),
        ("MiMo achieves open-source SOTA on audio understanding benchmarks (MMSU, MMAU)", {}),
        (
            "Deep noise suppression (DNS) and Personalized DNS (PDNS) differ.",
            {"DNS": "Deep noise suppression", "PDNS": "Personalized Deep noise suppression"},
        ),
        ("an attention-encoder-decoder (AED) model", {"AED": "attention-encoder-decoder"}),
        ("We use a model (see Section 2) of (12) layers (AB).", {}),
        ("It was shown in 2019 (Smith et al., 2019) and (WAV).", {}),
        ("the charged particles (CPV) decay", {}),
    ],
)
def test_an_abbreviation_is_defined_by_the_words_before_it(text: str, found: dict[str, str]) -> None:
    assert definitions([text]) == found


def test_a_short_form_is_written_out_once_where_the_text_does_not_define_it() -> None:
    known = {"PDNS": "personalized deep noise suppression"}
    assert expanded("PDNS helps. PDNS runs.", known) == "personalized deep noise suppression (PDNS) helps. PDNS runs."
    defined = "Personalized deep noise suppression (PDNS) helps."
    assert expanded(defined, known) == defined
    assert expanded("PDNS-2 and xPDNS stay.", known) == "PDNS-2 and xPDNS stay."

"""Where an English sentence of a paper ends, and where a full stop belongs to its word."""

from __future__ import annotations

import pytest

from localdigest.text.sentences import ends, split


@pytest.mark.parametrize(
    "text",
    [
        "We follow Smith et al. 2020 and Fig. 3. | It works.",
        "This was shown by Smith et al. | We go further.",
        "Bands exist (Hill & Dale 1970; Brook et al. 1982, 1983). | They are wide.",
        "Brook et al. [12] and Hill et al. (2003) agree. | 3D models do not.",
        "Many tasks, e.g. ASR, i.e. speech recognition, are hard (cf. Sec. 2). | We solve them.",
        'J. S. Bach wrote it in 1.5 h vs. Eq. 4. | "Is it?" | Yes!',
        "The rate is 2.8% on a 3.5 GHz machine. | See https://example.org/a.b for more.",
        "It fails (as shown. In full) here. | $x$ is small.",
        "(We did so. | It helped.) | Then we stopped.",
        "Code, models, data, etc. | Everything follows.",
        "It is kept at 300 K. | Samples were cooled for 30 min. | Then at 2 K. | A run follows.",
        "The mass is 3.1 ± 0.2 (stat.) ± 0.3 (syst.) GeV. | Both errors are small.",
        "By Thm. 3.2 and Lem. 4 it holds. | Theorem 3.2. Let X be a set. | FIG. 2. The set X.",
        "It is in Phys. Rev. Lett. 12 and in Mon. Not. R. Astron. Soc. 3. | We agree.",
        "It stands in Appendix A. | Details of J. Smith and M.Sc. Students do not.",
        "It holds at time t. | Growth is less than G. | Importantly, it is not more.",
        "We prove that $a=b.$ | Moreover, $c=d$.",
        "The answer is no. | Samples no. 5 and No. 6 say so.",
        "It is found in the U.S. Treasury. | It is not in the U.S. | The rest is.",
        "It was seen before. [12, 13] | We see it again.12 | Then not. [Weiss 07] | It is.",
        "We isolate it. | mRNA is found. | eROSITA saw it.",
    ],
)
def test_a_full_stop_ends_a_sentence_unless_it_belongs_to_its_word(text: str) -> None:
    sentences = text.split(" | ")
    assert split("  ".join(sentences).replace(" ", "\n ", 1)) == sentences


def test_each_sentence_but_the_first_begins_at_a_place_that_ends_gives() -> None:
    text = "One is here.  Two\nis there. Three."
    assert [text[place:] for place in ends(text)] == ["Two\nis there. Three.", "Three."]
    assert list(ends("no end")) == []
    assert split("") == []


def test_a_space_that_got_lost_behind_a_full_stop_is_put_back() -> None:
    assert split("It is in Track 2.For others see there.") == ["It is in Track 2.", "For others see there."]
    assert split("It reasons.While existing work does not.") == ["It reasons.", "While existing work does not."]

"""What a sentence names by a number."""

from __future__ import annotations

import pytest

from localdigest.text.marks import marks, unmarked


@pytest.mark.parametrize(
    ("text", "named", "bare"),
    [
        ("As Figs. 3 and 4a show, it is 3.4%.", "figure Figure 3, figure Figure 4", "As show, it is 3.4%."),
        ("In Table IV and in Extended Data Fig. 2", "table Table IV, figure Extended Data Figure 2", "In and in"),
        ("By Eq. (3.2) and Lemma 4, 35 of them", "equation 3.2, part 4", "By and, 35 of them"),
        ("See Sections 2-3 (and Appendix B1).", "part 2, part 3, part B1", "See (and)."),
        ("They do so [12, 13] and [Knu97].", "reference [12, 13], reference [Knu97]", "They do so and."),
        ("Others (Conneau et al., 2023; Rau 2019) do.", "reference (Conneau et al., 2023; Rau 2019)", "Others do."),
        ("It lies in [0, 1] or z ∈ [1, 2] of 3.", "", "It lies in [0, 1] or z ∈ [1, 2] of 3."),
        ("In Fig. 2, 35 of 40 and 30% are", "figure Figure 2", "In, 35 of 40 and 30% are"),
    ],
)
def test_marks_are_found_and_taken_out_of_the_text(text: str, named: str, bare: str) -> None:
    found = marks(text)
    assert ", ".join(f"{mark.kind} {mark.name}" for mark in found) == named
    assert unmarked(text, found) == bare

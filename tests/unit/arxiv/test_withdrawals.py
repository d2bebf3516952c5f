"""How authors and arXiv say that a paper is taken back, and what only sounds so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.arxiv.withdrawals import withdrawn
from tests.kit.digests import paper

TAKEN_BACK = """
This paper has been withdrawn by the authors due to a crucial sign error in Eq. 3
Paper withdrawn: results are wrong
12 pages, 3 figures. Withdrawn
This paper is being withdrawn
I am withdrawing this paper
We have decided to withdraw this manuscript
The authors request the withdrawal of this paper
The paper has been retracted by the authors
arXiv admin note: This submission has been removed by arXiv administrators because of plagiarism
The manuscript contains an error and has been withdrawn
Due to an error in Section 3, this paper has to be withdrawn
This article was withdrawn from arXiv by the authors
Please disregard this submission
This has been withdrawn by arXiv administrators due to an unresolvable authorship dispute
arXiv admin note: this version has been removed by arXiv administrators
The manuscript is temporarily withdrawn
"""
NOT = """
Withdrawn from ICML 2024
Submission withdrawn from ICLR 2024
This paper was withdrawn from the conference
Withdrawn submission at ICLR 2023
Replaces the withdrawn paper arXiv:1234.5678
A previous version of this paper was withdrawn
Theorem 3 of v1 has been withdrawn
We retract our earlier claim
Supersedes an earlier paper, which was withdrawn
"""


@pytest.mark.parametrize("said", TAKEN_BACK.strip().splitlines())
def test_a_comment_or_an_abstract_may_say_that_the_paper_is_withdrawn(said: str) -> None:
    assert withdrawn(replace(paper(1), comment=said))
    assert withdrawn(replace(paper(1), abstract=f"{said.removeprefix('12 pages, 3 figures. ')}."))


@pytest.mark.parametrize("said", NOT.strip().splitlines())
def test_what_was_taken_back_elsewhere_or_in_part_is_no_withdrawal(said: str) -> None:
    assert not withdrawn(replace(paper(1), comment=said))


def test_further_on_an_abstract_may_tell_of_others_papers() -> None:
    assert withdrawn(replace(paper(1), abstract="We show it. This paper has been withdrawn due to an error."))
    for abstract in (
        "Withdrawn drugs are studied.",
        "Papers are wrong. The article was retracted in 2010.",
        "Patients who had withdrawn. We ask why. Consent that was withdrawn is no consent.",
        "Cash is withdrawn by users of a bank. This paper has been withdrawn is what they never say.",
    ):
        assert not withdrawn(replace(paper(1), abstract=abstract))


def test_real_withdrawals_are_known(shared: Path) -> None:
    records = sorted((shared / "data" / "feeds" / "abs").glob("withdrawn_*.abs"))
    assert len(records) == 4
    for path in records:
        head, abstract = path.read_text(encoding="utf-8").split("\\\\")[1:3]
        comment = " ".join(head.partition("Comments: ")[2].split())
        own = replace(paper(1), comment=comment, abstract=" ".join(abstract.split()))
        assert withdrawn(own), path.name

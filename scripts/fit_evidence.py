#!/usr/bin/env python
"""What each sign of a sentence counts when evidence is chosen, fitted on papers whose key facts are marked.

    scripts/fit_evidence.py FOLDER...           cross-validates, one paper left out at a time, and prints what is held
    scripts/fit_evidence.py FOLDER... --write   also writes localdigest/evidence/weights.toml, fitted on all of them
    scripts/fit_evidence.py FOLDER... --parts FILE [--write]
                                                the same of which part a sentence speaks for: parts.toml

A folder holds facts (NAME.json, see docs/quality.md), PDFs (NAME.pdf), or both; papers are those that have both. The
figures to believe are the cross-validated ones. Needs scikit-learn: pip install scikit-learn. For each part a logistic
regression, with strong regularization: a hundred marked sentences a paper tell no more than some forty numbers.

FILE has sentences whose part a reader marked, a line each: the PDF's name without its ending, B, M, R or N (none), the
second best of these or -, a worth of 0 to 2, and the sentence, parted by tabs. The facts' sentences are added to them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from localdigest import pdf
from localdigest.evaluate import facts
from localdigest.evidence import choice, parts, signs
from localdigest.records import PARTS, Paper, PartName
from localdigest.records.reading import Document

WEIGHTS = Path(choice.__file__).with_name("weights.toml")
LOGITS = Path(parts.__file__).with_name("parts.toml")
STRENGTH = 0.05
"""Inverse of the regularization, scikit-learn's C, over standardized signs."""
MUST, OTHER = 3.0, 1.5
"""What a sentence that carries a fact counts, against 1 for the others."""
RARE = 1e-3
"""Standard deviation below which a sign tells nothing."""


@dataclass(frozen=True)
class Example:
    """A marked paper; of each sentence its signs, and for each part whether it carries a fact and what that counts."""

    document: Document
    paper: Paper
    signs: Sequence[Mapping[str, float]]
    carries: np.ndarray
    counts: np.ndarray


def example(marked: facts.Marked, document: Document) -> Example:
    when = datetime.now(UTC)
    paper = Paper(marked.paper, 0, document.title or marked.paper, (), "", (), "", when, when)
    read = signs.see(document, paper)
    seen = read.signs
    carries, counts = np.zeros((len(seen), len(PARTS))), np.ones((len(seen), len(PARTS)))
    for fact in marked.facts:
        column = PARTS.index(fact.part)
        for row, sentence in enumerate(read.sentences):
            if any(facts.holds(quote.text, sentence.text) for quote in fact.quotes):
                carries[row, column] = 1
                counts[row, column] = max(counts[row, column], MUST if fact.must else OTHER)
    counts *= np.sqrt(200 / max(1, len(seen)))  # a long paper tells more than a short one, but not by its length
    return Example(document, paper, seen, carries, counts)


def fit(examples: Iterable[Example]) -> choice.Weights:
    examples = list(examples)
    names = sorted({name for each in examples for sign in each.signs for name in sign})
    table = np.array([[sign.get(name, 0.0) for name in names] for each in examples for sign in each.signs])
    mean, spread = table.mean(0), table.std(0)
    told = spread > RARE
    table = (table[:, told] - mean[told]) / spread[told]
    carries = np.concatenate([each.carries for each in examples])
    counts = np.concatenate([each.counts for each in examples])
    columns, always = [], []
    for part in range(len(PARTS)):
        model = LogisticRegression(C=STRENGTH, max_iter=3000)
        model.fit(table, carries[:, part], sample_weight=counts[:, part])
        slopes = model.coef_[0] / spread[told]
        columns.append(slopes)
        always.append(float(model.intercept_[0] - slopes @ mean[told]))
    kept = [name for name, tells in zip(names, told, strict=True) if tells]
    rows = {name: tuple(float(column[row]) for column in columns) for row, name in enumerate(kept)}
    return choice.Weights({"always": tuple(always), **rows})


@dataclass(frozen=True)
class Told:
    """A sentence whose part somebody marked."""

    paper: str
    signs: Mapping[str, float]
    part: int
    """A place in PARTS."""
    counts: float


def told_by_facts(name: str, one: Example) -> list[Told]:
    """The sentences that carry facts of one part."""
    all_signs = list(parts.signs_of(signs.see(one.document, one.paper)))
    rows = [row for row in range(len(all_signs)) if one.carries[row].sum() == 1]
    return [Told(name, all_signs[row], int(one.carries[row].argmax()), 1.5) for row in rows]


def told_by_readers(path: Path, documents: Callable[[str], Document]) -> list[Told]:
    found: list[Told] = []
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    for name in sorted({line[0] for line in lines}):
        document, when = documents(name), datetime.now(UTC)
        paper = Paper(name, 0, document.title or name, (), "", (), "", when, when)
        read = signs.see(document, paper)
        seen = dict(zip((s.text for s in read.sentences), parts.signs_of(read), strict=True))
        for _, part, _, worth, text in (line for line in lines if line[0] == name):
            if part != "N" and text in seen:
                found.append(Told(name, seen[text], "BMR".index(part), 0.5 + float(worth)))
    return found


def fit_parts(told: Sequence[Told]) -> parts.Logits:
    names = sorted({name for one in told for name in one.signs})
    table = np.array([[one.signs.get(name, 0.0) for name in names] for one in told])
    mean, spread = table.mean(0), table.std(0)
    tells = spread > RARE
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    model.fit(
        (table[:, tells] - mean[tells]) / spread[tells],
        [one.part for one in told],
        sample_weight=[one.counts for one in told],
    )
    slopes = model.coef_ / spread[tells]
    kept = [name for name, tell in zip(names, tells, strict=True) if tell]
    rows = {name: tuple(float(slope) for slope in slopes[:, row]) for row, name in enumerate(kept)}
    return {"always": tuple(float(each) for each in model.intercept_ - slopes @ mean[tells]), **rows}


def right_share(told: Sequence[Told], folds: int = 6) -> float:
    """Of sentences of papers that it was not fitted on, the share whose part it tells."""
    papers, right = sorted({one.paper for one in told}), 0
    for fold in range(folds):
        out = set(papers[fold::folds])
        logits = fit_parts([one for one in told if one.paper not in out])
        for one in told:
            if one.paper in out:
                share = parts.share(one.signs, logits)
                right += max(share, key=lambda part: share[part]) == PARTS[one.part]
    return right / len(told)


def chosen(one: Example, weights: choice.Weights, logits: parts.Logits = parts.LOGITS) -> dict[PartName, list[str]]:
    groups = choice.select(one.document, one.paper, weights=weights, logits=logits)
    return {part: [s.text for group in groups[part] for s in group.sentences] for part in PARTS}


def write(weights: choice.Weights, names: Sequence[str], held: Mapping[str, float]) -> None:
    lines = [
        "# Written by scripts/fit_evidence.py: what each sign counts (logits) for background, method, results.",
        f"# Fitted on {len(names)} marked papers; with each of them left out in turn, held of its key facts: "
        + ", ".join(f"{name.removesuffix('_share')} {share:.2f}" for name, share in held.items())
        + ".",
        "",
        "[weights]",
        *(f'"{name}" = [{", ".join(f"{w:.3f}" for w in row)}]' for name, row in weights.signs.items()),
    ]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parts(logits: parts.Logits, sentences: int, right: float) -> None:
    lines = [
        "# Written by scripts/fit_evidence.py --parts: what each sign counts (logits) for background, method, results.",
        f"# Fitted on {sentences} sentences; of those of papers that it was not fitted on {right:.2f} are told right.",
        "",
        "[parts]",
        *(f'"{name}" = [{", ".join(f"{weight:.3f}" for weight in row)}]' for name, row in logits.items()),
    ]
    LOGITS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--parts", type=Path, metavar="FILE", help="sentences whose part is marked")
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}, or with --parts {LOGITS.name}")
    given = parser.parse_args()
    marked = facts.load(given.folders)
    paths = {path.stem: path for folder in given.folders for path in folder.glob("*.pdf")}
    if missing := sorted(set(marked) - set(paths)):
        print(f"no PDF of {', '.join(missing)}", file=sys.stderr)
    examples = {name: example(marked[name], pdf.read(paths[name])) for name in sorted(set(marked) & set(paths))}
    told: list[Told] = []
    if given.parts:
        told += told_by_readers(given.parts, lambda name: pdf.read(paths[name]))
        told += [each for name, one in examples.items() for each in told_by_facts(name, one)]
    held: dict[str, facts.Held] = {}
    for name, one in examples.items():
        weights = fit(other for key, other in examples.items() if key != name)
        others = [each for each in told if each.paper != name]
        texts = chosen(one, weights, fit_parts(others) if others else parts.LOGITS)
        held |= facts.measure({name: marked[name]}, {name: texts})
        row = held[name]
        print(
            f"{name:34} held {row.held:2}/{row.facts:2}  in its part {row.right:2}  must {row.must_held}/{row.must}"
            f"  sentences {sum(map(len, texts.values()))}"
        )
    shares = sum(held.values(), facts.Held()).shares()
    print("all:", ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))
    if told:
        right = right_share(told)
        print(f"parts: {right:.3f} of {len(told)} sentences of papers that it was not fitted on")
        if given.write:
            write_parts(fit_parts(told), len(told), right)
    elif given.write:
        write(fit(examples.values()), list(examples), shares)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""LaTeX in a listing's prose and formulas, as people see it, and what stays LaTeX because it may say something else."""

from __future__ import annotations

import pytest

from localdigest.text import tex


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (r"J\"ager, Poincar\'e, Erd\H{o}s--R\'enyi", "Jäger, Poincaré, Erdős–Rényi"),
        (r"Na{\"\i}ve, Ho\v rava, Gar{\c c}on, \L{}\'od\'z, stra\ss e", "Naïve, Hořava, Garçon, Łódź, straße"),
        (r"{\it Gaia} DR3, {\em Fermi}-LAT, \texttt{emcee}, \textbf{a \emph{b}}", "Gaia DR3, Fermi-LAT, emcee, a b"),
        (r"A 100\% test of R\&D at 10\,km, i.e.\ far", "A 100% test of R&D at 10 km, i.e. far"),
        (r"[\ion{O}{iii}] at \href{https://a.org/x_y~z}{our page}", "[O iii] at our page (https://a.org/x_y~z)"),
        ("``quoted'' -- Fig.~3, {BERT} (z~2.5, Table~1)", "“quoted” – Fig. 3, BERT (z~2.5, Table 1)"),
        (r"from $15M to \$16M", "from $15M to $16M"),
        # What is no LaTeX.
        (r"C:\dir\new --flag {1, 2} {name} ~100 5~10 f''(x)", r"C:\dir\new --flag {1, 2} {name} ~100 5~10 f''(x)"),
        ("https://a.org/~b--c and `x--y`", "https://a.org/~b--c and `x--y`"),
        (r"it\'s so", "it's so"),
        (r"an \unknown{command} and \emph{no end", r"an \unknown{command} and \emph{no end"),
        (r"\today we \cite{x}", r"\today we [x]"),
    ],
)
def test_prose_is_shown_without_its_latex(text: str, seen: str) -> None:
    assert tex.seen(text) == seen


@pytest.mark.parametrize(
    ("formula", "seen"),
    [
        (r"M\gtrsim 30M_\odot", "M ≳ 30M⊙"),
        (r"10^{-3}", "10⁻³"),
        (r"H_0=70\,{\rm km\,s^{-1}}", "H₀ = 70 km s⁻¹"),
        (r"1.40^{+0.30}_{-0.25}", "1.40 (+0.30/−0.25)"),
        (r"\mathcal{O}(n\log n)", "O(n log n)"),
        (r"\tilde{O}(\sqrt{k}/\epsilon^2)", "Õ(√k/ϵ²)"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"e^+e^-\to K^\pm, 90^\circ", "e⁺e⁻ → K±, 90°"),
        (r"f\colon\mathbb R^n\to\mathbb{R}", "f:ℝⁿ → ℝ"),
        (r"\text{if } x_{ij}\not=0", "if xᵢⱼ ≠ 0"),
        (r"\begin{matrix}a\end{matrix}", None),
        (r"x^", None),
        (r"{x", None),
        (r"\newcommand{\x}{y}", None),
    ],
)
def test_a_formula_is_one_line_or_stays_latex(formula: str, seen: str | None) -> None:
    assert tex.formula(f"${formula}$") == seen
    assert tex.seen(f"a ${formula}$.") == f"a {seen or f'${formula}$'}."


def test_fonts_that_a_reader_sees_are_told() -> None:
    found = [(each.font, each.shown) for each in tex.tokens(r"{\it Gaia} and \textbf{a \emph{b} c}") if each.shown]
    assert found == [("em", "Gaia"), ("", " and "), ("strong", "a "), ("em", "b"), ("strong", " c")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"at 3-5 $\mu$m and $\sim$3000 K", "at 3-5 μm and ~3000 K"),
        (r"$\leq$1 day, 5$\pm$2, 3 $\times$ 3, $>$90%", "≤1 day, 5±2, 3 × 3, >90%"),
        (r"a $\mu$-term, $\alpha$ decay, $\lesssim 3$, $x$", r"a $\mu$-term, $\alpha$ decay, $\lesssim 3$, $x$"),
        ("costs $5 and $6", "costs $5 and $6"),
    ],
)
def test_a_formula_of_one_sign_is_that_sign(text: str, expected: str) -> None:
    assert tex.with_signs(text) == expected

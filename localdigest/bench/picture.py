"""A report as a picture. The only module that imports matplotlib, which is an optional extra."""

from __future__ import annotations

import io
from pathlib import Path

from localdigest.bench import JOBS, Report
from localdigest.errors import ConfigError
from localdigest.files import write_atomic

TITLES = {
    "abstracts": "13 abstracts, translated",
    "explanations": "2 texts of 2,500 tokens, 3 questions about each",
}


def draw(report: Report, path: Path) -> None:
    """Bars of seconds a job, shorter is better, as SVG. Raises ConfigError where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        raise ConfigError("--plot needs matplotlib: pip install 'localdigest[bench]'") from None
    matplotlib.use("svg")
    # Text stays text, and the same figures make the same bytes.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "localdigest", "font.size": 10})
    from matplotlib.figure import Figure

    done = [job for job in JOBS if job in TITLES and any(row.job == job for row in report.rows)]
    if not done:
        raise ConfigError("nothing to draw: --plot shows the jobs `abstracts` and `explanations`")
    counts = [sum(row.job == job for row in report.rows) for job in done]
    figure = Figure(figsize=(8, 0.9 * len(done) + 0.38 * sum(counts)), layout="constrained")
    for axes, job in zip(figure.subplots(len(done), squeeze=False, height_ratios=counts)[:, 0], done, strict=True):
        rows = sorted((row for row in report.rows if row.job == job), key=lambda row: -row.seconds)
        colours = ["#1a7f5a" if row.contender == "localdigest" else "#9aa5b1" for row in rows]
        bars = axes.barh([row.contender for row in rows], [row.seconds for row in rows], color=colours, height=0.65)
        axes.bar_label(bars, [f"{row.seconds:.0f} s" for row in rows], padding=4)
        axes.set_title(TITLES[job], loc="left", fontsize=11)
        axes.margins(x=0.12)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.tick_params(bottom=False, labelbottom=False, left=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="svg", metadata={"Date": None})
    write_atomic(path, picture.getvalue())

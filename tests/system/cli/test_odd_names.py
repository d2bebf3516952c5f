"""PDFs whose names are no UTF-8, as Linux has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.cli import cli
from localdigest.workspace import config
from tests.kit import killing
from tests.kit.made_pdfs import Pdf, plain
from tests.kit.places import with_tests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are Unicode")


def odd_pdf(folder: Path) -> Path:
    made, path = Pdf(), folder / os.fsdecode(b"\xff\xfe odd.pdf")
    made.content = plain(made)
    path.write_bytes(made.data())
    return path


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_pdf_whose_name_is_no_utf8_is_explained(tmp_path: Path, form: str) -> None:
    root = killing.workspace(tmp_path / "digest")
    path = odd_pdf(tmp_path)
    words = ["explain", str(path), "-C", str(root), "--model", "tiny", "--format", form, "-o", str(tmp_path / "out")]
    done = subprocess.run([*killing.program(), *words], env=with_tests(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\ufffd\ufffd odd" in (tmp_path / "out").read_text(encoding="utf-8")


def test_the_evidence_of_a_pdf_whose_name_is_no_utf8_is_chosen(tmp_path: Path) -> None:
    config.create(tmp_path / "digest")
    path = odd_pdf(tmp_path)
    command = ["-C", str(tmp_path / "digest"), "eval", "--evidence", str(path), "--save", str(tmp_path / "out.json")]
    cli.main(command, standalone_mode=False)
    assert "\ufffd\ufffd odd" in (tmp_path / "out.json").read_text(encoding="utf-8")

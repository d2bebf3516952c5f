"""The lists of english.toml: words and patterns by which headings, statements and broken words are known."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_ENGLISH = tomllib.loads(Path(__file__).with_name("english.toml").read_text(encoding="utf-8"))


def words_of(name: str, end: str = "", flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Any of a list, and then `end`."""
    return re.compile(f"(?:{'|'.join(_ENGLISH[name])}){end}", flags)

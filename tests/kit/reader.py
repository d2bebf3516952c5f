"""A reader's tab in a real browser, and a small site to read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from localdigest.records import Digest, Evidence, Paper, Point, Result, Translation
from tests.kit.digests import MADE, digest, explained, paper

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def translated(one: Paper, *pairs: tuple[str, str]) -> Result:
    translation = Translation("".join(draft for _, draft in pairs), pairs)
    return Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)


def day(number: int, when: date) -> Digest:
    speech = replace(
        paper(10 * number, f"Denoising speech {number}", tuple(f"Author {n}" for n in range(12))),
        abstract="We remove noise. The gain is $F_0$ of 3 dB.",
    )
    music = replace(
        paper(10 * number + 1, f"Writing music {number}"), categories=("cs.CL", "cs.SD"), primary_category="cs.CL"
    )
    quotes = (Evidence(3, "Noise is removed here."), Evidence(4, "It gains 3 dB."))
    found = digest(
        [speech, music],
        translated(
            speech, ("We remove noise.", "我们去除噪声。"), ("The gain is $F_0$ of 3 dB.", "增益为 $F_0$ 的 3 dB。")
        ),
        translated(music, ("Abstract.", f"音乐生成第{number}篇。")),
        explained(speech, Point("去噪方法。", quotes), Point("增益 3 dB。", quotes[1:], verified=False), hidden=2),
        explained(music, Point("作曲。", (Evidence(1, "Composed."),))),
    )
    return replace(found, window=replace(found.window, day=when))


@dataclass
class Reader:
    """A reader's tab, and whatever went wrong in it."""

    page: Any
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: Path, fragment: str = "") -> Any:
        self.page.goto(path.as_uri() + fragment)
        return self.page

    def shown(self, selector: str) -> list[str]:
        return [each.inner_text() for each in self.page.query_selector_all(selector) if each.is_visible()]

    def waits_for(self, selector: str, texts: list[str]) -> None:
        """Until the visible elements have these texts. A condition evaluated in the page is what its policy forbids."""
        for _ in range(400):
            if self.shown(selector) == texts:
                return
            self.page.wait_for_timeout(25)
        assert self.shown(selector) == texts

    def lit(self) -> list[str]:
        return [each.inner_text() for each in self.page.query_selector_all(".lit, .held")]

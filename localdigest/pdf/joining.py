"""Lines become text: words that a line's end broke are joined, by the words of the rest of the paper. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from localdigest.pdf.english import words_of
from localdigest.pdf.layout import ligatures

_COMPOUND, _FIRST_HALF, _SUFFIX = words_of("compounds"), words_of("first_halves"), words_of("suffixes")
LONGEST_WORD = 100
"""Characters at a line's end in which a broken word is looked for."""


def vocabulary(pages: Sequence[str]) -> Counter[str]:
    """The paper's words and hyphenated words, without the halves that stand at a line's end and beginning."""
    text = re.sub(r"[^\W_]+[-\u00ad]\s*\n\s*[^\W_]+", " ", ligatures("\n".join(pages)))
    return Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))


def joined(text: str, line: str, words: Counter[str]) -> tuple[str, int]:
    """Append a line and say where it begins; a word hyphenated at the line's end is joined, where it is
    one."""
    line = ligatures(line)
    if not text:
        return line, 0
    if text.endswith("\u00ad"):
        return text[:-1] + line, len(text) - 1
    # Not in all of it: a paragraph of one long word would be searched again for each of its letters and lines.
    left = re.search(r"([^\W_]+(?:-[^\W_]+)*)-$", text[-LONGEST_WORD:])
    right = re.match(r"[^\W_]+(?:-[^\W_]+)*", line)
    if left and right and _is_broken(left[1], right[0], words):
        return text[:-1] + line, len(text) - 1
    space = "" if re.search(r"[^\W_]-$", text[-2:]) else " "
    return text + space + line, len(text) + len(space)


def _is_broken(left: str, right: str, words: Counter[str]) -> bool:
    """Whether the hyphen between the two halves is only the line break's.

    The rest of the paper decides; where it has neither form, `VGG-19`, `DNS-Challenge` and two known words
    keep it.
    """
    joined, hyphened = words[(left + right).lower()], words[f"{left}-{right}".lower()]
    if joined != hyphened:
        return joined > hyphened
    if _COMPOUND.fullmatch(left.lower() + right):
        return True
    if not right[0].islower() or not left[-1].isalpha() or any(map(str.isupper, left[1:])):
        return False
    tail, head = left.lower().rsplit("-", 1)[-1], right.split("-", 1)[0]
    if re.match("(?:the|of|to|in|by|and)-", right):  # off-the-shelf, end-to-end
        return False
    if _FIRST_HALF.fullmatch(tail) and (words[head] or (len(head) > 4 and not _SUFFIX.match(head))):
        return False
    return not (len(tail) > 2 and len(head) > 2 and words[tail] and words[head])

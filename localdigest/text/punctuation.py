"""Chinese punctuation where ASCII was written beside Chinese characters."""

from __future__ import annotations

import re

from localdigest.language.profile import HAN
from localdigest.text.spans import mask, unmask


def full_width(text: str) -> str:
    """Chinese punctuation where a model wrote ASCII beside Chinese characters (GB/T 15834), not inside spans."""
    text, table = mask(text, "\ue000{}\ue001")
    text = re.sub(rf"(?<=[{HAN}]) ?\(([^()（）]*)[)）] ?|\(([^()（）]*[{HAN}][^()（）]*)[)）] ?", r"（\1\2）", text)
    text = re.sub(r"（([^()（）]*)\)", r"（\1）", text)
    text = re.sub(rf"(?<=[{HAN}）”A-Za-z0-9]) ?-{{2,3}} ?(?=[{HAN}（“])", "——", text)
    text = re.sub(rf"(?<![A-Za-z0-9_)\]])\((\d{{1,2}}|[ivx]{{1,4}}|[a-h])\) ?(?=[{HAN}])", r"（\1）", text)
    text = re.sub(
        rf"(?<=[{HAN}”）]) ?([,;:!?]) ?|(?<=[A-Za-z0-9%\ue001]) ?([,;:]) ?(?=[{HAN}“（])",
        lambda match: chr(ord(match[1] or match[2]) + 0xFEE0),
        text,
    )
    text = re.sub(r"(?<=[，。、；：！？（“]) +| +(?=[，。、；：！？）”])", "", text)
    return unmask(text, table, "\ue000{}\ue001")

"""What a program does that sends the abstract and prints the answer: the plain prompt, once, unchecked.

The prompt is that of the site that localdigest took its page from, so that a comparison shows what checking adds.
"""

from __future__ import annotations

from collections.abc import Generator

from localdigest.records import Completion, Message, Paper, Request, Sampling, Translation, Usage

LANGUAGE = "zh-CN"
"""The only one that the prompt is made for."""
_SYSTEM = "你是资深学术翻译助理。请把英文摘要翻译成高质量中文."
_USER = (
    "请将以下 arXiv 论文的英文摘要翻译成高质量中文：\n"
    "1) 不复述题目；2) 语言准确精炼；3) 面向语音/音频/AI 研究者；\n\n【标题】{title}\n\n【英文摘要】\n{text}"
)
SAMPLING = Sampling(temperature=0.2, top_k=40, top_p=0.95)
"""The temperature is the site's, the rest llama-cpp-python's defaults."""


def plain(paper: Paper) -> Generator[list[Request], list[Completion], tuple[Translation, Usage]]:
    """Translate `paper.abstract` in one request and believe the answer."""
    text = _USER.format(title=paper.title, text=paper.abstract)
    request = Request((Message("system", _SYSTEM), Message("user", text)), max_tokens=900, sampling=SAMPLING)
    (answer,) = yield [request]
    return Translation(answer.text.strip(), ((paper.abstract, answer.text.strip()),)), Usage().plus(answer)

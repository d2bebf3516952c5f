"""Single English words that a draft left standing: asked for one by one, as in a dictionary, and put in their place.

A small model asked to correct a whole sentence mostly repeats it; asked for one word it nearly always knows it, for
thirty tokens instead of two hundred (docs/models.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from localdigest.checks import english
from localdigest.language import han
from localdigest.language.profile import HAN, KANA, find
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Finding, Request, Sampling
from localdigest.text.spans import protected


def words(found: Iterable[Sequence[Finding]]) -> list[str]:
    """Each word that some draft left standing, once."""
    return list(dict.fromkeys(f.detail for findings in found for f in findings if f.code == english.words.code))


def request(prompt: Prompt, word: str) -> Request:
    return Request(prompt.messages(word=word), max_tokens=12, sampling=Sampling(), stop=("\n", "。", "，", "；", "、"))


def glosses(prompt: Prompt, asked: Sequence[str], answers: Sequence[Completion]) -> dict[str, str]:
    """The answers that are a word: some characters of the prompt's language and nothing else."""
    language = find(prompt.language)
    own = language.own_letter
    found = {}
    for word, answer in zip(asked, answers, strict=True):
        text = han.own_characters(re.sub(r"[\s“”\"'：:的]+$|^[\s“”\"'：:]+", "", answer.text), language)
        letters = text.replace(language.joiner, "") if language.joiner else text  # Korean puts spaces: 수십 년
        if answer.finish == "stop" and 0 < len(text) <= 8 and len(own.findall(text)) == len(letters):
            found[word] = text
    return found


def put_in(draft: str, known: Mapping[str, str]) -> str:
    """`draft` with each known word replaced by its gloss; not inside formulas, nor in brackets behind its rendering.

    The spaces around it are dropped where the gloss is in a script that has none. A word that begins with its gloss
    stays: `Transformers` may be the library of that name.
    """
    kept = [*protected(draft), *re.findall(r"(?<=[^\x00-\xff])\s?[（(][A-Za-z][A-Za-z -]*[)）]", draft)]
    spans = "".join(re.escape(span) + "|" for span in kept)
    for word in (word for word, gloss in known.items() if not word.startswith(gloss)):
        draft = re.sub(
            # A gloss that stands there already is passed over: 分词器 is a part of 反分词器.
            rf"{spans}{re.escape(known[word])}|(?<![A-Za-z0-9_./-])({re.escape(word)})(?![a-z0-9_/-])",
            lambda match: _marked(known[match[1]]) if match[1] else match[0],
            draft,
        )
    draft = re.sub(r" ?\0 ?", "", draft)
    # `Connectionist Temporal Classification（连接时序分类，CTC）` has the rendering twice now.
    return re.sub(rf"([{HAN}]{{2,16}})（\1[，、, ] *", r"\1（", draft)


def _marked(gloss: str) -> str:
    return f"\0{gloss}\0" if re.search(f"[{HAN}{KANA}]", gloss) else gloss

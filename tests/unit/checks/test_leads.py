"""What a draft says besides its translation: greetings, labels, notes, the title; and that no loop passes that the
outside judge sees."""

from __future__ import annotations

from random import Random

import pytest

from localdigest.checks import shape
from localdigest.evaluate.judge import judge
from tests.kit import cases
from tests.kit.languages import LANGUAGES

EN = "We propose a method for fast speech recognition."
SAID = {
    "zh-CN": "我们提出了一种快速语音识别方法。",
    "zh-TW": "我們提出了一種快速語音辨識方法。",
    "ja": "高速な音声認識の手法を提案する。",
    "ko": "빠른 음성 인식 방법을 제안한다.",
    "de": "Wir schlagen ein Verfahren zur schnellen Spracherkennung vor.",
    "fr": "Nous proposons une méthode de reconnaissance vocale rapide.",
    "es": "Proponemos un método de reconocimiento rápido del habla.",
    "pt": "Propomos um método de reconhecimento rápido de fala.",
}
LEADS = {
    "zh-CN": (
        "翻译：",
        "**翻译**：",
        "**译文：**",
        "当然可以！",
        "好的，",
        "Sure! ",
        "以下是翻译\n",
        "以下是翻译。",
        "译文如下 ",
    ),
    "zh-TW": ("翻譯：", "**翻譯**：", "當然可以！", "好的，", "Sure! ", "以下是翻譯\n"),
    "ja": ("翻訳：", "**翻訳**：", "もちろんです！", "承知しました。", "Sure! ", "以下は翻訳です。"),
    "ko": ("번역: ", "**번역**: ", "물론입니다! ", "네, ", "Sure! ", "다음은 번역문입니다. "),
    "de": ("Übersetzung: ", "**Übersetzung**: ", "Gerne! ", "Sure! ", "Hier ist die Übersetzung. "),
    "fr": ("Traduction : ", "**Traduction** : ", "Bien sûr ! ", "Sure! ", "Voici la traduction. "),
    "es": ("Traducción: ", "**Traducción**: ", "¡Claro! ", "Sure! ", "Aquí está la traducción. "),
    "pt": (
        "Tradução: ",
        "**Tradução**: ",
        "Claro! ",
        "Sure! ",
        "Segue a tradução. ",
        "Aqui está uma frase em português. ",
    ),
}
NOTES = {
    "zh-CN": ("（注：此处为意译）", "译注：此处为意译。"),
    "zh-TW": ("（註：此處為意譯）", "譯註：此處為意譯。"),
    "ja": ("（注：意訳した）", "訳注：意訳した。"),
    "ko": ("(주: 의역하였다)", " 역주: 의역하였다."),
    "de": (" (Anmerkung: frei übersetzt)", " Anm. des Übersetzers: frei übersetzt."),
    "fr": (" (Note : traduction libre)", " Note du traducteur : traduction libre."),
    "es": (" (Nota: traducción libre)", " Nota del traductor: traducción libre."),
    "pt": (" (Nota: tradução livre)", " Nota do tradutor: tradução livre."),
}
TITLES = {
    "zh-CN": ("论文标题：快速语音识别。", "**标题**：快速语音识别。", "《快速语音识别》"),
    "zh-TW": ("論文標題：快速語音辨識。", "《快速語音辨識》"),
    "ja": ("論文のタイトル：高速な音声認識。", "『高速な音声認識』"),
    "ko": ("논문 제목: 빠른 음성 인식. ",),
    "de": ("Titel der Arbeit: Schnelle Spracherkennung. ",),
    "fr": ("Titre de l'article : Reconnaissance vocale rapide. ",),
    "es": ("Título del artículo: Reconocimiento rápido del habla. ",),
    "pt": ("Título do artigo: Reconhecimento rápido de fala. ",),
}


def codes(draft: str, source: str, code: str, title: str = "Fast speech recognition") -> set[str]:
    found = cases.translation(draft, "stop", source, language=LANGUAGES[code], title=title)
    return {finding.code for finding in found} - {"length"}


@pytest.mark.parametrize("code", list(SAID))
def test_what_is_said_besides_is_caught_and_the_translation_is_not(code: str) -> None:
    said = SAID[code]
    assert codes(said, EN, code) == set()
    assert [lead for lead in LEADS[code] if codes(lead + said, EN, code) != {"preamble"}] == []
    assert [note for note in NOTES[code] if codes(said + note, EN, code) != {"first-person"}] == []
    assert [title for title in TITLES[code] if codes(title + said, EN, code) != {"title"}] == []


@pytest.mark.parametrize(
    ("source", "draft"),
    [
        ("Translation: the sentence in another language.", "翻译：用另一种语言写的句子。"),
        ("In summary: most models are more alike than different.", "总结：大多数模型相似之处多于不同之处。"),
        ("Of course! The method works on all of them.", "当然！该方法对它们都有效。"),
        ("Okay, we now have all of the features.", "好的，我们现在有了所有特征。"),
        ("We can of course use all of the features.", "当然，我们可以使用所有特征。"),
        ("The following is the translation.", "以下是译文。"),
        ("The results of the translation task are listed below.", "以下是翻译任务的结果。"),
        ("We trained it for a day (note: on one GPU).", "我们训练了一天（注：在一块 GPU 上）。"),
        ("We pay attention to the cost here: it is high.", "我们关注：代价很高。"),
        ("Our survey covers two fields.", "翻译和识别这两个领域都在我们的综述中。"),
        ('The book "Dive into learning" covers all of it.', "《动手学深度学习》涵盖了这一切。"),
        ("Dive into Deep Learning covers all of it.", "《动手学深度学习》涵盖了这一切。"),
        ("the journal reports all of it.", "《自然》报道了这一切。"),
    ],
)
def test_what_the_source_says_may_be_said(source: str, draft: str) -> None:
    assert codes(draft, source, "zh-CN", "A long title about deep learning with speech") == set()


def test_a_title_is_no_book_where_none_is_known() -> None:
    assert codes("《快速语音识别》我们提出了它。", "We propose it for all of us.", "zh-CN", title="") == set()


UNITS = {
    "zh-CN": "我们提出了一种方法，并训练模型；用 $x$ 表示。见下",
    "ja": "我々は手法を提案する。モデルを学習し、評価した",
    "ko": "우리는 방법을 제안한다. 모델을 학습하고 평가하였다",
    "de": "Wir schlagen ein neues Verfahren vor. Das Modell lernt schnell, und es ist klein ",
}


@pytest.mark.parametrize("code", list(UNITS))
def test_no_loop_passes_that_the_outside_judge_sees(code: str) -> None:
    dice, seen = Random(0), 0  # noqa: S311
    for _ in range(400):
        start, size = dice.randrange(len(UNITS[code])), dice.randrange(1, 60)
        stretch = (UNITS[code] * 2)[start : start + size]
        between = ("", "。", "，甲", " ")[dice.randrange(4)]
        text = between.join(stretch for _ in range(dice.randrange(2, 8)))
        if judge(EN, text, (), code).looping:
            seen += 1
            assert cases.details(shape.repetition, text, EN, LANGUAGES[code]), text
    assert seen > 100
    for sentence in (SAID[code], UNITS[code]):
        assert cases.details(shape.repetition, f"{sentence} " * 3, EN, LANGUAGES[code])

"""What the profile of each language catches in a draft and what it lets through; terms in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.checks import mending
from localdigest.checks.terms import absent
from localdigest.flows import lookup
from localdigest.language import glossary, profile, prompts
from localdigest.records import Completion
from tests.kit import cases
from tests.kit.languages import LANGUAGES

CODES = tuple(LANGUAGES)
WRITTEN = tuple(code for code in CODES if profile.translated(code))

# ---------------------------------------------------------------- what the profiles catch

EN = (
    "We train a 1.7B parameter model on 13 million hours of audio and reach a word error rate of 2.8%, which beats "
    "12,000 earlier systems."
)
GOOD = {
    "zh-CN": "我们在1300万小时的音频上训练了一个17亿参数的模型，词错误率为2.8%，优于先前的12000个系统。",
    "zh-TW": "我們在1300萬小時的音訊上訓練了一個17億參數的模型，詞錯誤率為2.8%，優於先前的12000個系統。",
    "ja": "我々は1300万時間の音声で17億パラメータのモデルを学習し、単語誤り率2.8%を達成して、"
    "これまでの1万2000のシステムを上回った。",
    "ko": "우리는 1300만 시간의 음성으로 17억 개의 매개변수를 가진 모델을 학습하여 단어 오류율 2.8%를 달성하였고, "
    "이는 기존의 12,000개 시스템을 능가한다.",
    "de": "Wir trainieren ein Modell mit 1,7 Milliarden Parametern auf 13 Millionen Stunden Audio und erreichen eine "
    "Wortfehlerrate von 2,8 %, womit es 12.000 frühere Systeme übertrifft.",
    "fr": "Nous entraînons un modèle de 1,7 milliard de paramètres sur 13 millions d'heures d'audio et atteignons un "
    "taux d'erreur de 2,8 %, ce qui surpasse 12 000 systèmes antérieurs.",
    "es": "Entrenamos un modelo de 1700 millones de parámetros con 13 millones de horas de audio y alcanzamos una tasa "
    "de error del 2,8 %, lo que supera a 12 000 sistemas anteriores.",
    "pt": "Treinamos um modelo de 1,7 bilhão de parâmetros com 13 milhões de horas de áudio e atingimos uma taxa de "
    "erro de 2,8%, o que supera 12.000 sistemas anteriores.",
}  # fmt: skip
SAMPLES = {
    "Audio samples are available at https://example.org/a_b (see Fig. 3).": {
        "zh-CN": "音频样本见 https://example.org/a_b（见图3）。",
        "zh-TW": "音訊樣本見 https://example.org/a_b（見圖3）。",
        "ja": "音声サンプルは https://example.org/a_b で公開している（図3を参照）。",
        "ko": "음성 샘플은 https://example.org/a_b 에서 들을 수 있다(그림 3 참조).",
        "de": "Hörbeispiele finden sich unter https://example.org/a_b (siehe Abb. 3).",
        "fr": "Des exemples audio sont disponibles sur https://example.org/a_b (voir la figure 3).",
        "es": "Hay muestras de audio en https://example.org/a_b (véase la figura 3).",
        "pt": "Há amostras de áudio em https://example.org/a_b (ver a figura 3).",
    },
    "The two systems, a Transformer and wav2vec 2.0, do not use state-of-the-art language models.": {
        "zh-CN": "这两个系统（Transformer 和 wav2vec 2.0）没有使用最先进的语言模型。",
        "zh-TW": "這兩個系統（Transformer 和 wav2vec 2.0）沒有使用最先進的語言模型。",
        "ja": "Transformer と wav2vec 2.0 という二つのシステムは、最先端の言語モデルを使用していない。",
        "ko": "Transformer와 wav2vec 2.0이라는 두 시스템은 최신 언어 모델을 사용하지 않는다.",
        "de": "Die beiden Systeme, ein Transformer und wav2vec 2.0, nutzen keine State-of-the-Art-Sprachmodelle.",
        "fr": "Les deux systèmes, un Transformer et wav2vec 2.0, n'utilisent pas de modèles de langue de pointe.",
        "es": "Los dos sistemas, un Transformer y wav2vec 2.0, no usan modelos de lenguaje de última generación.",
        "pt": "Os dois sistemas, um Transformer e o wav2vec 2.0, não usam modelos de linguagem de última geração.",
    },
}


@pytest.mark.parametrize("code", WRITTEN)
def test_honest_text_has_no_findings(code: str) -> None:
    language = LANGUAGES[code]
    for english, by_code in ({EN: GOOD} | SAMPLES).items():
        assert cases.translation(by_code[code], "stop", english, language=language) == []
        assert cases.point(by_code[code], "stop", english, language=language) == []


FAULTS: tuple[tuple[str, str, str, set[str]], ...] = (
    ("de", "womit es 12.000", "womit es frühere frühere 12.000", {"repetition"}),
    ("de", "womit es", "die Zahl in der letzten Antwort steht nicht im Text, womit es", {"first-person"}),
    ("ko", "우리는", "이전 답변에 없는 것을 우리는", {"first-person"}),
    ("ja", "我々は", "前回の回答には誤りがあり、我々は", {"first-person"}),
    # language, what stands in the honest text, what is made of it, codes
    ("zh-CN", "我们", "我們", {"script"}),
    ("zh-CN", "优于", "より優れ、优于", {"script"}),
    ("zh-TW", "我們", "我们", {"script"}),
    ("zh-TW", "優於", "を上回り", {"script"}),
    ("ja", GOOD["ja"], GOOD["zh-TW"].replace("萬", "万"), {"script"}),  # no kana in it
    ("ja", "我々は", "我们在", {"script"}),
    ("ja", "上回った", "능가했다", {"script"}),
    ("ja", "これまでの1万2000のシステムを上回った", "超過既有一切先進之大規模語音辨識系統，這是 12,000 的", {"script"}),
    ("ko", "모델을", "模型을", {"script"}),
    ("ko", "능가한다", "上回る", {"script"}),
    ("ko", "오류율", "오류rate율", {"english-word"}),  # a word of the source
    ("ko", "시스템을", "시stem을", {"script"}),  # half a word
    ("de", "Wortfehlerrate", "词错误率", {"script"}),
    ("fr", "paramètres", "параметров", {"script"}),
    ("es", "audio y", "音频 y", {"script"}),
    ("pt", "áudio e", "аудио e", {"script"}),
    ("ja", "単語誤り率2.8%を達成して", "which beats all earlier systems at 2.8%", {"english"}),
    ("ko", "단어 오류율 2.8%를 달성하였고", "which beats all earlier systems at 2.8%", {"english"}),
    ("ja", "モデル", " model ", {"english-word"}),
    ("ko", "시스템을", "systems을", {"english-word"}),
    ("de", "und erreichen eine Wortfehlerrate von 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("fr", "et atteignons un taux d'erreur de 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("es", "y alcanzamos una tasa de error del 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("pt", "e atingimos uma taxa de erro de 2,8%", "and reach a word error rate of 2.8%", {"english"}),
    ("zh-TW", "17億", "1.7億", {"number-missing", "number-invented"}),
    ("ja", "1300万", "13億", {"number-missing", "number-invented"}),
    ("ko", "1300만", "13억", {"number-missing", "number-invented"}),
    ("de", "1,7 Milliarden", "1,7 Millionen", {"number-missing", "number-invented"}),
    ("fr", "1,7 milliard", "1,7 million", {"number-missing", "number-invented"}),
    ("es", "1700 millones", "1,7 millones", {"number-missing", "number-invented"}),
    ("pt", "1,7 bilhão", "1,7 milhão", {"number-missing", "number-invented"}),
    ("pt", "12.000", "12", {"number-missing", "number-invented"}),
    ("de", "12.000", "12", {"number-missing", "number-invented"}),
    ("zh-TW", "我們在", "以下是譯文：我們在", {"preamble"}),
    ("ja", "我々は1300", "以下に翻訳を示します：我々は1300", {"preamble"}),
    ("ko", "우리는", "다음은 번역문입니다: 우리는", {"preamble"}),
    ("de", "Wir trainieren", "Hier ist die Übersetzung: Wir trainieren", {"preamble"}),
    ("fr", "Nous", "Voici la traduction : Nous", {"preamble"}),
    ("es", "Entrenamos", "Aquí está la traducción: Entrenamos", {"preamble"}),
    ("pt", "Treinamos", "Segue a tradução: Treinamos", {"preamble"}),
    ("zh-TW", "我們在", "作為AI語言模型，我們在", {"first-person"}),
    ("ja", "我々は", "AIとして、我々は", {"first-person"}),
    ("ko", "우리는", "AI로서 우리는", {"first-person"}),
    ("de", "Wir trainieren", "Als KI trainieren wir", {"first-person"}),
    ("fr", "Nous", "En tant qu'IA, nous", {"first-person"}),
    ("es", "Entrenamos", "Como IA, entrenamos", {"first-person"}),
    ("pt", "Treinamos", "Como IA, treinamos", {"first-person"}),
    ("pt", "Treinamos", "o número da resposta anterior não está no texto, treinamos", {"first-person"}),
    ("ja", GOOD["ja"], "申し訳ありませんが、翻訳できません。", {"refusal", "number-missing", "length"}),
    ("ko", GOOD["ko"], "죄송합니다. 번역할 수 없습니다.", {"refusal", "number-missing", "length"}),
    ("de", GOOD["de"], "Es tut mir leid, das geht nicht.", {"refusal", "number-missing", "length"}),
    ("fr", GOOD["fr"], "Désolé, je ne peux pas.", {"refusal", "number-missing", "length"}),
    ("es", GOOD["es"], "Lo siento, no puedo traducir.", {"refusal", "number-missing", "length"}),
    ("pt", GOOD["pt"], "Lamento, não posso traduzir.", {"refusal", "number-missing", "length"}),
    ("de", "womit es", "und damit und damit und damit und damit und damit es", {"repetition"}),
    ("ko", "이는 기존의", "모델을 학습하여 " * 6, {"repetition"}),
)  # fmt: skip


@pytest.mark.parametrize(("code", "stands", "made", "codes"), FAULTS)
def test_a_fault_is_caught(code: str, stands: str, made: str, codes: set[str]) -> None:
    assert stands in GOOD[code]
    draft = GOOD[code].replace(stands, made, 1)
    assert {f.code for f in cases.translation(draft, "stop", EN, language=LANGUAGES[code])} == codes


@pytest.mark.parametrize("code", WRITTEN)
def test_the_source_as_it_was_and_another_script_are_caught(code: str) -> None:
    codes = {finding.code for finding in cases.translation(EN, "stop", EN, language=LANGUAGES[code])}
    assert codes >= {"copied", "english"}
    for other, text in GOOD.items():
        if other != code and not (LANGUAGES[other].latin and LANGUAGES[code].latin):
            found = {finding.code for finding in cases.translation(text, "stop", EN, language=LANGUAGES[code])}
            assert found & {"script", "english"}, other


def test_chinese_of_the_other_way_becomes_its_own_by_opencc() -> None:
    assert mending.sentence(GOOD["zh-CN"], EN, LANGUAGES["zh-TW"]) == GOOD["zh-TW"]
    assert mending.sentence(GOOD["zh-TW"].replace("音訊", "音頻"), EN, LANGUAGES["zh-CN"]) == GOOD["zh-CN"]
    japanese = LANGUAGES["ja"]
    assert mending.sentence("主观評価の指标は里程である。", "x.", japanese) == "主観評価の指標は里程である。"
    assert "们" in mending.sentence("我们の结果は良い。", "x.", japanese)  # no kanji: a finding
    text = "激活函数、损失函数、超参数、循环神经网络、全连接层的局部最小值与噪声，扩展了。"
    assert mending.sentence(text, "x.", LANGUAGES["zh-TW"]) == (
        "激活函數、損失函數、超參數、循環神經網路、全連接層的局部最小值與雜訊，擴展了。"
    )


@pytest.mark.parametrize(
    ("code", "answer", "read"),
    [
        (
            "ja",
            "（1.7B = 17億、13 million = 1300万） モデルを1.7億パラメータで学習した。",
            "モデルを17億パラメータで学習した。",
        ),
        ("de", "(13 million = 13 Millionen) Das Modell lernt", "Das Modell lernt."),
        ("fr", "(1.7B = 1,7 milliard) Le modèle apprend.", "Le modèle apprend."),
        ("pt", "(1.7B = 1,7 bilhão) O modelo aprende.", "O modelo aprende."),
        ("zh-TW", "（1.7B 即 17億）訓練了17億參數的模型", "訓練了17億參數的模型。"),
        (
            "ko",
            "(이전 답변은 한국어로 되어 있지 않았습니다. 모두 한국어로 쓰세요.) 모델을 학습했다.",
            "모델을 학습했다.",
        ),
        ("zh-CN", "（鲁棒性） 模型学习", "模型学习。"),
        ("de", "(Hier nur) Das Modell lernt.", "(Hier nur) Das Modell lernt."),
    ],
)
def test_a_hint_of_the_prompts_is_no_part_of_the_answer(code: str, answer: str, read: str) -> None:
    assert mending.sentence(answer, "A 1.7B model.", LANGUAGES[code]) == read


def test_a_word_looked_up_may_be_two_in_korean() -> None:
    prompt = {code: prompts.load("gloss", code, (prompts.SHIPPED,)) for code in ("ko", "zh-CN")}
    assert lookup.glosses(prompt["ko"], ["decades"], [Completion("수십 년", "stop")]) == {"decades": "수십 년"}
    assert lookup.glosses(prompt["ko"], ["decades"], [Completion("decades", "stop")]) == {}
    assert lookup.glosses(prompt["zh-CN"], ["decades"], [Completion("几 十年", "stop")]) == {}


def test_of_a_german_compound_only_the_names_must_be_known() -> None:
    evidence = "We organized a DNS challenge session at INTERSPEECH 2020."

    def names(text: str) -> list[str]:
        found = cases.point(text, "stop", evidence, language=LANGUAGES["de"])
        return [finding.detail for finding in found if finding.code == "name-unsupported"]

    assert names("Eine DNS-Challenge-Sitzung fand auf der INTERSPEECH 2020 statt.") == []
    assert names("Eine AEC-Challenge-Sitzung fand auf der INTERSPEECH 2020 statt.") == ["AEC-Challenge-Sitzung"]


# ---------------------------------------------------------------- terms


def test_taiwans_terms_are_the_shipped_chinese_ones_in_its_own_words(tmp_path: Path) -> None:
    text = "A neural network learns representations of galaxies and software by gradient descent."
    shipped = glossary.load("zh-TW", tmp_path).of(["cs.LG"]).find(text)
    assert shipped.keys() == glossary.load("zh-CN").of(["cs.LG"]).find(text).keys()
    assert shipped["neural network"][0] == "神經網路"
    assert not LANGUAGES["zh-TW"].foreign_in("".join(one for those in shipped.values() for one in those))
    (tmp_path / "zh-TW.tsv").write_text("neural network\t類神經網路\n", encoding="utf-8")
    own = glossary.load("zh-TW", tmp_path).of(["cs.LG"]).find(text)
    assert own == shipped | {"neural network": ("類神經網路",)}


@pytest.mark.parametrize(
    ("code", "own", "draft", "with_terms"),
    [
        ("de", "Kodierer", "Der encoder (hier) lernt.", "Der Kodierer (hier) lernt."),
        ("ko", "부호화기", "이 encoder 모델은 학습한다.", "이 부호화기 모델은 학습한다."),
        ("ja", "符号化器", "この encoder は学習する。", "この符号化器は学習する。"),
    ],
)
def test_a_term_of_ones_own_is_put_in_with_the_languages_spaces(
    code: str, own: str, draft: str, with_terms: str, tmp_path: Path
) -> None:
    (tmp_path / f"{code}.tsv").write_text(f"encoder\t{own}\n", encoding="utf-8")
    terms = glossary.load(code, tmp_path).of(()).find("The encoder learns.")
    assert lookup.put_in(draft, glossary.offered(terms)) == with_terms
    assert cases.details(absent, draft, "The encoder learns.", terms=terms) == [f"encoder = {own}"]
    assert cases.details(absent, with_terms, "The encoder learns.", terms=terms) == []

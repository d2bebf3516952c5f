"""Each language: its words, what its profile catches and lets through, a page from the scripted engine."""

from __future__ import annotations

import hashlib
import json
import re
import string
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from digests import digest, paper, translated
from killing import workspace
from scripted_engine import SAMPLE, SAMPLE_DAY, Scripted, whole_day

from localdigest import check, config, gloss, glossary, languages, pages, plan, prompts, run, status, store, tidy
from localdigest.cli import cli
from localdigest.errors import ConfigError
from localdigest.languages import LANGUAGES
from localdigest.records import PARTS, Completion, Finding, Request, Translation
from localdigest.render import jekyll
from localdigest.render.words import read, words_for

CODES = tuple(LANGUAGES)
WRITTEN = tuple(code for code in CODES if languages.translated(code))

# ---------------------------------------------------------------- words


def texts(code: str) -> dict[str, str]:
    """Every text of a language by its place: `reasons.waiting`, `headers.submitted.0`."""
    found: dict[str, str] = {}

    def walk(place: str, value: object) -> None:
        if isinstance(value, str):
            found[place] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{place}.{key if isinstance(key, str) else '-'.join(key)}", inner)
        elif isinstance(value, list | tuple):
            for number, inner in enumerate(value):
                walk(f"{place}.{number}", inner)

    for name, value in msgspec.structs.asdict(words_for(code)).items():
        walk(name, value)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
def test_the_words_of_a_language_fill_in_what_the_first_ones_do(code: str) -> None:
    first, own = texts("zh-CN"), {place: text for place, text in texts(code).items() if place[:6] != "zones."}
    assert own.keys() == {place for place in first if place[:6] != "zones."}
    for place, text in own.items():
        assert fields(text) == fields(first[place]), place
        assert text.strip(), place
        if not code.startswith("zh") and not place.startswith(
            ("pages", "separator", "reason", "sources", "several", "doubtful", "parts")
        ):
            assert text != first[place], place
        if place.partition(".")[0] not in {"separator", "reason"}:
            outside = re.sub(r"\{\w+\}|arXiv|localdigest|PDF|\bET\b|\bp\. ", "", text)
            assert LANGUAGES[code].foreign_in(outside) in ("", "no kana"), place  # a label needs none


def test_a_file_of_words_that_lacks_or_adds_any_is_refused(tmp_path: Path) -> None:
    whole = (languages.WORDS / "de.toml").read_text(encoding="utf-8")
    path = tmp_path / "de.toml"
    for wrong, said in (
        (whole.replace('details = "', 'detials = "'), "detials"),
        (re.sub(r"^cut = .*$", "", whole, count=1, flags=re.MULTILINE), "in left_out_for, missing or unknown: cut"),
        (whole.replace("waiting = ", "wating = "), "in reasons, missing or unknown: waiting, wating"),
        (whole.replace("[unfinished.explain]\npending", "[unfinished.explain]\npaused"), "Invalid enum value 'paused'"),
        (whole.replace("[reasons]", "[reasons"), "de.toml"),
        (whole.replace("[unfinished.translate]", "[other.translate]"), "de.toml"),
    ):
        assert wrong != whole
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match=re.escape(said)):
            read(path)
    path.write_text(whole, encoding="utf-8")
    assert read(path) == words_for("de")


# ---------------------------------------------------------------- which there are


def test_a_language_is_there_with_profile_prompts_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert languages.usable(tmp_path) == CODES == ("zh-CN", "zh-TW", "ja", "ko", "de", "fr", "es", "en")
    for code in CODES:
        for name in LANGUAGES[code].prompts:
            assert prompts.load(name, code, (prompts.SHIPPED,)).language == code
        # None lies there for nothing, either.
        assert {path.stem for path in (prompts.SHIPPED / code).iterdir()} == set(LANGUAGES[code].prompts)
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "ja.toml").write_bytes((languages.WORDS / "ja.toml").read_bytes())
    monkeypatch.setattr(languages, "WORDS", folder)
    assert languages.usable(tmp_path) == ("ja",)
    monkeypatch.setattr(languages, "PROMPTS", tmp_path / "none")
    assert languages.usable(tmp_path) == ()
    for name in ("translate", "explain", "gloss"):  # a workspace's own prompts do
        assert languages.usable(tmp_path) == ()
        (tmp_path / "ja").mkdir(exist_ok=True)
        (tmp_path / "ja" / f"{name}.md").write_text("[system]\n[user]\n", encoding="utf-8")
    assert languages.usable(tmp_path) == ("ja",)


def test_a_language_that_is_not_there_is_refused_with_the_list_before_any_work(tmp_path: Path) -> None:
    told = f"no language 'it'; there are: {', '.join(CODES)}"
    config.create(tmp_path)
    for must_exist in (True, False):
        with pytest.raises(ConfigError, match=re.escape(f"--language: {told}")):
            config.open_workspace(tmp_path if must_exist else tmp_path / "new", must_exist=must_exist, language="it")
    path = tmp_path / config.FILE
    path.write_text('language = "it"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{path}: {told}")):
        config.open_workspace(tmp_path)
    refused = CliRunner().invoke(cli, ["-C", str(tmp_path), "run"])
    assert isinstance(refused.exception, ConfigError)
    assert not (tmp_path / "library.db").exists()


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
    },
    "The two systems, a Transformer and wav2vec 2.0, do not use state-of-the-art language models.": {
        "zh-CN": "这两个系统（Transformer 和 wav2vec 2.0）没有使用最先进的语言模型。",
        "zh-TW": "這兩個系統（Transformer 和 wav2vec 2.0）沒有使用最先進的語言模型。",
        "ja": "Transformer と wav2vec 2.0 という二つのシステムは、最先端の言語モデルを使用していない。",
        "ko": "Transformer와 wav2vec 2.0이라는 두 시스템은 최신 언어 모델을 사용하지 않는다.",
        "de": "Die beiden Systeme, ein Transformer und wav2vec 2.0, nutzen keine State-of-the-Art-Sprachmodelle.",
        "fr": "Les deux systèmes, un Transformer et wav2vec 2.0, n'utilisent pas de modèles de langue de pointe.",
        "es": "Los dos sistemas, un Transformer y wav2vec 2.0, no usan modelos de lenguaje de última generación.",
    },
}


@pytest.mark.parametrize("code", WRITTEN)
def test_honest_text_has_no_findings(code: str) -> None:
    language = LANGUAGES[code]
    for english, by_code in ({EN: GOOD} | SAMPLES).items():
        assert check.translation(by_code[code], "stop", english, language=language) == []
        assert check.point(by_code[code], "stop", english, language=language) == []


FAULTS: tuple[tuple[str, str, str, set[str]], ...] = (
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
    ("de", "Wortfehlerrate", "词错误率", {"script"}),
    ("fr", "paramètres", "параметров", {"script"}),
    ("es", "audio y", "音频 y", {"script"}),
    ("ja", "単語誤り率2.8%を達成して", "which beats all earlier systems at 2.8%", {"english"}),
    ("ko", "단어 오류율 2.8%를 달성하였고", "which beats all earlier systems at 2.8%", {"english"}),
    ("ja", "モデル", " model ", {"english-word"}),
    ("ko", "시스템을", "systems을", {"english-word"}),
    ("de", "und erreichen eine Wortfehlerrate von 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("fr", "et atteignons un taux d'erreur de 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("es", "y alcanzamos una tasa de error del 2,8 %", "and reach a word error rate of 2.8%", {"english"}),
    ("zh-TW", "17億", "1.7億", {"number-missing", "number-invented"}),
    ("ja", "1300万", "13億", {"number-missing", "number-invented"}),
    ("ko", "1300만", "13억", {"number-missing", "number-invented"}),
    ("de", "1,7 Milliarden", "1,7 Millionen", {"number-missing", "number-invented"}),
    ("fr", "1,7 milliard", "1,7 million", {"number-missing", "number-invented"}),
    ("es", "1700 millones", "1,7 millones", {"number-missing", "number-invented"}),
    ("de", "12.000", "12", {"number-missing", "number-invented"}),
    ("zh-TW", "我們在", "以下是譯文：我們在", {"preamble"}),
    ("ja", "我々は1300", "以下に翻訳を示します：我々は1300", {"preamble"}),
    ("ko", "우리는", "다음은 번역문입니다: 우리는", {"preamble"}),
    ("de", "Wir trainieren", "Hier ist die Übersetzung: Wir trainieren", {"preamble"}),
    ("fr", "Nous", "Voici la traduction : Nous", {"preamble"}),
    ("es", "Entrenamos", "Aquí está la traducción: Entrenamos", {"preamble"}),
    ("zh-TW", "我們在", "作為AI語言模型，我們在", {"first-person"}),
    ("ja", "我々は", "AIとして、我々は", {"first-person"}),
    ("ko", "우리는", "AI로서 우리는", {"first-person"}),
    ("de", "Wir trainieren", "Als KI trainieren wir", {"first-person"}),
    ("fr", "Nous", "En tant qu'IA, nous", {"first-person"}),
    ("es", "Entrenamos", "Como IA, entrenamos", {"first-person"}),
    ("ja", GOOD["ja"], "申し訳ありませんが、翻訳できません。", {"refusal", "number-missing", "length"}),
    ("ko", GOOD["ko"], "죄송합니다. 번역할 수 없습니다.", {"refusal", "number-missing", "length"}),
    ("de", GOOD["de"], "Es tut mir leid, das geht nicht.", {"refusal", "number-missing", "length"}),
    ("fr", GOOD["fr"], "Désolé, je ne peux pas.", {"refusal", "number-missing", "length"}),
    ("es", GOOD["es"], "Lo siento, no puedo traducir.", {"refusal", "number-missing", "length"}),
    ("de", "womit es", "und damit und damit und damit und damit und damit es", {"repetition"}),
    ("ko", "이는 기존의", "모델을 학습하여 " * 6, {"repetition"}),
)  # fmt: skip


@pytest.mark.parametrize(("code", "stands", "made", "codes"), FAULTS)
def test_a_fault_is_caught(code: str, stands: str, made: str, codes: set[str]) -> None:
    assert stands in GOOD[code]
    draft = GOOD[code].replace(stands, made, 1)
    assert {f.code for f in check.translation(draft, "stop", EN, language=LANGUAGES[code])} == codes


@pytest.mark.parametrize("code", WRITTEN)
def test_the_source_as_it_was_and_another_script_are_caught(code: str) -> None:
    codes = {finding.code for finding in check.translation(EN, "stop", EN, language=LANGUAGES[code])}
    assert codes >= {"copied", "english"}
    scripts = {"de": "latin", "fr": "latin", "es": "latin"}
    for other, text in GOOD.items():
        if scripts.get(other, other) != scripts.get(code, code):
            found = {finding.code for finding in check.translation(text, "stop", EN, language=LANGUAGES[code])}
            assert found & {"script", "english"}, other


def test_chinese_of_the_other_way_becomes_its_own_by_opencc() -> None:
    assert tidy.sentence(GOOD["zh-CN"], EN, LANGUAGES["zh-TW"]) == GOOD["zh-TW"]
    assert tidy.sentence(GOOD["zh-TW"].replace("音訊", "音頻"), EN, LANGUAGES["zh-CN"]) == GOOD["zh-CN"]
    text = "激活函数、损失函数、超参数、循环神经网络、全连接层的局部最小值与噪声。"
    assert tidy.sentence(text, "x.", LANGUAGES["zh-TW"]) == (
        "激活函數、損失函數、超參數、循環神經網路、全連接層的局部最小值與雜訊。"
    )


# ---------------------------------------------------------------- terms


def test_taiwans_terms_are_the_shipped_chinese_ones_in_its_own_words(tmp_path: Path) -> None:
    shipped = glossary.load("zh-TW", (tmp_path, glossary.SHIPPED))
    assert shipped.terms.keys() == glossary.load("zh-CN", (glossary.SHIPPED,)).terms.keys()
    assert shipped.terms["neural network"] == ("神經網路",)
    for renderings in shipped.terms.values():
        assert not LANGUAGES["zh-TW"].foreign_in("".join(renderings)), renderings
    (tmp_path / "zh-TW.tsv").write_text("neural network\t類神經網路\n", encoding="utf-8")
    assert glossary.load("zh-TW", (tmp_path, glossary.SHIPPED)).terms == {
        **shipped.terms,
        "neural network": ("類神經網路",),
    }


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
    terms = glossary.load(code, (tmp_path, glossary.SHIPPED)).find("The encoder learns.")
    assert gloss.put_in(draft, glossary.offered(terms)) == with_terms
    assert check.absent_terms(draft, "The encoder learns.", terms) == [("encoder", (own,))]
    assert check.absent_terms(with_terms, "The encoder learns.", terms) == []


# ---------------------------------------------------------------- prompts


@pytest.mark.parametrize("code", CODES)
def test_a_second_try_names_what_was_wrong(code: str) -> None:
    told = {
        "translate": ("english", "number-missing", "number-invented", "span-changed", "glossary"),
        "explain": ("english", "number-unsupported", "name-unsupported"),
    }
    own = LANGUAGES[code]
    for name, codes in told.items():
        if name not in own.prompts:
            continue
        prompt = prompts.load(name, code, (prompts.SHIPPED,))
        first = prompt.messages(**VALUES)[1].text
        for problem in codes:
            if problem == "english" and code == "en":
                continue
            second = prompt.messages(**VALUES | {"problems": [(problem, "4711")]})[1].text
            assert len(second) > len(first) + 5, problem
            assert "4711" in second or problem == "english", problem
            assert not own.foreign_in(second), problem
        with_terms = prompt.messages(**VALUES | {"terms": {"vocoder": "VOCODIERER"}, "text": "TEXT"})[1].text
        assert "vocoder" in with_terms
        assert "VOCODIERER" in with_terms
        assert "TEXT" in with_terms


VALUES: dict[str, object] = {
    "text": "", "title": "", "numbers": {}, "terms": {}, "problems": (), "part": "", "characters": 1, "word": "",
}  # fmt: skip

# ---------------------------------------------------------------- pages

SYLLABLES = {
    "zh-CN": "模型语音数据结果方法训练噪声系统评估任务",
    "zh-TW": "模型語音資料結果方法訓練雜訊系統評估任務",
    "ja": "かきくけこサシスセソ音声学習評価なにぬね",
    "ko": "모델음성평가결과방법학습잡음과제보여체계",
    **dict.fromkeys(("de", "fr", "es", "en"), "bdfglmnprstvwzkhjcyx"),
}
"""Twenty a language, of which words are made that mean nothing."""


class Listening(Scripted):
    """Writes words of a language, other ones for each request, and keeps what it was asked."""

    def __init__(self, code: str) -> None:
        self.asked: list[Request] = []
        syllables, language = SYLLABLES[code], LANGUAGES[code]
        size, vowels = (3, "aeiou") if language.latin else (2, [""])

        def answer(request: Request) -> Completion:
            self.asked.append(request)
            seed = hashlib.sha256(repr(request.messages).encode()).digest()
            made = [syllables[byte % 20] + vowels[byte % len(vowels)] for byte in seed]
            words = ["".join(made[i : i + size]) for i in range(0, len(made), size)]
            text = language.joiner.join(words) + language.stop
            return Completion(text, "stop", prompt_tokens=7, output_tokens=20, seconds=0.25)

        super().__init__(answer)


@pytest.mark.parametrize("code", CODES)
def test_the_sample_day_in_each_language(code: str, tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language=code)
    engine = Listening(code)
    made = whole_day(space, engine)
    page = made.page.read_text(encoding="utf-8")
    words, export = words_for(code), json.loads(made.export.read_text(encoding="utf-8"))
    assert page.startswith('---\nlayout: post\ntitle: "arXiv Daily – 2026-01-30"\ntags: [arxiv, cs.SD, eess.AS]\n---\n')
    for number, name in enumerate(PARTS, 1):
        assert page.count(f"{number}) **{words.parts[name]}**") == 2
    assert page.count(f"<summary>{words.details}</summary>") == 2
    assert words.counts.format(listed=2, shown=2) in page
    own = LANGUAGES[code]
    said = [p["text"] for paper in export["papers"] for part in paper["breakdown"]["parts"] for p in part["points"]]
    assert len(said) >= 10
    for text in said:
        assert not own.foreign_in(text)
        assert text.endswith(own.stop)
        assert jekyll.escape(text) in page
    assert {request.messages[0].text for request in engine.asked} <= {
        prompts.load(name, code, (prompts.SHIPPED,)).messages(**VALUES)[0].text for name in own.prompts
    }
    assert not {"pending", "failed"} & {r.status for r in made.digest.results.values()}
    assert export["language"] == code
    # Chinese left on another language's page would come from the program, not from the engine.
    assert code.startswith(("zh", "ja")) or not re.search(f"[{languages.HAN}]", page)


def test_a_page_in_english_is_finished_without_asking_for_a_translation(tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path, language="en")
    engine = Listening("en")
    made = whole_day(space, engine)
    system = prompts.load("explain", "en", (prompts.SHIPPED,)).system
    assert engine.asked
    assert {request.messages[0].text for request in engine.asked} == {system}
    export = json.loads(made.export.read_text(encoding="utf-8"))
    page = made.page.read_text(encoding="utf-8")
    for found in export["papers"]:
        assert found["translation"] == {"status": "skipped", "reason": plan.IN_ENGLISH}
        assert f"\n\n{jekyll.escape(found['abstract'])}\n\n<details>" in page
    counts = {"shown": 2, "done": 2, "translated": 0, "explained": 2, "pending": 0, "failed": 0, "skipped": 2}
    assert counts.items() <= export["counts"].items()
    assert whole_day(space, None).page.read_text(encoding="utf-8") == page  # nothing is left to do
    with store.Store(space.library) as library:
        found = status.standing(space, library)
        assert found.counts["translate"] == {"done": 0, "pending": 0, "failed": 0, "skipped": 2}
        assert found.counts["explain"]["done"] == 2
        looked = pages.look(space, library, SAMPLE_DAY, run.find_model(space))
        assert {work.task for work in looked.works} == {"explain"}


def test_the_command_line_counts_a_page_in_english_as_done(tmp_path: Path) -> None:
    root = str(workspace(tmp_path / "digest"))
    day = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs"), "--date", "2026-01-30"]
    command = ["-C", root, "run", "--language", "en", *day]
    done = CliRunner().invoke(cli, command, obj=(None, lambda path, settings: Listening("en")), standalone_mode=False)
    assert done.return_value == 0
    assert "2 papers: 2 explained, 0 pending, 0 failed" in done.stderr
    assert done.stdout.endswith("2026-01-30-arxiv.md\n")
    (tmp_path / "pairs.jsonl").write_text('{"id": "a", "en": "A text."}\n', encoding="utf-8")
    refused = CliRunner().invoke(cli, ["eval", str(tmp_path / "pairs.jsonl"), "--language", "en"])
    assert isinstance(refused.exception, ConfigError)
    assert "nothing is translated into English" in str(refused.exception)


def test_each_language_of_a_workspace_has_results_of_its_own(tmp_path: Path) -> None:
    config.create(tmp_path)
    made: dict[str, str] = {}
    for code in ("de", "en", "de"):
        engine = None if code in made else Listening(code)
        page = whole_day(config.open_workspace(tmp_path, language=code), engine).page.read_text(encoding="utf-8")
        assert made.setdefault(code, page) == page


def test_a_mark_and_a_note_in_another_language() -> None:
    one = paper(1)
    translation = Translation("Ein Satz. Noch einer.", (("A.", "Ein Satz."), ("B.", "Noch einer.")),
                              (Finding("number-missing", "28%", sentence=0),))  # fmt: skip
    day = replace(digest([one], replace(translated(one, ""), translation=translation)), language="de")
    page = jekyll.to_jekyll(day)
    assert "\n\nEin Satz. (zweifelhaft) Noch einer.\n\n" in page
    assert "<small>Hinweise zur Übersetzung: möglicherweise fehlende Zahl 28%</small>" in page

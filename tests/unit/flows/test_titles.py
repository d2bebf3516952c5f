"""Titles in the page's language: what of one is translated, what becomes of a bad draft, where it stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.arxiv import listings
from localdigest.flows import titles
from localdigest.flows.brief import find_models, load
from localdigest.flows.translate import translate
from localdigest.language import prompts
from localdigest.language.profile import find
from localdigest.records import Completion, Finding, Translation
from localdigest.render import archive, export, html, jekyll, markdown
from localdigest.render.atom import to_atom
from localdigest.render.epub import to_epub
from localdigest.render.paper import as_text, published
from localdigest.store import Store, search
from tests.kit.digests import day, translated
from tests.kit.flows import GOOD, REFUSED, means, play, prompt, these
from tests.kit.flows import paper as abstract_of
from tests.kit.languages import LANGUAGES
from tests.kit.pages import parse
from tests.kit.places import SAMPLE, SAMPLE_DAY
from tests.kit.workspaces import ASKED, space_of

ZH = find("zh-CN")
TITLE = "Fathom: a small model of long speech"
DONE = "长语音的小模型"


# ---------------------------------------------------------------- what of a title is translated


@pytest.mark.parametrize(
    ("title", "abstract", "name", "rest"),
    [
        ("WavLM: Large-Scale Self-Supervised Pre-Training", "", "WavLM", "large-scale self-supervised pre-training"),
        ("SAM Audio: Segment Anything", "We present SAM Audio, a model.", "SAM Audio", "segment anything"),
        ("Sound and Music: A Study of Bias", "Sound is biased.", "", "sound and music: a study of bias"),
        ("GLM-TTS Technical Report", "GLM-TTS talks.", "", "GLM-TTS technical report"),
        ("Qwen3-Omni", "", "", ""),
        ("VALL-E 2", "", "", ""),
        ("Kaldi: $O(n)$", "", "Kaldi", ""),
        # A name is what the abstract writes so in the middle of a sentence, and never otherwise.
        ("Streaming Whisper for Everyone", "We make Whisper stream.", "", "streaming Whisper for everyone"),
        ("Mamba in Speech", "Mamba is fast. We use mamba here.", "", "mamba in speech"),
        ("Spoken Term Detection", "We solve Spoken Term Detection (STD) here.", "", "spoken term detection"),
        ("Deep Learning of Rao's Score", "Deep Learning (DL) is here.", "", "deep learning of Rao's score"),
        ("Kimi-Audio on Long-Form Audio", "Kimi-Audio hears long-form audio. So Kimi-Audio is.", "",
         "Kimi-Audio on long-form audio"),
        ("Dual-View Value Investing", "Our Dual-view Value Investing Net is it.", "", "dual-view value investing"),
        ("Efficient Transformers", "We speed transformers up.", "", "efficient Transformers"),
        # In sentence case only the first word's capital says nothing.
        ("Fine-tuning Whisper for low-resource languages", "", "", "fine-tuning Whisper for low-resource languages"),
        ("A $\\mathcal{Large}$ Step Towards \\emph{Better} Codecs", "", "",
         "a $\\mathcal{Large}$ step towards \\emph{better} codecs"),
    ],
)  # fmt: skip
def test_a_title_is_parted_into_name_and_rest(title: str, abstract: str, name: str, rest: str) -> None:
    assert titles.parts(title, abstract) == (name, rest)


@pytest.mark.parametrize(
    ("draft", "bare"),
    [
        ("《语音研究》", "语音研究"),
        ("“语音研究”。", "语音研究"),
        ("**语音研究**", "语音研究"),
        ("标题：语音研究", "语音研究"),
        ("语音研究。", "语音研究"),
        ("语音 -- 一项研究", "语音——一项研究"),
        ("基于鲁棒语音检测", "鲁棒语音检测"),
        ("从《红楼梦》到《西游记》", "从《红楼梦》到《西游记》"),
        ("什么是语音？", "什么是语音？"),
    ],
)
def test_what_only_a_sentence_or_a_quotation_has_is_taken_off(draft: str, bare: str) -> None:
    assert titles.bare(draft, "speech research", ZH) == bare
    assert titles.bare("“好”", '"Fine"', ZH) == "“好”"
    assert titles.bare("基于语音的研究", "speech-based research", ZH) == "基于语音的研究"
    assert titles.bare("他说“好”。", "He said “fine”.", ZH) == "他说“好”。"


def test_the_name_comes_back_with_the_colon_of_the_language() -> None:
    whole = {code: titles.whole("WavLM", "une étude", LANGUAGES[code]) for code in ("zh-CN", "ja", "de", "fr")}
    assert whole["zh-CN"] == whole["ja"] == "WavLM：une étude"
    assert (whole["de"], whole["fr"]) == ("WavLM: Une étude", "WavLM\u00a0: Une étude")
    assert titles.whole("", "eine Studie", LANGUAGES["de"]) == "Eine Studie"


# ---------------------------------------------------------------- the flow


def test_a_title_is_one_request_more_beside_the_sentences() -> None:
    flow = translate(abstract_of(title=TITLE), means("translate", ("speech", "语音")), prompt("title"))
    draft, usage, ((*asked,),) = play(flow, these(*GOOD, f"《一个{DONE}》。"))
    assert (draft.title, draft.title_findings) == (f"Fathom：{DONE}", ())
    assert (draft.text, len(draft.pairs), draft.findings) == ("".join(GOOD), 3, ())
    assert usage.requests == len(asked) == 4
    assert asked[-1].messages[-1].text.splitlines() == ["（speech 即 语音）", "a small model of long speech"]
    assert "标题" in asked[-1].messages[0].text


def test_what_something_is_for_is_asked_for_by_itself_and_put_before_it() -> None:
    flow = translate(abstract_of(title="Fathom: A Small Model for Long Speech"), means("translate"), prompt("title"))
    draft, usage, ((*asked,),) = play(flow, these(*GOOD, "一个小模型", "长语音"))
    assert [r.messages[-1].text for r in asked[-2:]] == ["a small model", "long speech"]
    assert (draft.title, usage.requests) == ("Fathom：面向长语音的小模型", 5)
    flow = translate(abstract_of(title="Fathom: A Small Model for Long Speech"), means("translate"), prompt("title"))
    draft, _, _ = play(flow, these(*GOOD, "小模型", "长语音7"), rest="长语音7")
    assert draft.title == ""  # half a title is none
    assert [f.code for f in draft.title_findings] == ["number-invented"]


@pytest.mark.parametrize(
    ("title", "form", "asked"),
    [
        ("a small model for long speech", "面向{1}的{0}", ["a small model", "long speech"]),
        ("robust training using prior uncertainty", "基于{1}的{0}", ["robust training", "prior uncertainty"]),
        ("attention decoding with long encodings", "基于{1}的{0}", ["attention decoding", "long encodings"]),
        ("biases in models: a study for all of us", "{0}：面向{2}的{1}", ["biases in models", "a study", "all of us"]),
        ("the impact of stereo -- a study", "{0}——{1}", ["the impact of stereo", "a study"]),
        ("a small step: $x: y$ in {braces}", "{0}：{1}", ["a small step", "$x: y$ in {braces}"]),
        ("speech of machines: GLM {2}", "{0}：GLM {{2}}", ["speech of machines"]),
        # No two halves: a word alone, two links, a clause, people with a property, talk with someone.
        *((title, "{0}", [title]) for title in (
            "a model for speech", "models for all using one of them", "what speech is for all models",
            "older children with hearing loss", "human interaction with large models", "dealing with long speech",
            "one: two for three",
        )),
    ],
)  # fmt: skip
def test_a_title_is_asked_in_pieces_by_its_prepositions(title: str, form: str, asked: list[str]) -> None:
    assert titles.pieces(title, ZH) == (form, tuple(asked))


def test_only_subtitles_are_pieces_where_a_language_turns_nothing() -> None:
    of = {code: titles.pieces("a small model for all: one study", LANGUAGES[code])[0] for code in ("de", "fr", "ja")}
    assert of == {"de": "{0}: {1}", "fr": "{0}\u00a0: {1}", "ja": "{0}：{1}"}
    assert titles.pieces("one step -- two steps", LANGUAGES["de"]) == ("{0} – {1}", ("one step", "two steps"))


def test_a_conference_in_capitals_is_not_lost() -> None:
    flow = translate(abstract_of(title="ICASSP Challenge of ASR Noise"), means("translate"), prompt("title"))
    draft, _, (_, again) = play(flow, these(*GOOD, "噪声挑战"), these("ICASSP 语音识别噪声挑战"))
    assert "原样保留 ICASSP" in again[0].messages[-1].text
    assert draft.title == "ICASSP 语音识别噪声挑战"


def test_without_its_prompt_nothing_is_asked_about_a_title() -> None:
    draft, usage, _ = play(translate(abstract_of(), means("translate")), these(*GOOD))
    assert (draft.title, draft.title_findings, usage.requests) == ("", (), 3)
    flow = translate(abstract_of(title="Qwen3-Omni"), means("translate"), prompt("title"))
    draft, usage, _ = play(flow, these(*GOOD))  # nothing in it to translate
    assert (draft.title, usage.requests) == ("", 3)


def test_a_bad_title_is_asked_for_again_and_its_sentences_keep_their_places() -> None:
    bad = "a small model of long speech"
    flow = translate(abstract_of(title=TITLE), means("translate"), prompt("title"))
    wrong = "在 LibriSpeech 上错误率为28%。"
    draft, _, (_, again) = play(flow, these(GOOD[0], wrong, GOOD[2], bad), these(GOOD[1], DONE))
    assert len(again) == 2
    assert "留有英文" in again[1].messages[-1].text
    assert draft.title == f"Fathom：{DONE}"
    assert {f.code for f in draft.title_findings} == {"english", "copied"}
    assert all(f.resolved and f.sentence is None for f in draft.title_findings)
    assert {f.sentence for f in draft.findings} == {1}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("长语音的小模型，共7层", "number-invented"),
        ("a small model of long speech", "english"),
        ("好的：长语音的小模型", "preamble"),
        ("긴 음성을 위한 작은 모델", "script"),
        ("见 https://evil.example/x 的小模型", "url-invented"),
        (REFUSED, "refused"),
        (Completion("长语音", "length"), "cut"),
        ("", "empty"),
    ],
)
def test_a_title_that_stays_wrong_is_left_out_and_told(answer: str | Completion, code: str) -> None:
    flow = translate(abstract_of(title=TITLE), means("translate"), prompt("title"))
    draft, _, _ = play(flow, these(*GOOD, answer), rest=answer)
    assert draft.title == ""
    assert code in [f.code for f in draft.title_findings if not f.resolved]
    assert (draft.text, draft.findings) == ("".join(GOOD), ())


def test_a_title_with_a_colon_of_its_own_is_no_preamble() -> None:
    source = "Speech in Summary: Overview"
    flow = translate(abstract_of(title=source), means("translate"), prompt("title"))
    draft, _, _ = play(flow, these(*GOOD, "总结语音：概览"))
    assert draft.title == "总结语音：概览"


# ---------------------------------------------------------------- prompts and keys


def test_only_where_titles_are_asked_for_is_a_translation_new_work(tmp_path: Path) -> None:
    spaces = [space_of(tmp_path / "off"), space_of(tmp_path / "on", ASKED)]
    model = find_models(spaces[0])
    briefs = [load(space, model) for space in spaces]
    assert [each.title is not None for each in briefs] == [False, True]
    assert briefs[0].fingerprint("translate") != briefs[1].fingerprint("translate")
    assert briefs[0].fingerprint("explain") == briefs[1].fingerprint("explain")
    assert load(spaces[1], model, titles=False) == briefs[0]
    english = space_of(tmp_path / "en", ASKED, ('language = "zh-CN"', 'language = "en"'))
    assert load(english, model).title is None
    taiwan = space_of(tmp_path / "tw", ASKED, ('language = "zh-CN"', 'language = "zh-TW"'))
    title = load(taiwan, model).title
    assert title is not None
    assert (title.language, title.path) == ("zh-TW", prompts.SHIPPED / "zh-CN" / "title.md")


def test_taiwans_titles_are_converted() -> None:
    own = replace(means("translate"), prompt=prompts.load("translate", "zh-TW", (prompts.SHIPPED,)))
    flow = translate(abstract_of(title=TITLE), own, prompts.load("title", "zh-TW", (prompts.SHIPPED,)))
    draft, _, _ = play(flow, these(*GOOD, "一个长语音的小模型软件"))
    assert draft.title == "Fathom：長語音的小模型軟體"


# ---------------------------------------------------------------- where it stands


def test_every_form_has_the_translated_title_below_the_english_one() -> None:
    one, today = day()
    text = jekyll.to_jekyll(today)
    below = "## A fast vocoder\n快速&lt;b&gt;声码器&lt;/b&gt;\\*\n\n- **Authors**: Ann Author\n"
    assert below in text
    assert "## Half\n- **Authors**: Ann Author\n" in text

    tree = parse(html.to_html(today))
    first, second = tree.all("article")
    assert (first.one("p.original-title").text, first.one("h2").text) == ("A fast vocoder", "快速<b>声码器</b>*")
    assert "lang" not in first.one("h2").attributes
    assert second.one("h2").attributes["lang"] == "en"

    plain = markdown.to_markdown(today)
    assert f"## A fast vocoder\n\n{markdown.escape('快速<b>声码器</b>*')}\n\n- **Authors**" in plain
    assert "## Half\n\n- **Authors**" in plain
    assert "<h2>A fast vocoder</h2>\n<p><strong>快速&lt;b&gt;声码器&lt;/b&gt;*</strong></p>" in to_atom([today])
    assert len(to_epub(today)) > len(to_epub(replace(today, results={})))

    record = archive.record(today)
    assert parse(archive.to_html([record], "zh-CN"))
    lines = as_text(published(one, {"translate": today.results[one.id, "translate"]}, None, "zh-CN")).splitlines()
    assert lines[:3] == ["A fast vocoder", "快速<b>声码器</b>*", "Ann Author"]

    data = json.loads(export.to_json(today))
    assert data["papers"][0]["translation"]["title"] == "快速<b>声码器</b>*"
    assert "title" not in data["papers"][1]["translation"]


def test_show_says_why_a_title_stayed_english() -> None:
    one, today = day()
    wrong = Translation("译。", (("A.", "译。"),), (), "", (Finding("script", "は"), Finding("english", "x", True)))
    result = replace(today.results[one.id, "translate"], translation=wrong)
    text = as_text(published(one, {"translate": result}, None, "zh-CN"))
    assert "title left in English" in text
    assert "は" in text


def test_a_translated_title_is_found_in_the_archive(tmp_path: Path) -> None:
    one, today = day()
    with Store(tmp_path / "library.db") as store:
        store.add_papers([one])
        store.save("before", translated(one, "译文一。"))
        assert not search.look(store, "声码器").rows
        store.save("after", today.results[one.id, "translate"])
        (row,) = search.look(store, "声码器").rows
        assert ("声码器", True) in row.snippets["translation"]


def test_a_result_from_before_there_were_titles_is_read(tmp_path: Path) -> None:
    one, _ = day()
    with Store(tmp_path / "library.db") as store:
        store.add_papers([one])
        store.save("old", translated(one, "译文一。"))
        store._db.execute("UPDATE results SET record = json_remove(record, '$.translation.title', "
                          "'$.translation.title_findings')")  # fmt: skip
        (result,) = store.latest([one], "zh-CN", ["old"]).values()
        assert result.translation
        assert (result.translation.title, result.translation.title_findings) == ("", ())


def test_titles_of_the_sample_are_taken_apart() -> None:
    listing = SAMPLE / "atom.xml"
    for one in listings.parse(listing.read_bytes(), str(listing)).papers:
        name, rest = titles.parts(one.title, one.abstract)
        assert (name, rest[:6]) == ("", "ICASSP")
    assert SAMPLE_DAY.year == 2026

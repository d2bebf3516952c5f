"""Terms: how they are read, which are found in a text, and what of the shipped files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from localdigest.checks.terms import absent
from localdigest.flows import lookup
from localdigest.language import glossary, profile
from localdigest.messages.errors import ConfigError
from tests.kit import cases


def load(folder: Path, text: str) -> glossary.Glossary:
    folder.mkdir(exist_ok=True)
    (folder / "zh-CN.tsv").write_text(text, encoding="utf-8")
    return glossary.load("zh-CN", folder).of(("cs.SD",))


def test_a_term_is_found_as_it_is_written_in_any_case_number_and_hyphenation(tmp_path: Path) -> None:
    words = load(tmp_path, "language model\t语言模型\nback-channel\t附和语/反馈语\n")
    assert words.find("Language models, back channels") == {
        "Language models": ("语言模型",),
        "back channels": ("附和语", "反馈语"),
    }
    assert words.find("a language-model; language model") == {"language-model": ("语言模型",)}  # once
    kinetics = load(tmp_path, "kinetics\t动力学\nmetric\t指标\n")
    assert kinetics.find("kinetic models of the kinetics, by two metrics").keys() == {"kinetics", "metrics"}
    trade = load(tmp_path, "futures\t期货\nlogistic\t逻辑斯谛\n")
    assert trade.find("future logistics, and a logistic curve of futures").keys() == {"logistic", "futures"}
    # What has other letters in lower case, or more of them, moves nothing.
    assert words.find("İSTANBUL’S LANGUAGE MODEL, Back-Channelſ") == {
        "LANGUAGE MODEL": ("语言模型",),
        "Back-Channelſ": ("附和语", "反馈语"),
    }


@pytest.mark.parametrize("text", ["tokens_per_second", "x.token", "mT5-token", "token-X1", "tokenise", "a/token/b"])
def test_a_part_of_a_name_is_no_term(text: str, tmp_path: Path) -> None:
    assert load(tmp_path, "token\t词元\n").find(text) == {}


def test_of_overlapping_terms_the_longest_is_found(tmp_path: Path) -> None:
    words = load(tmp_path, "model\t模型\nlanguage model\t语言模型\nlarge language model\t大语言模型\n")
    assert words.find("A large language model and a model.") == {
        "large language model": ("大语言模型",),
        "model": ("模型",),
    }


def test_a_workspaces_terms_go_before_the_shipped_ones_and_take_them_out(tmp_path: Path) -> None:
    words = load(tmp_path, "# mine\nvocoder\t声音编码器\nTokenizer\n\n")
    assert words.find("vocoder tokenizer spectrogram").keys() == {"vocoder", "spectrogram"}
    assert words.terms["vocoder"] == ("声音编码器",)


@pytest.mark.parametrize("line", ["a\tb\tc", "\t声码器"])
def test_a_line_that_is_no_term_is_refused_with_its_number(line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"zh-CN\.tsv, line 2: a term, a tab"):
        load(tmp_path, f"# comment\n{line}\n")
    (tmp_path / "zh-CN.tsv").write_bytes(b"caf\xe9\tx\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        glossary.load("zh-CN", tmp_path)


def test_a_language_without_a_glossary_has_no_terms() -> None:
    assert glossary.load("de").of(()).find("vocoder") == {}
    assert glossary.load("de").of(()).fingerprint == ""


def test_the_fingerprint_is_of_the_terms_not_of_the_file(tmp_path: Path) -> None:
    one = load(tmp_path, "a\tb\nc\td\n").fingerprint
    assert load(tmp_path, "# x\nc\td\n\na\tb\n").fingerprint == one
    assert load(tmp_path, "a\tb\n").fingerprint != one


@pytest.mark.parametrize("table", sorted(glossary.load("zh-CN").tables))
def test_a_shipped_table_has_each_term_once_and_no_mistake_that_is_also_right(table: str) -> None:
    path = profile.PROMPTS / "zh-CN" / "terms" / f"{table}.tsv"
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    terms = glossary.Termbase(tables={glossary.GENERAL: path}).of((), borrowing=False).below[0].terms
    assert len({english.casefold() for english in terms}) == len(rows) > 100
    for english, renderings in terms.items():
        assert not any(f"!{one}" in renderings for one in renderings), english


def test_each_archive_of_arxiv_has_tables_and_each_table_a_field() -> None:
    names = set(glossary.load("zh-CN").tables)
    archives = "astro-ph cond-mat cs econ eess gr-qc hep-ex hep-lat hep-ph hep-th math math-ph nlin nucl-ex nucl-th"
    for archive in f"{archives} physics q-bio q-fin quant-ph stat".split():
        assert set(glossary.tables_of(f"{archive}.XX")) <= names
        assert glossary.tables_of(archive)
    fields = tomllib.loads(glossary.FIELDS.read_text(encoding="utf-8"))
    assert {name for tables in fields.values() for name in tables} == names - {glossary.GENERAL}


def test_a_word_means_what_the_papers_own_field_calls_so() -> None:
    base = glossary.load("zh-CN")

    def rendering(word: str, *categories: str) -> str:
        return glossary.offered(base.of(categories).find(f"It has a {word}.")).get(word, "")

    assert rendering("transit", "astro-ph.EP").startswith("凌")
    assert "凌" not in rendering("transit", "cs.NI")
    assert (rendering("jet", "astro-ph.HE"), rendering("jet", "hep-ph")) == ("喷流", "喷注")
    assert rendering("flavor", "cs.CL") == ""
    assert (rendering("registration", "cs.CR"), rendering("registration", "cs.CV")) == ("注册", "配准")
    assert (rendering("trait", "cs.CV"), rendering("trait", "q-bio.PE")) == ("", "性状")  # of many senses there


def test_a_term_that_the_papers_fields_lack_is_borrowed_where_all_others_agree(tmp_path: Path) -> None:
    tables = {
        "astro-ph": "host star\t宿主恒星\nkilonova\t千新星\nred giant star\t红巨星\n",
        "q-bio": "host stars\t主星\nkiller cell\t杀伤细胞\nmagnetic fields\t磁场\ntranscriptome atlas\t转录组图谱\n",
        "physics": "magnetic field\t磁场/磁力场\n",
    }
    for name, rows in tables.items():
        (tmp_path / name).write_text(rows, encoding="utf-8")
    base = glossary.Termbase(tables={name: tmp_path / name for name in tables})
    # What a host star is differs; a kilonova is one word, a killer cell two ordinary ones of one field.
    said = "A killer cell, a kilonova, a magnetic field of red giant stars, host stars, a transcriptome atlas."
    found = glossary.offered(base.of(["hep-ph"]).find(said))
    assert found == {"magnetic field": "磁场", "red giant stars": "红巨星", "transcriptome atlas": "转录组图谱"}
    assert base.of(["hep-ph"], borrowing=False).find(said) == {}


def test_a_mistake_is_put_right_unless_another_term_is_called_so(tmp_path: Path) -> None:
    words = load(tmp_path, "transformer\tTransformer/变换器/!变压器\npower transformer\t变压器\n")
    terms = words.find("A transformer is no device.")
    draft = lookup.put_in("变压器不是设备，见 `变压器`。", glossary.put_right(terms))
    assert draft == "Transformer不是设备，见 `变压器`。"
    assert cases.details(absent, "变压器", "A transformer", terms=terms)  # nor does it count as a rendering
    both = glossary.put_right(words.find("A transformer for a power transformer."))
    assert lookup.put_in("变压器", both) == "变压器"
    assert lookup.put_in("用 Transformers 库。", {"Transformers": "Transformer"}) == "用 Transformers 库。"


def test_a_mistake_may_be_a_part_of_what_is_right(tmp_path: Path) -> None:
    words = load(tmp_path, "detokenizer\t反分词器/!分词器\ntokenizer\t分词器\n")
    alone = glossary.put_right(words.find("A detokenizer."))
    assert lookup.put_in("一个分词器，反分词器。", alone) == "一个反分词器，反分词器。"
    assert "分词器" not in glossary.put_right(words.find("A tokenizer and a detokenizer."))


def test_a_capital_plural_in_a_sentence_is_a_name_and_no_term(tmp_path: Path) -> None:
    words = load(tmp_path, "transformer\tTransformer/!变压器\n")
    assert words.find("They all use Transformers.") == {}
    assert list(words.find("Transformers are used.")) == list(words.find("So. Transformers are.")) == ["Transformers"]
    assert list(words.find("Of transformers, a Transformer.")) == ["transformers"]


def test_a_mistake_cannot_be_what_is_offered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 1: the first rendering"):
        load(tmp_path, "transformer\t!变压器/Transformer\n")


def test_a_term_put_in_before_its_own_rendering_in_brackets_stands_once() -> None:
    draft = "Singing voice synthesis（歌声合成，SVS）很难。"
    assert lookup.put_in(draft, {"Singing voice synthesis": "歌声合成"}) == "歌声合成（SVS）很难。"


def test_a_rendering_in_latin_letters_is_no_english_left_over() -> None:
    language, source = profile.find("zh-CN"), "A transformer and its transformers are attentive."
    terms = {"transformer": ("Transformer", "!变压器")}
    for draft in ("一个Transformer和它的Transformers很专注。",):
        for judge in (cases.translation, cases.point):
            assert judge(draft, "stop", source, language=language, terms=terms) == []
            assert [f.code for f in judge(draft, "stop", source, language=language)] == ["english-word"] * 2
    source, terms = "A sigmoid is a function of one variable.", {"sigmoid": ("sigmoid", "S 形")}
    assert cases.translation("sigmoid是一个变量的函数。", "stop", source, language=language, terms=terms) == []
    assert cases.translation("sigmoid是一个变量的函数。", "stop", source, language=language) != []


def test_a_term_is_called_alike_in_all_sentences_of_a_text() -> None:
    agent: dict[str, glossary.Renderings] = {"agent": ("智能体", "代理", "!特工")}
    drafts = ["智能体学习。", "代理行动。", "代理服务器与代理。"]
    terms: list[dict[str, glossary.Renderings]] = [agent, agent, {**agent, "proxy server": ("代理服务器",)}]
    assert glossary.with_one_rendering(drafts, terms) == ["智能体学习。", "智能体行动。", "代理服务器与代理。"]
    assert glossary.with_one_rendering(["代理甲。", "代理乙。"], [agent, agent]) == ["代理甲。", "代理乙。"]


def test_one_character_is_a_rendering_only_beside_what_other_terms_are_called() -> None:
    terms = {"sheaf": ("层",), "hierarchy": ("层次",)}
    assert cases.details(absent, "层次很多。", "A hierarchy of sheaf.", terms=terms)
    assert not cases.details(absent, "层的层次。", "A hierarchy of sheaf.", terms=terms)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("p-Laplacian", "the $p$-Laplacian"),
        ("Schrödinger equation", 'two Schr\\"odinger equations'),
        ("galaxy", "old galaxies"),
        ("flavor symmetry", "flavour symmetries"),
        ("alpha decay", "$\\alpha$ decays"),
        ("proton–proton collision", "proton-proton collisions"),
        ("gaussian process", "Gaussian Processes"),
        ("Hamiltonian", "a hamiltonian"),
        ("C*-algebra", "$C^*$-algebras"),
        ("attention", "attention-based"),
    ],
)
def test_a_term_is_found_in_the_forms_that_papers_write(term: str, text: str) -> None:
    assert glossary.Glossary({term: ("甲乙",)}).find(text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("fan", "by Fan et al."),
        ("SAT", "he sat"),
        ("Lie", "they lie"),
        ("C*-algebra", "C algebra"),
        ("lens", "the lenient"),
    ],
)
def test_a_name_is_no_word_and_a_word_no_name(term: str, text: str) -> None:
    assert not glossary.Glossary({term: ("甲乙",)}).find(text)


def test_a_sign_of_a_formula_is_no_term() -> None:
    terms = glossary.Glossary({"subset": ("子集",)})
    assert terms.find(r"a compact $\Theta \subset \ell_2$") == {}
    assert terms.find(r"a subset $\Theta \subset \ell_2$") == {"subset": ("子集",)}


def test_terms_are_replaced_the_longest_first() -> None:
    text = "Testing by metamorphic testing, not re-testing."
    assert (
        glossary.with_renderings(text, {"testing": "测试", "metamorphic testing": "蜕变测试"})
        == "测试 by 蜕变测试, not re-testing."
    )

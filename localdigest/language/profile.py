"""The languages of a digest, one frozen profile each: what is written, and what gives a wrong draft away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
KANA = r"\u3040-\u30ff"
HANGUL = r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_OTHERS = r"\u0400-\u04ff\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f"
"""Cyrillic, Hebrew, Arabic, Devanagari, Thai: none of ours is written in them."""


@dataclass(frozen=True, slots=True)
class Language:
    """What the checks and the flows must know of a language; the prompts and the page's words are files."""

    code: str
    english: str
    own: str
    letters: str
    """Character class of its script; for those in Latin script, of the letters."""
    foreign: str
    """Character class of scripts that have no place in it."""
    length: tuple[float, float]
    """Least and most characters for one of the English source's."""
    preamble: str
    """How a draft begins that says what it is before it is (up to the colon)."""
    greeting: str
    """How one begins that answers the prompt in a sentence or a line of its own."""
    aside: str
    """How a translator's note begins, before a colon."""
    refusal: str
    speaks: str
    """The model speaking of itself, or of what the prompt of a second try says of its first."""
    heading: str
    """The words for `title` and `abstract`, before a colon."""
    stop: str = "."
    joiner: str = " "
    """Between sentences."""
    width: float = 1.0
    """Characters that say as much as one Han character of a Chinese text, about."""
    latin: bool = True
    charsets: tuple[str, str] | None = None
    """Python codecs of its own Han characters and of the other's: a character that only the other has is foreign."""
    convert: str = ""
    """OpenCC's configuration that makes its own of the other's characters."""
    made_of: str = ""
    """The language whose prompts, terms and answers become its own by `convert`: small models write that one better."""
    decimal: str = "."
    group: str = ","
    english_only: frozenset[str] = frozenset()
    """English function words that are no words of this language."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompt files that its work needs.

        Single words are looked up (`gloss`) where Latin letters are not its own and give an English word away.
        """
        wanted = {"translate": translated(self.code), "explain": True, "gloss": not self.latin}
        return tuple(name for name, needed in wanted.items() if needed)

    @property
    def own_letter(self) -> re.Pattern[str]:
        return re.compile(f"[{self.letters}]")

    def foreign_in(self, text: str) -> str:
        """The first character of `text` in a script, or of a set of Han characters, that is not this language's."""
        if match := re.search(f"[{self.foreign}{_OTHERS}]", text):
            return match[0]
        if self.charsets:
            own, other = self.charsets
            for character in re.findall(f"[{HAN}]", text):
                if _encodes(character, other) and not _encodes(character, own):
                    return str(character)
        if self.code == "ja" and _CHINESE.search(text):
            return "no kana"
        return ""


_CHINESE = re.compile(rf"^(?=(?:[^{HAN}]*[{HAN}]){{12}})[^{KANA}]+$|[{HAN}，、]{{15}}", re.DOTALL)
"""In a Japanese text: twelve Han characters and no kana in all of it, or fifteen on end."""


def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


_ENGLISH = frozenset(
    (  # noqa: SIM905 (a list literal of forty lines says no more)
        "the of and with for which that is are we our this these by from to on its it be can has have been not their "
        "than into between using while such through both however when where also more"
    ).split()
)
_SORRY = r"|\bI(?: am|'m) sorry\b|\bI (?:cannot|can't|am unable)\b"
_AI = r"|\bas an? (?:AI|language model)\b|\bI am an AI\b"
_SURE = r"|(?:Sure|Certainly|Of course|Absolutely)[!！,，.。]"
_LEAD = r"|Sure\b[^.]{0,40}|Certainly\b[^.]{0,40}|Here (?:is|are)\b[^.]{0,60}|(?:English )?Translation"

LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        Language(
            "zh-CN",
            "Simplified Chinese",
            "简体中文",
            letters=HAN,
            foreign=KANA + HANGUL,
            length=(0.12, 0.9),
            preamble=r"(?:好的|当然|以下(?:是|为)|下面是|译文|翻译(?:如下|结果)|总结|概括|要点|中文(?:译文|要点|句))[^。]{0,20}"
            r"|(?:中文)?翻译" + _LEAD,
            greeting=r"(?:当然(?:可以)?|好的|没问题)[!！。]|(?:当然可以|好的|没问题)[，,]"
            r"|(?:(?:以下|下面)[是为][^，。：:\s]{0,12}(?:翻译|译文)|(?:翻译|译文)如下)(?=[。！!\s]|$)" + _SURE,
            aside="译者?注|注释?|备注|翻译说明",
            refusal=r"(?:抱歉|对不起)，|(?:我|您)(?:无法|不能)(?:提供|翻译|完成|回答|协助)" + _SORRY,
            speaks=r"作为(?:一个|一名|一位)?(?:AI|人工智能|大?语言模型|翻译)|我是(?:一个|一名)?(?:AI|人工智能|语言模型|翻译|通义)"
            r"|我(?:将|会|来|已)(?:为您|把|将)[^。]{0,12}(?:翻译|译成)|希望(?:这|以上)[^。]{0,12}有(?:所)?帮助"
            r"|上一次的(?:回答|译文)" + _AI,
            heading="(?:论文|文章|中文)?(?:标题|题目|摘要|原文)",
            stop="。",
            joiner="",
            latin=False,
            charsets=("gb2312", "big5"),
            convert="t2s",
        ),
        Language(
            "zh-TW",
            "Traditional Chinese",
            "繁體中文",
            letters=HAN,
            foreign=KANA + HANGUL,
            length=(0.12, 0.9),
            preamble=r"(?:好的|當然|以下(?:是|為)|下面是|譯文|翻譯(?:如下|結果)|總結|概括|要點|中文(?:譯文|要點|句))[^。]{0,20}"
            r"|(?:中文)?翻譯" + _LEAD,
            greeting=r"(?:當然(?:可以)?|好的|沒問題)[!！。]|(?:當然可以|好的|沒問題)[，,]"
            r"|(?:(?:以下|下面)[是為][^，。：:\s]{0,12}(?:翻譯|譯文)|(?:翻譯|譯文)如下)(?=[。！!\s]|$)" + _SURE,
            aside="譯者?註|[註注]釋?|備註|翻譯說明",
            refusal=r"(?:抱歉|對不起)，|(?:我|您)(?:無法|不能)(?:提供|翻譯|完成|回答|協助)" + _SORRY,
            speaks=r"作為(?:一個|一名|一位)?(?:AI|人工智慧|大?語言模型|翻譯)|我是(?:一個|一名)?(?:AI|人工智慧|語言模型|翻譯)"
            r"|我(?:將|會|來|已)(?:為您|把|將)[^。]{0,12}(?:翻譯|譯成)|希望(?:這|以上)[^。]{0,12}有(?:所)?幫助"
            r"|上一次的(?:回答|譯文)" + _AI,
            heading="(?:論文|文章|中文)?(?:標題|題目|摘要|原文)",
            stop="。",
            joiner="",
            latin=False,
            charsets=("big5", "gb2312"),
            convert="s2twp",
            made_of="zh-CN",
        ),
        Language(
            "ja",
            "Japanese",
            "日本語",
            letters=HAN + KANA,
            foreign=HANGUL,
            width=1.6,
            length=(0.16, 1.3),
            preamble=r"(?:はい|承知|もちろん|以下(?:は|に|が)|次(?:は|の)|翻訳(?:結果|は)?|訳文|日本語訳|要約)[^。]{0,20}"
            + _LEAD,
            greeting=r"(?:もちろん(?:です)?|はい|承知(?:しま|いたしま)した|わかりました|かしこまりました)[!！。]|はい、"
            r"|(?:(?:以下|次)[はが][^、。：:\s]{0,12}(?:翻訳|訳文?)(?:です)?|(?:翻訳|訳文)は(?:以下|次)の(?:とおり|通り)です)(?=[。！!\s]|$)"
            + _SURE,
            aside="訳者?注|注(?:記|釈)?|備考",
            refusal=r"申し訳(?:ありません|ございません)|(?:翻訳|提供|回答)(?:する)?(?:ことは|は)?できません" + _SORRY,
            speaks=r"(?:AI|人工知能|言語モデル|翻訳者)として|私は(?:AI|人工知能|言語モデル|翻訳者)|翻訳いたします|お役に立て"
            r"|前回の(?:回答|訳文)" + _AI,
            heading="(?:論文の?)?(?:タイトル|題名|要旨|概要|原文)",
            stop="。",
            joiner="",
            latin=False,
            charsets=("cp932", "gb2312"),
        ),
        Language(
            "ko",
            "Korean",
            "한국어",
            letters=HANGUL,
            foreign=KANA + HAN,
            width=1.6,
            length=(0.18, 1.2),
            preamble=r"(?:네|물론|알겠습니다|다음은|아래는|번역(?:문|\s?결과)?|한국어 번역|요약)[^.。]{0,20}" + _LEAD,
            greeting=r"(?:네|물론(?:입니다|이죠)?|알겠습니다)[!.。]|네, "
            r"|(?:(?:다음|아래)[은는] [^,.:]{0,12}번역(?:문|본)?입니다|번역문?은 다음과 같습니다)(?=[.。!\s]|$)"
            + _SURE,
            aside="역자? ?주|옮긴이 주|주석?|비고",
            refusal=r"죄송합니다|(?:번역|제공|답변)(?:할|해\s?드릴) 수 없습니다" + _SORRY,
            speaks=r"(?:AI|인공지능|언어 모델|번역가)(?:로서|입니다)|번역해 드리겠습니다|도움이 되(?:길|었으면)"
            r"|(?:지난|이전) (?:답변|번역)" + _AI,
            heading="(?:논문 )?(?:제목|초록|원문)",
            latin=False,
        ),
        Language(
            "de",
            "German",
            "Deutsch",
            letters="A-Za-zÄÖÜäöüß",
            foreign=HAN + KANA + HANGUL,
            width=3.5,
            length=(0.6, 1.9),
            preamble=r"(?:Gerne|Natürlich|Sicher|Hier (?:ist|folgt)|(?:Die )?Übersetzung|Zusammenfassung)[^.]{0,60}"
            + _LEAD,
            greeting=r"(?:(?:Sehr )?[Gg]erne?|Natürlich|Selbstverständlich|Klar)[!.]"
            r"|(?:Hier (?:ist|folgt)|Es folgt) (?:die|meine|eine) (?:deutsche )?Übersetzung[!.]" + _SURE,
            aside=r"Anm(?:erkung|\.)(?: de[rs] Übersetzer(?:s|in)?)?|Hinweis",
            refusal=r"\b(?:Es tut mir leid|Entschuldigung),|\bIch kann (?:\w+ ){0,4}nicht übersetzen" + _SORRY,
            speaks=r"\bAls (?:KI|Sprachmodell|Übersetzer)|\bIch bin ein (?:KI|Sprachmodell)"
            r"|\bIch (?:übersetze|habe)[^.]{0,30}übersetz|\bIch hoffe, (?:das|dies) hilft"
            r"|\bletzten? (?:Antwort|Übersetzung)\b" + _AI,
            heading="(?:Titel|Zusammenfassung)(?: der Arbeit| des Artikels)?|Originaltext",
            decimal=",",
            group=".",
            english_only=_ENGLISH,
        ),
        Language(
            "fr",
            "French",
            "français",
            letters="A-Za-zÀ-ÖØ-öø-ÿŒœ",
            foreign=HAN + KANA + HANGUL,
            width=3.5,
            length=(0.6, 1.95),
            preamble=r"(?:Bien sûr|Voici|D'accord|Certainement|La traduction|Traduction|Résumé)[^.]{0,60}" + _LEAD,
            greeting=r"(?:Bien sûr|D'accord|Certainement|Avec plaisir)\s?[!.]"
            r"|Voici (?:la|ma|une) traduction(?: française| en français)?\s?[!.]" + _SURE,
            aside=r"Note(?: d[eu] (?:la )?traduct(?:eur|rice))?|N\.?D\.?T\.?|Remarque",
            refusal=r"\b(?:Je suis désolée?|Désolée?),|\bJe ne (?:peux|suis) pas (?:traduire|en mesure)" + _SORRY,
            speaks=r"\bEn tant qu[e'’]\s?(?:un )?(?:IA|modèle de langue|assistant|traduct)|\bJe suis une? (?:IA|modèle)"
            r"|\bJ'ai traduit|\bJ'espère que cel?a|\b(?:réponse|traduction) précédente\b" + _AI,
            heading="(?:Titre|Résumé)(?: de l['’]article)?|Texte original",
            decimal=",",
            group=" ",
            english_only=_ENGLISH - {"on", "has"},
        ),
        Language(
            "es",
            "Spanish",
            "español",
            letters="A-Za-zÁÉÍÓÚÜÑáéíóúüñ",
            foreign=HAN + KANA + HANGUL,
            width=3.5,
            length=(0.6, 1.95),
            preamble=r"(?:Claro|Por supuesto|Aquí (?:está|tienes|tiene)|La traducción|Traducción|Resumen)[^.]{0,60}"
            + _LEAD,
            greeting=r"(?:¡?(?:Claro(?: que sí)?|Por supuesto|Con gusto))[!.]"
            r"|Aquí (?:está|tienes|tiene) (?:la|mi|una) traducción(?: al español)?[!.]" + _SURE,
            aside=r"Nota(?: de(?:l|\s?la) traductora?)?|N\. del T\.",
            refusal=r"\bLo siento,|\b[Nn]o puedo (?:traducir|proporcionar)" + _SORRY,
            speaks=r"\bComo (?:una? )?(?:IA|modelo de lenguaje|asistente|traductora?)|\bSoy una? (?:IA|modelo)"
            r"|\bHe traducido|\bEspero que (?:esto|le|te)|\b(?:respuesta|traducción) anterior\b" + _AI,
            heading="(?:Título|Resumen)(?: del artículo)?|Texto original",
            decimal=",",
            group=" ",
            english_only=_ENGLISH - {"has"},
        ),
        Language(
            "en",
            "English",
            "English",
            letters="A-Za-z",
            foreign=HAN + KANA + HANGUL,
            width=3.0,
            length=(0.1, 2.0),
            preamble=r"(?:Sure|Certainly|Of course|Here (?:is|are)|Summary|In summary)\b[^.]{0,60}",
            greeting=r"(?:Sure|Certainly|Of course|Absolutely)!|(?:Sure|Certainly), here\b",
            aside="(?:Editor'?s |Translator'?s )?Note",
            refusal=_SORRY[1:],
            speaks=_AI[1:]
            + r"|\bI (?:have|will) (?:summari[sz]ed?|condensed?)|\bI hope this helps|\bthe last answer\b",
            heading="Title|Abstract|Original",
        ),
    )
}
"""By code, the first the default. `en` has no translation: the abstract is in it already."""

SOURCE = LANGUAGES["en"]
"""What the papers are in."""


def find(code: str) -> Language:
    """The profile of `code`. Raises KeyError for a language that the configuration would have refused."""
    return LANGUAGES[code]


def translated(code: str) -> bool:
    """Whether abstracts are translated for a reader of `code`."""
    return code != SOURCE.code


_PACKAGE = Path(__file__).parents[1]
PROMPTS = next(path for path in (_PACKAGE / "prompts", _PACKAGE.parent / "prompts") if path.is_dir())
"""The shipped prompts: in the package where it is installed, beside it in a checkout."""
WORDS = _PACKAGE / "templates" / "words"
"""What pages say, a file a language."""


def usable(prompts: Path) -> tuple[str, ...]:
    """Codes of the languages that a page can be made in: profiled here, with words and all their prompts.

    A prompt is shipped or in the folder `prompts`.
    """
    return tuple(
        code
        for code, language in LANGUAGES.items()
        if (WORDS / f"{code}.toml").is_file()
        and all(find_prompt(name, code, (prompts, PROMPTS)) for name in language.prompts)
    )


def find_prompt(name: str, code: str, folders: Sequence[Path]) -> Path | None:
    """The first of `folders` that has it counts: for the language itself, else for the one that it is made of."""
    codes = (code, LANGUAGES[code].made_of if code in LANGUAGES else "")
    paths = (folder / c / f"{name}.md" for folder in folders for c in codes if c)
    return next((path for path in paths if path.is_file()), None)

"""What a page says in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localdigest.records import PartName, Status, Task


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says in its reader's language. In braces: what is filled in."""

    headers: Mapping[str, tuple[str, str]]
    """By the window's mode: the sentence before the list, and the line of the window."""
    several: str
    """The days of one page for several announcements."""
    counts: str
    left_out: str
    left_out_for: Mapping[str, str]
    """By code of the reason (see `selection`)."""
    submitted: str
    """Of a late paper: when it was submitted."""
    complete: str
    sources: str
    replacements: str
    unchanged: str
    unknown_before: str
    details: str
    parts: Mapping[PartName, str]
    unfinished: Mapping[tuple[Task, Status], str]
    reason: str
    """How a reason follows what it explains."""
    reasons: Mapping[str, str]
    """By code (see `plan`); any other reason is shown as it is."""
    notes: str
    doubtful: str
    """The mark behind a sentence that the notes are about."""
    findings: Mapping[str, str]
    """By code, those that a reader should know of; others are in the JSON only."""
    separator: str
    pages: str
    unverified: str
    empty_part: str
    hidden: str
    """Said of a paper whose PDF had text that a reader cannot see."""
    coverage: str
    """What a breakdown was made from, and by what."""
    provenance: str
    zones: Mapping[str, tuple[str, str]]
    """IANA name: as in `08:50 CST`, and in full. Other zones go by their name."""


WORDS: Mapping[str, Words] = {
    "zh-CN": Words(
        headers={
            "submitted": (
                "以下为 {day}（{zone}）窗口内更新的论文中文译文：",
                "时间窗口（锚点 {anchor} {zone}）：{start} — {end}",
            ),
            "announced": (
                "以下为 arXiv 于 {day} 公布的论文中文译文：",
                "投稿时段（截止 {anchor} ET，美国东部时间）：{start} — {end}",
            ),
        },
        several="{first} 至 {last}",
        counts="抓取总数：{listed} 篇 | 本页显示：{shown} 篇（去重/过滤后）",
        left_out="筛选：另有 {total} 篇未列出（{reasons}）",
        left_out_for={
            "excluded": "符合排除规则 {count} 篇",
            "not-primary": "主分类不符 {count} 篇",
            "not-included": "不符合任何纳入规则 {count} 篇",
            "cut": "排名超出篇数上限 {count} 篇",
        },
        submitted="投稿日期 {day}，晚于当期公布",
        complete="完整性：列出 {listed} 篇、符合 {matched} 篇、显示 {shown} 篇；"
        "译文与解读：完成 {done}、待处理 {pending}、失败 {failed}",
        sources="；来源：{sources}",
        replacements="修订版本",
        unchanged="摘要没有改动。",
        unknown_before="库中没有此前的版本，无法比较摘要。",
        details="详细解读",
        parts={
            "background": "研究背景与既有方法的问题",
            "method": "论文核心方法如何解决上述问题",
            "results": "在哪些任务上取得了怎样的效果",
        },
        unfinished={
            ("translate", "pending"): "（译文待生成{reason}）",
            ("translate", "failed"): "（译文生成失败{reason}）",
            ("translate", "skipped"): "（未翻译{reason}）",
            ("explain", "pending"): "（详细解读待生成{reason}）",
            ("explain", "failed"): "（详细解读生成失败{reason}）",
            ("explain", "skipped"): "（无详细解读{reason}）",
        },
        reason="：{reason}",
        reasons={
            "no-pdf": "论文 PDF 尚不可用",
            "withdrawn": "论文已撤回，没有 PDF",
            "no-abstract": "论文列表中没有摘要",
            "waiting": "尚未处理",
            "deadline": "未能在截止时间前完成",
            "stopped": "运行已被中断",
            "pdf-encrypted": "论文 PDF 有密码保护",
            "pdf-scanned": "论文 PDF 为扫描件，没有可用的文字",
            "pdf-broken": "论文 PDF 已损坏",
            "pdf-not-a-pdf": "下载到的文件不是 PDF",
            "pdf-empty": "论文 PDF 中没有可读的文字",
            "pdf-too-large": "论文 PDF 过大",
            "pdf-timeout": "读取论文 PDF 超时",
            "pdf-memory": "读取论文 PDF 时内存不足",
            "pdf-crashed": "读取论文 PDF 时程序崩溃",
        },
        notes="译文校对提示：{notes}",
        doubtful="〔存疑〕",
        findings={
            "number-missing": "可能遗漏数字",
            "number-invented": "原文中没有的数字",
            "number-garbled": "数字可能有误",
            "span-changed": "应原样保留的内容有改动",
            "url-invented": "原文中没有的链接",
            "english": "残留英文",
            "script": "混入其他文字",
            "length": "长度异常",
            "repetition": "内容重复",
            "preamble": "多余的开场白",
            "cut": "译文可能不完整",
            "empty": "译文为空",
            "sentences": "句数不符",
            "first-person": "模型自述",
            "title": "复述了标题",
            "copied": "未翻译",
            "refusal": "模型拒答",
        },
        separator="；",
        pages="（p. {pages}）",
        unverified="（未核实）",
        empty_part="论文中未找到相关内容。",
        hidden="⚠ 论文 PDF 中有 {count} 处读者看不到的隐藏文字，解读前已删除。",
        coverage="依据：论文 {pages} 页，{with_text} 页有文字，读取正文的 {share}% · 模型 {model} · 提示词 {prompt}",
        provenance="由 localdigest {version} 在本地生成 · 模型 {model} · 提示词 {prompt}",
        zones={"Asia/Shanghai": ("CST", "CST，北京时间")},
    )
}

"""The sections of a report in all their dirt (report_format.md §3): recognised by name, never by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from archive.reports.model import ReportSection
from archive.reports.wording import core, tight
from sites.model import Extracted

#: Canonical keys in the order in which their words are looked for; the first that matches names the section.
_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("review_litigation", re.compile(r"复议|複議|诉讼")),
    ("fees", re.compile(r"收费|收取费用|政府支出")),
    (
        "other",
        re.compile(
            r"其[他它]?需要?(?:报告|说明)|需要(?:报告|说明)的|^其[他它]事[项宜]|^其[他它]情况$|其[他它](?:报告|有关)事项"
        ),
    ),
    (
        "problems",
        re.compile(
            r"问题|下一步(?:工作|努力|打算|计划|改进|安排|思路)|下步|改进(?:情况|措施|意见)|不足|努力方向|工作打算|整改措施"
        ),
    ),
    ("consulting", re.compile(r"咨询")),
    ("response", re.compile(r"回应解读|解读回应|政策解读情况|回应关切情况|舆情")),
    ("institution", re.compile(r"机构建设|保障经费|会议和培训|人员和经费|机构和人员")),
    ("requests", re.compile(r"依申请|收到和处理|申请办理|不予公开|申请公开情况|公开申请(?:情况|的?处理)")),
    ("proactive", re.compile(r"主动公开")),
    ("appendix", re.compile(r"^附[表件]|统计表$|指标统计")),
    (
        "overview",
        re.compile(
            r"总体(?:情况|概况)|^概[述况]$|^引言$|^前言$|基本(?:情况|概况)|工作(?:开展)?情况$|主要(?:工作|做法|任务)|工作要点落实|"
            r"工作(?:概述|概况)|^总体工作"
        ),
    ),
)
_FIRST_LEVEL = re.compile(
    r"^([一二三四五六七八九十]{1,3}[、.,:)]+|第[一二三四五六七八九十\d]{1,3}(?:部分|章)[、.:]?|[一二三四五六七八九十]{1,3}(?=[^\W一二三四五六七八九十]))"
)
_SECOND_LEVEL = re.compile(r"^[(\[][一二三四五六七八九十]{1,3}[)\]][、.,:]*")
_ARABIC = re.compile(r"^(?:\d{1,2}[、.,:)]+|[(]\d{1,2}[)][、.,:]*|[①-⑳])")
_GLUED = re.compile(
    r"(?<=.)(?=[一二三四五六七八九]、(?:总体情况|(?:政府信息)?主动公开|收到和处理|政府信息公开行政|存在的?主要?问题|其[他它]需要报告))"
)
#: Sub-headings that a town kept from the old Article 32 inside another section (seed 003).
_OLD_SUBSECTIONS = frozenset({"fees", "review_litigation", "requests"})
_CANONICAL_ARABIC = re.compile(
    r"^(?:总体情况|(?:政府信息)?主动公开(?:政府信息)?的?情况|收到和处理政府信息公开申请的?情况|政府信息公开行政复议[、和]?行政诉讼情况|"
    r"(?:政府信息公开工作)?存在的?(?:主要)?问题(?:及|和)(?:改进|整改)(?:情况|措施)|其[他它]需要(?:报告|说明)的?事[项宜])$"
)
#: One of these in an ordinal makes a heading of any words.
_MARKS = frozenset("、.,:)第")
_SENTENCE = re.compile(r"[。;；!?！？]|[,，].*[,，]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a body with what it is. `table` and `image` lines carry the flattened or alternative text;
    `table` is the grid's index in the source, None for a table that is only text."""

    text: str
    kind: Literal["paragraph", "heading", "table", "image"] = "paragraph"
    table: int | None = None


def lines_of(extracted: Extracted) -> tuple[Line, ...]:
    """The body as lines: from its blocks when there are any, else from its text (saved text, transcripts).

    In plain text a line that begins with a tab or a pipe is a flattened table's (§12).
    """
    lines: list[Line] = []
    if extracted.blocks:
        for block in extracted.blocks:
            if block.kind in ("table", "image"):
                lines.append(Line(text=block.text, kind=block.kind, table=block.table))
                continue
            lines.extend(Line(text=part, kind=block.kind) for part in block.text.split("\n"))
    else:
        in_cell = False
        for text in extracted.text.split("\n"):
            flattened = text.startswith(("\t", "|")) or (
                in_cell and bool(text.strip()) and len(text) < 40 and not _FIRST_LEVEL.match(tight(text))
            )
            in_cell = text.startswith("\t") and bool(text.strip())
            lines.append(Line(text=text, kind="table" if flattened else "paragraph"))
    apart: list[Line] = []
    for line in lines:
        parts = _GLUED.split(line.text) if "、" in line.text and line.kind not in ("table", "image") else ()
        # a heading glued to a title or a table's cell gets a line of its own (§3.3 rule 4)
        apart.extend([Line(text=part, kind=line.kind) for part in parts] if len(parts) > 1 else (line,))
    return tuple(apart)


@lru_cache(maxsize=4096)
def section_key(heading: str) -> str:
    """The canonical key of a heading's words, '' when it is none."""
    words = core(heading)
    return next((key for key, pattern in _WORDS if pattern.search(words)), "") if words else ""


def parse_heading(line: Line, *, inside: str = "") -> tuple[str, str, str] | None:
    """(printed ordinal, heading, key) when the line opens a section; `inside` is the key of the current one."""
    if len(line.text) > 160 or line.kind in ("table", "image"):
        return None
    bare = tight(line.text)
    if not 2 <= len(bare) <= 44:
        return None
    words = bare.rstrip("。.;:,、 ")
    if _SENTENCE.search(words):
        return None
    first = _FIRST_LEVEL.match(bare)
    if first:
        rest = words[first.end() :]
        ordinal = first.group(1)
        numbered = not _MARKS.isdisjoint(ordinal)
        key = section_key(rest)
        if rest and len(rest) <= 40 and (numbered or (key and line.kind == "heading")):
            return ordinal.rstrip("、.,:)"), rest, key
        return None
    second = _SECOND_LEVEL.match(bare)
    if second:
        key = section_key(words[second.end() :])
        if key in _OLD_SUBSECTIONS and inside not in ("overview", "problems", "") and key != inside:
            return second.group(0).rstrip("、.,:"), words[second.end() :], key
        return None
    arabic = _ARABIC.match(bare)
    if arabic:
        rest = words[arabic.end() :]
        if _CANONICAL_ARABIC.match(rest):
            return arabic.group(0).rstrip("、.,:)"), rest, section_key(rest)
        return None
    if _CANONICAL_ARABIC.match(words) or (line.kind == "heading" and section_key(words) and len(words) <= 30):
        return "", words, section_key(words)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section with its lines still apart, so that readers can ask for prose without tables."""

    key: str
    ordinal_raw: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def prose(self) -> str:
        """The running text, tables and pictures left out."""
        return "\n".join(line.text for line in self.lines if line.kind in ("paragraph", "heading"))

    @property
    def text(self) -> str:
        """Everything under the heading, blank lines at both ends removed."""
        return "\n".join(line.text for line in self.lines).strip("\n \u3000")


def split_parts(lines: Sequence[Line]) -> tuple[Part, ...]:
    """The lines cut at section headings. What stands before the first heading is a part with key ''."""
    parts: list[Part] = []
    key, ordinal, heading = "", "", ""
    held: list[Line] = []
    for line in lines:
        found = parse_heading(line, inside=key)
        if found is None:
            held.append(line)
            continue
        if heading or held:
            parts.append(Part(key=key, ordinal_raw=ordinal, heading=heading, lines=tuple(held)))
        ordinal, heading, key = found
        held = []
    parts.append(Part(key=key, ordinal_raw=ordinal, heading=heading, lines=tuple(held)))
    return tuple(parts)


def told_parts(parts: Sequence[Part]) -> Iterator[tuple[Part, int]]:
    """The parts that are sections, each with its `dup_index`. A repeated empty heading (a stray text box, seed 002) is
    dropped; a repeated one with text is kept (§3.3 rule 2)."""
    seen: dict[str, int] = {}
    for part in parts:
        text = part.text
        if not part.heading and not text:
            continue
        name = part.key or core(part.heading)
        times = seen.get(name, 0)
        if part.heading and times and part.key and not tight(text):
            continue
        if part.heading:
            seen[name] = times + 1
        yield part, times if part.heading else 0


def read_sections(parts: Sequence[Part]) -> tuple[ReportSection, ...]:
    """The sections as values (`told_parts`)."""
    return tuple(
        ReportSection(key=part.key, ordinal_raw=part.ordinal_raw, heading=part.heading, text=part.text, dup_index=times)
        for part, times in told_parts(parts)
    )

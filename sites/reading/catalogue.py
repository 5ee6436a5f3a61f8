"""The 索引号 block and the 发布日期/来源 line: label/value pairs in every layout (portals.md §3).

Layouts: table cells in pairs, `<li><b>label：</b>value`, `<dl>`, label and value in boxes of their own, a row of
labels above a row of values, running text with several pairs on a line. Values are found between *known
labels*: an empty value may be followed directly by the next label (`文号: 公开日期: 2022-01-21`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sites.model import Claim
from sites.reading.dates import find_datetime
from sites.reading.labels import GENERIC, LABELS, STOPS, STRONG

_FIELD = {label: name for name, labels in LABELS.items() for label in labels} | dict.fromkeys(STOPS, "")


_CHINESE = "\u4e00-\u9fff"


def _one_of(labels: Iterable[str]) -> str:
    """A pattern for any of the labels, longer ones first, spaces between their characters allowed. By first character:
    a line is looked through for two hundred labels, and at nearly every place a glance tells that none begins.
    A generic word is a label only where no other word ends right before it; no plain label begins one, so those may
    come last, behind one look back (each look back at all of Chinese takes two milliseconds to compile)."""
    plain: dict[str, list[str]] = {}
    generic: dict[str, list[str]] = {}
    for label in sorted(labels, key=len, reverse=True):
        rest = "".join(r"\s*" + character for character in label[1:])
        (generic if label in GENERIC else plain).setdefault(label[0], []).append(rest)
    firsts = "".join(dict.fromkeys([*plain, *generic]))
    alone = rf"|(?<![{_CHINESE}])(?:{_branches(generic)})" if generic else ""
    return f"(?=[{firsts}])(?:{_branches(plain)}{alone})"


def _branches(rests: Mapping[str, Sequence[str]]) -> str:
    return "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())


_ANY = _one_of(_FIELD)
_LABEL = re.compile(rf"[\[【（(]?\s*(?P<label>{_ANY})\s*[\]】）)]?\s*[:：]")
#: Labels glued to the value before them, where a line is known to be one of pairs (来源：某办公室时间：2024-03-08).
_GLUED = re.compile(r"(?P<label>时间|日期|来源|作者|编辑|责编|审核|浏览|阅读|点击|打印|分享|字号)\s*[:：]")
_ONLY = re.compile(rf"[\[【（(·•]?\s*(?P<label>{_ANY})\s*(?P<mark>[\]】）)]?\s*[:：]?|[:：]\s*[\]】])\s*")
_LEADING = re.compile(rf"(?P<label>{_one_of(STRONG)})\s+(?P<value>\S.*)")
_SPACES = re.compile(r"\s+")
#: With what a label or the bracket around it can begin.
_FIRST = frozenset("[【（(·•").union((label[0] for label in _FIELD), " \t\n\r\f\v\u3000\xa0")
_NULLS = frozenset(
    {
        "",
        "无",
        "--",
        "-",
        "—",
        "——",
        "暂无",
        "/",
        "\\",
        "空",
        "null",
        "NULL",
        "undefined",
        "〔〕号",
        "〔〕",
        "无。",
        "*",
    }
)
_BUTTONS = re.compile(
    r"[\s|｜]*[【\[（(]?\s*(?:打印(?:本页)?|关闭(?:窗口|本页)?|收藏|纠错|大\s*中\s*小|[大中小]|繁體|字体|A[+-]|分享(?:到)?|默认|点击(?:展开|关闭)详细目录信息|复制)(?:\s*[】\]）)]|(?=\s|$))"
    r".*$"
)
_BUTTON_HINT = re.compile("[打关收纠大中小繁字A分默点复]")
_DATED = re.compile(r"\D{0,2}20\d{2}[\s\d:：/.\-年月日T\]）)|]{4,24}")
_ADDRESS = re.compile(r"^https?://\S+\s*")
_LETTER = re.compile(rf"[{_CHINESE}A-Za-z]")
_SENTENCE = re.compile(r"[。；;！？]")


@dataclass(frozen=True, slots=True)
class Pair:
    """One label with its value ('' when printed empty): `field` '' for chrome such as 浏览次数, `line` where
    the label stood."""

    field: str
    label: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a stretch of lines, and the lines they used up."""

    pairs: tuple[Pair, ...]
    lines: frozenset[int]

    @property
    def catalogue(self) -> bool:
        """Whether this is a 索引号 block rather than a 发布日期/来源 line."""
        return any(
            pair.label in STRONG and pair.label not in ("发布日期", "发布机构", "发布单位") for pair in self.pairs
        )


def label_of(text: str) -> str:
    """The known label that the text is and nothing else ('' when it is not one)."""
    found = _only(text)
    return _SPACES.sub("", found["label"]) if found else ""


def _only(text: str) -> re.Match[str] | None:
    # the first character tells nearly every line from a label: the long pattern is tried on the few that remain
    return _ONLY.fullmatch(text) if text and len(text) <= 24 and text[0] in _FIRST else None


def starts_pair(text: str) -> bool:
    """Whether a line begins with a known label and a colon."""
    return bool(text) and text[0] in _FIRST and _LABEL.match(text) is not None


def read_pairs(
    texts: Sequence[str], near: Callable[[int, int], bool], cell: Callable[[int], bool], start: int = 0
) -> Pairs:
    """The pairs of `texts`. `near(i, j)`: line j may hold the value of the label on line i; `cell(i)`: the
    line is a table cell or its like, where a label needs no colon. Positions count from `start`."""
    pairs: list[Pair] = []
    used: set[int] = set()
    index = 0
    while index < len(texts):
        text = texts[index]
        if not text or len(text) > 400:
            index += 1
            continue
        only = _only(text)
        if only:
            label = _SPACES.sub("", only["label"])
            marked = bool(only["mark"].strip()) or text[0] in "[【"
            if (
                marked
                or (cell(index) and label not in STOPS)
                or (label in STRONG and index + 1 < len(texts) and near(index, index + 1))
            ):
                step = (
                    _header_row(texts, index, cell=cell, near=near, pairs=pairs, used=used, start=start)
                    if not marked
                    else 0
                )
                if step:
                    index = step
                    continue
                value, taken = "", index
                following = index + 1
                if (
                    following < len(texts)
                    and near(index, following)
                    and not starts_pair(texts[following])
                    and not label_of(texts[following])
                ):
                    value, taken = texts[following], following
                pairs.append(Pair(_FIELD[label], label, clean_value(value), start + index))
                used.update(range(start + index, start + taken + 1))
                index = taken + 1
                continue
        found = _inline(text)
        if found:
            pairs.extend(Pair(_FIELD[label], label, clean_value(value), start + index) for label, value in found)
            used.add(start + index)
        index += 1
    return Pairs(tuple(pairs), frozenset(used))


def clean_value(value: str) -> str:
    """A value without buttons and brackets around it; '' for what portals print when there is none (无, --, 暂无)."""
    text = (value if value.isprintable() and "  " not in value else _SPACES.sub(" ", value)).strip(" \t|｜:：")
    if len(text) < 400 and _BUTTON_HINT.search(text):
        text = _BUTTONS.sub("", text)
    text = text.strip(" |｜[【") if len(text) < 400 else text
    for opening, closing in ("【】", "[]", "（）", "()"):
        if text.endswith(closing) and opening not in text:
            text = text[:-1].rstrip()
    return "" if text in _NULLS else text


def claims_of(pairs: Pairs, source: str) -> tuple[list[Claim], list[Claim]]:
    """Claims of a block: the sure ones, and the weak ones (更新时间, 来源, 发文日期) that meta tags outrank."""
    sure: list[Claim] = []
    weak: list[Claim] = []
    fields = {pair.field for pair in pairs.pairs if pair.value}
    for pair in pairs.pairs:
        if not pair.field or not pair.value:
            continue
        name, bucket = pair.field, sure
        if name == "source":
            name, bucket = "issuer", sure if source == "visible" else weak
        elif name == "updated_at":
            name, bucket = "published_at", weak
        elif name == "issued_on":
            # 发文日期 is the day of publication where nothing else is printed (portals.md §3)
            name, bucket = ("dated_on", weak) if "published_at" in fields else ("published_at", weak)
        value = pair.value
        if name in ("published_at", "dated_on", "effective_on", "expires_on"):
            value = date_value(name, value)
            if not value:
                continue
        elif name == "document_number" and (len(value) > 60 or _SENTENCE.search(value)):
            continue
        elif name == "issuer":
            value = _issuer(value)
            if not value:
                continue
        elif name == "index_number" and len(value) > 60:
            continue
        bucket.append(Claim(field=name, value=value, source=source, label=pair.label))
    return sure, weak


def bare_date(text: str) -> str:
    """The time of publication that a line states which is nothing but a date, '' for any other line."""
    return date_value("published_at", text) if len(text) <= 30 and _DATED.fullmatch(text) else ""


def date_value(name: str, text: str, near: date | None = None) -> str:
    """A printed date as the archive writes it: `published_at` as ISO 8601 with +08:00, others as ISO date; or ''."""
    moment = find_datetime(text, near=near)
    if moment is None:
        return ""
    return moment.isoformat() if name == "published_at" else moment.date().isoformat()


def _issuer(value: str) -> str:
    value = _ADDRESS.sub("", value).strip(" ,，;；|")
    return "" if len(value) > 80 or not _LETTER.search(value) else value


def _inline(text: str) -> list[tuple[str, str]]:
    """The pairs of one line, or [] when it is no line of pairs: it must begin with a label."""
    if "：" in text or ":" in text:
        marks = list(_LABEL.finditer(text))
        if marks and (
            marks[0].start() <= 3
            or _DATED.fullmatch(text[: marks[0].start()])
            or (text[: marks[0].start()].strip(" |｜【[>·•-").isdigit() and marks[0].start() < 8)
            or len(marks) > 1
        ):
            lead = text[: marks[0].start()]
            marks = sorted([*marks, *_glued(text, marks)], key=lambda mark: mark.start())
            dated = [("时间", lead)] if _DATED.fullmatch(lead) else []
            if not _SENTENCE.search(lead) and len(lead) < 40:
                ends = [mark.start() for mark in marks[1:]] + [len(text)]
                values = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
                if (
                    len(marks) > 1
                    or not _SENTENCE.search(values[0][:-1])
                    or _SPACES.sub("", marks[0]["label"]) in LABELS["summary"]
                ):
                    return dated + [
                        (_SPACES.sub("", mark["label"]), value) for mark, value in zip(marks, values, strict=True)
                    ]
            return []
    leading = _LEADING.fullmatch(text) if " " in text and len(text) < 120 else None
    if leading and not _SENTENCE.search(text):
        return [(_SPACES.sub("", leading["label"]), leading["value"])]
    return []


def _glued(text: str, marks: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Short labels inside the values between `marks`."""
    inside = _GLUED.finditer(text, marks[0].end())
    return [mark for mark in inside if not any(other.start() <= mark.start() < other.end() for other in marks)]


def _header_row(
    texts: Sequence[str],
    index: int,
    *,
    cell: Callable[[int], bool],
    near: Callable[[int, int], bool],
    pairs: list[Pair],
    used: set[int],
    start: int,
) -> int:
    """A row of three or more labels above a row of as many values, read by column: the index after them, or 0."""
    labels: list[str] = []
    position = index
    while position < len(texts) and cell(position) and (label := label_of(texts[position])) and _FIELD[label]:
        labels.append(label)
        position += 1
    count = len(labels)
    if (
        count < 3
        or position + count > len(texts)
        or not all(cell(place) for place in range(position, position + count))
    ):
        return 0
    values = texts[position : position + count]
    if any(label_of(value) for value in values) or (
        position + count < len(texts) and near(position + count - 1, position + count) and cell(position + count)
    ):
        return 0
    pairs.extend(
        Pair(_FIELD[label], label, clean_value(value), start + index + offset)
        for offset, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    used.update(range(start + index, start + position + count))
    return position + count

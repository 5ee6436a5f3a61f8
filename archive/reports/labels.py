"""From a printed label to its key. Words decide, never the place; what fits two keys fits none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from archive.reports.form import (
    S14_ROWS,
    T2_BLOCKS,
    T2_COLUMNS,
    T3_COLUMNS,
    T3_GROUPS,
    T3_HEADER_WORDS,
    T3_ROWS,
    T3_SUBTOTAL_WORDS,
    T4_COLUMNS,
    T4_GROUPS,
    T4_UPPER_HEADER,
    Block,
    FormRow,
)
from archive.reports.wording import core, tight

#: A label may be this much longer than the official one before it is taken for a sentence.
_SLACK = 12
#: How alike a damaged label must be to the official one (share of common characters in order), and how much more
#: than to the next: PDF text loses characters (「其他法律行政止公开」), but 予以公开 and 不予公开 are 0.75 alike.
_ALIKE = 0.8
_MARGIN = 0.2


@lru_cache(maxsize=1)
def _cores() -> tuple[tuple[FormRow, str], ...]:
    return tuple((row, core(row.label)) for row in T3_ROWS)


@lru_cache(maxsize=4096)
def t3_row(label: str) -> str:
    """The key of a row of table 三, '' when the label is none. `other_misc` (其他) needs its group: ask there."""
    words = core(label)
    if not words or len(words) > 60 or words == "不予公开":
        return ""
    found: list[str] = []
    for row, official in _cores():
        if row.exact:
            if words in row.words:
                return row.key
        elif any(word in words for word in row.words) and len(words) <= len(official) + _SLACK:
            found.append(row.key)
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        return ""
    return _damaged(words) if len(words) >= 6 else ""


def _damaged(words: str) -> str:
    """The row whose official label the words resemble, when exactly one does."""
    scored = sorted(
        ((_likeness(words, official), row.key) for row, official in _cores() if len(official) >= 6), reverse=True
    )
    (best, key), (second, _) = scored[0], scored[1]
    return key if best >= _ALIKE and best - second >= _MARGIN else ""


def _likeness(one: str, other: str) -> float:
    """Twice the longest common subsequence over both lengths."""
    if abs(len(one) - len(other)) > max(len(one), len(other)) // 2:
        return 0.0
    before = [0] * (len(other) + 1)
    for char in one:
        row = [0]
        for index, match in enumerate(other):
            row.append(before[index] + 1 if char == match else max(row[index], before[index + 1]))
        before = row
    return 2 * before[-1] / (len(one) + len(other))


@lru_cache(maxsize=4096)
def t3_group(label: str) -> str:
    """The group a label opens (（三）不予公开 …), '' when none. A label that also holds a leaf still opens it."""
    words = core(label)
    if len(words) > 50:
        return ""
    return next((key for key, name in T3_GROUPS.items() if name in words), "")


@lru_cache(maxsize=4096)
def t3_column(label: str) -> str:
    """The key of a column of table 三; `subtotal` for 小计; '' for other text. Tails may be lost (「科研」)."""
    words = core(label)
    if not words or len(words) > 10:
        return ""
    for column in T3_COLUMNS:
        if words in column.words:
            return column.key
    return "subtotal" if words in T3_SUBTOTAL_WORDS else ""


@lru_cache(maxsize=4096)
def is_t3_header_word(label: str) -> bool:
    """Header text of table 三 that names no column (申请人情况, the 勾稽关系 note, 法人或其他组织)."""
    words = core(label)
    return any(core(word) in words for word in T3_HEADER_WORDS) or (
        "法人" in words and "组织" in words and len(words) <= _SLACK
    )


@lru_cache(maxsize=4096)
def t2_block(label: str) -> Block | None:
    """The block a line opens: 第二十条第（一）项 in its spellings (§4.3)."""
    bare = tight(label)
    if len(bare) > 30 or "第" not in bare or "项" not in bare:
        return None
    plain = bare.replace("(", "").replace(")", "")
    for block in T2_BLOCKS:
        if f"第{block.article}项" in plain and ("二十条" in plain or plain.startswith("第")):
            return block
    return None


@lru_cache(maxsize=4096)
def t2_row(label: str) -> str:
    """The key of a row of table 二, '' when the label is none."""
    words = core(label)
    if not words or len(words) > 14:
        return ""
    return next((row.key for block in T2_BLOCKS for row in block.rows if words in row.words), "")


@lru_cache(maxsize=4096)
def t2_column(label: str) -> str:
    """The key of a column of table 二, '' when the label is none or names two."""
    words = core(label)
    if not words or len(words) > 24:
        return ""
    found = [key for key, column in T2_COLUMNS.items() if any(word in words for word in column.words)]
    return found[0] if len(found) == 1 else ""


def t2_columns(labels: Sequence[str], block: Block | None) -> tuple[str, ...]:
    """The keys of a header's columns in order, () when they are not certain.

    Extractors lose tails (「本年新 | 本年新 | 对外公开总数量」): a header of the block's own width whose every label
    begins as the official one does is read by prefix and order (§4.1).
    """
    keys = tuple(t2_column(label) for label in labels)
    if keys and all(keys) and len(set(keys)) == len(keys):
        return keys
    if block is None:
        return ()
    words = [core(label) for label in labels]
    fitting = [
        columns
        for columns in block.columns.values()
        if len(columns) == len(words)
        and all(
            (len(word) >= 3 and core(T2_COLUMNS[key].label).startswith(word)) or t2_column(word) == key
            for word, key in zip(words, columns, strict=True)
        )
    ]
    return fitting[0] if len(fitting) == 1 else ()


@lru_cache(maxsize=4096)
def t4_group(label: str) -> str:
    """The group of table 四 a header names, '' when none."""
    words = core(label)
    if not words or len(words) > 16:
        return ""
    for key in ("suit_direct", "suit_after_review"):
        if any(word in words for word in T4_GROUPS[key]):
            return key
    return "review" if words in ("行政复议", "复议") else ""


@lru_cache(maxsize=4096)
def t4_column(label: str) -> str:
    """The column of table 四 a label names, '' when none."""
    words = core(label)
    if not words or len(words) > 10:
        return ""
    return next((column.key for column in T4_COLUMNS if any(word in words for word in column.words)), "")


def is_t4_upper(label: str) -> bool:
    """行政诉讼, the header over both suit groups."""
    return core(label) == T4_UPPER_HEADER


@lru_cache(maxsize=4096)
def s14_row(label: str, chapter: str) -> str:
    """The key of a row of the 2014–2018 form within a chapter, '' when none."""
    words = core(label)
    if not words or len(words) > 60:
        return ""
    for row in S14_ROWS:
        if row.under and row.under != chapter:
            continue
        if any(core(word) in words for word in row.words):
            return row.key
    return ""

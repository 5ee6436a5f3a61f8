"""Copied text: how much of one document's running text stands in another.

What every report must say is no copying: tables, headings, statutory labels and the formulas of opening and contact
(`_FORMULA`) are left out, numbers count as equal (last year's text with this year's). The rest becomes shingles of
eight characters, each a number of 64 bits, counted exactly; locality-sensitive hashing (MinHash) only finds what to
compare. It is done in numpy: measured beside rensa, see docs/method.md.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from archive.reports.wording import tight

#: The different shingles of a text as numbers, in order.
Shingles = NDArray[np.uint64]

#: Names this way of counting: texts that another one compared are compared again.
RULES = "shingles-2"
#: Length of a shingle in characters: shorter ones are words everybody uses, longer ones break at every edit.
SHINGLE = 8
#: From this share on, one way or the other, two texts are told as similar.
THRESHOLD = 0.5
#: Texts with fewer shingles of their own say too little to be compared.
LEAST = 60
#: Fewer characters than this are a heading, a label or a signature.
_SHORT = 16
#: A line without the end of a sentence is running text only when it is this long and has a comma.
_LONG = 24
_PERMUTATIONS, _BANDS = 128, 32
_WIDTH = _PERMUTATIONS // _BANDS
_LINE_END = ord("\n")
_STIR = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_DIGITS = re.compile(r"\d+")
_SENTENCE = re.compile(r"[^。;!?]+[。;!?]?")
_ENDS = re.compile(r"[。;!?]")
#: Sentences that the statute, the national format or the notice on it put into everybody's mouth.
_FORMULA = re.compile(
    r"^.{0,24}(?:根据|按照|依据|依照).{0,60}(?:条例|通知|规定|要求|格式).{0,80}(?:编制|公布|发布|报告)"
    r"|^(?:现将|现向社会|特向社会|现就|本报告由|本年度报告由|全文(?:包括|由))"
    r"|统计期限|所列数据|数据统计(?:时间|区间)"
    r"|^(?:如|若|公民、法人).{0,24}(?:疑问|疑义|意见|建议).{0,40}联系|^联系(?:地址|电话|人|方式)|电子版.{0,50}(?:下载|查阅|查看|获取)"
    r"|^.{0,12}(?:没有|无|暂无)其[他它]?需要(?:报告|说明)|勾稽关系|只计这一情形"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two texts. `share` is how much of the first stands in the second (0 to 1), `share_back` the other way round,
    `resemblance` the common part of both together (Jaccard)."""

    share: float
    share_back: float
    resemblance: float

    def swapped(self) -> Overlap:
        """The same seen from the other text."""
        return Overlap(share=self.share_back, share_back=self.share, resemblance=self.resemblance)


def _odd(what: str, size: int) -> Shingles:
    """Constants of the hash functions: odd, and the same everywhere and for ever."""
    stretched = hashlib.shake_128(f"gongkai {what}".encode()).digest(8 * size)
    return np.frombuffer(stretched, dtype="<u8").astype(np.uint64) | np.uint64(1)


_BY_PLACE = _odd("shingle", SHINGLE)
_FACTORS = _odd("factor", _PERMUTATIONS).astype(np.uint32)[:, None]
_BY_ROW = _odd("row", _PERMUTATIONS).reshape(_BANDS, _WIDTH)
_BY_BAND = _odd("band", _BANDS)
_NONE = np.zeros(0, dtype=np.uint64)


def shingles(text: str) -> Shingles:
    """What a text says in its own words, as the numbers of its shingles; empty when it says (almost) nothing."""
    own = [
        said
        for line in text.split("\n")
        if len(line) >= _SHORT and "\t" not in line and "|" not in line
        if (said := _own(line))
    ]
    letters = np.frombuffer("\n".join(own).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    windows = len(letters) - SHINGLE + 1
    if windows < LEAST:
        return _NONE
    found = letters[:windows] * _BY_PLACE[0]
    for place in range(1, SHINGLE):
        found += letters[place : place + windows] * _BY_PLACE[place]
    ends = np.concatenate(([0], np.cumsum(letters == _LINE_END)))
    found = _mixed(found[ends[SHINGLE:] == ends[:windows]])  # no shingle runs over the end of a line
    found.sort()
    found = found[np.concatenate(([True], found[1:] != found[:-1]))] if len(found) else found
    return found if len(found) >= LEAST else _NONE


@lru_cache(maxsize=4096)
def _own(line: str) -> str:
    """What a line says in its own words, '' for nothing. Lines that everybody copies come again and again."""
    bare = tight(line)
    if not _ENDS.search(bare) and (len(bare) < _LONG or "," not in bare):
        return ""
    own = "".join(sentence for sentence in _SENTENCE.findall(bare) if not _FORMULA.search(sentence))
    own = _DIGITS.sub("0", own)
    return own if len(own) >= _SHORT else ""


def _mixed(numbers: Shingles) -> Shingles:
    """Every bit of a number spread over all of its bits (the finalizer of MurmurHash3)."""
    for factor in _STIR:
        numbers ^= numbers >> np.uint64(33)
        numbers *= factor
    numbers ^= numbers >> np.uint64(33)
    return numbers


def bands(found: Shingles) -> tuple[int, ...]:
    """The places (signed 64 bit) where texts that resemble these shingles meet: two texts that share half of their
    shingles have one in common more often than not. Empty for no shingles."""
    if not len(found):
        return ()
    drawn = (found >> np.uint64(32)).astype(np.uint32)[None, :] * _FACTORS  # 128 orders of the same shingles
    least = drawn.min(axis=1).reshape(_BANDS, _WIDTH).astype(np.uint64)
    return tuple(_mixed((least * _BY_ROW).sum(axis=1, dtype=np.uint64) + _BY_BAND).view(np.int64).tolist())


def overlap(one: Shingles, other: Shingles) -> Overlap:
    """How much of one stands in the other, counted; nothing stands in a text without shingles."""
    both = np.concatenate((one, other))
    both.sort()
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    return Overlap(
        share=round(common / len(one), 4) if len(one) else 0.0,
        share_back=round(common / len(other), 4) if len(other) else 0.0,
        resemblance=round(common / (len(one) + len(other) - common), 4) if common else 0.0,
    )

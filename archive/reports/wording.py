"""Text made comparable: one spelling for widths, spaces and invisible characters.

Titles are broken as 「政府信息公开工作⏎年  度  报  告」 and labels as 「三、⏎本⏎年⏎度⏎办⏎理⏎结⏎果」, so everything
that compares words compares them tight (report_format.md §11, §13.1).
"""

from __future__ import annotations

import re
from functools import lru_cache

from sites.reading.width import nfkc

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NUMBERING = re.compile(
    r"^(?:第[一二三四五六七八九十\d]{1,3}(?:部分|章)[、.:]?"
    r"|[(\[][一二三四五六七八九十\d]{1,3}[)\]][、.,:]*"
    r"|[一二三四五六七八九十\d]{1,3}[)\]、.,:]+"
    r"|\d{1,2}(?=[^\W\d年月日件条项次个起万])"
    r"|[①-⑳])"
)
_NOT_WORD = re.compile(r"[\W_]+")


#: Labels repeat from report to report and are remembered; longer text is not.
_LABEL = 80


def tight(text: str) -> str:
    """NFKC without any white space or invisible character; the circle written for zero is 〇."""
    return _tight_label(text) if len(text) <= _LABEL else _tightened(text)


def _tightened(text: str) -> str:
    return "".join(nfkc(_INVISIBLE.sub("", text).replace("○", "〇")).split())


_tight_label = lru_cache(maxsize=8192)(_tightened)


def core(text: str) -> str:
    """A label down to its words: tight, without leading numbering, quotes and punctuation."""
    return _core_label(text) if len(text) <= _LABEL else _cored(text)


def _cored(text: str) -> str:
    return _NOT_WORD.sub("", _NUMBERING.sub("", tight(text), count=1))


_core_label = lru_cache(maxsize=8192)(_cored)


def folded(text: str) -> str:
    """NFKC with runs of spaces folded to one and invisible characters gone; line breaks stay."""
    plain = nfkc(_INVISIBLE.sub("", text).replace("○", "〇"))
    return re.sub(r"[^\S\n]+", " ", plain)

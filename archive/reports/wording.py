"""Text made comparable: one spelling for widths, spaces and invisible characters.

Titles are broken as 「政府信息公开工作⏎年  度  报  告」 and labels as 「三、⏎本⏎年⏎度⏎办⏎理⏎结⏎果」, so everything
that compares words compares them tight (report_format.md §11, §13.1).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_WIDE = tuple(
    (wide, unicodedata.normalize("NFKC", wide)) for wide in "，：；！？（）％．／－＋０１２３４５６７８９\u3000\xa0"
)
_SPACE = re.compile(r"\s+")
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


def _normal(text: str) -> str:
    """NFKC. Chinese prose differs from it by little but full-width punctuation and digits: replacing those first
    nearly always spares the full normalisation, which costs ten times as much."""
    for wide, narrow in _WIDE:
        if wide in text:
            text = text.replace(wide, narrow)
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def _tightened(text: str) -> str:
    return _SPACE.sub("", _normal(_INVISIBLE.sub("", text).replace("○", "〇")))


_tight_label = lru_cache(maxsize=8192)(_tightened)


def core(text: str) -> str:
    """A label down to its words: tight, without leading numbering, quotes and punctuation."""
    return _core_label(text) if len(text) <= _LABEL else _cored(text)


def _cored(text: str) -> str:
    return _NOT_WORD.sub("", _NUMBERING.sub("", tight(text), count=1))


_core_label = lru_cache(maxsize=8192)(_cored)


def folded(text: str) -> str:
    """NFKC with runs of spaces folded to one and invisible characters gone; line breaks stay."""
    plain = _normal(_INVISIBLE.sub("", text).replace("○", "〇"))
    return re.sub(r"[^\S\n]+", " ", plain)

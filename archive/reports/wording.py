"""Text made comparable: one spelling for widths, spaces and invisible characters.

Titles are broken as 「政府信息公开工作⏎年  度  报  告」 and labels as 「三、⏎本⏎年⏎度⏎办⏎理⏎结⏎果」, so everything
that compares words compares them tight (report_format.md §11, §13.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable

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


#: Labels repeat from report to report and are remembered, so many of them; longer text is not.
_LABEL, _LABELS = 80, 16384


class _Remembered(dict[str, str]):
    """What a function makes of labels. Looked up hundreds of times a report, so a look must cost no call."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, text: str) -> str:
        made = self._make(text)
        if len(text) <= _LABEL:
            if len(self) >= _LABELS:
                self.clear()
            self[text] = made
        return made


def _tightened(text: str) -> str:
    return "".join(nfkc(_INVISIBLE.sub("", text).replace("○", "〇")).split())


def _cored(text: str) -> str:
    return _NOT_WORD.sub("", _NUMBERING.sub("", tight(text), count=1))


#: NFKC without any white space or invisible character; the circle written for zero is 〇.
tight: Callable[[str], str] = _Remembered(_tightened).__getitem__
#: A label down to its words: tight, without leading numbering, quotes and punctuation.
core: Callable[[str], str] = _Remembered(_cored).__getitem__


def folded(text: str) -> str:
    """NFKC with runs of spaces folded to one and invisible characters gone; line breaks stay."""
    plain = nfkc(_INVISIBLE.sub("", text).replace("○", "〇"))
    return re.sub(r"[^\S\n]+", " ", plain)

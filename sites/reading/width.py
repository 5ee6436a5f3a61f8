"""NFKC, quickly: the form every comparison of Chinese text is made in.

`unicodedata.normalize` takes half a millisecond for a page of report text, because full-width punctuation sends
it down its slow road, and every page is normalised a dozen times. Nearly all such text consists of characters whose
NFKC form depends on nothing around them (no combining marks, no jamo): there a table does, five times as fast.
"""

from __future__ import annotations

import re
import unicodedata


def _context_free() -> tuple[str, dict[str, str]]:
    """Punctuation, forms and signs of Chinese text whose form is the same in any company, as one string, and those
    of them that NFKC changes. Ideographs of the main block never change and stand as a range in the pattern."""
    ranges = (
        (0x00A0, 0x00BF),
        (0x2010, 0x2030),
        (0x2032, 0x203B),
        (0x2190, 0x2193),
        (0x2460, 0x249B),
        (0x25A0, 0x25CF),
        (0x2605, 0x2606),
        (0x3000, 0x3029),
        (0x3030, 0x3030),
        (0xFF01, 0xFF5E),
        (0xFFE5, 0xFFE5),
    )
    alone: list[str] = []
    changed: dict[str, str] = {}
    for first, last in ranges:
        for code in range(first, last + 1):
            character = chr(code)
            form = unicodedata.normalize("NFKC", character)
            if any(unicodedata.combining(part) or 0x300 <= ord(part) < 0x370 for part in form):
                continue
            alone.append(character)
            if form != character:
                changed[character] = form
    return "".join(alone), changed


_ALONE, _CHANGED = _context_free()
_SIMPLE = re.compile(f"[\x00-\x7f\u4e00-\u9fff{re.escape(_ALONE)}]*")
_CHANGING = re.compile(f"[{re.escape(''.join(_CHANGED))}]")


def _form(match: re.Match[str]) -> str:
    return _CHANGED[match[0]]


def nfkc(text: str) -> str:
    """Exactly `unicodedata.normalize("NFKC", text)`."""
    if text.isascii():
        return text
    if _SIMPLE.fullmatch(text):
        return _CHANGING.sub(_form, text)
    return unicodedata.normalize("NFKC", text)

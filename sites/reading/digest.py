"""What makes two texts the same: the identity of what was said, not of how it was typed.

Blind to white space, full or half width, and the shapes of quotes and dashes (report_format.md §11:
re-publications and mirror columns differ in nothing else); sensitive to every other character.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from sites.reading.width import nfkc

#: Zero-width, joining and format characters that editors leave behind, and all white space.
_NOTHING = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+"
)

_SHAPES = {
    **dict.fromkeys("“”„‟〝〞〟«»「」『』＂", '"'),
    **dict.fromkeys("‘’‚‛＇`´", "'"),
    **dict.fromkeys("‐‑‒–—―−─━﹘﹣－", "-"),
}
_SHAPED = re.compile(f"[{re.escape(''.join(_SHAPES))}]")


def _shape(match: re.Match[str]) -> str:
    return _SHAPES[match[0]]


def normalise(text: str) -> str:
    """`text` reduced to what `text_digest` sees: shapes folded, NFKC, all white space gone. Idempotent.

    Runs of dashes stay runs: in a flattened table every dash is a cell somebody printed.
    """
    folded = _SHAPED.sub(_shape, nfkc(_SHAPED.sub(_shape, text)))
    bare = _NOTHING.sub("", "".join(folded.split()))
    # a mark that stood behind a space (C ¸) now stands behind a letter, and is one with it
    return bare if unicodedata.is_normalized("NFKC", bare) else nfkc(bare)


def text_digest(text: str) -> str:
    """`sha256:…` of the normalised text."""
    return "sha256:" + hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()

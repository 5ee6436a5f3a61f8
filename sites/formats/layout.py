"""Pieces of text with their places → lines of text. Pure geometry, shared by PDF and OCR.

Coordinates are points from the page's top left corner, y growing downwards. A `Piece` is one glyph of
a PDF or one recognised line of a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Characters that stand without a space beside them: ideographs, kana, full-width forms, CJK punctuation.
_CJK = re.compile(
    r"[\u2014\u2018-\u201d\u2026\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)

#: Gaps in em. Measured on Word, WPS and LibreOffice output: automatic spacing between ideographs and
#: digits is 0.25 em, a printed Latin space 0.25–0.35 em, justification spreads ideographs by up to
#: 0.6 em; columns of a table stand a full em or more apart.
WORD_GAP = 0.35
COLUMN_GAP = 1.0
NUMBER_GAP = 0.6
WIDE_GAP = 2.0


class Piece(NamedTuple):
    """Text at a place: left and right edge, baseline, size of one em, confidence of its recognition."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    confidence: float = 1.0

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of the ink: the point that decides which cell a piece stands in."""
        return (self.x0 + self.x1) / 2, self.base - 0.36 * self.size


class Segment(NamedTuple):
    """A run of pieces without a column gap in it."""

    text: str
    x0: float
    x1: float
    confidence: float


class Line(NamedTuple):
    """Pieces on one baseline, from left to right."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    segments: tuple[Segment, ...]

    @property
    def confidence(self) -> float:
        """The least certain piece decides."""
        return min((segment.confidence for segment in self.segments), default=1.0)


def is_cjk(character: str) -> bool:
    """Whether a character is set without spaces around it."""
    return bool(_CJK.match(character))


def join(left: str, right: str, *, tight: bool = False) -> str:
    """Two consecutive pieces of one text: a space only where both sides are Latin. `tight` says that
    nothing stands between them in print (a number broken at the edge of its cell)."""
    if not left or not right:
        return left or right
    if tight or is_cjk(left[-1]) or is_cjk(right[0]):
        return left + right
    return f"{left} {right}"


def lines_of(pieces: Iterable[Piece]) -> list[Line]:
    """Lines from top to bottom. Pieces share a line when their baselines differ by less than a third
    of an em; overprinted copies (false bold) count once."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.base):
        if rows and piece.base - rows[-1][0].base < 0.34 * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    lines = (_line(sorted(row, key=lambda piece: piece.x0)) for row in rows)
    return [line for line in lines if line.text]


def _line(row: Sequence[Piece]) -> Line:
    """One line; `row` is sorted by left edge and may hold pieces of blanks."""
    segments: list[Segment] = []
    text = ""
    start = end = 0.0
    confidence = 1.0
    spaced = False
    last: Piece | None = None
    for piece in row:
        if not piece.text.strip():
            spaced = True
            continue
        if last is not None:
            if piece.text == last.text and piece.x0 - last.x0 < 0.2 * min(piece.size, last.x1 - last.x0):
                continue
            em = max(piece.size, last.size)
            gap = (piece.x0 - end) / em if em else 0.0
            if gap > _column_gap(last.text[-1], piece.text[0]):
                segments.append(Segment(text, start, end, confidence))
                text = ""
            elif (gap > WORD_GAP or (spaced and gap > 0.1)) and not (is_cjk(last.text[-1]) or is_cjk(piece.text[0])):
                text += " "
        if not text:
            start, confidence = piece.x0, 1.0
        text += piece.text
        end = max(end, piece.x1) if text != piece.text else piece.x1
        confidence = min(confidence, piece.confidence)
        last, spaced = piece, False
    if text:
        segments.append(Segment(text, start, end, confidence))
    if last is None:
        return Line("", 0.0, 0.0, 0.0, 0.0, ())
    size = max(piece.size for piece in row)
    base = sorted(piece.base for piece in row)[len(row) // 2]
    return Line(_text_of(segments, size), segments[0].x0, segments[-1].x1, base, size, tuple(segments))


def _column_gap(left: str, right: str) -> float:
    """How many em between two characters part two columns. Digits beside an ideograph or another digit
    need less: no spacing inside a sentence opens that far."""
    if right.isdigit() and (left.isdigit() or is_cjk(left)):
        return NUMBER_GAP
    return COLUMN_GAP


def _text_of(segments: Sequence[Segment], size: float) -> str:
    """Segments as one line of a sentence: a wide gap is a space, a spread one between ideographs not."""
    text = ""
    end = 0.0
    for segment in segments:
        wide = bool(text) and segment.x0 - end > WIDE_GAP * size
        text = f"{text} {segment.text}" if wide else join(text, segment.text)
        end = segment.x1
    return text

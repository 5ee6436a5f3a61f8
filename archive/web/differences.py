"""What changed between two texts, in pieces a person can read: sentences first, characters within them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["same", "gone", "new"]

#: A sentence, a line break, or the rest.
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")
#: Within a sentence: a number, a run of Latin letters, or one character.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*%?|[A-Za-z]+|\s+|.", re.DOTALL)
#: Sentences longer than this in sum are compared whole: characters would cost seconds.
_MOST = 4000


class Piece(NamedTuple):
    """A run of text that both have, only the old one has (`gone`), or only the new one has (`new`)."""

    kind: Kind
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in reading order; joined without `new` they are `old`, and the reverse."""
    pieces: list[Piece] = []
    for kind, left, right in _opcodes(_SENTENCE.findall(old), _SENTENCE.findall(new)):
        if kind == "equal":
            pieces.append(Piece("same", left))
        elif left and right and len(left) + len(right) <= _MOST:
            pieces += _fine(left, right)
        else:
            pieces += [Piece("gone", left)] if left else []
            pieces += [Piece("new", right)] if right else []
    return _joined(pieces)


def shortened(pieces: list[Piece], *, around: int = 60) -> list[Piece]:
    """The pieces with long unchanged runs cut to `around` characters on each side, marked with …"""
    short: list[Piece] = []
    for index, piece in enumerate(pieces):
        text = piece.text
        if piece.kind == "same" and len(text) > 2 * around + 10:
            head = text[:around] if index else ""
            tail = text[-around:] if index + 1 < len(pieces) else ""
            text = f"{head} … {tail}"
        short.append(Piece(piece.kind, text))
    return short


def _fine(old: str, new: str) -> list[Piece]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.4:  # two different sentences: interleaved characters would be confetti
        return [Piece("gone", old), Piece("new", new)]
    pieces: list[Piece] = []
    for kind, left, right in _opcodes(_TOKEN.findall(old), _TOKEN.findall(new)):
        if kind == "equal":
            pieces.append(Piece("same", left))
        else:
            pieces += [Piece("gone", left)] if left else []
            pieces += [Piece("new", right)] if right else []
    return pieces


def _opcodes(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        yield kind, "".join(old[a:b]), "".join(new[c:d])


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(piece.kind, joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined

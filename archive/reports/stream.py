"""Text as one stream of words and number runs, for tables whose grid is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.reports.rows import is_ruler
from sites.reading.width import nfkc

_RUN = re.compile(r"\d+(?:[ \n]+\d+)*")
#: A row of table 三 glued into one string of digits is at most this long; longer ones have too many readings.
MAX_GLUED = 26


#: A sign printed in a number's place (alone between spaces) is a number to whoever counts places: each is read as a
#: zero of another script, so that it can be told again.
_STAND_INS = dict(zip("/-—–\\无零", "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6", strict=True))
_SIGNS = {digit: sign for sign, digit in _STAND_INS.items()}
_ALONE = re.compile(r"(?<!\S)(?:([/\-—–\\无零])|——|--)(?!\S)")
#: 「— 3 —」: a page number between dashes.
_PAGE_NUMBER = re.compile(r"^\s*[-—–]+\s*\d+\s*[-—–]+\s*$")


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers that follow one another. `words` is what stands before them since the last run, tight; `near` is the
    part of it on the same line as the first number. `tokens` are the digit strings as the text parts them."""

    words: str
    near: str
    tokens: tuple[str, ...]
    lines: tuple[int, ...]


def clean(text: str) -> str:
    """NFKC; pipes and tabs are spaces, rulers of pipe tables are gone, line breaks stay. A dash in a number's place is
    a stand-in digit (`as_printed`)."""
    lines = [line.replace("|", " ").replace("\t", " ") for line in nfkc(text).split("\n") if not is_ruler(line)]
    signed = (line if _PAGE_NUMBER.match(line) else _ALONE.sub(_stand_in, line) for line in lines)
    return re.sub(r"[^\S\n]+", " ", "\n".join(signed))


def _stand_in(match: re.Match[str]) -> str:
    return _STAND_INS[match.group(1) or match.group(0)[0]]


def as_printed(token: str) -> str:
    """A number token as it was printed: the sign that stood in its place."""
    return _SIGNS.get(token, token)


def runs(text: str) -> Iterator[Run]:
    """The number runs of clean text in order. A digit that numbers a label (「1.属于国家秘密」) is no number."""
    words, start, line = "", 0, 1
    for match in _RUN.finditer(text):
        between = text[start : match.start()]
        line_here = line + text.count("\n", start, match.start())
        found = match.group(0)
        after = text[match.end() : match.end() + 2]
        numbering = bool(re.match(r"[.、,)](?!\d)", after)) and not re.match(r"[.,]\d", after)
        if numbering:
            found = found[:-1].rstrip()
        words += between
        if not found:
            start, line = match.start(), line_here
            words += match.group(0)
            start = match.end()
            continue
        tokens: list[str] = []
        places: list[int] = []
        at = line_here
        for piece in re.findall(r"\d+|\n", found):
            if piece == "\n":
                at += 1
            else:
                tokens.append(piece)
                places.append(at)
        near = words.rsplit("\n", 1)[-1]
        yield Run(re.sub(r"\s+", "", words), re.sub(r"\s+", "", near), tuple(tokens), tuple(places))
        start = match.start() + len(found)
        line = line_here + found.count("\n")
        words = ""


def closing_splits(tokens: Sequence[str], wanted: int) -> list[tuple[int, ...]]:
    """Every way to read the tokens as `wanted` whole numbers of which the last is the sum of the others.

    Tokens may be cut, never joined, and no number but zero begins with 0. Too long a string gives none. The last
    number is tried first: it bounds all the others.
    """
    if not tokens or sum(map(len, tokens)) > MAX_GLUED or len(tokens) > wanted:
        return []
    found: list[tuple[int, ...]] = []
    tail = tokens[-1]
    for start in range(len(tail)):
        if tail[start] == "0" and start < len(tail) - 1:
            continue
        head = [*tokens[:-1], tail[:start]] if start else list(tokens[:-1])
        total = int(tail[start:])
        found.extend((*numbers, total) for numbers in _summing(head, wanted - 1, total))
    return found


def _summing(tokens: Sequence[str], wanted: int, total: int) -> list[tuple[int, ...]]:
    """Every way to cut the tokens into `wanted` numbers that add up to `total`."""
    found: list[tuple[int, ...]] = []
    lengths = [sum(map(len, tokens[at:])) for at in range(len(tokens) + 1)]

    def cut(token: int, at: int, numbers: tuple[int, ...], left: int) -> None:
        if token == len(tokens):
            if len(numbers) == wanted and left == 0:
                found.append(numbers)
            return
        missing = wanted - len(numbers)
        if not len(tokens) - token <= missing <= lengths[token] - at:
            return
        text = tokens[token]
        for end in (at + 1,) if text[at] == "0" else range(at + 1, len(text) + 1):
            value = int(text[at:end])
            if value > left:
                return
            if end < len(text):
                cut(token, end, (*numbers, value), left - value)
            else:
                cut(token + 1, 0, (*numbers, value), left - value)

    cut(0, 0, (), total)
    return found

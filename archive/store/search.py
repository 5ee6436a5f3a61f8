"""Chinese full text of any length from one character.

FTS5 has no tokenizer that finds Chinese words, so the index holds *shadow text*: every pair of
adjacent characters is a token, and each run ends in its closing single character. A phrase of
pairs then finds exactly the texts in which the characters stand side by side, which is what
`like '%…%'` finds. White space ends a run; punctuation does not (it is adjacent too), but the
tokenizer would throw away its ASCII part, so that is moved into a private plane. FTS5's `ascii`
tokenizer takes everything else as it comes: it is cheaper than `unicode61`, and knows of no
character too new for its tables.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from array import array
from collections.abc import Iterable
from operator import add

from sites.reading.width import nfkc

#: First token of every shadow text: what a search made of exclusions alone is subtracted from.
EVERY = chr(0xF0041)

#: A search that finds nothing and is no error.
NOTHING = '""'

_PLANE = 0xF0000
#: Invisible characters end a run like white space: `like` does not see through them either.
_INVISIBLE = r"\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff"
#: They, and what FTS5's `ascii` tokenizer would drop: ASCII punctuation.
_DROPPED = re.compile(rf"[!-/:-@\[-`{{-~{_INVISIBLE}]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂", '"'))
_PIECE = re.compile(r'(?P<minus>-)?"(?P<phrase>[^"]*)"|(?P<bar>[|｜])|(?P<word>[^\s"|｜\u3000]+)')


class _Private(dict[str, str]):
    """What stands in the shadow for each dropped character, computed once: its place in the private
    plane, or a break."""

    def __missing__(self, character: str) -> str:
        code = ord(character)
        place = chr(_PLANE | code) if 0x20 < code < 0x7F else " "
        self[character] = place
        return place


_PRIVATE = _Private()
_BLANK = ord(" ")
_UTF32 = f"utf-32-{sys.byteorder[:1]}e"


def _runs(text: str) -> list[str]:
    """Normalised text cut at white space."""
    normal = nfkc(text).lower()
    return _DROPPED.sub(lambda match: _PRIVATE[match.group()], normal).split()


def segment(text: str | None) -> str:
    """The shadow text that stands in the index for `text`: words of two characters and one, white space between."""
    runs = _runs(text or "")
    # laid out as numbers, every character beside its neighbour: a third of the time that joining pairs takes
    characters = array("I", "".join(runs).encode(_UTF32, "surrogatepass"))
    pairs = array("I", [_BLANK]) * (3 * len(characters))
    pairs[0::3] = characters
    pairs[1:-3:3] = characters[1:]
    end = 0
    for run in runs:
        end += len(run)
        pairs[3 * end - 2] = _BLANK  # the last character of a run stands alone
    return f"{EVERY} {pairs.tobytes().decode(_UTF32, 'surrogatepass')}"


def _phrase(text: str) -> str:
    """One FTS5 phrase for characters that stand side by side, or '' when nothing is left of `text`.

    White space inside (only a quoted phrase has any) matches any white space.
    """
    runs = _runs(text)
    if not runs:
        return ""
    tokens: list[str] = []
    for run in runs[:-1]:
        tokens.extend(map(add, run, run[1:]))
        tokens.append(run[-1])
    last = runs[-1]
    if len(last) == 1:
        return f'"{" ".join([*tokens, last])}" *'
    tokens.extend(map(add, last, last[1:]))
    return f'"{" ".join(tokens)}"'


def fts_query(text: str | None) -> str:
    """What a person typed as an FTS5 query that never is an error.

    Space means and, `a|b` or, `-x` not, quotes (also “ ”) keep white space. Anything else is looked
    for as it stands. Nothing to look for gives a query that finds nothing.
    """
    groups: list[list[str]] = []
    excluded: list[str] = []
    joined = False
    for piece in _PIECE.finditer((text or "").translate(_QUOTES)):
        if piece["bar"]:
            joined = bool(groups)
            continue
        word = piece["phrase"] if piece["phrase"] is not None else piece["word"]
        minus = bool(piece["minus"])
        if piece["word"] and len(word) > 1 and word.startswith("-"):
            word, minus = word[1:], True
        phrase = _phrase(word)
        if not phrase:
            continue
        if minus:
            excluded.append(phrase)
        elif joined:
            groups[-1].append(phrase)
        else:
            groups.append([phrase])
        joined = False
    if not groups and not excluded:
        return NOTHING
    wanted = [group[0] if len(group) == 1 else f"({' OR '.join(group)})" for group in groups]
    query = " AND ".join(wanted) or f'"{EVERY}"'
    for phrase in excluded:
        query = f"({query}) NOT {phrase}"
    return query


def stands_in(character: str, text: str) -> bool:
    """Whether a single character as it stands in a query is found in a text, as the index would find it."""
    return any(character in run for run in _runs(text))


def phrases(words: Iterable[str]) -> str:
    """Texts that hold every one of these words, as an FTS5 query that never is an error."""
    found = [phrase for phrase in map(_phrase, words) if phrase]
    return " AND ".join(found) or NOTHING


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions the index needs. Without them it can neither write texts nor
    read `documents_segmented`."""
    connection.create_function("gongkai_segment", 1, segment, deterministic=True)
    connection.create_function("gongkai_fts_query", 1, fts_query, deterministic=True)

"""How much a page may show: what is refused before a parser sees it. Pure."""

from __future__ import annotations

import re

from sites.errors import Unreadable

#: Characters of text that one page may show. The longest real report has some 60,000; half a million is a book of a
#: thousand pages, and whatever looks at every line of more takes more memory than a page may cost.
MAX_TEXT = 500_000
#: More of these and the bytes are no text; a parser makes a node's worth of memory of each.
_MAX_NULS = 1_000

_RAW_TEXT = re.compile(r"(script|style)\b", re.I)
_RAW_END = {name: re.compile(f"</{name}", re.I) for name in ("script", "style")}


def refuse_endless(text: str) -> None:
    """Raise `Unreadable` for a page that shows more than `MAX_TEXT` characters, or is no text at all."""
    if len(text) <= MAX_TEXT:
        return
    if text.count("\0") > _MAX_NULS:
        raise Unreadable("thousands of NUL characters: no text; kept, but not read")
    if shows_more_than(text, MAX_TEXT):
        raise Unreadable(f"more than {MAX_TEXT:,} characters of text on one page; kept, but not read")


def refuse_long(text: str) -> None:
    """Raise `Unreadable` for plain text of more than `MAX_TEXT` characters."""
    if len(text) > MAX_TEXT:
        raise Unreadable(f"{len(text):,} characters of text are more than a document has ({MAX_TEXT:,})")


def shows_more_than(text: str, most: int) -> bool:
    """Whether more than `most` characters of `text` stand outside tags, comments, scripts and styles, stretches of
    white space not counted. Roughly as a browser sees it; linear, and no copy of the text is made."""
    shown = place = 0
    while shown <= most:
        begin = text.find("<", place)
        end = len(text) if begin < 0 else begin
        if not text[place:end].isspace():
            shown += end - place
        if begin < 0:
            break
        if text.startswith("<!--", begin):
            closed = text.find("-->", begin + 4)
            place = closed + 3
        elif not (text[begin + 1 : begin + 2].isalpha() or text[begin + 1 : begin + 2] in {"/", "!", "?"}):
            shown, closed, place = shown + 1, begin, begin + 1
        else:
            raw = _RAW_TEXT.match(text, begin + 1)
            if raw:
                ended = _RAW_END[raw[1].lower()].search(text, begin)
                closed = ended.start() if ended else -1
            else:
                closed = begin
            closed = text.find(">", closed) if closed >= 0 else -1
            place = closed + 1
        if closed < 0:
            break
    return shown > most

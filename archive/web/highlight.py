"""Search terms marked in a text, in Python: FTS5's `snippet()` over the shadow text doubles characters."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

from archive.web.rendering import plain

#: What a query does not search for: operators, quotes of every shape, excluded words.
_QUOTED = re.compile(r'["“”]([^"“”]*)["“”]?')


def terms(query: str) -> tuple[str, ...]:
    """The words of a query that a hit contains: quoted phrases whole, excluded (`-x`) words left out."""
    folded = unicodedata.normalize("NFKC", query)
    found: list[str] = []
    excluded = re.sub(r'(?:(?<=\s)|^)-(?:"[^"]*"?|“[^”]*”?|\S+)', " ", folded)
    for phrase in _QUOTED.findall(excluded):
        found.append(phrase.strip())
    for word in re.split(r"[\s|()*:^]+", _QUOTED.sub(" ", excluded)):
        found.append(word.strip())
    return tuple(dict.fromkeys(word for word in found if re.search(r"\w", word)))


def mark(text: str, words: tuple[str, ...]) -> Markup:
    """`text` escaped and without direction overrides, with every occurrence of a word in `<mark>`."""
    text = str(plain(text))
    pattern = _pattern(words)
    if pattern is None:
        return escape(text)
    parts: list[Markup] = []
    end = 0
    for match in pattern.finditer(text):
        parts += [escape(text[end : match.start()]), Markup("<mark>{}</mark>").format(match.group())]
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def excerpt(text: str, words: tuple[str, ...], *, width: int = 110) -> Markup:
    """The passage of about `width` characters that holds most different words, and one more of half the
    length for words that stand elsewhere; words marked."""
    flat = re.sub(r"\s+", " ", text).strip()
    first = _passage(flat, words, width)
    elsewhere = tuple(word for word in words if word.lower() not in first.lower() and word.lower() in flat.lower())
    shown = mark(first, words)
    if elsewhere:
        shown += mark(_passage(flat, elsewhere, width // 2), words)
    return shown


def _passage(flat: str, words: tuple[str, ...], width: int) -> str:
    pattern = _pattern(words)
    best = 0
    if pattern is not None:
        places = [(match.start(), match.group().lower()) for match in pattern.finditer(flat)][:200]
        scores = [
            (len({word for place, word in places if start <= place < start + width * 2 // 3}), -start)
            for start, _ in places
        ]
        best = -max(scores)[1] if scores else 0
    start = max(0, best - width // 4)
    passage = flat[start : start + width]
    return f"{'…' if start else ''}{passage}{'…' if start + width < len(flat) else ''}"


def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    ordered = sorted((word for word in words if word), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE) if ordered else None

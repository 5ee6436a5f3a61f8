"""Lines of pages → paragraphs. Pure.

A printed line ends where the paper ends, a paragraph where its author ended it: a line that does not
reach the right edge, a next line that is indented, a change of size or a wide gap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sites.formats.blocks import Body, starts_section
from sites.formats.layout import Line, join
from sites.model import Table

#: In em. Word lets punctuation hang and keeps two or three characters together, so a full line may end
#: this much before the right edge; a first line is indented by two characters, by one in narrow forms.
RAGGED = 2.4
INDENT = 1.2
#: A size that differs by more than this is another kind of line (a title, a note).
OTHER_SIZE = 0.12
#: A gap of more than this many usual line distances parts paragraphs.
OTHER_LEADING = 1.6
#: Title lines are at least this much larger than the body's.
TITLE_SIZE = 1.12

_PAGE_NUMBER = re.compile(
    r"^[\-—–－·\s]*(?:第\s*)?(?:\d{1,3}|[ivxIVX]{1,5})\s*(?:页)?(?:\s*[/／，,共]+\s*\d{1,3}\s*页?)?[\-—–－·\s]*$"
)


class PageItems(NamedTuple):
    """One page in reading order: lines and tables."""

    width: float
    height: float
    items: tuple[Line | Table, ...]


class _Margins(NamedTuple):
    left: float
    right: float
    size: float
    leading: float


def add_pages(body: Body, pages: Sequence[PageItems]) -> None:
    """Put the text and tables of pages into a body: paragraphs whole, also over page breaks, page
    numbers and running heads left out."""
    pages = _without_margins(pages)
    margins = _margins(pages)
    pending: list[Line] = []

    def close() -> None:
        if pending:
            _add_paragraph(body, pending, margins)
            pending.clear()

    for page in pages:
        fresh = True
        for item in page.items:
            if isinstance(item, Table):
                close()
                body.add_table(item)
            else:
                if pending and not _continues(pending[-1], item, margins, over_page=fresh):
                    close()
                pending.append(item)
            fresh = False
    close()


def _continues(above: Line, line: Line, margins: _Margins, *, over_page: bool) -> bool:
    size = max(above.size, line.size)
    if abs(above.size - line.size) > OTHER_SIZE * size:
        return False
    if above.x1 < margins.right - RAGGED * size or line.x0 > margins.left + INDENT * size:
        return False
    if starts_section(line.text) and above.text[-1] in "。；：":
        return False
    if over_page:
        return above.text[-1] not in "。！？"
    usual = margins.leading or 1.6 * size
    return line.base - above.base <= OTHER_LEADING * usual


def _add_paragraph(body: Body, lines: Sequence[Line], margins: _Margins) -> None:
    text = ""
    for line in lines:
        text = join(text, line.text)
    centred = abs((lines[0].x0 - margins.left) - (margins.right - lines[0].x1)) < 2 * lines[0].size
    large = margins.size > 0 and lines[0].size >= TITLE_SIZE * margins.size
    inset = lines[0].x0 > margins.left + lines[0].size
    body.add_text(text, heading=large and (centred or len(lines) == 1) and (inset or len(text) < 40))


def _margins(pages: Sequence[PageItems]) -> _Margins:
    """Edges of the text, size and line distance of the body, by the vote of its lines."""
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    if not lines:
        return _Margins(0.0, 0.0, 0.0, 0.0)
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    size = sizes.most_common(1)[0][0]
    usual = [line for line in lines if abs(line.size - size) <= OTHER_SIZE * size] or lines
    long = [line for line in usual if len(line.text) >= 10] or usual
    rights = sorted(line.x1 for line in long)
    right = rights[min(len(rights) - 1, int(0.9 * len(rights)))]
    lefts = Counter(round(line.x0 / 4) for line in long)
    # The left edge is where continuation lines begin: the outermost place that many lines share.
    common = [place for place, count in lefts.items() if count >= max(2, 0.15 * len(long))]
    left = min(line.x0 for line in long if not common or abs(round(line.x0 / 4) - min(common)) <= 1)
    steps = Counter[float]()
    for page in pages:
        kept = [item for item in page.items if isinstance(item, Line)]
        for above, line in pairwise(kept):
            step = round(line.base - above.base, 0)
            if 0 < step < 4 * size:
                steps[step] += 1
    return _Margins(left, right, size, steps.most_common(1)[0][0] if steps else 0.0)


def _without_margins(pages: Sequence[PageItems]) -> list[PageItems]:
    """Pages without their page numbers and without first or last lines that most pages repeat."""
    edges = Counter(
        _figureless(text)
        for page in pages
        for text in {line.text for line in (_edge(page, 0), _edge(page, -1)) if line is not None}
    )
    repeated = {text for text, count in edges.items() if text and count >= 3 and count > len(pages) / 2}
    cleaned: list[PageItems] = []
    for page in pages:
        items = list(page.items)
        for end in (-1, 0):
            line = items[end] if items and isinstance(items[end], Line) else None
            if not isinstance(line, Line):
                continue
            outer = line.base > 0.88 * page.height if end else line.base < 0.12 * page.height
            if (outer and _PAGE_NUMBER.match(line.text)) or _figureless(line.text) in repeated:
                del items[end]
        cleaned.append(page._replace(items=tuple(items)))
    return cleaned


def _edge(page: PageItems, end: int) -> Line | None:
    item = page.items[end] if page.items else None
    return item if isinstance(item, Line) else None


def _figureless(text: str) -> str:
    return re.sub(r"[\d\s]+", "", text)

"""Saved plain text → `Extracted`: what a person or an older crawler copied off a page.

Such text still carries the page's breadcrumb, catalogue lines and buttons, Word's bookmarks, titles broken
over lines with spaced characters, and tables flattened to one cell a line (report_format.md §12).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sites.model import Block, Claim, Extracted, Metadata, Table, TableCell
from sites.reading import catalogue
from sites.reading.article import HEADING, refined
from sites.reading.bounds import refuse_long
from sites.reading.clean import (
    drop_word_residue,
    is_chrome,
    is_chrome_anywhere,
    is_position,
    is_sentence,
    plain,
    trim_tail,
)
from sites.reading.dates import find_datetime, url_date
from sites.reading.flow import fold
from sites.reading.head import body_number, split_breadcrumb
from sites.reading.tables import table_text

_BLANK = re.compile(r"[ \u3000\xa0\r]*")
_PIPES = re.compile(r"^\s*\|?(?:[^|]*\|){2,}[^|]*$")
_RULE = re.compile(r"^[\s|:+-]+$")
_SPACED = re.compile(r"(?:\S[ \t\u3000\xa0]+)+\S")
_TITLE_END = re.compile(
    r"报\s*告|年\s*报|总\s*结|通\s*知|公\s*告|情\s*况|意\s*见|办\s*法|规\s*定|方\s*案|决\s*定|指\s*南|说\s*明|统\s*计\s*表"
)
_PUNCTUATION = re.compile(r"[。；;！!？?]|[,，:：]$")
_VALUE = re.compile(r"[-—/\d.,%万元件条项\s]*")
_STEP = re.compile(r"^\s*[>›»＞]{1,2}\s*\S")
_HEAD_LINES = 40


def read_text(text: str, *, url: str = "") -> Extracted:
    """Plain text as a document: title ('' when it prints none), metadata of its head, body without the page's
    furniture, flattened tables as `Table`s standing in reading order. `url` is where it was found, if known.

    Raises `Unreadable` for a text longer than any document.
    """
    refuse_long(text)
    lines = drop_word_residue(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    folded = [fold(line) for line in lines]
    start, breadcrumb = _breadcrumb(folded)
    pairs = _pairs(folded, start)
    title, used = _title(folded, pairs, start)
    skipped = {*range(start), *used, *pairs.lines}
    claims = _claims(pairs, title, url)
    blocks: list[Block] = []
    tables: list[Table] = []
    index = 0
    head = True
    while index < len(lines):
        end = _table_end(lines, index)
        if end > index:
            table = _table(lines[index:end])
            blocks.append(Block(kind="table", text=table_text(table), table=len(tables)))
            tables.append(table)
            index, head = end, False
            continue
        line = folded[index]
        if line and index not in skipped and not (head and is_chrome(line)) and not is_chrome_anywhere(line):
            head = head and not is_sentence(line)
            blocks.append(
                Block(
                    kind="heading"
                    if HEADING.match(line) and len(line) <= 40 and not _PUNCTUATION.search(line)
                    else "paragraph",
                    text=line,
                )
            )
        index += 1
    last = next((position for position in range(len(blocks) - 1, -1, -1) if blocks[position].kind == "table"), -1)
    tail = [block.text for block in blocks[last + 1 :]]
    blocks = blocks[: last + 1 + trim_tail(tail)]
    number = body_number([block.text for block in blocks if block.kind != "table"])
    if number:
        claims.append(Claim(field="document_number", value=number, source="body"))
    return Extracted(
        title=title,
        text="\n".join(block.text for block in blocks),
        blocks=tuple(blocks),
        tables=tuple(tables),
        metadata=Metadata(claims=tuple(refined(claims))),
        breadcrumb=breadcrumb,
        media_type="text/plain",
    )


def _breadcrumb(lines: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Where the text begins below its breadcrumb, and the breadcrumb: it may run over several lines."""
    for place, line in enumerate(lines[:12]):
        if not is_position(plain(line)):
            continue
        end = place + 1
        while end < min(len(lines), place + 8) and (
            _STEP.match(lines[end]) or (not lines[end] and end + 1 < len(lines) and _STEP.match(lines[end + 1]))
        ):
            end += 1
        return end, split_breadcrumb(" ".join(lines[place:end]))
    return 0, ()


def _pairs(lines: Sequence[str], start: int) -> catalogue.Pairs:
    zone = start
    while zone < min(len(lines), start + _HEAD_LINES) and (
        not is_sentence(lines[zone]) or catalogue.starts_pair(lines[zone])
    ):
        zone += 1
    texts = lines[start:zone]

    def near(one: int, other: int) -> bool:
        return other == one + 1 and len(texts[other]) <= 60 and not HEADING.match(texts[other])

    return catalogue.read_pairs(texts, near, lambda _index: False, start)


def _title(lines: Sequence[str], pairs: catalogue.Pairs, start: int) -> tuple[str, frozenset[int]]:
    """The title above the text and the lines it takes: a line or two that are no sentence, no heading and no
    furniture; spaced characters (年  度  报  告) are closed up. '' when the text begins with its first heading."""
    seen = 0
    for index in range(start, min(len(lines), start + _HEAD_LINES)):
        line = lines[index]
        if not line or index in pairs.lines or is_chrome(line):
            continue
        seen += 1
        if HEADING.match(line) or seen > 3:
            break
        if line.endswith(("...", "…")):
            continue  # the teaser of a listing, saved with the page
        if is_sentence(line) or len(line) > 80 or _PUNCTUATION.search(line):
            break
        if line.isdigit() or (find_datetime(line) is not None and len(line) <= 24):
            continue
        parts, used = [_closed(line)], [index]
        following = index + 1
        while following < len(lines) and len(parts) < 3 and (more := lines[following]) and len(more) <= 40:
            if HEADING.match(more) or _PUNCTUATION.search(more) or following in pairs.lines or is_chrome(more):
                break
            if not (_TITLE_END.search(_closed(more)) and not _TITLE_END.search(parts[-1])) and not re.match(
                r"^[（(].{2,16}[）)]$", more
            ):
                break
            parts.append(_closed(more))
            used.append(following)
            following += 1
        return "".join(parts), frozenset(used)
    return "", frozenset()


def _closed(line: str) -> str:
    return re.sub(r"\s+", "", line) if _SPACED.fullmatch(line) else line


def _claims(pairs: catalogue.Pairs, title: str, url: str) -> list[Claim]:
    sure, weak = catalogue.claims_of(pairs, "catalogue" if pairs.catalogue else "visible")
    claims = list(sure)
    if title:
        claims.append(Claim(field="title", value=title, source="visible", label="heading"))
    claims += weak
    day = url_date(url)
    moment = find_datetime(day.isoformat()) if day else None
    if moment:
        claims.append(Claim(field="published_at", value=moment.isoformat(), source="url"))
    return claims


def _table_end(lines: Sequence[str], index: int) -> int:
    """The line after the flattened table that begins on line `index`; `index` itself when none does."""
    for looks in (_has_tab, _PIPES.match):
        end = index
        while end < len(lines) and looks(lines[end]):
            end += 1
        if end - index >= 2 and any(looks is not _has_tab or line.count("\t") > 1 for line in lines[index:end]):
            return end
    return _tabbed_end(lines, index) if lines[index].startswith("\t") else index


def _has_tab(line: str) -> bool:
    return "\t" in line


def _tabbed_end(lines: Sequence[str], index: int) -> int:
    end = reached = index
    cells = 0
    while end < len(lines):
        line = lines[end]
        if line.startswith("\t"):
            cells += line.count("\t")
            end += 1
            reached = end
        elif _BLANK.fullmatch(line):
            end += 1
            if end - reached > 4:
                break
        elif end == reached and not HEADING.match(fold(line)) and len(line) <= 60:
            end += 1  # a line break inside a cell
            reached = end
        else:
            break
    return reached if cells >= 4 else index


def _table(lines: Sequence[str]) -> Table:
    rows = _rows(lines)
    width = max((len(row) for row in rows), default=0)
    cells: list[TableCell] = []
    for number, row in enumerate(rows):
        wide = _label_place(row) if width >= 8 else -1
        column = 0
        for place, text in enumerate(row):
            # merged label cells were written once: in a wide table the values of every row end at its right edge
            # (narrow ones, such as 表二, stack blocks of different widths, each under its own header)
            span = width - len(row) + 1 if place == wide else 1
            cells.append(TableCell(text=text, row=number, column=column, colspan=span))
            column += span
    return Table(cells=tuple(cells), rows=len(rows), columns=width)


def _label_place(row: Sequence[str]) -> int:
    """The last label cell of a row that ends in values or blanks, or -1."""
    place = next((place for place in range(len(row) - 1, -1, -1) if not _VALUE.fullmatch(row[place])), -1)
    return place if 0 <= place < len(row) - 1 and len(row) - place > 2 else -1


def _rows(lines: Sequence[str]) -> list[list[str]]:
    if _PIPES.match(lines[0]) and not lines[0].startswith("\t"):
        return [[fold(cell) for cell in line.strip().strip("|").split("|")] for line in lines if not _RULE.match(line)]
    filled = [line for line in lines if not _BLANK.fullmatch(line)]
    if sum("\t" in line[1:] for line in filled) * 2 >= len(filled):
        return [[fold(cell) for cell in line.split("\t")] for line in filled]
    rows: list[list[str]] = []
    row: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("\t"):
            row.append(line[1:])
        elif _BLANK.fullmatch(line):
            if row:
                rows.append([fold(cell) for cell in row])
            row = []
        elif row:
            row[-1] += "\n" + line
    return rows

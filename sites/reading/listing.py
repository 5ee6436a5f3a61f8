"""Links of a listing with the full title and the date that stands with each: what families build refs from."""

from __future__ import annotations

import re
from datetime import date

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sites.model import PageRef
from sites.reading.bounds import refuse_endless
from sites.reading.dates import find_date, url_date
from sites.reading.flow import fold
from sites.reading.labels import words
from sites.reading.tables import cell_text
from sites.reading.urls import resolve

_AROUND = frozenset(
    words(
        """
    li tr dd dt dl p td div record article section span h1 h2 h3 h4 h5 b strong font em i u
    """
    )
)
_DATE = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|(?<!\d)\d{4}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)|(?<!\d)\d{2}-\d{1,2}-\d{1,2}(?!\d)|"
    r"(?<!\d)\d{1,2}\s+\d{4}[.-]\d{1,2}(?!\d)|(?<!\d)\d{1,2}-\d{1,2}\s+\d{4}(?!\d)"
)
_LABELLED = re.compile(rf"(?:时间|日期)\s*[:：]\s*({_DATE.pattern})")
_WHOLE = re.compile(rf"[\[(（【\s]*(?:发布)?(?:{_DATE.pattern})(?:\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?[\])）】\s]*")
_SHORT_DATE = re.compile(r"^\W*\d{1,2}[-/月]\d{1,2}日?\W*$")
_TRUNCATED = re.compile(r"(?:\.{2,}|…+)$")
_LABEL = re.compile(r"^\s*(?:标\s*题|名\s*称)\s*[:：]\s*")
_NEW = re.compile(r"^(?:[·•●■◆▪○◇>»\-\s]|\[(?:置顶|新)\]|【置顶】|NEW)+|(?:\s*(?:new|NEW|置顶))$")
_ROW = re.compile(r"\s*<t[rd]\b", re.I)
#: Characters of a link's own entry that are looked at: longer entries are whole pages gone astray.
_FRAGMENT = 400_000


def anchors(source: LexborNode | str, base: str, *, near: date | None = None) -> tuple[PageRef, ...]:
    """Every link in `source` (a node, or HTML such as a data proxy's record) in document order, each address once.

    The title is the longest of link text and `title` attribute when the text is truncated; `listed_on` is the
    date in the link's own entry (list item, row, box), never a neighbour's. The day in an address is not taken:
    `dated_by_url` does that where a family knows it to be right. `near` dates entries that print no year. Links that
    lead nowhere (`javascript:void(0)`, `#`) are left out. Raises `Unreadable` for HTML that shows more than any page.
    """
    root: LexborNode | None
    root = _parsed(source) if isinstance(source, str) else source
    if root is None:
        return ()
    found: dict[str, PageRef] = {}
    nodes = root.css("a")
    if root.tag == "a" and not nodes:
        nodes = [root]
    for node in nodes:
        attributes = node.attributes
        href = attributes.get("href") or ""
        url = resolve(base, href)
        if url is None and attributes.get("onclick"):
            url = resolve(base, "javascript:" + (attributes.get("onclick") or ""))
        if url is None:
            continue
        title = link_title(node)
        listed = entry_date(node, near=near)
        known = found.get(url)
        if known is None:
            found[url] = PageRef(url=url, title=title, listed_on=listed)
        elif len(title) > len(known.title) or (listed and not known.listed_on):
            best = title if len(title) > len(known.title) and not _DATE.fullmatch(title) else known.title
            found[url] = PageRef(url=url, title=best, listed_on=known.listed_on or listed)
    return tuple(found.values())


def _parsed(html: str) -> LexborNode | None:
    refuse_endless(html)
    # a data proxy's records may be bare rows, which a parser keeps only inside a table
    return LexborHTMLParser(f"<table>{html}</table>" if _ROW.match(html) else html).root


def link_title(node: LexborNode) -> str:
    """The full title of a link: its text or heading child, its `title` attribute when the text is cut short."""
    attributes = node.attributes
    given = fold(re.sub(r"<[^>]+>", "", attributes.get("title") or ""))
    given = _LABEL.sub("", re.split(r"\s*(?:发布时间|时间|日期)\s*[:：]", given)[0]) if given else ""
    shown = _NEW.sub("", _without_date(cell_text(node))).strip()
    stem = _TRUNCATED.sub("", shown)
    if given and (
        not shown or (stem != shown and given.startswith(stem[:6])) or (len(given) > len(shown) and stem in given)
    ):
        return given
    if len(shown) > 80:
        # a whole entry is one link: its title is the part that is marked as one
        for tag in ("h1", "h2", "h3", "h4", "h5", "strong", "b", "[class*=title]", "p"):
            part = node.css_first(tag)
            if part is not None and 4 <= len(text := cell_text(part)) < len(shown):
                return given or text
    return given if given and len(given) >= 4 and shown != given and len(shown) < 4 else shown


def entry_date(node: LexborNode, *, near: date | None = None) -> date | None:
    """The date printed in the link's own entry: in the link, around it, or in the box that holds just this link."""
    own = fold(node.text(deep=True))
    found = _DATE.search(_tail(own))
    if found and (day := find_date(found[0])):
        return day
    entry: LexborNode | None = node
    for _ in range(4):
        entry = entry.parent if entry is not None else None
        if entry is None or entry.tag not in _AROUND:
            return _beside(node, near)
        others = (
            len({href for link in entry.css("a") if (href := link.attributes.get("href") or "") and href != "#"}) - 1
        )
        row = entry.tag in ("li", "tr", "dl")
        # a row may link its 解读 and its attachment as well; a box of several links is a list
        if others > (5 if row else 0):
            return _beside(node, near)
        day = _date_in(entry, own, near)
        if day is not None or row:
            return day or _beside(node, near)
    return None


def _date_in(entry: LexborNode, own: str, near: date | None) -> date | None:
    """The date of an entry: the labelled one, else one that is an element's whole text, else the first."""
    text = fold(entry.text(deep=True, separator=" "))
    rest = text.replace(own, " ", 1) if own else text
    labelled = _LABELLED.search(rest)
    if labelled and (day := find_date(labelled[1])):
        return day
    found = list(_DATE.finditer(rest))
    if len(found) == 1 and (day := find_date(found[0][0])):
        return day
    if found or near is not None:
        for child in entry.css("span, b, em, i, td, p, div, font, time, label, small, dd"):
            short = fold(child.text(deep=True))
            if len(short) > 40:
                continue
            if _WHOLE.fullmatch(short) and (day := find_date(short)):
                return day
            if near is not None and _SHORT_DATE.match(short) and (day := find_date(short, near=near)):
                return day
    return find_date(found[0][0]) if found else None


def dated_by_url(ref: PageRef) -> PageRef:
    """The ref with the day in its address for a date when the listing printed none."""
    if ref.listed_on is not None:
        return ref
    return PageRef(url=ref.url, title=ref.title, listed_on=url_date(ref.url), context=ref.context)


def _beside(node: LexborNode, near: date | None) -> date | None:
    """The date in what follows the link up to the next link (entries that share one box)."""
    sibling = node.next
    for _ in range(16):
        if sibling is None or (sibling.is_element_node and (sibling.tag == "a" or sibling.css_first("a") is not None)):
            return None
        text = (
            (sibling.text_content or "")
            if sibling.is_text_node
            else fold(sibling.text(deep=True))
            if sibling.is_element_node
            else ""
        )
        found = _DATE.search(text)
        if found:
            return find_date(found[0], near=near)
        sibling = sibling.next
    return None


def _tail(text: str) -> str:
    """Only a date at an end of the link's text is the entry's; one inside a title is the title's."""
    found = list(_DATE.finditer(text))
    if not found:
        return ""
    last, first = found[-1], found[0]
    if last.end() >= len(text) - 2 and len(text) > len(last[0]) + 4:
        return last[0]
    apart = first.start() <= 1 and re.match(r"[\s\]）)】]", text[first.end() :])
    return first[0] if apart and len(text) > len(first[0]) + 4 else ""


def _without_date(text: str) -> str:
    tail = _tail(text)
    if not tail:
        return text
    if text.rstrip("])）】 ").endswith(tail):
        return text[: text.rfind(tail)].rstrip(" [(（【")
    return text.replace(tail, "", 1).strip(" ])）】")

"""Records of a listing: rows of HTML or of JSON → refs with address, whole title and date.

A record is a row: the nearest element around a link that also prints a date. Links that share the
row of another (the 解读 beside a decree, a thumbnail of the same news) are not records. Navigation
prints no dates, so it never becomes a row; a column whose rows print none falls back on addresses
that carry a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from sites.errors import Drift
from sites.model import OptionSpec, Page, PageRef, Section
from sites.reading.bounds import refuse_endless
from sites.reading.dates import CHINA, find_date, url_date
from sites.reading.listing import link_title
from sites.reading.urls import file_kind, in_scope, page_base, resolve

#: Options of every family whose listing is HTML.
HTML_OPTIONS: Final[Mapping[str, OptionSpec]] = {
    "rows": OptionSpec(kind=str, meaning="CSS selector of one record of the listing"),
    "article": OptionSpec(kind=str, meaning="regular expression that the address of every record matches"),
    "body": OptionSpec(kind=str, meaning="CSS selector of an article's body"),
    "title": OptionSpec(kind=str, meaning="CSS selector of an article's title"),
    "drop": OptionSpec(kind=str, meaning="CSS selector of what an article's body does not need"),
}

# A row is small: more text or links than this and it is the list, not a record. Found on the corpus
# listings (largest row: 12 links, 700 characters), with room to spare.
_ROW_NODES: Final = 160
_ROW_TEXT: Final = 1500
_CLIMB: Final = 6
_MOST_LINKS: Final = 5000
_LISTS: Final = frozenset({"ul", "ol", "table", "tbody", "body", "html", "main", "form"})
_SKIPPED: Final = frozenset({"script", "style", "noscript", "template", "select"})
_NOT_A_TITLE = re.compile(
    r"(?:更多|more|详细|查看|点击查看|阅读全文|首页|上一页|下一页|上页|下页|末页|尾页|最后一页|返回|[\d<>«»‹›.…\s]*)[>»\s]*",
    re.I,
)
_INDEX = re.compile(r"/(?:index|list|default)\.\w{3,5}$")
_TODAY = re.compile(r"今天是|今日是|星期[一二三四五六日天]|现在时间")
_SPACE = re.compile(r"[\s\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    group: tuple[str, ...]
    date_texts: tuple[str, ...]


def html_refs(page: Page, section: Section) -> tuple[PageRef, ...]:
    """The records of a listing page, in printed order, each address once.

    Raises `Drift` when the section's `rows` selector matches nothing.
    """
    base = page_base(page.url, _base_href(page))
    near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
    selector = section.text_option("rows")
    if selector:
        rows = _select(page.tree.root, selector)
        if not rows:
            raise Drift(f"the rows selector {selector!r} matches nothing on {page.url}", evidence=page.text[:500])
        found = [ref for row in rows for ref in _links(row, base, near)[:1]]
    else:
        found = _dated_rows(page.tree.root, base, near, _home_of(section, page))
    return unique(found)


def fragment_refs(html: str, base: str, *, near: date | None = None) -> tuple[PageRef, ...]:
    """Every titled link of a fragment that holds records only (a `<record>`, the html of a list answer)."""
    refuse_endless(html)
    root = LexborHTMLParser(f"<body>{html}</body>").root
    if root is None:
        return ()
    rows = _dated_rows(root, base, near, None)
    if rows:
        return unique(rows)
    return unique([replace(ref, listed_on=ref.listed_on or url_date(ref.url)) for ref in _links(root, base, near)])


def wanted(refs: Iterable[PageRef], section: Section) -> list[PageRef]:
    """The refs whose address matches the section's `article` pattern, all of them when it has none.

    Raises `Drift` when the pattern is not a regular expression.
    """
    pattern = section.text_option("article")
    if not pattern:
        return list(refs)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise Drift(f"the article pattern {pattern!r} of section {section.key} cannot be read: {error}") from error
    return [ref for ref in refs if compiled.search(ref.url)]


def unique(refs: Iterable[PageRef]) -> tuple[PageRef, ...]:
    """The refs with each address once, the first one counting."""
    kept: dict[str, PageRef] = {}
    for ref in refs:
        kept.setdefault(ref.url, ref)
    return tuple(kept.values())


def _dated_rows(root: LexborNode | None, base: str, near: date | None, home: str | None) -> list[PageRef]:
    if root is None:
        return []
    rows: dict[int, _Row | None] = {}
    groups: dict[tuple[str, ...], list[PageRef]] = {}
    taken: dict[int, tuple[list[PageRef], int]] = {}
    undated: list[PageRef] = []
    order: dict[str, int] = {}
    for link in _anchors(root):
        ref = _ref(link, base)
        if ref is None or _is_listing(ref.url, base):
            continue
        order.setdefault(ref.url, len(order))
        own = _own_date(link, ref.title, near)
        if own is not None:
            groups.setdefault(_signature(link), []).append(replace(ref, listed_on=own))
            continue
        row = _row_of(link, rows)
        if row is None:
            from_address = url_date(ref.url)
            if from_address and len(ref.title) >= 6 and in_scope(ref.url, (urlsplit(base).hostname or "",)):
                undated.append(replace(ref, listed_on=from_address))
            continue
        if row.place in taken:
            group, index = taken[row.place]
            if _is_label(group[index]) and not _is_label(ref):  # [通知公告] before the title
                group[index] = replace(ref, listed_on=group[index].listed_on)
            continue
        group = groups.setdefault(row.group, [])
        taken[row.place] = (group, len(group))
        group.append(replace(ref, listed_on=_row_date(row.date_texts, near)))
    if not groups:
        return [ref for ref in undated if not home or urlsplit(ref.url).path.startswith(home)] or undated
    here = [refs for refs in groups.values() if home and any(urlsplit(ref.url).path.startswith(home) for ref in refs)]
    chosen = list(groups.values()) if home is None else here or [max(groups.values(), key=len)]
    return sorted((ref for refs in chosen for ref in refs), key=lambda ref: order[ref.url])


def _row_of(link: LexborNode, rows: dict[int, _Row | None]) -> _Row | None:
    """The nearest small element around the link that prints a date outside links, or None."""
    node = link.parent
    for _ in range(_CLIMB):
        if node is None or node.tag in _LISTS:
            return None
        if node.mem_id not in rows:
            rows[node.mem_id] = _read_row(node)
        row = rows[node.mem_id]
        if row is not None:
            return row
        node = node.parent
    return None


def _read_row(node: LexborNode) -> _Row | None:
    texts: list[str] = []
    dated: list[str] = []
    size = 0
    for number, text in enumerate(_texts(node)):
        size += len(text)
        if number > _ROW_NODES or size > _ROW_TEXT:
            return None
        texts.append(text)
        if len(text) <= 40 and find_date(text, near=date(2098, 12, 31)) is not None:
            dated.append(text)
    if any(_TODAY.search(text) for text in texts):
        return None  # the clock in a page's head
    if not dated:
        joined = " ".join(text for text in texts if len(text) <= 12)
        if not joined or find_date(joined) is None:
            return None
        dated.append(joined)
    if len({find_date(text) for text in dated}) > 1 and len(_hrefs(node)) > 1 and node.tag not in {"li", "tr"}:
        return None
    return _Row(node.mem_id, _signature(node), tuple(dated))


def _signature(row: LexborNode) -> tuple[str, ...]:
    """What rows of one list share. A row's own class does not: it says odd, even, first, last."""
    parent = row.parent
    return (
        row.tag or "",
        (parent.tag or "") if parent else "",
        (parent.attributes.get("class") or "") if parent else "",
    )


def _own_date(link: LexborNode, title: str, near: date | None) -> date | None:
    """The date inside a link that is a whole row, before or after its title."""
    shown = link.text(deep=True, separator=" ")
    rest = _SPACE.sub(" ", shown).replace(title, " ", 1)
    if len(rest) > 60 or not any(character.isdigit() for character in rest) or len(rest) == len(shown):
        return None
    return find_date(rest, near=near)


def _texts(node: LexborNode) -> Iterator[str]:
    """Text outside links and scripts, piece by piece; '' for every other node, so that size is bounded."""
    skipped: set[int] = set()
    for child in node.traverse(include_text=True):
        parent = child.parent
        if child.mem_id == node.mem_id:
            continue
        if (parent is not None and parent.mem_id in skipped) or child.tag == "a" or child.tag in _SKIPPED:
            skipped.add(child.mem_id)
            yield ""
        elif child.tag == "-text":
            yield (child.text_content or "").strip()
        else:
            yield ""


def _row_date(texts: Sequence[str], near: date | None) -> date | None:
    dates = [found for text in texts if (found := find_date(text, near=near)) is not None]
    labelled = [found for text in texts if "发布" in text or "公开" in text if (found := find_date(text)) is not None]
    return (labelled or [max(dates)])[0] if dates else None


def _links(node: LexborNode, base: str, near: date | None) -> list[PageRef]:
    refs = [ref for link in _anchors(node) if (ref := _ref(link, base)) is not None]
    row = _read_row(node)
    listed_on = _row_date(row.date_texts, near) if row is not None else None
    return [replace(ref, listed_on=listed_on or url_date(ref.url)) for ref in refs]


def _anchors(node: LexborNode) -> list[LexborNode]:
    return node.css("a[href], a[onclick]")[:_MOST_LINKS]


def _hrefs(node: LexborNode) -> set[str]:
    return {link.attributes.get("href") or "" for link in node.css("a[href]")}


def _ref(link: LexborNode, base: str) -> PageRef | None:
    attributes = link.attributes
    onclick = attributes.get("onclick") or ""
    url = resolve(base, attributes.get("href") or "") or (resolve(base, f"javascript:{onclick}") if onclick else None)
    if url is None or file_kind(url) in {"jpg", "jpeg", "png", "gif"}:
        return None
    title = link_title(link)
    if len(title) < 2 or _NOT_A_TITLE.fullmatch(title):
        return None
    return PageRef(url=url, title=title)


def _is_label(ref: PageRef) -> bool:
    """Whether a link names the column a record is from: short, and leading to a folder or a column page."""
    path = urlsplit(ref.url).path
    return len(ref.title) <= 12 and (path.endswith("/") or _INDEX.search(path) is not None)


def _is_listing(url: str, base: str) -> bool:
    """Whether a link leads to the listing itself: its own path, be it with another query."""
    here, there = urlsplit(base), urlsplit(url)
    return bool(there.query) and (here.hostname, here.path) == (there.hostname, there.path)


def _home_of(section: Section, page: Page) -> str:
    """The directory all records of the column live under, '' when the column is the root or an interface."""
    path = urlsplit(page.requested_url or page.url).path if not section.url else urlsplit(section.url).path
    home = path[: path.rfind("/") + 1]
    return home if home.count("/") > 1 else ""


def _base_href(page: Page) -> str | None:
    node = page.tree.css_first("base[href]")
    return node.attributes.get("href") if node is not None else None


def _select(root: LexborNode | None, selector: str) -> list[LexborNode]:
    try:
        return root.css(selector) if root is not None else []
    except SelectolaxError as error:
        raise Drift(f"the selector {selector!r} cannot be read: {error}") from error

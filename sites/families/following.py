"""Ways on from a listing page that stand in the page itself: links, pagers, iframes.

A pager never wanders into another column: only links on the same host that share the column's path
are taken (portals.md §4, §6).
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sites.families import paging
from sites.model import Page, Request, Section
from sites.reading.urls import page_base, resolve

_NEXT = re.compile(r"(?:下一?页|后一?页|next(?: ?page)?|[>»›]|&gt;)[>»›\s]*", re.I)
_NOT_A_LIST = re.compile(r"visit|count|login|tree\.jsp|share|foot|top\.|head|banner|nav|weather|search", re.I)
_CURRENT = re.compile(r"(?:第\s*)?(\d{1,4})\s*/\s*(\d{1,5})\s*页?")
_PAGES = re.compile(r"(?:totalpage|pagecount|countpage|total_?pages|pages)\s*[=:]\s*['\"]?(\d{1,5})\b", re.I)


def column_of(section: Section, page: Page) -> str:
    """The address the column's pages share: the iframe's when the column page was a shell."""
    return page.context_value("column") or section.url


def same_column(url: str, column: str) -> bool:
    """Whether an address belongs to the column: same host, and the column's own path, a path below its
    directory (or below its name without extension), or the same path with another query."""
    if not paging.same_host(url, column):
        return False
    path, home = urlsplit(url).path, urlsplit(column).path or "/"
    if path == home:
        return _identity(url) == _identity(column)
    if home in {"", "/"}:
        return posixpath.dirname(path) == "/"
    stem, extension = posixpath.splitext(home)
    # index.html stands for its directory; every other name is a column of its own: list.htm → list_2.htm, list/2.htm
    if posixpath.basename(stem) in {"index", "default", "list", ""}:
        if extension and re.match(re.escape(stem) + r"/\d", path):  # VSB: index.htm → index/3.htm
            return True
        stem = posixpath.dirname(stem).rstrip("/") + "/"
        return path.startswith(stem) and "/" not in path[len(stem) :].strip("/")
    return re.match(re.escape(stem) + (r"[/_.-]?(?:\d|index|list|page)" if extension else r"/"), path) is not None


def next_link(page: Page, column: str) -> str | None:
    """Where 下一页 (or the number after this page's) leads within the column, or None."""
    base = page_base(page.url, _base_href(page))
    number = paging.place_of(page).number
    numbered: str | None = None
    for link in _pager_links(page):
        text = re.sub(r"\s+", "", link.text(deep=True)) or (link.attributes.get("title") or "").strip()
        following = bool(_NEXT.fullmatch(text))
        if not following and text != str(number + 1):
            continue
        onclick = link.attributes.get("onclick") or ""
        url = resolve(base, link.attributes.get("href") or "") or (
            resolve(base, f"javascript:{onclick}") if onclick else None
        )
        if url is None or _same_page(url, page) or not same_column(url, column):
            continue
        if following:
            return url
        numbered = numbered or url
    return numbered


def printed_place(page: Page) -> tuple[int | None, int | None]:
    """Which page this is and how many there are by the pager's text (`2/7`) or script; None for what is not said."""
    shown = _CURRENT.search(re.sub(r"<[^>]{0,300}>", "", _pager_html(page)))
    if shown and 1 <= int(shown[1]) <= int(shown[2]):
        return int(shown[1]), int(shown[2])
    hint = _PAGES.search(page.text)
    return None, int(hint[1]) if hint else None


def iframe_request(page: Page, column: str) -> Request | None:
    """The request for the list that stands in an iframe of the same host, or None. Followed once."""
    if page.context_value("shell"):
        return None
    base = page_base(page.url, _base_href(page))
    for frame in page.tree.css("iframe[src], frame[src]"):
        source = frame.attributes.get("src") or ""
        url = resolve(base, source)
        if url and paging.same_host(url, column) and not _NOT_A_LIST.search(urlsplit(url).path) and url != page.url:
            return Request(url=url, headers=(("Referer", page.url),), context=(("shell", "1"), ("column", url)))
    return None


def _pager_links(page: Page) -> list[LexborNode]:
    links = page.tree.css("a[href], a[onclick]")
    hidden = _hidden_pager(page)
    return [*links, *LexborHTMLParser(hidden).css("a[href]")] if hidden else links


def _hidden_pager(page: Page) -> str:
    """The pager some portals print as base64 for a script to unpack (portals.md §5 L)."""
    holder = page.tree.css_first("#pages")
    packed = holder.text(deep=True).strip() if holder is not None else ""
    if not re.fullmatch(r"[A-Za-z0-9+/]{24,20000}={0,2}", packed):
        return ""
    try:
        return unquote(base64.b64decode(packed, validate=True).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return ""


def _pager_html(page: Page) -> str:
    nodes = page.tree.css("[class*=page], [id*=page], [class*=pb_sys]")[:12]
    return " ".join((node.html or "")[:4000] for node in nodes)


def _same_page(url: str, page: Page) -> bool:
    return url.partition("#")[0] in {page.url.partition("#")[0], page.requested_url.partition("#")[0]}


def _identity(url: str) -> dict[str, str]:
    """The query parameters that name a column, without those that number its pages."""
    numbered = {name.lower() for name in paging.PAGE_PARAMETERS}
    loose = {"n", "pagesize", "rows", "timetype", "mintime", "maxtime", "sort", "sorttype", "nocorrect", "advance"}
    return {name: value for name, value in paging.query_of(url).items() if name.lower() not in numbered | loose}


def _base_href(page: Page) -> str | None:
    node = page.tree.css_first("base[href]")
    return node.attributes.get("href") if node is not None else None

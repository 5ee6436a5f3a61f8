"""Where a listing stands and whether it goes on: the rules every pager shares.

A pager's place travels in the `context` of its requests: the page's number, how many records came
before it, how large the first page was, and the marks of the first and the latest page. So a server
that answers every page number with page 1 is noticed, and a listing that stopped before the total
the portal claims is incomplete.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from sites.errors import Absent, Drift
from sites.families.records import wanted
from sites.model import Listing, Page, PageRef, Pairs, Request, Section

#: Query parameters that number pages, by how often portals use them (portals.md §5 L, §6).
PAGE_PARAMETERS: Final = (
    "page",
    "pageNo",
    "pageNum",
    "pageIndex",
    "PageIndex",
    "pageNumber",
    "currPage",
    "currpage",
    "currentPage",
    "curPage",
    "paging",
    "pn",
    "p",
)

_NUMBER = re.compile(r"\d{1,7}")
_EMPTY = re.compile(
    r"暂无(?:相关|符合条件的?)?(?:信息|内容|数据|记录|文件)|没有(?:找到|查询到|检索到)|无相关(?:信息|数据|记录)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a listing a page stands. `number` counts from 1, whatever the portal counts from; `total` is
    the number of records the page before claimed, `promised` whether one claimed a number of pages."""

    number: int = 1
    before: int = 0
    size: int = 0
    first: str = ""
    latest: str = ""
    total: int | None = None
    promised: bool = False

    def as_context(self) -> Pairs:
        """The place as it travels with a request."""
        return (
            ("page", str(self.number)),
            ("before", str(self.before)),
            ("size", str(self.size)),
            ("first", self.first),
            ("latest", self.latest),
            ("total", "" if self.total is None else str(self.total)),
            ("promised", "1" if self.promised else ""),
        )


def place_of(page: Page) -> Place:
    """The place that came back with the page: the first one for a page asked without context."""
    return Place(
        number=number_in(page.context_value("page"), 1),
        before=number_in(page.context_value("before"), 0),
        size=number_in(page.context_value("size"), 0),
        first=page.context_value("first"),
        latest=page.context_value("latest"),
        total=number_in(page.context_value("total"), 0) if page.context_value("total") else None,
        promised=page.context_value("promised") == "1",
    )


def repeats(page: Page, refs: tuple[PageRef, ...]) -> bool:
    """Whether the server answered a later page with the records of the first or of the latest one."""
    place = place_of(page)
    marks = set(_marks(refs).split())
    return (
        place.number > 1 and bool(marks) and (marks <= set(place.first.split()) or marks <= set(place.latest.split()))
    )


def begins_again(page: Page, refs: tuple[PageRef, ...]) -> bool:
    """Whether a later page begins with the very record the first page began with (a window that was ignored)."""
    place = place_of(page)
    return place.number > 1 and bool(refs) and _marks(refs[:1]) == place.first[:6]


def listing(
    section: Section,
    page: Page,
    refs: tuple[PageRef, ...],
    *,
    following: Request | None,
    total: int | None = None,
    pages: int | None = None,
    seen: int | None = None,
    number: int | None = None,
) -> Listing:
    """One page of a listing. `following` is the request for the next page as far as the family can tell;
    `total` the records and `pages` the pages that the portal claims; `seen` the records up to and with
    this page when that is not the refs so far (overlapping pages, rows left out), `number` the page's own
    number when it prints one (a later page read on its own: what came before is then unknown). The section's `article`
    pattern decides which refs are kept; all of them say how far the listing is.

    The listing ends when there is no following request, nothing new came, or the total is reached. It
    is complete unless the portal claims more than was seen. A page that is gone (404, 410) ends it: a
    claimed number of pages above the published ones is common, so the listing then counts as complete
    only when the page before was shorter than the first one. A first page without records is `Drift`,
    unless the portal says itself that it has none or the section needs none.
    """
    place = place_of(page)
    alone = number is not None and number > 1 and place.number == 1
    if page.status in {404, 410} and place.number == 1:
        raise Absent(f"the listing {page.url} answered {page.status}", evidence=page.text[:300])
    if page.status in {404, 410} or repeats(page, refs):
        gone = page.status in {404, 410}
        note = f"page {place.number} {'is gone' if gone else 'repeats an earlier page'}"
        if place.total is not None:
            reached = place.before >= place.total
        else:
            reached = not place.promised or place.before < place.size * (place.number - 1)
        return Listing(complete=reached, total=place.total, notes=(note,))
    seen = place.before + len(refs) if seen is None else seen
    if place.number == 1 and not alone and not refs and section.min_refs and not _says_empty(page, total):
        raise Drift(f"no record found on the listing {page.url}", evidence=page.text[:500])
    kept = tuple(wanted(refs, section))
    claimed = None if section.text_option("article") else total  # the portal counts what the pattern leaves out
    here = number if alone and number else place.number
    at_end = not refs or following is None or (total is not None and seen >= total)
    if pages is not None and here >= pages:
        at_end = True
    if at_end:
        more = (total is not None and seen < total and not alone) or (pages is not None and here < pages)
        return Listing(
            refs=kept,
            complete=not more,
            total=claimed,
            notes=(f"{seen} of {total} records" if total is not None else f"page {here} of {pages}",) if more else (),
        )
    assert following is not None
    marks = _marks(refs)
    onward = Place(
        number=here + 1,
        before=seen,
        size=place.size or len(refs),
        first=place.first or marks,
        latest=marks,
        total=total,
        promised=pages is not None or place.promised,
    )
    known = dict(following.context) | dict(onward.as_context())
    return Listing(refs=kept, next=replace(following, context=tuple(known.items())), total=claimed)


def with_query(url: str, **values: str | int) -> str:
    """The address with these query parameters set, the others kept in their order."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    pairs = [(name, str(values[name]) if name in values else value) for name, value in pairs]
    pairs += [(name, str(value)) for name, value in values.items() if name not in names]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, encode_form(pairs), ""))


def encode_form(pairs: Mapping[str, str] | list[tuple[str, str]] | Pairs) -> str:
    """Pairs as `application/x-www-form-urlencoded` text in UTF-8, in their order."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in items)


def query_of(url: str) -> dict[str, str]:
    """The query parameters of an address, the last of a name counting."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def page_parameter(url: str) -> str:
    """The query parameter of the address that numbers pages, '' when it has none."""
    query = query_of(url)
    return next((name for name in PAGE_PARAMETERS if name in query and _NUMBER.fullmatch(query[name])), "")


def number_in(text: str, default: int) -> int:
    """The first whole number of up to seven figures in a text, or `default`."""
    found = _NUMBER.search(text)
    return int(found[0]) if found else default


def same_host(first: str, second: str) -> bool:
    """Whether two addresses are on one host and port (http and https, with or without `www.`)."""
    return _authority(first) == _authority(second)


def _authority(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    port = parts.port
    return (parts.hostname or "").removeprefix("www."), None if port in {80, 443} else port


def _says_empty(page: Page, total: int | None) -> bool:
    return total == 0 or _EMPTY.search(page.text) is not None


def _marks(refs: tuple[PageRef, ...]) -> str:
    """Short marks of a page's records, in order. The most a page was seen to hold is 300."""
    return " ".join(hashlib.sha256(ref.url.encode()).hexdigest()[:6] for ref in refs[:300])

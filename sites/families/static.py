"""Portals of no known CMS: dated rows of links, and a pager in the page (portals.md §6).

The way on is looked for in this order: a 下一页 link, numbered links, a list in an iframe of the same
host, and, when the section asks for it, the usual addresses of a second page one after the other.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from sites.families import paging
from sites.families.following import column_of, iframe_request, next_link, printed_place
from sites.families.records import HTML_OPTIONS, html_refs
from sites.model import (
    Evidence,
    Evidence_,
    Extracted,
    Listing,
    OptionSpec,
    OptionValue,
    Page,
    PageRef,
    Request,
    Section,
)
from sites.reading.article import read_article

# A first page this long without a pager may have a second one: portals print 10, 15 or 20 records a page.
_FULL_PAGE: Final = 10
_MARKUP = re.compile(r"<(?:a|p|div|table|i?frame)\b", re.I)
_DAYS = re.compile(r"(?<!\d)(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]|>\s*[\[(]?\d{2}-\d{2}(?!\d)")


class Static:
    """Plain pages: what is left when no CMS is recognised."""

    id = "static"
    title = "plain pages"
    evidence: Evidence_ = "real page"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "probe": OptionSpec(kind=bool, meaning="try the usual addresses of page 2 when the page shows no way on"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The dated rows of the page, and where its pager leads."""
        column = column_of(section, page)
        if page.context_value("probe"):
            return _probed(section, page, column)
        refs = html_refs(page, section) if page.status < 400 else ()
        if not refs and page.status < 400:
            inner = iframe_request(page, column)
            if inner is not None:
                return Listing(next=inner, notes=("the list stands in an iframe",))
        link = next_link(page, column)
        if link is not None:
            context = (("column", column),) if page.context_value("column") else ()
            following = Request(url=link, headers=(("Referer", page.url),), context=context)
            return paging.listing(section, page, refs, following=following)
        number, pages = printed_place(page)
        if refs and paging.place_of(page).number == 1 and section.option("probe", False) is True:
            return paging.listing(section, page, refs, following=_probe(column, 0, 2))
        return paging.listing(section, page, refs, following=None, pages=pages, number=number)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article, by the shared reading."""
        return read_article(page, section)

    def signs(self, page: Page) -> Evidence | None:
        """Any HTML page, with little belief: every CMS goes first."""
        if _MARKUP.search(page.text) is None:
            return None
        if len(_DAYS.findall(page.text[:400_000])) < _FULL_PAGE:
            return Evidence(family=self.id, score=0.05, signs=("an HTML page",))
        here = Section(site_id="", key="", name="", url=page.url, family=self.id, hosts=())
        rows, way_on = len(html_refs(page, here)), next_link(page, page.url) or printed_place(page)[1]
        options: dict[str, OptionValue] = {"probe": True} if rows >= _FULL_PAGE and not way_on else {}
        return Evidence(family=self.id, score=0.05, signs=("an HTML page",), options=options)


def _probed(section: Section, page: Page, column: str) -> Listing:
    """The answer to a guessed address: taken when it lists other records of the same column."""
    place, guess = paging.place_of(page), int(page.context_value("probe"))
    refs = html_refs(page, section) if page.status < 400 else ()
    here = [ref for ref in refs if _below(ref, column)]
    accepted = bool(page.context_value("accepted"))
    if accepted or (here and not paging.repeats(page, refs)):
        following = _probe(column, guess, place.number + 1)
        if following is not None:
            following = replace(following, context=(*following.context, ("accepted", "1")))
        return paging.listing(section, page, refs, following=following)
    again = _probe(column, guess + 1, 2)
    if again is None:
        return Listing(notes=("no guessed address leads to a second page",))
    return Listing(next=replace(again, context=(*again.context, *place.as_context())))


def _probe(column: str, guess: int, number: int) -> Request | None:
    addresses = _guesses(column, number)
    if guess >= len(addresses):
        return None
    return Request(url=addresses[guess], headers=(("Referer", column),), context=(("probe", str(guess)),))


def _guesses(column: str, number: int) -> list[str]:
    """The usual addresses of page `number`, most usual first, for every number in the same order."""
    parts = urlsplit(column)
    stem, extension = posixpath.splitext(parts.path or "/")
    home = (parts.path or "/")[: (parts.path or "/").rfind("/") + 1]
    if stem.endswith("/"):
        stem, extension = stem + "index", ".html"
    paths = [
        f"{stem}_{number - 1}{extension}",
        f"{stem}_{number}{extension}",
        f"{home}index_{number - 1}.html",
        f"{home}index_{number}.html",
        f"{home}{number}",
    ]
    plain = [urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in paths]
    return list(dict.fromkeys([*plain, paging.with_query(column, page=number)]))


def _below(ref: PageRef, column: str) -> bool:
    path = urlsplit(column).path
    return paging.same_host(ref.url, column) and urlsplit(ref.url).path.startswith(path[: path.rfind("/") + 1])

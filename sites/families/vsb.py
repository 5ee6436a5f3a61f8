"""博达 (VSB): the column's first page has a name, the others count *down* (portals.md §5 K).

Page 2 is `<total − 1>.htm`, the last one `1.htm`: numbers shift whenever a page is added, so 下页 is followed
and never computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sites.families import paging
from sites.families.following import column_of, iframe_request, next_link, printed_place
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article

CONTAINERS: Final = ("[id^=vsb_content]", ".v_news_content")
ROWS: Final = "li[id^=line_u], tr[id^=line_u], div[id^=line_u]"

_TOTAL = re.compile(r"共\s*(?:<[^>]{1,80}>\s*)?(\d{1,7})\s*(?:<[^>]{1,80}>\s*)?条")

SIGNS: Final = (
    Sign("url", r"/info/\d{3,6}/\d+\.htm$", 0.7, "address /info/<column>/<id>.htm"),
    Sign("text", r"id=['\"]?vsb_content", 0.8, "#vsb_content", ("vsb_content",)),
    Sign("text", r"class=['\"][^'\"]{0,60}v_news_content", 0.7, ".v_news_content", ("v_news_content",)),
    Sign("text", r"id=['\"]line_u\d", 0.7, "li#line_u…", ("line_u",)),
    Sign("text", r"dynclicks|_showDynClicks", 0.5, "dynclicks", ("dynclicks",)),
    Sign("text", r"/system/_content/download\.jsp|/system/resource/", 0.5, "/system/_content/", ("/system/",)),
    Sign("text", r"href=['\"](?:\.\./)*/?info/\d{3,6}/\d+\.htm", 0.4, "links info/<column>/<id>.htm", ("info/",)),
)


class Vsb:
    """VSB's static lists."""

    id = "vsb"
    title = "博达 VSB"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = HTML_OPTIONS

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The rows of one page, and where 下页 leads."""
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        marked = not section.text_option("rows") and page.tree.css_first(ROWS) is not None
        refs = html_refs(page, replace(section, options={**section.options, "rows": ROWS}) if marked else section)
        column = column_of(section, page)
        if not refs and (inner := iframe_request(page, column)) is not None:
            return Listing(next=inner, notes=("the list stands in an iframe",))
        link = next_link(page, column)
        context = (("column", column),) if page.context_value("column") else ()
        following = Request(url=link, headers=(("Referer", page.url),), context=context) if link else None
        printed = _TOTAL.search(page.text)
        total = int(printed[1]) if printed else None
        number, pages = printed_place(page)
        return paging.listing(section, page, refs, following=following, total=total, pages=pages, number=number)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article; attachments are named by their link text only."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """VSB's ids, classes and addresses."""
        return weigh(self.id, page, SIGNS)

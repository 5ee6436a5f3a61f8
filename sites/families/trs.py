"""拓尔思 (TRS) WCM: static lists numbered by a script, articles `t<date>_<id>.html` (portals.md §5 E).

`createPageHTML(28, 0, "index", "html")` names page count, current index, base name and extension; page
k is `index_k.html`, page 0 has no number. The count may exceed the published files. Some columns print
only their first records and ask a list interface for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sites.families import paging
from sites.families.following import column_of, iframe_request, next_link
from sites.families.jsonrows import answer_of, parse_json, refs_of
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
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
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

CONTAINERS: Final = (".trs_editor_view", ".TRS_Editor", ".Custom_UnionStyle", "#zoom", ".TRS_UEDITOR", ".article .view")

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.S | re.M)
# A digit must follow the bracket: the definition `function createPageHTML(_nPageCount, …)` comes first.
_CALL = re.compile(
    r"createPage(?:HTML)?\(\s*['\"]?(\d{1,5})['\"]?\s*,\s*['\"]?(\d{1,5})['\"]?\s*,\s*['\"]([\w-]+)['\"]\s*,\s*['\"](\w+)['\"]"
    r"(?:\s*,\s*['\"]?(\d{1,7}))?",
    re.I,
)
_RECORDS = re.compile(r"\brecordCount\s*[:=]\s*['\"]?(\d{1,7})")
_INTERFACE = re.compile(r"\blistUrl\s*[:=]\s*['\"]([^'\"]{2,300})['\"]")
_CHANNEL = re.compile(r"\bchannelid\s*[:=]\s*['\"]?(\w{1,40})|\bsearchId\s*[:=]\s*['\"]?(\d{1,12})")
_SCOPE = re.compile(r"\bclasssql\s*:\s*(?:['\"]{2}\s*\|\|\s*)?['\"]([^'\"]{1,200})['\"]")
_PER_PAGE = re.compile(r"\bprepage\s*[:=]\s*['\"]?(\d{1,4})")

SIGNS: Final = (
    Sign("url", r"/t\d{8}_\d+\.s?html?$", 0.6, "address t<date>_<id>"),
    Sign("text", r"createPage(?:HTML)?\(\s*\d", 0.6, "createPageHTML(…)"),
    Sign("text", r"class=['\"]?[^'\">]{0,80}TRS_(?:Editor|UEDITOR|PreAppend)", 0.6, "TRS_Editor"),
    Sign("text", r"trs_(?:editor_view|paper_default|word)", 0.6, "trs_editor_view"),
    Sign("text", r"(?:href|src)=['\"][^'\"]{0,200}/t\d{8}_\d{2,}\.s?html?", 0.5, "links t<date>_<id>"),
    Sign("text", r"\bP0\d{17,}\.\w{3,4}", 0.4, "attachments P0…"),
    Sign(
        "text",
        r"Custom_UnionStyle|\btrsapi\b|<meta[^>]{1,40}name=['\"]others['\"][^>]{1,40}页面生成时间",
        0.3,
        "TRS marks",
    ),
)


class Trs:
    """TRS WCM: createPageHTML lists and TRS_Editor articles."""

    id = "trs"
    title = "拓尔思 TRS WCM"
    evidence: Evidence_ = "real page"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "list_api": OptionSpec(kind=str, meaning="address of the interface that a script asks for further records"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The rows of one static page, or of one answer of the column's list interface."""
        if page.context_value("api"):
            return _api_page(section, page)
        refs = html_refs(page, section) if page.status < 400 else ()
        column = column_of(section, page)
        if not refs and page.status < 400 and (inner := iframe_request(page, column)) is not None:
            return Listing(next=inner, notes=("the list stands in an iframe",))
        script = _scripts(page)
        call = _CALL.search(script)
        if call is not None:
            return _numbered(section, page, refs, call)
        records = _RECORDS.search(script)
        total = int(records[1]) if records else None
        following = _next_of(section, page, script, column, total or 0)
        return paging.listing(section, page, refs, following=following, total=total)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article: the editor's box, else what the shared reading finds."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """TRS's addresses, editor, attachments and pager; the list interface where the page names one."""
        options: dict[str, OptionValue] = {}
        interface = _INTERFACE.search(page.text)
        address = resolve(page.url, interface[1]) if interface else None
        if address and paging.same_host(address, page.url):
            options["list_api"] = address
        return weigh(self.id, page, SIGNS, options)


def _scripts(page: Page) -> str:
    """What the page's scripts say, without comments. Calls in HTML comments are old ones, left by an editor."""
    return "\n".join(_COMMENT.sub("", node.text(deep=True)) for node in page.tree.css("script"))


def _numbered(section: Section, page: Page, refs: tuple[PageRef, ...], call: re.Match[str]) -> Listing:
    pages, index, stem, extension = int(call[1]), int(call[2]), call[3], call[4]
    total = int(call[5]) if call[5] else None
    link = resolve(page.url, f"{stem}_{index + 1}.{extension}")
    following = Request(url=link, headers=(("Referer", page.url),)) if link and index + 1 < pages else None
    return paging.listing(section, page, refs, following=following, pages=pages, total=total)


def _next_of(section: Section, page: Page, script: str, column: str, total: int) -> Request | None:
    link = next_link(page, column)
    if link is not None:
        return Request(url=link, headers=(("Referer", page.url),))
    interface = section.text_option("list_api")
    if not interface or not total:
        return None
    channel, scope, rows = _CHANNEL.search(script), _SCOPE.search(script), _PER_PAGE.search(script)
    query: dict[str, str | int] = {
        "channelid": (channel[1] if channel[1] and channel[1].isdigit() else channel[2] or "") if channel else "",
        "classsql": scope[1] if scope else "",
        "prepage": int(rows[1]) if rows else 10,
        "page": 2,
    }
    return Request(url=paging.with_query(interface, **query), headers=(("Referer", page.url),), context=(("api", "1"),))


def _api_page(section: Section, page: Page) -> Listing:
    answer = answer_of(parse_json(page))
    near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
    refs = refs_of(answer.rows, section.url, near=near)
    number = paging.place_of(page).number
    following = Request(
        url=paging.with_query(page.requested_url or page.url, page=number + 1),
        headers=(("Referer", section.url),),
        context=(("api", "1"),),
    )
    return paging.listing(section, page, refs, following=following if refs else None, total=answer.total)

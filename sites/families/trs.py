"""拓尔思 (TRS) WCM: static lists numbered by a script, articles `t<date>_<id>.html` (portals.md §5 E).

`createPageHTML(28, 0, "index", "html")` names page count, current index, base name and extension; page
k is `index_k.html`, page 0 has no number. The count may exceed the published files. Some columns print
only their first records and ask a list interface for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sites.families import paging
from sites.families.following import column_of, iframe_request, next_link
from sites.families.jsonrows import answer_of, parse_json, refs_of
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
from sites.families.trs_pager import interface_of, interface_request, numbered_in, records_in, script_of
from sites.model import (
    Evidence,
    Evidence_,
    Extracted,
    Listing,
    OptionSpec,
    Page,
    Request,
    Section,
)
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

CONTAINERS: Final = (".trs_editor_view", ".TRS_Editor", ".Custom_UnionStyle", "#zoom", ".TRS_UEDITOR", ".article .view")

SIGNS: Final = (
    Sign("url", r"/t\d{8}_\d+\.s?html?$", 0.6, "address t<date>_<id>"),
    Sign(
        "text", r"createPage(?:HTML)?\(\s*(?:['\"]\w+['\"]\s*,\s*)?['\"]?\d", 0.6, "createPageHTML(…)", ("createpage",)
    ),
    Sign("text", r"class=['\"]?[^'\">]{0,80}TRS_(?:Editor|UEDITOR|PreAppend)", 0.6, "TRS_Editor", ("trs_",)),
    Sign("text", r"trs_(?:editor_view|paper_default|word)", 0.6, "trs_editor_view", ("trs_",)),
    Sign("text", r"/t(?:19|20)\d{6}_\d{2,}\.s?html?", 0.5, "links t<date>_<id>", ("/t20", "/t19")),
    Sign("text", r"\bP0\d{17,}\.\w{3,4}", 0.4, "attachments P0…", ("p020", "p019")),
    Sign(
        "text",
        r"Custom_UnionStyle|\btrsapi\b|<meta[^>]{1,40}name=['\"]others['\"][^>]{1,40}页面生成时间",
        0.3,
        "TRS marks",
        ("custom_union", "trsapi", "页面生成"),
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
        script = script_of(page)
        numbered = numbered_in(script, page)
        if numbered is not None:
            link = resolve(page.url, numbered.following) if numbered.following else None
            following = Request(url=link, headers=(("Referer", page.url),)) if link else None
            return paging.listing(
                section,
                page,
                refs,
                following=following,
                pages=numbered.pages,
                total=numbered.total,
                number=numbered.index + 1,
            )
        total, interface = records_in(script), section.text_option("list_api")
        following = interface_request(interface, script, page) if interface and total else None
        if (link := next_link(page, column)) is not None:
            following = Request(url=link, headers=(("Referer", page.url),))
        return paging.listing(section, page, refs, following=following, total=total)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article: the editor's box, else what the shared reading finds."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """TRS's addresses, editor, attachments and pager; the list interface where the page names one."""
        found = weigh(self.id, page, SIGNS)
        interface = interface_of(page) if found else ""
        return replace(found, options={"list_api": interface}) if found and interface else found


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

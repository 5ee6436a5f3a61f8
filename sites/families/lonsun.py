"""龙讯 (LonSun), Anhui: lists come from `/site/label/8888` (portals.md §5 I). Annual reports are `type=3`.

The parameters stand in the column page and are copied from it, the name of the template file above all: it
differs from site to site and from year to year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from sites.errors import Drift
from sites.families import paging
from sites.families.records import HTML_OPTIONS, fragment_refs
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

CONTAINERS: Final = (".j-fontContent", ".wzcon", ".gkwz_contnet", ".xxgk_content", "#zoom")

_ENDPOINT = re.compile(r"['\"]([^'\"\s?]{0,200}/site/label/8888)")
_BLOCK = re.compile(r"\{[^{}]{0,1500}\blabelName\b[^{}]{0,1500}\}")
_FIELD = re.compile(r"\b(\w+)['\"]?\s*:\s*(?:'([^']{0,200})'|\"([^\"]{0,200})\"|([\w.-]{1,60}))")
_QUERY = re.compile(r"['\"?&]labelName=publicInfoList([^'\"\s<>]{0,1500})")
_PAGES = re.compile(r"pageCount['\"]?\s*[:=]\s*['\"]?(\d{1,5})")
_ORGAN = re.compile(r"/public/column/(\d+)")

SIGNS: Final = (
    Sign("url", r"/site/label/8888", 0.9, "address /site/label/8888"),
    Sign("text", r"/site/label/8888", 0.9, "/site/label/8888", ("/site/label/",)),
    Sign("text", r"labelName\W{1,4}publicInfoList", 0.7, "publicInfoList", ("publicinfolist",)),
    Sign("url", r"/public/column/\d+\?type=", 0.7, "address /public/column/<organ>?type="),
    Sign("url", r"/public/\d+/\d{6,}\.html", 0.6, "address /public/<organ>/<id>"),
    Sign("text", r"href=['\"][^'\"]{0,100}/public/column/\d+\?type=3", 0.4, "links type=3", ("/public/column/",)),
)


class Lonsun:
    """LonSun's label interface."""

    id = "lonsun"
    title = "龙讯 LonSun"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "file": OptionSpec(kind=str, meaning="template of the list when the page does not print it"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The request the column page stands for, or one page of rows."""
        asked = page.context_value("query")
        if not asked:
            endpoint = _ENDPOINT.search(page.text)
            url = resolve(page.url, endpoint[1] if endpoint else "/site/label/8888")
            if url is None or not paging.same_host(url, page.url):
                raise Drift(f"no list interface on {page.url}", evidence=page.text[:500])
            return Listing(next=_ask(section, url, paging.encode_form(_parameters(section, page)), 1))
        near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
        refs = fragment_refs(page.text, section.url, near=near) if page.status < 400 else ()
        printed = _PAGES.search(page.text)
        number = paging.place_of(page).number
        following = _ask(section, page.context_value("endpoint"), asked, number + 1)
        return paging.listing(section, page, refs, following=following, pages=int(printed[1]) if printed else None)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """The label interface and the addresses of columns and articles."""
        return weigh(self.id, page, SIGNS)


def _parameters(section: Section, page: Page) -> dict[str, str]:
    """What the page asks the interface for. Raises `Drift` when it prints no template and the section names none."""
    found: dict[str, str] = {}
    block, query = _BLOCK.search(page.text), _QUERY.search(page.text)
    if block:
        found = {name: single or double or bare for name, single, double, bare in _FIELD.findall(block[0])}
    elif query:
        found = paging.query_of(f"http://x/?labelName=publicInfoList{query[1]}".replace("&amp;", "&"))
    column = paging.query_of(section.url)
    organ = _ORGAN.search(urlsplit(section.url).path)
    site = page.tree.css_first("meta[name=SiteId i]")
    if organ:
        found["organId"] = organ[1]
    if site is not None and not found.get("siteId"):
        found["siteId"] = site.attributes.get("content") or ""
    found["labelName"] = "publicInfoList"
    found["type"] = column.get("type", found.get("type", "3"))
    found["file"] = section.text_option("file") or found.get("file", "")
    if not found["file"]:
        raise Drift(f"no list template on {page.url}", evidence=page.text[:500])
    found.setdefault("action", "list")
    found.setdefault("pageSize", "15")
    for name in ("pageIndex", "IsAjax", "dataType", "_", "url"):
        found.pop(name, None)
    return found


def _ask(section: Section, url: str, query: str, number: int) -> Request:
    return Request(
        url=f"{url}?IsAjax=1&dataType=html&{query}&pageIndex={number}",
        headers=(("Referer", section.url), ("X-Requested-With", "XMLHttpRequest")),
        context=(("endpoint", url), ("query", query)),
    )

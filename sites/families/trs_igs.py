"""拓尔思 (TRS) IGS and WAS searches: a section's address is the query itself (portals.md §5 F)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sites.errors import Drift
from sites.families import paging
from sites.families.jsonrows import answer_of, parse_json, refs_of
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
from sites.families.trs import CONTAINERS
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.dates import CHINA

_TOTAL = re.compile(r"(?:共|找到|约)\s*(?:<[^>]{1,80}>\s*)?(\d{1,7})\s*(?:<[^>]{1,80}>\s*)?(?:条|项|个)")

SIGNS: Final = (
    Sign("url", r"/igs/front/", 0.9, "address /igs/front/"),
    Sign("url", r"/was5/web/search\?", 0.9, "address /was5/web/search"),
    Sign("text", r"/igs/front/search", 0.6, "/igs/front/search", ("/igs/front/",)),
    Sign("text", r"/was5/web/search\?[^'\"]{0,80}channelid=", 0.45, "/was5/web/search?channelid=", ("/was5/",)),
)


class TrsIgs:
    """TRS searches: JSON of IGS, HTML or JSON of WAS."""

    id = "trs_igs"
    title = "拓尔思 TRS IGS / WAS"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = HTML_OPTIONS

    def start(self, section: Section) -> Request:
        """The query from its first page. Raises `Drift` when an IGS search lacks the `code` it must have."""
        if "/igs/front/search.jhtml" in section.url and not paging.query_of(section.url).get("code"):
            raise Drift(f"section {section.key}: the search {section.url} needs a code= parameter")
        return _ask(section, 1)

    def listing(self, section: Section, page: Page) -> Listing:
        """One page of results."""
        following = _ask(section, paging.place_of(page).number + 1)
        if page.status >= 400:  # WAS answers pages past the end with 404 and the home page
            return paging.listing(section, page, (), following=None)
        if page.text.lstrip("\ufeff \r\n\t")[:1] in {"{", "["}:
            answer = answer_of(parse_json(page))
            near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
            refs = refs_of(answer.rows, section.url, near=near)
            return paging.listing(
                section, page, refs, following=following, total=answer.total, seen=_seen(page, len(answer.rows))
            )
        refs = html_refs(page, section)
        printed = _TOTAL.search(page.text)
        return paging.listing(section, page, refs, following=following, total=int(printed[1]) if printed else None)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """The search's addresses."""
        return weigh(self.id, page, SIGNS)


def _seen(page: Page, rows: int) -> int:
    return paging.place_of(page).before + rows


def _ask(section: Section, number: int) -> Request:
    name = paging.page_parameter(section.url)
    if not name:
        name = "pageNumber" if "search.jhtml" in section.url else "pageIndex" if "/igs/" in section.url else "page"
    return Request(url=paging.with_query(section.url, **{name: number}), headers=(("Referer", _origin(section.url)),))


def _origin(url: str) -> str:
    found = re.match(r"https?://[^/]+/", url)
    return found[0] if found else url

"""Columns filled by `searchList/<channel>` as JSON (portals.md §5 G). `data.rows` is the page's size, not the total."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sites.errors import Drift
from sites.families import paging
from sites.families.jsonrows import answer_of, parse_json, refs_of
from sites.families.records import HTML_OPTIONS
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

_CHANNEL = re.compile(
    r"\bchannelid['\"]?\s*[:=]\s*['\"]?([0-9a-f]{32})|name=['\"]channelId['\"]\s+content=['\"]([0-9a-f]{32})", re.I
)
_ENDPOINT = re.compile(r"['\"]([^'\"\s?]{0,120}/(?:searchList|common/search|search))/?(?:([0-9a-f]{32})|['\"?])", re.I)

SIGNS: Final = (
    Sign("url", r"/(?:searchList|common/search|search)/[0-9a-f]{32}\?", 0.9, "address /searchList/<channel>"),
    Sign("text", r"_isAgg=true&(?:amp;)?_isJson=true|_isJson=true", 0.9, "_isJson=true", ("_isjson",)),
    Sign("text", r"/(?:searchList|common/search)/", 0.6, "/searchList/", ("/searchlist/", "common/search/")),
    Sign("url", r"/c\d{5,6}[a-z]?/\d{6}/[0-9a-f]{32}\.shtml", 0.8, "address /c<id>/<month>/<32 hex>"),
    Sign(
        "text",
        r"href=['\"][^'\"]{0,120}/c\d{5,6}[a-z]?/\d{6}/[0-9a-f]{32}\.shtml",
        0.6,
        "links /c<id>/<month>/",
        (".shtml",),
    ),
    Sign("text", r"name=['\"]channelId['\"]\s+content=['\"][0-9a-f]{32}", 0.4, "meta channelId", ("channelid",)),
)


class SearchList:
    """`searchList` JSON."""

    id = "search_list"
    title = "searchList JSON"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "channel": OptionSpec(kind=str, meaning="channel id (32 hex) when the page does not print it"),
        "endpoint": OptionSpec(kind=str, meaning="path of the interface, without the channel id"),
        "per_page": OptionSpec(kind=int, meaning="records asked for at once"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The request the column page stands for, or one page of records."""
        base = page.context_value("endpoint")
        if "_isJson=true" in page.url:
            base = page.url.partition("?")[0]
        if not base:
            return Listing(next=_ask(section, _endpoint(section, page), 1))
        number = paging.place_of(page).number
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        answer = answer_of(parse_json(page), rows="results")
        near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
        refs = refs_of(answer.rows, section.url, near=near)
        following = _ask(section, base, number + 1) if answer.rows else None
        seen = paging.place_of(page).before + len(answer.rows)
        return paging.listing(section, page, refs, following=following, total=answer.total, seen=seen)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section)

    def signs(self, page: Page) -> Evidence | None:
        """The interface and the addresses of its articles."""
        return weigh(self.id, page, SIGNS)


def _endpoint(section: Section, page: Page) -> str:
    """The interface of the column. Raises `Drift` when the page names no channel."""
    named = _CHANNEL.search(page.text)
    address = _ENDPOINT.search(page.text)
    channel = section.text_option("channel") or (named[1] or named[2] if named else address[2] if address else "")
    path = section.text_option("endpoint") or (address[1] if address else "/searchList")
    url = resolve(page.url, f"{path.rstrip('/')}/{channel}")
    if not channel or url is None or not paging.same_host(url, page.url):
        raise Drift(f"no channel id on the column page {page.url}", evidence=page.text[:500])
    return url


def _ask(section: Section, url: str, number: int) -> Request:
    query = {
        "_isAgg": "true",
        "_isJson": "true",
        "_pageSize": str(section.int_option("per_page", 18)),
        "_template": "index",
        "page": str(number),
    }
    return Request(
        url=f"{url}?{paging.encode_form(query)}", headers=(("Referer", section.url),), context=(("endpoint", url),)
    )

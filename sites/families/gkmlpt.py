"""Guangdong's 政府信息公开目录平台 gkmlpt (portals.md §5 H). A section's address is `…/gkmlpt/index#<column>`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from sites.errors import Drift
from sites.families import paging
from sites.families.jsonrows import Row, answer_of, parse_json, refs_of, text_in
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.urls import in_scope, resolve

CONTAINERS: Final = (".article-content", ".content-text", "#gkmlpt .content", ".xxgk_content")

_SID = re.compile(r"\bSID['\"]?\s*[:=]\s*['\"]?(\d{3,10})", re.I)
_BASE = re.compile(r"^(.*?/gkmlpt)(?:/|$)")
_REPORTS = re.compile(r"\"id\"\s*:\s*(\d{1,9})\s*,\s*\"name\"\s*:\s*\"[^\"]{0,20}(?:年报|年度报告)")

SIGNS: Final = (
    Sign("url", r"/gkmlpt/", 0.9, "address /gkmlpt/"),
    Sign("text", r"/gkmlpt/(?:index|api|content|js|css)", 0.7, "/gkmlpt/ in the page", ("/gkmlpt/",)),
    Sign("text", r"id=['\"]gkmlpt['\"]", 0.6, "#gkmlpt", ("gkmlpt",)),
)


class Gkmlpt:
    """gkmlpt's JSON interface."""

    id = "gkmlpt"
    title = "广东 gkmlpt"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        "column": OptionSpec(kind=str, meaning="column id when the address has no #<column>"),
        "sid": OptionSpec(kind=str, meaning="site id when the page does not print it"),
        "article": OptionSpec(kind=str, meaning="regular expression that the address of every record matches"),
        "body": OptionSpec(kind=str, meaning="CSS selector of an article's body"),
        "title": OptionSpec(kind=str, meaning="CSS selector of an article's title"),
    }

    def start(self, section: Section) -> Request:
        """The platform's page, which prints the site id; the interface itself when the section names it."""
        sid = section.text_option("sid")
        return _ask(section, sid, 1) if sid else Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """One page of the interface. Rows of `type: url` lead elsewhere and are kept only in scope."""
        sid = page.context_value("sid") or (paging.query_of(page.url).get("sid", "") if "/api/" in page.url else "")
        if not sid:
            printed = _SID.search(page.text)
            if printed is None:
                raise Drift(f"no SID on {page.url}", evidence=page.text[:500])
            return Listing(next=_ask(section, printed[1], 1))
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        data = parse_json(page)
        answer = answer_of(data, rows="articles", total="total")
        rows = [row for row in answer.rows if _here(row, section)]
        named = {"date": "create_time"}  # `date` is the day of signing, `created_at` that of importing
        refs = refs_of([{**row, "url": _address(row)} for row in rows], section.url, fields=named)
        following = _ask(section, sid, paging.place_of(page).number + 1) if answer.rows else None
        offset = data.get("offset") if isinstance(data, dict) else None
        seen = (offset if isinstance(offset, int) else paging.place_of(page).before) + len(answer.rows)
        listing = paging.listing(section, page, refs, following=following, total=answer.total, seen=seen)
        return listing if len(refs) == len(answer.rows) else replace(listing, total=None)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """The platform's paths; the column of annual reports where the page's tree names it."""
        found = weigh(self.id, page, SIGNS)
        column = _REPORTS.search(page.text) if found else None
        if found is None or column is None or urlsplit(page.url).fragment:
            return found
        return replace(found, options={"column": column[1]})


def _ask(section: Section, sid: str, number: int) -> Request:
    base = _BASE.match(section.url.partition("#")[0])
    column = section.text_option("column") or urlsplit(section.url).fragment.strip("#/")
    if base is None or not column.isdecimal():
        raise Drift(f"section {section.key}: the address of a gkmlpt column ends in /gkmlpt/index#<column number>")
    return Request(
        url=f"{base[1]}/api/all/{column}?page={number}&sid={sid}",
        headers=(("Referer", section.url.partition("#")[0]),),
        context=(("sid", sid),),
    )


def _address(row: Row) -> str:
    """The desktop page of a row: `mpost_` is its mobile twin."""
    return re.sub(r"/mpost_(\d+)", r"/post_\1", text_in(row, ("url", "post_url")))


def _here(row: Row, section: Section) -> bool:
    url = resolve(section.url, _address(row))
    return row.get("type") != "url" or (url is not None and in_scope(url, section.hosts))

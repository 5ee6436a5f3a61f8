"""TrueCMS: Hanweb's datastore wrapped in JSONP (portals.md §5 D).

The endpoint wants a Referer, and answers 404 or nothing when too many records are asked at once; it may be
switched off, which leaves the records printed in the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sites.errors import Drift
from sites.families import paging
from sites.families.datastore import stores
from sites.families.jsonrows import parse_json
from sites.families.records import HTML_OPTIONS
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.urls import resolve

ENDPOINT: Final = "/truecms/messageController/getMessage.do"
CONTAINERS: Final = ("#zoom", "#Zoom", ".article-content")

#: Records asked for at once, most first: the limit differs from site to site.
SIZES: Final = (50, 20, 10)

_COLUMN = re.compile(r"\bcolumnid['\"]?\s*[:=]\s*['\"]?([0-9a-f]{8}-[0-9a-f-]{27}|\w{6,40})", re.I)
_ENDPOINT = re.compile(r"['\"]([^'\"\s]{0,200}/messageController/getMessage\.do)")
_TOTAL = re.compile(r"\btotalRecord\s*[:=]\s*['\"]?(\d{1,7})")

SIGNS: Final = (
    Sign("url", r"/messageController/getMessage\.do", 0.9, "address getMessage.do"),
    Sign("text", r"/TrueCMS/", 0.8, "/TrueCMS/", ("/truecms/",)),
    Sign("text", r"messageController/getMessage\.do", 0.9, "getMessage.do", ("getmessage.do",)),
    Sign("text", r"id=['\"]initData['\"]", 0.5, "#initData", ("initdata",)),
)


class TrueCms:
    """TrueCMS: `getMessage.do` answers."""

    id = "truecms"
    title = "TrueCMS"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "column": OptionSpec(kind=str, meaning="columnId when the page does not print it"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The records of `#initData`, or of one answer."""
        if page.context_value("column"):
            return _answer(section, page)
        found = stores(page.text, page.url) if page.status < 400 else []
        store = max(found, key=lambda store: len(store.refs), default=None)
        refs = store.refs if store else ()
        printed = _TOTAL.search(page.text)
        total = store.total if store and store.total is not None else int(printed[1]) if printed else None
        column = _COLUMN.search(page.text)
        number = section.text_option("column") or (column[1] if column else "")
        address = _ENDPOINT.search(page.text)
        url = resolve(page.url, address[1] if address else ENDPOINT)
        following = None
        if number and url and paging.same_host(url, page.url):
            following = _ask(section, url, number, len(refs), 0)
        return paging.listing(section, page, refs, following=following, total=total)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """TrueCMS's paths and endpoint."""
        return weigh(self.id, page, SIGNS)


def _ask(section: Section, url: str, column: str, seen: int, size: int) -> Request:
    rows = SIZES[size]
    query = {"startrecord": str(seen + 1), "endrecord": str(seen + rows), "perpage": str(rows), "columnId": column}
    return Request(
        url=f"{url}?{paging.encode_form({**query, 'callback': 'cb'})}",
        headers=(("Referer", section.url),),
        context=(("endpoint", url), ("column", column), ("seen", str(seen)), ("size_index", str(size))),
    )


def _answer(section: Section, page: Page) -> Listing:
    url, column = page.context_value("endpoint"), page.context_value("column")
    seen, size = int(page.context_value("seen")), int(page.context_value("size_index"))
    place = paging.place_of(page)
    found = []
    if page.status < 400:
        data = parse_json(page)
        if not isinstance(data, dict) or not isinstance(data.get("result"), str):
            raise Drift(f"{page.url} answered without a result", evidence=page.text[:300])
        found = stores(data["result"], section.url)
    refs = found[0].refs if found else ()
    total = found[0].total if found and found[0].total is not None else place.total
    if not refs and (total is None or seen < total) and size + 1 < len(SIZES):
        smaller = _ask(section, url, column, seen, size + 1)
        context = tuple((dict(smaller.context) | dict(place.as_context())).items())
        return Listing(
            next=Request(url=smaller.url, headers=smaller.headers, context=context),
            total=total,
            notes=(f"{SIZES[size]} records at once were refused",),
        )
    upto = seen + len(refs)
    following = _ask(section, url, column, upto, size)
    return paging.listing(section, page, refs, following=following, total=total, seen=upto)

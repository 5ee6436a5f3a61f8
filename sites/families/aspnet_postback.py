"""ASP.NET WebForms: pages turn by posting the form back with its hidden state (portals.md §5 L)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

from sites.families import paging
from sites.families.following import next_link
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.urls import resolve

CONTAINERS: Final = (".xxgk_content", "#zoom", ".article-content", "#content")

_POSTBACK = re.compile(r"__doPostBack\(\s*['\"]([^'\"]{1,200})['\"]\s*,\s*['\"]([^'\"]{0,80})['\"]")
_FOLLOWING = re.compile(r"下一?页|后一?页|next|[>»]{1,2}", re.I)

SIGNS: Final = (
    Sign("text", r"__VIEWSTATE", 0.7, "__VIEWSTATE", ("__viewstate",)),
    Sign("text", r"__doPostBack\(", 0.5, "__doPostBack(", ("__dopostback",)),
    Sign("url", r"\.aspx(?:\?|$)", 0.4, "address .aspx"),
)


class AspnetPostback:
    """WebForms pagers."""

    id = "aspnet_postback"
    title = "ASP.NET WebForms"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = HTML_OPTIONS

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The rows of one page, and the form that asks for the next."""
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        refs = html_refs(page, section)
        following = _postback(section, page)
        if following is None and (link := next_link(page, section.url)) is not None:
            following = Request(url=link, headers=(("Referer", page.url),))
        return paging.listing(section, page, refs, following=following)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """The hidden state of WebForms."""
        return weigh(self.id, page, SIGNS)


def _postback(section: Section, page: Page) -> Request | None:
    """The form posted back with the pager's event for the next page, or None on the last one."""
    number = str(paging.place_of(page).number + 1)
    event: tuple[str, str] | None = None
    for link in page.tree.css("a[href]"):
        call = _POSTBACK.search(unescape(link.attributes.get("href") or ""))
        text = link.text(deep=True).strip()
        if call and (_FOLLOWING.fullmatch(text) or text == number):
            event = (call[1], call[2])
            if text != number:
                break
    form = page.tree.css_first("form[action], form")
    if event is None or form is None:
        return None
    url = resolve(page.url, form.attributes.get("action") or "") or section.url
    if not paging.same_host(url, section.url):
        return None
    hidden = [
        (field.attributes.get("name") or "", field.attributes.get("value") or "")
        for field in form.css("input[type=hidden i]")
        if field.attributes.get("name") and field.attributes.get("name") not in {"__EVENTTARGET", "__EVENTARGUMENT"}
    ]
    body = paging.encode_form([*hidden, ("__EVENTTARGET", event[0]), ("__EVENTARGUMENT", event[1])])
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Referer", section.url))
    return Request(url=url, method="POST", headers=headers, body=body.encode())

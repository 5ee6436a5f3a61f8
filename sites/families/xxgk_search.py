"""The catalogue search of Hanweb's disclosure module, `search.jsp` (portals.md §5 C)."""

from __future__ import annotations

import re
from dataclasses import replace

from sites.families import paging
from sites.families.records import fragment_refs
from sites.model import Listing, Page, Request, Section

_PAGES = re.compile(r"共\s*(\d{1,5})\s*页|总页数\D{0,5}(\d{1,5})")
_REPORT = re.compile(r"年度报告|年报")


def search_listing(section: Section, page: Page) -> Listing:
    """One page of a publisher's catalogue; without a category only what is called an annual report."""
    found = fragment_refs(page.text, page.url) if page.status < 400 else ()
    printed = _PAGES.search(page.text)
    pages = int(printed[1] or printed[2]) if printed else 1
    number = paging.place_of(page).number
    following = search_request(section, number + 1) if number < pages else None
    whole = paging.listing(section, page, found, following=following, pages=pages)
    if section.text_option("infotype"):
        return whole
    # Without a category the server lists everything the body ever disclosed.
    return replace(whole, refs=tuple(ref for ref in whole.refs if _REPORT.search(ref.title)))


def search_request(section: Section, number: int) -> Request:
    """The request for a page of the catalogue, counted from 1."""
    infotype = section.text_option("infotype")
    area = section.text_option("area")
    query = paging.encode_form({"infotypeId": infotype, "vc_title": "", "vc_number": "", "area": area})
    form = {
        "infotypeId": infotype or "0",
        "jdid": str(section.int_option("jdid", 1)),
        "divid": "div1",
        "vc_title": "",
        "vc_number": "",
        "currpage": str(number),
        "vc_filenumber": "",
        "vc_all": "",
        "texttype": "0",
        "fbtime": "-1",
        "sortfield": ",createdatetime:0,orderid:0",
    }
    headers = (("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("Referer", section.url))
    url = f"{section.url.partition('?')[0]}?{query}"
    return Request(url=url, method="POST", headers=headers, body=paging.encode_form(form).encode())

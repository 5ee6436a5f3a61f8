"""新点 (Epoint) WebBuilder: lists come from REST actions (portals.md §5 J).

`getPageInfoListNew` counts pages from 0 and takes a form; `getgovinfolist` counts from 1 and takes JSON. Some
installs ask for an anonymous token first, which any visitor's page fetches too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sites.errors import Drift
from sites.families import paging
from sites.families.jsonrows import answer_of, parse_json, refs_of, text_in
from sites.families.records import HTML_OPTIONS
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

CONTAINERS: Final = ("#ivs_content", ".ewb-article", ".ewb-details-info", ".article-info")

_PROJECT = re.compile(r"projectName['\"]?\s*:\s*['\"]([^'\"]{1,80})")
_GUID = re.compile(r"siteGuid['\"]?\s*[:=]\s*['\"]([0-9a-f-]{36})", re.I)
_CATEGORY = re.compile(r"categoryNum['\"]?\s*[:=]\s*['\"](\w{3,40})", re.I)
_DEPT = re.compile(r"deptcode['\"]?\s*[:=]\s*['\"](\w{2,40})", re.I)
_TOKEN = re.compile(r"getNoUserAccessToken|needToken['\"]?\s*[:=]\s*true")
_FROM_URL = re.compile(r"/(\d{6,})/(?:[^/]*)$")

SIGNS: Final = (
    Sign("url", r"/rest/(?:lightfrontaction|frontAppCustomAction)/", 0.9, "address of a REST list"),
    Sign("text", r"EpointWebBuilder", 0.8, "EpointWebBuilder", ("epointwebbuilder",)),
    Sign("text", r"EWB-FRONT|webBuilderCommon\.js", 0.7, "webBuilderCommon.js", ("ewb-front", "webbuildercommon")),
    Sign("text", r"class=['\"][^'\"]{0,80}\bewb-", 0.5, "classes ewb-", ("ewb-",)),
    Sign("text", r"id=['\"]ivs_content['\"]", 0.5, "#ivs_content", ("ivs_content",)),
)


class Epoint:
    """Epoint's REST lists."""

    id = "epoint"
    title = "新点 Epoint WebBuilder"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "categorynum": OptionSpec(kind=str, meaning="category of the list when page and address do not tell"),
        "siteguid": OptionSpec(kind=str, meaning="site id when the page does not print it"),
        "deptcode": OptionSpec(kind=str, meaning="department of a disclosure catalogue"),
        "token": OptionSpec(kind=bool, meaning="fetch the anonymous token first"),
        "per_page": OptionSpec(kind=int, meaning="records asked for at once"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The request the column page (or the token) stands for, or one page of records."""
        step = page.context_value("step")
        if not step:
            facts = _facts(section, page)
            if section.option("token", False) is True or _TOKEN.search(page.text):
                url = f"{facts['rest']}/getOauthInfoAction/getNoUserAccessToken"
                context = (("step", "token"), ("facts", json.dumps(facts)))
                return Listing(next=Request(url=url, method="POST", headers=_headers(section), context=context))
            return Listing(next=_ask(section, facts, 1))
        facts = json.loads(page.context_value("facts"))
        if step == "token":
            custom = parse_json(page)
            inner = custom.get("custom", custom) if isinstance(custom, dict) else {}
            facts["token"] = text_in(inner, ("access_token", "token")) if isinstance(inner, dict) else ""
            if not facts["token"]:
                raise Drift(f"{page.url} gave no token", evidence=page.text[:300])
            return Listing(next=_ask(section, facts, 1))
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        answer = answer_of(parse_json(page))
        place = paging.place_of(page)
        near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
        refs = refs_of(answer.rows, section.url, near=near)
        following = _ask(section, facts, place.number + 1) if answer.rows else None
        seen = place.before + len(answer.rows)
        return paging.listing(section, page, refs, following=following, total=answer.total, seen=seen)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """Epoint's scripts and classes."""
        found = weigh(self.id, page, SIGNS)
        return replace(found, options={"token": True}) if found and _TOKEN.search(page.text) else found


def _facts(section: Section, page: Page) -> dict[str, str]:
    """What the interface needs to know. Raises `Drift` when site or category stand nowhere."""
    project, guid, category = _PROJECT.search(page.text), _GUID.search(page.text), _CATEGORY.search(page.text)
    dept, numbered = _DEPT.search(page.text), _FROM_URL.search(section.url)
    facts = {
        "rest": resolve(page.url, f"{project[1] if project else '/EpointWebBuilder'}/rest") or "",
        "guid": section.text_option("siteguid") or (guid[1] if guid else ""),
        "category": section.text_option("categorynum")
        or (category[1] if category else numbered[1] if numbered else ""),
        "dept": section.text_option("deptcode") or (dept[1] if dept else ""),
    }
    for name in ("rest", "guid", "category"):
        if not facts[name]:
            raise Drift(f"the column page {page.url} does not tell its {name}", evidence=page.text[:500])
    return facts


def _ask(section: Section, facts: dict[str, str], number: int) -> Request:
    size = section.int_option("per_page", 12)
    if facts["dept"]:
        url, kind = f"{facts['rest']}/lightfrontaction/getgovinfolist", "application/json"
        asked: dict[str, object] = {"siteGuid": facts["guid"], "deptcode": facts["dept"]}
        asked |= {"categorynum": facts["category"], "pageIndex": number, "pageSize": size}
        body = json.dumps(asked)
    else:
        url, kind = f"{facts['rest']}/frontAppCustomAction/getPageInfoListNew", "application/x-www-form-urlencoded"
        asked = {"siteGuid": facts["guid"], "categoryNum": facts["category"], "kw": "", "startDate": "", "endDate": ""}
        body = paging.encode_form({"params": json.dumps({**asked, "pageIndex": number - 1, "pageSize": size})})
    headers = (("Content-Type", kind), *_headers(section))
    if facts.get("token"):
        headers = (("Authorization", f"Bearer {facts['token']}"), *headers)
    context = (("step", "list"), ("facts", json.dumps(facts)))
    return Request(url=url, method="POST", headers=headers, body=body.encode(), context=context)


def _headers(section: Section) -> tuple[tuple[str, str], ...]:
    return (("Referer", section.url), ("X-Requested-With", "XMLHttpRequest"))

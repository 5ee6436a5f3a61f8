"""Portals whose lists and articles are JSON: rows in one answer, an article's HTML in one field of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape

from sites.errors import Absent, Drift
from sites.families import paging
from sites.families.jsonarticle import body_of, claims_of, files_of, records
from sites.families.jsonrows import TITLE_FIELDS, answer_of, parse_json, refs_of, text_in
from sites.model import (
    Evidence,
    Evidence_,
    Extracted,
    Listing,
    Metadata,
    OptionSpec,
    OptionValue,
    Page,
    Request,
    Section,
)
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

_INTERFACE = re.compile(r"\b(list|detail)(?:url|api|path)['\"]?\s*[:=]\s*['\"]([^'\"\s]{2,400})['\"]", re.I)
_PAGE = re.compile(r"^\s*[\ufeff]?\s*[\[{]")


class JsonApi:
    """JSON lists and JSON articles."""

    id = "json_api"
    title = "JSON interface"
    evidence: Evidence_ = "real page"
    options: Mapping[str, OptionSpec] = {
        "list": OptionSpec(kind=str, meaning="address of the list interface when the section's is a page for people"),
        "rows_field": OptionSpec(kind=str, meaning="name of the list of records"),
        "title_field": OptionSpec(kind=str, meaning="name of a record's title"),
        "url_field": OptionSpec(kind=str, meaning="name of a record's address"),
        "date_field": OptionSpec(kind=str, meaning="name of a record's date"),
        "id_field": OptionSpec(kind=str, meaning="name of a record's id, sent to `detail`"),
        "detail": OptionSpec(kind=str, meaning="address of one article; the id is appended as a parameter"),
        "body_field": OptionSpec(kind=str, meaning="name of the field that holds an article's HTML"),
        "page_parameter": OptionSpec(kind=str, meaning="query parameter that numbers pages, counted from 1"),
        "article": OptionSpec(kind=str, meaning="regular expression that the address of every record matches"),
    }

    def start(self, section: Section) -> Request:
        """The list from its first page."""
        return Request(url=_list(section), headers=(("Accept", "application/json"), ("Referer", section.url)))

    def listing(self, section: Section, page: Page) -> Listing:
        """One page of records."""
        if page.status >= 400:
            return paging.listing(section, page, (), following=None)
        answer = answer_of(parse_json(page), rows=section.text_option("rows_field"))
        names = ("title", "url", "date", "id")
        fields = {name: option for name in names if (option := section.text_option(f"{name}_field"))}
        near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
        detail = section.text_option("detail") or _list(section).partition("?")[0]
        refs = refs_of(answer.rows, section.url, near=near, fields=fields, detail=detail)
        if answer.rows and not refs:
            raise Drift(f"no record of {page.url} has both a title and an address or id", evidence=page.text[:300])
        following = _after(section, page, answer.page) if answer.rows else None
        seen = paging.place_of(page).before + len(answer.rows)
        return paging.listing(section, page, refs, following=following, total=answer.total, seen=seen)

    def extract(self, section: Section, page: Page) -> Extracted:
        """The article in the answer's field of HTML. Raises `Absent` when the interface has no such article."""
        data = parse_json(page)
        record = next((row for row in records(data) if body_of(row, section)), None)
        if record is None:
            if isinstance(data, dict) and any(key in data and not data[key] for key in ("data", "result")):
                raise Absent(f"the interface has no article at {page.url}", evidence=page.text[:300])
            raise Drift(f"no field of {page.url} holds an article", evidence=page.text[:300])
        title = re.sub(r"\s*\n\s*", "", text_in(record, TITLE_FIELDS))
        html = f"<html><head><title>{escape(title)}</title></head><body>{body_of(record, section)}</body></html>"
        read = read_article(replace(page, text=html, _parsed=[]), section, containers=("body",))
        claims = (*claims_of(record, title), *read.metadata.claims)
        return replace(
            read,
            title=title or read.title,
            metadata=Metadata(claims=claims),
            attachments=(*read.attachments, *files_of(record, page.url)),
        )

    def signs(self, page: Page) -> Evidence | None:
        """JSON with titled records or an article's HTML in a field."""
        if not _PAGE.match(page.text[:200]):
            return _interfaces(self.id, page)
        try:
            data = parse_json(page)
        except Drift:
            return None
        if any(body_of(row, None) for row in records(data)):
            return Evidence(family=self.id, score=0.9, signs=("an article's HTML in a field of JSON",))
        try:
            rows = len(answer_of(data).rows)
        except Drift:
            return None
        return Evidence(family=self.id, score=0.8, signs=(f"{rows} titled records in JSON",)) if rows else None


def _list(section: Section) -> str:
    return section.text_option("list") or section.url


def _interfaces(family: str, page: Page) -> Evidence | None:
    """The interfaces that a page for people names in its script."""
    options: dict[str, OptionValue] = {}
    for found in _INTERFACE.finditer(page.text) if "etail" in page.text else ():
        url = resolve(page.url, found[2])
        if url is not None and paging.same_host(url, page.url):
            options.setdefault(found[1].lower(), url)
    if options.keys() < {"list", "detail"}:
        return None
    return Evidence(family=family, score=0.5, signs=("interfaces for list and detail in a script",), options=options)


def _after(section: Section, page: Page, printed: int | None) -> Request:
    """The next page: one more than the number in the address, than the pages turned so far, or than the answer says."""
    name = section.text_option("page_parameter") or paging.page_parameter(_list(section)) or "pageIndex"
    asked = paging.query_of(page.requested_url or page.url).get(name, "")
    if asked.isdecimal():
        current = int(asked)
    elif page.context_value("page") or printed is None:
        current = paging.place_of(page).number
    else:
        current = printed
    return Request(
        url=paging.with_query(_list(section), **{name: current + 1}),
        headers=(("Accept", "application/json"), ("Referer", section.url)),
    )

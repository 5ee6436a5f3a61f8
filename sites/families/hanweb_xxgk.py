"""大汉 (Hanweb) information-disclosure module (portals.md §5 C).

Two doors, told apart by the section's address: `xxgkAnnualReport.jsp` gives one annual report by
publisher (`area`) and report year (`fbtime`); `search.jsp` lists a publisher's catalogue page by page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sites.errors import Absent
from sites.families import paging
from sites.families.hanweb_jpage import CONTAINERS
from sites.families.records import HTML_OPTIONS
from sites.families.signs import Sign, weigh
from sites.families.xxgk_search import search_listing, search_request
from sites.model import (
    Claim,
    Evidence,
    Evidence_,
    Extracted,
    Listing,
    Metadata,
    OptionSpec,
    OptionValue,
    Page,
    PageRef,
    Request,
    Section,
)
from sites.reading.article import read_article
from sites.reading.dates import CHINA

#: The Regulations of 2007 came into force on 2008-05-01: no report is for an earlier year.
FIRST_YEAR: Final = 2008
# Body text below this is a year without a report (portals.md §5 C; the behaviour itself is unverified).
_NEAR_EMPTY: Final = 200

_ANNUAL = re.compile(r"/xxgkAnnualReport\.jsp", re.I)
_AREA = re.compile(r"(?:[?&]area=|\barea\s*[:=]\s*['\"]?)([0-9A-Z]{6,30})", re.I)
_JDID = re.compile(r"(?:[?&]jdid=|\bjdid\s*[:=]\s*['\"]?)(\d{1,5})", re.I)
_INFOTYPE = re.compile(r"\binfotypeId\s*[:=]\s*['\"]?([A-Z]\w{2,20})", re.I)

SIGNS: Final = (
    Sign("url", r"/module/xxgk/xxgkAnnualReport\.jsp", 0.9, "the annual-report endpoint"),
    Sign("url", r"/module/xxgk/(?:search|tree|subjectinfo)\.jsp", 0.9, "the xxgk module"),
    Sign(
        "text",
        r"/module/xxgk/(?:search|tree)\.jsp|xxgkAnnualReport\.jsp",
        0.75,
        "links to the xxgk module",
        ("/module/xxgk/", "xxgkannualreport"),
    ),
    Sign("text", r"tr_main_value_(?:odd|even)", 0.6, "rows tr_main_value_odd/even", ("tr_main_value",)),
)


class HanwebXxgk:
    """Hanweb's disclosure module: annual reports by area and year, catalogues by search."""

    id = "hanweb_xxgk"
    title = "大汉信息公开模块 (xxgk)"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "area": OptionSpec(kind=str, meaning="publisher code of the body", required=True),
        "infotype": OptionSpec(
            kind=str, meaning="category code of a catalogue (infotypeId); without it titles are filtered"
        ),
        "jdid": OptionSpec(kind=int, meaning="site id of a catalogue"),
        "first_year": OptionSpec(kind=int, meaning="first report year to ask for"),
    }

    def start(self, section: Section) -> Request:
        """The endpoint without a year, or the first page of the catalogue."""
        if _ANNUAL.search(section.url):
            return Request(url=paging.with_query(section.url, area=section.text_option("area")))
        return search_request(section, 1)

    def listing(self, section: Section, page: Page) -> Listing:
        """One ref for every report year up to the day the page was fetched, or one page of the catalogue."""
        if _ANNUAL.search(section.url):
            first = section.int_option("first_year", FIRST_YEAR)
            years = tuple(_year_ref(section, year) for year in range(_last_year(page), first - 1, -1))
            return Listing(refs=years, notes=("years without a report answer with a near-empty page",))
        return search_listing(section, page)

    def extract(self, section: Section, page: Page) -> Extracted:
        """A report. The report year is the address's `fbtime`. Raises `Absent` for a year without a report."""
        if not _ANNUAL.search(page.url):
            return read_article(page, section, containers=CONTAINERS)
        words = re.sub(r"\s", "", page.tree.body.text(deep=True, strip=True) if page.tree.body else "")
        has_files = page.tree.css_first(
            "body img, body a[href*='.pdf'], body a[href*='.doc'], body a[href*='downfile']"
        )
        if len(words) < _NEAR_EMPTY and has_files is None:
            raise Absent(f"no report for this year at {page.url}", kind_of_absence="empty", evidence=words)
        year = paging.query_of(page.url).get("fbtime", "")
        read = read_article(page, section, containers=CONTAINERS)
        claims = (*read.metadata.claims, Claim(field="report_year", value=year, source="url", label="fbtime"))
        return replace(read, metadata=Metadata(claims=claims)) if year.isdecimal() else read

    def signs(self, page: Page) -> Evidence | None:
        """The module's addresses and rows, and the area the page names."""
        if weigh(self.id, page, SIGNS) is None:
            return None
        options: dict[str, OptionValue] = {}
        for name, pattern in (("area", _AREA), ("infotype", _INFOTYPE)):
            found = pattern.search(page.url) or pattern.search(page.text)
            if found:
                options[name] = found[1]
        jdid = _JDID.search(page.url) or _JDID.search(page.text)
        if jdid:
            options["jdid"] = int(jdid[1])
        return weigh(self.id, page, SIGNS, options)


def _year_ref(section: Section, year: int) -> PageRef:
    """The address of one year's report. Nobody listed it, so its absence is no problem: `guessed` says so."""
    url = paging.with_query(section.url, area=section.text_option("area"), fbtime=year)
    title = f"{section.body}{year}年政府信息公开年度报告"
    return PageRef(url=url, title=title, context=(("report_year", str(year)), ("guessed", "1")))


def _last_year(page: Page) -> int:
    """The China year the page was fetched in; for a saved page without a moment the latest year it prints."""
    moment: datetime | None = page.fetched_at
    if moment is not None:
        return moment.astimezone(CHINA).year
    return max((int(year) for year in re.findall(r"20[0-9]{2}", page.text)), default=FIRST_YEAR)

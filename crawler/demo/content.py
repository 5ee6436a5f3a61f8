"""Everything the demo county has published, as values: which article stands where, and since and until when.

The county publishes for two nights. Between them one report is edited, one is taken down, one is new
(`script.py` says what a crawler must conclude)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from crawler.demo.chance import whole
from crawler.demo.figures import Figures, ledger
from crawler.demo.neighbours import NEIGHBOURS, Neighbour
from crawler.demo.reports import (
    COPIED_BY,
    COPIED_YEAR,
    EDITED_REPORT,
    GBK_REPORT,
    paragraph,
    report_html,
)
from crawler.demo.towns import BY_KEY, CLOSED_COLUMN, COUNTY_COLUMN, COUNTY_KEY, TOWNS, YEARS

NIGHTS = (1, 2)
TAKEN_DOWN_REPORT = ("liutang", 2015)
NEW_REPORT = ("nanling", 2024)
#: A report that stands a second time, in the county's column.
TWICE_REPORT = ("gaibei", 2021)
#: Behind a jsl challenge.
WALLED_TITLE = "越溪区人民政府办公室2020年政府信息公开工作年度报告"
#: Linked from a listing, closed by robots.txt.
CLOSED_TITLE = "云溪镇政务公开内部考评台账（2022年）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One document at one address. `nights` are those on which it stands; `bodies` its HTML by night."""

    column: int
    id: int
    owner: str
    kind: str
    title: str
    issuer: str
    published_at: str
    crumbs: tuple[str, ...]
    bodies: dict[int, str] = field(repr=False)
    nights: tuple[int, ...] = NIGHTS
    year: int | None = None
    org_code: str = ""
    charset: str = "utf-8"
    validators: bool = True
    wall: bool = False
    edited_on: str = ""

    @property
    def path(self) -> str:
        """`/art/Y/M/D/art_<column>_<id>.html`; month and day carry no zeros."""
        year, month, day = (int(part) for part in self.published_at[:10].split("-"))
        return f"/art/{year}/{month}/{day}/art_{self.column}_{self.id}.html"

    @property
    def index_number(self) -> str:
        """索引号: the publisher's code, the year of publication, a serial."""
        return f"{self.org_code}/{self.published_at[:4]}-{70000 + self.id % 29000}" if self.org_code else ""


@cache
def figures_of(town_key: str, year: int) -> Figures:
    """The figures a town's report prints; two towns print the same ones in the year they copied."""
    source = COPIED_BY[0] if year == COPIED_YEAR and town_key in COPIED_BY else town_key
    return _ledger(source)[year]


@cache
def _ledger(town_key: str) -> dict[int, Figures]:
    return ledger(town_key, BY_KEY[town_key].size)


def _number(owner: str, published_at: str, title: str) -> int:
    year, month, day = (int(part) for part in published_at[:10].split("-"))
    return 3_000_000 + (year - 2014) * 90_000 + month * 7_000 + day * 220 + whole(0, 218, owner, title, "article id")


def _report(town_key: str, year: int) -> Article:
    town = BY_KEY[town_key]
    figures = figures_of(town_key, year)
    month_day = f"01-{whole(8, 28, town_key, year, 'day'):02d}"
    moment = f"{whole(8, 17, town_key, year, 'hour'):02d}:{whole(0, 59, town_key, year, 'minute'):02d}"
    published_at = f"{year + 1}-{month_day} {moment}"
    title = town.title.format(y=year)
    here = (town_key, year)
    return Article(
        column=town.column,
        id=_number(town_key, published_at, title),
        owner=town_key,
        kind="report",
        title=title,
        issuer=town.name,
        published_at=published_at,
        crumbs=("首页", town.name, "年报", "政府信息公开年报"),
        bodies={
            night: report_html(town, figures, published_on=published_at[:10], title=title, night=night)
            for night in NIGHTS
        },
        nights=(1,) if here == TAKEN_DOWN_REPORT else (2,) if here == NEW_REPORT else NIGHTS,
        year=year,
        org_code=town.org_code,
        charset="gb2312" if here == GBK_REPORT else "utf-8",
        validators=town.validators,
        edited_on="2025-03-04 08:00" if here == EDITED_REPORT else "",
    )


def _neighbour(neighbour: Neighbour) -> Article:
    town = BY_KEY.get(neighbour.owner)
    html = "\n".join(paragraph(text, "editor") for text in neighbour.paragraphs)
    column = town.column if town else COUNTY_COLUMN
    return Article(
        column=column,
        id=_number(neighbour.owner, neighbour.published_at, neighbour.title),
        owner=neighbour.owner,
        kind=neighbour.kind,
        title=neighbour.title,
        issuer=neighbour.issuer,
        published_at=neighbour.published_at,
        crumbs=("首页", town.name, "政务公开") if town else ("首页", "政务公开", "镇街年报"),
        bodies=dict.fromkeys(NIGHTS, html),
        org_code=town.org_code if town else "",
    )


@cache
def articles() -> tuple[Article, ...]:
    """Every article of both nights, newest first (as the portal lists them)."""
    found = [_report(town.key, year) for town in TOWNS for year in YEARS]
    found += [_neighbour(neighbour) for neighbour in NEIGHBOURS]
    twice = next(a for a in found if a.kind == "report" and (a.owner, a.year) == TWICE_REPORT)
    found.append(
        Article(
            column=COUNTY_COLUMN,
            id=twice.id,
            owner=COUNTY_KEY,
            kind="report",
            title=twice.title,
            issuer=twice.issuer,
            published_at=twice.published_at,
            crumbs=("首页", "政务公开", "镇街年报"),
            bodies=twice.bodies,
            year=twice.year,
            org_code=twice.org_code,
        )
    )
    found.append(
        Article(
            column=COUNTY_COLUMN,
            id=_number(COUNTY_KEY, "2021-03-29 10:00", WALLED_TITLE),
            owner=COUNTY_KEY,
            kind="report",
            title=WALLED_TITLE,
            issuer="越溪区人民政府办公室",
            published_at="2021-03-29 10:00",
            crumbs=("首页", "政务公开", "镇街年报"),
            bodies=dict.fromkeys(NIGHTS, ""),
            year=2020,
            wall=True,
        )
    )
    found.append(
        Article(
            column=CLOSED_COLUMN,
            id=_number("yunxi", "2023-03-09 09:00", CLOSED_TITLE),
            owner="yunxi",
            kind="other",
            title=CLOSED_TITLE,
            issuer="云溪镇",
            published_at="2023-03-09 09:00",
            crumbs=("首页", "云溪镇", "内部"),
            bodies=dict.fromkeys(NIGHTS, paragraph("本页仅供内部考评使用，不对外发布。" * 12, "editor")),
        )
    )
    return tuple(sorted(found, key=lambda article: (article.published_at, article.column, article.id), reverse=True))


def listed(owner: str, night: int) -> tuple[Article, ...]:
    """What an owner's column lists on a night, newest first."""
    return tuple(article for article in articles() if article.owner == owner and night in article.nights)


@cache
def by_path() -> dict[str, Article]:
    """Every address that ever held an article."""
    found = {article.path: article for article in articles()}
    if len(found) != len(articles()):
        raise AssertionError("two articles of the demo share an address")
    return found

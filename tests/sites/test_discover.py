"""From a home page to a portal that harvests completely, without an edit."""

from __future__ import annotations

from datetime import date

import pytest

from sites import discover, registry
from sites.detect import rank
from sites.model import Evidence, PageRef, Request
from sites.reading.decode import page_of
from sites.registry import KnownPortal
from tests.replicas import catalogue
from tests.replicas.base import TOWNS, YEARS
from tests.replicas.harvest import as_page, harvest

FAMILIES = registry.load_families()


@pytest.mark.parametrize("name", sorted(catalogue.REPLICAS))
def test_a_portal_found_from_its_home_page_is_harvested_without_an_edit(name: str) -> None:
    replica = catalogue.REPLICAS[name]()

    def page_at(url: str):
        request = Request(url=url)
        return as_page(request, replica.respond(request))

    home = page_at(replica.home)
    column = discover.find_columns(home)[0]
    assert column.name == "政府信息公开年报"
    ranked = rank(page_at(column.url), FAMILIES)
    assert ranked[0].family == replica.family, ranked
    assert ranked[0].signs
    text = discover.portal_toml(home, [discover.Column(ref=column, evidence=ranked[0])], families=FAMILIES)
    site = registry.parse_site(text, file="new.toml", families=FAMILIES)
    found = harvest(FAMILIES[site.sections[0].family], site.sections[0], replica.respond)
    assert found.complete
    assert set(found.documents) == set(replica.expected)
    years = discover.found_in(found.refs.values()).years
    assert {document.year for document in replica.expected.values()} <= set(years)


def page(text: str, url: str = "http://www.qinghe.example.gov.cn/"):
    return page_of(url=url, body=text.encode())


def test_reports_and_other_yearbooks_are_no_columns() -> None:
    found = discover.find_columns(
        page(
            "<a href='/a/'>政府网站工作年度报表</a><a href='/b/'>2021年政府信息公开年度报告</a><a href='/c/'>财务年报</a>"
            "<a href='/d/'>年报</a><a href='/e/'>政府信息公开年报</a><a href='javascript:void(0)'>政府信息公开年报</a>"
            "<a href='/d/'>信息公开年报</a>"
        )
    )
    assert [(column.url[-3:], column.score) for column in found] == [("/e/", 1.0), ("/d/", 0.9)]


def test_a_column_page_knows_itself_by_its_national_header() -> None:
    found = discover.find_columns(
        page("<meta name='columnname' content='信息公开年报'><p>x</p>", "http://a.example.gov.cn/nb/")
    )
    assert (found[0].url, found[0].source) == ("http://a.example.gov.cn/nb/", "header")


def test_titles_tell_years_bodies_and_reports() -> None:
    titles = [f"{year}年{town}政府信息公开工作年度报告" for year in YEARS for town in TOWNS] + ["关于开会的通知"]
    found = discover.found_in(PageRef(url=f"http://a/{n}", title=title) for n, title in enumerate(titles))
    assert found.years == tuple(YEARS)
    assert found.bodies == TOWNS
    assert found.reports == len(titles) - 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.qinghe.gov.cn/x", "qinghe"),
        ("https://rsj.qinghe.gov.cn:8443/", "rsj-qinghe"),
        ("http://127.0.0.1:8001/", "127-0-0-1"),
    ],
)
def test_the_id_of_a_portal_comes_from_its_host(url: str, expected: str) -> None:
    assert discover.site_id(url) == expected


def test_hostile_names_cannot_leave_their_string() -> None:
    home = page('<meta name="SiteName" content="x&#10;verified = 2020-01-01&quot; &#127; \\\\">')
    ref = discover.ColumnRef(url="http://a.example.gov.cn/", name='"]\nfamily = "x"', source="link", score=1)
    evidence = Evidence(family="static", score=0.1, signs=("a\nid = 'b'",), options={"probe": True, "unknown": 1})
    known = KnownPortal(
        province="某省",
        prefecture="某市",
        county="清河县",
        home="http://www.qinghe.example.gov.cn/",
        region_code="999999",
    )
    column = discover.Column(ref=ref, evidence=evidence, body="云溪镇", min_refs=3)
    other = discover.Column(ref=ref, evidence=Evidence(family="trs", score=0.2, signs=()))
    text = discover.portal_toml(home, [column, other], families=FAMILIES, known=[known])
    site = registry.parse_site(text, file="x.toml", families=FAMILIES)
    assert site.verified is None
    assert (site.region_code, site.county) == ("999999", "清河县")
    assert (site.sections[0].body, site.sections[0].min_refs, site.sections[0].options) == (
        "云溪镇",
        3,
        {"probe": True},
    )
    assert [section.family for section in site.sections] == ["static", "trs"]


def test_the_directory_knows_homes_with_region_codes() -> None:
    rows = registry.directory()
    assert len(rows) == 77
    codes = {row.name: row.region_code for row in rows}
    assert codes["桐乡市"] == "330483"
    assert codes["宁波市"] == "330200"
    assert all(row.region_code.startswith("33") and len(row.region_code) == 6 for row in rows)
    assert all(row.home.startswith("http") for row in rows)
    assert date  # the directory dates nothing

"""Every family harvests its replica completely, within a budget of requests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from sites.errors import Drift, SiteError
from sites.model import Request, Rule, Section
from sites.registry import load_families
from tests.replicas import catalogue, hanweb_jpage, hanweb_xxgk, static, trs, truecms, vsb
from tests.replicas.base import Replica, html, missing
from tests.replicas.harvest import Harvest, as_page, harvest

FAMILIES = load_families()


def section_of(replica: Replica) -> Section:
    return Section(
        site_id="qinghe",
        key="nianbao",
        name="年报",
        url=replica.column,
        family=replica.family,
        hosts=(replica.host,),
        options=replica.options,
    )


def harvested(replica: Replica, **more: object) -> Harvest:
    return harvest(FAMILIES[replica.family], section_of(replica), replica.respond, **more)


@pytest.mark.parametrize("name", sorted(catalogue.REPLICAS))
def test_a_replica_is_harvested_completely(name: str) -> None:
    replica = catalogue.REPLICAS[name]()
    found = harvested(replica)
    assert found.complete, found.notes
    assert set(found.documents) == set(replica.expected)
    for url, document in replica.expected.items():
        if replica.claims_dates:
            assert found.refs[url].title == document.title
            assert found.refs[url].listed_on == document.day
        assert "存在的主要问题及改进情况" in found.documents[url].text
        assert f"主动公开政府信息{document.number}条" in found.documents[url].text


def test_every_family_has_a_replica() -> None:
    assert {make().family for make in catalogue.REPLICAS.values()} == set(FAMILIES)


def test_a_server_that_repeats_its_first_group_for_ever_ends_the_listing_incomplete() -> None:
    found = harvested(hanweb_jpage.replica(repeats=True), extract=False)
    assert not found.complete
    assert len(found.refs) == hanweb_jpage.ROWS
    assert len(found.requests) <= 4


def test_a_pager_that_repeats_page_1_ends_and_is_complete_when_no_total_is_claimed() -> None:
    replica = static.replica("repeats")
    found = harvested(replica, extract=False)
    assert set(found.refs) == set(replica.expected)
    assert found.complete
    assert any("repeats" in note for note in found.notes)
    assert len(found.requests) == 2


def test_a_switched_off_endpoint_leaves_an_incomplete_listing() -> None:
    replica = truecms.replica(switched_off=True)
    found = harvested(replica, extract=False)
    assert set(found.refs) == set(replica.expected)
    assert not found.complete


def test_a_list_interface_that_nobody_named_leaves_an_incomplete_listing() -> None:
    replica = trs.replica("api")
    family = FAMILIES["trs"]
    found = harvest(family, replace(section_of(replica), options={}), replica.respond, extract=False)
    assert len(found.refs) == trs.PER_PAGE
    assert not found.complete


def test_published_pages_that_stop_early_leave_an_incomplete_listing() -> None:
    replica = trs.replica()

    def stops(request: Request):
        return missing() if request.url.endswith("index_1.html") else replica.respond(request)

    found = harvest(FAMILIES["trs"], section_of(replica), stops, extract=False)
    assert not found.complete
    assert found.notes == ["page 2 is gone"]


def test_a_year_without_a_report_is_absent() -> None:
    found = harvested(hanweb_xxgk.annual())
    assert any(url.endswith("fbtime=2016") for url in found.absent)
    assert any(url.endswith("fbtime=2008") for url in found.absent)
    report = found.documents[next(url for url in found.documents if url.endswith("fbtime=2020"))]
    assert report.metadata.value("report_year") == "2020"


def test_without_a_category_only_titles_of_reports_are_kept() -> None:
    replica = hanweb_xxgk.catalogue()
    section = replace(section_of(replica), options={"area": hanweb_xxgk.AREA})
    found = harvest(FAMILIES["hanweb_xxgk"], section, replica.respond, extract=False)
    assert set(found.refs) == set(replica.expected)
    assert found.complete


def test_an_article_pattern_keeps_some_refs_and_ends_no_listing() -> None:
    replica = vsb.replica()
    section = replace(section_of(replica), options={"article": r"/info/1475/4491[0-9]\.htm"})
    found = harvest(FAMILIES["vsb"], section, replica.respond, extract=False)
    assert found.refs
    assert all(re.search(r"/4491\d\.htm$", url) for url in found.refs)
    assert found.complete
    assert len(found.requests) == 3


def test_a_section_is_read_by_the_rule_of_the_day() -> None:
    old, new = hanweb_jpage.replica(), trs.replica()
    rule = Rule(until=date(2020, 12, 31), family="hanweb_jpage", url=old.column)
    section = replace(section_of(new), rules=(rule,))
    then, now = section.on(date(2020, 6, 1)), section.on(date(2021, 6, 1))
    assert set(harvest(FAMILIES[then.family], then, old.respond, extract=False).refs) == set(old.expected)
    assert set(harvest(FAMILIES[now.family], now, new.respond, extract=False).refs) == set(new.expected)


def test_dataproxy_can_be_asked_by_get() -> None:
    replica = hanweb_jpage.replica()
    section = replace(section_of(replica), options={"method": "GET"})
    found = harvest(FAMILIES["hanweb_jpage"], section, replica.respond, extract=False)
    assert set(found.refs) == set(replica.expected)
    assert {request.method for request in found.requests} == {"GET"}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_empty_first_page_is_drift_not_an_empty_listing(family: str) -> None:
    options = {"area": "11999999002590622X"} if family == "hanweb_xxgk" else {}
    section = Section(
        site_id="q",
        key="k",
        name="n",
        url="http://a.example.gov.cn/gkmlpt/index#1620"
        if family == "gkmlpt"
        else "http://a.example.gov.cn/module/x/list.htm",
        family=family,
        hosts=("a.example.gov.cn",),
        options=options,
    )
    request = FAMILIES[family].start(section)
    page = as_page(request, html("<html><head><title>年报</title></head><body><div id='app'></div></body></html>"))
    with pytest.raises(Drift):
        FAMILIES[family].listing(section, page)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_article_without_a_body_is_drift(family: str) -> None:
    section = Section(site_id="q", key="k", name="n", url="http://a.example.gov.cn/", family=family, hosts=())
    page = as_page(Request(url="http://a.example.gov.cn/info/1/2.htm"), html("<html><head></head><body></body></html>"))
    with pytest.raises(SiteError):
        FAMILIES[family].extract(section, page)


def test_guessed_addresses_that_all_miss_leave_a_complete_single_page() -> None:
    replica = static.replica("probe")

    def first_page_only(request: Request):
        path = request.url.removeprefix(replica.column)
        return replica.respond(request) if path in {"", "index.html"} else missing()

    found = harvest(FAMILIES["static"], section_of(replica), first_page_only, extract=False)
    assert len(found.refs) == static.PER_PAGE
    assert found.complete
    assert len(found.requests) <= 8


def test_a_server_that_answers_every_guess_with_page_1_is_one_page() -> None:
    replica = static.replica("probe")
    first = replica.respond(Request(url=replica.column))
    found = harvest(FAMILIES["static"], section_of(replica), lambda _: first, extract=False)
    assert len(found.refs) == static.PER_PAGE
    assert found.complete

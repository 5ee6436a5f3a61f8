"""The labelled real listings and pages: refs, next, completeness, and the family named first."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin

import pytest

from sites.detect import rank
from sites.model import Page, Section
from sites.reading.decode import page_of
from sites.registry import load_families

FAMILIES = load_families()
BASE = "https://www.example.gov.cn/zwgk/index.html"


def labels(shared: Path) -> list[dict]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((shared / "corpus" / "labels").glob("*.json"))]


def page_for(shared: Path, label: dict) -> Page:
    url = label.get("base_url") or label.get("url") or BASE
    return page_of(url=url, body=(shared / "corpus" / label["file"]).read_bytes())


def test_the_labelled_family_comes_first_with_evidence(shared: Path) -> None:
    for label in labels(shared):
        ranked = rank(page_for(shared, label), FAMILIES)
        assert ranked, label["file"]
        assert ranked[0].family == label["family"], (label["file"], ranked)
        assert ranked[0].signs


def test_every_labelled_listing_is_read_right(shared: Path) -> None:
    listings = [label for label in labels(shared) if "expected_links" in label]
    assert len(listings) == 7
    for label in listings:
        page = page_for(shared, label)
        section = Section(site_id="c", key="c", name="c", url=page.url, family=label["family"], hosts=())
        listing = FAMILIES[label["family"]].listing(section, page)
        assert len(listing.refs) == len(label["expected_links"]), label["file"]
        for ref, link in zip(listing.refs, label["expected_links"], strict=True):
            assert ref.url == urljoin(page.url, link["url"]) or ref.url.endswith("?" + link["url"]), label["file"]
            assert (ref.title, str(ref.listed_on)) == (link["title"], link["date"]), label["file"]
        assert listing.complete is label["complete"], label["file"]
        assert (listing.next is None) is (label["next_url"] is None), label["file"]


def test_the_next_page_is_the_labelled_one(shared: Path) -> None:
    nexts = {
        "listings/ndrc-list-page.html": "/index_1.html",
        "listings/govcn-search-list.html": "&p=1&",
        "listings/nfra-list-001.html": "pageIndex=",
        "listings/nfra-list-002.html": "pageIndex=",
    }
    for label in labels(shared):
        if label["file"] in nexts:
            page = page_for(shared, label)
            section = Section(site_id="c", key="c", name="c", url=page.url, family=label["family"], hosts=())
            following = FAMILIES[label["family"]].listing(section, page).next
            assert following is not None
            assert nexts[label["file"]] in following.url


@pytest.mark.parametrize("index", [1, 7])
def test_a_json_list_goes_on_from_the_page_its_address_names(index: int) -> None:
    body = {
        "data": {
            "total": 99,
            "rulesPageNo": 50,
            "lists": [{"docId": "1", "docSubtitle": "某镇年报", "date": "2024-01-02"}],
        }
    }
    url = f"https://www.example.gov.cn/api/list?itemId=3&pageIndex={index}"
    page = page_of(url=url, body=json.dumps(body).encode())
    section = Section(site_id="c", key="c", name="c", url=url, family="json_api", hosts=())
    following = FAMILIES["json_api"].listing(section, page).next
    assert following is not None
    assert following.url.endswith(f"itemId=3&pageIndex={index + 1}")

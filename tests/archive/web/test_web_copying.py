"""Copied text on the pages: with which years and bodies, how much, and where to see it word by word."""

from __future__ import annotations

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archive.web import copying
from archive.web.rendering import percent
from tests.web_archive import BEIGAI, XIEYA


async def _ids(web: httpx.AsyncClient) -> dict[str, str]:
    return {row["name"]: row["id"] for row in (await web.get("/api/bodies.json")).json()["rows"]}


async def test_a_body_s_page_says_whose_text_it_is_too_and_leads_to_the_comparison(web: httpx.AsyncClient) -> None:
    ids = await _ids(web)
    page = LexborHTMLParser((await web.get(f"/body/{ids[BEIGAI]}?lang=en")).text)
    table = page.css_first("section[aria-labelledby=copies] table")
    assert table is not None
    lines = [[cell.text(strip=True) for cell in line.css("th, td")] for line in table.css("tbody tr")]
    own = [line for line in lines if line[1].startswith("the same body")]
    assert [(line[0], line[1][-4:], line[2]) for line in own if int(line[0]) - int(line[1][-4:]) == 1] == [
        ("2023", "2022", "earlier"),
        ("2022", "2021", "earlier"),
    ]
    assert {line[2] for line in lines if XIEYA in line[1]} >= {"of the same year"}
    for line in table.css("tbody tr"):
        link = line.css("td a")[-1].attributes["href"]
        assert link is not None
        compared = await web.get(link)
        assert compared.status_code == 200
        assert LexborHTMLParser(compared.text).css_first("section[aria-labelledby=words]") is not None


async def test_the_words_and_the_table_behind_come_in_both_languages(web: httpx.AsyncClient) -> None:
    ids = await _ids(web)
    for lang, words in (("zh", "与谁的文字相同"), ("en", "Whose text it is too")):
        page = LexborHTMLParser((await web.get(f"/body/{ids[BEIGAI]}?lang={lang}")).text)
        assert page.css_first("#copies").text() == words
        behind = page.css("section[aria-labelledby=copies] p a")[-1].attributes["href"]
        assert behind is not None
        rows = (await web.get(behind.replace("copies?", "copies.json?_shape=array&"))).json()
        assert rows
        assert {row["body"] for row in rows} == {ids[BEIGAI]}


async def test_a_report_half_of_which_is_somebody_s_says_so(web: httpx.AsyncClient) -> None:
    ids = await _ids(web)
    page = LexborHTMLParser((await web.get(f"/report/{ids[BEIGAI]}/2023?lang=en")).text)
    note = page.css_first("#copied")
    assert note is not None
    assert "Half of what this report says in its own words" in note.text()
    links = [link.attributes["href"] or "" for link in note.css("a")]
    assert any(link.startswith("/compare?a=") for link in links)
    assert links[-1] == f"/body/{ids[BEIGAI]}#copies"


async def test_the_first_report_of_all_names_no_later_one(web: httpx.AsyncClient) -> None:
    ids = await _ids(web)
    page = LexborHTMLParser((await web.get(f"/report/{ids[XIEYA]}/2020")).text)
    assert page.css_first("#copied") is None


_ROW = st.fixed_dictionaries(
    {
        "year": st.integers(2008, 2026),
        "relation": st.sampled_from(["body", "year"]),
        "other_body": st.sampled_from(["x", "y"]),
        "other_name": st.just("乙镇"),
        "other_year": st.integers(2008, 2026),
        "share": st.none() | st.floats(0, 1),
        "share_back": st.none() | st.floats(0, 1),
    }
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_ROW, max_size=12))
def test_only_texts_not_later_that_hold_a_half_are_named(rows: list[dict]) -> None:
    named = copying.taken("a", rows)
    assert len(named) <= copying.NAMED
    assert all(row["share"] >= copying.HALF and row["when"] != "later" for row in named)
    assert [row["share"] for row in named] == sorted((row["share"] for row in named), reverse=True)
    for listed in (named, copying.shown("a", rows)):
        own = [row["year"] for row in listed if row["relation"] == "year"]
        assert len(own) == len(set(own)), "of a body's own years only the likest"
    assert len(copying.shown("a", rows * 9)) <= copying.SHOWN


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert [percent(value) for value in (None, 0.0, 0.29, 0.5, 0.999, 1.0)] == ["", "0%", "29%", "50%", "99%", "100%"]

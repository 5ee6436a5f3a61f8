"""The documented API keeps its word: every example runs, every argument is taken or refused by name, nothing breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archive.web.contract import ENDPOINTS, openapi
from tests.web_addresses import every_page

_ANY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_WORDS = st.sampled_from(
    ["盖北镇", "上虞区", "town", "t3", "total", "new_requests", "Y-CARRY", "公开", "复议 -盖北", '"', "'", "%", "\x00"]
)
_TEXT = st.one_of(_WORDS, st.text(max_size=300))


def operations() -> list[tuple[str, list[dict[str, Any]]]]:
    """(path, parameters) of every operation in the OpenAPI document."""
    return [(path, item["get"]["parameters"]) for path, item in openapi("http://localhost")["paths"].items()]


def _right(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], min(schema["maximum"], schema["minimum"] + 40)).map(str)
    return st.one_of(_WORDS, st.text(max_size=schema["maxLength"]))


def _any(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    return st.one_of(_right(schema), _TEXT, st.integers().map(str), st.floats().map(str))


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """Any documented address with any arguments: right ones, wrong ones, several of a name, unknown ones."""
    path, parameters = draw(st.sampled_from(operations()))
    pairs = []
    for parameter in parameters:
        value = draw(_any(parameter["schema"]))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value.encode("utf-8", "replace"), safe="") or "x")
        elif draw(st.booleans()):
            pairs.append((parameter["name"], value))
    pairs += draw(st.lists(st.tuples(st.sampled_from(["lang", "page", "_x", "q"]), _TEXT), max_size=2))
    return path, [(name, value.encode("utf-8", "replace").decode()) for name, value in pairs]


@_ANY
@given(request=requests())
async def test_any_request_to_the_documented_api_is_answered(
    web: httpx.AsyncClient, request: tuple[str, list[tuple[str, str]]]
) -> None:
    path, pairs = request
    answer = await web.get(path, params=pairs)
    assert answer.status_code in {200, 302, 400, 404}, (path, pairs, answer.text[:200])
    if answer.status_code == 400 and path.startswith("/api/"):
        refusal = answer.json()
        assert refusal["ok"] is False
        assert any(name in refusal["error"] for name, _ in pairs), (pairs, refusal)


async def test_right_arguments_are_never_refused(web: httpx.AsyncClient) -> None:
    for path, parameters in operations():
        if "{" in path:
            continue
        for parameter in parameters:
            schema = parameter["schema"]
            values = [schema["minimum"], schema["maximum"]] if schema["type"] == "integer" else ["x" * 200]
            for value in values:
                if parameter["name"] == "indicator":
                    value = "reviews"
                if parameter["name"] == "level":
                    value = "town"
                answer = await web.get(path, params={parameter["name"]: value})
                assert answer.status_code == 200, (path, parameter["name"], value)


@_ANY
@given(
    place=st.integers(0, 10_000),
    pairs=st.lists(
        st.tuples(
            st.sampled_from(
                (
                    *("q", "year", "place", "level", "page", "lang", "limit", "offset", "a", "b", "a_year", "b_year"),
                    *("rule", "body", "kind", "indicator", "cell", "at", "page_url", "_search", "_facet", "_sort"),
                )
            ),
            _TEXT,
        ),
        max_size=4,
    ),
)
async def test_any_query_string_is_a_page_or_a_clear_refusal(
    web: httpx.AsyncClient, archive_path: Path, place: int, pairs: list[tuple[str, str]]
) -> None:
    pages = [page.partition("?")[0] for page in every_page(archive_path)] + [
        "/feed.atom",
        "/sitemap-1.xml",
        "/robots.txt",
    ]
    path = pages[place % len(pages)]
    answer = await web.get(path, params=[(name, value.encode("utf-8", "replace").decode()) for name, value in pairs])
    assert answer.status_code in {200, 302, 400, 404}, (path, pairs)
    if answer.status_code == 400:
        assert any(name in answer.text for name, _ in pairs), (path, pairs)


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_documented_examples_run(web: httpx.AsyncClient, lang: str) -> None:
    page = LexborHTMLParser((await web.get(f"/api?lang={lang}")).text)
    examples = [node.attributes["href"] or "" for node in page.css("a.example")]
    assert len(examples) == 1 + sum(len(endpoint.addresses) for endpoint in ENDPOINTS)
    for example in examples:
        answer = await web.get(example)
        assert answer.status_code == 200, example
        assert answer.content, example


async def test_the_openapi_document_names_every_endpoint_and_where_it_is(web: httpx.AsyncClient) -> None:
    document = (await web.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "http://localhost"}]
    assert set(document["paths"]) == {path for endpoint in ENDPOINTS for _, path in endpoint.addresses}
    for item in document["paths"].values():
        for parameter in item["get"]["parameters"]:
            assert parameter["description"], parameter


async def test_every_list_has_the_documented_columns_with_rows_and_without(web: httpx.AsyncClient) -> None:
    document = (await web.get("/api/openapi.json")).json()
    lists = [endpoint for endpoint in ENDPOINTS if endpoint.columns]
    assert len(lists) == 6
    for endpoint in lists:
        (row, *_) = (await web.get(f"{endpoint.path}.json?limit=1")).json()["rows"]
        assert tuple(row) == endpoint.columns, endpoint.path
        answer = document["paths"][f"{endpoint.path}.json"]["get"]["responses"]["200"]["content"]["application/json"]
        assert answer["schema"]["properties"]["rows"]["items"]["required"] == list(endpoint.columns)
        for offset in (0, 9_000_000):
            text = (await web.get(f"{endpoint.path}.csv?offset={offset}")).text
            assert text.removeprefix("\ufeff").splitlines()[0].split(",") == list(endpoint.columns), endpoint.path


def test_every_placeholder_of_a_path_is_described() -> None:
    for endpoint in ENDPOINTS:
        named = {parameter.name for parameter in endpoint.parameters if parameter.where == "path"}
        assert all(f"{{{name}}}" in endpoint.path for name in named)
        assert endpoint.path.count("{") == len(named)

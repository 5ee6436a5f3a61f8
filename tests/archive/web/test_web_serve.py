"""Serving: a live crawl is visible, a taken port is explained, one address cannot flood."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from datasette.utils.asgi import Response

from archive.store.archive import Archive
from archive.store.errors import StoreError
from archive.web.limits import Buckets, client_address
from archive.web.serve import CannotServe, build_datasette, serve, server_config
from tests.web_archive import build


async def test_what_a_running_crawl_commits_is_visible(tmp_path: Path) -> None:
    path = build(tmp_path, attack=False)
    datasette = build_datasette(path)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        before = (await client.get("/archive/problems.json?_shape=array")).json()
        with Archive.open(path) as archive:
            archive.put_problem(
                run=None, site_id="demo", section_key="", url="http://www.example.gov.cn/", kind="Drift", message="x"
            )
            after = (await client.get("/archive/problems.json?_shape=array")).json()
            for address in ("/", "/search?q=公开", "/status", "/coverage"):
                assert (await client.get(address)).status_code == 200
    assert len(after) == len(before) + 1
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


def test_a_missing_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        build_datasette(tmp_path / "archive.db")


def test_a_taken_port_is_named(archive_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"127.0.0.1:{port}.*--port"):
            serve(archive_path, port=port)


async def test_the_sql_page_closes_by_config(archive_path: Path) -> None:
    datasette = build_datasette(archive_path, sql=False)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/archive.json?sql=select+1", follow_redirects=True)
    assert answer.status_code == 403
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


async def test_an_address_that_floods_is_slowed(archive_path: Path) -> None:
    datasette = build_datasette(archive_path, per_second=0.001)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answers = [(await client.get("/-/gongkai/icon.svg")) for _ in range(121)]
    assert [answer.status_code for answer in answers] == [200] * 120 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


def test_a_bucket_fills_again() -> None:
    buckets = Buckets(burst=2, per_second=1.0)
    assert [buckets.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("a", 1.0) == 0.0


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("127.0.0.1", "203.0.113.7, 198.51.100.2", "198.51.100.2"),
        ("127.0.0.1", "203.0.113.7, 198.51.100.2, 127.0.0.1", "198.51.100.2"),
        ("192.0.2.1", "198.51.100.2", "192.0.2.1"),
    ],
)
async def test_only_a_trusted_proxy_says_for_whom_it_asks(peer: str, forwarded: str, counted: str) -> None:
    seen = []

    async def app(scope, receive, send) -> None:
        seen.append(client_address(scope))
        await Response.text("").asgi_send(send)

    config = server_config(app, ("127.0.0.1", "::1"))
    config.load()
    transport = httpx.ASGITransport(app=config.loaded_app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.get("/", headers={"x-forwarded-for": forwarded})
    assert seen == [counted]

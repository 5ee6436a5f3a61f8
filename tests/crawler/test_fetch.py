from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import httpx
import pytest
import respx

from crawler.config import parse_config
from crawler.errors import Oversized, Refused, Unreachable
from crawler.fetch import Fetcher
from crawler.fetch.payload import DamagedEncoding, Payload
from crawler.fetch.transport import tls_context
from crawler.politeness import parse_robots
from sites.model import Request
from tests.crawler.faketime import FakeTime

HOST = "http://www.shire.gov.cn"


class Routed(httpx.AsyncBaseTransport):
    """The network as respx plays it: bytes come as a stream, as from a socket."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.router = router

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.router.async_handler(request)
        raw = b"".join(answer.stream)

        async def body():
            for start in range(0, len(raw), 500):
                yield raw[start : start + 500]

        return httpx.Response(answer.status_code, headers=answer.headers.raw, content=body())


def fetcher(router: respx.MockRouter | None, time: FakeTime, toml: str = "", **more) -> Fetcher:
    return Fetcher(
        parse_config("[crawl]\ncontact = 'me@library.edu'\n" + toml),
        clock=time.clock,
        sleep=time.sleep,
        monotonic=time.monotonic,
        chance=lambda: 0.0,
        transport=Routed(router) if router is not None else None,
        **more,
    )


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def router() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


# --- one exchange


async def test_an_exchange_carries_what_was_on_the_wire(router, time):
    body = gzip.compress("政府信息公开".encode(), mtime=0)
    router.get(f"{HOST}/a").respond(
        200, headers=[("X-A", "1"), ("x-a", "2"), ("Content-Encoding", "gzip")], content=body
    )
    async with fetcher(router, time) as portal:
        (answer,) = await portal.fetch(Request(url=f"{HOST}/a", headers=(("Referer", HOST), ("User-Agent", "Chrome"))))
    assert answer.body.decode() == "政府信息公开"
    assert [value for name, value in answer.headers if name.lower() == "x-a"] == ["1", "2"]
    sent = dict(answer.request_headers)
    assert sent["Referer"] == HOST
    assert sent["Host"] == "www.shire.gov.cn"
    assert sent["User-Agent"].startswith("gongkai/")
    assert "me@library.edu" in sent["User-Agent"]
    assert (answer.status, answer.method, answer.http_version) == (200, "GET", "HTTP/1.1")
    assert answer.fetched_at == time.start


async def test_a_post_sends_its_body(router, time):
    route = router.post(f"{HOST}/q").respond(200, text="ok")
    async with fetcher(router, time) as portal:
        (answer,) = await portal.fetch(Request(url=f"{HOST}/q", method="POST", body=b"page=2"))
    assert route.calls.last.request.content == b"page=2"
    assert answer.request_body == b"page=2"


async def test_a_known_page_is_asked_for_conditionally(router, time):
    route = router.get(f"{HOST}/a").respond(304)
    async with fetcher(router, time) as portal:
        (answer,) = await portal.fetch(
            Request(url=f"{HOST}/a"), etag='W/"x"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT"
        )
    assert answer.status == 304
    assert route.calls.last.request.headers["If-None-Match"] == 'W/"x"'
    assert route.calls.last.request.headers["If-Modified-Since"] == "Sun, 01 Nov 2026 00:00:00 GMT"


@pytest.mark.parametrize("status", [200, 202, 204, 400, 403, 404, 410, 412, 491, 501, 521])
async def test_a_status_is_an_answer_not_an_error(router, time, status: int):
    router.get(f"{HOST}/a").respond(status, text="x")
    async with fetcher(router, time) as portal:
        assert [answer.status for answer in await portal.fetch(Request(url=f"{HOST}/a"))] == [status]
    assert time.slept == []


@pytest.mark.parametrize("url", ["ftp://x.gov.cn/", "http://", "http://x:99999/", "nothing", "http://[x/"])
async def test_what_is_no_address_is_never_asked(router, time, url: str):
    async with fetcher(router, time) as portal:
        with pytest.raises(Unreachable) as error:
            await portal.fetch(Request(url=url))
    assert error.value.reason == "protocol"


# --- pace


async def test_requests_to_one_host_keep_their_distance(router, time):
    moments: list[float] = []

    async def answer(_: httpx.Request) -> httpx.Response:
        moments.append(time.seconds)
        time.seconds += 0.5
        return httpx.Response(200, text="x")

    router.route().mock(side_effect=answer)
    async with fetcher(router, time) as portal:
        urls = [f"{HOST}/1", "http://zwgk.shire.gov.cn/2", f"{HOST}/3"]
        await asyncio.gather(*(portal.fetch(Request(url=url)) for url in urls))
    assert [later - earlier for earlier, later in pairwise(moments)] == [2.5, 2.5]


async def test_different_hosts_do_not_wait_for_each_other(router, time):
    router.route().respond(200, text="x")
    async with fetcher(router, time) as portal:
        await asyncio.gather(*(portal.fetch(Request(url=f"http://town{n}.gov.cn/")) for n in range(30)))
    assert time.slept == []


async def test_one_at_a_time_on_a_host_and_no_more_hosts_at_once_than_allowed(router, time):
    busy: dict[str, int] = {}
    most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal most
        host = request.url.host
        busy[host] = busy.get(host, 0) + 1
        most = max(most, sum(busy.values()))
        assert busy[host] == 1
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        busy[host] -= 1
        return httpx.Response(200, text="x")

    router.route().mock(side_effect=answer)
    async with fetcher(router, time, "hosts_at_once = 3\ndelay_seconds = 0.1") as portal:
        wishes = [portal.fetch(Request(url=f"http://town{n % 9}.gov.cn/{n}")) for n in range(45)]
        await asyncio.gather(*wishes)
    assert most == 3


# --- retries


async def test_a_busy_portal_is_asked_again_after_its_retry_after(router, time):
    route = router.get(f"{HOST}/a")
    route.side_effect = [httpx.Response(429, headers={"Retry-After": "30"}), httpx.Response(200, text="x")]
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].status == 200
    assert time.seconds == 30


async def test_a_retry_after_date_is_measured_against_our_clock(router, time):
    route = router.get(f"{HOST}/a")
    date = "Sun, 22 Nov 2026 16:31:00 GMT"
    route.side_effect = [httpx.Response(503, headers={"Retry-After": date}), httpx.Response(200, text="x")]
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].status == 200
    assert time.seconds == 60


async def test_a_storm_ends_with_the_portal_s_own_answer(router, time):
    route = router.get(f"{HOST}/a").respond(500, text="x")
    async with fetcher(router, time) as portal:
        assert [answer.status for answer in await portal.fetch(Request(url=f"{HOST}/a"))] == [500]
    assert route.call_count == 3
    assert time.slept == [5, 10]


async def test_more_patience_than_a_night_has_is_not_waited_for(router, time):
    route = router.get(f"{HOST}/a").respond(429, headers={"Retry-After": "86400"})
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].status == 429
        with pytest.raises(Refused) as error:
            await portal.fetch(Request(url=f"{HOST}/b"))
    assert (error.value.reason, route.call_count, time.slept) == ("wait", 1, [])


async def test_a_broken_connection_is_tried_again(router, time):
    route = router.get(f"{HOST}/a")
    route.side_effect = [httpx.RemoteProtocolError("server disconnected"), httpx.Response(200, text="x")]
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].status == 200


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (httpx.ConnectTimeout("t"), "timeout"),
        (httpx.ReadTimeout("t"), "timeout"),
        (httpx.ConnectError("refused"), "reset"),
        (httpx.ReadError("reset"), "reset"),
        (httpx.RemoteProtocolError("bad"), "protocol"),
        (httpx.UnsupportedProtocol("x"), "protocol"),
    ],
)
async def test_the_weather_is_told_by_its_reason(router, time, raised: Exception, reason: str):
    router.get(f"{HOST}/a").mock(side_effect=raised)
    async with fetcher(router, time) as portal:
        with pytest.raises(Unreachable) as error:
            await portal.fetch(Request(url=f"{HOST}/a"))
    assert error.value.reason == reason
    assert f"{HOST}/a" in error.value.message


async def test_five_failures_in_a_row_leave_the_host_alone(router, time):
    route = router.route(host="www.shire.gov.cn").mock(side_effect=httpx.ConnectError("down"))
    router.route(host="www.other.gov.cn").respond(200, text="x")
    async with fetcher(router, time, "retries = 0") as portal:
        for n in range(5):
            with pytest.raises(Unreachable):
                await portal.fetch(Request(url=f"{HOST}/{n}"))
        with pytest.raises(Refused) as error:
            await portal.fetch(Request(url=f"{HOST}/5"))
        assert (await portal.fetch(Request(url="http://www.other.gov.cn/")))[-1].status == 200
    assert (error.value.reason, route.call_count) == ("circuit", 5)


async def test_walls_behind_a_200_open_the_circuit_too(router, time):
    router.route().respond(200, text="访问过于频繁")
    async with fetcher(router, time) as portal:
        for n in range(5):
            await portal.fetch(Request(url=f"{HOST}/{n}"))
            portal.back_off(f"{HOST}/{n}")
        with pytest.raises(Refused) as error:
            await portal.fetch(Request(url=f"{HOST}/5"))
    assert error.value.reason == "circuit"
    assert portal.pace_of(HOST).delay > 2


async def test_the_budget_of_a_night_is_kept(router, time):
    router.route().respond(200, content=b"x" * 600)
    async with fetcher(router, time, "requests_per_night_per_host = 2") as portal:
        await portal.fetch(Request(url=f"{HOST}/1"))
        await portal.fetch(Request(url=f"{HOST}/2"))
        with pytest.raises(Refused, match="2 requests"):
            await portal.fetch(Request(url=f"{HOST}/3"))
    async with fetcher(router, time, "bytes_per_night_per_host = 1000") as portal:
        await portal.fetch(Request(url=f"{HOST}/1"))
        await portal.fetch(Request(url=f"{HOST}/2"))
        with pytest.raises(Refused, match="1000 bytes"):
            await portal.fetch(Request(url=f"{HOST}/3"))


async def test_a_cancelled_request_still_counts_for_the_delay(router, time):
    async def never(_: httpx.Request) -> httpx.Response:
        time.seconds += 7
        await asyncio.Event().wait()
        raise AssertionError

    route = router.route()
    route.mock(side_effect=never)
    async with fetcher(router, time) as portal:
        task = asyncio.create_task(portal.fetch(Request(url=f"{HOST}/1")))
        while not time.seconds:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        route.mock(return_value=httpx.Response(200, text="x"))
        await portal.fetch(Request(url=f"{HOST}/2"))
    assert time.seconds == 9


# --- robots


async def test_robots_are_obeyed_on_every_hop(router, time):
    router.get(f"{HOST}/open").respond(302, headers={"Location": "/shut/1"})
    shut = router.get(f"{HOST}/shut/1").respond(200, text="x")
    async with fetcher(router, time) as portal:
        portal.put_robots(HOST, parse_robots(200, "text/plain", b"User-agent: *\nDisallow: /shut/\nCrawl-delay: 9\n"))
        with pytest.raises(Refused) as error:
            await portal.fetch(Request(url=f"{HOST}/open"))
        assert portal.pace_of(HOST).delay == 9
    assert (error.value.reason, shut.call_count) == ("robots", 0)


async def test_robots_that_could_not_be_had_pause_the_host_but_not_the_question_for_robots(router, time):
    router.route().respond(200, text="x")
    async with fetcher(router, time) as portal:
        portal.put_robots(HOST, parse_robots(503, "", b""))
        with pytest.raises(Refused, match="could not be had"):
            await portal.fetch(Request(url=f"{HOST}/a"))
        assert (await portal.fetch(Request(url=f"{HOST}/robots.txt")))[-1].status == 200


async def test_an_operator_may_ignore_robots_on_portals_that_are_theirs(router, time):
    router.route().respond(200, text="x")
    async with fetcher(router, time, "respect_robots = false") as portal:
        portal.put_robots(HOST, parse_robots(200, "text/plain", b"User-agent: *\nDisallow: /\nCrawl-delay: 9\n"))
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].status == 200
        assert portal.pace_of(HOST).delay == 2


# --- redirects, cookies, scope


async def test_redirects_come_back_hop_by_hop(router, time):
    router.get(f"{HOST}/1").respond(301, headers={"Location": "../2?x=1#top"})
    router.get(f"{HOST}/2?x=1").respond(303, headers={"Location": "https://user:pw@www.shire.gov.cn/3"})
    router.get("https://www.shire.gov.cn/3").respond(200, text="x")
    async with fetcher(router, time) as portal:
        hops = await portal.fetch(Request(url=f"{HOST}/1", headers=(("Referer", HOST),)))
    assert [(hop.url, hop.status) for hop in hops] == [
        (f"{HOST}/1", 301),
        (f"{HOST}/2?x=1", 303),
        ("https://www.shire.gov.cn/3", 200),
    ]
    assert "Authorization" not in dict(hops[-1].request_headers)
    assert dict(hops[-1].request_headers)["Referer"] == HOST


async def test_a_redirected_post_becomes_a_get_unless_the_status_says_otherwise(router, time):
    router.post(f"{HOST}/1").respond(302, headers={"Location": "/2"})
    router.get(f"{HOST}/2").respond(200, text="x")
    router.post(f"{HOST}/3").respond(307, headers={"Location": "/4"})
    again = router.post(f"{HOST}/4").respond(200, text="x")
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/1", method="POST", body=b"a")))[-1].method == "GET"
        assert (await portal.fetch(Request(url=f"{HOST}/3", method="POST", body=b"a")))[-1].method == "POST"
    assert again.calls.last.request.content == b"a"


@pytest.mark.parametrize(
    "location", ["/a", "mailto:x@gov.cn", "javascript:history.back()", "http://", "http://[::1", "file:///etc/passwd"]
)
async def test_circles_and_dead_ends_are_no_pages(router, time, location: str):
    router.get(f"{HOST}/a").respond(302, headers={"Location": location})
    async with fetcher(router, time) as portal:
        with pytest.raises(Unreachable) as error:
            await portal.fetch(Request(url=f"{HOST}/a"))
    assert error.value.reason == "redirect"


async def test_redirects_have_a_limit(router, time):
    router.route().mock(
        side_effect=lambda request: httpx.Response(302, headers={"Location": request.url.path + "x"}),
    )
    async with fetcher(router, time) as portal:
        with pytest.raises(Unreachable, match="more than 5 redirects"):
            await portal.fetch(Request(url=f"{HOST}/a"))


async def test_a_redirect_out_of_scope_is_the_answer(router, time):
    router.get(f"{HOST}/a").respond(302, headers={"Location": "http://sso.elsewhere.gov.cn/login"})
    async with fetcher(router, time) as portal:
        hops = await portal.fetch(Request(url=f"{HOST}/a"), follow=lambda url: "shire" in url)
    assert [hop.status for hop in hops] == [302]


async def test_a_raw_chinese_location_is_understood(router, time):
    name = "/公开/年报.html"
    for path, encoding in (("/u", "utf-8"), ("/g", "gb18030")):
        router.get(f"{HOST}{path}").respond(302, headers=[(b"Location", name.encode(encoding))])
    router.get(path=name).respond(200, text="x")
    async with fetcher(router, time) as portal:
        for path in ("/u", "/g"):
            assert (await portal.fetch(Request(url=f"{HOST}{path}")))[-1].status == 200


async def test_a_cookie_that_must_come_back_comes_back(router, time):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Cookie") == "token=1":
            return httpx.Response(200, text="inside")
        return httpx.Response(302, headers={"Location": "/a", "Set-Cookie": "token=1; path=/"})

    router.get(f"{HOST}/a").mock(side_effect=answer)
    async with fetcher(router, time) as portal:
        assert (await portal.fetch(Request(url=f"{HOST}/a")))[-1].body == b"inside"


async def test_cookies_stay_with_the_host_that_set_them(router, time):
    router.get(f"{HOST}/a").respond(
        302,
        headers=[
            ("Location", "http://zwgk.shire.gov.cn/b"),
            ("Set-Cookie", "a=1; path=/; domain=.shire.gov.cn"),
            ("Set-Cookie", "b=1; path=/; domain=.gov.cn"),
        ],
    )
    other = router.get("http://zwgk.shire.gov.cn/b").respond(200, text="x")
    async with fetcher(router, time) as portal:
        await portal.fetch(Request(url=f"{HOST}/a"))
    assert "Cookie" not in other.calls.last.request.headers


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:22/", "http://10.0.0.8/", "http://169.254.169.254/latest/", "http://[::1]/", "http://localhost/",
     "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/"],
)  # fmt: skip
async def test_no_page_can_send_us_to_a_local_address(router, time, target: str):
    router.get(f"{HOST}/a").respond(302, headers={"Location": target})
    async with fetcher(router, time) as portal:
        for url in (target, f"{HOST}/a"):
            with pytest.raises(Refused) as error:
                await portal.fetch(Request(url=url))
            assert error.value.reason == "address"


async def test_the_demo_s_permission_covers_loopback_only(router, time):
    router.get("http://127.0.0.1:8801/").respond(200, text="x")
    async with fetcher(router, time, loopback_allowed=True) as portal:
        assert (await portal.fetch(Request(url="http://127.0.0.1:8801/")))[-1].status == 200
        with pytest.raises(Refused):
            await portal.fetch(Request(url="http://192.168.1.1/"))


async def test_a_name_that_resolves_to_a_local_address_is_refused_at_connect_time(time, monkeypatch):
    async def resolved(*_: object, **__: object):
        return [(2, 1, 6, "", ("127.0.0.1", 80)), (10, 1, 6, "", ("fe80::1", 80, 0, 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
    async with fetcher(None, time) as portal:
        with pytest.raises(Refused, match="address_allowed") as error:
            await portal.fetch(Request(url=f"{HOST}/"))
    assert error.value.reason == "address"


async def test_a_name_nobody_knows_is_a_dns_failure(time, monkeypatch):
    import socket

    async def resolved(*_: object, **__: object):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
    async with fetcher(None, time) as portal:
        with pytest.raises(Unreachable) as error:
            await portal.fetch(Request(url=f"{HOST}/"))
    assert error.value.reason == "dns"


# --- size


async def test_what_is_too_large_is_thrown_away(router, time):
    router.get(f"{HOST}/declared").respond(200, headers={"Content-Length": "9999999999"}, content=b"")
    router.get(f"{HOST}/came").respond(200, content=b"x" * 2000)
    bomb = gzip.compress(b"\0" * 5_000_000, mtime=0)
    router.get(f"{HOST}/bomb").respond(200, headers={"Content-Encoding": "gzip"}, content=bomb[:900] + bomb[900:])
    async with fetcher(router, time, "max_response_bytes = 1024") as portal:
        for path in ("declared", "came", "bomb"):
            with pytest.raises(Oversized, match="1024"):
                await portal.fetch(Request(url=f"{HOST}/{path}"))


def decoded(encoding: str, body: bytes, limit: int = 10**6, step: int = 1) -> bytes:
    payload = Payload(encoding, limit)
    for start in range(0, len(body), step):
        payload.feed(body[start : start + step])
    return payload.end()


TEXT = "政府信息公开工作年度报告".encode() * 20


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", TEXT),
        ("gzip", gzip.compress(TEXT[:30], mtime=0) + gzip.compress(TEXT[30:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0" * 9),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("GZIP, identity", gzip.compress(TEXT, mtime=0)),
    ],
)
def test_content_encodings_are_undone_however_they_arrive(encoding: str, body: bytes, step: int):
    assert decoded(encoding, body, step=step) == TEXT


def test_an_empty_or_one_byte_body_is_plain():
    assert decoded("gzip", b"") == b""
    assert decoded("gzip", b"x") == b"x"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9]),
        ("gzip", gzip.compress(TEXT, mtime=0)[:20] + b"\xff" * 50),
    ],
)
def test_a_damaged_encoding_is_never_half_a_page(encoding: str, body: bytes):
    with pytest.raises(DamagedEncoding):
        decoded(encoding, body)


def test_a_bomb_is_stopped_at_the_limit_not_after_it():
    payload = Payload("gzip", 1000)
    with pytest.raises(Oversized):
        payload.feed(gzip.compress(b"\0" * 50_000_000, mtime=0)[:900])
    assert payload.size <= 1001


# --- real sockets


@asynccontextmanager
async def server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], host: str = "127.0.0.1"
):
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            with suppress(asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                await answer(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(connected, host, 0)
    async with listening:
        try:
            yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        finally:
            # A transport that the loop's end finds half closed would be blamed on whichever test runs next.
            for writer in writers:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()


async def test_a_lying_content_length_gives_the_page_when_it_is_whole_every_time(time):
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<html>whole</html>\r\n")

    async with server(answer) as url, fetcher(None, time, loopback_allowed=True) as portal:
        (page,) = await portal.fetch(Request(url=url + "/"))
    assert page.truncated
    assert page.body == b"<html>whole</html>\r\n"


async def test_a_page_that_breaks_off_is_no_page(time):
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<html>half")

    async with server(answer) as url, fetcher(None, time, loopback_allowed=True) as portal:
        with pytest.raises(Unreachable, match="broke off after 10 bytes") as error:
            await portal.fetch(Request(url=url + "/"))
    assert error.value.reason == "protocol"


async def test_nobody_listening_is_unreachable(time):
    async with server(None) as url:  # type: ignore[arg-type]
        pass
    async with fetcher(None, time, loopback_allowed=True) as portal:
        with pytest.raises(Unreachable, match="no connection") as error:
            await portal.fetch(Request(url=url + "/"))
    assert error.value.reason == "reset"


async def test_an_endless_drip_is_ended_by_the_clock(time):
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(50):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    toml = "answer_seconds = 0.1\nretries = 0"
    async with server(answer) as url, fetcher(None, time, toml, loopback_allowed=True) as portal:
        with pytest.raises(Unreachable, match="not complete") as error:
            await portal.fetch(Request(url=url + "/"))
    assert error.value.reason == "timeout"


async def test_no_more_connections_stay_open_than_hosts_are_asked_at_once(time):
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    toml = "hosts_at_once = 2"
    async with server(answer, "0.0.0.0") as url, fetcher(None, time, toml, loopback_allowed=True) as portal:
        port = url.rpartition(":")[2]
        answers = await asyncio.gather(*(portal.fetch(Request(url=f"http://127.0.0.{n}:{port}/")) for n in range(1, 7)))
        assert [answer[-1].body for answer in answers] == [b"ok"] * 6
        assert len(portal._wire._connections) == 2


def test_legacy_tls_still_checks_certificates():
    import ssl

    legacy = tls_context("legacy", verify=True)
    assert legacy.verify_mode == ssl.CERT_REQUIRED
    assert legacy.options & 0x4
    assert tls_context("strict", verify=True).minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls_context("strict", verify=False).verify_mode == ssl.CERT_NONE

"""What portals do wrong, each with what must come of it.

A fault says what its portal does (`what`), what the fetcher makes of its page (`fetch`), and what a crawl
of the portal comes to on two nights (`first`, `second`). `docs/faults.md` is written from this list:

    python -m tests.faults > docs/faults.md
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

from tests.certificates import Trust
from tests.faultportal import (
    GOOD,
    PAGE,
    START,
    TITLE,
    Answer,
    Asked,
    Fault,
    Portal,
    article,
    by_night,
    http,
    in_turn,
    listing,
    raw,
    says,
    small,
)

#: The limits the faults are written for.
LIMITS = """
[crawl]
contact = "operator@library.edu"
delay_seconds = 0.5
timeout_seconds = 1.0
connect_timeout_seconds = 2.0
answer_seconds = 2.0
retries = 1
max_response_bytes = 200000
hosts_at_once = 8
[revisit]
mode = "always"
"""


async def drip(asked: Asked) -> None:
    await asked.send(http(b"", length=100_000))
    for _ in range(100):
        await asked.send(b"x")
        await asyncio.sleep(0.1)


async def endless(asked: Asked) -> None:
    await asked.send(http(b"", length=None, headers=("Connection: close",)))
    for _ in range(1000):
        await asked.send(b"<p>" + b"x" * 4000)


async def endless_headers(asked: Asked) -> None:
    await asked.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(5000):
        await asked.send(b"X-%d: %s\r\n" % (number, b"y" * 100))


async def silence(_: Asked) -> None:
    await asyncio.sleep(30)


async def reset_at_once(asked: Asked) -> None:
    asked.reset()


async def cookie_gate(asked: Asked) -> None:
    if "gate=open" in asked.headers.get("cookie", ""):
        await asked.send(http(GOOD))
    else:
        await asked.send(http("", 302, headers=(f"Location: {PAGE}", "Set-Cookie: gate=open; path=/")))


async def count_visits(asked: Asked) -> None:
    await asked.send(http(article("清河", extra=str(1000 * asked.night + asked.count))))


async def later_by_date(asked: Asked) -> None:
    moment = START + timedelta(days=asked.night - 1, minutes=2)
    headers = (f"Retry-After: {format_datetime(moment, usegmt=True)}",)
    await asked.send(http(small("稍后"), 503, headers=headers) if asked.count == 1 else http(GOOD))


async def drop_after_answer(asked: Asked) -> None:
    await asked.send(http(GOOD, headers=("Connection: keep-alive",)))
    asked.writer.close()


def moved(*location: str, status: int = 302, body: str = "") -> Answer:
    return says(body, status, headers=tuple(f"Location: {where}" for where in location))


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    data = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n" + data


BOMB = gzip.compress(b"\0" * 20_000_000)
ZIPPED = gzip.compress(GOOD.encode())

#: Facts of a good night: the page is new, then unchanged.
NOT_ASKED = {
    "first": "listing skipped [refused, unreachable]",
    "second": "listing skipped [refused, unreachable]",
}
GOOD_NIGHTS = {"fetch": "200", "first": "new", "second": "unchanged"}
WEATHER = {"first": "problem [unreachable]", "second": "problem [unreachable]"}


def walled(kind: str) -> dict[str, str]:
    return {"first": f"wall [wall:{kind}]", "second": f"wall [wall:{kind}]"}


def failed(status: int) -> dict[str, str]:
    return {"first": f"problem [server-error:{status}]", "second": f"problem [server-error:{status}]"}


NOT_THERE = {"first": "absent [absent]", "second": "absent [absent]"}


def wall(
    name: str, kind: str, what: str, status: int, body: str, *headers: str, type: str = "text/html; charset=utf-8"
) -> Fault:
    answer = says(body, status, headers=headers, type=type)
    return Fault(name=name, group="wall", what=what, page=answer, fetch=str(status), **walled(kind))


FAULTS: tuple[Fault, ...] = (
    # --- connection
    Fault(name="reset-before-answer", group="connection", what="resets the connection before a word",
          page=reset_at_once, fetch="unreachable:reset", **WEATHER),
    Fault(name="hang-up-before-answer", group="connection", what="closes the connection before a word",
          page=raw(b""), fetch="unreachable:protocol", **WEATHER),
    Fault(name="reset-mid-body", group="connection", what="resets the connection in the middle of the page",
          page=raw(http(GOOD[:900], length=50_000), then="reset"), fetch="unreachable:reset", **WEATHER),
    Fault(name="length-too-large", group="connection", what="ends the page before its Content-Length",
          page=raw(http(GOOD[:900], length=50_000)), fetch="unreachable:protocol", **WEATHER),
    Fault(name="length-too-large-whole", group="connection", what="sends whole pages under too large a Content-Length",
          page=raw(http(GOOD, length=50_000)), **GOOD_NIGHTS),
    Fault(name="length-too-small", group="connection", what="sends more than its Content-Length (the closing tags)",
          page=says(GOOD, length=len(GOOD.encode()) - 14), **GOOD_NIGHTS),
    Fault(name="length-absurd", group="connection", what="announces ten gigabytes",
          page=says(GOOD, length=10_000_000_000), fetch="oversized",
          first="problem [oversized]", second="problem [oversized]"),
    Fault(name="endless-body", group="connection", what="never stops sending",
          page=endless, fetch="oversized", first="problem [oversized]", second="problem [oversized]"),
    Fault(name="endless-headers", group="connection", what="never stops sending headers",
          page=endless_headers, fetch="unreachable:protocol", **WEATHER),
    Fault(name="slow-drip", group="connection", what="sends a byte now and then",
          page=drip, fetch="unreachable:timeout", **WEATHER),
    Fault(name="silence", group="connection", what="accepts the question and never answers",
          page=silence, fetch="unreachable:timeout", **WEATHER),
    Fault(name="nobody-listens", group="connection", what="refuses connections",
          page=silence, listens=False, fetch="unreachable:reset",
          **NOT_ASKED),
    Fault(name="no-http", group="connection", what="speaks another protocol",
          page=raw(b"SSH-2.0-OpenSSH_8.9\r\n"), fetch="unreachable:protocol", **WEATHER),
    Fault(name="works-the-second-time", group="connection", what="drops the first question of a night",
          page=in_turn(raw(b""), says(GOOD)), **GOOD_NIGHTS),
    Fault(name="keep-alive-dropped", group="connection", what="promises keep-alive and hangs up",
          page=drop_after_answer, **GOOD_NIGHTS),
    Fault(name="early-hints", group="connection", what="sends a 103 before the answer",
          page=raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n" + http(GOOD)), **GOOD_NIGHTS),
    Fault(name="bad-chunking", group="connection", what="sends chunk sizes that are no numbers",
          page=raw(chunks(GOOD.encode()[:500], end=b"zzzz\r\nrest\r\n")), fetch="unreachable:protocol", **WEATHER),
    Fault(name="chunks-cut", group="connection", what="breaks off between two chunks",
          page=raw(chunks(GOOD.encode()[:900], end=b"")), fetch="unreachable:protocol", **WEATHER),
    Fault(name="chunks-without-end", group="connection", what="sends the whole page but never the last chunk",
          page=raw(chunks(GOOD.encode(), end=b"")), **GOOD_NIGHTS),
    # --- encoding
    Fault(name="gzip-bomb", group="encoding", what="sends 20 KB that unpack to 20 MB",
          page=says(BOMB, headers=("Content-Encoding: gzip",)), fetch="oversized",
          first="problem [oversized]", second="problem [oversized]"),
    Fault(name="gzip-cut", group="encoding", what="ends the gzip stream before its end",
          page=says(ZIPPED[:-20], headers=("Content-Encoding: gzip",)), fetch="unreachable:protocol", **WEATHER),
    Fault(name="gzip-damaged", group="encoding", what="sends a gzip stream with a damaged middle",
          page=says(ZIPPED[:200] + b"\xff" * 60 + ZIPPED[260:], headers=("Content-Encoding: gzip",)),
          fetch="unreachable:protocol", **WEATHER),
    Fault(name="gzip-declared-plain-sent", group="encoding", what="declares gzip and sends plain HTML",
          page=says(GOOD, headers=("Content-Encoding: gzip",)), **GOOD_NIGHTS),
    Fault(name="gzip-padded", group="encoding", what="pads the gzip stream with zeros",
          page=says(ZIPPED + b"\0" * 50, headers=("Content-Encoding: gzip",)), **GOOD_NIGHTS),
    Fault(name="deflate-bare", group="encoding", what="sends deflate without its zlib wrapper",
          page=says(zlib.compress(GOOD.encode())[2:-4], headers=("Content-Encoding: deflate",)), **GOOD_NIGHTS),
    Fault(name="brotli-unasked", group="encoding", what="sends an encoding nobody offered",
          page=says(b"\x0b\x02\x80hello\x03", headers=("Content-Encoding: br",)),
          fetch="unreachable:protocol", **WEATHER),
    # --- redirects
    Fault(name="redirect-loop", group="redirect", what="redirects in a circle",
          page=moved("/nb/b.html"), extra={"/nb/b.html": moved(PAGE)}, fetch="unreachable:redirect", **WEATHER),
    Fault(name="redirect-to-itself", group="redirect", what="redirects to the same address",
          page=moved(PAGE), fetch="unreachable:redirect", **WEATHER),
    Fault(name="redirect-chain", group="redirect", what="redirects more often than max_redirects",
          page=moved("/nb/c1.html"), extra={f"/nb/c{n}.html": moved(f"/nb/c{n + 1}.html") for n in range(1, 9)},
          fetch="unreachable:redirect", **WEATHER),
    Fault(name="redirect-to-script", group="redirect", what="redirects to javascript:",
          page=moved("javascript:history.back()"), fetch="unreachable:redirect", **WEATHER),
    Fault(name="redirect-to-private", group="redirect", what="redirects to a private address",
          page=moved("http://10.0.0.8/secret"), fetch="refused:address",
          first="problem [drift]", second="problem [drift]"),
    Fault(name="redirect-to-metadata", group="redirect", what="redirects to the cloud's metadata address",
          page=moved("http://169.254.169.254/latest/meta-data/"), fetch="refused:address",
          first="problem [drift]", second="problem [drift]"),
    Fault(name="redirect-with-body", group="redirect", what="sends a page's body with a redirect to a foreign host",
          page=moved("http://10.1.1.1/", body=GOOD), fetch="refused:address",
          first="problem [drift]", second="problem [drift]"),
    Fault(name="redirect-raw-chinese", group="redirect", what="redirects to raw Chinese in GBK",
          page=moved(b"/nb/".decode() + "年报.html".encode("gb18030").decode("latin-1")),
          extra={"/nb/%E5%B9%B4%E6%8A%A5.html": says(GOOD)}, **GOOD_NIGHTS),
    Fault(name="cookie-must-come-back", group="redirect", what="sets a cookie, redirects to itself and wants it back",
          page=cookie_gate, **GOOD_NIGHTS),
    # --- TLS
    Fault(name="tls-expired", group="tls", what="has an expired certificate", certificate="expired",
          page=says(GOOD), fetch="unreachable:tls", **NOT_ASKED),
    Fault(name="tls-self-signed", group="tls", what="has a certificate it signed itself", certificate="self-signed",
          page=says(GOOD), fetch="unreachable:tls", **NOT_ASKED),
    Fault(name="tls-wrong-host", group="tls", what="has another host's certificate", certificate="wrong-host",
          page=says(GOOD), fetch="unreachable:tls", **NOT_ASKED),
    Fault(name="tls-incomplete", group="tls", what="leaves its intermediate certificate out", certificate="incomplete",
          page=says(GOOD), fetch="unreachable:tls", **NOT_ASKED),
    Fault(name="tls-unverified", group="tls", what="has a certificate it signed itself; verify = false with a why",
          certificate="self-signed", verify=False, page=says(GOOD), **GOOD_NIGHTS),
    Fault(name="tls-old", group="tls", what="speaks TLS 1.0 only", certificate="old", verify=False,
          page=says(GOOD), fetch="unreachable:tls", **NOT_ASKED),
    Fault(name="tls-old-allowed", group="tls", what='speaks TLS 1.0 only; tls = "legacy" with a why',
          certificate="old", verify=False, tls="legacy", page=says(GOOD), **GOOD_NIGHTS),
    # --- statuses
    Fault(name="storm-500", group="status", what="answers 500 for ever", page=says(small("错误"), 500),
          fetch="500", **failed(500)),
    Fault(name="storm-502", group="status", what="answers 502 for ever", page=says(small("bad gateway"), 502),
          fetch="502", **failed(502)),
    Fault(name="hiccup-500", group="status", what="answers 500 once a night",
          page=in_turn(says(small("错误"), 500), says(GOOD)), **GOOD_NIGHTS),
    Fault(name="retry-after-seconds", group="status", what="answers 503 with Retry-After: 60, then the page",
          page=in_turn(says(small("稍后"), 503, headers=("Retry-After: 60",)), says(GOOD)), **GOOD_NIGHTS),
    Fault(name="retry-after-date", group="status", what="answers 503 with Retry-After as a date, then the page",
          page=later_by_date, **GOOD_NIGHTS),
    Fault(name="retry-after-a-day", group="status", what="answers 429 with Retry-After: 86400",
          page=says(small("稍后"), 429, headers=("Retry-After: 86400",)), fetch="429", **walled("throttle")),
    # --- walls (portals.md §8)
    wall("wall-jsl", "jsl", "加速乐: 521 and a script that sets a cookie", 521,
         "<script>document.cookie=('_')+('_')+('jsl');location.href=location.pathname</script>",
         "Set-Cookie: __jsluid_h=0123456789abcdef; path=/"),
    wall("wall-jsl-second", "jsl", "加速乐, second stage, with status 200", 200,
         '<script>;go({"bts":["1","2"],"chars":"abc","ct":"x","ha":"sha1","tn":"__jsl_clearance_s","vt":"3600"})</script>'),
    wall("wall-ruishu", "ruishu", "瑞数: 412 and a script shell", 412,
         '<html><head><meta id="x" content="y" r="m"><script r="m">$_ts=window["$_ts"];</script></head></html>'),
    wall("wall-ruishu-202", "ruishu", "瑞数: 202 and a script shell", 202,
         '<html><head><script>$_ts=window["$_ts"]||{};</script></head><body></body></html>'),
    wall("wall-waf-page", "waf", "创宇盾: a refusal with status 200", 200, small("当前访问疑似黑客攻击，已被创宇盾拦截")),
    wall("wall-waf-491", "waf", "网神: 491 with wzws-ray", 491, "<html></html>", "wzws-ray: 1-2-3"),
    wall("wall-waf-488", "waf", "VSB: 488", 488, small("您的请求可能存在威胁")),
    wall("wall-waf-405", "waf", "405 with a request id", 405, small("访问被拦截 request id 17 your IP 192.0.2.1")),
    wall("wall-403", "waf", "refuses with 403", 403, small("禁止访问", title="403")),
    wall("wall-throttle", "throttle", "访问过于频繁 with status 200", 200, small("访问过于频繁，请稍后再试")),
    wall("wall-throttle-json", "throttle", "访问频繁 as JSON with status 200", 200, '{"code":500,"msg":"访问频繁"}',
         type="application/json"),
    wall("wall-429", "throttle", "answers 429 for ever", 429, small("too many requests")),
    wall("wall-captcha", "captcha", "asks for a captcha", 200, small("请完成安全验证，拖动滑块完成拼图", title="安全验证")),
    wall("wall-needs-js", "needs-js", "an empty shell for a script to fill", 200,
         '<html><head><script src="/app.js"></script></head><body><div id="app"></div></body></html>'),
    wall("wall-hijack", "hijack", "gambling in the portal's place", 200, small("官方入口", title="百家乐娱乐城官方网站")),
    Fault(name="wall-login", group="wall", what="redirects to a login", page=moved("/portal/login"),
          extra={"/portal/login": says(small("用户名 密码", title="统一身份认证"))}, fetch="200", **walled("auth")),
    # --- absences
    Fault(name="not-found", group="absence", what="answers 404", page=says(small("404"), 404), fetch="404", **NOT_THERE),
    Fault(name="soft-404", group="absence", what="says 页面不存在 with status 200",
          page=says(small("您访问的页面不存在或已删除")), fetch="200", **NOT_THERE),
    Fault(name="soft-404-redirect", group="absence", what="redirects to /404.htm with status 200",
          page=moved("/404.htm"), extra={"/404.htm": says(small("抱歉", title="404"))}, fetch="200", **NOT_THERE),
    Fault(name="redirect-home", group="absence", what="redirects lost pages to the home page",
          page=moved("/"), fetch="200", **NOT_THERE),
    Fault(name="not-found-with-a-page", group="absence", what="answers 404 with a whole page",
          page=says(article("首页"), 404), fetch="404", **NOT_THERE),
    Fault(name="empty-page", group="absence", what="answers 200 with nothing", page=says(""), fetch="200", **NOT_THERE),
    Fault(name="maintenance", group="absence", what="says 系统维护中 with status 200",
          page=says(small("系统维护中")), fetch="200", first="problem [maintenance]", second="problem [maintenance]"),
    Fault(name="taken-down", group="absence", what="carries the page one night and answers 404 the next",
          page=by_night(says(GOOD), says(small("404"), 404)), fetch="200", first="new", second="gone-candidate"),
    Fault(name="wall-on-the-second-night", group="absence", what="carries the page one night and a wall the next",
          page=by_night(says(GOOD), says("<script></script>", 521)), fetch="200", first="new", second="wall [wall:jsl]"),
    # --- content
    Fault(name="gbk-called-utf-8", group="content", what="sends GBK and declares UTF-8",
          page=says(GOOD.encode("gb18030")), **GOOD_NIGHTS),
    Fault(name="gbk-undeclared", group="content", what="sends GBK and declares nothing",
          page=says(article("喆里", charset="").encode("gb18030"), type="text/html"), **GOOD_NIGHTS),
    Fault(name="utf-8-called-gb2312", group="content", what="sends UTF-8 and declares gb2312",
          page=says(GOOD, type="text/html; charset=gb2312"), **GOOD_NIGHTS),
    Fault(name="utf-16", group="content", what="sends UTF-16 with a BOM",
          page=says(GOOD.encode("utf-16"), type="text/html"), **GOOD_NIGHTS),
    Fault(name="html-called-pdf", group="content", what="sends HTML as application/pdf",
          page=says(GOOD, type="application/pdf"), **GOOD_NIGHTS),
    Fault(name="counter-only", group="content", what="changes nothing but the visit counter",
          page=count_visits, **GOOD_NIGHTS),
    Fault(name="edited", group="content", what="edits the page between two nights",
          page=by_night(says(GOOD), says(GOOD.replace("信息3条", "信息33条"))), fetch="200", first="new", second="changed"),
    Fault(name="changing-case", group="content", what="links the page in another case every night (IIS)",
          listing=by_night(says(listing((PAGE, TITLE))), says(listing((PAGE.replace("art", "ART"), TITLE)))),
          page=says(GOOD), extra={PAGE.replace("art", "ART"): says(GOOD)}, fetch="200", first="new",
          second="new, unchanged [one text at two addresses]"),
    # --- listings
    Fault(name="page-1-for-ever", group="listing", what="answers every page of the listing with page 1",
          listing=says(listing((PAGE, TITLE), more='<a href="/nb/index_2.html">下一页</a>')),
          extra={"/nb/index_2.html": says(listing((PAGE, TITLE), more='<a href="/nb/index_3.html">下一页</a>')),
                 "/nb/index_3.html": says(listing((PAGE, TITLE), more='<a href="/nb/index_4.html">下一页</a>'))},
          page=says(GOOD), **GOOD_NIGHTS),
    Fault(name="listing-cut", group="listing", what="breaks the listing off in the middle",
          listing=raw(http(listing((PAGE, TITLE))[:150], length=5000)), page=says(GOOD), fetch="200",
          first="listing problem [unreachable]", second="listing problem [unreachable]"),
    Fault(name="listing-halved", group="listing", what="lists nothing on the second night",
          listing=by_night(says(listing((PAGE, TITLE))), says(listing())), page=says(GOOD), fetch="200",
          first="new", second="listing problem [drift]"),
    Fault(name="listing-walled", group="listing", what="puts a wall before the listing on the second night",
          listing=by_night(says(listing((PAGE, TITLE))), says("<script></script>", 521)), page=says(GOOD), fetch="200",
          first="new", second="listing wall [wall:jsl]"),
    Fault(name="dropped-but-there", group="listing", what="drops a page from the listing; the page still answers",
          listing=by_night(says(listing((PAGE, TITLE), ("/nb/art_2025_1002.html", "乙镇2024年政府信息公开工作年度报告"))),
                           says(listing(("/nb/art_2025_1002.html", "乙镇2024年政府信息公开工作年度报告")))),
          page=says(GOOD), extra={"/nb/art_2025_1002.html": says(article("乙"))}, fetch="200",
          first="new, new", second="unchanged, unchanged"),
    # --- robots
    Fault(name="robots-forbids", group="robots", what="forbids the pages in robots.txt", page=says(GOOD), fetch="200",
          robots=says("User-agent: *\nDisallow: /nb/art\n", type="text/plain"),
          first="skipped", second="skipped"),
    Fault(name="robots-500", group="robots", what="answers 500 to robots.txt", page=says(GOOD), fetch="200",
          robots=says("", 500), first="listing skipped [refused]", second="listing skipped [refused]"),
    Fault(name="robots-html", group="robots", what="answers robots.txt with its home page", page=says(GOOD),
          robots=says(small("首页 User-agent: * Disallow: /")), **GOOD_NIGHTS),
    Fault(name="robots-redirect", group="robots", what="redirects robots.txt to a soft 404", page=says(GOOD),
          robots=moved("/404.htm"), extra={"/404.htm": says(small("页面不存在"))}, **GOOD_NIGHTS),
)  # fmt: skip


@asynccontextmanager
async def fault_portals(trust: Trust, faults: tuple[Fault, ...] = FAULTS):
    """All the faults' portals, by name."""
    async with AsyncExitStack() as stack:
        yield {fault.name: await stack.enter_async_context(Portal(fault, trust).served()) for fault in faults}


# --- the page for readers


def as_markdown() -> str:
    """`docs/faults.md`."""
    lines = [
        "# What portals do wrong, and what comes of it",
        "",
        "Each row is a portal on loopback that has one fault; the tests fetch its page and crawl it on two nights, and",
        "hold what is written here. Written from `tests/faults.py` (`python -m tests.faults > docs/faults.md`):",
        "do not edit.",
        "",
        "- **fetched**: the status that comes back, or the error and its reason.",
        "- **first night**, **second night**: what a crawl makes of the page (of the listing, where it says so); in",
        "  brackets the kind of the problem that is recorded. A wall or an absence is never stored as a document.",
        "",
        f"{len(FAULTS)} faults.",
        "",
        "| fault | the portal … | fetched | first night | second night |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {fault.name} | {fault.what} | {fault.fetch} | {fault.first} | {fault.second} |" for fault in FAULTS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")

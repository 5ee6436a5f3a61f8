"""A portal that can do everything wrong: a loopback server for one fault, and the words faults are written in."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from tests.certificates import Trust

#: The clock of every fault crawl begins here (00:30 in China).
START = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)

Group = Literal[
    "connection", "encoding", "redirect", "tls", "status", "wall", "absence", "content", "listing", "robots"
]


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request as the portal saw it. `count` is how often this path was asked tonight, from 1."""

    path: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    count: int
    night: int

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Break the connection off with a RST, as a crashed server does."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Answer = Callable[[Asked], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and what must come of it.

    `fetch` is the status the fetcher returns for the page, or `error:reason`. `first` and `second` list the
    outcomes of a crawl on two nights, problems' kinds in brackets.
    """

    name: str
    group: Group
    what: str
    page: Answer
    fetch: str
    first: str
    second: str
    listing: Answer | None = None
    robots: Answer | None = None
    extra: dict[str, Answer] = field(default_factory=dict)
    certificate: Literal["", "expired", "self-signed", "wrong-host", "incomplete", "old"] = ""
    listens: bool = True
    tls: Literal["strict", "legacy"] = "strict"
    verify: bool = True


# --- answers


def http(
    body: bytes | str = b"",
    status: int = 200,
    *,
    type: str = "text/html; charset=utf-8",
    headers: tuple[str, ...] = (),
    length: int | None = -1,
) -> bytes:
    """A response; `length` -1 tells the truth, None says nothing, any other number is a lie."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Told", f"Content-Type: {type}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def says(*args: object, **kwargs: object) -> Answer:
    """Always this response."""
    data = http(*args, **kwargs)  # type: ignore[arg-type]

    async def answer(asked: Asked) -> None:
        await asked.send(data)

    return answer


def raw(data: bytes, *, then: Literal["close", "reset", "hang"] = "close") -> Answer:
    """These bytes, then the end."""

    async def answer(asked: Asked) -> None:
        await asked.send(data)
        if then == "hang":
            await asyncio.sleep(30)
        elif then == "reset":
            await asyncio.sleep(0.05)
            asked.reset()
        else:
            asked.writer.close()

    return answer


def in_turn(*answers: Answer, every: Answer | None = None) -> Answer:
    """The first answer to the first question of a night, and so on; then `every`, or the last one."""

    async def answer(asked: Asked) -> None:
        chosen = answers[asked.count - 1] if asked.count <= len(answers) else every or answers[-1]
        await chosen(asked)

    return answer


def by_night(first: Answer, second: Answer) -> Answer:
    async def answer(asked: Asked) -> None:
        await (first if asked.night == 1 else second)(asked)

    return answer


def article(name: str, *, extra: str = "", charset: str = "utf-8") -> str:
    """A good page of a town's report, its text told apart by `name`."""
    paragraphs = "".join(
        f"<p>{number}、{name}镇人民政府认真贯彻落实《中华人民共和国政府信息公开条例》，"
        f"围绕中心工作，不断加强政府信息公开工作，主动公开政府信息{number}条，回应社会关切。</p>"
        for number in range(1, 9)
    )
    return (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{name}镇2024年政府信息公开工作年度报告</title>'
        f'<meta name="ArticleTitle" content="{name}镇2024年政府信息公开工作年度报告">'
        f'<meta name="PubDate" content="2025-01-20 10:00"></head><body>'
        f"<h1>{name}镇2024年政府信息公开工作年度报告</h1><div>发布时间：2025-01-20 浏览次数：{extra or 17}</div>"
        f'<div id="zoom">{paragraphs}</div></body></html>'
    )


def listing(*links: tuple[str, str], more: str = "") -> str:
    rows = "".join(
        f'<li><a href="{href}" title="{title}">{title}</a><span>2025-01-20</span></li>' for href, title in links
    )
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>政府信息公开年报</title></head>'
        f'<body><div class="list"><ul>{rows}</ul></div>{more}</body></html>'
    )


def small(text: str, *, title: str = "提示") -> str:
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><p>{text}</p></body></html>"


#: The page every fault's listing leads to, and its title there.
PAGE = "/nb/art_2025_1001.html"
TITLE = "某镇2024年政府信息公开工作年度报告"

GOOD = article("清河")


# --- the servers


class Portal:
    """One fault, served. `log` holds the paths asked, in order."""

    def __init__(self, fault: Fault, trust: Trust) -> None:
        self.fault = fault
        self.night = 1
        self.log: list[str] = []
        self._counts: Counter[str] = Counter()
        self._trust = trust
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def served(self):
        context = self._trust.server(self.fault.certificate) if self.fault.certificate else None
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{port}"
        if not self.fault.listens:
            server.close()
        try:
            yield self
        finally:
            server.close()
            # A transport that the loop's end finds half closed would be blamed on whichever test runs next.
            for writer in self._writers:
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()

    def next_night(self) -> None:
        self.night += 1
        self._counts.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                path = head[0].split(" ")[1]
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                self.log.append(path)
                self._counts[path] += 1
                count = self._counts[path]
                await self._answer(Asked(path=path, headers=headers, writer=writer, count=count, night=self.night))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked) -> None:
        fault = self.fault
        answers = {
            "/": says(small("某镇人民政府", title="某镇人民政府")),
            "/robots.txt": fault.robots or says("", 404),
            "/nb/": fault.listing or says(listing((PAGE, TITLE))),
            PAGE: fault.page,
            **fault.extra,
        }
        await answers.get(asked.path, says(small("404", title="404"), 404))(asked)

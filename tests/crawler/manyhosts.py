"""Many small portals on this machine's loopback addresses, one port, one log that proves how they were asked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.hosts import Asked, addresses
from tests.replicas.base import Document, article, foot, head, missing

COLUMN = "/zwgk/zfxxgknb/"
_DIGITS = "〇一二三四五六七八九"


def documents(number: int, count: int) -> list[Document]:
    """The reports of one portal. Every third portal publishes those of the same town: one text, many addresses."""
    name = "云溪镇" if number % 3 == 0 else "".join(_DIGITS[int(digit)] for digit in str(number)) + "里镇"
    return [
        Document(1000 + year, f"{year}年清河县{name}政府信息公开工作年度报告", name, year, date(year + 1, 1, 20))
        for year in range(2023, 2023 - count, -1)
    ]


class ManyHosts:
    """`count` portals of `reports` reports each, every answer taking `seconds`. `log` is in the order of the answers;
    `on_request` is called with the number of each request, from 1, before it is answered."""

    def __init__(
        self, count: int, reports: int, *, seconds: float = 0.0, on_request: Callable[[int], None] = lambda number: None
    ) -> None:
        self.names = addresses(count)
        self.log: list[Asked] = []
        self.paths: list[tuple[str, str]] = []
        self.on_request = on_request
        self._reports = reports
        self._seconds = seconds
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        first = await asyncio.start_server(self._connected, self.names[0], 0)
        self.port = first.sockets[0].getsockname()[1]
        rest = [await asyncio.start_server(self._connected, name, self.port) for name in self.names[1:]]
        self._servers = [first, *rest]

    async def _close(self) -> None:
        """Nobody is cancelled: a connection that was being accepted would leave its socket open."""
        for server in self._servers:
            server.close()
        mine = asyncio.current_task()
        while waiting := [task for task in asyncio.all_tasks() if task is not mine]:
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.wait(waiting, timeout=0.02)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        host = writer.get_extra_info("sockname")[0]
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = request.split(" ", 2)[1]
                began = time.monotonic()
                self.paths.append((host, path))
                self.on_request(len(self.paths))
                await asyncio.sleep(self._seconds)
                status, headers, body = self._answer(host, path)
                # Logged before the answer is out: what the client does next may come sooner than we go on.
                self.log.append(Asked(host, began, time.monotonic()))
                lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items())]
                writer.write(("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])).encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self, host: str, path: str) -> tuple[int, dict[str, str], bytes]:
        number = self.names.index(host)
        found = documents(number, self._reports)
        if path == COLUMN:
            rows = "".join(
                f'<tr><td><a href="content/{document.number}.html">{document.title}</a></td>'
                f"<td>{document.day:%Y.%m.%d}</td></tr>"
                for document in found
            )
            text = f"{head('年报', column='政府信息公开年报')}<body><table>{rows}</table>{foot()}</body></html>"
            return 200, {"Content-Type": "text/html; charset=utf-8"}, text.encode()
        for document in found:
            if path == f"{COLUMN}content/{document.number}.html":
                return article(document, '<div class="article-content">')
        return missing()

    def write_portals(self, folder: Path) -> list[str]:
        """A portal file for each host; gives their ids."""
        folder.mkdir(parents=True, exist_ok=True)
        ids = []
        for number, name in enumerate(self.names):
            ids.append(f"h{number:04d}")
            base = f"http://{name}:{self.port}"
            (folder / f"{ids[-1]}.toml").write_text(
                f'id = "{ids[-1]}"\nname = "第{number}门户"\nhome = "{base}/"\nfamily = "static"\n'
                'region_code = "999999"\nprovince = "示例省"\nverified = 2026-01-01\n\n[[section]]\nkey = "nb"\n'
                f'name = "年报"\nurl = "{base}{COLUMN}"\n',
                encoding="utf-8",
            )
        return ids

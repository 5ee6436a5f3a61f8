"""Heavy documents are converted and read outside of the event loop."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.store.model import Exchange
from crawler import apart, conversions, convert, documents
from crawler.apart import Apart
from crawler.config import parse_config
from crawler.documents import is_heavy, lay_down, read_document
from crawler.fetch import Fetcher
from sites.errors import Unreadable
from sites.model import Request
from tests.sites.formats.paper import one_page, stream

FONT = b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
PDF = one_page(stream(b"BT /F 12 Tf 72 700 Td (annual report) Tj ET"), FONT)
WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le") + bytes(600)


@pytest.fixture(autouse=True)
def nothing_laid_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_laid_down", type(documents._laid_down)())
    monkeypatch.setattr(conversions, "_laid_down", {})


def answer(body: bytes, name: str = "a.doc") -> Exchange:
    return Exchange(
        url=f"http://www.example.gov.cn/{name}",
        method="GET",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        http_version="HTTP/1.1",
        headers=(),
        body=body,
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A converter that writes its process id into `began` and waits until `go` is there."""
    program = tmp_path / "catdoc"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -V ] && exit 0\necho $$ > {tmp_path}/began.part; mv {tmp_path}/began.part {tmp_path}/began\n'
        f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done\necho 本年新收政府信息公开申请\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setattr(convert, "_CONVERTERS", tuple(c for c in convert._CONVERTERS if c.name == "catdoc"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_slow_converter_holds_up_no_other_host(converter: Path):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        (converter / "go").touch()  # only an answered request lets the converter end
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    heavy = Apart()
    config = parse_config("[crawl]\ndelay_seconds = 0.0\n")
    async with server, Fetcher(config, loopback_allowed=True) as fetcher:
        converting = asyncio.create_task(heavy.prepare(answer(WORD)))
        await until((converter / "began").exists)
        (other,) = await fetcher.fetch(Request(url=f"http://127.0.0.1:{port}/"))
        await converting
    assert other.body == b"ok"
    readable = conversions.make_readable(answer(WORD))
    assert readable.conversion is not None
    assert "本年新收" in readable.exchange.body.decode()
    heavy.close()


async def test_a_crawl_that_is_told_to_stop_ends_the_converter(converter: Path):
    converting = asyncio.create_task(Apart().prepare(answer(WORD)))
    await until((converter / "began").exists)
    converting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await converting
    process = int((converter / "began").read_text())
    await until(lambda: not Path(f"/proc/{process}").exists())


async def test_a_pdf_is_read_in_a_process_of_its_own_and_only_once(monkeypatch: pytest.MonkeyPatch):
    heavy = Apart()
    await heavy.prepare(answer(PDF, "a.pdf"))
    monkeypatch.setattr(documents.formats, "read", None)  # from here on nothing is read any more
    assert "annual report" in read_document(PDF).text
    reading = next(iter(heavy._pool._processes.values()))  # type: ignore[union-attr]
    heavy.close()
    await until(lambda: not reading.is_alive())


async def test_a_document_that_takes_too_long_or_kills_its_reader_is_unreadable(monkeypatch: pytest.MonkeyPatch):
    heavy = Apart(seconds=0.0)
    await heavy.prepare(answer(PDF, "a.pdf"))
    with pytest.raises(Unreadable, match="took longer"):
        read_document(PDF)
    monkeypatch.setattr(apart, "_read", _die)
    heavy = Apart()
    await heavy.prepare(answer(PDF, "a.pdf"))
    with pytest.raises(Unreadable, match="ended the process"):
        read_document(PDF)


def _die(*_: object) -> None:
    os._exit(1)


async def test_pages_and_small_files_are_left_where_they_are():
    heavy = Apart()
    await heavy.prepare(answer(b"<html><body>a</body></html>", "a.html"))
    assert heavy._pool is None
    assert not is_heavy(b"PK", "docx")
    assert is_heavy(bytes(400_000), "docx")
    assert is_heavy(b"", "png")


def test_only_the_newest_documents_stay_laid_down():
    for number in range(20):
        lay_down(b"%d" % number, Unreadable("said before", evidence=str(number)))
    with pytest.raises(Unreadable, match="no known format"):
        read_document(b"0")
    with pytest.raises(Unreadable, match="said before"):
        read_document(b"19")

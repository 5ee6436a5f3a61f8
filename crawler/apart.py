"""Documents that take seconds to convert or read (Word, PDF, pictures) are taken out of the event loop: converters
wait in a thread, reading happens in a process of its own. Other hosts are asked meanwhile, and a crawl that is told
to stop does not wait for them.

What comes of it is laid down for `crawler.read` and `crawler.conversions`, which find it when the step is made.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from archive.store.model import Exchange
from crawler import conversions, convert, documents, offspring
from sites import formats
from sites.errors import SiteError, Unreadable
from sites.model import Extracted

#: Seconds that reading one document may take: a scan of 60 pages takes 40 with OCR.
READING_SECONDS: Final = 180.0


class Apart:
    """Reads heavy documents elsewhere. One for a run; the reading process begins with the first document."""

    def __init__(self, seconds: float = READING_SECONDS) -> None:
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()

    async def prepare(self, exchange: Exchange, name: str = "") -> None:
        """Convert and read a document now, so that the step that keeps it finds it read. Pages are left alone."""
        if exchange.status != 200:
            return
        kind = formats.sniff(exchange.body, name or urlsplit(exchange.url).path)
        if kind in convert.CONVERTIBLE:
            errand = convert.Errand()
            try:
                made = await asyncio.to_thread(convert.convert, exchange.body, kind, errand)
            except asyncio.CancelledError:
                errand.give_up()
                raise
            except convert.ConversionError:
                return  # told when the step asks for the conversion itself
            conversions.lay_down(exchange.body, made)
            if documents.is_heavy(made.body, formats.sniff(made.body) or "text"):
                await self._read(made.body, made.media_type, "", exchange.url)
        elif documents.is_heavy(exchange.body, kind):
            await self._read(exchange.body, exchange.header("content-type").lower(), name, exchange.url)

    async def _read(self, body: bytes, media_type: str, name: str, url: str) -> None:
        async with self._turn:  # one document at a time bounds the memory
            try:
                documents.lay_down(body, await self._elsewhere(body, media_type, name, url))
            except SiteError as error:
                documents.lay_down(body, error)

    async def _elsewhere(self, body: bytes, media_type: str, name: str, url: str) -> Extracted:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn"), initializer=offspring.begin
            )
        reading = self._pool.submit(_read, body, media_type, name, url)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(reading), self._seconds)
        except TimeoutError as error:
            self.close()
            raise Unreadable(
                f"reading the document took longer than {self._seconds:.0f} s; kept all the same"
            ) from error
        except BrokenProcessPool as error:
            self.close()
            raise Unreadable("the document ended the process that read it; kept all the same") from error
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """End the reading process, whatever it is doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                with suppress(ProcessLookupError):
                    process.kill()


def _read(body: bytes, media_type: str, name: str, url: str) -> Extracted:
    return formats.read(body, media_type=media_type, name=name, url=url)

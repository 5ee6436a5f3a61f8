"""The contenders of `compare.py`, each as somebody would write it in an hour, run in an environment of their own.

    python benchmarks/contenders.py {scrapy-trafilatura|scrapy-parsel|httpx-selectolax} URL DATABASE

All take the same listings and store title, date and text in SQLite, texts once by their hash. None keeps a
WARC, versions, reads a form, audits or indexes: that is gongkai's extra load, not theirs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from urllib.parse import urljoin

ARTICLE = re.compile(r'href="(/art/[^"]+)"')
COLUMN = re.compile(r"columnid:(\d+).*?unitid:'(\d+)'", re.S)
TOTAL = re.compile(r"totalRecord:(\d+)")
GROUP = 45
CONNECTIONS = 16


class Store:
    """Pages and texts in SQLite, committed every 200 pages."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path)
        self.db.executescript(
            "pragma journal_mode=wal; pragma synchronous=normal;"
            "create table pages(url text primary key, title text, date text, hash text);"
            "create table texts(hash text primary key, text text)"
        )
        self.count = 0

    def add(self, url: str, title: str | None, date: str | None, text: str | None) -> None:
        digest = hashlib.sha256(re.sub(r"\s", "", text or "").encode()).hexdigest()
        self.db.execute("insert or replace into pages values (?, ?, ?, ?)", (url, title, date, digest))
        self.db.execute("insert or ignore into texts values (?, ?)", (digest, text))
        self.count += 1
        if self.count % 200 == 0:
            self.db.commit()

    def close(self) -> None:
        self.db.commit()
        self.db.close()


def columns(base: str) -> list[str]:
    """The column pages, as the portal's plan names them."""
    import urllib.request

    with urllib.request.urlopen(base + "columns.json") as answer:
        return [urljoin(base, path) for path in json.load(answer)]


def more_groups(base: str, page: str) -> Iterator[str]:
    """The data proxy's addresses for the records a column page does not hold."""
    found, total = COLUMN.search(page), TOTAL.search(page)
    if found and total:
        for first in range(GROUP + 1, int(total[1]) + 1, GROUP):
            yield (
                f"{base}module/web/jpage/dataproxy.jsp?startrecord={first}&endrecord={first + GROUP - 1}"
                f"&perpage=15&columnid={found[1]}&unitid={found[2]}"
            )


def run_scrapy(mode: str, base: str, store: Store) -> None:
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Portal(scrapy.Spider):
        name = "portal"
        start_urls = columns(base)

        def parse(self, response: scrapy.http.Response) -> Iterator[scrapy.Request]:
            for address in more_groups(base, response.text):
                yield scrapy.Request(address, callback=self.listed)
            yield from self.listed(response)

        def listed(self, response: scrapy.http.Response) -> Iterator[scrapy.Request]:
            text = response.text
            records = text[text.find("<recordset>") :]
            for path in ARTICLE.findall(records):
                if "_1229_" not in path:
                    yield scrapy.Request(urljoin(base, path), callback=self.article)

        def article(self, response: scrapy.http.Response) -> None:
            if mode == "scrapy-trafilatura":
                import trafilatura

                found = trafilatura.bare_extraction(response.text, with_metadata=True)
                store.add(response.url, *((found.title, found.date, found.text) if found else (None, None, None)))
                return
            lines = []
            for block in response.css("#zoom > *"):
                if block.root.tag == "table":
                    for row in block.css("tr"):
                        cells = ("".join(cell.css("::text").getall()).strip() for cell in row.xpath("./td"))
                        lines.append("\t".join(cells))
                else:
                    line = "".join(block.css("::text").getall()).strip()
                    if line:
                        lines.append(line)
            title = response.css('meta[name="ArticleTitle"]::attr(content)').get()
            date = response.css('meta[name="PubDate"]::attr(content)').get()
            store.add(response.url, title, date, "\n".join(lines))

    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "ROBOTSTXT_OBEY": False,
            "CONCURRENT_REQUESTS": CONNECTIONS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": CONNECTIONS,
            "DOWNLOAD_DELAY": 0,
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
        }
    )
    process.crawl(Portal)
    process.start()


async def run_httpx(base: str, store: Store) -> None:
    import httpx
    from selectolax.lexbor import LexborHTMLParser

    queue: asyncio.Queue[str] = asyncio.Queue()
    for address in columns(base):
        queue.put_nowait(address)

    async def work(client: httpx.AsyncClient) -> None:
        while True:
            address = await queue.get()
            body = (await client.get(address)).content
            if "/art/" in address:
                tree = LexborHTMLParser(body)
                title = tree.css_first('meta[name="ArticleTitle"]')
                date = tree.css_first('meta[name="PubDate"]')
                zoom = tree.css_first("#zoom")
                store.add(
                    address,
                    title.attributes.get("content") if title else None,
                    date.attributes.get("content") if date else None,
                    zoom.text(separator="\n", strip=True) if zoom else "",
                )
            else:
                text = body.decode()
                if "/col/" in address:
                    for more in more_groups(base, text):
                        queue.put_nowait(more)
                for path in ARTICLE.findall(text[text.find("<recordset>") :]):
                    if "_1229_" not in path:
                        queue.put_nowait(urljoin(base, path))
            queue.task_done()

    limits = httpx.Limits(max_connections=4, max_keepalive_connections=4)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:
        workers = [asyncio.create_task(work(client)) for _ in range(4)]
        await queue.join()
        for worker in workers:
            worker.cancel()


def main() -> None:
    mode, base, database = sys.argv[1:]
    store = Store(database)
    if mode == "httpx-selectolax":
        asyncio.run(run_httpx(base, store))
    else:
        run_scrapy(mode, base, store)
    store.close()
    print(json.dumps({"pages": store.count}))


if __name__ == "__main__":
    main()

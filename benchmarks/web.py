"""How fast the pages are over an archive of many reports.

    python benchmarks/web.py [--reports 100000] [--folder DIR]

Writes a made-up archive (bodies in counties, ten years each, texts, findings, totals of table 三) straight into the
schema, then asks every page type twenty times through the whole ASGI stack and prints the median beside its target
(milliseconds of server time, warm; issue 5).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from archive.reports import form
from archive.store import search
from archive.store.archive import Archive
from archive.web.serve import build_datasette

YEARS = range(2014, 2024)
WORDS = (
    "主动公开",
    "政务新媒体",
    "依申请公开",
    "规范性文件",
    "解读",
    "政民互动",
    "信访",
    "营商环境",
    "公共服务",
    "乡村振兴",
)
RULES = ("T3-ID", "T3-RES", "T3-ROW", "T4-SUM", "Y-CARRY")


def fill(path: Path, reports: int) -> None:
    """Write the archive; bounded in memory."""
    with Archive.open(path):
        pass
    chance = random.Random(7)
    connection = sqlite3.connect(path, isolation_level=None)
    search.register(connection)
    connection.execute("pragma synchronous = off")
    connection.execute("begin")

    def insert(table: str, **values: object) -> None:
        names = ", ".join(values)
        connection.execute(
            f"insert into {table} ({names}) values ({', '.join('?' for _ in values)})", list(values.values())
        )

    insert(
        "sites",
        id="big",
        name="大",
        home="http://www.example.gov.cn/",
        family="static",
        site_id_code="",
        region_code="33",
        province="浙江省",
        city="",
        county="",
        verified="2026-01-01",
        tls="strict",
        verify=1,
        why="",
        hosts="[]",
    )
    insert(
        "sections",
        id="big/a",
        site="big",
        key="a",
        name="年报",
        url="http://www.example.gov.cn/a",
        family="static",
        body="",
        region_code="33",
        min_refs=1,
        max_pages=1,
        encoding="",
        options="{}",
        rules="[]",
    )
    insert(
        "runs",
        kind="crawl",
        scope="",
        software="",
        reader_version="1",
        started_at="2026-01-10T18:00:00Z",
        finished_at="2026-01-10T20:00:00Z",
    )
    number = 0
    while number < reports:
        town = number // len(YEARS)
        county = town // 20
        body, name = f"b{town:012x}", f"{chr(0x4E00 + town % 2000)}{chr(0x5E00 + town // 2000)}镇"
        insert(
            "bodies",
            id=body,
            name=name,
            level="town",
            region_code=f"{330000 + county}",
            province="浙江省",
            city=f"第{county // 10}市",
            county=f"第{county}县",
        )
        for year in YEARS:
            number += 1
            url, digest = f"http://www.example.gov.cn/{number}.html", f"sha256:{number:064x}"
            text = (
                f"{year}年{name}"
                + "。".join(f"{chance.choice(WORDS)}{chance.randint(0, 999)}件" for _ in range(60))
                + ("行政复议、行政诉讼情况：结果维持0件。" if number % 4 else "")
            )
            title = f"{year}年{name}政府信息公开工作年度报告"
            published = f"{year + 1}-01-{number % 28 + 1:02d}T10:00:00+08:00"
            seen = f"2026-01-{number % 28 + 1:02d}T18:00:00.{number % 1000000:06d}Z"
            insert(
                "captures",
                id=number,
                url=url,
                method="GET",
                fetched_at=seen,
                status=200,
                media_type="text/html",
                payload_digest=f"sha1:{number}",
                payload_length=60000,
                warc_file="a.warc.gz",
                warc_offset=0,
                warc_length=1,
                record_id=f"r{number}",
                etag="",
                last_modified="",
                tls_verified=1,
                truncated=0,
                run=1,
                site="big",
            )
            insert(
                "documents",
                id=number,
                text_digest=digest,
                title=title,
                chars=len(text),
                url=url,
                issuer=name,
                published_at=published,
                media_type="text/html",
                flags="[]",
                provenance="{}",
                reader_version="1",
            )
            insert("document_texts", id=number, text_digest=digest, text=text)
            insert(
                "pages",
                url=url,
                site="big",
                section="big/a",
                title=title,
                issuer=name,
                published_at=published,
                breadcrumb="[]",
                provenance="{}",
                media_type="text/html",
                flags="[]",
                state="present",
                absent_nights=0,
                first_seen_at=seen,
                last_seen_at=seen,
                last_fetched_at=seen,
                text_digest=digest,
                capture=number,
                family="static",
                reader_version="1",
            )
            insert(
                "versions", page=url, from_at=seen, to_at=seen, text_digest=digest, capture=number, reader_version="1"
            )
            insert(
                "reports",
                id=number,
                page=url,
                text_digest=digest,
                capture=number,
                kind="report",
                score=9.0,
                reasons="[]",
                body=body,
                body_name=name,
                body_source="section",
                year=year,
                year_source="title",
                title=title,
                regime="R2021",
                edition="",
                standing="chosen",
                scope="own",
                tables_status="complete",
                notes="[]",
                family="static",
                reader_version="1",
            )
            connection.executemany(
                "insert into cells values (?, 't3', ?, 'total', ?, ?, '件', 'given', 1.0, '', null)",
                [(number, row, "3", 3.0) for row in form.t3_order("R2021")],
            )
            connection.executemany(
                "insert into findings values (?, ?, ?, 'E', ?, 'total', 'theirs', '3', '4', '[]', '')",
                [
                    (number, place, rule, "FAIL" if chance.random() < 0.02 else "PASS")
                    for place, rule in enumerate(RULES)
                ],
            )
            if number >= reports:
                break
    connection.execute("commit")
    connection.execute("analyze")
    connection.close()


async def measure(path: Path, rounds: int) -> None:
    """Ask every page type and print medians."""
    datasette = build_datasette(path)
    await datasette.invoke_startup()
    body = f"b{7:012x}"
    table = "/archive/documents?_search=复议&_facet=disclosure_mode&_facet=issuer&_facet=media_type"
    asked = [
        ("front", "/", 100),
        ("report", f"/report/{body}/2020", 100),
        ("body", f"/body/{body}", 100),
        ("search, common word", "/search?q=复议", 200),
        ("search, one town", f"/search?q={chr(0x4E07)}{chr(0x5E00)}镇", 200),
        ("search, one character", "/search?q=维", 200),
        ("search with facet", "/search?q=信访&year=2020", 200),
        ("coverage", "/coverage", 300),
        ("coverage of a county", "/coverage?place=第3县", 300),
        ("audit", "/audit", 300),
        ("audit by rule", "/audit?rule=T3-ID", 300),
        ("changes", "/changes", 300),
        ("bodies", "/bodies", 300),
        ("status", "/status", 300),
        ("table, search, three facets", table, 1000),
    ]
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
        for name, address, target in asked:
            spent, size, status = [], 0, 0
            for _ in range(rounds + 1):
                begun = time.perf_counter()
                answer = await client.get(address)
                spent.append((time.perf_counter() - begun) * 1000)
                size, status = len(answer.content), answer.status_code
            median = statistics.median(spent[1:])
            verdict = "PASS" if status == 200 and median <= target and size <= 300_000 else "MISS"
            print(f"{verdict}  {name:30} {median:8.1f} ms  (target {target})  {size / 1000:7.1f} KB  HTTP {status}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keep the archive here and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = (options.folder or Path(temporary)) / "archive.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            begun = time.perf_counter()
            fill(path, options.reports)
            spent, size = time.perf_counter() - begun, path.stat().st_size / 1e6
            print(f"{options.reports} reports written in {spent:.0f} s, {size:.0f} MB")
        asyncio.run(measure(path, options.rounds))


if __name__ == "__main__":
    main()

"""A made-up archive of any size, written as a crawl writes one: through the store's own functions.

Bodies (towns, streets, departments) in counties, reports for the years 2014 to 2024, edited pages with their versions,
papers that are no reports, the nights' complete listings. What a report says in its tables (cells, findings, sections)
was read by the real reader from a pool of pages of the generator in `pages.py`; texts are copied boilerplate with the
statutory tables' words, and sentences of a Zipf vocabulary. Deterministic; memory does not grow.

Two sizes: `FULL` as real reports are (1,600 characters or 5 KB, 125 cells, 34 findings a document) and `SMALL` for a
million on a small machine (650 characters or 2 KB, 35 cells, 11 findings). WARC records are written on demand only:
without them a capture is a row that points at nothing.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from archive.reports.model import Body, Finding, Report
from archive.store import captures, states, warc
from archive.store import pages as store_pages
from archive.store.archive import Archive
from archive.store.model import Exchange, Reading, Run
from archive.store.times import stamp
from archive.store.upkeep import tend
from benchmarks import pages as portal
from crawler.library import Library
from crawler.read import read
from sites.model import Claim, Extracted, Metadata, PageRef, Section, SiteSpec

YEARS = range(2014, 2025)
#: Bodies of one county, which has one portal with one column for all of them.
COUNTY = 25
#: Counties that one night brings: some 11,000 documents.
COUNTIES_A_NIGHT = 36
#: One text in so many is an edited report, one a paper that is no report.
EDITED, OTHER = 25, 12
#: One report in so many fails a check.
FAILED = 30
BATCH = 500

_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 6000)]
_KINDS = ("镇", "乡", "街道", "镇", "局")
_LEVELS = {"镇": "town", "乡": "town", "街道": "street", "局": "department"}
_ZIPF_WORDS = 30_000
_SOURCE_PAGES = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a document says: words of its own, characters of copied text, the columns of tables and the share of
    findings that are kept (one in so many)."""

    words: int
    boilerplate: int
    columns: frozenset[str] | None
    findings: int


FULL = Size(words=470, boilerplate=450, columns=None, findings=1)
SMALL = Size(words=200, boilerplate=150, columns=frozenset({"total", "count"}), findings=3)


@dataclass(frozen=True, slots=True)
class Place:
    """A county: its portal and its column."""

    spec: SiteSpec
    section: Section


@dataclass(frozen=True, slots=True)
class Paper:
    """One text of one page, ready to be written."""

    exchange: Exchange
    section: Section
    extracted: Extracted
    report: Report
    ref: PageRef


class Words:
    """Sentences of words whose frequency falls with their rank, as in real texts."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        weights = [1.0 / rank for rank in range(1, 6001)]
        drawn = chance.choices(_HAN, weights=weights, k=_ZIPF_WORDS * 3)
        self._words = [
            "".join(drawn[3 * number : 3 * number + (2 if number % 3 else 3)]) for number in range(_ZIPF_WORDS)
        ]
        self._sums = list(accumulate(1.0 / (rank + 2) for rank in range(_ZIPF_WORDS)))

    def word(self, rank: int) -> str:
        """The word of this rank, 0 the commonest."""
        return self._words[rank]

    def sentences(self, words: int) -> str:
        """So many words, a comma or full stop after every few."""
        total, draw, known, sums = self._sums[-1], self.chance.random, self._words, self._sums
        parts = [known[bisect(sums, draw() * total)] for _ in range(words)]
        parts[5::6] = [word + "，" for word in parts[5::6]]
        parts[17::18] = [word + "。\n" for word in parts[17::18]]
        return "".join(parts) + "。"


def words(seed: int = 7) -> Words:
    """The vocabulary that a maker of this seed writes with."""
    return Words(random.Random(seed))


def body_of(number: int) -> Body:
    """The body of that number; names are not unique in the country, as in life."""
    kind = _KINDS[number % len(_KINDS)]
    name = _HAN[number * 7919 % 5003] + _HAN[number * 104_729 % 4801] + kind
    code = f"{110000 + number // COUNTY}"
    return Body(name=name, raw=name, level=_LEVELS[kind], region_code=code, source="title")


class Maker:
    """Made-up papers one after another. The same seed makes the same archive."""

    def __init__(self, size: Size = FULL, seed: int = 7) -> None:
        self._size = size
        self._seed = seed
        self._chance = random.Random(seed)
        self.words = words(seed)
        self._pool = _pool(size)
        self._number = 0

    def county(self, number: int) -> Place:
        """The county of that number."""
        host = f"www.x{number:05d}.example.gov.cn"
        site = f"x{number:05d}"
        code = f"{110000 + number}"
        section = Section(
            site_id=site,
            key="nb",
            name="政府信息公开年报",
            url=f"http://{host}/col/col1/index.html",
            family="static",
            hosts=(host,),
            region_code=code,
        )
        province, city = f"第{number // 200}省", f"第{number // 10}市"
        spec = SiteSpec(
            id=site,
            name=f"第{number}县人民政府",
            home=f"http://{host}/",
            family="static",
            region_code=code,
            province=province,
            city=city,
            county=f"第{number}县",
            verified=date(2025, 1, 1),
            hosts=(host,),
            sections=(section,),
        )
        return Place(spec=spec, section=section)

    def papers(self, place: Place, county: int) -> Iterator[Paper]:
        """Everything a county's column carries, body by body; the same whatever was made before."""
        self._chance.seed(f"{self._seed} {county}")
        self.words.chance.seed(f"{self._seed} {county} words")
        self._number = county * 1000
        for number in range(county * COUNTY, (county + 1) * COUNTY):
            body = body_of(number)
            for year in YEARS:
                yield self._report(place, body, number, year, edit=False)
                if self._chance.randrange(EDITED) == 0:
                    yield self._report(place, body, number, year, edit=True)
                if self._chance.randrange(OTHER) == 0:
                    yield self._other(place, body, number, year)

    def _report(self, place: Place, body: Body, number: int, year: int, *, edit: bool) -> Paper:
        like = self._pool[year][self._chance.randrange(len(self._pool[year]))]
        title = f"{body.name}{year}年政府信息公开工作年度报告"
        said = self.words.sentences(self._size.words)
        own = f"{title}\n根据《中华人民共和国政府信息公开条例》，{body.name}编制本报告。\n{said}"
        text = f"{own}\n{like.text}" + ("\n本页已更正。" if edit else "")
        findings = like.report.findings
        if self._chance.randrange(FAILED) == 0:
            findings = _failing(findings, self._chance.randrange(max(1, len(findings))))
        first, *others = like.report.sections
        report = replace(
            like.report,
            title=title,
            year=year,
            body=body,
            findings=findings,
            sections=(replace(first, text=own), *others),
        )
        return self._paper(
            place, report, text, f"{number}_{year}", f"{year + 1}-{1 + number % 4:02d}-{1 + number % 28:02d}", late=edit
        )

    def _other(self, place: Place, body: Body, number: int, year: int) -> Paper:
        title = f"{body.name}{year}年政务公开工作要点"
        report = Report(kind="plan", score=-3.0, reasons=("title",), year=year, body=body, title=title)
        return self._paper(
            place,
            report,
            f"{title}\n{self.words.sentences(self._size.words * 3 // 2)}",
            f"{number}_{year}_p",
            f"{year}-05-06",
            late=False,
        )

    def _paper(self, place: Place, report: Report, text: str, name: str, day: str, *, late: bool) -> Paper:
        self._number += 1
        url = f"{place.spec.home}art/{name}.html"
        fetched = datetime(2025, 4, 1, 18, tzinfo=UTC) + timedelta(days=30 * late, milliseconds=self._number)
        html = f"<!doctype html><meta charset=utf-8><title>{report.title}</title><div class=article>{text}</div>"
        exchange = Exchange(
            url=url,
            method="GET",
            request_headers=(("User-Agent", "gongkai"),),
            request_body=b"",
            status=200,
            reason="OK",
            http_version="HTTP/1.1",
            headers=(("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{self._number:x}"')),
            body=html.encode(),
            fetched_at=fetched,
        )
        claims = (
            Claim(field="published_at", value=f"{day}T09:30:00+08:00", source="meta", label=""),
            Claim(field="issuer", value=report.body.name if report.body else "", source="meta", label=""),
        )
        extracted = Extracted(
            title=report.title, text=text, metadata=Metadata(claims=claims), breadcrumb=("首页", "政府信息公开年报")
        )
        return Paper(
            exchange,
            place.section,
            extracted,
            report,
            PageRef(url=url, title=report.title, listed_on=date.fromisoformat(day)),
        )


@dataclass(frozen=True, slots=True)
class _Like:
    report: Report
    text: str


def _pool(size: Size) -> dict[int, list[_Like]]:
    """What the real reader makes of generated pages, by year."""
    found: dict[int, list[_Like]] = {year: [] for year in YEARS}
    families = Library.load().families
    for made in portal.pages(_SOURCE_PAGES):
        exchange = Exchange(
            url=f"http://www.example.gov.cn{made.article.path}",
            method="GET",
            request_headers=(),
            request_body=b"",
            status=200,
            reason="OK",
            http_version="HTTP/1.1",
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            body=made.html,
            fetched_at=datetime(2025, 4, 1, tzinfo=UTC),
        )
        reading = read(exchange, families=families)
        if reading.report.kind == "report" and reading.report.year in found:
            found[reading.report.year].append(
                _Like(_shortened(reading.report, size), reading.extracted.text[-size.boilerplate :])
            )
    return found


def _shortened(report: Report, size: Size) -> Report:
    sections, share = report.sections, size.boilerplate / sum(len(section.text) for section in report.sections)
    return replace(
        report,
        sections=tuple(replace(section, text=section.text[: int(len(section.text) * share)]) for section in sections),
        cells=tuple(cell for cell in report.cells if size.columns is None or cell.column in size.columns),
        findings=report.findings[:: size.findings],
    )


def _failing(findings: tuple[Finding, ...], place: int) -> tuple[Finding, ...]:
    if not findings:
        return findings
    chosen = replace(findings[place], verdict="FAIL", blame="theirs", expected="3", actual="4")
    return (*findings[:place], chosen, *findings[place + 1 :])


def write(
    archive: Archive,
    documents: int,
    maker: Maker,
    *,
    first_county: int = 0,
    warcs: bool = False,
    told: Callable[[int, float], None] = lambda written, cpu: None,
) -> int:
    """Write at least so many documents, in whole counties; gives the next county's number.

    `told` hears, after each batch, how many are written and the CPU seconds of the writing alone until then.
    """
    written, spent = 0, 0.0
    county = first_county
    run: Run | None = None
    tonight: list[Place] = []
    while written < documents:
        place = maker.county(county)
        begun = time.process_time()
        archive.put_sites([place.spec])
        run = run or archive.start_run("crawl", f"from {place.spec.id}")
        tonight.append(place)
        spent += time.process_time() - begun
        papers = maker.papers(place, county)
        while batch := list(islice(papers, BATCH)):
            begun = time.process_time()
            put(archive, batch, run, warcs=warcs)
            spent += time.process_time() - begun
            written += len(batch)
            told(written, spent)
        county += 1
        if len(tonight) == COUNTIES_A_NIGHT or written >= documents:
            begun = time.process_time()
            finish(archive, tonight, run)
            spent += time.process_time() - begun
            told(written, spent)
            run, tonight = None, []
    return county


def put(archive: Archive, papers: Sequence[Paper], run: Run, *, warcs: bool) -> None:
    """Answers and what they say in one step, as a crawl keeps them; without `warcs` as a restoration does."""
    with archive.step():
        for paper in papers:
            if warcs:
                _put_whole(archive, paper, run)
            else:
                _put_rows(archive, paper, run)


def _put_whole(archive: Archive, paper: Paper, run: Run) -> None:
    capture = archive.put_capture(paper.exchange, run=run, site_id=paper.section.site_id)
    archive.put_reading(
        capture=capture,
        url=paper.exchange.url,
        section=paper.section,
        extracted=paper.extracted,
        report=paper.report,
        family="static",
        ref=paper.ref,
        run=run,
    )


def _put_rows(archive: Archive, paper: Paper, run: Run) -> None:
    connection, exchange = archive.db.conn, paper.exchange
    place = warc.Place(
        file="none.warc.gz",
        offset=0,
        length=0,
        record_id=f"<urn:made-up:{exchange.fetched_at.isoformat()}>",
        payload_digest=warc.payload_digest(exchange.body),
    )
    capture = captures.insert_capture(
        connection, exchange, place, revisit_of=None, run=run.id, site=paper.section.site_id
    )
    store_pages.put_reading(
        connection,
        Reading(
            capture=capture,
            url=exchange.url,
            section=paper.section,
            extracted=paper.extracted,
            report=paper.report,
            family="static",
            ref=paper.ref,
            run=run.id,
        ),
    )


def finish(archive: Archive, places: Sequence[Place], run: Run) -> None:
    """The listings were read to their end; the run is counted and closed, and the archive tended."""
    at = stamp(datetime(2025, 4, 1, 18, tzinfo=UTC))
    with archive.step():
        for place in places:
            section = f"{place.spec.id}/{place.section.key}"
            states.settle_night(
                archive.db.conn,
                run.id,
                states.ListingNight(section=section, refs=COUNTY * len(YEARS), complete=True, missing=(), listed_at=at),
            )
    archive.finish_run(run)
    tend(archive)

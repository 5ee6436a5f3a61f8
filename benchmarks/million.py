"""How an archive grows to a million documents: what writing, searching, a night and every page cost on the way.

    python benchmarks/million.py --documents 1000000 --folder DIR [--size small|full] [--warcs] [--json FILE]

Writes a made-up archive (`madeup.py`) through the store's own functions and stops at 10⁴, 10⁵, 10⁶ … documents to
measure; prints a table of the curve with PASS or MISS for the targets of issue 7. A run that was interrupted goes on in
its folder, which keeps the CPU spent and the points measured (`spent.json`). Full size takes 31 KB a document on the
disk (WARCs apart), small 14 KB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from archive.store import finding
from archive.store.archive import Archive
from archive.store.catalogue import catalogue
from archive.store.files import pending_migrations, upgrade_schema
from archive.store.search import fts_query
from benchmarks import madeup, web
from benchmarks.ledger import Part, Size, at_most

SIZES = {"small": madeup.SMALL, "full": madeup.FULL}
#: A night's new and changed pages.
NIGHT = 5_000
#: Cost per document is told for windows of so many documents.
WINDOW = 10_000
#: Words of one and two characters, by rank among the vocabulary: from those in a tenth of the texts to rare ones.
RANKS = (*range(20, 200, 15), *range(200, 3000, 200), *range(3000, 30_000, 3000))

CPU_MS, RANKED_MS, COUNT_MS, PAGE_MS, NIGHT_SECONDS, GROWTH = 6.0, 300.0, 150.0, 1000.0, 120.0, 1.3


@dataclass(slots=True, kw_only=True)
class Point:
    """What was measured at one size. Milliseconds, megabytes, seconds."""

    documents: int
    cpu_ms_all: float
    cpu_ms_here: float
    database_mb: float
    index_mb: float
    rss_mb: float
    ranked_p95: float = 0.0
    ranked_p50: float = 0.0
    count_p95: float = 0.0
    count_p50: float = 0.0
    words: int = 0
    night_seconds: float = 0.0
    night_cpu: float = 0.0
    pages: dict[str, tuple[float, float]] = field(default_factory=dict)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


@dataclass(slots=True)
class Spent:
    """The CPU that writing took since the folder was begun, kept in it: an interrupted run goes on with its curve.
    `documents` are those whose writing was measured, `curve` their number and the CPU seconds, window by window."""

    file: Path | None = None
    documents: int = 0
    cpu: float = 0.0
    curve: list[tuple[int, float]] = field(default_factory=lambda: [(0, 0.0)])
    points: list[Point] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> Spent:
        """What the folder remembers."""
        found = cls(folder / "spent.json")
        if found.file is not None and found.file.exists():
            kept = json.loads(found.file.read_text("utf-8"))
            found.documents, found.cpu = kept["documents"], kept["cpu"]
            found.curve = [(documents, cpu) for documents, cpu in kept["curve"]]
            found.points = [Point(**point) for point in kept["points"]]
        return found

    def add(self, documents: int, cpu: float) -> None:
        """So many more documents took so much more CPU (none: a night's end)."""
        self.documents += documents
        self.cpu += cpu
        if self.documents - self.curve[-1][0] >= WINDOW:
            before, spent = self.curve[-1]
            each = (self.cpu - spent) * 1000 / (self.documents - before)
            self.curve.append((self.documents, self.cpu))
            print(f"{time.strftime('%H:%M:%S')} {self.documents:9} documents {each:6.2f} ms CPU each", flush=True)
        self.keep()

    def keep(self) -> None:
        """Write it down."""
        if self.file is not None:
            kept = {key: value for key, value in asdict(self).items() if key != "file"}
            part = self.file.with_suffix(".part")
            part.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            part.replace(self.file)

    def costs(self) -> tuple[float, float]:
        """CPU ms a document, over all and over the last windows (a tenth of all, one at least)."""
        if not self.documents:
            return 0.0, 0.0
        documents, spent = next(
            (point for point in reversed(self.curve) if point[0] <= self.documents * 0.9), self.curve[0]
        )
        return self.cpu * 1000 / self.documents, (self.cpu - spent) * 1000 / (self.documents - documents)


def grow(archive: Archive, maker: madeup.Maker, until: int, spent: Spent, *, warcs: bool) -> None:
    """Write until that many documents are there."""
    have = count(archive)
    last = (0, 0.0)

    def told(written: int, cpu: float) -> None:
        nonlocal last
        spent.add(written - last[0], cpu - last[1])
        last = written, cpu

    if have < until:
        (counties,) = archive.db.execute("select count(*) from sites").fetchone()
        madeup.write(archive, until - have, maker, first_county=counties, warcs=warcs, told=told)


def count(archive: Archive) -> int:
    """Documents in the archive."""
    (found,) = archive.db.execute("select count(*) from documents").fetchone()
    return int(found)


def searches(path: Path, vocabulary: madeup.Words, documents: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds of ranked searches and of counts, each once, warm, for words in under a tenth of the texts."""
    ranked, counted = [], []
    with Archive.read(path) as archive:
        connection = archive.db.conn
        known = catalogue(connection)
        for rank in RANKS:
            for query in (vocabulary.word(rank), f"{vocabulary.word(rank)} {vocabulary.word(rank // 2 + 9)}"):
                sql = "select count(*) from documents_fts where documents_fts match ?"
                (hits,) = connection.execute(sql, (fts_query(query),)).fetchone()
                if not 0 < hits < documents / 10:
                    continue
                begun = time.process_time()
                connection.execute(sql, (fts_query(query),)).fetchone()
                counted.append((time.process_time() - begun) * 1000)
                wanted = finding.Wanted(query=query, words=tuple(query.split()))
                begun = time.process_time()
                finding.find(connection, wanted, known)
                ranked.append((time.process_time() - begun) * 1000)
    return ranked, counted


def night(path: Path, maker: madeup.Maker, *, warcs: bool) -> tuple[float, float]:
    """Seconds and CPU seconds to write and index one more night's pages, with what a night's end does."""
    begun, cpu = time.perf_counter(), time.process_time()
    with Archive.open(path) as archive:
        (counties,) = archive.db.execute("select count(*) from sites").fetchone()
        made = time.process_time()
        batches: list[float] = []
        madeup.write(
            archive, NIGHT, maker, first_county=counties, warcs=warcs, told=lambda written, spent: batches.append(spent)
        )
        making = time.process_time() - made - batches[-1]
    return time.perf_counter() - begun - making, time.process_time() - cpu - making


def measured(path: Path, maker: madeup.Maker, costs: tuple[float, float], *, warcs: bool) -> Point:
    """Everything that is measured at one size."""
    with Archive.read(path) as archive:
        documents = count(archive)
        (index,) = archive.db.execute("select sum(length(block)) from documents_fts_data").fetchone()
    ranked, counted = searches(path, maker.words, documents)
    asked = [web.Asked(page.name, page.address, PAGE_MS) for page in web.pages_of(maker.words)]
    answers = asyncio.run(web.measure(path, asked, 3))
    seconds, cpu = night(path, maker, warcs=warcs)
    return Point(
        documents=documents,
        cpu_ms_all=costs[0],
        cpu_ms_here=costs[1],
        database_mb=path.stat().st_size / 1e6,
        index_mb=index / 1e6,
        rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        ranked_p95=percentile(ranked, 0.95),
        ranked_p50=percentile(ranked, 0.5),
        count_p95=percentile(counted, 0.95),
        count_p50=percentile(counted, 0.5),
        words=len(ranked),
        night_seconds=seconds,
        night_cpu=cpu,
        pages={answer.asked.name: (answer.first, answer.median) for answer in answers},
    )


def verdicts(points: list[Point]) -> list[tuple[str, str, str, str]]:
    """(target, wanted, measured, PASS or MISS) at the largest size."""
    last = points[-1]
    slowest = max(last.pages.items(), key=lambda item: item[1][1])
    found = [
        ("CPU of writing a document", CPU_MS, last.cpu_ms_all, "ms"),
        ("ranked search, 95th percentile", RANKED_MS, last.ranked_p95, "ms"),
        ("count, 95th percentile", COUNT_MS, last.count_p95, "ms"),
        (f"slowest page ({slowest[0]})", PAGE_MS, slowest[1][1], "ms"),
        (f"a night's {NIGHT} changes", NIGHT_SECONDS, last.night_seconds, "s"),
    ]
    if len(points) > 1 and points[-2].cpu_ms_all:
        found.append(
            ("CPU a document against a tenth of the size", GROWTH, last.cpu_ms_all / points[-2].cpu_ms_all, "×")
        )
    return [
        (name, f"≤ {wanted:g} {unit}", f"{value:.2f} {unit}", "PASS" if value <= wanted else "MISS")
        for name, wanted, value, unit in found
    ]


def run(size: Size) -> Part:
    """Writing and searching at a small size; a million documents by `python benchmarks/million.py` (docs/scale.md)."""
    documents = 2_000 if size.quick else 20_000
    maker = madeup.Maker(madeup.SMALL)
    with tempfile.TemporaryDirectory(prefix="million-", dir=size.folder) as folder:
        path = Path(folder) / "archive.db"
        with Archive.open(path) as archive:
            spent = Spent()
            grow(archive, maker, documents, spent, warcs=False)
        each, _ = spent.costs()
        ranked, counted = searches(path, maker.words, documents)
    at = f", at {documents:,} documents"
    rows = [
        at_most(f"CPU of writing a document{at}", each, CPU_MS, "ms"),
        at_most(f"ranked search, 95th percentile{at}", percentile(ranked, 0.95), RANKED_MS, "ms"),
        at_most(f"count, 95th percentile{at}", percentile(counted, 0.95), COUNT_MS, "ms"),
    ]
    lines = [f"{len(ranked)} words and pairs of words, CPU. The targets are for a million documents: see scale.md."]
    return Part(title="Writing and searching", lines=lines, rows=rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--warcs", action="store_true", help="write WARC records and the journal as well")
    parser.add_argument("--json", type=Path, help="write the points here")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / "archive.db"
    maker = madeup.Maker(SIZES[options.size])
    if path.exists() and pending_migrations(path):
        upgrade_schema(path, now=datetime.now(UTC))
    spent = Spent.of(options.folder)
    points = spent.points
    for stop in (10**power for power in range(4, 9)):
        if stop > options.documents or any(stop <= point.documents <= stop * 1.2 for point in points):
            continue
        with Archive.open(path) as archive:
            if count(archive) > stop * 1.2:
                continue
            grow(archive, maker, stop, spent, warcs=options.warcs)
        points.append(measured(path, maker, spent.costs(), warcs=options.warcs))
        spent.keep()
        print(json.dumps(asdict(points[-1]), ensure_ascii=False), flush=True)
        if options.json:
            options.json.write_text(
                json.dumps([asdict(point) for point in points], ensure_ascii=False, indent=1), "utf-8"
            )
    for name, wanted, value, verdict in verdicts(points) if points else ():
        print(f"{verdict}  {name:50} {value:>14}  (target {wanted})")


if __name__ == "__main__":
    main()

"""gongkai beside other ways to do it: same pages, same machine, in turn, several rounds.

    python benchmarks/run.py --only compare [-n 1000] [--rounds 3] [--long 2000]

The contenders come with the extra `bench`; those that are not installed are said to be absent.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
if not __package__:
    sys.path[0] = str(HERE.parent)  # not this folder: its statistics.py would hide the library's

from benchmarks import nginx, pipeline  # noqa: E402
from benchmarks.ledger import Part, Row, Size, at_least, at_most, median, spread  # noqa: E402

GONGKAI = "gongkai, whole pipeline"
HELPED = "gongkai with two reading processes"
TRAFILATURA = "Scrapy + trafilatura with metadata"
PARSEL = "Scrapy + parsel, blocks and tables walked"
BARE = "httpx + selectolax bare"
WGET = "wget"


@dataclass(frozen=True, slots=True)
class Run:
    """One contender's run: pages, wall seconds, CPU seconds, peak resident MB."""

    pages: int
    seconds: float
    cpu: float
    rss_mb: float

    @property
    def pages_per_second(self) -> float:
        return self.pages / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.pages


def timed(command: list[str], expected: int, *, count: bool = True) -> Run:
    """Run a command to its end; its last line of output is JSON with `pages` when `count`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=pipeline.as_installed())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{err.read().decode(errors='replace')[-2000:]}")
        done = expected
        if count:
            told = json.loads(out.read().splitlines()[-1])
            done = told["pages"] if isinstance(told, dict) else told[0]["pages"]
    if done != expected:
        raise SystemExit(f"{' '.join(command)} stored {done} pages of {expected}")
    return Run(done, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def contenders() -> tuple[dict[str, str], list[str]]:
    """The contenders that can run here, by name and mode; and those that cannot."""
    wanted = {
        BARE: ("httpx-selectolax", ("httpx", "selectolax")),
        PARSEL: ("scrapy-parsel", ("scrapy", "parsel")),
        TRAFILATURA: ("scrapy-trafilatura", ("scrapy", "trafilatura")),
    }
    here = {name: mode for name, (mode, needs) in wanted.items() if all(map(importlib.util.find_spec, needs))}
    absent = [name for name in wanted if name not in here]
    if shutil.which("wget") is None:
        absent.append(WGET)
    return here, absent


def one_round(size: Size, portal: Path, here: dict[str, str]) -> dict[str, Run]:
    """Everybody once, in turn, each into a fresh place."""
    found: dict[str, Run] = {}
    count = size.pages
    with pipeline.served(portal) as url, tempfile.TemporaryDirectory(prefix="work-", dir=size.folder) as work:
        place = Path(work)
        own = [sys.executable, str(HERE / "pipeline.py"), "--child"]
        plan = {
            GONGKAI: [*own, str(place / "alone"), str(portal), url],
            HELPED: [*own, str(place / "helped"), str(portal), url, "--processes", "2"],
        }
        for name, mode in here.items():
            plan[name] = [sys.executable, str(HERE / "contenders.py"), mode, url, str(place / f"{mode}.db")]
        for name, command in plan.items():
            found[name] = timed(command, count)
            print(f"  {name}: {found[name].pages_per_second:.0f} pages/s, {found[name].cpu_ms:.1f} ms", file=sys.stderr)
        wget = shutil.which("wget")
        if wget:
            urls = place / "urls.txt"
            index = json.loads((portal / "index.json").read_text("utf-8"))
            urls.write_text("\n".join(url.rstrip("/") + path for path in index["places"]), encoding="utf-8")
            command = [wget, "-q", "-i", str(urls), "-O", str(place / "wget.out")]
            found[WGET] = timed(command, count, count=False)
    return found


def verdicts(rounds: dict[str, list[Run]], long_run: dict[str, object]) -> list[Row]:
    """Ratios are medians of those within each round. Pages a second are judged with the two reading processes that
    `config.toml` names for hosts which answer faster than one core reads, CPU and memory with none."""

    def ratio(one: str, other: str, name: str) -> float:
        pairs = zip(rounds[one], rounds[other], strict=True)
        return median(float(getattr(a, name)) / float(getattr(b, name)) for a, b in pairs)

    def speed(other: str) -> float:
        return ratio(HELPED, other, "pages_per_second")

    def alone(other: str, *, turned: bool = False) -> str:
        found = ratio(GONGKAI, other, "pages_per_second")
        return f"; {1 / found if turned else found:.2f} × without reading processes"

    told: list[Row] = []
    names = {TRAFILATURA: "at least 5 ×", PARSEL: "at least 1.5 ×", BARE: "at most 3 ×"}
    for name, wanted in names.items():
        if name not in rounds:
            told.append(Row(target=f"pages/s against {name}", wanted=wanted, measured="absent", held=None))
    if TRAFILATURA in rounds:
        row = at_least("pages/s against Scrapy + trafilatura", speed(TRAFILATURA), 5, "×", 2)
        told.append(replace(row, measured=row.measured + alone(TRAFILATURA)))
        cheaper = ratio(GONGKAI, TRAFILATURA, "cpu_ms")
        told.append(at_most("CPU a page against Scrapy + trafilatura", cheaper, 0.25, "×", 2))
    if PARSEL in rounds:
        row = at_least("pages/s against Scrapy + parsel", speed(PARSEL), 1.5, "×", 2)
        told.append(replace(row, measured=row.measured + alone(PARSEL)))
    if BARE in rounds:
        row = at_most("bare httpx + selectolax is faster by", 1 / speed(BARE), 3, "×", 2)
        told.append(replace(row, measured=row.measured + alone(BARE, turned=True)))
    told.append(
        at_most(
            f"CPU a page, whole pipeline, {long_run['pages']} pages",
            float(str(long_run["cpu_ms_per_page"])),
            pipeline.CPU_MS_A_PAGE,
            "ms",
        )
    )
    told.append(at_most("peak memory of one process", float(str(long_run["peak_rss_mb"])), pipeline.RSS_MB, "MB", 0))
    return told


def flatness(curve: list[dict[str, float]]) -> Row:
    """Whether the last page costs no more memory than the thousandth."""
    settled = [point["rss_mb"] for point in curve if point["pages"] >= 1000]
    wanted = "the last page no more than the 1,000th (5 %)"
    if len(settled) < 2:
        return Row(target="memory stays flat", wanted=wanted, measured="too few pages", held=None)
    measured = f"{settled[0]:.0f} MB, then {settled[-1]:.0f} MB"
    return Row(target="memory stays flat", wanted=wanted, measured=measured, held=settled[-1] <= 1.05 * settled[0])


def run(size: Size) -> Part:
    """The whole pipeline beside the contenders, and its memory over a long run."""
    here, absent = contenders()
    portal = pipeline.portal_folder(size.folder, size.pages)
    pipeline.compile_all()
    rounds: dict[str, list[Run]] = {}
    for _ in range(size.rounds):
        for name, done in one_round(size, portal, here).items():
            rounds.setdefault(name, []).append(done)
    long_run = pipeline.measure(size.folder, size.long)[0]
    two = pipeline.measure(size.folder, max(300, size.long // 4), processes=2)[0]
    curve = long_run["curve"]
    assert isinstance(curve, list)
    lines = [
        f"The pages come from {nginx.version() or 'a small server of our own'}.",
        "The server is a process of its own and not counted. gongkai asks one request at a time on the one host, the",
        "Scrapy contenders keep 16 connections, bare httpx 4. gongkai's figures include what no contender does:",
        "request and response in a WARC, versions, metadata with provenance, the report's cells, the audit, full text.",
        "Every figure holds the start and the end of the command; pages a second are judged with two reading processes",
        "(`crawl.reading_processes`, meant for hosts that answer faster than one core reads), CPU and memory without.",
        "",
        "| contender | pages/s | CPU ms a page | peak MB of its largest process |",
        "|---|---|---|---|",
    ]
    for name, runs in rounds.items():
        cells = (spread(getattr(done, field) for done in runs) for field in ("pages_per_second", "cpu_ms", "rss_mb"))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if absent:
        lines += ["", f"Absent here: {', '.join(absent)}."]
    lines += [
        "",
        f"The long run (database {long_run['database_mb']} MB, WARC {long_run['warc_mb']} MB):",
        "",
        "| pages | seconds | CPU s | RSS MB |",
        "|---|---|---|---|",
        *(f"| {p['pages']} | {p['seconds']} | {p['cpu']} | {p['rss_mb']} |" for p in curve),
    ]
    whole = float(str(two["whole_rss_mb"]))
    rows = [
        *verdicts(rounds, long_run),
        flatness(curve),
        at_most("memory with two reading processes, all together", whole, 300, "MB", 0),
    ]
    return Part(title="The whole pipeline", lines=lines, rows=rows)

"""gongkai beside other ways to do it: same pages, same machine, in turn, several rounds.

    python benchmarks/compare.py [-n 2000] [--rounds 3] [--folder DIR] [--out docs/benchmarks.md]

The contenders get an environment of their own under the folder (`contenders.txt`), so that gongkai's stays
clean. Medians are quoted with their spread; on a shared machine only ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import pipeline

HERE = Path(__file__).resolve().parent
GONGKAI = "gongkai, whole pipeline"
TRAFILATURA = "Scrapy + trafilatura with metadata"
PARSEL = "Scrapy + parsel, blocks and tables walked"
BARE = "httpx + selectolax bare"
WGET = "wget"


def median(values: Iterable[float]) -> float:
    """The middle one (this folder's `statistics.py` hides the library's)."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


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
        process = subprocess.Popen(command, stdout=out, stderr=err)
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


def environment(folder: Path) -> Path:
    """The contenders' Python, made once."""
    place = folder / "contenders"
    wanted = (HERE / "contenders.txt").read_text()
    ready = place / "ready"
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        install = [str(place / "bin" / "python"), "-m", "pip", "install", "-q"]
        subprocess.run([*install, "--upgrade", "pip"], check=True)  # older ones stumble over lxml's extras
        subprocess.run([*install, "-r", str(HERE / "contenders.txt")], check=True)
        ready.write_text(wanted)
    return place / "bin" / "python"


def one_round(folder: Path, portal: Path, count: int, python: Path, skip: frozenset[str]) -> dict[str, Run]:
    """Every contender once, in turn, each into a fresh place."""
    found: dict[str, Run] = {}
    with pipeline.served(portal) as url, tempfile.TemporaryDirectory(prefix="work-", dir=folder) as work:
        place = Path(work)
        plan: dict[str, list[str]] = {
            GONGKAI: [sys.executable, str(HERE / "pipeline.py"), "--child", str(place / "gongkai"), str(portal), url],
        }
        for name, mode in ((BARE, "httpx-selectolax"), (PARSEL, "scrapy-parsel"), (TRAFILATURA, "scrapy-trafilatura")):
            plan[name] = [str(python), str(HERE / "contenders.py"), mode, url, str(place / f"{mode}.db")]
        for name, command in plan.items():
            if name not in skip:
                found[name] = timed(command, count)
                print(f"  {name}: {found[name].pages_per_second:.0f} pages/s, {found[name].cpu_ms:.1f} ms", flush=True)
        wget = shutil.which("wget")
        if wget and WGET not in skip:
            urls = place / "urls.txt"
            index = json.loads((portal / "index.json").read_text("utf-8"))
            urls.write_text("\n".join(url.rstrip("/") + path for path in index["places"]), encoding="utf-8")
            command = [wget, "-q", "-i", str(urls), "-O", str(place / "wget.out")]
            found[WGET] = timed(command, count, count=False)
    return found


def middle(runs: list[Run], name: str) -> float:
    return median(float(getattr(run, name)) for run in runs)


def spread(runs: list[Run], name: str, digits: int) -> str:
    values = [float(getattr(run, name)) for run in runs]
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def verdicts(rounds: dict[str, list[Run]], long_run: dict[str, object]) -> list[tuple[str, str, str, bool]]:
    """Target, wanted, measured, held. Ratios are medians of the ratios within each round."""

    def ratio(other: str, name: str, *, inverse: bool = False) -> float:
        pairs = zip(rounds[GONGKAI], rounds[other], strict=True)
        return median(
            float(getattr(b, name)) / float(getattr(a, name))
            if inverse
            else float(getattr(a, name)) / float(getattr(b, name))
            for a, b in pairs
        )

    told = []
    if TRAFILATURA in rounds:
        faster = ratio(TRAFILATURA, "pages_per_second")
        cheaper = ratio(TRAFILATURA, "cpu_ms")
        told.append(("pages/s against Scrapy + trafilatura", "at least 5 ×", f"{faster:.2f} ×", faster >= 5))
        told.append(("CPU a page against Scrapy + trafilatura", "at most 0.25 ×", f"{cheaper:.2f} ×", cheaper <= 0.25))
    if PARSEL in rounds:
        faster = ratio(PARSEL, "pages_per_second")
        told.append(("pages/s against Scrapy + parsel", "at least 1.5 ×", f"{faster:.2f} ×", faster >= 1.5))
    if BARE in rounds:
        slower = ratio(BARE, "pages_per_second", inverse=True)
        told.append(("bare httpx + selectolax is faster by", "at most 3 ×", f"{slower:.2f} ×", slower <= 3))
    cpu, rss = float(str(long_run["cpu_ms_per_page"])), float(str(long_run["peak_rss_mb"]))
    count = long_run["pages"]
    told.append((f"CPU a page, whole pipeline, {count} pages", "at most 12 ms", f"{cpu:.1f} ms", cpu <= 12))
    told.append((f"peak memory over {count} pages", "below 250 MB", f"{rss:.0f} MB", rss < 250))
    return told


def machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    names = ("httpx", "selectolax", "sqlite-utils", "warcio", "datasette")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}; {versions}"


def report(rounds: dict[str, list[Run]], long_run: dict[str, object], count: int, load: float) -> str:
    """`docs/benchmarks.md`."""
    contenders = ", ".join((HERE / "contenders.txt").read_text().split())
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`benchmarks/compare.py`): the page generator's portal on loopback, every contender",
        "in turn over the same pages, medians with the range in brackets. On a shared machine absolute figures vary by",
        "a factor of two; ratios within a round are what the targets are judged by.",
        "",
        f"- run: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average at the start {load:.1f}",
        f"- machine: {machine()}",
        f"- contenders: {contenders}",
        f"- {count} article pages, {len(rounds[GONGKAI])} rounds; the server is a process of its own and not counted",
        "- gongkai asks one request at a time on the one host; the Scrapy contenders keep 16 connections, bare httpx 4",
        "",
        "| contender | pages/s | CPU ms a page | peak RSS MB |",
        "|---|---|---|---|",
    ]
    for name, runs in rounds.items():
        figures = (
            spread(runs, field, digits) for field, digits in (("pages_per_second", 1), ("cpu_ms", 2), ("rss_mb", 0))
        )
        lines.append(f"| {name} | {' | '.join(figures)} |")
    lines += ["", "| target | wanted | measured | |", "|---|---|---|---|"]
    for target, wanted, measured, held in verdicts(rounds, long_run):
        lines.append(f"| {target} | {wanted} | {measured} | {'PASS' if held else 'MISS'} |")
    lines += [
        "",
        f"Memory of the whole pipeline over {long_run['pages']} pages (database {long_run['database_mb']} MB, ",
    ]
    lines[-1] += f"WARC {long_run['warc_mb']} MB):"
    lines += ["", "| pages | seconds | CPU s | RSS MB |", "|---|---|---|---|"]
    curve = long_run["curve"]
    assert isinstance(curve, list)
    lines += [f"| {p['pages']} | {p['seconds']} | {p['cpu']} | {p['rss_mb']} |" for p in curve]
    lines += [
        "",
        "gongkai's figures include what no contender does: request and response in a WARC, versions, metadata with",
        "provenance, the report's sections and cells, the audit, and a Chinese full-text index.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=2000, help="pages a round")
    parser.add_argument("--long", type=int, default=5000, help="pages of the memory run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    parser.add_argument("--skip", nargs="*", default=(), help="contenders to leave out, by name")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    portal = pipeline.portal_folder(options.folder, options.n)
    python = environment(options.folder)
    rounds: dict[str, list[Run]] = {}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for name, run in one_round(options.folder, portal, options.n, python, frozenset(options.skip)).items():
            rounds.setdefault(name, []).append(run)
    print(f"memory over {options.long} pages", flush=True)
    long_run = pipeline.measure(options.folder, options.long)[0]
    text = report(rounds, long_run, options.n, load)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""gongkai's whole pipeline over the page generator's portal: fetch, WARC, read, audit, store, index.

    python benchmarks/pipeline.py [-n 5000] [--folder DIR] [--nights 2] [--profile FILE] [--json FILE]

Prints CPU milliseconds a page, pages a second, and the curve of memory every 500 pages. The portal's server is
a process of its own and is not counted. Targets (issue 1): at most 12 ms CPU a page, below 250 MB over 5,000.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import contextlib
import cProfile
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from benchmarks import nginx, pages

CPU_MS_A_PAGE = 12.0
RSS_MB = 250.0
STEP = 500


def portal_folder(folder: Path, count: int) -> Path:
    """The rendered portal of that many pages, made once."""
    place = folder / f"portal-{count}"
    if not (place / "index.json").exists():
        pages.make(place, count)
    return place


@contextlib.contextmanager
def served(portal: Path) -> Iterator[str]:
    """The address of a server process for a rendered portal: nginx where there is one, with `pages.py` behind it."""
    command = [sys.executable, str(Path(pages.__file__)), "serve", str(portal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        try:
            address = process.stdout.readline().strip()
            program = nginx.find()
            with nginx.fronted(program, portal, address) if program else contextlib.nullcontext(address) as url:
                yield url
        finally:
            process.stdin.close()


def as_installed() -> dict[str, str]:
    """The environment of a measured command: Python may keep bytecode, as it does for whatever was installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compile_all() -> None:
    """Compile the checkout, as an installation does, so that no run pays for it."""
    for package in ("archive", "crawler", "sites", "benchmarks"):
        compileall.compile_dir(Path(__file__).resolve().parents[1] / package, quiet=2)


def rss_mb() -> float:
    """Resident memory of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def whole_rss_mb() -> float:
    """Resident memory of this process and its children; what they share is counted in each."""
    total = rss_mb()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            with contextlib.suppress(OSError, IndexError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    return total


def cpu_seconds(*, alone: bool = False) -> float:
    """CPU of this process and of those it ended; `alone`: of this process."""
    whose = (resource.RUSAGE_SELF,) if alone else (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def crawl(
    work: Path, portal: Path, url: str, *, nights: int, profile: Path | None, processes: int
) -> list[dict[str, object]]:
    """Crawl the portal that often in this process; gives what each night cost."""
    from archive.store.archive import Archive
    from crawler.config import Config
    from crawler.fetch import Fetcher
    from crawler.library import Library
    from crawler.memory import calm_collector
    from crawler.run import Crawl, Tools

    calm_collector()  # as the command line does

    portals = work / "portals"
    portals.mkdir(parents=True, exist_ok=True)
    (portals / "bench.toml").write_text(pages.portal_toml(portal, url), encoding="utf-8")
    config = Config()
    config = replace(
        config,
        archive=replace(config.archive, path=work / "archive.db"),
        crawl=replace(
            config.crawl,
            delay_seconds=0.0,
            jitter=0.0,
            requests_per_night_per_host=0,
            bytes_per_night_per_host=0,
            reading_processes=processes,
        ),
        revisit=replace(config.revisit, mode="always"),
        sites=replace(config.sites, folders=(portals,)),
    )
    library = Library.load(config.sites.folders)

    def clock() -> datetime:
        return datetime.now(UTC)

    peak = [0.0]

    async def night(curve: list[dict[str, float]], started: float, cpu: float) -> dict[str, object]:
        seen = 0

        def observe(wish: object, outcome: object, left: object) -> None:
            nonlocal seen
            seen += getattr(wish, "role", "") == "page"
            if seen % 50 == 0:
                peak[0] = max(peak[0], whole_rss_mb())
            if seen and seen % STEP == 0 and getattr(wish, "role", "") == "page":
                curve.append(
                    {
                        "pages": seen,
                        "seconds": round(time.perf_counter() - started, 2),
                        "cpu": round(cpu_seconds() - cpu, 2),
                        "rss_mb": round(rss_mb(), 1),
                    }
                )

        with Archive.open(config.archive.path) as archive:
            async with Fetcher(config, clock=clock, loopback_allowed=True) as fetcher:
                tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=clock)
                result = await Crawl(tools, library.named(["bench"]), observer=observe).run()
        assert result is not None
        return dict(result.as_json())

    told = []
    for number in range(nights):
        curve: list[dict[str, float]] = []
        started, cpu, own = time.perf_counter(), cpu_seconds(), cpu_seconds(alone=True)
        profiler = cProfile.Profile() if profile and number == 0 else None
        if profiler:
            profiler.enable()
        counts = asyncio.run(night(curve, started, cpu))
        if profiler:
            profiler.disable()
            profiler.dump_stats(profile)
        seconds, spent = time.perf_counter() - started, cpu_seconds() - cpu
        done = sum(int(str(counts[name])) for name in ("new", "changed", "unchanged"))
        told.append(
            {
                "night": number + 1,
                "pages": done,
                "counts": {name: counts[name] for name in ("new", "changed", "unchanged", "duplicates", "problems")},
                "seconds": round(seconds, 2),
                "pages_per_second": round(done / seconds, 1),
                "cpu_ms_per_page": round(1000 * spent / max(done, 1), 2),
                "cpu_ms_per_page_of_the_crawl": round(1000 * (cpu_seconds(alone=True) - own) / max(done, 1), 2),
                "whole_rss_mb": round(peak[0], 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
                "curve": curve,
            }
        )
    return told


def measure(
    folder: Path, count: int, *, nights: int = 1, profile: Path | None = None, processes: int = 0
) -> list[dict[str, object]]:
    """The nights of a fresh archive in a process of its own, so that one run's memory is not another's."""
    portal = portal_folder(folder, count)
    with served(portal) as url, tempfile.TemporaryDirectory(prefix="work-", dir=folder) as work:
        command = [sys.executable, __file__, "--child", work, str(portal), url, "--nights", str(nights)]
        command += ["--processes", str(processes)]
        if profile:
            command += ["--profile", str(profile)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=as_installed())
        found: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
        database = Path(work) / "archive.db"
        found[0]["database_mb"] = round(database.stat().st_size / 2**20, 1)
        warcs = sum(file.stat().st_size for file in Path(work).rglob("*.warc.gz"))
        found[0]["warc_mb"] = round(warcs / 2**20, 1)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5000, help="pages of the portal")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    parser.add_argument("--nights", type=int, default=1)
    parser.add_argument("--profile", type=Path, help="write a cProfile of the first night here (slows it down)")
    parser.add_argument("--processes", type=int, default=0, help="processes that read; 0: the crawl's own")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--child", nargs=3, metavar=("WORK", "PORTAL", "URL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        work, portal, url = options.child
        told = crawl(
            Path(work), Path(portal), url, nights=options.nights, profile=options.profile, processes=options.processes
        )
        print(json.dumps(told))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    compile_all()
    told = measure(
        options.folder, options.n, nights=options.nights, profile=options.profile, processes=options.processes
    )
    if options.json:
        options.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    for night in told:
        curve = night.pop("curve")
        print(json.dumps(night, ensure_ascii=False))
        assert isinstance(curve, list)
        for point in curve:
            print("   ", "  ".join(f"{name} {value}" for name, value in point.items()))
    first = told[0]
    for name, value, target in (
        ("CPU ms a page", float(str(first["cpu_ms_per_page"])), CPU_MS_A_PAGE),
        ("peak RSS MB", float(str(first["peak_rss_mb"])), RSS_MB),
    ):
        print(f"{'PASS' if value <= target else 'MISS'}  {name}: {value} (target {target})")


if __name__ == "__main__":
    main()

"""`make bench`: every benchmark in turn; writes docs/benchmarks.md with PASS or MISS for each target.

    python benchmarks/run.py [--quick] [--only NAME …] [-n PAGES] [--long PAGES] [--rounds N] [--out FILE]

The default size takes about 25 minutes on two quiet cores, `--quick` about six.
`-n 5000 --long 50000` is the size of the issues.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    sys.path[0] = str(ROOT)  # not this folder: its statistics.py would hide the library's

from benchmarks.ledger import Part, Row, Size  # noqa: E402

#: Modules of this folder with `run(size) -> Part`, in the order of the page.
BENCHMARKS = ("extract", "reports", "rebuild", "compare", "cluster", "night", "hosts", "web", "million")
OUT = ROOT / "docs" / "benchmarks.md"
_VERSIONS = ("httpx", "selectolax", "sqlite-utils", "warcio", "datasette", "scrapy", "trafilatura")


def machine() -> str:
    """Cores, system and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.machine())
    versions = []
    for name in _VERSIONS:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} absent")
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}; " + ", ".join(
        versions
    )


def page(parts: list[Part], size: Size, loads: list[float]) -> str:
    """`docs/benchmarks.md`."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`benchmarks/run.py`). Every contender in turn over the same pages, medians with the",
        "range in brackets. On a shared machine absolute figures vary by a factor of two and more; ratios within a",
        "round are what comparisons are judged by.",
        "",
        f"- run: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load average {min(loads):.1f} to {max(loads):.1f}",
        f"- machine: {machine()}",
        f"- {size.pages} pages and {size.rounds} rounds a comparison, {size.long} pages in the long run"
        + ("" if size.corpus else "; no corpus of real pages here: generated ones in its place"),
        "",
        "| target | wanted | measured | |",
        "|---|---|---|---|",
    ]
    for part in parts:
        lines += [f"| {row.target} | {row.wanted} | {row.measured} | {row.verdict} |" for row in part.rows]
    for part in parts:
        lines += ["", f"## {part.title}", "", *part.lines]
    return "\n".join(lines) + "\n"


def apart(name: str, size: Size) -> Part:
    """A benchmark's part, from a process of its own."""
    told = {**asdict(size), "folder": str(size.folder), "corpus": str(size.corpus) if size.corpus else None}
    command = [sys.executable, "-m", "benchmarks.run", "--part", name, "--size", json.dumps(told)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        row = Row(target=name, wanted="an end", measured=f"ended with {done.returncode}", held=None)
        return Part(title=name, lines=["This benchmark failed; its message stands in the terminal."], rows=[row])
    found = json.loads(done.stdout.splitlines()[-1])
    return Part(title=found["title"], lines=found["lines"], rows=[Row(**row) for row in found["rows"]])


def child(name: str, size: str) -> None:
    """Run one benchmark here and print its part."""
    told = json.loads(size)
    corpus = Path(told.pop("corpus")) if told["corpus"] else told.pop("corpus")
    given = Size(**{**told, "folder": Path(told["folder"]), "corpus": corpus})
    part: Part = importlib.import_module(f"benchmarks.{name}").run(given)
    print(json.dumps(asdict(part)))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `wanted` is the size it asks for."""
    usual = Size(folder=Path())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few minutes: fewer pages, one round")
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, default=BENCHMARKS)
    parser.add_argument("--corpus", type=Path, help="labelled real pages; default: ../shared/corpus when it is there")
    parser.add_argument("-n", type=int, default=usual.pages, help="pages a round")
    parser.add_argument("--long", type=int, default=usual.long, help="pages of the memory run")
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--size", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    beside = ROOT.parent / "shared" / "corpus"
    corpus = options.corpus or (beside if beside.exists() else None)
    options.wanted = Size(
        folder=options.folder.resolve(),
        corpus=corpus.resolve() if corpus else None,
        pages=150 if options.quick else options.n,
        long=300 if options.quick else options.long,
        rounds=1 if options.quick else options.rounds,
        quick=options.quick,
    )
    return options


def main() -> None:
    options = parse()
    if options.part:
        child(options.part, options.size)
        return
    size: Size = options.wanted
    size.folder.mkdir(parents=True, exist_ok=True)
    parts: list[Part] = []
    loads = [os.getloadavg()[0]]
    for name in options.only:
        print(f"# {name}", flush=True)
        parts.append(apart(name, size))
        loads.append(os.getloadavg()[0])
        for row in parts[-1].rows:
            print(f"{row.verdict:12} {row.target}: {row.measured} (wanted {row.wanted})", flush=True)
        options.out.write_text(page(parts, size, loads), encoding="utf-8")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()

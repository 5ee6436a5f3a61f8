"""How fast an archive is read again from its WARCs: `gongkai rebuild --all` over generated reports.

    python benchmarks/run.py --only rebuild

Target (issue 3): at least 150 HTML reports a second on two cores. Twice with one process, twice with two; the better
counts. The second rebuild of an archive changes nothing, as nearly all do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import pipeline
from benchmarks.ledger import Part, Size, at_least

REPORTS, QUICK_REPORTS, WANTED = 600, 300, 150.0


def rebuilt(database: Path, processes: int) -> tuple[float, float]:
    """Wall and CPU seconds of one rebuild, the command's start included."""
    command = [sys.executable, "-m", "crawler.cli", "rebuild", "--all", "--processes", str(processes)]
    command += ["--archive", str(database)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=pipeline.as_installed())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"rebuild ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def run(size: Size) -> Part:
    """An archive of generated reports, read again."""
    count = QUICK_REPORTS if size.quick else REPORTS
    portal = pipeline.portal_folder(size.folder, count)
    with pipeline.served(portal) as url, tempfile.TemporaryDirectory(prefix="work-", dir=size.folder) as work:
        command = [sys.executable, str(Path(pipeline.__file__)), "--child", work, str(portal), url]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = {n: [rebuilt(Path(work) / "archive.db", n) for _ in range(2)] for n in (1, 2)}
    speeds = {n: max(count / seconds for seconds, _ in runs) for n, runs in found.items()}
    lines = [
        f"{count} generated reports, `gongkai rebuild --all`, start of the command included.",
        "",
        "| processes | reports/s | CPU ms a report |",
        "|---|---|---|",
        *(f"| {n} | {speeds[n]:.0f} | {1000 * min(cpu for _, cpu in runs) / count:.1f} |" for n, runs in found.items()),
    ]
    row = at_least("rebuild of HTML reports", max(speeds.values()), WANTED, "reports/s", 0)
    return Part(title="Rebuild", lines=lines, rows=[row])

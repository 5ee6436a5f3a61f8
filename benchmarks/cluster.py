"""A rebuild on a Dask cluster with one worker and with two, in pairs over the same archive, and what a kill costs.

    python benchmarks/cluster.py [-n 600] [--pairs 3] [--folder DIR] [--json FILE]

The archive is crawled once from the page generator's portal; every round reads all of it again (`rebuild --all`).
Seconds of one and two workers alternate, so that what else the machine does falls on both; the ratio is the median of
the pairs. Beside it stands what the CPU allows: the ratio on two cores that do nothing else, where the coordinator runs
beside one worker and shares the cores with two. Target (issue 6): two workers at least 1.7 times one.
The last round kills a worker in the middle; the archive must say what it said before.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from benchmarks import pipeline
from benchmarks.ledger import Part, Row, Size, at_least, median

TARGET = 1.7


def rebuild(work: Path, workers: int, *, kill: bool = False) -> dict[str, float]:
    """Read the whole archive again on so many workers; seconds without starting them."""
    from archive.store.archive import Archive
    from archive.store.rebuild import rebuild as reread
    from crawler.cluster.dask_pool import open_pool
    from crawler.cluster.rereading import mapper_on
    from crawler.rereading import Rereader

    folders = [work / "portals"]
    with Archive.open(work / "archive.db") as archive, open_pool(f"local:{workers}") as pool:
        mapper = mapper_on(pool, archive.path, folders)
        reader = Rereader(tuple(map(str, folders)))
        some = [url for (url,) in archive.db.execute("select url from pages limit 20").fetchall()]
        reread(archive, reader, urls=some, mapper=mapper)  # every worker has loaded what it needs
        pids = list(pool._client.run(os.getpid).values())
        if kill:
            threading.Timer(1.5, os.kill, (pids[0], signal.SIGKILL)).start()
        started, here, there = time.perf_counter(), time.process_time(), _cpu(pids)
        result = reread(archive, reader, everything=True, mapper=mapper)
        return {
            "read": result.read,
            "seconds": round(time.perf_counter() - started, 2),
            "coordinator_cpu": round(time.process_time() - here, 2),
            "workers_cpu": round(_cpu(pids) - there, 2),
        }


def allowed_by_cpu(one: dict[str, float], two: dict[str, float]) -> float:
    """One worker beside the coordinator on two cores, against two workers and the coordinator on the same two."""
    alone = max(one["workers_cpu"], one["coordinator_cpu"])
    return round(alone / ((two["workers_cpu"] + two["coordinator_cpu"]) / 2), 2)


def _cpu(pids: list[int]) -> float:
    """CPU of the workers that are still there."""
    used = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _says(work: Path) -> str:
    from archive.store.dump import logical_dump

    return hashlib.sha256(logical_dump(work / "archive.db").encode()).hexdigest()


def measure(folder: Path, count: int, pairs: int) -> dict[str, object]:
    portal = pipeline.portal_folder(folder, count)
    with tempfile.TemporaryDirectory(prefix="cluster-", dir=folder) as name:
        work = Path(name)
        with pipeline.served(portal) as url:
            pipeline.crawl(work, portal, url, nights=1, profile=None, processes=1)
        before = _says(work)
        rounds = []
        for _ in range(pairs):
            one, two = rebuild(work, 1), rebuild(work, 2)
            ratio = round(one["seconds"] / two["seconds"], 2)
            rounds.append({"one": one, "two": two, "ratio": ratio, "allowed_by_cpu": allowed_by_cpu(one, two)})
            print(json.dumps(rounds[-1]), flush=True)
        killed = rebuild(work, 2, kill=True)
        return {
            "pages": count,
            "rounds": rounds,
            "ratio": median(float(str(turn["ratio"])) for turn in rounds),
            "allowed_by_cpu": median(float(str(turn["allowed_by_cpu"])) for turn in rounds),
            "killed": killed,
            "same_after_kill": _says(work) == before,
            "load": round(os.getloadavg()[0], 1),
        }


def run(size: Size) -> Part:
    """Two workers against one on the same archive; "not measured" without Dask (extra `cluster`)."""
    target, wanted = "a rebuild by two workers against one", f"at least {TARGET:g} ×"
    if importlib.util.find_spec("distributed") is None:
        row = Row(target=target, wanted=wanted, measured="Dask is not installed (extra cluster)", held=None)
        return Part(title="A rebuild on a cluster", rows=[row])
    count, pairs = (200, 1) if size.quick else (600, 3)
    found = measure(size.folder, count, pairs)
    ratio, whole = float(str(found["ratio"])), bool(found["same_after_kill"])
    lines = [
        f"{count} pages read again on a Dask cluster of this machine, {pairs} pairs of rounds. Two cores allow",
        f"{found['allowed_by_cpu']} × by the CPU of coordinator and workers, which share them.",
    ]
    rows = [
        at_least(target, ratio, TARGET, "×", 2),
        Row(
            target="a worker killed in the middle of a rebuild",
            wanted="the archive says the same",
            measured="the same" if whole else "it differs",
            held=whole,
        ),
    ]
    return Part(title="A rebuild on a cluster", lines=lines, rows=rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=600, help="pages of the portal")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = measure(options.folder, options.n, options.pairs)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(json.dumps(found))
    ratio, whole = float(str(found["ratio"])), bool(found["same_after_kill"])
    print(f"{'PASS' if ratio >= TARGET else 'MISS'}  two workers against one: {ratio} × (target {TARGET})")
    print(f"{'PASS' if whole else 'MISS'}  a worker killed in the middle loses nothing")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())

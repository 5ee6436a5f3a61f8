"""A thousand hosts, each asked once in twenty seconds, by one process on one core.

The hosts are loopback addresses (127.0.x.y) served by a child process, whose own log decides: every
host asked on time, none twice at once, none sooner than its delay. Memory and CPU are the fetcher's.

    python benchmarks/hosts.py [--hosts 1000] [--delay 20] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from benchmarks.ledger import Part, Row, Size, at_most
from crawler.config import parse_config
from crawler.fetch import Fetcher
from sites.model import Request

BODY = (
    "<html><head><title>年报</title></head><body>" + "<p>政府信息公开工作年度报告</p>" * 1500 + "</body></html>"
).encode()

#: A host is late when it waited longer than this many times its delay.
LATE = 1.1
#: Megabytes the fetching process may take.
RSS_MB = 500.0


@dataclass(frozen=True)
class Asked:
    host: str
    began: float
    ended: float


def addresses(count: int) -> list[str]:
    return [f"127.{1 + n // 62500}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)]


class Hosts:
    """Servers on many loopback addresses and one port, each answer taking `seconds`. `log` is in the
    order of the answers' ends."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.log: list[Asked] = []
        self._seconds = seconds

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                began = time.monotonic()
                await asyncio.sleep(self._seconds)
                # Logged before the answer is out: what the client does next may come sooner than we go on.
                self.log.append(Asked(host, began, time.monotonic()))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve(self, count: int) -> tuple[list[asyncio.Server], int]:
        names = addresses(count)
        first = await asyncio.start_server(self._connected, names[0], 0)
        port = first.sockets[0].getsockname()[1]
        return [first, *[await asyncio.start_server(self._connected, name, port) for name in names[1:]]], port


async def serve_until_told(count: int) -> None:
    """The child: print the port, serve until stdin closes, print the log."""
    hosts = Hosts()
    servers, port = await hosts.serve(count)
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps([[asked.host, asked.began, asked.ended] for asked in hosts.log]), flush=True)
    for server in servers:
        server.close()


async def ask_all(port: int, count: int, delay: float, rounds: int, at_once: int) -> float:
    """Ask every host `rounds` times, `delay` seconds apart; the seconds it took."""
    config = parse_config(f"[crawl]\ndelay_seconds = {delay}\njitter = 0.0\nhosts_at_once = {at_once}\n")
    began = time.monotonic()

    async def one(fetcher: Fetcher, number: int, host: str) -> None:
        # Hosts begin spread over the delay, as a night's hosts do.
        await asyncio.sleep(delay * number / count)
        for page in range(rounds):
            answers = await fetcher.fetch(Request(url=f"http://{host}:{port}/{page}"))
            assert answers[-1].body == BODY

    async with Fetcher(config, loopback_allowed=True) as fetcher:
        await asyncio.gather(*(one(fetcher, number, host) for number, host in enumerate(addresses(count))))
    return time.monotonic() - began


def gaps_of(log: list[Asked]) -> list[float]:
    """Seconds from the end of an answer to the beginning of the next question, host by host. Negative when
    two overlapped."""
    by_host: dict[str, list[Asked]] = defaultdict(list)
    for asked in sorted(log, key=lambda asked: asked.began):
        by_host[asked.host].append(asked)
    return [later.began - earlier.ended for asked in by_host.values() for earlier, later in pairwise(asked)]


def judge(log: list[Asked], delay: float) -> dict[str, float]:
    """What the server's log proves: the smallest and largest gap on one host, in seconds."""
    gaps = gaps_of(log)
    return {
        "hosts": len({asked.host for asked in log}),
        "requests": len(log),
        "smallest_gap": round(min(gaps), 3),
        "largest_gap": round(max(gaps), 3),
        "late_share": round(sum(gap > delay * LATE for gap in gaps) / len(gaps), 4),
    }


async def measure(count: int, delay: float, rounds: int, at_once: int) -> dict[str, float]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).resolve()),
        "--serve",
        str(count),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**28,
    )
    assert child.stdin
    assert child.stdout
    port = int(await child.stdout.readline())
    before = time.process_time()
    seconds = await ask_all(port, count, delay, rounds, at_once)
    cpu = time.process_time() - before
    child.stdin.close()
    log = [Asked(*entry) for entry in json.loads(await child.stdout.readline())]
    await child.wait()
    return {
        **judge(log, delay),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_ms_a_request": round(1000 * cpu / len(log), 2),
        "core_share": round(cpu / seconds, 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def on_time(result: dict[str, float], delay: float) -> bool:
    """Whether every host was asked neither sooner nor later than its delay asks for."""
    return result["smallest_gap"] >= delay and result["late_share"] == 0


def run(size: Size) -> Part:
    """A thousand hosts, each asked two or three times twenty seconds apart, on one core."""
    hosts, delay, rounds = 1000, 20.0, 2 if size.quick else 3
    _on_one_core()
    found = asyncio.run(measure(hosts, delay, rounds, 64))
    lines = [f"{hosts} hosts on loopback, each asked {rounds} times {delay:g} s apart, by one process on one core:", ""]
    lines += [f"- {name}: {value}" for name, value in found.items()]
    gaps = f"gaps of {found['smallest_gap']:.2f} to {found['largest_gap']:.2f} s"
    rows = [
        Row(
            target=f"{hosts} hosts on time by one process",
            wanted=f"none sooner than {delay:g} s, none later than {delay * LATE:g} s",
            measured=f"{gaps}; {found['core_share']:.0%} of a core",
            held=found["hosts"] == hosts and on_time(found, delay),
        ),
        at_most(f"memory of a process asking {hosts} hosts", found["rss_mb"], RSS_MB, "MB", 0),
    ]
    return Part(title="A thousand hosts", lines=lines, rows=rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--delay", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    _allow_many_sockets()
    if options.serve:
        asyncio.run(serve_until_told(options.serve))
        return 0
    _on_one_core()
    result = asyncio.run(measure(options.hosts, options.delay, options.rounds, options.at_once))
    held = on_time(result, options.delay) and result["rss_mb"] <= RSS_MB
    print(json.dumps(result))
    print("PASS" if held else "MISS")
    return 0 if held else 1


def _on_one_core() -> None:
    _allow_many_sockets()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _allow_many_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())

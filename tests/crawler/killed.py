"""A crawl of the demo portal that meets the worst: power loss at its N-th event, or a disk that is full.

    python -m tests.crawler.killed FOLDER EVENT,… [FILES BYTES]

Events are the places where a crash could hurt: before and after a request, after WARC bytes were
written, before and after a commit. EVENT 0 never kills. Several events are several lives, one after the
other. How each life ended (-9: killed, 0: the crawl ended) and how many events the last one had is printed.
With FILES (`all`, `warc` or `journal`) no such file may grow beyond BYTES, as on a disk that is full: the
error and the exit code are those of the command line.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.store import warc
from archive.store.archive import Archive
from archive.store.errors import StoreError
from archive.store.journal import JournalFile
from crawler.demo.play import crawl_replica, demo_config
from crawler.demo.portal import SITE_ID
from crawler.fetch import Fetcher

count = 0
kill_at = 0


def event() -> None:
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


def around(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method with an event before and after it."""

    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        event()
        result = method(*arguments, **keywords)
        event()
        return result

    return wrapped


def within(limit: int, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method on a disk where no file may grow beyond `limit` bytes."""

    def bounded(*arguments: Any, **keywords: Any) -> Any:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            return method(*arguments, **keywords)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    return bounded


def main() -> int:
    folder, events = Path(sys.argv[1]), [int(event) for event in sys.argv[2].split(",")]
    fetch = Fetcher.fetch

    async def watched_fetch(*arguments: Any, **keywords: Any) -> Any:
        event()
        result = await fetch(*arguments, **keywords)
        event()
        return result

    Fetcher.fetch = watched_fetch  # type: ignore[method-assign]
    warc.WarcFile.sync = around(warc.WarcFile.sync)  # type: ignore[method-assign]
    Archive.put_capture = around(Archive.put_capture)  # type: ignore[method-assign]
    Archive.add_wishes = around(Archive.add_wishes)  # type: ignore[method-assign]
    Archive.finish_run = around(Archive.finish_run)  # type: ignore[method-assign]
    if len(sys.argv) > 3:
        files, limit = sys.argv[3], int(sys.argv[4])
        if files == "warc":
            warc.WarcFile.append = within(limit, warc.WarcFile.append)  # type: ignore[method-assign]
            warc.WarcFile.sync = within(limit, warc.WarcFile.sync)  # type: ignore[method-assign]
        elif files == "journal":
            JournalFile.flush = within(limit, JournalFile.flush)  # type: ignore[method-assign]
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    ends = []
    for at in events[:-1]:
        life = os.fork()  # what was imported is imported once for all lives
        if life == 0:
            os._exit(live(folder, at))
        ends.append(os.waitstatus_to_exitcode(os.waitpid(life, 0)[1]))
    print(*ends, end=" ", flush=True)
    code = live(folder, events[-1])
    print(code, count)
    return code


def live(folder: Path, at: int) -> int:
    """One life, to its end or to its event."""
    global kill_at
    kill_at = at
    config = demo_config(folder, delay_seconds=0.0)
    try:
        asyncio.run(crawl_replica(config, SITE_ID, clock=lambda: datetime.now(UTC)))
    except StoreError as error:
        print(f"gongkai: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

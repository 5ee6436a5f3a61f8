"""A crawl of the demo portal that kills itself at its N-th event, as power loss would.

    python -m tests.crawler.killed FOLDER EVENT

Events are the places where a crash could hurt: before and after a request, after WARC bytes were
written, before and after a commit. EVENT 0 never kills; the number of events is printed at the end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.store import warc
from archive.store.archive import Archive
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


def main() -> None:
    global kill_at
    folder, kill_at = Path(sys.argv[1]), int(sys.argv[2])
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
    config = demo_config(folder, delay_seconds=0.0)
    asyncio.run(crawl_replica(config, SITE_ID, clock=lambda: datetime.now(UTC)))
    print(count)


if __name__ == "__main__":
    main()

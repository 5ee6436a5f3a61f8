"""Processes that work for a crawl and end with it, whatever ended it."""

from __future__ import annotations

import multiprocessing
import os
import threading

from crawler.memory import calm_collector


def begin() -> None:
    """What a process of a pool does first. A crawl that is killed cannot tell its processes to end, and they hold each
    other's pipes open, so that none would ever see that nobody asks any more."""
    calm_collector()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

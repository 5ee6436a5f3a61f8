"""`gongkai` whose reader of documents never ends by itself: it says that it began and then waits on a pipe.

    python -m tests.crawler.slowreader BEGAN WORDS…

BEGAN is a named pipe that is written to as soon as a document is being read.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from crawler import apart
from crawler.cli import main


def wait(*_: object) -> None:
    """Takes the place of reading, in the reading process."""
    Path(os.environ["GONGKAI_TEST_BEGAN"]).write_text(f"{os.getpid()}\n", encoding="utf-8")
    reader, _writer = os.pipe()
    os.read(reader, 1)


if __name__ == "__main__":
    os.environ["GONGKAI_TEST_BEGAN"] = sys.argv[1]
    apart._read = import_module(
        "tests.crawler.slowreader"
    ).wait  # by its importable name: the reading process imports it
    sys.argv = ["gongkai", *sys.argv[2:]]
    main()

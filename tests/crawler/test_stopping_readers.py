"""SIGTERM while a document is being read: the crawl ends in time, its reader with it, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive.store.archive import Archive
from crawler.demo.answers import Answer
from crawler.demo.portal import SITE_ID
from crawler.demo.server import Replica
from tests.crawler.ordeals import FEW, ROOT, Place


def test_a_pdf_in_hand_does_not_hold_up_a_crawl_that_is_told_to_stop(tmp_path: Path) -> None:
    began = tmp_path / "began"
    os.mkfifo(began)

    def hook(method: str, path: str, headers: dict[str, str]) -> Answer | None:
        if "/art/" not in path:
            return None
        return Answer(status=200, headers=(("Content-Type", "application/pdf"),), body=b"%PDF-1.4\n" + bytes(2000))

    with Replica(hook=hook) as portal:
        Place.make(tmp_path, portal.url, FEW)
        config = tmp_path / "operator.toml"
        config.write_text(
            '[archive]\npath = "archive.db"\nmin_free_mb = 0\n[crawl]\ndelay_seconds = 0.0\njitter = 0.0\nretries = 0\n'
            '[sites]\nfolders = ["portals"]\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "tests.crawler.slowreader", str(began), "crawl", SITE_ID, "--config",
                   str(config)]  # fmt: skip
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as crawling:
            reader = int(began.read_text(encoding="utf-8"))  # waits until a document is being read
            told = time.monotonic()
            crawling.send_signal(signal.SIGTERM)
            assert crawling.wait(60) == 1
            assert time.monotonic() - told < 10
    assert not _runs(reader)
    with Archive.read(tmp_path / "archive.db") as archive:
        assert archive.db.execute("select count(*) from runs where finished_at is null").fetchone() == (1,)


def _runs(process: int) -> bool:
    """Whether the process is at work; one that ended and was not asked for its end yet is not."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"

"""A backup is taken while a crawl goes on in another process: what it holds is whole."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

from archive.store.archive import Archive
from archive.store.backup import backup, restore_backup
from archive.store.verify import verify
from crawler.demo.server import Replica
from tests.crawler.ordeals import FEW, ROOT, Place


def test_a_backup_taken_while_a_crawl_runs_restores_elsewhere_and_verifies(tmp_path: Path) -> None:
    asked, reached, copied = count(1), threading.Event(), threading.Event()

    def hook(method: str, path: str, headers: dict[str, str]) -> None:
        number = next(asked)
        if number == 6:
            reached.set()
        if number == 10:
            copied.wait(60)  # the crawl goes on meanwhile, and does not end before the copy is made

    with Replica(hook=hook) as portal:
        place = Place.make(tmp_path / "live", portal.url, FEW)
        command = [sys.executable, "-m", "tests.crawler.killed", str(place.folder), "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as crawling:
            assert reached.wait(60)
            backup(place.archive, tmp_path / "backup")
            assert crawling.poll() is None, "the crawl was still running"
            copied.set()
            crawling.communicate(timeout=60)
            assert crawling.returncode == 0
    restored = tmp_path / "elsewhere" / "archive.db"
    restore_backup(tmp_path / "backup", restored)
    with Archive.open(restored) as archive:
        assert verify(archive) == []
        (captures,) = archive.db.execute("select count(*) from captures").fetchone()
        assert archive.db.execute("select count(*) from runs where finished_at is null").fetchone() == (1,)
    with Archive.read(place.archive) as archive:
        assert 0 < captures < archive.db.execute("select count(*) from captures").fetchone()[0]
        assert verify(archive) == []

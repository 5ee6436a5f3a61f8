"""What may happen to an archive between two crawls, and what must be left of it afterwards: everything."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.verify import verify
from crawler.demo.answers import Answer, answer
from crawler.demo.play import write_portal
from crawler.demo.server import Replica

ROOT = Path(__file__).resolve().parents[2]
#: Columns of the demo portal that one crawl walks in a moment, and those the long runs take: a wall, texts that
#: stand twice, a page in GBK, a listing in three groups are among them.
FEW, MORE = ("quji",), ("quji", "gaibei", "yunxi")


def replica() -> Replica:
    """The demo portal standing still: no counter, no validators, so that every night answers in full and alike."""

    def unconditional(method: str, path: str, headers: dict[str, str]) -> Answer:
        plain = {name: value for name, value in headers.items() if not name.startswith("if-")}
        found = answer(night=1, method=method, target=path, headers=plain, body=b"", views=100)
        kept = tuple((name, value) for name, value in found.headers if name.lower() not in {"etag", "last-modified"})
        return replace(found, headers=kept)

    return Replica(
        hook=lambda method, path, headers: unconditional(method, path, headers) if method == "GET" else None,
        views=repeat(100),
    )


@dataclass(frozen=True)
class Place:
    """An archive in a folder of its own, and the crawls of it."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, url: str, columns: Iterable[str]) -> Place:
        """A place with a portal of these columns and no archive."""
        write_portal(folder, url)
        (file,) = (folder / "portals").iterdir()
        head, *sections = file.read_text(encoding="utf-8").split("[[section]]")
        wanted = [section for section in sections if re.search(r'key = "(\w+)"', section)[1] in set(columns)]  # type: ignore[index]
        file.write_text("[[section]]".join([head, *wanted]), encoding="utf-8")
        return cls(folder)

    def copy(self, folder: Path) -> Place:
        """The same archive elsewhere."""
        shutil.copytree(self.folder, folder)
        return Place(folder)

    @property
    def archive(self) -> Path:
        return self.folder / "archive.db"

    @property
    def warcs(self) -> list[Path]:
        return sorted((self.folder / "warcs").iterdir())

    def crawl(self, *events: int, bounds: Iterable[str] = ()) -> subprocess.CompletedProcess[str]:
        """Crawl in a process of its own: killed at each of these events, the last one 0 for never, or within bounds."""
        lives = ",".join(map(str, events or (0,)))
        return subprocess.run(
            [sys.executable, "-m", "tests.crawler.killed", str(self.folder), lives, *bounds],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def dump(self) -> list[str]:
        """The logical dump, save the problems that tell of a loss."""
        return [line for line in logical_dump(self.archive).splitlines() if '"kind":"lost-capture"' not in line]


def finished(place: Place, *kills: int) -> list[str]:
    """Crawl to the end, killed before at each of these events; gives the dump."""
    done = place.crawl(*kills, 0)
    *ends, last, _ = done.stdout.split() or ["no answer", "no answer"]
    assert (set(ends), last) == ({"-9"} if kills else set(), "0"), (kills, done.stdout, done.stderr)
    return place.dump()


def events_of(place: Place) -> int:
    """Crawl to the end and count where a crash could hurt."""
    done = place.crawl()
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


# --- ordeals: each leaves a place that one more crawl must bring to the undisturbed end


def fill_disk(place: Place, files: str, limit: int) -> None:
    """A crawl that meets a full disk: told in one line, exit code 2, and what was committed is whole."""
    done = place.crawl(bounds=(files, str(limit)))
    assert done.returncode == 2, (files, limit, done.stdout, done.stderr)
    assert re.fullmatch(r"gongkai: .*cannot be written.* run the same command again: nothing .*\n", done.stderr), (
        done.stderr
    )


def tear_log(place: Place, event: int, seed: int) -> None:
    """Power loss: killed, and SQLite's log torn at any place."""
    assert place.crawl(event).returncode == -9
    log = place.archive.with_name("archive.db-wal")
    if log.exists() and log.stat().st_size:
        os.truncate(log, random.Random(seed).randrange(log.stat().st_size))
        place.archive.with_name("archive.db-shm").unlink(missing_ok=True)


def tear_warc(place: Place, seed: int) -> None:
    """The end of a WARC is lost, at any place."""
    (warc,) = place.warcs
    os.truncate(warc, random.Random(seed).randrange(1, warc.stat().st_size))


def damage_warc(place: Place, seed: int) -> None:
    """A stretch of a WARC is overwritten, at any place."""
    (warc,) = place.warcs
    chance = random.Random(seed)
    with warc.open("r+b") as stream:
        stream.seek(chance.randrange(warc.stat().st_size - 5000))
        stream.write(chance.randbytes(chance.randrange(1, 5000)))


def delete_warc(place: Place) -> None:
    """A WARC is gone."""
    (warc,) = place.warcs
    warc.unlink()


def repaired(place: Place) -> int:
    """`verify` finds the damage, with `repair` it mends it; gives how many captures were lost."""
    with Archive.read(place.archive) as archive:
        assert verify(archive), "damage is found"
    with Archive.open(place.archive) as archive:
        mended = verify(archive, repair=True)
    assert all(damage.repaired for damage in mended), mended
    return sum(damage.kind == "capture" for damage in mended)


def sound(place: Place) -> None:
    """`verify` has nothing to tell."""
    with Archive.read(place.archive) as archive:
        assert verify(archive) == []


def each(ordeal: Callable[[int], int], times: int) -> list[int]:
    """The same ordeal many times over, on all cores; what each of them gave."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(ordeal, range(times)))

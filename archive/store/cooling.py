"""Moving finished WARC files to cold storage (`archive.store.cold`) and back: copied, compared, only then removed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from archive.store.archive import Archive
from archive.store.cold import SUFFIX, Cold, cold_files, year_of
from archive.store.errors import StoreError


class ColdRefused(StoreError):
    """A file that must not be moved as asked, or could not be brought back."""


def move_away(archive: Archive, place: Path, *, before: int, this_year: int) -> Iterator[Cold]:
    """Move WARCs begun before that year into `place`, each copied, compared and only then removed here.

    A writer goes on with files of `this_year` only, so those of earlier years are finished. Raises `ColdRefused` for a
    later year, when a file is not whole, or when another of its name is there.
    """
    if before > this_year:
        raise ColdRefused(f"files of {this_year} are still being written: name {this_year} or an earlier year")
    rows = archive.db.execute("select file, length from warc_files where length > 0 order by file").fetchall()
    place.mkdir(parents=True, exist_ok=True)
    for file, length in rows:
        source, year = archive.warcs / file, year_of(file)
        if year is None or year >= before or not source.exists():
            continue
        if source.stat().st_size != length:
            raise ColdRefused(f"{source} is not as long as it was committed ({length} bytes). Run gongkai verify.")
        target = place / file
        digest = _digest(source)
        if target.exists() and _digest(target) != digest:
            raise ColdRefused(f"{target} is there already and is another file. Name another folder.")
        if not target.exists():
            part = target.with_name(target.name + ".part")
            shutil.copy2(source, part)
            if _digest(part) != digest:
                part.unlink()
                raise ColdRefused(f"{target} did not arrive as it was sent: {source} stays. Check that disk.")
            part.replace(target)
        cold = Cold(file=file, place=target.resolve(), length=length, sha256=digest)
        said = {"place": str(cold.place), "length": cold.length, "sha256": cold.sha256}
        (archive.warcs / (file + SUFFIX)).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
        source.unlink()
        yield cold


def bring_back(archive: Archive) -> Iterator[Cold]:
    """Copy files back from cold storage, those that can be reached. The copy there stays. Raises `ColdRefused` when one
    is not what was moved."""
    for cold in cold_files(archive.warcs):
        if not cold.place.exists():
            continue
        part = archive.warcs / (cold.file + ".part")
        shutil.copy2(cold.place, part)
        if _digest(part) != cold.sha256:
            part.unlink()
            raise ColdRefused(f"{cold.place} is not the file that was moved there (SHA-256 differs). Find a good copy.")
        part.replace(archive.warcs / cold.file)
        (archive.warcs / (cold.file + SUFFIX)).unlink()
        yield cold


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

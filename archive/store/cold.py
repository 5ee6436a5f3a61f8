"""WARC files in cold storage: moved away on purpose, their captures known and told, not damaged.

A small file stands in the place of each: `NAME.cold`, JSON that says where the file went, how long it is and with which
digest. Whoever brings the file back deletes nothing: a file that is there counts, whatever stands beside it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

#: What is added to a WARC's name for the note that stands in its place.
SUFFIX = ".cold"

#: The day in a WARC's name: the first it was written on.
_DAY = re.compile(r"-(?P<year>\d{4})\d{4}-\d{5}(?:-p\d+)?\.warc\.gz$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """A WARC file in cold storage: its name, where it went, its bytes and its SHA-256."""

    file: str
    place: Path
    length: int
    sha256: str


def year_of(file: str) -> int | None:
    """The year a WARC was begun in, by its name; None for a name that does not say."""
    found = _DAY.search(file)
    return int(found["year"]) if found else None


def note_of(folder: Path, file: str) -> Cold | None:
    """What is known of a file of `folder` that lies in cold storage; None when it is there, or nobody moved it."""
    note = folder / (file + SUFFIX)
    if (folder / file).exists() or not note.exists():
        return None
    try:
        said = json.loads(note.read_text("utf-8"))
        return Cold(file=file, place=Path(said["place"]), length=int(said["length"]), sha256=str(said["sha256"]))
    except (ValueError, KeyError, TypeError):
        return Cold(file=file, place=Path("?"), length=0, sha256="")


def cold_files(folder: Path) -> list[Cold]:
    """All files of `folder` that lie in cold storage."""
    notes = (note_of(folder, note.name.removesuffix(SUFFIX)) for note in sorted(folder.glob(f"*{SUFFIX}")))
    return [note for note in notes if note is not None]

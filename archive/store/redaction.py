"""What the journal must forget of what is withheld: titles a listing gave, and the words of problems.

Everything to be blanked follows from the database, so an interrupted redaction is simply done again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from archive.store.codec import to_json
from archive.store.replaced import sync_folder
from archive.store.withheld import BLANK
from sites.reading.urls import canonical


def redact(connection: sqlite3.Connection, journal: Path) -> int:
    """Write the journal anew without the words of withheld pages; gives how many lines that changed."""
    if not journal.exists():
        return 0
    records = {row[0] for row in connection.execute("select record_id from captures where withheld <> ''")}
    addresses = {
        row[0] for row in connection.execute("select target from withheld where kind = 'url' and released_at is null")
    }
    part = journal.with_name(journal.name + ".part")
    changed = 0
    with journal.open("rb") as reading, part.open("wb") as writing:
        for line in reading:
            blanked = _blanked(line, records, addresses)
            changed += blanked != line
            writing.write(blanked)
        writing.flush()
        os.fsync(writing.fileno())
    if changed:
        part.replace(journal)
        sync_folder(journal.parent)
    else:
        part.unlink()
    return changed


def _blanked(line: bytes, records: set[str], addresses: set[str]) -> bytes:
    """A line of the journal as it may stand; a torn one as it is."""
    try:
        entry: dict[str, Any] = json.loads(line)
        data: dict[str, Any] = entry["data"]
        kind = entry["kind"]
    except (ValueError, KeyError, TypeError):
        return line
    url = data.get("url", "")
    if data.get("record") not in records and url not in addresses and canonical(url) not in addresses:
        return line
    if kind in {"reading", "unchanged"} and data.get("ref"):
        data["ref"] = {**data["ref"], "title": ""}
    elif kind == "problem":
        data["message"], data["evidence"] = BLANK, ""
    else:
        return line
    return f'{{"id":{entry["id"]},"at":"{entry["at"]}","kind":"{kind}","data":{to_json(data)}}}\n'.encode()

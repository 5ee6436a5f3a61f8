"""Whether the texts of an archive are masked (`archive.reports.masking`), and what changes when that changes.

The archive remembers it, so that every reading, rebuild and restoration does the same. Another answer makes all
readings stale: the next rebuild writes them from the WARC files as they are wanted.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from archive.reports.masking import mask, masked_extract, masked_report
from archive.store.model import Reading

#: Version of the rules: a change of them makes masked texts stale.
RULES = "1"
_KEY, _OFF = "mask", "off"


def is_masked(connection: sqlite3.Connection) -> bool:
    """Whether what is read now is masked. An archive that says nothing yet is: it was made before it could ask."""
    return _state(connection) != _OFF


def is_settled(connection: sqlite3.Connection, *, masked: bool) -> bool:
    """Whether the texts are as `[privacy] mask` wants them, or there are none yet."""
    return _state(connection) == (RULES if masked else _OFF)


def settle(connection: sqlite3.Connection, *, masked: bool) -> bool:
    """Within a step: let the archive mask, or not, from now on. Tells whether readings became stale by it."""
    if is_settled(connection, masked=masked):
        return False
    connection.execute(
        "insert or replace into archive_info (key, value) values (?, ?)", (_KEY, RULES if masked else _OFF)
    )
    stale = connection.execute("update pages set reader_version = ''").rowcount
    connection.execute("update versions set reader_version = ''")
    connection.execute("update documents set reader_version = ''")
    return stale > 0


def begin(connection: sqlite3.Connection) -> None:
    """A new archive masks until somebody says otherwise."""
    connection.execute("insert or ignore into archive_info (key, value) values (?, ?)", (_KEY, RULES))


def state(connection: sqlite3.Connection) -> str:
    """What merging archives must agree on."""
    return _state(connection)


def shown(connection: sqlite3.Connection, reading: Reading) -> Reading:
    """A reading as it may be stored."""
    if not is_masked(connection):
        return reading
    report, ref = reading.report, reading.ref
    return replace(
        reading,
        ref=replace(ref, title=mask(ref.title)) if ref is not None else None,
        extracted=masked_extract(reading.extracted),
        report=masked_report(report) if report is not None else None,
    )


def _state(connection: sqlite3.Connection) -> str:
    row = connection.execute("select value from archive_info where key = ?", (_KEY,)).fetchone()
    return str(row[0]) if row else ""

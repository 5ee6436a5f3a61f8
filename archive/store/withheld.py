"""What must not be shown: the targets people named, and whether one of them covers an address or a digest.

A target is a canonical address (every capture of it, and the files of that page), a payload digest
(`sha1:…`: these bytes wherever they stand) or a text digest (`sha256:…`: this text).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from archive.store.errors import NothingToWithhold
from sites.reading.urls import canonical

Kind = Literal["url", "payload", "text"]

#: What `captures.withheld` says: '' (shown), withheld (reads as nothing), purged (its bytes are gone as well).
SHOWN, WITHHELD, PURGED = "", "withheld", "purged"

#: What stands in the place of a text that is withheld.
BLANK = "withheld"

_PAYLOAD = re.compile(r"sha1:[A-Z2-7]{32}")
_TEXT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """A row of `withheld`. Times are UTC as the archive writes them; '' for never."""

    target: str
    kind: Kind
    reason: str
    by: str
    at: str
    purged_at: str = ""
    released_at: str = ""


_COLUMNS = (
    "target, kind, reason, decided_by, withheld_at, coalesce(purged_at, '') as purged, "
    "coalesce(released_at, '') as released"
)


def parse_target(text: str) -> tuple[Kind, str]:
    """Kind and canonical form of what a person named. Raises `NothingToWithhold`."""
    cleaned = text.strip()
    if _PAYLOAD.fullmatch(cleaned):
        return "payload", cleaned
    if _TEXT.fullmatch(cleaned):
        return "text", cleaned
    if re.match(r"(?:https?://[^/\s]+|import:[^/\s]+/)\S*\Z", cleaned):
        return "url", canonical(cleaned)
    raise NothingToWithhold(
        f"{text!r} is neither an address (http://…, import:…) nor a digest as the archive writes them "
        "(sha1:… of a payload, sha256:… of a text)"
    )


def kind_of(value: str) -> Kind:
    """The kind a stored row names."""
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    return kinds[value]


def _from(row: tuple[str, ...]) -> Withholding:
    target, kind, reason, by, at, purged, released = row
    return Withholding(
        target=target, kind=kind_of(kind), reason=reason, by=by, at=at, purged_at=purged, released_at=released
    )


def find(connection: sqlite3.Connection, target: str) -> Withholding | None:
    """The newest word on a target, released or not."""
    row = connection.execute(f"select {_COLUMNS} from withheld where target = ?", (target,)).fetchone()  # noqa: S608
    return _from(tuple(row)) if row else None


def active(connection: sqlite3.Connection) -> list[Withholding]:
    """What is withheld now, the newest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from withheld where released_at is null order by withheld_at desc, target"  # noqa: S608
    )
    return [_from(tuple(row)) for row in rows]


def any_active(connection: sqlite3.Connection) -> bool:
    """Whether anything is withheld now."""
    return connection.execute("select 1 from withheld where released_at is null limit 1").fetchone() is not None


def covering(connection: sqlite3.Connection, *, addresses: Iterable[str] = (), digests: Iterable[str] = ()) -> str:
    """The target that covers one of these addresses or digests now, '' when none does."""
    if not any_active(connection):
        return ""
    named = [*(canonical(address) for address in addresses if address), *(digest for digest in digests if digest)]
    marks = ",".join("?" * len(named))
    row = connection.execute(
        f"select target from withheld where released_at is null and target in ({marks}) order by target limit 1",  # noqa: S608
        named,
    ).fetchone()
    return str(row[0]) if row else ""


def why_hidden(connection: sqlite3.Connection, capture: int) -> Withholding | None:
    """The withholding that hides a capture, or None when none is on record for it."""
    row = connection.execute(
        "select w.target from withheld_captures c join withheld w on w.target = c.target "
        "where c.capture = ? and w.released_at is null order by w.target limit 1",
        (capture,),
    ).fetchone()
    return find(connection, str(row[0])) if row else None


def reason_for_report(connection: sqlite3.Connection, body: str, year: int) -> str | None:
    """Why the report of a body and year is withheld, or None when it is not."""
    row = connection.execute(
        "select w.reason from withheld_reports r join withheld w on w.target = r.target "
        "where r.body = ? and r.year = ? and w.released_at is null order by w.target limit 1",
        (body, year),
    ).fetchone()
    return str(row[0]) if row else None


def hide(connection: sqlite3.Connection, capture: int, target: str) -> None:
    """Let a capture read as nothing."""
    connection.execute("insert or ignore into withheld_captures (capture, target) values (?, ?)", (capture, target))
    connection.execute("update captures set withheld = ? where id = ? and withheld = ''", (WITHHELD, capture))

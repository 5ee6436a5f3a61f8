"""Withholding, releasing and purging as people ask for it, on an archive open for writing.

What is withheld leaves the database in one transaction; then its traces are erased (`archive.store.erasing`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store import journal, withheld, withholding
from archive.store.backup import known_backups
from archive.store.captures import record_id_of
from archive.store.erasing import erase, mark_erasing
from archive.store.errors import DamagedCapture, NothingToWithhold
from archive.store.model import Capture
from archive.store.purging import purge as purge_records
from archive.store.rebuild import Reader, rebuild
from archive.store.replaced import delete_replaced, still_held
from archive.store.restore import replay
from archive.store.times import stamp
from sites.reading.decode import decode
from sites.reading.urls import canonical

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: What a listing may be: markup, or the lists that scripts ask for.
_LISTINGS = ("text/html", "application/json", "text/xml", "application/xml", "text/plain", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """What was done. `log_held` is True when a reader kept the write-ahead log from being emptied."""

    target: str
    kind: withheld.Kind
    captures: int
    pages: tuple[str, ...]
    trimmed: tuple[str, ...]
    elsewhere: tuple[str, ...]
    log_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What a purge did: old WARC file → its successor, and the copies in backups that still hold the bytes."""

    target: str
    files: dict[str, str]
    held: tuple[Path, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What is shown again."""

    target: str
    captures: int
    pages: tuple[str, ...]


def withhold(archive: Archive, what: str, *, reason: str, by: str, read: Reader) -> Takedown:
    """Let an address or a digest read as nothing, everywhere and from now on.

    `read` reads again what lost a version or a file. Raises `NothingToWithhold`.
    """
    kind, target = withheld.parse_target(what)
    _require(by=by, reason=reason)
    connection = archive.db.conn
    at = archive.now()
    listings = _listings_naming(archive, target) if kind == "url" else []
    with archive.step():
        withholding.put_target(connection, target, kind, reason=reason, by=by, at=stamp(at))
        removed = withholding.take_out(connection, target, kind, records=listings)
        mark_erasing(connection)
        journal.record(
            connection,
            at,
            "withhold",
            {
                "target": target,
                "kind": kind,
                "reason": reason,
                "by": by,
                "at": stamp(at),
                "records": listings,
                "reports": sorted(removed.reports),
            },
        )
    if removed.stale:
        rebuild(archive, read, urls=removed.stale)
    return Takedown(
        target=target,
        kind=kind,
        captures=len(removed.captures),
        pages=tuple(sorted(removed.pages)),
        trimmed=tuple(sorted(removed.trimmed)),
        elsewhere=tuple(sorted(removed.elsewhere)),
        log_held=not erase(connection, archive.journal, archive.warcs),
    )


def purge(archive: Archive, what: str, *, backups: Collection[Path] = ()) -> Purge:
    """Take what is withheld out of the WARC files. `backups` are folders to look into beside the known ones.

    Raises `NothingToWithhold` when it is not withheld.
    """
    _, target = withheld.parse_target(what)
    connection = archive.db.conn
    found = withheld.find(connection, target)
    if found is None or found.released_at:
        raise NothingToWithhold(f"{target} is not withheld; withhold it first, with --reason and --by")
    files = purge_records(archive, target)
    delete_replaced(connection, archive.warcs)
    folders = dict.fromkeys([*known_backups(archive.path), *(folder.resolve() for folder in backups)])
    held = [path for folder in folders for path in still_held(connection, folder)]
    return Purge(target=target, files=files, held=tuple(held))


def release(archive: Archive, what: str, *, reason: str, by: str, read: Reader) -> Released:
    """Show again what was withheld: the journal tells what was read, and it is read again from the WARC files.

    What was purged stays gone; the address may be fetched again. Raises `NothingToWithhold`.
    """
    _, target = withheld.parse_target(what)
    _require(by=by, reason=reason)
    connection = archive.db.conn
    found = withheld.find(connection, target)
    if found is None or found.released_at:
        raise NothingToWithhold(f"{target} is not withheld")
    at = archive.now()
    with archive.step():
        freed = withholding.put_release(connection, target, reason=reason, by=by, at=stamp(at))
        journal.record(connection, at, "release", {"target": target, "reason": reason, "by": by, "at": stamp(at)})
    pages, parents = replay(archive, read, freed)
    if parents:
        rebuild(archive, read, urls=parents)
    return Released(target=target, captures=len(freed), pages=tuple(sorted(pages)))


def hide_listing(archive: Archive, capture: Capture, addresses: Collection[str]) -> None:
    """Within a step: an answer that lists a withheld page shows its title, so it reads as nothing, too."""
    connection = archive.db.conn
    target = withheld.covering(connection, addresses=addresses) if addresses else ""
    if not target or capture.withheld:
        return
    withheld.hide(connection, capture.id, target)
    journal.record(connection, archive.now(), "hidden", {"record": record_id_of(connection, capture), "target": target})


def forbids(archive: Archive, url: str) -> str:
    """The target that forbids to fetch or show this address, '' when none does."""
    return withheld.covering(archive.db.conn, addresses=(url,))


def _require(*, by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise NothingToWithhold("say who decides and why: --by NAME --reason TEXT")


def _listings_naming(archive: Archive, target: str) -> list[str]:
    """Record ids of the answers of the same portal, documents apart, that name the page: by title or by path."""
    connection = archive.db.conn
    row = connection.execute("select title, listed_title, site from pages where url = ?", (target,)).fetchone()
    if row is None:
        return []
    names = {name.strip() for name in row[:2] if name and len(name.strip()) > 3}
    path = "/" + target.partition("://")[2].partition("/")[2]
    if len(path) > 1:
        names.add(path)
    host = target.partition("://")[2].partition("/")[0]
    found = []
    documents = {row[0] for row in connection.execute("select capture from versions")}
    documents |= {row[0] for row in connection.execute("select capture from pages")}
    pages = {row[0] for row in connection.execute("select url from pages")}
    for identifier, url, record, site, media_type in connection.execute(
        "select id, url, record_id, site, media_type from captures where withheld = '' and status <> 304 order by id"
    ).fetchall():
        own = canonical(url)
        if identifier in documents or own in pages or media_type not in _LISTINGS:
            continue
        if own.partition("://")[2].partition("/")[0] != host and (not site or site != row[2]):
            continue
        if _names(archive, identifier, names):
            found.append(str(record))
    return found


def _names(archive: Archive, identifier: int, names: set[str]) -> bool:
    capture = archive.capture(identifier)
    assert capture is not None
    try:
        text = decode(archive.body_of(capture), capture.media_type).text.replace("\\/", "/")
    except DamagedCapture:
        return False
    return any(name in text for name in names)

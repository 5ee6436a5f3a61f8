"""Shards into one archive: any partition of portals, crawled anywhere, merges into what one machine
would have made (WARC places aside).

Rows go over by what they are, not by their numbers: captures by record id, pages by URL, texts by
digest, bodies by their id. Merging a shard again brings only what is new in it, so a merge that was
interrupted is simply repeated. Crawls of one night (China day) become one run; other runs stay apart.

A portal's story is told by one shard. A shard that knows less of a portal than the archive does (it was
crawled elsewhere meanwhile) is refused, never mixed in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store import erasing, journal, privacy, withheld
from archive.store.errors import BrokenArchive, StoreError
from archive.store.files import open_reader, places_of
from archive.store.merge_rows import MergeResult, ShardRows
from archive.store.model import Run, RunResult
from archive.store.runs import site_counts
from archive.store.seeding import Seed, seed_of
from archive.store.states import settle_moves
from archive.store.times import stamp
from archive.store.warc_copies import bring_warcs
from sites.reading.urls import canonical

if TYPE_CHECKING:
    from archive.store.archive import Archive

__all__ = ["MergeRefused", "MergeResult", "conclude", "merge"]


class MergeRefused(StoreError):
    """A shard that must not be merged as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shard:
    """A shard that may be merged: its archive id, where it is, and what it was seeded from (None: from nothing)."""

    identity: str
    path: Path
    seed: Seed | None
    sites: tuple[str, ...] = field(default=())


def merge(archive: Archive, shards: Sequence[Path], *, linked: bool = False) -> list[MergeResult]:
    """Bring everything of the shards into an archive open for writing, one transaction a shard.

    All shards are checked before the first is merged. `linked` gives WARC files a second name instead of copying
    them where the file system can: only for shards that nobody writes or moves any more. Raises `MergeRefused`
    (unfinished run, other reader version, a portal that stands in two shards or was crawled here meanwhile,
    half-copied files), `OutdatedArchive`, `NewerArchive`, `BrokenArchive`.
    """
    checked = [_check(archive, path) for path in shards]
    if len({shard.identity for shard in checked}) != len(checked):
        raise MergeRefused(f"one of {', '.join(map(str, shards))} is named twice, or is a copy of another")
    _check_portals(checked)
    for shard in checked:
        _check_history(archive, shard)
    results = []
    for shard in checked:
        results.append(_merge_one(archive, shard, linked=linked))
    with archive.step():
        settle_moves(archive.db.conn)
    if withheld.any_active(archive.db.conn):
        erasing.erase(archive.db.conn, archive.journal, archive.warcs)
    return results


def _check(archive: Archive, path: Path) -> _Shard:
    if path.resolve() == archive.path.resolve():
        raise MergeRefused(f"{path} is the archive itself")
    opened = open_reader(path)
    try:
        connection = opened.connection
        (verdict,) = connection.execute("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            raise BrokenArchive(f"{path}: {verdict}. Copy the shard again.")
        unfinished = connection.execute("select scope from runs where finished_at is null").fetchone()
        if unfinished is not None:
            raise MergeRefused(f"{path}: the run over {unfinished[0]!r} is not finished. Finish it, then merge.")
        identity = str(connection.execute("select value from archive_info where key = 'id'").fetchone()[0])
        seed = seed_of(connection)
        _check_target(archive, path, seed)
        _check_purged(archive.db.conn, connection, path)
        versions = _versions(connection) | _versions(archive.db.conn)
        if len(versions) > 1:
            raise MergeRefused(
                f"{path} was read by another version of the reader than the archive ({', '.join(sorted(versions))}). "
                "Rebuild both with one version first: gongkai rebuild."
            )
        if privacy.state(connection) != privacy.state(archive.db.conn):
            raise MergeRefused(
                f"{path} masks telephone numbers and addresses otherwise than the archive does. Rebuild both with one "
                "[privacy] mask first: gongkai rebuild."
            )
        # what a seeded shard was given lies in the archive's own files; it is not brought back
        named = connection.execute(
            "select file from warc_files union select warc_file from captures where ?", (seed is None,)
        )
        for (file,) in named:
            if Path(file).name != file or file.startswith("."):
                raise MergeRefused(f"{path} names a WARC file {file!r}, which is none.")
        for file, length in connection.execute("select file, length from warc_files"):
            stored = opened.warcs / file
            if length and (not stored.exists() or stored.stat().st_size < length):
                raise MergeRefused(f"{stored} is not there in full: the shard was copied by halves. Copy it again.")
        _check_journal(path, connection)
        sites = tuple(site for (site,) in connection.execute("select distinct site from pages where site <> ''"))
        return _Shard(identity=identity, path=path, seed=seed, sites=sites)
    except sqlite3.DatabaseError as error:
        raise BrokenArchive(f"{path} cannot be read ({error}). Copy the shard again.") from error
    finally:
        opened.connection.close()


def _check_target(archive: Archive, path: Path, seed: Seed | None) -> None:
    """The archive must stand still: no run of its own is open, but the one a seeded shard belongs to."""
    connection = archive.db.conn
    (own,) = connection.execute("select value from archive_info where key = 'id'").fetchone()
    if seed is not None and seed.archive != own:
        raise MergeRefused(f"{path} is a part of another archive's crawl: merge it there, not into {archive.path}")
    unfinished = connection.execute("select id, scope from runs where finished_at is null").fetchone()
    if unfinished is not None and (seed is None or unfinished[0] != seed.run):
        raise MergeRefused(
            f"{archive.path}: its own run over {unfinished[1]!r} is not finished. Finish it (gongkai crawl), "
            "then merge."
        )


def _check_purged(here: sqlite3.Connection, shard: sqlite3.Connection, path: Path) -> None:
    """What was purged here must not come back with a shard's WARC files."""
    purged = {one.target for one in withheld.active(here) if one.purged_at}
    if not purged:
        return
    for url, digest in shard.execute("select distinct url, payload_digest from captures where withheld <> 'purged'"):
        if found := purged & {canonical(url), digest}:
            raise MergeRefused(
                f"{path} still holds {found.pop()}, which was purged here. Withhold and purge it there first: "
                "gongkai withhold --purge."
            )


def _versions(connection: sqlite3.Connection) -> set[str]:
    """The reader versions of the readings; '' only marks a page that is to be read again."""
    return {version for (version,) in connection.execute("select distinct reader_version from pages") if version}


def _check_journal(path: Path, connection: sqlite3.Connection) -> None:
    """Every line the database counted stands in the file or still in the outbox, and none it did not count."""
    row = connection.execute("select seq from sqlite_sequence where name = 'journal'").fetchone()
    counted = int(row[0]) if row else 0
    waiting = connection.execute("select min(id) from journal").fetchone()[0]
    file = places_of(path)[1]
    written = 0
    for entry in journal.entries(file):
        written = entry.id
    if written > counted:
        raise MergeRefused(
            f"{file} tells more than {path} knows: the shard was copied while it was being written, or without its "
            "-wal file. Copy it again after its crawl has ended."
        )
    if written < (counted if waiting is None else int(waiting) - 1):
        raise MergeRefused(f"{file} is not there in full: the shard was copied by halves. Copy it again.")


def _check_portals(shards: Sequence[_Shard]) -> None:
    """One portal belongs to one shard: two would tell two stories of the same nights."""
    owners: dict[str, Path] = {}
    for shard in shards:
        for site in shard.sites:
            if site in owners:
                raise MergeRefused(
                    f"portal {site} stands in {owners[site]} and in {shard.path}: merge one of them only"
                )
            owners[site] = shard.path


def _check_history(archive: Archive, shard: _Shard) -> None:
    """What the archive holds of a portal must be known to the shard that goes on with it."""
    connection = archive.db.conn
    known_before = shard.seed.last_capture if shard.seed is not None else 0
    connection.execute("attach ? as shard", (f"{shard.path.resolve().as_uri()}?mode=ro",))
    try:
        for site in shard.sites:
            stranger = connection.execute(
                "select 1 from main.captures where site = ? and id > ? "
                "and record_id not in (select record_id from shard.captures) limit 1",
                (site, known_before),
            ).fetchone()
            if stranger is not None:
                raise MergeRefused(
                    f"{archive.path} holds answers of portal {site} that {shard.path} does not know: it was crawled "
                    "here, or merged from another shard. One portal belongs to one shard; merge only that one."
                )
    finally:
        connection.execute("detach shard")


def _merge_one(archive: Archive, shard: _Shard, *, linked: bool) -> MergeResult:
    names = bring_warcs(archive, shard.path, f"{archive.path.stem}-{shard.identity[:8]}-", linked=linked)
    connection = archive.db.conn
    connection.execute("attach ? as shard", (f"{shard.path.resolve().as_uri()}?mode=ro",))
    try:
        with archive.step():
            return ShardRows(archive, shard.identity, shard.path, names, shard.seed).bring()
    finally:
        connection.execute("detach shard")


def conclude(archive: Archive, run: Run, *, at: datetime) -> RunResult:
    """Close a run whose work was done in seeded shards, once all of them are merged; gives what they found."""
    connection = archive.db.conn
    with archive.step():
        connection.execute("update runs set finished_at = ? where id = ?", (stamp(at), run.id))
        journal.record(connection, at, "finished", {"run": run.id, "finished_at": stamp(at), "sites": []})
    return RunResult(run=run, finished_at=at, sites=site_counts(connection, run.id))

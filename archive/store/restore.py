"""A lost database, made again from what cannot be lost with it: WARCs and journal.

The journal tells what happened in which order; the WARCs hold what was answered. Replaying the one
over the other with today's reader gives the rows an archive rebuilt with it would have.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archive.store import (
    captures,
    decisions,
    frontier,
    pages,
    privacy,
    runs,
    settling,
    states,
    warc,
    withheld,
    withholding,
)
from archive.store.archive import Archive
from archive.store.codec import ref_from, split_section_id
from archive.store.cold import cold_files
from archive.store.decisions import Decision
from archive.store.erasing import erase
from archive.store.errors import BrokenArchive, DamagedCapture
from archive.store.files import is_own_warc, open_writer, places_of
from archive.store.journal import Entry, entries
from archive.store.members import members
from archive.store.model import COUNT_NAMES, Capture, Reading, SiteCounts
from archive.store.problems import insert_problem
from archive.store.rebuild import BATCH, PageContext, Reader, attached, put_problem_once, rebuild
from archive.store.replaced import successor_of
from archive.store.states import ListingNight
from archive.store.times import moment_of, stamp, utc_now
from archive.store.tombstones import Grave, grave_of
from sites.errors import SiteError
from sites.model import Section


@dataclass(slots=True, kw_only=True)
class RestoreResult:
    """What was found again. `lost` are journal lines whose capture stands in no WARC any more."""

    captures: int = 0
    events: int = 0
    unreadable: int = 0
    lost: int = 0


def restore(
    path: Path,
    read: Reader,
    *,
    software: str = "gongkai",
    clock: Callable[[], datetime] = utc_now,
    mask: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> RestoreResult:
    """Make `path` again from the journal and the WARCs beside it; `mask` as `[privacy] mask` wants it.

    Raises `BrokenArchive` when the database is still there, or when there is nothing to restore from.
    The work happens in a file of its own; one that was interrupted is begun again.
    """
    warcs, journal = places_of(path)
    if path.exists():
        raise BrokenArchive(f"{path} is still there. Move it away first, or verify it: gongkai verify.")
    if not journal.exists():
        raise BrokenArchive(f"{journal} is not there: without the journal nobody knows what the WARCs in {warcs} mean.")
    away = cold_files(warcs)
    if away:
        raise BrokenArchive(
            f"{len(away)} WARC files lie in cold storage ({away[0].file} at {away[0].place}): copy them back into "
            f"{warcs} first, or what they hold would count as lost."
        )
    result = RestoreResult()
    opened = open_writer(path, now=clock(), restoring=True)
    done = False
    try:
        with Archive(opened, software=software, clock=clock, noting=False) as archive:
            with archive.step():
                privacy.settle(archive.db.conn, masked=mask)
                files = _current_files(path, warcs, journal)
                for file in files:
                    result.captures += index_file(archive, file)
                _join_revisits(archive)
                if any(not is_own_warc(path.stem, file.name) for file in files):
                    _number_by_time(archive)
            replaying = _Replay(archive, read, result)
            events = entries(journal)
            while batch := list(islice(events, BATCH)):
                with archive.step():
                    for entry in batch:
                        replaying.event(entry)
                progress(result.events)
            if replaying.stale:
                rebuild(archive, read, urls=replaying.stale)
            frontier.clear_finished(archive.db.conn)
            if withheld.any_active(archive.db.conn):
                erase(archive.db.conn, journal, warcs)
        done = True
    finally:
        if not done:
            for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                leftover.unlink(missing_ok=True)
    return result


def _current_files(path: Path, warcs: Path, journal: Path) -> list[Path]:
    """The WARC files to index, in order: neither one that a purge replaced, nor a successor it never adopted."""
    replaced: dict[str, str] = {}
    for entry in entries(journal):
        if entry.kind == "purge":
            replaced |= entry.data["files"]
    adopted = set(replaced.values())
    found = {file.name: file for file in sorted(warcs.glob(f"{path.stem}-*.warc.gz"))}
    waiting = {successor_of(name) for name in found} - adopted
    return [file for name, file in found.items() if name not in replaced and name not in waiting]


def index_file(archive: Archive, path: Path) -> int:
    """Write the rows of a WARC's captures, those behind damage as well; a torn tail is cut after the last whole
    pair. Gives their number."""
    found, whole = 0, 0
    response: warc.StoredRecord | None = None
    for record, end, after_damage in _whole_records(path):
        if after_damage and response is not None:  # its request is damaged: the answer counts all the same
            _insert(archive, path.name, response, None, end=whole)
            found, response = found + 1, None
        if (grave := grave_of(record)) is not None and grave.converted_from:
            _insert(archive, path.name, record, None, end=end)
            found += 1
        elif record.kind in {"response", "revisit"}:
            response = record
        elif record.kind == "request" and response is not None:
            _insert(archive, path.name, response, record, end=end)
            found, response = found + 1, None
        elif record.kind == "conversion":
            _insert(archive, path.name, record, None, end=end)
            found += 1
        if response is None:
            whole = end
    warc.truncate(path, whole)
    created = stamp(datetime.fromtimestamp(path.stat().st_mtime, tz=UTC))
    archive.db.conn.execute(
        "insert or replace into warc_files (file, length, created_at) values (?, ?, ?)", (path.name, whole, created)
    )
    return found


def _join_revisits(archive: Archive) -> None:
    """Revisits find the captures that were indexed after them: a merged archive has files of many shards."""
    connection = archive.db.conn
    waiting = connection.execute("select id, warc_file, warc_offset from captures where revisit_of = 0").fetchall()
    for identifier, file, offset in waiting:
        referred = warc.read_record(archive.warcs, file, offset).warc_headers.get("WARC-Refers-To", "")
        holder = captures.find_capture(connection, "record_id = ?", (referred,))
        connection.execute(
            "update captures set revisit_of = ?1, payload_length = case when status = 304 then payload_length else "
            "coalesce((select payload_length from captures where id = ?1), payload_length) end where id = ?2",
            (None if holder is None else (holder.revisit_of or holder.id), identifier),
        )


def _number_by_time(archive: Archive) -> None:
    """Number the captures of a merged archive in the order in which they were made, whatever file they stand in."""
    connection = archive.db.conn
    connection.execute(
        "create temp table renumbered as select id, row_number() over (order by fetched_at, warc_file, warc_offset) "
        "as place from captures"
    )
    connection.execute("create unique index temp.renumbered_id on renumbered(id)")
    for column in ("revisit_of", "converted_from", "id"):
        # by way of negative numbers, so that no two rows ever bear the same one
        connection.execute(
            f"update captures set {column} = -(select place from renumbered n where n.id = captures.{column}) "  # noqa: S608
            f"where {column} is not null"
        )
        connection.execute(f"update captures set {column} = -{column} where {column} is not null")  # noqa: S608
    connection.execute("drop table temp.renumbered")


def _whole_records(path: Path) -> Iterator[tuple[warc.StoredRecord, int, bool]]:
    """Every record of a file that can be read, where it ends, and whether damage stands before it."""
    expected = 0
    for offset, length in members(path):
        try:
            record = warc.read_any(path, offset)
        except DamagedCapture:
            continue
        yield record, offset + length, offset != expected
        expected = offset + length


def _insert(
    archive: Archive, file: str, response: warc.StoredRecord, request: warc.StoredRecord | None, *, end: int
) -> None:
    connection = archive.db.conn
    headers = response.warc_headers
    grave = grave_of(response)
    if grave is not None:
        _insert_grave(connection, file, response, grave, end=request.offset if request is not None else end)
        return
    exchange = warc.exchange_from(
        response, request, body=response.body, fetched_at=moment_of(headers.get("WARC-Date", ""))
    )
    holder, source = None, None
    length = len(response.body)
    referred = captures.find_capture(connection, "record_id = ?", (headers.get("WARC-Refers-To", ""),))
    if response.kind == "revisit":
        holder = referred
        if holder is not None and exchange.status != 304:
            length = int(
                connection.execute("select payload_length from captures where id = ?", (holder.id,)).fetchone()[0]
            )
    elif response.kind == "conversion":
        source = referred
    run = headers.get(warc.RUN, "").strip()
    captures.insert_capture(
        connection,
        exchange,
        warc.Place(
            file=file,
            offset=response.offset,
            length=(request.offset if request is not None else end) - response.offset,
            record_id=headers.get("WARC-Record-ID", ""),
            payload_digest=headers.get("WARC-Payload-Digest", ""),
        ),
        # 0: not indexed yet, see _join_revisits
        revisit_of=(holder.revisit_of or holder.id)
        if holder is not None
        else (0 if response.kind == "revisit" else None),
        run=int(run) if run else None,
        site=headers.get(warc.SITE, "").strip(),
        payload_length=length,
        converted_from=source.id if source is not None else None,
    )


def _insert_grave(
    connection: sqlite3.Connection, file: str, record: warc.StoredRecord, grave: Grave, *, end: int
) -> None:
    """The row of a purged capture, as its tombstone tells it."""
    headers = record.warc_headers
    exchange = replace(
        warc.exchange_from(record, None, body=b"", fetched_at=moment_of(headers.get("WARC-Date", ""))),
        method=grave.method,
        status=grave.status,
        headers=(("Content-Type", grave.media_type),),
    )
    holder = captures.find_capture(connection, "record_id = ?", (grave.refers_to,))
    source = captures.find_capture(connection, "record_id = ?", (grave.converted_from,))
    run = headers.get(warc.RUN, "").strip()
    captures.insert_capture(
        connection,
        exchange,
        warc.Place(
            file=file,
            offset=record.offset,
            length=end - record.offset,
            record_id=headers.get("WARC-Record-ID", ""),
            payload_digest=grave.payload_digest,
        ),
        revisit_of=None if holder is None else (holder.revisit_of or holder.id),
        run=int(run) if run else None,
        site=headers.get(warc.SITE, "").strip(),
        payload_length=grave.payload_length,
        converted_from=source.id if source is not None else None,
        hidden=withheld.PURGED,
    )


def replay(archive: Archive, read: Reader, freed: Collection[int]) -> tuple[set[str], set[str]]:
    """Read captures that are shown again as the journal tells they were read; gives the pages, and those they
    are files of."""
    replaying = _Replay(archive, read, RestoreResult())
    with archive.step():
        return replaying.again(freed)


class _Replay:
    """One event at a time, through the same functions that wrote it first. `stale` are pages to be read again
    at the end: a person decided what they are, or they lost what is withheld."""

    def __init__(self, archive: Archive, read: Reader, result: RestoreResult) -> None:
        self._archive = archive
        self._connection = archive.db.conn
        self._read = read
        self._result = result
        self.stale: set[str] = set()

    def again(self, freed: Collection[int], until: int | None = None) -> tuple[set[str], set[str]]:
        """Read these captures as the journal told before its line `until`. The nights of their listings count for
        their pages only."""
        among = "select record_id from captures where id in (select value from json_each(?))"
        records = {row[0] for row in self._connection.execute(among, (json.dumps(sorted(freed)),))}
        pages_read: set[str] = set()
        parents: set[str] = set()
        for entry in entries(self._archive.journal):
            if entry.id == until:
                break
            data = entry.data
            if entry.kind in {"reading", "unchanged"} and data.get("record") in records:
                self.event(entry)
                pages_read.add(data["url"])
                parents.add(data.get("parent", ""))
            elif entry.kind == "absent" and data["url"] in pages_read:
                self.event(entry)
            elif entry.kind == "listing" and pages_read:
                self._listing(data, only=pages_read)
        return pages_read, parents - {""}

    def event(self, entry: Entry) -> None:
        """Do what the journal says was done."""
        data = entry.data
        self._result.events += 1
        match entry.kind:
            case "sites" | "sections":
                self._archive.put_row(entry.kind, data)
            case "run":
                self._run(data, entry.at)
            case "reading":
                self._reading(data)
            case "unchanged":
                self._unchanged(data)
            case "listing":
                self._listing(data)
            case "absent":
                states.put_absent(self._connection, data["run"], data["url"])
            case "problem":
                insert_problem(self._connection, data, at=entry.at)
            case "decision":
                self._decision(data)
            case "roster":
                settling.apply_roster(self._connection, data)
            case "withhold":
                self._withhold(data)
            case "hidden":
                self._hidden(data)
            case "purge":
                self._purge(data)
            case "release":
                self._release(entry)
            case "finished":
                self._finished(data, entry.at)
            case _:
                raise BrokenArchive(
                    f"line {entry.id} of the journal is of a kind this version does not know ({entry.kind}): it was "
                    "written by a newer gongkai. Restore with that one."
                )

    def _run(self, data: dict[str, Any], at: str) -> None:
        self._connection.execute(
            "insert into runs (id, kind, scope, software, reader_version, started_at) values (?, ?, ?, ?, ?, ?) "
            "on conflict (id) do update set scope = excluded.scope",
            (
                data["run"],
                data["kind"],
                data["scope"],
                data["software"],
                data["reader_version"],
                data.get("started_at", at),
            ),
        )

    def _capture(self, data: dict[str, Any]) -> Capture | None:
        capture = captures.find_capture(self._connection, "record_id = ?", (data.get("record", ""),))
        if capture is None:
            self._result.lost += 1
        return capture

    def _reading(self, data: dict[str, Any]) -> None:
        capture = self._capture(data)
        if capture is None or capture.withheld:
            return
        site, key = split_section_id(data.get("section"))
        url, parent, ref = data["url"], data.get("parent", ""), ref_from(data.get("ref"))
        context = PageContext(
            url=url,
            site_id=site or data.get("site", ""),
            section_key=key,
            family=data.get("family", ""),
            ref=ref,
            parent_url=parent,
            attachments=tuple(attached(self._archive, url)),
            decided=decisions.decided_of(self._connection, url),
            portal=self._archive.portal(site or data.get("site", "")),
        )
        try:
            extracted, report, family = self._read(self._archive.exchange_of(capture), context)
        except (SiteError, DamagedCapture) as error:
            self._result.unreadable += 1
            kind = error.kind if isinstance(error, SiteError) else "damaged-capture"
            put_problem_once(self._archive, context, kind, str(error), capture=capture)
            return
        section = None
        if context.site_id:
            section = Section(site_id=context.site_id, key=key, name="", url="", family=family, hosts=())
        kept = Reading(
            capture=capture,
            url=url,
            section=section,
            extracted=extracted,
            report=report,
            family=family,
            ref=ref,
            parent_url=parent,
            run=data.get("run"),
        )
        if not pages.is_withheld(self._connection, kept):
            pages.put_reading(self._connection, kept)

    def _unchanged(self, data: dict[str, Any]) -> None:
        capture = self._capture(data)
        if capture is not None and not capture.withheld:
            pages.put_unchanged(self._connection, capture, data["url"], ref_from(data.get("ref")), data.get("run"))

    def _listing(self, data: dict[str, Any], *, only: Collection[str] | None = None) -> None:
        found = (captures.find_capture(self._connection, "record_id = ?", (r,)) for r in data.get("records", ()))
        states.put_listing_captures(
            self._connection, data["run"], data["section"], [capture.id for capture in found if capture is not None]
        )
        states.settle_night(
            self._connection,
            data["run"],
            ListingNight(
                section=data["section"],
                refs=data["refs"],
                complete=data["complete"],
                missing=tuple(data["missing"]),
                listed_at=data["listed_at"],
                head=data.get("head", ""),
                walked=data.get("walked", True),
            ),
            only=only,
        )

    def _withhold(self, data: dict[str, Any]) -> None:
        target, kind = data["target"], withheld.kind_of(data["kind"])
        withholding.put_target(self._connection, target, kind, reason=data["reason"], by=data["by"], at=data["at"])
        reports = [(body, year) for body, year in data["reports"]]
        removed = withholding.take_out(self._connection, target, kind, records=data["records"], reports=reports)
        self.stale |= removed.stale

    def _hidden(self, data: dict[str, Any]) -> None:
        capture = self._capture(data)
        if capture is not None:
            withheld.hide(self._connection, capture.id, data["target"])

    def _purge(self, data: dict[str, Any]) -> None:
        self._connection.execute("update withheld set purged_at = ? where target = ?", (data["at"], data["target"]))
        self._connection.executemany(
            "insert or replace into purged_files (file, successor) values (?, ?)", data["files"].items()
        )

    def _release(self, entry: Entry) -> None:
        data = entry.data
        freed = withholding.put_release(
            self._connection, data["target"], reason=data["reason"], by=data["by"], at=data["at"]
        )
        self.stale |= self.again(freed, until=entry.id)[1]

    def _decision(self, data: dict[str, Any]) -> None:
        at = data.pop("decided_at")
        decision = Decision(**data)
        self.stale.add(decision.page)  # as `rebuild.decide` did: a page decided to be a report is read as one
        decisions.insert_decision(self._connection, decision, at=at)
        settling.apply_decision(self._connection, decision)

    def _finished(self, data: dict[str, Any], at: str) -> None:
        settling.settle_run(self._connection, data["run"])
        for site in data["sites"]:
            numbers = {name: site[name] for name in (*COUNT_NAMES, "requests", "bytes", "complete")}
            runs.insert_counts(self._connection, data["run"], SiteCounts(site_id=site["site"], **numbers))
        self._connection.execute(
            "update runs set finished_at = ? where id = ?", (data.get("finished_at", at), data["run"])
        )

"""A lost database, made again from what cannot be lost with it: WARCs and journal.

The journal tells what happened in which order; the WARCs hold what was answered. Replaying the one
over the other with today's reader gives the rows an archive rebuilt with it would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archive.store import captures, decisions, frontier, pages, runs, settling, states, warc
from archive.store.archive import Archive
from archive.store.codec import ref_from, split_section_id
from archive.store.decisions import Decision
from archive.store.errors import BrokenArchive, DamagedCapture
from archive.store.files import is_own_warc, open_writer, places_of
from archive.store.journal import Entry, entries
from archive.store.members import members
from archive.store.model import COUNT_NAMES, Capture, SiteCounts
from archive.store.problems import insert_problem
from archive.store.rebuild import BATCH, PageContext, Reader, attached, put_problem_once, rebuild
from archive.store.states import ListingNight
from archive.store.times import moment_of, stamp, utc_now
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
    progress: Callable[[int], None] = lambda done: None,
) -> RestoreResult:
    """Make `path` again from the journal and the WARCs beside it.

    Raises `BrokenArchive` when the database is still there, or when there is nothing to restore from.
    The work happens in a file of its own; one that was interrupted is begun again.
    """
    warcs, journal = places_of(path)
    if path.exists():
        raise BrokenArchive(f"{path} is still there. Move it away first, or verify it: gongkai verify.")
    if not journal.exists():
        raise BrokenArchive(f"{journal} is not there: without the journal nobody knows what the WARCs in {warcs} mean.")
    result = RestoreResult()
    opened = open_writer(path, now=clock(), restoring=True)
    done = False
    try:
        with Archive(opened, software=software, clock=clock, noting=False) as archive:
            with archive.step():
                files = sorted(warcs.glob(f"{path.stem}-*.warc.gz"))
                for file in files:
                    result.captures += index_file(archive, file)
                _join_revisits(archive)
                if any(not is_own_warc(path.stem, file.name) for file in files):
                    _number_by_time(archive)
            decided: set[str] = set()
            events = entries(journal)
            while batch := list(islice(events, BATCH)):
                with archive.step():
                    for entry in batch:
                        _Replay(archive, read, result).event(entry)
                        if entry.kind == "decision":
                            decided.add(entry.data["page"])
                progress(result.events)
            if decided:  # as `rebuild.decide` did: a page decided to be a report is read as one
                rebuild(archive, read, urls=decided)
            frontier.clear_finished(archive.db.conn)
        done = True
    finally:
        if not done:
            for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                leftover.unlink(missing_ok=True)
    return result


def index_file(archive: Archive, path: Path) -> int:
    """Write the rows of a WARC's captures, those behind damage as well; a torn tail is cut after the last whole
    pair. Gives their number."""
    found, whole = 0, 0
    response: warc.StoredRecord | None = None
    for record, end, after_damage in _whole_records(path):
        if after_damage and response is not None:  # its request is damaged: the answer counts all the same
            _insert(archive, path.name, response, None, end=whole)
            found, response = found + 1, None
        if record.kind in {"response", "revisit"}:
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


class _Replay:
    """One event at a time, through the same functions that wrote it first."""

    def __init__(self, archive: Archive, read: Reader, result: RestoreResult) -> None:
        self._archive = archive
        self._connection = archive.db.conn
        self._read = read
        self._result = result

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
        if capture is None:
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
        pages.put_reading(
            self._connection,
            pages.Reading(
                capture=capture,
                url=url,
                section=section,
                extracted=extracted,
                report=report,
                family=family,
                ref=ref,
                parent_url=parent,
                run=data.get("run"),
            ),
        )

    def _unchanged(self, data: dict[str, Any]) -> None:
        capture = self._capture(data)
        if capture is not None:
            pages.put_unchanged(self._connection, capture, data["url"], ref_from(data.get("ref")), data.get("run"))

    def _listing(self, data: dict[str, Any]) -> None:
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
        )

    def _decision(self, data: dict[str, Any]) -> None:
        at = data.pop("decided_at")
        decision = Decision(**data)
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

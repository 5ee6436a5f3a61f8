"""Shards into one archive: any partition of portals, crawled anywhere, merges into what one machine
would have made (WARC places aside).

Rows go over by what they are, not by their numbers: captures by record id, pages by URL, texts by
digest, bodies by their id. Merging a shard again brings only what is new in it, so a merge that was
interrupted is simply repeated. Runs of one kind on one night (China day) become one run.
"""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.store import erasing, journal, pages, privacy, withheld, withholding
from archive.store.dictionary import TABLES
from archive.store.errors import BrokenArchive, StoreError
from archive.store.files import open_reader, places_of
from archive.store.queries import marks
from archive.store.settling import settle
from archive.store.standing import settle_editions
from archive.store.times import china_day
from sites.reading.urls import canonical

if TYPE_CHECKING:
    from archive.store.archive import Archive

_COPY_BLOCK = 1 << 20


class MergeRefused(StoreError):
    """A shard that must not be merged as it is."""


@dataclass(slots=True, kw_only=True)
class MergeResult:
    """What came from one shard."""

    shard: Path
    captures: int = 0
    pages: int = 0
    documents: int = 0
    reports: int = 0


def merge(archive: Archive, shards: Sequence[Path]) -> list[MergeResult]:
    """Bring everything of the shards into an archive open for writing, one transaction a shard.

    All shards are checked before the first is merged. Raises `MergeRefused` (unfinished run, other reader
    version, a portal that stands in two shards, half-copied WARCs), `OutdatedArchive`, `NewerArchive`,
    `BrokenArchive`.
    """
    checked = [_check(archive, path) for path in shards]
    if len({identity for identity, _ in checked}) != len(checked):
        raise MergeRefused(f"one of {', '.join(map(str, shards))} is named twice, or is a copy of another")
    _check_portals([path for _, path in checked])
    results = [_merge_one(archive, identity, path) for identity, path in checked]
    if withheld.any_active(archive.db.conn):
        erasing.erase(archive.db.conn, archive.journal, archive.warcs)
    return results


def _check(archive: Archive, path: Path) -> tuple[str, Path]:
    opened = open_reader(path)
    try:
        connection = opened.connection
        if path.resolve() == archive.path.resolve():
            raise MergeRefused(f"{path} is the archive itself")
        (verdict,) = connection.execute("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            raise BrokenArchive(f"{path}: {verdict}. Copy the shard again.")
        unfinished = connection.execute("select scope from runs where finished_at is null").fetchone()
        if unfinished is not None:
            raise MergeRefused(f"{path}: the run over {unfinished[0]!r} is not finished. Finish it, then merge.")
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
        for (file,) in connection.execute("select file from warc_files union select warc_file from captures"):
            if Path(file).name != file or file.startswith("."):
                raise MergeRefused(f"{path} names a WARC file {file!r}, which is none.")
        for file, length in connection.execute("select file, length from warc_files"):
            stored = opened.warcs / file
            if length and (not stored.exists() or stored.stat().st_size < length):
                raise MergeRefused(f"{stored} is not there in full: the shard was copied by halves. Copy it again.")
        return str(connection.execute("select value from archive_info where key = 'id'").fetchone()[0]), path
    finally:
        opened.connection.close()


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
    return {version for (version,) in connection.execute("select distinct reader_version from pages")}


def _check_portals(paths: Sequence[Path]) -> None:
    """One portal belongs to one shard: two would tell two stories of the same nights."""
    owners: dict[str, Path] = {}
    for path in paths:
        opened = open_reader(path)
        try:
            for (site,) in opened.connection.execute("select distinct site from pages where site <> ''"):
                if site in owners:
                    raise MergeRefused(f"portal {site} stands in {owners[site]} and in {path}: merge one of them only")
                owners[site] = path
        finally:
            opened.connection.close()


def _merge_one(archive: Archive, identity: str, path: Path) -> MergeResult:
    names = _copy_warcs(archive, identity, path)
    connection = archive.db.conn
    connection.execute("attach ? as shard", (f"{path.resolve().as_uri()}?mode=ro",))
    try:
        with archive.step():
            return _Merge(archive, identity, path, names).run()
    finally:
        connection.execute("detach shard")


def _copy_warcs(archive: Archive, identity: str, path: Path) -> dict[str, str]:
    """Copy what is committed of the shard's WARCs under names of their own; gives shard name → name here."""
    opened = open_reader(path)
    names = {}
    try:
        for file, length in opened.connection.execute("select file, length from warc_files"):
            name = f"{archive.path.stem}-{identity[:8]}-{file}"
            target = archive.warcs / name
            have = target.stat().st_size if target.exists() else 0
            if have < length:
                _copy_tail(opened.warcs / file, target, have, length)
            names[file] = name
    finally:
        opened.connection.close()
    return names


def _copy_tail(source: Path, target: Path, have: int, length: int) -> None:
    with source.open("rb") as reading, target.open("ab") as writing:
        reading.seek(have)
        left = length - have
        while left > 0 and (block := reading.read(min(_COPY_BLOCK, left))):
            writing.write(block)
            left -= len(block)
    shutil.copystat(source, target)


def _columns(table: str, *without: str) -> list[str]:
    return [column.name for column in TABLES[table].columns if column.name not in without]


class _Merge:
    """One shard, attached as `shard`, inside one step."""

    def __init__(self, archive: Archive, identity: str, path: Path, names: dict[str, str]) -> None:
        self._archive = archive
        self._connection = archive.db.conn
        self._identity = identity
        self._path = path
        self._names = names
        self._result = MergeResult(shard=path)

    def run(self) -> MergeResult:
        """All tables in the order in which they refer to each other."""
        execute = self._connection.execute
        for table in ("sites", "sections"):
            names = ", ".join(_columns(table))
            execute(f"insert or replace into main.{table} ({names}) select {names} from shard.{table}")
        runs = self._runs()
        execute("create temp table run_of (shard integer primary key, here integer not null)")
        try:
            self._connection.executemany("insert into run_of values (?, ?)", runs.items())
            self._captures()
            self._documents()
            self._pages()
            self._bodies()
            self._reports()
            self._journal_tables()
            self._withheld()
            self._journal_lines(runs)
            self._settle()
        finally:
            execute("drop table temp.run_of")
        return self._result

    # --- runs

    def _runs(self) -> dict[int, int]:
        """The shard's runs → runs here, made or joined: one a kind, China day and place within that day."""
        here = {key: run for run, key in _keys(self._connection, "main").items()}
        mapping = {}
        for run, key in _keys(self._connection, "shard").items():
            kind, scope, software, version, started, finished = self._connection.execute(
                "select kind, scope, software, reader_version, started_at, finished_at from shard.runs where id = ?",
                (run,),
            ).fetchone()
            known = self._known_run(run) or here.get(key)
            if known is None:
                known = int(
                    self._connection.execute(
                        "insert into main.runs (kind, scope, software, reader_version, started_at, finished_at) "
                        "values (?, ?, ?, ?, ?, ?)",
                        (kind, scope, software, version, started, finished),
                    ).lastrowid
                    or 0
                )
            else:
                self._join(known, scope, finished)
            self._remember(f"run:{run}", str(known))
            mapping[run] = known
        return mapping

    def _join(self, run: int, scope: str, finished: str) -> None:
        (there,) = self._connection.execute("select scope from main.runs where id = ?", (run,)).fetchone()
        joined = " ".join(sorted({*there.split(), *scope.split()}))
        self._connection.execute(
            "update main.runs set scope = ?, finished_at = max(finished_at, ?) where id = ?", (joined, finished, run)
        )

    def _known_run(self, run: int) -> int | None:
        value = self._recall(f"run:{run}")
        return int(value) if value else None

    def _remember(self, key: str, value: str) -> None:
        self._connection.execute(
            "insert or replace into main.archive_info (key, value) values (?, ?)",
            (f"merged:{self._identity}:{key}", value),
        )

    def _recall(self, key: str) -> str:
        row = self._connection.execute(
            "select value from main.archive_info where key = ?", (f"merged:{self._identity}:{key}",)
        ).fetchone()
        return str(row[0]) if row else ""

    # --- evidence and readings

    def _captures(self) -> None:
        execute = self._connection.execute
        for file, name in self._names.items():
            execute(
                "insert or replace into main.warc_files (file, length, created_at) "
                "select ?, length, created_at from shard.warc_files where file = ?",
                (name, file),
            )
        names = _columns("captures", "id", "revisit_of", "converted_from", "run", "warc_file")
        chosen = ", ".join(f"c.{name}" for name in names)
        prefix = self._names_here("")
        self._result.captures = execute(
            f"insert or ignore into main.captures ({', '.join(names)}, warc_file, run) "
            f"select {chosen}, ? || c.warc_file, (select here from run_of where shard = c.run) "
            "from shard.captures c order by c.id",
            (prefix,),
        ).rowcount
        for link in ("revisit_of", "converted_from"):
            execute(
                f"update main.captures set {link} = (select h.id from shard.captures c "
                f"join shard.captures o on o.id = c.{link} join main.captures h on h.record_id = o.record_id "
                "where c.record_id = main.captures.record_id) "
                f"where record_id in (select record_id from shard.captures where {link} is not null)"
            )

    def _names_here(self, file: str) -> str:
        """What a WARC file of the shard is called here."""
        return f"{self._archive.path.stem}-{self._identity[:8]}-{file}"

    def _documents(self) -> None:
        names = ", ".join(_columns("documents", "id"))
        self._result.documents = self._connection.execute(
            f"insert or ignore into main.documents ({names}) select {names} from shard.documents order by text_digest"
        ).rowcount
        self._connection.execute(
            "insert into main.document_texts (id, text_digest, text) select d.id, t.text_digest, t.text "
            "from shard.document_texts t join main.documents d on d.text_digest = t.text_digest "
            "where d.id not in (select id from main.document_texts) order by d.id"
        )

    def _pages(self) -> None:
        names = _columns("pages", "capture", "first_run")
        chosen = ", ".join(f"p.{name}" for name in names)
        self._result.pages = self._connection.execute(
            f"insert or replace into main.pages ({', '.join(names)}, capture, first_run) "
            f"select {chosen}, {_here('p.capture')}, (select here from run_of where shard = p.first_run) "
            "from shard.pages p left join main.pages m on m.url = p.url "
            "where m.url is null or m.last_fetched_at <= p.last_fetched_at order by p.url"
        ).rowcount
        self._connection.execute(
            "insert or replace into main.versions (page, from_at, to_at, text_digest, capture, reader_version) "
            f"select v.page, v.from_at, v.to_at, v.text_digest, {_here('v.capture')}, v.reader_version "
            "from shard.versions v"
        )
        self._connection.execute(
            "insert or ignore into main.page_files (page, file) select page, file from shard.page_files"
        )
        self._connection.execute(
            "insert or ignore into main.page_states (page, since_at, state, run) "
            "select page, since_at, state, (select here from run_of where shard = s.run) from shard.page_states s"
        )

    def _bodies(self) -> None:
        names = _columns("bodies")
        filled = ", ".join(f"{name} = coalesce(nullif({name}, ''), excluded.{name})" for name in names if name != "id")
        self._connection.execute(
            f"insert into main.bodies ({', '.join(names)}) select {', '.join(names)} from shard.bodies where true "
            f"on conflict (id) do update set {filled}"
        )

    def _reports(self) -> None:
        names = _columns("reports", "id", "capture")
        chosen = ", ".join(f"r.{name}" for name in names)
        written = ", ".join(f"{name} = excluded.{name}" for name in names if name not in {"page", "text_digest"})
        self._result.reports = self._connection.execute(
            f"insert into main.reports ({', '.join(names)}, capture) "
            f"select {chosen}, {_here('r.capture')} from shard.reports r where true order by r.page, r.text_digest "
            f"on conflict (page, text_digest) do update set {written}, capture = excluded.capture"
        ).rowcount
        ours = (
            "select m.id from main.reports m join shard.reports r on r.page = m.page and r.text_digest = m.text_digest"
        )
        for table in ("report_sections", "cells", "findings"):
            rest = ", ".join(f'"{name}"' for name in _columns(table, "report"))
            shown = ", ".join(f't."{name}"' for name in _columns(table, "report"))
            self._connection.execute(f"delete from main.{table} where report in ({ours})")
            self._connection.execute(
                f"insert into main.{table} (report, {rest}) select m.id, {shown} from shard.{table} t "
                "join shard.reports r on r.id = t.report "
                "join main.reports m on m.page = r.page and m.text_digest = r.text_digest"
            )

    # --- what must not be shown

    def _withheld(self) -> None:
        """What either archive withholds is withheld in both; a later word on the same target counts."""
        execute = self._connection.execute
        names = ("target", "kind", "reason", "decided_by", "withheld_at", "released_at")
        chosen = ", ".join(names)
        here = {row[0]: row for row in execute(f"select {chosen} from main.withheld")}
        for row in execute(f"select {chosen} from shard.withheld").fetchall():
            known = here.get(row[0])
            if known is None or max(row[4], row[5] or "") > max(known[4], known[5] or ""):
                execute(f"insert or replace into main.withheld ({chosen}) values ({marks(names)})", row)
        execute(
            "insert or ignore into main.withheld_reports (target, body, year) "
            "select target, body, year from shard.withheld_reports"
        )
        for capture, target in execute(
            "select h.id, w.target from shard.withheld_captures w join shard.captures c on c.id = w.capture "
            "join main.captures h on h.record_id = c.record_id"
        ).fetchall():
            withheld.hide(self._connection, capture, target)
        for one in withheld.active(self._connection):
            withholding.take_out(self._connection, one.target, one.kind)
            erasing.mark_erasing(self._connection)

    # --- journal

    def _journal_tables(self) -> None:
        execute = self._connection.execute
        names = _columns("run_sites", "run")
        summed = ", ".join(
            f"{name} = min({name}, excluded.{name})" if name == "complete" else f"{name} = excluded.{name}"
            for name in names
            if name != "site"
        )
        execute(
            f"insert into main.run_sites (run, {', '.join(names)}) "
            f"select o.here, {', '.join('s.' + name for name in names)} from shard.run_sites s "
            "join run_of o on o.shard = s.run where s.site <> '' "
            f"on conflict (run, site) do update set {summed}"
        )
        names = _columns("listings", "run")
        execute(
            f"insert or replace into main.listings (run, {', '.join(names)}) "
            f"select o.here, {', '.join('l.' + name for name in names)} from shard.listings l "
            "join run_of o on o.shard = l.run"
        )
        execute(
            "insert or ignore into main.listing_captures (run, section, capture) "
            f"select o.here, l.section, {_here('l.capture')} from shard.listing_captures l "
            "join run_of o on o.shard = l.run"
        )
        names = _columns("roster")
        execute(
            f"insert into main.roster ({', '.join(names)}) select {', '.join(names)} from shard.roster where true "
            f"on conflict (body) do update set {', '.join(f'{name} = excluded.{name}' for name in names)} "
            "where excluded.imported_at > imported_at"
        )
        for table in ("problems", "decisions"):
            last = int(self._recall(table) or 0)
            without = ("id", "run", "capture") if table == "problems" else ("id",)
            plain = _columns(table, *without)
            into, chosen = ", ".join(plain), ", ".join(f"t.{name}" for name in plain)
            if table == "problems":
                into += ", run, capture"
                chosen += f", (select here from run_of where shard = t.run), {_here('t.capture')}"
            execute(
                f"insert into main.{table} ({into}) select {chosen} from shard.{table} t where t.id > ? order by t.id",
                (last,),
            )
            (newest,) = execute(f"select coalesce(max(id), 0) from shard.{table}").fetchone()
            self._remember(table, str(newest))

    def _journal_lines(self, runs: dict[int, int]) -> None:
        """The shard's story goes into the journal here, with the numbers that runs have here."""
        last = int(self._recall("journal") or 0)
        for entry in journal.entries(places_of(self._path)[1]):
            if entry.id <= last:
                continue
            data: dict[str, Any] = dict(entry.data)
            if data.get("run") is not None:
                data["run"] = runs[data["run"]]
            if entry.kind == "purge":
                data["files"] = {self._names_here(old): self._names_here(new) for old, new in data["files"].items()}
            if entry.kind == "run":
                row = self._connection.execute("select scope from main.runs where id = ?", (data["run"],)).fetchone()
                data["scope"] = row[0]
            journal.record_at(self._connection, entry.at, entry.kind, data)
            last = entry.id
        self._remember("journal", str(last))

    def _settle(self) -> None:
        """What depends on all shards together: which page speaks for a text, which edition counts."""
        for (digest,) in self._connection.execute("select text_digest from shard.documents").fetchall():
            pages.prefer(self._connection, digest)
        for body, year in self._connection.execute(
            "select distinct body, year from shard.reports where kind = 'report' and body is not null "
            "and year is not null"
        ).fetchall():
            settle_editions(self._connection, body, year)
        whose = self._connection.execute(
            "select distinct body from shard.reports where kind = 'report' and body is not null"
        ).fetchall()
        settle(self._connection, [body for (body,) in whose])


def _here(capture: str) -> str:
    """SQL for the id here of a capture of the shard."""
    return (
        f"(select h.id from shard.captures c join main.captures h on h.record_id = c.record_id where c.id = {capture})"
    )


def _keys(connection: sqlite3.Connection, schema: str) -> dict[int, tuple[str, str, int]]:
    """Run → kind, China day, and which of that day it is."""
    keys: dict[int, tuple[str, str, int]] = {}
    seen: dict[tuple[str, str], int] = {}
    for run, kind, started in connection.execute(f"select id, kind, started_at from {schema}.runs order by id"):
        night = (kind, china_day(started).isoformat())
        seen[night] = seen.get(night, 0) + 1
        keys[run] = (*night, seen[night])
    return keys

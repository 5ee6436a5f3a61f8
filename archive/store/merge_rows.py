"""The rows of one shard brought into an archive: table by table, in the order in which they refer to each other."""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.store import erasing, journal, pages, withheld, withholding
from archive.store.bodies import forget_body
from archive.store.decisions import Decision
from archive.store.dictionary import TABLES
from archive.store.files import places_of
from archive.store.journal import Entry
from archive.store.judgement import drop_report
from archive.store.parts import ACROSS
from archive.store.queries import marks
from archive.store.runs import recount_strangers, strangers
from archive.store.seeding import Seed
from archive.store.settling import apply_decision, settle
from archive.store.standing import settle_editions
from archive.store.times import china_day

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: Every table a merge brings over; the others are the archive's own matter, or follow from these.
MERGED = frozenset({
    "sites", "sections", "runs", "run_sites", "listings", "problems", "captures", "pages", "documents",
    "document_texts", "versions", "bodies", "reports", "report_sections", "cells", "findings", "decisions",
    "report_grids", "withheld", "page_states", "page_files", "listing_captures", "roster",
})  # fmt: skip

#: What a report says, and the condition on rows that come from its own reading.
_PARTS = {"report_sections": "", "report_grids": "", "cells": "", "findings": f" where position < {ACROSS}"}


@dataclass(slots=True, kw_only=True)
class MergeResult:
    """What came from one shard."""

    shard: Path
    captures: int = 0
    pages: int = 0
    documents: int = 0
    reports: int = 0


def _columns(table: str, *without: str) -> list[str]:
    return [f'"{column.name}"' for column in TABLES[table].columns if column.name not in without]


class ShardRows:
    """One shard, attached as `shard`, inside one step. `names` gives the names of its WARC files here."""

    def __init__(self, archive: Archive, identity: str, path: Path, names: dict[str, str], seed: Seed | None) -> None:
        self._archive = archive
        self._connection = archive.db.conn
        self._identity = identity
        self._path = path
        self._names = names
        self._seed = seed
        self._result = MergeResult(shard=path)

    def bring(self) -> MergeResult:
        """All tables in the order in which they refer to each other."""
        execute = self._connection.execute
        for table in ("sites", "sections"):
            names = ", ".join(_columns(table))
            execute(f"insert or replace into main.{table} ({names}) select {names} from shard.{table}")
        self._archive.forget_sites()
        runs = self._runs()
        execute("create temp table run_of (shard integer primary key, here integer not null)")
        execute("create temp table touched (url text primary key, owned integer not null) without rowid")
        execute("create temp table judged (here integer primary key, shard integer not null)")
        try:
            self._connection.executemany("insert into run_of values (?, ?)", runs.items())
            self._captures()
            self._touched()
            leaving = self._leaving()
            self._documents()
            self._pages()
            self._bodies()
            self._reports()
            own = self._decisions_here()
            self._journal_tables(runs)
            self._withheld()
            self._journal_lines(runs)
            self._settle(leaving)
            for decision in own:
                apply_decision(self._connection, decision)
        finally:
            for table in ("run_of", "touched", "judged"):
                execute(f"drop table temp.{table}")
        return self._result

    # --- runs

    def _runs(self) -> dict[int, int]:
        """The shard's runs → runs here, made or joined: crawls by China day and place within that day, others for
        themselves. A seeded shard numbers runs as the archive does."""
        if self._seed is not None:
            return {run: run for (run,) in self._connection.execute("select id from main.runs")}
        here = {key: run for run, key in _keys(self._connection, "main").items()}
        mapping = {}
        for run, key in _keys(self._connection, "shard").items():
            kind, scope, software, version, started, finished = self._connection.execute(
                "select kind, scope, software, reader_version, started_at, finished_at from shard.runs where id = ?",
                (run,),
            ).fetchone()
            known = self._known_run(run) or (here.get(key) if kind == "crawl" else None)
            if known is None:
                known = int(
                    self._connection.execute(
                        "insert into main.runs (kind, scope, software, reader_version, started_at, finished_at) "
                        "values (?, ?, ?, ?, ?, ?)",
                        (kind, scope, software, version, started, finished),
                    ).lastrowid
                    or 0
                )
            elif kind == "crawl":
                self._join(known, scope, started, finished)
            self._remember(f"run:{run}", str(known))
            mapping[run] = known
        return mapping

    def _join(self, run: int, scope: str, started: str, finished: str) -> None:
        (there,) = self._connection.execute("select scope from main.runs where id = ?", (run,)).fetchone()
        joined = " ".join(sorted({*there.split(), *scope.split()}))
        self._connection.execute(
            "update main.runs set scope = ?, started_at = min(started_at, ?), finished_at = max(finished_at, ?) "
            "where id = ?",
            (joined, started, finished, run),
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
        own = "c.warc_file in (select file from shard.warc_files)"  # what it was seeded with stands here already
        (newest,) = execute("select coalesce(max(id), 0) from main.captures").fetchone()
        self._result.captures = execute(
            f"insert or ignore into main.captures ({', '.join(names)}, warc_file, run) "
            f"select {chosen}, ? || c.warc_file, (select here from run_of where shard = c.run) "
            f"from shard.captures c where {own} order by c.id",
            (prefix,),
        ).rowcount
        execute(
            f"insert or ignore into main.lost_captures (capture, lost_at) select {_here('l.capture')}, l.lost_at "
            f"from shard.lost_captures l join shard.captures c on c.id = l.capture where {own}"
        )
        for link in ("revisit_of", "converted_from"):
            execute(
                f"update main.captures set {link} = (select h.id from shard.captures c "
                f"join shard.captures o on o.id = c.{link} join main.captures h on h.record_id = o.record_id "
                "where c.record_id = main.captures.record_id) "
                "where id > ?",
                (newest,),
            )

    def _names_here(self, file: str) -> str:
        """What a WARC file of the shard is called here."""
        return f"{self._archive.path.stem}-{self._identity[:8]}-{file}"

    def _touched(self) -> None:
        """The pages the shard has something to say of. A portal's pages are its own to tell: what it does not say of
        them any more goes. Pages of no portal are told by whoever asked last."""
        if self._seed is None:
            differs = "m.url is null or p.site <> '' or m.last_fetched_at <= p.last_fetched_at"
        else:
            compared = _columns("pages", "capture", "first_run")
            mine, theirs = (", ".join(f"{alias}.{name}" for name in compared) for alias in ("m", "p"))
            differs = f"m.url is null or ({mine}) is not ({theirs})"
        self._connection.execute(
            "insert into touched select p.url, p.site <> '' from shard.pages p "
            f"left join main.pages m on m.url = p.url where {differs}"
        )

    def _leaving(self) -> tuple[set[str], set[str]]:
        """Texts and bodies that the touched pages stand for until now: some may be forgotten afterwards."""
        execute = self._connection.execute
        touched = "(select url from touched where owned)"
        texts = {
            digest
            for (digest,) in execute(
                f"select text_digest from main.versions where page in {touched} "
                f"union select text_digest from main.reports where page in {touched}"
            )
        }
        bodies = {
            body
            for (body,) in execute(
                f"select distinct body from main.reports where page in {touched} and body is not null"
            )
        }
        return texts, bodies

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
        execute = self._connection.execute
        names = _columns("pages", "capture", "first_run")
        chosen = ", ".join(f"p.{name}" for name in names)
        self._result.pages = execute(
            f"insert or replace into main.pages ({', '.join(names)}, capture, first_run) "
            f"select {chosen}, {_here('p.capture')}, (select here from run_of where shard = p.first_run) "
            "from shard.pages p join touched t on t.url = p.url order by p.url"
        ).rowcount
        execute(
            "delete from main.versions where page in (select url from touched where owned) "
            "and (page, from_at) not in (select page, from_at from shard.versions)"
        )
        execute(
            "insert or replace into main.versions (page, from_at, to_at, text_digest, capture, reader_version) "
            f"select v.page, v.from_at, v.to_at, v.text_digest, {_here('v.capture')}, v.reader_version "
            "from shard.versions v join touched t on t.url = v.page"
        )
        execute(
            "delete from main.page_files where page in (select url from touched where owned) "
            "and (page, file) not in (select page, file from shard.page_files)"
        )
        execute("insert or ignore into main.page_files (page, file) select page, file from shard.page_files")
        execute(
            "insert or ignore into main.page_states (page, since_at, state, run) "
            "select page, since_at, state, (select here from run_of where shard = s.run) from shard.page_states s"
        )

    def _bodies(self) -> None:
        """Plain statements: the conflict clause of an outer one would be that of the triggers, too."""
        names = _columns("bodies")
        lacking = [name for name in names if name != '"id"']
        filled = ", ".join(f"{name} = coalesce(nullif(b.{name}, ''), s.{name})" for name in lacking)
        self._connection.execute(f"update main.bodies as b set {filled} from shard.bodies s where s.id = b.id")
        self._connection.execute(
            f"insert into main.bodies ({', '.join(names)}) select {', '.join(names)} from shard.bodies "
            "where id not in (select id from main.bodies)"
        )

    def _reports(self) -> None:
        execute = self._connection.execute
        for page, digest in execute(
            "select m.page, m.text_digest from main.reports m join touched t on t.url = m.page and t.owned "
            "where not exists (select 1 from shard.reports r where r.page = m.page and r.text_digest = m.text_digest)"
        ).fetchall():
            drop_report(self._connection, page, digest)
        names = _columns("reports", "id", "capture")
        chosen = ", ".join(f"r.{name}" for name in names)
        fresh = self._judged_here()
        execute(
            "create temp table fresh as select r.id from shard.reports r "
            f"left join main.reports m on m.page = r.page and m.text_digest = r.text_digest where {fresh}"
        )
        written = ", ".join(f"{name} = r.{name}" for name in names if name not in {'"page"', '"text_digest"'})
        ours = "r.id in (select id from temp.fresh)"
        self._result.reports = execute("select count(*) from temp.fresh").fetchone()[0]
        execute(
            f"update main.reports set {written}, capture = {_here('r.capture')} from shard.reports r "
            f"where {ours} and r.page = main.reports.page and r.text_digest = main.reports.text_digest"
        )
        execute(
            f"insert into main.reports ({', '.join(names)}, capture) "
            f"select {chosen}, {_here('r.capture')} from shard.reports r where {ours} and not exists "
            "(select 1 from main.reports m where m.page = r.page and m.text_digest = r.text_digest) "
            "order by r.page, r.text_digest"
        )
        execute(
            "insert into judged select m.id, r.id from shard.reports r "
            f"join main.reports m on m.page = r.page and m.text_digest = r.text_digest where {ours}"
        )
        execute("drop table temp.fresh")
        for table in _PARTS:
            rest = ", ".join(_columns(table, "report"))
            shown = ", ".join(f"t.{name}" for name in _columns(table, "report"))
            execute(f"delete from main.{table} where report in (select here from judged)")
            execute(
                f"insert into main.{table} (report, {rest}) select j.here, {shown} from shard.{table} t "
                "join judged j on j.shard = t.report"
            )

    def _judged_here(self) -> str:
        """Condition on `shard.reports r` beside `main.reports m`: judged by the shard. One it was seeded with came
        without its parts, and is written here only when the shard read it again."""
        touched = "r.page in (select url from touched)"
        if self._seed is None:
            return touched
        compared = _columns("reports", "id", "capture", "standing")
        mine, theirs = (", ".join(f"{alias}.{name}" for name in compared) for alias in ("m", "r"))
        read_again = " or ".join(
            f"r.id in (select report from shard.{table}{condition})" for table, condition in _PARTS.items()
        )
        return f"{touched} and ({read_again} or m.page is null or ({mine}) is not ({theirs}))"

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

    def _decisions_here(self) -> list[Decision]:
        """What people decided in this archive of the pages just brought, and the shard does not know."""
        rows = self._connection.execute(
            "select d.kind, d.page, d.key, d.value, d.reason, d.decided_by from main.decisions d "
            "join touched t on t.url = d.page where not exists (select 1 from shard.decisions s where "
            "(s.kind, s.page, s.key, s.decided_at) = (d.kind, d.page, d.key, d.decided_at)) order by d.id"
        ).fetchall()
        return [
            Decision(kind=kind, page=page, key=key, value=value, reason=reason, by=by)
            for kind, page, key, value, reason, by in rows
        ]

    def _journal_tables(self, runs: dict[int, int]) -> None:
        execute = self._connection.execute
        names = _columns("run_sites", "run")
        written = ", ".join(f"{name} = excluded.{name}" for name in names if name != '"site"')
        execute(
            f"insert into main.run_sites (run, {', '.join(names)}) "
            f"select o.here, {', '.join('s.' + name for name in names)} from shard.run_sites s "
            "join run_of o on o.shard = s.run where true "
            f"on conflict (run, site) do update set {written}"
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
        seed = self._seed
        given = {"problems": seed.last_problem, "decisions": seed.last_decision} if seed else {}
        for table in ("problems", "decisions"):
            last = max(int(self._recall(table) or 0), given.get(table, 0))
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
        for here in {runs[run] for (run,) in execute("select run from shard.run_sites where site = ''").fetchall()}:
            recount_strangers(self._connection, here)

    def _journal_lines(self, runs: dict[int, int]) -> None:
        """The shard's story goes into the journal here, with the numbers that runs have here."""
        last = int(self._recall("journal") or 0)
        for entry in self._entries():
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
            if entry.kind == "finished" and any(site["site"] == "" for site in data["sites"]):
                counts = strangers(self._connection, data["run"])  # of all shards so far: the last line counts
                journal.record_at(self._connection, entry.at, "finished", {**data, "sites": [counts]})
        self._remember("journal", str(last))

    def _entries(self) -> Iterator[Entry]:
        """The file's lines, then what a shard that was killed left in the outbox."""
        last = 0
        for entry in journal.entries(places_of(self._path)[1]):
            yield entry
            last = entry.id
        yield from journal.waiting(self._connection, "shard", after=last)

    # --- what depends on all shards together

    def _settle(self, leaving: tuple[set[str], set[str]]) -> None:
        """Which page speaks for a text, which edition counts, how a body's years compare."""
        connection = self._connection
        texts, bodies = leaving
        told = {
            digest for (digest,) in connection.execute("select text_digest from shard.pages join touched using (url)")
        }
        for digest in sorted(told):
            pages.prefer(connection, digest)
        for digest in sorted(texts - told):
            pages.forget_text(connection, digest)
        judged = connection.execute(
            "select distinct r.body, r.year from main.reports r join touched t on t.url = r.page "
            "where r.kind = 'report' and r.body is not null"
        ).fetchall()
        for body, year in judged:
            if year is not None:
                settle_editions(connection, body, year)
        for body in sorted(bodies):
            forget_body(connection, body)
        settle(connection, {body for body, _ in judged} | bodies)


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

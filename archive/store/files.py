"""The files of an archive: opening, checking, creating, repairing after a crash, closing."""

from __future__ import annotations

import errno
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from sqlite_utils import Database

from archive.store import privacy, search, warc
from archive.store.cold import year_of
from archive.store.erasing import finish_erasing
from archive.store.errors import (
    BrokenArchive,
    NewerArchive,
    OrphanedEvidence,
    OutdatedArchive,
    StoreError,
    Unwritable,
)
from archive.store.journal import JournalFile, entries
from archive.store.lock import WriterLock
from archive.store.schema import APPLICATION_ID, migrations
from archive.store.times import stamp

#: Milliseconds a writer waits for a reader that holds the database (WAL readers do not).
_BUSY_MS = 30_000
#: Statements kept prepared: a night asks about a hundred different ones for every page.
_STATEMENTS = 512


@dataclass(slots=True)
class WriterFiles:
    """What only the one writer holds: the lock, the WARC being written, the journal."""

    lock: WriterLock
    journal: JournalFile
    folder: Path
    stem: str
    _warc: warc.WarcFile | None = None

    def current(self) -> warc.WarcFile:
        """The WARC of the open step."""
        assert self._warc is not None, "a step is open, and a step has a WARC"
        return self._warc

    def warc_for_step(self, connection: sqlite3.Connection, now: datetime, software: str) -> warc.WarcFile:
        """The WARC the next step writes into; a new one is made known to the database before it is.

        Files are rolled by size, and with the year, so that old ones can lie in cold storage."""
        if self._warc is not None and self._warc.length < warc.ROLL_AT and year_of(self._warc.name) == now.year:
            return self._warc
        if self._warc is not None:
            self._warc.close()
        # a merged shard's files are its own; only those of this archive go on
        row = connection.execute(
            "select file, length from warc_files where length < ? and file glob ? order by rowid desc limit 1",
            (warc.ROLL_AT, f"{self.stem}-{now:%Y}{'[0-9]' * 4}-{'[0-9]' * 5}.warc.gz"),
        ).fetchone()
        if row is not None and self._warc is None and _length(self.folder / row[0]) == row[1]:
            self._warc = warc.WarcFile(self.folder, row[0], length=row[1], software=software)
            return self._warc
        serial = int(connection.execute("select count(*) from warc_files").fetchone()[0]) + 1
        while (self.folder / self._name(now, serial)).exists() or connection.execute(
            "select exists (select 1 from warc_files where file = ?1) or exists "
            "(select 1 from lost_captures l join captures c on c.id = l.capture where c.warc_file = ?1)",
            (self._name(now, serial),),
        ).fetchone()[0]:
            serial += 1
        name = self._name(now, serial)
        connection.execute("insert into warc_files (file, length, created_at) values (?, 0, ?)", (name, stamp(now)))
        self._warc = warc.WarcFile(self.folder, name, length=0, software=software)
        return self._warc

    def _name(self, now: datetime, serial: int) -> str:
        return f"{self.stem}-{now:%Y%m%d}-{serial:05d}.warc.gz"

    def leave_warc(self) -> None:
        """Close the WARC; the next step chooses again."""
        if self._warc is not None:
            self._warc.close()
        self._warc = None

    def close(self) -> None:
        """Close the WARC and release the lock."""
        self.leave_warc()
        self.lock.release()


@dataclass(slots=True)
class Opened:
    """An opened archive: its connection, its places, and the writer's files when it may write."""

    path: Path
    warcs: Path
    journal: Path
    connection: sqlite3.Connection
    files: WriterFiles | None = field(default=None)

    def writing(self) -> WriterFiles:
        """The writer's files. Raises `StoreError` when the archive was opened for reading."""
        if self.files is None:
            raise StoreError(f"{self.path} was opened for reading; open it with Archive.open to write.")
        return self.files


def own_warcs(stem: str) -> str:
    """The pattern (GLOB) of the WARC files that an archive wrote itself; a merged shard's have longer names."""
    return f"{stem}-{'[0-9]' * 8}-{'[0-9]' * 5}.warc.gz"


def is_own_warc(stem: str, name: str) -> bool:
    """Whether a WARC file was written by the archive itself, not by a shard merged into it."""
    return fnmatchcase(name, own_warcs(stem))


def _length(path: Path) -> int:
    """Bytes in a file, 0 when there is none. A WARC of another length than was committed lost something: what
    comes next goes into a new one."""
    return path.stat().st_size if path.exists() else 0


def places_of(path: Path) -> tuple[Path, Path]:
    """The WARC folder and the journal that belong to a database file."""
    name = "journal.jsonl" if path.stem == "archive" else f"{path.stem}.journal.jsonl"
    return path.parent / "warcs", path.parent / name


def open_writer(path: Path, *, now: datetime, restoring: bool = False) -> Opened:
    """Lock, create or check, migrate what is new, repair what a crash left."""
    with unwritable(path):
        return _open_writer(path, now, restoring=restoring)


def _open_writer(path: Path, now: datetime, *, restoring: bool) -> Opened:
    warcs, journal = places_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    warcs.mkdir(exist_ok=True)
    lock = WriterLock(path, since=now)
    try:
        new = not path.exists() or path.stat().st_size == 0
        if new and not restoring and journal.exists() and journal.stat().st_size:
            raise OrphanedEvidence(
                f"{path} is not there, but {journal} is: its database was lost. Run `gongkai restore` to make it "
                "again from the journal and the WARCs, or move both away to begin anew."
            )
        connection = _connect(path, f"{path.resolve().as_uri()}?mode=rwc")
        try:
            _prepare(path, connection, new=new)
            if restoring:
                _adopt_journal(connection, journal)
            files = WriterFiles(lock=lock, journal=JournalFile(journal, connection), folder=warcs, stem=path.stem)
            if not restoring:
                _repair(connection, warcs)
                files.journal.flush(connection)
                finish_erasing(connection, journal, warcs)
        except sqlite3.DatabaseError as error:
            connection.close()
            if _primary(error) in _UNWRITABLE:
                raise
            raise _broken(path, error) from error
        except BaseException:
            connection.close()
            raise
    except BaseException:
        lock.release()
        raise
    return Opened(path=path, warcs=warcs, journal=journal, connection=connection, files=files)


def open_reader(path: Path, *, outdated: bool = False) -> Opened:
    """Open for reading only; an older schema as well when `outdated` allows it (a backup before an upgrade)."""
    if not path.exists():
        raise BrokenArchive(f"{path} is not there. Crawl or import something first, or name another archive.")
    warcs, journal = places_of(path)
    uri = f"{path.resolve().as_uri()}?mode=ro"
    connection = _connect(path, uri)
    try:
        try:
            _check(path, connection, outdated=outdated)
        except sqlite3.OperationalError as error:
            if _primary(error) == sqlite3.SQLITE_READONLY:
                _roll_back(path)
            elif _primary(error) != sqlite3.SQLITE_CANTOPEN or _length(path.with_name(path.name + "-wal")):
                raise
            else:
                # on a read-only disk SQLite cannot make the shared memory of its log: nobody writes, so none is needed
                uri += "&immutable=1"
            connection.close()
            connection = _connect(path, uri)
            _check(path, connection, outdated=outdated)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _broken(path, error) from error
    except StoreError:
        connection.close()
        raise
    return Opened(path=path, warcs=warcs, journal=journal, connection=connection)


def _roll_back(path: Path) -> None:
    """Let SQLite undo the transaction that a killed process left half written: no reader may."""
    connection = _connect(path, f"{path.resolve().as_uri()}?mode=rw")
    try:
        connection.execute("select 1 from sqlite_master limit 1").fetchone()
    finally:
        connection.close()


def pending_migrations(path: Path) -> list[str]:
    """The migrations an older archive has not seen. Raises `NewerArchive` and `BrokenArchive`."""
    opened = open_reader(path, outdated=True)
    try:
        return [one.name for one in migrations.pending(Database(opened.connection, execute_plugins=False))]
    finally:
        opened.connection.close()


def upgrade_schema(path: Path, *, now: datetime) -> list[str]:
    """Apply the migrations an older archive has not seen; gives their names. Back up before. Each is one transaction:
    killed between two, the next call goes on."""
    lock = WriterLock(path, since=now)
    try:
        waiting = pending_migrations(path)
        if waiting:
            connection = _connect(path, f"{path.resolve().as_uri()}?mode=rw")
            try:
                migrations.apply(Database(connection, execute_plugins=False))
            finally:
                connection.close()
        return waiting
    finally:
        lock.release()


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """Turn what a full, read-only or broken disk raises into `Unwritable`, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if _primary(error) not in _UNWRITABLE:
            raise  # a mistake in a statement is ours
        raise Unwritable(f"{path} cannot be written ({error}). {_UNWRITABLE[_primary(error)]}") from error
    except OSError as error:
        if error.errno not in _WRITE_ERRORS:
            raise
        where = error.filename or path.parent
        raise Unwritable(f"{where} cannot be written ({error.strerror}). {_ROOM}") from error


_ROOM = "Free some space or mend the disk, then run the same command again: nothing that was committed is lost."
_PERMISSIONS = "Check the permissions of the file and its folder, and whether the disk is mounted read-only."
#: What SQLite's primary result codes ask of the operator.
_UNWRITABLE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: _ROOM,
    sqlite3.SQLITE_READONLY: _PERMISSIONS,
    sqlite3.SQLITE_CANTOPEN: _PERMISSIONS,
    sqlite3.SQLITE_PERM: _PERMISSIONS,
    sqlite3.SQLITE_BUSY: "Another program holds it for writing: end that program, then run the same command again.",
    sqlite3.SQLITE_LOCKED: "Another program holds it for writing: end that program, then run the same command again.",
}
_WRITE_ERRORS = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM})


def _primary(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 for an error of the driver's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def close_files(opened: Opened) -> None:
    """Empty the outbox, close everything, release the lock."""
    if opened.files is not None:
        files, opened.files = opened.files, None
        try:
            if not opened.connection.in_transaction:
                # what a full disk refuses here stays in the outbox: the next opening writes it
                with suppress(OSError, sqlite3.OperationalError):
                    files.journal.settle(opened.connection)
            opened.connection.close()
        finally:
            files.close()
    else:
        opened.connection.close()


def _connect(path: Path, uri: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
        )
    except sqlite3.OperationalError as error:
        raise BrokenArchive(f"{path} cannot be opened ({error}). Check the path and its permissions.") from error
    search.register(connection)
    connection.execute(f"pragma busy_timeout = {_BUSY_MS}")
    return connection


def _prepare(path: Path, connection: sqlite3.Connection, *, new: bool) -> None:
    if new:
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma recursive_triggers = off")
    try:
        _check(path, connection)
    except OutdatedArchive:
        if not _is_empty(connection):
            raise
    database = Database(connection, execute_plugins=False, recursive_triggers=False)
    migrations.apply(database)
    if new:
        privacy.begin(connection)
    if connection.execute("select 1 from archive_info where key = 'id'").fetchone() is None:
        connection.execute("insert into archive_info (key, value) values ('id', ?)", (uuid.uuid4().hex,))


def _check(path: Path, connection: sqlite3.Connection, *, outdated: bool = False) -> None:
    """Raise unless the file is an archive of exactly this schema, or of an older one where `outdated` allows it."""
    marked = connection.execute("pragma application_id").fetchone()[0]
    tables = int(connection.execute("select count(*) from sqlite_master").fetchone()[0])
    if marked != APPLICATION_ID:
        raise BrokenArchive(
            f"{path} is an SQLite database, but not a gongkai archive. Name another file with --archive."
            if tables
            else f"{path} is empty. Delete it, or restore the archive from a backup."
        )
    known = [migration.name for migration in migrations._migrations]
    applied = {
        name
        for (name,) in (
            connection.execute("select name from _sqlite_migrations where migration_set = 'gongkai'")
            if connection.execute("select 1 from sqlite_master where name = '_sqlite_migrations'").fetchone()
            else ()
        )
    }
    if applied - set(known):
        raise NewerArchive(
            f"{path} was written by a newer gongkai ({', '.join(sorted(applied - set(known)))}). Install that version "
            "or newer, or restore a backup made by this one."
        )
    if set(known) - applied and not outdated:
        raise OutdatedArchive(f"{path} was made by an older gongkai. Run `gongkai upgrade` (it makes a backup first).")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Nothing was ever recorded: its making was interrupted."""
    if connection.execute("select 1 from sqlite_master where name = 'runs'").fetchone() is None:
        return True
    return connection.execute("select 1 from sqlite_sequence where name in ('runs', 'journal')").fetchone() is None


def _repair(connection: sqlite3.Connection, warcs: Path) -> None:
    """Cut WARCs back to what was committed."""
    for file, length in connection.execute("select file, length from warc_files"):
        warc.truncate(warcs / file, length)


def _adopt_journal(connection: sqlite3.Connection, journal: Path) -> None:
    """Let a new database know how far the journal it is restored from goes, so that nothing of it is cut."""
    last = max((entry.id for entry in entries(journal)), default=0)
    connection.execute("delete from sqlite_sequence where name = 'journal'")
    connection.execute("insert into sqlite_sequence (name, seq) values ('journal', ?)", (last,))


def _broken(path: Path, error: sqlite3.DatabaseError) -> BrokenArchive:
    return BrokenArchive(
        f"{path} cannot be read as a database ({error}). Restore it from a backup (`gongkai restore`); with the file "
        "moved away, `gongkai restore` makes it again from the journal and the WARCs."
    )

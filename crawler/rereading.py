"""Reading stored answers again: what `gongkai rebuild`, `restore` and a page with its attachments need."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive.reports.model import Report
from archive.store.archive import Archive
from archive.store.model import Exchange
from archive.store.rebuild import Mapper, Outcome, PageContext, Reader, read_rows
from crawler.library import Library
from crawler.read import extract, judge
from sites.errors import SiteError
from sites.model import Extracted
from sites.reading.urls import canonical

#: Parts of a batch for each process: enough that none waits long for another, few enough that sending costs little.
_PARTS = 2

#: Pages for which a process of its own is worth its start.
_WORTH = 100


class Rereader:
    """Reads an answer as the crawl read it, with the portals of some folders.

    Picklable by its folders, so that processes can share the work: each loads the portals once.
    """

    def __init__(self, folders: tuple[str, ...] = ()) -> None:
        self._folders = folders

    def __call__(self, exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
        """What a stored answer says today. Raises `SiteError` when today's rules cannot read it."""
        return reread(exchange, context, _library(self._folders))

    def load(self) -> None:
        """Load the portals now, so that processes forked from here need not."""
        _library(self._folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a process of the machine that keeps the archive reads of a batch: versions by row. It opens the archive
    itself, so that no page travels."""

    read: Reader
    rows: Sequence[int]
    archive: Path


def shares(read: Reader, rows: Sequence[int], *, processes: int, archive: Path) -> list[Share]:
    """A batch in as many shares as keep so many processes busy."""
    size = max(1, -(-len(rows) // (processes * _PARTS)))
    return [Share(read=read, rows=rows[start : start + size], archive=archive) for start in range(0, len(rows), size)]


def read_share(share: Share) -> list[Outcome]:
    """Read a share; what the archive says already comes back without its reading."""
    return list(read_rows(stored(share.archive), share.read, share.rows))


@contextmanager
def local_mapper(reader: Rereader, archive: Path, processes: int | None, *, waiting: int) -> Iterator[Mapper | None]:
    """Reads by so many processes of this machine; None is one a core, fewer when few pages are waiting. With one there
    is no mapper: the calling process reads."""
    if processes is None:
        processes = max(1, min(_cores(), waiting // _WORTH))
    if processes == 1:
        yield None
        return
    place, workers = archive.resolve(), processes
    reader.load()
    with ProcessPoolExecutor(processes, initializer=reader.load) as pool:

        def mapper(read: Reader, rows: Sequence[int]) -> Iterator[Outcome]:
            answers = pool.map(read_share, shares(read, rows, processes=workers, archive=place))
            return (outcome for answer in answers for outcome in answer)

        yield mapper


def reread(exchange: Exchange, context: PageContext, library: Library) -> tuple[Extracted, Report | None, str]:
    """What a stored answer says by its portal, its section's dated rule and the files it still links to.

    Raises `SiteError` when today's rules cannot read it.
    """
    spec = library.sites.get(context.site_id) or context.portal
    section = spec.section(context.section_key) if spec else None
    if section is None and context.portal is not None:
        section = context.portal.section(context.section_key)  # a column that the portal's file no longer names
    extracted, family = extract(
        exchange,
        families=library.families,
        spec=spec,
        section=section,
        ref=context.ref,
        requested_url=context.url,
        name=context.ref.title if context.ref and context.parent_url else "",
    )
    if context.parent_url:
        return extracted, None, family
    sources = [extracted]
    linked = {canonical(link.url) for link in extracted.attachments if link.url}
    for attached in context.attachments:
        if attached.url not in linked:
            continue  # the page was edited: the file is no part of it any more
        try:
            read, _ = extract(
                attached.exchange,
                families=library.families,
                spec=spec,
                section=section,
                requested_url=attached.url,
                name=attached.name,
            )
        except SiteError:
            continue  # an attachment that cannot be read has a problem row of its own
        sources.append(read)
    report = judge(
        sources,
        url=context.url,
        spec=spec,
        section=section,
        ref=context.ref,
        decided=context.decided,
    )
    return extracted, report, family


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def stored(archive: Path) -> Archive:
    """An archive of this machine, opened for reading once in each process that reads."""
    return Archive.read(archive)


@cache
def _library(folders: tuple[str, ...]) -> Library:
    return Library.load([Path(folder) for folder in folders])

"""Reading in processes of its own, for crawls whose pages come faster than one core can read them.

The crawl's own process fetches and writes; a question goes out as plain values and comes back as a reading or
as the error that reading it raised.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from archive.reports.model import Decided
from archive.store.model import Exchange
from crawler.library import Library
from crawler.memory import calm_collector
from crawler.read import Reading, read
from sites import formats
from sites.errors import SiteError
from sites.model import PageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page to be read: its answer, and what is known of where it stood."""

    exchange: Exchange
    site_id: str
    section_key: str
    ref: PageRef | None
    requested_url: str
    decided: Decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a page could not be read: the arguments its error is made from again (errors travel badly)."""

    error: type[SiteError]
    message: str
    details: dict[str, object]

    def again(self) -> SiteError:
        """The error, as it was raised in the other process."""
        found = self.error.__new__(self.error)
        Exception.__init__(found, self.message)
        found.__dict__.update(self.details)
        return found


def is_markup(exchange: Exchange) -> bool:
    """Whether an answer is a page, not a document that takes a converter or a format's reader."""
    return formats.sniff(exchange.body, urlsplit(exchange.url).path) in ("", "html")


class Readers:
    """Processes that read pages. Nothing starts before the first question is asked."""

    def __init__(self, processes: int, folders: Sequence[Path]) -> None:
        self._pool = ProcessPoolExecutor(
            processes, mp_context=multiprocessing.get_context("spawn"), initializer=calm_collector
        )
        self._folders = tuple(str(folder) for folder in folders)

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ask(self, question: Question) -> Future[Reading | Trouble]:
        """Begin to read a page."""
        return self._pool.submit(answer, question, self._folders)


def answer(question: Question, folders: tuple[str, ...]) -> Reading | Trouble:
    """The reading of a page by the portals of these folders, or what stood in its way."""
    library = _library(folders)
    spec = library.sites[question.site_id]
    try:
        return read(
            question.exchange,
            families=library.families,
            spec=spec,
            section=spec.section(question.section_key),
            ref=question.ref,
            requested_url=question.requested_url,
            decided=question.decided,
        )
    except SiteError as error:
        return Trouble(error=type(error), message=str(error), details=dict(error.__dict__))


@cache
def _library(folders: tuple[str, ...]) -> Library:
    return Library.load([Path(folder) for folder in folders])

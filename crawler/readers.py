"""Reading in processes of its own, for crawls whose pages come faster than one core can read them.

The crawl's own process fetches and writes; a question goes out as plain values and comes back as a reading or
as the error that reading it raised. The crawl's process is the narrow place, so questions travel several at once,
and answers without what only a reader needs.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from multiprocessing.reduction import ForkingPickler
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from archive.reports.model import Cell, Decided, Finding, ReportSection
from archive.store.model import Exchange
from crawler import offspring
from crawler.library import Library
from crawler.read import Reading, read
from sites import formats
from sites.errors import SiteError
from sites.model import Claim, PageRef

#: So many questions travel as one. A process has one such batch in hand and one waits for whoever is ready first.
_TOGETHER: Final = 4


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
    """Processes that read pages. They start at once, so that they are there when the first listing was read."""

    def __init__(self, processes: int, folders: Sequence[Path]) -> None:
        self._pool = ProcessPoolExecutor(
            processes, mp_context=multiprocessing.get_context("spawn"), initializer=offspring.begin
        )
        self._folders = tuple(str(folder) for folder in folders)
        self._waiting: list[tuple[Question, _Answer]] = []
        for _ in range(processes):
            self._pool.submit(_library, self._folders)

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ask(self, question: Question) -> _Answer:
        """Begin to read a page, at the latest when somebody says `begin`. What comes back holds no tables and no
        blocks: what they say stands in its text and its report."""
        answer: _Answer = Future()
        self._waiting.append((question, answer))
        if len(self._waiting) >= _TOGETHER:
            self.begin()
        return answer

    def begin(self) -> None:
        """Let what was asked be read: call it before an answer is waited for."""
        if not self._waiting:
            return
        asked, self._waiting = self._waiting, []
        questions = [question for question, _ in asked]
        found = self._pool.submit(answers, questions, self._folders)
        found.add_done_callback(partial(_deal, [answer for _, answer in asked]))


#: What becomes of one question.
_Answer = Future[Reading | Trouble]


def _deal(waiting: Sequence[_Answer], found: Future[list[Reading | Trouble]]) -> None:
    """Give each question of a batch its answer, or what ended them all."""
    error = None if found.cancelled() else found.exception()
    for number, one in enumerate(waiting):
        if found.cancelled():
            one.cancel()
        elif one.set_running_or_notify_cancel():
            if error is not None:
                one.set_exception(error)
            else:
                one.set_result(found.result()[number])


def answers(questions: Sequence[Question], folders: tuple[str, ...]) -> list[Reading | Trouble]:
    """The readings of pages by the portals of these folders, or what stood in their way."""
    return [_answer(question, _library(folders)) for question in questions]


def _answer(question: Question, library: Library) -> Reading | Trouble:
    spec = library.sites[question.site_id]
    try:
        reading = read(
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
    return replace(reading, extracted=replace(reading.extracted, tables=(), blocks=()))


@cache
def _library(folders: tuple[str, ...]) -> Library:
    return Library.load([Path(folder) for folder in folders])


def _let_travel(kind: type[Any]) -> None:
    """Let the numerous values of a class travel as their fields alone: pickle's own way for frozen classes with slots
    asks for the fields' names at each value, at both ends."""
    names = [field.name for field in fields(kind)]
    values = attrgetter(*names)
    _PLACES[kind] = [getattr(kind, name).__set__ for name in names]
    ForkingPickler.register(kind, lambda value: (_arrived, (kind, *values(value))))


def _arrived(kind: type[Any], *values: object) -> object:
    made: object = object.__new__(kind)
    for put, value in zip(_PLACES[kind], values, strict=True):
        put(made, value)
    return made


_PLACES: Final[dict[type[Any], list[Any]]] = {}
for _kind in (Cell, Claim, Finding, ReportSection):
    _let_travel(_kind)

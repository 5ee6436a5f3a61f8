"""Whoever does the work: a Dask cluster, or this very process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A task whose worker went away before it had ended, and why."""

    reason: str


class Pool(Protocol):
    """Runs functions elsewhere. A task that is lost is told, not repeated: its owner knows what it had done."""

    @property
    def workers(self) -> int:
        """How many tasks run at once."""

    def everywhere(self, function: Callable[..., None], *arguments: object) -> None:
        """Call it once on every worker. Raises what it raises on any of them."""

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], again: Callable[[Task, Lost], bool]
    ) -> Iterator[tuple[Task, Result]]:
        """The results as they come. `again` is asked whether a lost task is to be done again."""


class InThisProcess:
    """One task after the other, here."""

    workers = 1

    def everywhere(self, function: Callable[..., None], *arguments: object) -> None:
        """Nothing to check: this process is itself."""

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], again: Callable[[Task, Lost], bool]
    ) -> Iterator[tuple[Task, Result]]:
        """The results in order."""
        for task in tasks:
            yield task, function(task)

"""What a benchmark tells `benchmarks/run.py`: some text, and a row for each target.

A module joins `make bench` by a function `run(size: Size) -> Part` and its name in `run.BENCHMARKS`. It is run in a
process of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much to measure; `quick` for a few minutes in all. `folder` keeps what is made once; `corpus` is a folder of
    labelled pages, None without one; `pages` a round of the comparison (so many that how long a command takes to begin
    decides nothing), `long` those of the memory run; `rounds` of which medians are told."""

    folder: Path
    corpus: Path | None = None
    pages: int = 1000
    long: int = 2000
    rounds: int = 3
    quick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A target: what was wanted, what was measured, whether it holds (None: it could not be measured)."""

    target: str
    wanted: str
    measured: str
    held: bool | None

    @property
    def verdict(self) -> str:
        return "not measured" if self.held is None else "PASS" if self.held else "MISS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One benchmark's chapter."""

    title: str
    lines: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def median(values: Iterable[float]) -> float:
    """The middle one."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def spread(values: Iterable[float], digits: int = 1) -> str:
    """The median with the range in brackets."""
    ordered = sorted(values)
    return f"{median(ordered):.{digits}f} ({ordered[0]:.{digits}f}–{ordered[-1]:.{digits}f})"


def at_most(target: str, value: float, limit: float, unit: str, digits: int = 1) -> Row:
    """A row for a figure that must not be above its limit."""
    return Row(
        target=target, wanted=f"at most {limit:g} {unit}", measured=f"{value:.{digits}f} {unit}", held=value <= limit
    )


def at_least(target: str, value: float, limit: float, unit: str, digits: int = 1) -> Row:
    """A row for a figure that must not be below its limit."""
    return Row(
        target=target, wanted=f"at least {limit:g} {unit}", measured=f"{value:.{digits}f} {unit}", held=value >= limit
    )

"""Invented but repeatable choices: every figure of the demo follows from names, never from a clock or a
random state, so that two replicas anywhere print the same pages."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


def whole(low: int, high: int, *seed: object) -> int:
    """A whole number from `low` to `high`, both included, that depends on `seed` only."""
    digest = sha256("/".join(str(part) for part in seed).encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low + 1)


def pick(options: Sequence[T], *seed: object) -> T:
    """One of `options`."""
    return options[whole(0, len(options) - 1, *seed)]


def some(options: Sequence[T], count: int, *seed: object) -> tuple[T, ...]:
    """`count` of `options` in their own order."""
    ranked = sorted(range(len(options)), key=lambda index: whole(0, 1 << 40, *seed, index))
    return tuple(options[index] for index in sorted(ranked[:count]))

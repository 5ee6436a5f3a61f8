"""What a town has to say, by topic; `prose.py` puts sentences and figures together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Sentences of one town. Braces name figures of `Figures.prose`, the year `y` or the account's name."""

    lead: tuple[str, ...]
    organisation: tuple[str, ...]
    content: tuple[str, ...]
    management: tuple[str, ...]
    platform: tuple[str, ...]
    supervision: tuple[str, ...]
    era: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...]
    plans: tuple[str, ...]

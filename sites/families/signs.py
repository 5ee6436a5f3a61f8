"""How a family says that a page is its own: weighted signs, combined so that each adds belief."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sites.model import Evidence, OptionValue, Page

# Signs are looked for in this much of a page: markers stand in the head, the list or the footer, and
# detection must not cost more than reading.
_LOOKED_AT = 400_000


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to see: where, as a regular expression, how much it proves alone (0 to 1), in words."""

    where: Literal["url", "text"]
    pattern: str
    weight: float
    says: str


def weigh(
    family: str, page: Page, signs: Sequence[Sign], options: Mapping[str, OptionValue] | None = None
) -> Evidence | None:
    """The evidence the signs give together, or None when there is none."""
    seen = [sign for sign in signs if _compiled(sign.pattern).search(_looked_at(sign, page))]
    if not seen:
        return None
    doubt = 1.0
    for sign in seen:
        doubt *= 1 - sign.weight
    return Evidence(
        family=family, score=round(1 - doubt, 3), signs=tuple(sign.says for sign in seen), options=options or {}
    )


def _looked_at(sign: Sign, page: Page) -> str:
    return page.url if sign.where == "url" else page.text[:_LOOKED_AT]


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)

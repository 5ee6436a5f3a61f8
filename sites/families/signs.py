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
    """One thing to see: where, as a regular expression, how much it proves alone (0 to 1), in words. `needs`
    are plain pieces, one of which (in lower case) every match holds: most pages are done with them."""

    where: Literal["url", "text"]
    pattern: str
    weight: float
    says: str
    needs: tuple[str, ...] = ()


def weigh(
    family: str, page: Page, signs: Sequence[Sign], options: Mapping[str, OptionValue] | None = None
) -> Evidence | None:
    """The evidence the signs give together, or None when there is none."""
    text = page.text[:_LOOKED_AT]
    lowered = _lowered(text)
    seen = [sign for sign in signs if _shows(sign, page.url if sign.where == "url" else text, lowered)]
    if not seen:
        return None
    doubt = 1.0
    for sign in seen:
        doubt *= 1 - sign.weight
    return Evidence(
        family=family, score=round(1 - doubt, 3), signs=tuple(sign.says for sign in seen), options=options or {}
    )


def _shows(sign: Sign, looked_at: str, lowered: str) -> bool:
    if sign.needs and not any(piece in lowered for piece in sign.needs):
        return False
    return _compiled(sign.pattern).search(looked_at) is not None


@lru_cache(maxsize=1)
def _lowered(text: str) -> str:
    """Every family looks at one page after the other: lowered once."""
    return text.lower()


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)

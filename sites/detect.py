"""Which CMS family a page belongs to: every family looks for its own signs, the strongest first."""

from __future__ import annotations

from collections.abc import Mapping

from sites.model import Evidence, Family, Page


def rank(page: Page, families: Mapping[str, Family] | None = None) -> tuple[Evidence, ...]:
    """The evidence of every family that sees itself in the page, best first, ties by family id.

    `families` defaults to all that are installed. Raises nothing on any page: no evidence is an answer.
    """
    if families is None:
        from sites.registry import load_families  # noqa: PLC0415 - the door is opened only when asked

        families = load_families()
    found = [evidence for family in families.values() if (evidence := family.signs(page)) is not None]
    return tuple(sorted(found, key=lambda evidence: (-evidence.score, evidence.family)))

"""The collector of cyclic garbage, set for a process that makes many small values and hardly a cycle."""

from __future__ import annotations

import gc

#: New objects between two looks of the collector. Reading one page makes some ten thousand, nearly none of them
#: in a cycle: at CPython's 700 the collector took an eighth of a crawl's CPU, at this value next to nothing,
#: and the memory of 5,000 pages stayed flat.
_YOUNG = 50_000


def calm_collector() -> None:
    """Look for cycles seldom, and never again among what was imported. Called once, by the command line."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)

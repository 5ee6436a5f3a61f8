"""SQL of the twenty-seventh migration: a run's listing wishes, found among those for its pages.

How a listing goes on depends on how its earlier pages ended. Without an index of their own every page of a listing
looked through all wishes of the run. What came last is found at the table's end, and needs none.
"""

from __future__ import annotations

LISTING_WISHES = (
    "create index frontier_listings on frontier(run, site, section) where role = 'listing'",
    "drop index frontier_pending",
)

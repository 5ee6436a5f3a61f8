"""The network, and nothing else: httpx, httpcore and tenacity are imported in this room only, and
their exceptions end at its door."""

from crawler.fetch.fetcher import Fetcher, utc_now

__all__ = ["Fetcher", "utc_now"]

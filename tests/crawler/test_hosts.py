"""Politeness for many hosts at once, proven from their own log."""

from __future__ import annotations

import asyncio
from collections import Counter

from benchmarks.hosts import Hosts, addresses, gaps_of
from crawler.config import parse_config
from crawler.fetch import Fetcher
from sites.model import Request

HOSTS, PAGES, DELAY = 200, 4, 0.3


async def test_two_hundred_hosts_at_once_are_each_asked_one_thing_at_a_time_with_the_delay_between():
    config = parse_config(f"[crawl]\ndelay_seconds = {DELAY}\njitter = 0.0\nhosts_at_once = {HOSTS}\n")
    portals = Hosts(seconds=0.01)
    servers, port = await portals.serve(HOSTS)
    try:
        async with Fetcher(config, loopback_allowed=True) as fetcher:
            # All of a host's pages are wished for at the same moment: only the fetcher keeps them apart.
            wishes = [Request(url=f"http://{name}:{port}/{page}") for page in range(PAGES) for name in addresses(HOSTS)]
            await asyncio.gather(*(fetcher.fetch(wish) for wish in wishes))
    finally:
        for server in servers:
            server.close()
    assert Counter(asked.host for asked in portals.log) == dict.fromkeys(addresses(HOSTS), PAGES)
    assert min(gaps_of(portals.log)) >= DELAY
    # Hosts do not wait for each other: one after the other this would have taken minutes.
    assert max(asked.began for asked in portals.log) - min(asked.began for asked in portals.log) < 30

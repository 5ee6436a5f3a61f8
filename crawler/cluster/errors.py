"""What can go wrong between coordinator and workers.

```
ClusterError
 + NoCluster       Dask is not installed, or nobody answers at the address: nothing was started
 + WorkerRefused   a worker of another version, with more than one thread, or without the archive's folder
 + LeaseLost       a worker may not ask any more: somebody else goes on with its shard
 + ShardStuck      a shard ended its workers again and again without a step forward
```
"""

from __future__ import annotations

from crawler.errors import HarvestError


class ClusterError(HarvestError):
    """Base of what the cluster raises on purpose."""

    kind = "cluster"


class NoCluster(ClusterError):
    """There is no cluster to work on."""


class WorkerRefused(ClusterError):
    """A worker that must not take part."""


class ShardStuck(ClusterError):
    """A shard that nobody can finish."""


class LeaseLost(Exception):
    """The lease of a shard is over or taken. No `HarvestError`: it ends the crawl, not a wish."""

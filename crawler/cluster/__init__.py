"""The same work on several machines: portals are dealt into shards, each crawled by one worker at a time, merged at
the end. Dask carries the work (`dask_pool`, the only module that imports it); everything else knows nothing of it.
"""

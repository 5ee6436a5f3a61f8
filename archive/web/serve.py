"""The archive served: one Datasette over one SQLite file, readable while a crawl writes to it."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette

from archive.store.archive import Archive
from archive.store.errors import StoreError
from archive.store.publish import Snapshot
from archive.web.metadata import metadata_of
from archive.web.plugin import PLUGIN
from archive.web.rendering import TEMPLATES
from archive.web.snapshots import with_far_future

#: STACK: each facet runs its search again, so facets get as long as a query.
SETTINGS: Mapping[str, str | int | bool] = {
    "suggest_facets": False,
    "facet_time_limit_ms": 3000,
    "sql_time_limit_ms": 4000,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "default_facet_size": 30,
    "allow_download": False,
    "truncate_cells_html": 300,
    "num_sql_threads": 4,
}


class CannotServe(StoreError):
    """The address cannot be listened on; the message says which and what to do."""


def build_datasette(
    archive_path: Path,
    *,
    sql: bool = True,
    contact: str = "",
    per_second: float | None = None,
    base_url: str = "/",
    settings: Mapping[str, str | int | bool] | None = None,
    snapshot: Snapshot | None = None,
) -> Datasette:
    """A Datasette over the archive at `archive_path`, opened read-only and not as immutable, so that
    what a running crawl commits is visible at once.

    `sql` opens the SQL page to everyone; `contact` stands in the footer of every page; `per_second`
    bounds the requests of one address (None: unbounded, for use behind a proxy that does it); `base_url` is
    the path below which a proxy shows the archive.
    `settings` override Datasette's own. A `snapshot` is opened as what it is: a file that never changes, with its
    inspect data. Raises `StoreError` when there is no readable archive.
    """
    Archive.read(archive_path).close()
    inspected = json.loads(snapshot.inspect.read_text(encoding="utf-8")) if snapshot else None
    return Datasette(
        [] if snapshot else [str(archive_path.resolve())],
        immutables=[str(archive_path.resolve())] if snapshot else [],
        inspect_data=inspected,
        settings={**SETTINGS, "default_allow_sql": sql, "base_url": base_url, **(settings or {})},
        metadata=metadata_of(archive_path.stem, {PLUGIN: {"contact": contact, "per_second": per_second}}),
        template_dir=str(TEMPLATES / "datasette"),
    )


def serve(
    archive_path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    sql: bool = True,
    contact: str = "",
    per_second: float | None = 20.0,
    base_url: str = "/",
    trusted_proxies: Sequence[str] = ("127.0.0.1", "::1"),
    snapshot: Snapshot | None = None,
) -> None:
    """Serve until interrupted. Prints the address once it is listened on; port 0 takes a free one.

    Only a peer in `trusted_proxies` (addresses or networks) is believed when it says in X-Forwarded-For and
    X-Forwarded-Proto for whom it asks.

    Raises `CannotServe` when the address is taken or not ours, `StoreError` as `build_datasette`.
    """
    datasette = build_datasette(
        archive_path, sql=sql, contact=contact, per_second=per_second, base_url=base_url, snapshot=snapshot
    )
    app = datasette.app()
    if snapshot:
        app = with_far_future(app, base_url.rstrip("/") + "/" + archive_path.stem)
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"http://{shown}:{listener.getsockname()[1]}/\n")
    sys.stdout.flush()
    try:
        uvicorn.Server(server_config(app, trusted_proxies)).run(sockets=[listener])
    finally:
        listener.close()


def server_config(app: Any, trusted_proxies: Sequence[str]) -> uvicorn.Config:  # noqa: ANN401  # any ASGI application
    """How the server is set up: a trusted proxy's word replaces its own address by the visitor's, which is the last
    in X-Forwarded-For that is no trusted proxy (what stands further left anybody could have written)."""
    return uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"cannot listen on {host}:{port} ({error.strerror or error}): choose another --host or --port"
        ) from error
    return listener

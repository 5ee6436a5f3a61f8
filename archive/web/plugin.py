"""The Datasette plugin: Chinese search in `?_search=`, our pages, security headers, a rate limit.

Only hooks that exist in Datasette 0.65 and in the 1.0 alphas are used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datasette import hookimpl

from archive.store import search
from archive.web.headers import App, with_security_headers
from archive.web.limits import Buckets, with_rate_limit
from archive.web.routes import routes
from archive.web.spreadsheets import renderers, with_safe_csv

if TYPE_CHECKING:  # Datasette loads its plugins while it is being imported
    from datasette.app import Datasette

#: The plugin's name in Datasette's metadata: `{"plugins": {"gongkai": {...}}}`.
PLUGIN = "gongkai"


# trylast: without it Datasette's own escape_fts, registered later, would win
@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Register the segmenting functions, and read every `?_search=` as `archive.store.search` does."""
    search.register(conn)
    conn.create_function("escape_fts", 1, search.fts_query, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Any]]:
    """Our pages; they come before Datasette's own, which keep every other path."""
    return routes()


@hookimpl  # type: ignore[untyped-decorator]
def register_output_renderer() -> list[dict[str, Any]]:
    """Tables and queries as .xlsx and .parquet too."""
    return renderers()


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Security headers on every answer, and a bound on how fast one address may ask."""
    per_second = (datasette.plugin_config(PLUGIN) or {}).get("per_second")

    def wrap(app: App) -> App:
        secured = with_security_headers(with_safe_csv(app))
        return with_rate_limit(secured, Buckets(per_second=per_second)) if per_second else secured

    return wrap


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(datasette: Datasette) -> dict[str, str]:
    """What the footer of Datasette's own pages says."""
    return {"gongkai_contact": (datasette.plugin_config(PLUGIN) or {}).get("contact") or ""}


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """The way from Datasette's tables back to the pages made for reading."""
    pages = (
        ("", "首页 Front page"),
        ("search", "搜索 Search"),
        ("coverage", "覆盖 Coverage"),
        ("audit", "稽核 Audit"),
        ("method", "方法 Method"),
    )
    return [{"href": datasette.urls.path(f"/{path}"), "label": label} for path, label in pages]

"""Where the pages are. Datasette keeps every other path: tables, rows, facets, SQL, JSON and CSV."""

from __future__ import annotations

import mimetypes
from typing import Any

from datasette.utils.asgi import Response

from archive.web.pages import api, captures, finding, machines, overview, panel, reports, waiting
from archive.web.rendering import STATIC
from archive.web.visit import NotFound, View, Visit, page

_ROWS = r"\.(?P<format>json|csv|xlsx|parquet)$"

_PAGES: tuple[tuple[str, View], ...] = (
    (r"^/$", finding.front),
    (r"^/search$", finding.search),
    (r"^/bodies$", finding.bodies),
    (r"^/body/(?P<body>[^/]+)$", reports.body),
    (r"^/report/(?P<body>[^/]+)/(?P<year>[0-9]{4})(?:\.(?P<format>json|txt|csv|xlsx|parquet))?$", reports.report),
    (r"^/compare$", reports.compare),
    (r"^/compare/bodies$", panel.side_by_side),
    (r"^/compare/bodies" + _ROWS, panel.side_by_side),
    (r"^/review$", waiting.review),
    (r"^/capture/(?P<capture>[0-9]{1,18})$", captures.capture),
    (r"^/capture/(?P<capture>[0-9]{1,18})/replay$", captures.replay),
    (r"^/capture/(?P<capture>[0-9]{1,18})/original$", captures.original),
    (r"^/coverage$", overview.coverage),
    (r"^/changes$", overview.changes),
    (r"^/audit$", overview.audit),
    (r"^/status$", overview.status),
    (r"^/metrics$", overview.metrics),
    (r"^/method$", overview.method),
    (r"^/legal$", overview.legal),
    (r"^/api$", api.documentation),
    (r"^/api/reports" + _ROWS, api.reports),
    (r"^/api/bodies" + _ROWS, api.bodies),
    (r"^/api/cells" + _ROWS, api.cells),
    (r"^/api/coverage" + _ROWS, api.coverage),
    (r"^/api/changes" + _ROWS, api.changes),
    (r"^/api/findings" + _ROWS, api.findings),
    (r"^/api/search" + _ROWS, api.search),
    (r"^/api/openapi\.json$", api.description),
    (r"^/api/status\.json$", api.status),
    (r"^/api/.*$", api.unknown),
    (r"^/feed\.atom$", api.feed),
    (r"^/robots\.txt$", machines.robots),
    (r"^/sitemap\.xml$", machines.sitemap),
    (r"^/sitemap-(?P<part>[0-9]{1,6})\.xml$", machines.sitemap),
    (r"^/llms\.txt$", machines.llms),
)


def routes() -> list[tuple[str, Any]]:
    """(pattern, view) for Datasette's `register_routes`."""
    return [(pattern, page(view)) for pattern, view in _PAGES] + [
        (r"^/-/gongkai/(?P<file>[A-Za-z0-9._/-]+)$", page(_static))
    ]


async def _static(visit: Visit) -> Response:
    """A file of ours: style, scripts, vendored libraries. Its address changes with it (`?stamp`)."""
    name = visit.route["file"]
    found = (STATIC / name).resolve()
    if not found.is_relative_to(STATIC.resolve()) or not found.is_file():
        raise NotFound(visit.language("not_found_text"))
    media_type = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type.endswith("javascript"):
        media_type += "; charset=utf-8"
    return Response(
        body=found.read_bytes(),
        headers={"cache-control": "public, max-age=31536000, immutable"},
        content_type=media_type,
    )

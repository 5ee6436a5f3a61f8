"""Every page type and every file of a served archive, as addresses, found in its database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote, urlencode

from archive.web.contract import ENDPOINTS

#: Pages that every archive has.
STANDING = (
    "/",
    "/search",
    "/search?q=公开",
    "/search?q=复议&year=2022",
    "/bodies",
    "/compare",
    "/compare/bodies",
    "/coverage",
    "/changes",
    "/audit",
    "/status",
    "/review",
    "/method",
    "/api",
)
#: Datasette's own pages, which show the same texts.
DATASETTE = (
    "/archive",
    "/archive/documents",
    "/archive/documents?_search=公开&_facet=issuer",
    "/archive/reports?_facet=body_name&_facet=title",
    "/archive/cells",
    "/archive/bodies",
    "/archive/problems",
    "/archive/coverage",
    "/archive/audit",
    "/archive/changes",
    "/archive/pages",
    "/archive?sql=select+title+from+reports",
)


def every_page(path: Path) -> list[str]:
    """Our pages over the archive at `path`: standing ones, and one or more of each kind that names something."""
    connection = sqlite3.connect(path)
    pages = list(STANDING)
    bodies = [body for (body,) in connection.execute("select id from bodies order by id")]
    pages += [f"/body/{body}" for body in bodies]
    reports = connection.execute(
        "select body, year, page, capture, standing from reports where kind = 'report' and body is not null "
        "and year is not null order by body, year"
    ).fetchall()
    for body, year, page, capture, standing in reports:
        tail = "" if standing == "chosen" else f"?{urlencode({'page': page})}"
        pages += [f"/report/{body}/{year}{tail}", f"/capture/{capture}"]
    (one, other), (first, second) = reports[0][:2], reports[-1][:2]
    pages.append(f"/compare?{urlencode({'a': one, 'a_year': other, 'b': first, 'b_year': second})}")
    names = connection.execute("select name, county from bodies order by id").fetchall()
    pages += [f"/search?q={quote(name[:40])}" for name, _ in names]
    pages += [f"/compare/bodies?place={quote(county)}" for _, county in names[:1]]
    pages += [
        f"/changes?{urlencode({'page_url': url, 'at': at})}"
        for url, at in connection.execute("select url, changed_at from changes where kind = 'edited'")
    ]
    pages += [
        f"/capture/{capture}" for (capture,) in connection.execute("select capture from pages where parent_page > ''")
    ]
    pages += [f"/capture/{reports[0][3]}?cell=t3_new_requests__total"]
    connection.close()
    return list(dict.fromkeys(pages))


def every_file(path: Path) -> list[str]:
    """Every documented address in every shape, what programs look for, and Datasette's own exports."""
    connection = sqlite3.connect(path)
    found = []
    for body, year, capture in connection.execute(
        "select body, year, capture from reports where kind = 'report' and standing = 'chosen' and body is not null"
    ):
        for endpoint in ENDPOINTS:
            tail = f"?{endpoint.example}" if endpoint.example else ""
            found += [address.format(body=body, year=year, capture=capture) + tail for _, address in endpoint.addresses]
    connection.close()
    found += ["/robots.txt", "/sitemap.xml", "/llms.txt", "/api/openapi.json", "/api/search.csv?q=alert"]
    for table in ("documents", "reports", "bodies", "cells", "problems", "coverage", "audit", "pages"):
        found += [f"/archive/{table}.{shape}" for shape in ("json", "csv", "xlsx", "parquet")]
    found += ["/archive/reports.csv?_stream=on", "/archive/reports.csv?_dl=1"]
    return list(dict.fromkeys(found))

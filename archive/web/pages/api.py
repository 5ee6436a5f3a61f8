"""The JSON API, its documentation, exports of the same rows, and the Atom feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from archive.store import listing, overview, queries
from archive.store.catalogue import catalogue
from archive.store.finding import find
from archive.store.nights import cut_nights
from archive.store.queries import Row
from archive.store.withheld import active
from archive.web.contract import COLUMNS, DEFAULT, ENDPOINTS, MOST, Endpoint, openapi
from archive.web.numbers import labelled, where_label
from archive.web.pages.finding import wanted_of
from archive.web.visit import NotFound, Visit

#: What a hit of a search is in a table.
_HIT = ("title", "name", "year", "city", "county", "issuer", "published_at", "url", "body", "capture", "text_digest")


async def documentation(visit: Visit) -> Response:
    """What the API offers, with examples that the tests run."""
    example = await visit.read(listing.reports, limit=1)
    shown = [
        (endpoint, addresses)
        for endpoint in ENDPOINTS
        if (addresses := _examples(endpoint, example[0] if example else None))
    ]
    return visit.html("api.html", endpoints=shown, most=MOST)


async def description(visit: Visit) -> Response:
    """The same for programs: an OpenAPI document."""
    return visit.json(openapi(visit.absolute("/").rstrip("/")))


def _examples(endpoint: Endpoint, report: Row | None) -> list[tuple[str, str]]:
    """(shape, address) of an endpoint's example in each shape; none when an empty archive has no example."""
    if "{" in endpoint.path and report is None:
        return []
    tail = f"?{endpoint.example}" if endpoint.example else ""
    named = {name: str((report or {}).get(name, "")) for name in ("body", "year", "capture")}
    return [(shape, path.format(**named) + tail) for shape, path in endpoint.addresses]


async def reports(visit: Visit) -> Response:
    """Chosen reports, filtered by body, year, place and level."""
    limit, offset = _window(visit)
    found = await visit.read(
        listing.reports,
        body=visit.text("body"),
        year=visit.number("year", low=1990, high=2100),
        place=visit.text("place"),
        level=visit.text("level"),
        limit=limit + 1,
        offset=offset,
    )
    return _rows(visit, "reports", found, limit, offset)


async def bodies(visit: Visit) -> Response:
    """Public bodies, filtered by place and level."""
    limit, offset = _window(visit)
    found = await visit.read(
        queries.bodies_list, place=visit.text("place"), level=visit.text("level"), limit=limit + 1, offset=offset
    )
    return _rows(visit, "bodies", found, limit, offset)


async def cells(visit: Visit) -> Response:
    """Printed numbers of chosen reports, filtered by body, year, form, row and column."""
    wanted = {name: visit.text(name) for name in ("body", "form", "row", "column", "place")}
    limit, offset = _window(visit)
    found = await visit.read(
        listing.cells, **wanted, year=visit.number("year", low=1990, high=2100), limit=limit + 1, offset=offset
    )
    return _rows(visit, "cells", labelled(found), limit, offset)


async def coverage(visit: Visit) -> Response:
    """Body by year, one row each."""
    limit, offset = _window(visit)
    found = await visit.read(listing.coverage, place=visit.text("place"), limit=limit + 1, offset=offset)
    return _rows(visit, "coverage", found, limit, offset)


async def changes(visit: Visit) -> Response:
    """Edits and removals after publication."""
    limit, offset = _window(visit)
    return _rows(visit, "changes", await visit.read(overview.changes, limit=limit + 1, offset=offset), limit, offset)


async def findings(visit: Visit) -> Response:
    """Failed checks of chosen reports, newest years first."""
    limit, offset = _window(visit)
    found = await visit.read(
        overview.failures, rule=visit.text("rule"), place=visit.text("place"), limit=limit + 1, offset=offset
    )
    labelled_rows = [{**row, "where_label": where_label(row["rule"], row["where"])} for row in found]
    return _rows(visit, "findings", labelled_rows, limit, offset)


async def search(visit: Visit) -> Response:
    """Ranked hits with facets; texts are left out (they stand in the report)."""
    wanted = wanted_of(visit)
    limit, offset = _window(visit)
    found = await visit.read(find, wanted, await visit.read(catalogue), limit=limit, offset=offset)
    if visit.route.get("format", "json") != "json":
        rows = [{**(hit["reports"][0] if hit["reports"] else {}), **hit} for hit in found.hits]
        return visit.file(visit.route["format"], "search", _HIT, rows)
    hits = [{name: value for name, value in hit.items() if name not in {"text", "id"}} for hit in found.hits]
    facets = {
        name: [{"value": value, "count": number} for value, number in pairs] for name, pairs in found.facets.items()
    }
    return visit.json(
        {
            "ok": True,
            "query": wanted.query,
            "total": found.total,
            "ranked": found.ranked,
            "facets": facets,
            "rows": hits,
        }
    )


async def status(visit: Visit) -> Response:
    """The state of the crawler."""
    return visit.json(
        {
            "ok": True,
            "portals": await visit.kept(overview.portals, overview.today()),
            "runs": await visit.read(overview.runs),
            "sizes": await visit.kept(overview.sizes),
            "contents": await visit.kept(queries.contents),
            "cut_short": [asdict(one) for one in await visit.read(cut_nights)],
            "withheld": [asdict(one) for one in await visit.read(active)],
        }
    )


async def feed(visit: Visit) -> Response:
    """Atom: what came in last and what changed after publication."""
    entries = [{**row, "at": row["first_seen_at"], "what": "new"} for row in await visit.read(queries.newest, limit=40)]
    entries += [
        {**row, "at": row["changed_at"], "what": row["kind"]} for row in await visit.read(overview.changes, limit=40)
    ]
    entries.sort(key=lambda entry: (str(entry["at"]), entry["url"]), reverse=True)
    for entry in entries:
        if entry["what"] == "edited":
            address = f"/changes?{urlencode({'page_url': entry['url'], 'at': entry['at']})}"
        elif entry["body"] and entry["year"]:
            address = f"/report/{quote(entry['body'], safe='')}/{entry['year']}"
        else:
            address = f"/capture/{entry['capture']}"
        entry["link"] = visit.absolute(address)
    content = visit.fill("feed.xml", entries=entries[:60], site=visit.absolute("/"))
    return visit.respond(content, "application/atom+xml; charset=utf-8")


def _window(visit: Visit) -> tuple[int, int]:
    limit = visit.number("limit", low=1, high=MOST, default=DEFAULT) or DEFAULT
    return limit, visit.number("offset", low=0, high=10_000_000, default=0) or 0


def _rows(visit: Visit, name: str, found: Sequence[Row], limit: int, offset: int) -> Response:
    """One page of rows as JSON, CSV or XLSX; one row more than `limit` means that there is a next page."""
    page = list(found[:limit])
    shape = visit.route.get("format", "json")
    if shape == "json":
        more = visit.here(offset=offset + limit) if len(found) > limit else None
        answer: dict[str, Any] = {"ok": True, "rows": page, "next": more}
        return visit.json(answer)
    return visit.file(shape, name, COLUMNS[name], page)


async def unknown(visit: Visit) -> Response:
    """Whatever else is asked below /api/."""
    raise NotFound(visit.language("not_found_text"))

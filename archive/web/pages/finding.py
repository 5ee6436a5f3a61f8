"""The front page, the list of bodies, and search."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from archive.store import overview, queries
from archive.store.catalogue import catalogue
from archive.store.finding import Wanted, find
from archive.web.contract import MOST
from archive.web.highlight import excerpt, mark, terms
from archive.web.numbers import first_failures
from archive.web.visit import Visit

HITS_A_PAGE = 20
BODIES_A_PAGE = 100
#: Nobody reads on to here, and a deep offset costs as much as all pages before it.
LAST_PAGE = 500


async def front(visit: Visit) -> Response:
    """What is in here, the search box, and what came in last."""
    contents = await visit.kept(queries.contents)
    odd = first_failures(await visit.kept(overview.failures, limit=60), most=5)
    newest = await visit.kept(queries.newest, limit=6)
    start = [row for row in (*odd, *newest) if row["body"] and row["year"]]
    return visit.html(
        "front.html",
        contents=contents,
        by_year=[
            (row["year"], row["reports"], max(0, contents["bodies"] - row["reports"])) for row in contents["by_year"]
        ],
        night=await visit.read(queries.last_night),
        odd=odd,
        start=start[0] if start else None,
        changes=await visit.kept(overview.changes, limit=4),
        newest=newest,
    )


async def bodies(visit: Visit) -> Response:
    """Every public body, by region."""
    place = visit.text("place")
    page = visit.number("page", low=1, high=100_000, default=1) or 1
    total = await visit.kept(queries.bodies_count, place=place)
    listed = await visit.read(queries.bodies_list, place=place, limit=BODIES_A_PAGE, offset=(page - 1) * BODIES_A_PAGE)
    return visit.html(
        "bodies.html",
        bodies=listed,
        total=total,
        page=page,
        pages=math.ceil(total / BODIES_A_PAGE),
        places=await place_options(visit),
        files=visit.files("/api/bodies", place=place, limit=MOST),
    )


async def place_options(visit: Visit) -> list[str]:
    """Provinces, cities and counties that have bodies, for a choice."""
    found: dict[str, None] = {}
    for row in await visit.kept(queries.places):
        for name in (row["province"], row["city"], row["county"]):
            if name:
                found[name] = None
    return list(found)


def wanted_of(visit: Visit) -> Wanted:
    """The search that a visit's arguments ask for."""
    query = visit.text("q")
    return Wanted(
        query=query,
        words=terms(query),
        year=visit.number("year", low=1990, high=2100),
        place=visit.text("place"),
        level=visit.text("level"),
    )


async def search(visit: Visit) -> Response:
    """Ranked search with facets and exact counts."""
    wanted = wanted_of(visit)
    page = visit.number("page", low=1, high=LAST_PAGE, default=1) or 1
    if not wanted.query:
        return visit.html("search.html", query="", found=None, bodies=[], page=1, pages=0)
    found = await visit.read(
        find, wanted, await visit.read(catalogue), limit=HITS_A_PAGE, offset=(page - 1) * HITS_A_PAGE
    )
    named = [word for word in wanted.words if not word.isdigit()]
    bodies_of_that_name = await visit.read(queries.bodies_named, named[0], limit=12) if len(named) == 1 else []
    asked = {name: value for name, value in visit.args.items() if name in {"q", "year", "place", "level"} and value}
    documents = visit.datasette.urls.table(visit.database.name, "documents")
    return visit.html(
        "search.html",
        query=wanted.query,
        found=found,
        hits=[_shown(visit, hit, wanted.words) for hit in found.hits],
        bodies=bodies_of_that_name,
        page=page,
        pages=min(LAST_PAGE, math.ceil(found.total / HITS_A_PAGE)),
        in_tables=f"{documents}?{urlencode({'_search': wanted.query})}",
        files=visit.files("/api/search", **asked, limit=MOST),
    )


def _shown(visit: Visit, hit: queries.Row, words: tuple[str, ...]) -> dict[str, Any]:
    path = visit.datasette.urls.path
    reports = [{**report, "link": path(_where_it_stands(report))} for report in hit["reports"]]
    captured = path(f"/capture/{hit['capture']}") if hit["capture"] else ""
    return {
        **hit,
        "reports": reports,
        "link": reports[0]["link"] if reports else captured,
        "heading": mark(hit["title"] or hit["url"], words),
        "excerpt": excerpt(hit["text"], words),
    }


def _where_it_stands(report: queries.Row) -> str:
    """The page on which exactly this text is shown: its report, its edition, or else its capture."""
    if report["kind"] == "report" and report["body"] and report["year"]:
        address = f"/report/{quote(report['body'], safe='')}/{report['year']}"
        if report["standing"] == "chosen":
            return address
        if report["standing"] == "edition":
            return f"{address}?{urlencode({'page': report['page']})}"
    return f"/capture/{report['capture']}"

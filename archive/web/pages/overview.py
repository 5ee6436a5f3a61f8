"""Coverage, changes, audit, the state of the crawler, and the method."""

from __future__ import annotations

import math
from typing import Any

from datasette.utils.asgi import Response

from archive.store import overview, queries
from archive.store.nights import cut_nights
from archive.store.privacy import is_masked
from archive.store.withheld import active
from archive.web.contract import MOST
from archive.web.differences import differences, shortened
from archive.web.numbers import compared, where_label
from archive.web.pages.finding import place_options
from archive.web.visit import NotFound, Visit
from archive.web.vocabulary import RULES

BODIES_A_PAGE = 60
ROWS_A_PAGE = 100
PORTALS_A_PAGE = 60
#: Standings of a portal that need nobody.
_CALM = frozenset({"well", "never"})

#: A sign for each state, so that colour is never alone.
SIGNS = {"published": "●", "late": "◐", "missing": "○", "unreadable": "▨", "unknown": "·"}


async def coverage(visit: Visit) -> Response:
    """Body by year: published, late, missing, unreadable, unknown, each with its evidence."""
    place = visit.text("place")
    page = visit.number("page", low=1, high=100_000, default=1) or 1
    total = await visit.kept(queries.bodies_count, place=place)
    bodies = await visit.read(queries.bodies_list, place=place, limit=BODIES_A_PAGE, offset=(page - 1) * BODIES_A_PAGE)
    known = {
        (row["body"], row["year"]): row
        for row in await visit.kept(overview.coverage_of, tuple(body["id"] for body in bodies))
    }
    # a year of which nobody has published yet is missing, and no report says so
    told = {year for _, year in known} | set(await visit.kept(overview.coverage_years))
    years = list(range(min(told), max(told) + 1)) if told else []
    matrix = [
        {**body, "cells": [_cell(visit, body["id"], year, known.get((body["id"], year))) for year in years]}
        for body in bodies
    ]
    return visit.html(
        "coverage.html",
        matrix=matrix,
        years=years,
        signs=SIGNS,
        total=total,
        page=page,
        pages=math.ceil(total / BODIES_A_PAGE),
        places=await place_options(visit),
        files=visit.files("/api/coverage", place=place, limit=MOST),
    )


def _cell(visit: Visit, body: str, year: int, row: queries.Row | None) -> dict[str, Any]:
    if row is None or row["status"] not in SIGNS:
        return {"status": "unknown", "link": "", "why": ""}
    t, urls = visit.language, visit.datasette.urls
    status, link, why = row["status"], "", ""
    if status == "missing":
        # the captures of the night that read the column to its end are the proof
        link = f"{urls.table(visit.database.name, 'captures')}?run={row['listing_run']}"
        why = f"{t('listing_complete')} {visit.moment(row['listing_complete_at'])}"
    elif status != "unknown":
        link = urls.path(f"/report/{body}/{year}")
        why = f"{t('published')} {row['published_on'] or '?'}, {t('due_on')} {row['due_on']}"
    return {"status": status, "link": link, "why": why}


async def changes(visit: Visit) -> Response:
    """Edits and removals after publication; with `page_url` and `at`, one edit as a diff."""
    page = visit.number("page", low=1, high=10_000, default=1) or 1
    address = visit.args.get("page_url", "")
    if address:
        shown = await visit.read(overview.change_of, address, visit.text("at"))
        if shown is None:
            raise NotFound(visit.language("not_found_text"))
        parts = shortened(differences(shown["before"], shown["after"]), around=200)
        read = {row["text_digest"]: row["id"] for row in await visit.read(queries.reports_at, address)}
        sides = [read[digest] for digest in (shown["before_digest"], shown["after_digest"]) if digest in read]
        cells = [await visit.read(queries.cells_of, report) for report in sides]
        differing = compared(*cells) if len(cells) == 2 and all(cells) else []
        return visit.html("changes.html", shown=shown, parts=parts, cells=differing)
    total = await visit.kept(overview.changes_count)
    return visit.html(
        "changes.html",
        shown=None,
        changes=await visit.kept(overview.changes, limit=ROWS_A_PAGE, offset=(page - 1) * ROWS_A_PAGE),
        page=page,
        pages=math.ceil(total / ROWS_A_PAGE),
        files=visit.files("/api/changes", limit=MOST),
    )


async def audit(visit: Visit) -> Response:
    """Failed findings, by rule and region."""
    place, rule = visit.text("place"), visit.text("rule")
    page = visit.number("page", low=1, high=10_000, default=1) or 1
    total = await visit.kept(overview.failures_count, rule=rule, place=place)
    found = await visit.kept(
        overview.failures, rule=rule, place=place, limit=ROWS_A_PAGE, offset=(page - 1) * ROWS_A_PAGE
    )
    return visit.html(
        "audit.html",
        rules=await visit.kept(overview.rules, place=place),
        failures=[{**row, "where": where_label(row["rule"], row["where"])} for row in found],
        page=page,
        pages=math.ceil(total / ROWS_A_PAGE),
        places=await place_options(visit),
        files=visit.files("/api/findings", rule=rule, place=place, limit=MOST),
    )


async def status(visit: Visit) -> Response:
    """What the crawler did and how each portal is, those in trouble first."""
    page = visit.number("page", low=1, high=10_000, default=1) or 1
    portals = await visit.kept(overview.portals, overview.today())
    portals = sorted(portals, key=lambda portal: portal["standing"] in _CALM)  # stable: by region among themselves
    return visit.html(
        "status.html",
        portals=portals[(page - 1) * PORTALS_A_PAGE : page * PORTALS_A_PAGE],
        total=len(portals),
        page=page,
        pages=math.ceil(len(portals) / PORTALS_A_PAGE),
        runs=await visit.read(overview.runs),
        problems=[_short(row) for row in await visit.read(overview.problems)],
        cut_short=await visit.read(cut_nights),
        withheld=await visit.read(active),
        sizes=await visit.kept(overview.sizes),
    )


def _short(problem: queries.Row) -> queries.Row:
    """A problem whose message does not begin with the address that stands beside it."""
    return {**problem, "message": problem["message"].removeprefix(f"{problem['url']}: ")}


async def metrics(visit: Visit) -> Response:
    """The state of the crawler for Prometheus."""
    return visit.respond(await visit.kept(overview.prometheus), "text/plain; version=0.0.4; charset=utf-8")


async def method(visit: Visit) -> Response:
    """How the archive is made, what its words mean, and on what terms it is offered."""
    return visit.html(f"method.{visit.language.code}.html", rules=RULES)


async def legal(visit: Visit) -> Response:
    """On what terms the archive is offered, what it does about personal information, and how to object."""
    masked = await visit.read(is_masked)
    return visit.html(f"legal.{visit.language.code}.html", masked=masked)

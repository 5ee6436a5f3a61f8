"""Many bodies side by side on one indicator: all towns of a county, all counties of a city."""

from __future__ import annotations

import math
from typing import Any

from datasette.utils.asgi import Response

from archive.store import panel, queries
from archive.web.numbers import BREAK, Chart, cell_label
from archive.web.pages.finding import place_options
from archive.web.visit import Visit

BODIES_A_PAGE = 60
#: Bars that can be told apart in a chart.
CHARTED = 40
LEVELS = ("province", "city", "county", "department", "town", "street")
DEFAULT = "requests_new"
EXPORTED = ("body", "name", "level", "city", "county", "year", "value", "status", "unit", "capture")


async def side_by_side(visit: Visit) -> Response:
    """One indicator of one year, body by body, the largest first, with every other year beside it."""
    known = await visit.kept(panel.indicators)
    names = list(dict.fromkeys(row["indicator"] for row in known))
    indicator = visit.choice("indicator", names, DEFAULT if DEFAULT in names else "")
    years = (await visit.kept(queries.years_of))[::-1]
    year = visit.number("year", low=1990, high=2100, default=years[0] if years else 2000) or 0
    place, level = visit.text("place"), visit.choice("level", LEVELS)
    page = visit.number("page", low=1, high=10_000, default=1) or 1
    chosen: dict[str, Any] = {"place": place, "level": level}
    shape = visit.route.get("format", "")
    if shape:
        _, found = await visit.read(panel.side_by_side, indicator, year, **chosen, limit=100_000)
        return _file(visit, shape, indicator, year, found)
    total, found = await visit.kept(
        panel.side_by_side, indicator, year, **chosen, limit=BODIES_A_PAGE, offset=(page - 1) * BODIES_A_PAGE
    )
    told: dict[tuple[str, int], float] = {
        (row["body"], row["year"]): row["value"]
        for row in await visit.kept(panel.over_years, indicator, tuple(row["body"] for row in found))
    }
    across = sorted({told_year for _, told_year in told})
    t = visit.language
    caption = f"{t.value('indicator', indicator)} · {year}" + (f" · {place}" if place else "")
    printed = [row for row in known if row["indicator"] == indicator]
    bars = [(row["name"], row["value"]) for row in found[:CHARTED]]
    charts = [Chart(name="panel", kind="hbar", caption=caption, columns=(t("body"), t("value")), lines=bars)]
    if 1 < len(found) <= 8 and len(across) > 1:
        lines = [[told_year, *(told.get((row["body"], told_year)) for row in found)] for told_year in across]
        breaks = BREAK if across[0] < BREAK <= across[-1] else 0
        charts.append(
            Chart(
                name="years",
                kind="line",
                caption=t("panel_years"),
                columns=(t("year"), *(row["name"] for row in found)),
                lines=lines,
                breaks_at=breaks,
            )
        )
    return visit.html(
        "panel.html",
        indicators=names,
        indicator=indicator,
        printed=[(row["form"], cell_label(f"{row['form']}_{row['row']}__{row['column']}")) for row in printed],
        unit=printed[0]["unit"] if printed else "",
        years=years,
        year=year,
        level=level,
        levels=LEVELS,
        across=across,
        lines=[{**row, "over": [told.get((row["body"], told_year)) for told_year in across]} for row in found],
        charts=charts if found else [],
        total=total,
        page=page,
        pages=math.ceil(total / BODIES_A_PAGE),
        places=await place_options(visit),
        breaks_at=BREAK,
        files=visit.files("/compare/bodies", indicator=indicator, year=year, place=place, level=level),
    )


def _file(visit: Visit, shape: str, indicator: str, year: int, found: list[queries.Row]) -> Response:
    if shape == "json":
        return visit.json({"ok": True, "indicator": indicator, "year": year, "rows": found})
    return visit.file(shape, f"{indicator}-{year}", EXPORTED, found)

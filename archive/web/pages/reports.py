"""A body's report of one year, a body over the years, and two reports side by side."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from archive.store import queries
from archive.store.queries import Row
from archive.store.withheld import reason_for_report
from archive.web import citation, copying, numbers
from archive.web.differences import differences, shortened
from archive.web.visit import BadRequest, NotFound, NotShown, Visit

CELL_COLUMNS = ("form", "row", "column", "row_label", "column_label", "raw", "value", "unit", "status", "confidence")
#: Two texts longer than this together are not compared word by word (a report has about 5,000 characters).
COMPARABLE = 400_000


async def report(visit: Visit) -> Response:
    """The report page, or the same report as text, JSON, CSV or XLSX."""
    body, year = visit.route["body"], int(visit.route["year"])
    row = await visit.read(queries.report_of, body, year, visit.text("page"))
    if row is None:
        if (reason := await visit.read(reason_for_report, body, year)) is not None:
            raise NotShown(reason)
        return await _named(visit, body, f"/{year}")
    sections = await visit.read(queries.sections_of, row["id"])
    grids = await visit.read(queries.grids_of, row["id"])
    cells = await visit.read(queries.cells_of, row["id"])
    findings = await visit.read(queries.findings_of, row["id"])
    shape = visit.route.get("format", "")
    if shape:
        parts = {"sections": sections, "grids": grids, "cells": cells, "findings": findings}
        return _download(visit, shape, row, parts)
    neighbours = await visit.read(queries.neighbours_of, body, year)
    address = f"/report/{quote(body, safe='')}/{year}"
    path = visit.datasette.urls.path
    tail = f"?{urlencode({'page': visit.text('page')})}" if visit.text("page") else ""
    failures = numbers.numbered(findings, year)
    forms = numbers.forms(row["regime"], cells, failures, visit.language)
    shown, loose = numbers.placed(_readable(sections, row["text"]), forms)
    beside = await _beside(visit, body)
    copied = await visit.read(queries.copies_of, body, year) if row["standing"] == "chosen" else []
    return visit.html(
        "report.html",
        report=row,
        heading=row["title"] or f"{row['name'] or row['body_name']} {year}",
        about=_about(visit, row),
        sections=shown,
        loose=loose,
        grids=grids,
        cells=cells,
        failures=failures,
        assessed=sum(finding["verdict"] != "NOT_ASSESSABLE" for finding in findings),
        beside=beside,
        beside_columns=[visit.language(name) for name in numbers.BESIDE],
        captured={line["year"]: line["capture"] for line in beside},
        editions=await visit.read(queries.editions_of, body, year),
        attachments=await visit.read(queries.attachments_of, row["page"]),
        neighbours=neighbours,
        copies=copying.taken(body, copied),
        citation=citation.of_report(row, visit.request.url),
        links={
            "json": path(f"{address}.json{tail}"),
            "text": path(f"{address}.txt{tail}"),
            "csv": path(f"{address}.csv{tail}"),
            "xlsx": path(f"{address}.xlsx{tail}"),
            "parquet": path(f"{address}.parquet{tail}"),
            "original": path(f"/capture/{row['capture']}/original"),
            "compare": path(
                "/compare?" + urlencode({"a": body, "a_year": neighbours["previous"], "b": body, "b_year": year})
            ),
        },
    )


async def _beside(visit: Visit, body: str) -> list[Row]:
    """The main numbers of every year of a body, to be read beside one of them."""
    series = await visit.read(queries.cells_over_years, body, numbers.CHARTED)
    listed = await visit.read(queries.reports_of, body)
    lines = numbers.years_beside(series, listed, await visit.read(queries.verdicts_of, body))
    return lines if len(lines) > 1 else []


async def body(visit: Visit) -> Response:
    """All years of a body, its numbers over time, and whether carried-over requests match."""
    identity = visit.route["body"]
    row = await visit.read(queries.body_of, identity)
    if row is None:
        return await _named(visit, identity, "")
    reports = await visit.read(queries.reports_of, identity)
    verdicts = await visit.read(queries.verdicts_of, identity)
    for listed in reports:
        listed.update(verdicts.get(listed["id"], {"failed": 0, "checked": 0}))
    years = [listed["year"] for listed in reports if listed["standing"] == "chosen" and listed["year"]]
    series = await visit.read(queries.cells_over_years, identity, numbers.CHARTED)
    copied = await visit.read(queries.copies_of, identity)
    copies = copying.shown(identity, copied)
    compare = {"a": identity, "a_year": years[1], "b": identity, "b_year": years[0]} if len(years) > 1 else {}
    return visit.html(
        "body.html",
        body=row,
        reports=reports,
        charts=numbers.charts(series, visit.language),
        carries=numbers.carries(series),
        captured={listed["year"]: listed["capture"] for listed in reports if listed["standing"] == "chosen"},
        copied=copying.between_years(copied),
        copies=copies,
        copies_more=len(copied) - len(copies),
        copies_table=f"{visit.datasette.urls.table(visit.database.name, 'copies')}?{urlencode({'body': identity})}",
        files=visit.files("/api/cells", body=identity, limit=1000),
        compare_years=visit.datasette.urls.path(f"/compare?{urlencode(compare)}") if compare else "",
    )


async def compare(visit: Visit) -> Response:
    """Two years or two bodies: a word diff and a cell diff."""
    chosen: list[Row | None] = []
    typed: dict[str, str] = {}
    ambiguous: list[tuple[str, list[Row]]] = []
    for side in ("a", "b"):
        name = visit.text(side)
        year = visit.number(f"{side}_year", low=1990, high=2100)
        typed[side] = name
        if not name or year is None:
            chosen.append(None)
            continue
        known = await visit.read(queries.body_of, name)
        options = [] if known else await visit.read(queries.bodies_named, name)
        exact = [option for option in options if option["name"] == name] or options
        if known is None and len(exact) != 1:
            if not exact:
                raise NotFound(visit.language("not_found_text"))
            ambiguous.append((side, exact))
            chosen.append(None)
            continue
        found = await visit.read(queries.report_of, (known or exact[0])["id"], year)
        if found is None:
            raise NotFound(visit.language("no_report"))
        chosen.append(found)
        typed[side] = await _name_or_id(visit, found)
    left, right = chosen
    values: dict[str, Any] = {"left": left, "right": right, "ambiguous": ambiguous, "cells": [], "parts": []}
    values["typed"] = typed
    values["same_text"] = False
    if left and right:
        if len(left["text"]) + len(right["text"]) > COMPARABLE:
            raise BadRequest(visit.language("too_slow_text"))
        values["cells"] = numbers.compared(
            await visit.read(queries.cells_of, left["id"]), await visit.read(queries.cells_of, right["id"])
        )
        values["parts"] = shortened(differences(left["text"], right["text"]), around=200)
        values["same_text"] = left["text_digest"] == right["text_digest"]
    return visit.html("compare.html", **values)


async def _name_or_id(visit: Visit, report: Row) -> str:
    """What a person would write for a report's body: its name, or its id where several have that name."""
    alike = await visit.read(queries.bodies_named, report["name"] or report["body"])
    only = sum(row["name"] == report["name"] for row in alike) == 1
    return str(report["name"] if only else report["body"])


async def _named(visit: Visit, name: str, tail: str) -> Response:
    """`/body/盖北镇` leads to the one body of that name; several, or none, are said so."""
    found = [row for row in await visit.read(queries.bodies_named, name) if row["name"] == name]
    if await visit.read(queries.body_of, name):
        raise NotFound(visit.language("no_report"))
    if len(found) != 1:
        raise NotFound(visit.language("not_found_text"))
    wing = "report" if tail else "body"
    return Response.redirect(visit.datasette.urls.path(f"/{wing}/{quote(found[0]['id'], safe='')}{tail}"))


def _readable(sections: list[Row], text: str) -> list[Row]:
    """Sections with their text as paragraphs; a report without sections is one section."""
    whole = sections or [{"key": "", "heading": "", "ordinal_raw": "", "text": text}]
    return [
        {
            **section,
            "heading": _with_ordinal(section),
            "paragraphs": [line.strip() for line in re.split(r"\n+", section["text"]) if line.strip()],
        }
        for section in whole
    ]


def _with_ordinal(section: Row) -> str:
    """`一、总体情况` as printed, from the ordinal and the heading."""
    ordinal, heading = section["ordinal_raw"], section["heading"]
    return f"{ordinal}、{heading}" if ordinal and heading and not heading.startswith(ordinal) else heading


def _about(visit: Visit, row: Row) -> list[tuple[str, object, str]]:
    """What the page claims of itself: label, value, and where the value stood."""
    origins = citation.provenance(row["provenance"])
    t = visit.language
    listed: list[tuple[str, object, str]] = [
        (t("body"), row["name"] or row["body_name"], row["body_source"]),
        (t("year"), row["year"], row["year_source"]),
    ]
    for name in ("issuer", "index_number", "document_number", "disclosure_mode", "published_at", "dated_on"):
        if row[name]:
            label = t("published") if name == "published_at" else t(name)
            value = visit.moment(row[name]) if name == "published_at" else row[name]
            listed.append((label, value, origins.get(name, "")))
    listed += [
        (t("breadcrumb"), citation.breadcrumb(row["breadcrumb"]), origins.get("breadcrumb", "")),
        (t("regime"), t.value("regime", row["regime"]), ""),
        (t("scope"), t.value("scope", row["scope"]), ""),
        (t("tables_status"), t.value("tables", row["tables_status"]), ""),
        (t("state"), t.value("state", row["state"]), ""),
        (t("first_seen"), visit.moment(row["first_seen_at"]), ""),
        (t("last_seen"), visit.moment(row["last_seen_at"]), ""),
        (t("sites"), row["site_name"] or row["site"], ""),
        (t("read_by"), f"{row['family']} · {row['reader_version']}", ""),
        (t("digest"), row["text_digest"], ""),
    ]
    return [item for item in listed if item[1]]


def _download(visit: Visit, shape: str, row: Row, parts: dict[str, list[Row]]) -> Response:
    name = f"{re.sub(r'[^A-Za-z0-9-]', '', row['body'] or '')}-{row['year']}"
    if shape == "txt":
        return visit.respond(row["text"], "text/plain; charset=utf-8")
    if shape == "json":
        facts = {key: value for key, value in row.items() if key not in {"id", "notes", "reasons"}}
        return visit.json({"report": facts, **parts})
    return visit.file(shape, name, CELL_COLUMNS, numbers.labelled(parts["cells"]))

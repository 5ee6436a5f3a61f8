"""A report's numbers made ready for its pages: labels, marks of failed checks, charts, comparisons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.reports import form as statutory
from archive.store.queries import Row
from archive.web import forms as printing
from archive.web.forms import Filling, Printed, anchor_of, key_of
from archive.web.language import Language
from archive.web.rendering import number

_CELL_KEY = re.compile(r"\b(t2|t3|t4|s14|text)_([a-z0-9_]+?)__([a-z_]+)\b")

_REQUESTS = ("new_requests", "carried_in", "result_total", "carried_out")
_RESULTS = (("disclosed",), ("partial",), "deny", "unable", "reject", "other")

#: Every cell the charts of a body need.
CHARTED: tuple[tuple[str, str, str], ...] = (
    *(("t3", row.key, "total") for row in statutory.T3_ROWS),
    *(("t4", group, "total") for group in statutory.T4_GROUP_LABELS),
    ("s14", "req_total", statutory.S14_COLUMN),
    ("s14", "reply_total", statutory.S14_COLUMN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: the columns of its table, the first of them across."""

    name: str
    kind: str
    caption: str
    columns: Sequence[str]
    lines: Sequence[Sequence[Any]]


def numbered(findings: Iterable[Row]) -> list[Row]:
    """The failed checks with a number each and their evidence as places on the page."""
    failures: list[Row] = []
    for finding in findings:
        if finding["verdict"] != "FAIL" or finding["decision"] == "rejected":
            continue
        evidence = _evidence(finding["evidence"])
        keys = [f"{form}_{row}__{column}" for item in evidence for form, row, column in _CELL_KEY.findall(item)]
        shown = [_shown_evidence(item) for item in evidence]
        failures.append(
            {
                **finding,
                "number": len(failures) + 1,
                "keys": keys,
                "shown_evidence": shown,
                "where": where_label(finding["rule"], finding["where"]),
            }
        )
    return failures


def _evidence(stored: object) -> list[str]:
    text = str(stored or "")
    try:
        value = json.loads(text)
    except ValueError:
        return [text] if text else []
    return [str(item) for item in value] if isinstance(value, list) else [text]


def _shown_evidence(item: str) -> Row:
    match = _CELL_KEY.search(item)
    if match is None:
        return {"text": item, "anchor": ""}
    form, row, column = match.groups()
    label = " · ".join(part for part in (row_label(form, row), column_label(form, column)) if part)
    rest = item[: match.start()] + item[match.end() :]
    return {"text": f"{label}{rest}", "anchor": anchor_of(match.group())}


def where_label(rule: str, where: str) -> str:
    """Where a rule was applied, in the form's own words (`unable_not_held` of T3-ROW → its label)."""
    match = _CELL_KEY.fullmatch(where)
    if match:
        return row_label(match[1], match[2])
    form = {"T2": "t2", "T3": "t3", "T4": "t4", "S1": "s14"}.get(rule[:2], "")
    if not form:
        return where
    label = row_label(form, where)
    return label if label != where else column_label(form, where) or where


def forms(regime: str, cells: Sequence[Row], failures: Sequence[Row], language: Language) -> list[Printed]:
    """The statutory tables of a report, failed cells marked with the numbers of their findings."""
    failed: dict[str, list[int]] = {}
    for failure in failures:
        for key in failure["keys"]:
            failed.setdefault(key, []).append(failure["number"])
    return printing.printed(regime, Filling(cells, failed, language))


def placed(sections: list[Row], tables: Sequence[Printed]) -> tuple[list[Row], list[Printed]]:
    """Each table with the first section it belongs to, and the tables that have no such section."""
    left = list(tables)
    shown = []
    for section in sections:
        own = [table for table in left if printing.SECTION_OF[table.key] == section["key"]]
        left = [table for table in left if table not in own]
        shown.append({**section, "forms": own})
    return shown, left


def row_label(form: str, row: str) -> str:
    """The printed label of a row, its key when the form does not know it."""
    if form == "t3" and row in statutory.T3_ROW:
        known = statutory.T3_ROW[row]
        group = statutory.T3_GROUPS.get(known.group, "") if row != "other_processing" else ""
        return f"{group}：{known.label}" if group else known.label
    if form == "t4":
        return statutory.T4_GROUP_LABELS.get(row, row)
    if form == "t2" and row in statutory.T2_BLOCK_OF_ROW:
        return next(known.label for known in statutory.T2_BLOCK_OF_ROW[row].rows if known.key == row)
    if form == "s14":
        return next((known.label for known in statutory.S14_ROWS if known.key == row), row)
    return row


def column_label(form: str, column: str) -> str:
    """The printed label of a column, '' for the only column of a form."""
    if form == "t2" and column in statutory.T2_COLUMNS:
        return statutory.T2_COLUMNS[column].label
    if form in {"t3", "t4"}:
        columns = statutory.T3_COLUMNS if form == "t3" else statutory.T4_COLUMNS
        return next((known.label for known in columns if known.key == column), column)
    return "" if form in {"s14", "text"} else column


def labelled(cells: Iterable[Row]) -> list[Row]:
    """Cells with their printed labels."""
    return [
        {
            **cell,
            "row_label": row_label(cell["form"], cell["row"]),
            "column_label": column_label(cell["form"], cell["column"]),
        }
        for cell in cells
    ]


def charts(series: Sequence[Row], language: Language) -> list[Chart]:
    """Requests, answers and disputes over the years, from the totals of each year."""
    years: dict[int, dict[tuple[str, str], float | None]] = {}
    for cell in series:
        years.setdefault(cell["year"], {})[(cell["form"], cell["row"])] = cell["value"]
    made = []
    requests = [
        [
            year,
            *(
                _first(of, (("t3", row),)) if row != "new_requests" else _first(of, (("t3", row), ("s14", "req_total")))
                for row in _REQUESTS
            ),
        ]
        for year, of in sorted(years.items())
    ]
    columns = [language("year"), *(language(row) for row in _REQUESTS)]
    made.append(("requests", language("chart_requests"), columns, requests))
    results = []
    for year, of in sorted(years.items()):
        line: list[Any] = [year]
        for result in _RESULTS:
            keys = result if isinstance(result, tuple) else _group(result)
            known = [value for key in keys if (value := of.get(("t3", key))) is not None]
            line.append(sum(known) if known else None)
        results.append(line)
    columns = [language("year"), *("、".join(_labels(result)) for result in _RESULTS)]
    made.append(("results", language("chart_results"), columns, results))
    disputes = [
        [year, *(of.get(("t4", group)) for group in statutory.T4_GROUP_LABELS)] for year, of in sorted(years.items())
    ]
    made.append(
        ("disputes", language("chart_disputes"), [language("year"), *statutory.T4_GROUP_LABELS.values()], disputes)
    )
    return [
        Chart(name=name, kind="line", caption=caption, columns=columns, lines=lines)
        for name, caption, columns, lines in made
        if any(value is not None for line in lines for value in line[1:])
    ]


def _first(of: dict[tuple[str, str], float | None], keys: Iterable[tuple[str, str]]) -> float | None:
    return next((of[key] for key in keys if of.get(key) is not None), None)


def _group(group: str) -> list[str]:
    return [row.key for row in statutory.T3_ROWS if row.group == group]


def _labels(result: tuple[str, ...] | str) -> list[str]:
    if isinstance(result, str):
        return [statutory.T3_GROUPS[result]]
    return [statutory.T3_ROW[key].label.partition("（")[0] for key in result]


def carries(series: Sequence[Row]) -> list[Row]:
    """For each pair of years on record: what one carried out and the next carried in (totals)."""
    totals = {(cell["year"], cell["row"]): cell["value"] for cell in series if cell["form"] == "t3"}
    years = sorted({year for year, _ in totals})
    return [
        {"year": year, "out": out, "into": into}
        for year in years
        if (out := totals.get((year - 1, "carried_out"))) is not None
        and (into := totals.get((year, "carried_in"))) is not None
    ]


def compared(left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """The cells whose numbers differ, with both values and their difference."""
    ours = {key_of(cell): cell for cell in left}
    theirs = {key_of(cell): cell for cell in right}
    differing = []
    for key in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(key), theirs.get(key)
        known = one or other
        assert known is not None
        first, second = (one or {}).get("value"), (other or {}).get("value")
        if (first or 0) == (second or 0):
            continue
        differing.append(
            {
                "form": printing.CAPTIONS.get(known["form"], known["form"]),
                "row_label": row_label(known["form"], known["row"]),
                "column_label": column_label(known["form"], known["column"]),
                "left": number(first),
                "right": number(second),
                "difference": second - first if first is not None and second is not None else None,
            }
        )
    return differing

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

#: Numbers that stand in the running text, as the reports themselves call them.
TEXT_ROWS = {
    "proactive_items_text": "主动公开政府信息数",
    "requests_received_text": "收到申请数",
    "requests_done_on_time_text": "按期办结数",
    "requests_not_exist_text": "信息不存在数",
    "info_processing_fee_cases": "收费通知数",
    "info_processing_fee_yuan": "收取信息处理费",
}

_CELL_KEY = re.compile(r"\b(t2|t3|t4|s14|text)_([a-z0-9_]+?)__([a-z_]+)\b")
#: One piece of evidence: the year of another report (`2023 t3_carried_out__total=3`), the cell, its value.
_EVIDENCE = re.compile(r"(?:([0-9]{4}) )?((?:t2|t3|t4|s14|text)_[a-z0-9_]+?__[a-z_]+)(?:=(.*))?", re.DOTALL)

_REQUESTS = ("new_requests", "carried_in", "result_total", "carried_out")
#: The columns of `years_beside`, as words of the interface.
BESIDE = (*_REQUESTS, "reviews", "suits")
#: Where the years before 2019 say the like.
_BEFORE = {"new_requests": (("s14", "req_total"),), "result_total": (("s14", "reply_total"),)}
_SUITS = tuple(group for group in statutory.T4_GROUP_LABELS if group != "review")
_RESULTS = (("disclosed",), ("partial",), "deny", "unable", "reject", "other")

#: Every cell the charts of a body need.
CHARTED: tuple[tuple[str, str, str], ...] = (
    *(("t3", row.key, "total") for row in statutory.T3_ROWS),
    *(("t4", group, "total") for group in statutory.T4_GROUP_LABELS),
    ("s14", "req_total", statutory.S14_COLUMN),
    ("s14", "reply_total", statutory.S14_COLUMN),
)


#: Which form's rows and columns a rule speaks of: by its first letters, or by its name.
_FORM_OF_RULE = {
    "T2": "t2",
    "T3": "t3",
    "T4": "t4",
    "S1": "s14",
    "Y-CARRY": "t3",
    "H-SUM": "t3",
    "Y-FORCE": "t2",
    "Y-ITEMS": "t2",
}

#: The first year of the form whose numbers are counted otherwise than before it.
BREAK = 2019


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: the columns of its table, the first of them across. Before `breaks_at` numbers were counted
    otherwise: no line joins the two (0: nothing breaks)."""

    name: str
    kind: str
    caption: str
    columns: Sequence[str]
    lines: Sequence[Sequence[Any]]
    breaks_at: int = 0


def numbered(findings: Iterable[Row], year: int) -> list[Row]:
    """The failed checks of a report of `year` with a number each and their evidence as places on pages."""
    failures: list[Row] = []
    for finding in findings:
        if finding["verdict"] != "FAIL" or finding["decision"] == "rejected":
            continue
        shown = [_shown_evidence(item, year) for item in _evidence(finding["evidence"])]
        failures.append(
            {
                **finding,
                "number": len(failures) + 1,
                # the evidence of another year stands on that year's page
                "keys": [item["key"] for item in shown if item["key"] and item["year"] == year],
                "years": sorted({item["year"] for item in shown} - {year}),
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


def _shown_evidence(item: str, year: int) -> Row:
    match = _EVIDENCE.fullmatch(item)
    if match is None:
        return {"text": item, "value": "", "anchor": "", "key": "", "year": year}
    key = match[2]
    return {
        "text": cell_label(key),
        "value": match[3] or "",
        "anchor": anchor_of(key),
        "key": key,
        "year": int(match[1] or year),
    }


def evidence_label(item: str) -> str:
    """A piece of evidence as people read it (`2023 t3_carried_out__total=3` → 2023 结转下年度继续办理 · 总计 = 3)."""
    shown = _shown_evidence(item, 0)
    year = f"{shown['year']} " if shown["year"] else ""
    return f"{year}{shown['text']} = {shown['value']}" if shown["key"] and shown["value"] else str(shown["text"])


def cell_label(key: str) -> str:
    """A cell's key in the form's own words (`t3_carried_in__total` → 上年结转政府信息公开申请数量 · 总计)."""
    match = _CELL_KEY.fullmatch(key)
    if match is None:
        return key
    form, row, column = match.groups()
    return " · ".join(part for part in (row_label(form, row), column_label(form, column)) if part)


def where_label(rule: str, where: str) -> str:
    """Where a rule was applied, in the form's own words (`unable_not_held` of T3-ROW → its label)."""
    match = _CELL_KEY.fullmatch(where)
    if match:
        return row_label(match[1], match[2])
    form = _FORM_OF_RULE.get(rule) or _FORM_OF_RULE.get(rule[:2], "")
    if not form:
        return where
    label = row_label(form, where)
    return label if label != where else column_label(form, where) or where


def first_failures(failures: Iterable[Row], *, most: int) -> list[Row]:
    """One failed check of each of the first reports: of a report the one about a total, which says most."""
    chosen: dict[tuple[str, int], Row] = {}
    for row in failures:
        report = (row["body"], row["year"])
        if report not in chosen or (row["where"] == "total" and chosen[report]["where"] != "total"):
            chosen[report] = row
    return [{**row, "where": where_label(row["rule"], row["where"])} for row in list(chosen.values())[:most]]


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
        if row == "result_total":
            return f"办理结果{known.label}"
        group = statutory.T3_GROUPS.get(known.group, "") if row != "other_processing" else ""
        return f"{group}：{known.label}" if group else known.label
    if form == "t4":
        return statutory.T4_GROUP_LABELS.get(row, row)
    if form == "t2" and row in statutory.T2_BLOCK_OF_ROW:
        return next(known.label for known in statutory.T2_BLOCK_OF_ROW[row].rows if known.key == row)
    if form == "s14":
        return next((known.label for known in statutory.S14_ROWS if known.key == row), row)
    return TEXT_ROWS.get(row, row)


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


def _off(year: int, carried: dict[int, Row]) -> list[str]:
    """Which columns of a year's line do not match a neighbouring year."""
    off = ["carried_in"] if year in carried and not carried[year]["matches"] else []
    return [*off, "carried_out"] if year + 1 in carried and not carried[year + 1]["matches"] else off


def charts(series: Sequence[Row], language: Language) -> list[Chart]:
    """Requests, answers and disputes over the years, from the totals of each year."""
    years: dict[int, dict[tuple[str, str], float | None]] = {}
    for cell in series:
        years.setdefault(cell["year"], {})[(cell["form"], cell["row"])] = cell["value"]
    made = []
    requests = [
        [year, *(_first(of, (("t3", row), *_BEFORE.get(row, ()))) for row in _REQUESTS)]
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
        Chart(name=name, kind="line", caption=caption, columns=columns, lines=told, breaks_at=BREAK if old else 0)
        for name, caption, columns, lines in made
        if (told := _told(lines))
        for old in [told[0][0] < BREAK <= told[-1][0]]
    ]


def _told(lines: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The lines from the first to the last that has a number."""
    places = [place for place, line in enumerate(lines) if any(value is not None for value in line[1:])]
    return list(lines[places[0] : places[-1] + 1]) if places else []


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
        {"year": year, "out": out, "into": into, "matches": out == into}
        for year in years
        if (out := totals.get((year - 1, "carried_out"))) is not None
        and (into := totals.get((year, "carried_in"))) is not None
    ]


def years_beside(series: Sequence[Row], reports: Sequence[Row], verdicts: dict[int, Row]) -> list[Row]:
    """One line a year of a body, oldest first: the totals of tables 三 and 四, what was carried over from
    the year before (None where that is not known), the columns that do not match, failed checks, the capture."""
    of: dict[int, dict[tuple[str, str], Any]] = {}
    for cell in series:
        of.setdefault(cell["year"], {})[(cell["form"], cell["row"])] = cell["value"]
    carried = {row["year"]: row for row in carries(series)}
    lines = []
    for report in sorted((row for row in reports if row["standing"] == "chosen"), key=lambda row: row["year"]):
        year = report["year"]
        numbers = of.get(year, {})
        suits = [value for group in _SUITS if (value := numbers.get(("t4", group))) is not None]
        lines.append(
            {
                "year": year,
                "capture": report["capture"],
                "failed": verdicts.get(report["id"], {"failed": 0})["failed"],
                "carried": carried.get(year),
                "off": _off(year, carried),
                "numbers": {
                    **{row: _first(numbers, (("t3", row), *_BEFORE.get(row, ()))) for row in _REQUESTS},
                    "reviews": _first(numbers, (("t4", "review"),)),
                    "suits": sum(suits) if suits else None,
                },
            }
        )
    return lines


#: Rows and columns in the order in which the forms print them.
_ROWS = [
    *(("t2", row) for row in statutory.T2_BLOCK_OF_ROW),
    *(("t3", row) for row in dict.fromkeys(key for regime in statutory.T3_OTHER for key in statutory.t3_order(regime))),
    *(("t4", group) for group in statutory.T4_GROUP_LABELS),
    *(("s14", row.key) for row in statutory.S14_ROWS),
]
_ROW_PLACE = {row: place for place, row in enumerate(_ROWS)}
_COLUMN_PLACE = {
    column: place
    for place, column in enumerate([*statutory.T2_COLUMNS, *statutory.T3_COLUMN_KEYS, *statutory.T4_COLUMN_KEYS])
}


def _on_paper(cell: Row) -> tuple[int, int]:
    """Where a cell stands when the forms lie one after the other; what stands in no form comes last."""
    return (
        _ROW_PLACE.get((cell["form"], cell["row"]), len(_ROWS)),
        _COLUMN_PLACE.get(cell["column"], len(_COLUMN_PLACE)),
    )


def compared(left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """The cells whose numbers differ, with both values and their difference, in the order of the forms."""
    ours = {key_of(cell): cell for cell in left}
    theirs = {key_of(cell): cell for cell in right}
    differing = []
    for key in sorted(dict.fromkeys([*ours, *theirs]), key=lambda key: _on_paper(ours.get(key) or theirs[key])):
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

"""The second pass: rules across the years of one body, and across a government and its members (§9).

All soft: mergers and reorganisations break them legitimately.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archive.reports.cells import number
from archive.reports.form import T3_COLUMN_KEYS
from archive.reports.model import Cell, Finding, Report, Verdict
from archive.reports.rules import plain

_RULE_ROWS = ("art20_1_rules", "art20_1_normative")
_ITEM_ROWS = (
    "art20_5_license",
    "art20_5_other_services",
    "art20_6_penalty",
    "art20_6_coercion",
    "art20_8_fees",
)


def _cells(report: Report) -> dict[str, Cell]:
    return {cell.key: cell for cell in report.cells}


def _verdict(expected: float | None, actual: float | None) -> Verdict:
    if expected is None or actual is None:
        return "NOT_ASSESSABLE"
    return "PASS" if expected == actual else "FAIL"


def _finding(rule: str, where: str, expected: float | None, actual: float | None, evidence: Sequence[str]) -> Finding:
    return Finding(
        rule=rule,
        severity="W",
        verdict=_verdict(expected, actual),
        where=where,
        expected=plain(expected),
        actual=plain(actual),
        evidence=tuple(evidence),
    )


def _evidence(year: int | None, cells: Mapping[str, Cell], *keys: str) -> list[str]:
    return [f"{year} {key}={cells[key].raw}" for key in keys if key in cells]


def across_years(before: Report, report: Report) -> tuple[Finding, ...]:
    """Y-CARRY, Y-FORCE and Y-ITEMS of a report against the year before of the same body. Empty when the years
    do not follow one another; columns that either year lacks are not reported."""
    if before.year is None or report.year is None or report.year != before.year + 1:
        return ()
    return tuple(_pairwise(before, report))


def _pairwise(before: Report, report: Report) -> Iterator[Finding]:
    old, new = _cells(before), _cells(report)
    for column in T3_COLUMN_KEYS:
        there, here = f"t3_carried_out__{column}", f"t3_carried_in__{column}"
        if there in old and here in new:
            evidence = [*_evidence(before.year, old, there), *_evidence(report.year, new, here)]
            yield _finding("Y-CARRY", column, number(old, there), number(new, here), evidence)
    for row in _RULE_ROWS:
        stock, issued, repealed = (f"t2_{row}__{column}" for column in ("in_force", "issued", "repealed"))
        if stock in old and stock in new:
            start, made, ended = number(old, stock), number(new, issued), number(new, repealed)
            expected = None if start is None or made is None or ended is None else start + made - ended
            evidence = [*_evidence(before.year, old, stock), *_evidence(report.year, new, issued, repealed, stock)]
            yield _finding("Y-FORCE", row, expected, number(new, stock), evidence)
    for row in _ITEM_ROWS:
        items, delta = f"t2_{row}__prev_items", f"t2_{row}__delta_items"
        if items in old and items in new:
            start, change = number(old, items), number(old, delta)
            expected = None if start is None or change is None else start + change
            evidence = [*_evidence(before.year, old, items, delta), *_evidence(report.year, new, items)]
            yield _finding("Y-ITEMS", row, expected, number(new, items), evidence)


def across_members(government: Report, members: Sequence[Report]) -> tuple[Finding, ...]:
    """H-SUM: a consolidated report's 总计 is at least every member's of the same year. Equality with the sum is
    not asked: members may be missing. Empty unless the report says that it consolidates."""
    if government.scope != "consolidated" or government.year is None:
        return ()
    whole = _cells(government)
    found: list[Finding] = []
    for key, cell in whole.items():
        if cell.form != "t3" or cell.column != "total":
            continue
        total = number(whole, key)
        larger = [
            (member, value)
            for member in members
            if member.year == government.year
            and (value := number(_cells(member), key)) is not None
            and total is not None
            and value > total
        ]
        if larger:
            found.append(
                Finding(
                    rule="H-SUM",
                    severity="W",
                    verdict="FAIL",
                    where=cell.row,
                    expected=f"≥ {plain(max(value for _, value in larger))}",
                    actual=plain(total),
                    evidence=tuple(
                        f"{member.body.name if member.body else member.title}: {plain(value)}"
                        for member, value in larger
                    ),
                )
            )
    if not found and any(member.year == government.year for member in members):
        found.append(Finding(rule="H-SUM", severity="W", verdict="PASS"))
    return tuple(found)

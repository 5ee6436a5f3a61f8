"""The second pass: rules across the years of one body, and across a government and its members (§9).

All soft: reorganisations break them legitimately; those a roster tells of are followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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


#: The rows that the years of a body are compared by, by form.
ROWS_COMPARED: Mapping[str, tuple[str, ...]] = {"t2": (*_RULE_ROWS, *_ITEM_ROWS), "t3": ("carried_in", "carried_out")}

#: How many members a finding names.
_TOLD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A body under a government: the 总计 of each row of table 三 its report gives, none without a report."""

    name: str
    totals: Mapping[str, float]


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


def _evidence(when: str, cells: Mapping[str, Cell], *keys: str) -> list[str]:
    return [f"{when} {key}={cells[key].raw}" for key in keys if key in cells]


def across_years(before: Sequence[Report], report: Report, *, lacking: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Y-CARRY, Y-FORCE and Y-ITEMS of a report against the year before.

    `before` are the reports of the year before: the body's own, and those of the bodies that became this one (a
    rename has one, a merger several: their numbers are added). `lacking` names bodies among them whose report is not
    there, so that nothing can be added up. Empty without a year before; cells that a year lacks are not reported.
    """
    earlier = [one for one in before if one.year is not None and report.year == one.year + 1]
    if not earlier:
        return ()
    return tuple(_pairwise(earlier, report, tuple(lacking)))


def _pairwise(before: Sequence[Report], report: Report, lacking: tuple[str, ...]) -> Iterator[Finding]:
    new = _cells(report)
    olds = [(_named(one), _cells(one)) for one in before]
    missing = [f"{name}: no report of that year" for name in lacking]

    def there(*keys: str) -> bool:
        return all(any(key in old for _, old in olds) for key in keys)

    def total(key: str) -> float | None:
        """The sum of a cell over the year before; None when one of them does not say it."""
        values = [number(old, key) for _, old in olds]
        return None if lacking or any(value is None for value in values) else sum(value or 0.0 for value in values)

    def shown(*keys: str) -> list[str]:
        return [entry for name, old in olds for entry in _evidence(name, old, *keys)] + missing

    for column in T3_COLUMN_KEYS:
        left, taken = f"t3_carried_out__{column}", f"t3_carried_in__{column}"
        if there(left) and taken in new:
            evidence = [*shown(left), *_evidence(str(report.year), new, taken)]
            yield _finding("Y-CARRY", column, total(left), number(new, taken), evidence)
    for row in _RULE_ROWS:
        stock, issued, repealed = (f"t2_{row}__{column}" for column in ("in_force", "issued", "repealed"))
        if there(stock) and stock in new:
            start, made, ended = total(stock), number(new, issued), number(new, repealed)
            expected = None if start is None or made is None or ended is None else start + made - ended
            evidence = [*shown(stock), *_evidence(str(report.year), new, issued, repealed, stock)]
            yield _finding("Y-FORCE", row, expected, number(new, stock), evidence)
    for row in _ITEM_ROWS:
        items, delta = f"t2_{row}__prev_items", f"t2_{row}__delta_items"
        if there(items) and items in new:
            start, change = total(items), total(delta)
            expected = None if start is None or change is None else start + change
            evidence = [*shown(items, delta), *_evidence(str(report.year), new, items)]
            yield _finding("Y-ITEMS", row, expected, number(new, items), evidence)


def _named(report: Report) -> str:
    """The year, with the body where it is another one's."""
    return f"{report.year} {report.body.name}" if report.body is not None else str(report.year)


def across_members(government: Report, members: Sequence[Member]) -> tuple[Finding, ...]:
    """H-SUM of a consolidated report, for each total of table 三: no member, and not all members together, have more.

    `members` are all bodies known to stand under the government that year. A member with more fails the rule whoever
    else is missing; it is only passed when every member's number is there, else it cannot be assessed. Equality is
    not asked: a government has requests of its own. Empty unless the report says that it consolidates.
    """
    if government.scope != "consolidated" or government.year is None or not members:
        return ()
    whole = _cells(government)
    found: list[Finding] = []
    compared = 0
    for key, cell in whole.items():
        total = number(whole, key)
        if cell.form != "t3" or cell.column != "total" or total is None:
            continue
        compared += 1
        values = [(member.name, member.totals[cell.row]) for member in members if cell.row in member.totals]
        together = sum(value for _, value in values)
        larger = [(name, value) for name, value in values if value > total]
        if larger or together > total:
            told = larger or sorted(values, key=lambda one: (-one[1], one[0]))[:_TOLD]
            least = max([together, *(value for _, value in larger)])
            found.append(
                Finding(
                    rule="H-SUM",
                    severity="W",
                    verdict="FAIL",
                    where=cell.row,
                    blame="unknown",
                    expected=f"≥ {plain(least)}",
                    actual=plain(total),
                    evidence=tuple(f"{name}: {plain(value)}" for name, value in told),
                )
            )
    if found or not compared:
        return tuple(found)
    silent = sorted(member.name for member in members if not member.totals)
    if not silent:
        return (Finding(rule="H-SUM", severity="W", verdict="PASS", evidence=(f"{len(members)} members",)),)
    more = f" and {len(silent) - _TOLD} more" if len(silent) > _TOLD else ""
    return (
        Finding(
            rule="H-SUM",
            severity="W",
            verdict="NOT_ASSESSABLE",
            expected=f"{len(members)} members",
            actual=f"{len(members) - len(silent)} with numbers",
            evidence=(f"no numbers: {', '.join(silent[:_TOLD])}{more}",),
        ),
    )

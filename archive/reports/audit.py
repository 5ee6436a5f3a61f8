"""The rules applied to one report, and whose mistake a failure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from archive.reports.cells import AGREED
from archive.reports.model import Blame, Cell, Finding
from archive.reports.rules import RULES, Facts, Rule, s14_req, t3_id, t3_res, t3_row, t4_sum

#: The form without which a rule has nothing to say.
_NEEDS: dict[Rule, str] = {t3_id: "t3", t3_res: "t3", t3_row: "t3", t4_sum: "t4", s14_req: "s14"}


def audit(facts: Facts, second: Callable[[], Mapping[str, Cell]] | None = None) -> tuple[Finding, ...]:
    """Every rule over one report. `second` gives another reading of the same source; it is only asked when a
    hard rule fails, to tell our misreading from the agency's mistake (`blame`)."""
    forms = {cell.form for cell in facts.cells.values()}
    found = [finding for rule in RULES if _NEEDS.get(rule) is None or _NEEDS[rule] in forms for finding in rule(facts)]
    failed = [index for index, one in enumerate(found) if one.severity == "E" and one.verdict == "FAIL"]
    if not failed:
        return tuple(found)
    other = second() if second else {}
    if other:
        again = replace(facts, cells={**facts.cells, **other})
        passes = {(one.rule, one.where) for rule in RULES for one in rule(again) if one.verdict == "PASS"}
    else:
        passes = set()
    for index in failed:
        found[index] = replace(found[index], blame=_blame(found[index], facts.cells, other, passes))
    return tuple(found)


def _blame(
    finding: Finding, cells: Mapping[str, Cell], other: Mapping[str, Cell], passes: set[tuple[str, str]]
) -> Blame:
    """`ours` when another reading closes the sum, `theirs` when two readings agree on every printed operand,
    else `unknown`."""
    if (finding.rule, finding.where) in passes:
        return "ours"
    operands = _operands(finding, cells)
    if operands and all(_is_sure(cell) or _agrees(cell, other) for cell in operands):
        return "theirs"
    return "unknown"


def blame_beside(
    alone: Blame, finding: Finding, cells: Mapping[str, Cell], editions: Sequence[Mapping[str, Cell]]
) -> Blame:
    """Whose mistake a hard failure is when other editions of the same report are asked, too.

    `alone` is what the page's own readings say. An edition that prints every operand alike makes it `theirs`. One whose
    numbers close the sum speaks for a misreading of ours, unless both readings are sure: then the editions differ in
    print, and which of them is right is not known.
    """
    operands = _operands(finding, cells)
    if alone == "ours" or not operands:
        return alone
    if any(all(_agrees(cell, edition) for cell in operands) for edition in editions):
        return "theirs"
    for edition in editions:
        if (finding.rule, finding.where) in _passes(edition):
            return "unknown" if all(_is_sure(cell) for cell in operands) else "ours"
    return alone


def _passes(cells: Mapping[str, Cell]) -> set[tuple[str, str]]:
    """The checks of tables 三 and 四 that these cells pass."""
    facts = Facts(cells=cells)
    return {
        (one.rule, one.where)
        for rule in (t3_id, t3_res, t3_row, t4_sum)
        for one in rule(facts)
        if one.verdict == "PASS"
    }


def _operands(finding: Finding, cells: Mapping[str, Cell]) -> list[Cell]:
    """The cells a finding names as its evidence."""
    keys = [entry.split("=", 1)[0] for entry in finding.evidence]
    return [cells[key] for key in keys if key in cells]


def _is_sure(cell: Cell) -> bool:
    return cell.status == "given" and cell.confidence >= AGREED


def _agrees(cell: Cell, other: Mapping[str, Cell]) -> bool:
    return cell.key in other and other[cell.key].value == cell.value

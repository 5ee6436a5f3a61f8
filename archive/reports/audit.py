"""The rules applied to one report, and whose mistake a failure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    keys = [entry.split("=", 1)[0] for entry in finding.evidence]
    operands = [cells[key] for key in keys if key in cells]
    if operands and all(
        (cell.status == "given" and cell.confidence >= AGREED)
        or (cell.key in other and other[cell.key].value == cell.value)
        for cell in operands
    ):
        return "theirs"
    return "unknown"

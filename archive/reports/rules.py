"""The 勾稽 rules of one report (report_format.md §9): PASS, FAIL or NOT_ASSESSABLE, never a correction.

Each rule is a small function from `Facts` to findings. Blank and dash count as zero inside a table that was
found; an unparsable or unread operand makes a rule not assessable. Tolerance is zero: these are counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from archive.reports.cells import number
from archive.reports.form import (
    T3_COLUMN_KEYS,
    T3_ORGANISATIONS,
    T3_OTHER,
    T3_RESULTS,
    T3_ROWS,
    T4_GROUPS,
    T4_PARTS,
)
from archive.reports.model import Cell, Finding, Verdict
from archive.reports.prose import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at. `published` is the claimed day of publication; `period` the statistical period's
    first and last year; `told` the table numbers that the prose repeats; `sums` the enumerations it spells out."""

    cells: Mapping[str, Cell]
    year: int | None = None
    published: date | None = None
    period: tuple[int, int] | None = None
    level: str = ""
    told: Sequence[Told] = ()
    sums: Sequence[tuple[float, tuple[float, ...], str]] = ()

    def has(self, form: str) -> bool:
        """Whether any cell of the form was read."""
        return any(cell.form == form for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum over cells: None when an operand was not read, with what was added as evidence."""

    value: float | None
    keys: tuple[str, ...]
    printed: int


def _add(cells: Mapping[str, Cell], keys: Sequence[str]) -> _Sum:
    known: list[float] = []
    printed = read = 0
    for key in keys:
        cell = cells.get(key)
        if cell is None or cell.status == "unparsable":
            continue
        read += 1
        if cell.value is not None:  # blank and dash count as zero
            printed += 1
            known.append(cell.value)
    return _Sum(sum(known) if read == len(keys) else None, tuple(keys), printed)


def plain(value: float | None) -> str:
    """A number as people write it; '' for none."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else f"{value:g}" if abs(value) < 1e6 else str(value)


def _evidence(cells: Mapping[str, Cell], keys: Iterable[str]) -> tuple[str, ...]:
    """`key=raw` for every operand that says something."""
    return tuple(f"{key}={cells[key].raw}" for key in keys if key in cells and cells[key].raw not in ("", "0"))


def _equal(
    rule: str, where: str, facts: Facts, expected: _Sum, actual: _Sum, *, severity: Literal["E", "W"] = "E"
) -> Finding:
    """A finding for `expected == actual`."""
    verdict: Verdict = "NOT_ASSESSABLE"
    if expected.value is not None and actual.value is not None:
        verdict = "PASS" if expected.value == actual.value else "FAIL"
    keys = (*expected.keys, *actual.keys)
    return Finding(
        rule=rule,
        severity=severity,
        verdict=verdict,
        where=where,
        expected=plain(expected.value),
        actual=plain(actual.value),
        evidence=_evidence(facts.cells, keys) if verdict != "PASS" else (),
    )


# --- table 三


def _keys(form: str, rows: Iterable[str], columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{form}_{row}__{column}" for row in rows for column in columns)


#: The keys that the rules ask for, made once: column → what must be equal in it, row → its parts and its total.
_ID_KEYS = {
    column: (
        _keys("t3", ("new_requests", "carried_in"), [column]),
        _keys("t3", ("result_total", "carried_out"), [column]),
    )
    for column in T3_COLUMN_KEYS
}
_RESULT_KEYS = {
    regime: {column: _keys("t3", (*T3_RESULTS, *other), [column]) for column in T3_COLUMN_KEYS}
    for regime, other in T3_OTHER.items()
}
_SPLIT_KEYS = _keys("t3", T3_OTHER["R2021"], T3_COLUMN_KEYS)
_ROW_KEYS = {
    row.key: (_keys("t3", [row.key], ("natural_person", *T3_ORGANISATIONS)), f"t3_{row.key}__total") for row in T3_ROWS
}
_GROUP_KEYS = {group: (_keys("t4", [group], T4_PARTS), f"t4_{group}__total") for group in T4_GROUPS}


def t3_id(facts: Facts) -> Iterator[Finding]:
    """T3-ID: 一 + 二 = 三（七）+ 四, in each column (the 勾稽关系 printed on the form)."""
    for column, (left, right) in _ID_KEYS.items():
        yield _equal("T3-ID", column, facts, _add(facts.cells, left), _add(facts.cells, right))


def t3_res(facts: Facts) -> Iterator[Finding]:
    """T3-RES: （七）总计 is the sum of all results, in each column. Rows that a body left out count as zero when
    that closes the sum; else the rule cannot be assessed."""
    split = any(key in facts.cells for key in _SPLIT_KEYS)
    for column, keys in _RESULT_KEYS["R2021" if split else "R2019"].items():
        total = _add(facts.cells, (f"t3_result_total__{column}",))
        present = [key for key in keys if key in facts.cells]
        finding = _equal("T3-RES", column, facts, _add(facts.cells, present), total)
        if len(present) < len(keys) and finding.verdict == "FAIL":
            finding = replace(finding, verdict="NOT_ASSESSABLE")
        yield finding if present else replace(finding, verdict="NOT_ASSESSABLE", expected="")


def t3_row(facts: Facts) -> Iterator[Finding]:
    """T3-ROW: 总计 = 自然人 + the five kinds of organisation, in each row. A row of which only the total (or only
    the parts) was printed says nothing about its sum."""
    for row, (keys, total_key) in _ROW_KEYS.items():
        total = facts.cells.get(total_key)
        if total is None:
            continue
        parts = _add(facts.cells, keys)
        finding = _equal("T3-ROW", row, facts, parts, _add(facts.cells, (total_key,)))
        if total.status in ("blank", "dash", "derived") or not parts.printed:
            finding = replace(finding, verdict="NOT_ASSESSABLE")
        yield finding


def _nonneg(rule: str, form: str, facts: Facts) -> Iterator[Finding]:
    below = [
        key for key, cell in facts.cells.items() if cell.form == form and cell.value is not None and cell.value < 0
    ]
    if facts.has(form):
        yield Finding(
            rule=rule,
            severity="E",
            verdict="FAIL" if below else "PASS",
            expected="≥ 0",
            actual=", ".join(facts.cells[key].raw for key in below),
            evidence=_evidence(facts.cells, below),
            where=below[0].removeprefix(f"{form}_") if below else "",
        )


def t3_nonneg(facts: Facts) -> Iterator[Finding]:
    """T3-NONNEG: no number of table 三 is negative."""
    yield from _nonneg("T3-NONNEG", "t3", facts)


# --- table 四


def t4_sum(facts: Facts) -> Iterator[Finding]:
    """T4-SUM: in each group 总计 = 维持 + 纠正 + 其他 + 未审结. A total left blank is not assessed."""
    for group, (keys, total_key) in _GROUP_KEYS.items():
        total = facts.cells.get(total_key)
        if total is None:
            continue
        parts = _add(facts.cells, keys)
        finding = _equal("T4-SUM", group, facts, parts, _add(facts.cells, (total_key,)))
        if total.status in ("blank", "dash", "derived") or not parts.printed:
            finding = replace(finding, verdict="NOT_ASSESSABLE")
        yield finding


def t4_nonneg(facts: Facts) -> Iterator[Finding]:
    """T4-NONNEG: no number of table 四 is negative."""
    yield from _nonneg("T4-NONNEG", "t4", facts)


# --- table 二


def t2_force(facts: Facts) -> Iterator[Finding]:
    """T2-FORCE (R2021): 现行有效 ≥ 制发 unless some of the issued were repealed in the year; none negative."""
    for row in ("art20_1_rules", "art20_1_normative"):
        keys = tuple(f"t2_{row}__{column}" for column in ("issued", "repealed", "in_force"))
        if keys[0] not in facts.cells:
            continue
        issued, repealed, in_force = (number(facts.cells, key) for key in keys)
        verdict: Verdict = "NOT_ASSESSABLE"
        if issued is not None and repealed is not None and in_force is not None:
            fine = min(issued, repealed, in_force) >= 0 and (in_force >= issued or repealed >= issued - in_force)
            verdict = "PASS" if fine else "FAIL"
        yield Finding(
            rule="T2-FORCE",
            severity="W",
            verdict=verdict,
            where=row,
            expected=f"≥ {plain(issued)}",
            actual=plain(in_force),
            evidence=_evidence(facts.cells, keys),
        )


def t2_disc(facts: Facts) -> Iterator[Finding]:
    """T2-DISC (R2019): 对外公开总数量 ≥ 本年新公开数量."""
    for row in ("art20_1_rules", "art20_1_normative"):
        keys = (f"t2_{row}__newly_disclosed", f"t2_{row}__total_disclosed")
        if keys[0] not in facts.cells:
            continue
        fresh, total = (number(facts.cells, key) for key in keys)
        verdict: Verdict = "NOT_ASSESSABLE"
        if fresh is not None and total is not None:
            verdict = "PASS" if total >= fresh else "FAIL"
        yield Finding(
            rule="T2-DISC",
            severity="W",
            verdict=verdict,
            where=row,
            expected=f"≥ {plain(fresh)}",
            actual=plain(total),
            evidence=_evidence(facts.cells, keys),
        )


def t2_town(facts: Facts) -> Iterator[Finding]:
    """T2-TOWN: towns, streets and counties cannot make 规章."""
    if facts.level not in ("town", "street", "county"):
        return
    keys = [key for key in facts.cells if key.startswith("t2_art20_1_rules__")]
    if keys:
        loud = [key for key in keys if facts.cells[key].value]
        yield Finding(
            rule="T2-TOWN",
            severity="W",
            verdict="FAIL" if loud else "PASS",
            where="art20_1_rules",
            expected="0",
            actual=", ".join(facts.cells[key].raw for key in loud) or "0",
            evidence=_evidence(facts.cells, loud),
        )


# --- prose


def _txt(rule: str, forms: tuple[str, ...], facts: Facts) -> Iterator[Finding]:
    seen: set[tuple[str, float]] = set()
    for told in facts.told:
        form = told.field.split("_", 1)[0]
        if form not in forms or (told.field, told.value) in seen:
            continue
        seen.add((told.field, told.value))
        if told.field == "t4_suit__total":
            keys: tuple[str, ...] = ("t4_suit_direct__total", "t4_suit_after_review__total")
        else:
            keys = (told.field,)
        table = _add(facts.cells, keys)
        verdict: Verdict = "NOT_ASSESSABLE"
        if table.value is not None:
            verdict = "PASS" if table.value == told.value else "FAIL"
        yield Finding(
            rule=rule,
            severity="W",
            verdict=verdict,
            where=told.field,
            expected=plain(told.value),
            actual=plain(table.value),
            evidence=(told.quote, *_evidence(facts.cells, keys)),
        )


def txt_t2(facts: Facts) -> Iterator[Finding]:
    """TXT-T2: numbers of table 二 as the prose repeats them. Prose may count a narrower set."""
    yield from _txt("TXT-T2", ("t2",), facts)


def txt_t3(facts: Facts) -> Iterator[Finding]:
    """TXT-T3: numbers of tables 三 and 四 as the prose repeats them. Prose may count a narrower set."""
    yield from _txt("TXT-T3", ("t3", "t4"), facts)


def txt_sum(facts: Facts) -> Iterator[Finding]:
    """TXT-SUM: enumerations add up (146条，其中…49条，…97条). More parts than the sum needs may overlap."""
    for total, parts, quote in facts.sums:
        yield Finding(
            rule="TXT-SUM",
            severity="W",
            verdict="PASS" if sum(parts) == total else "FAIL" if sum(parts) > total else "NOT_ASSESSABLE",
            expected=plain(total),
            actual=" + ".join(map(plain, parts)),
            evidence=(quote,),
        )


# --- dates


def dates(facts: Facts) -> Iterator[Finding]:
    """DATE: the statistical period is the report year; publication falls between 15 December of the report year
    and the end of the next (§1; towns are not named in Article 49, so lateness alone is no failure)."""
    if facts.year is None:
        return
    if facts.period:
        fine = facts.period == (facts.year, facts.year)
        yield Finding(
            rule="DATE",
            severity="W",
            verdict="PASS" if fine else "FAIL",
            where="period",
            expected=str(facts.year),
            actual="–".join(map(str, dict.fromkeys(facts.period))),
        )
    if facts.published:
        fine = date(facts.year, 12, 15) <= facts.published <= date(facts.year + 1, 12, 31)
        yield Finding(
            rule="DATE",
            severity="W",
            verdict="PASS" if fine else "FAIL",
            where="published",
            expected=f"{facts.year}-12-15 to {facts.year + 1}-12-31",
            actual=facts.published.isoformat(),
        )


# --- the statistics form of 2014–2018

_S14_SUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("req_total", ("req_inperson", "req_fax", "req_online", "req_letter")),
    ("done_total", ("done_ontime", "done_extended")),
    (
        "reply_total",
        (
            "reply_already_public",
            "reply_agree",
            "reply_partial",
            "reply_refuse",
            "reply_not_ours",
            "reply_not_exist",
            "reply_amend",
            "reply_redirect",
        ),
    ),
    (
        "reply_refuse",
        (
            "refuse_secret",
            "refuse_trade",
            "refuse_privacy",
            "refuse_safety",
            "refuse_not_gov_info",
            "refuse_other_law",
        ),
    ),
    ("review_total", ("review_maintained", "review_corrected", "review_other")),
    ("suit_total", ("suit_maintained", "suit_corrected", "suit_other")),
    ("staff", ("staff_full", "staff_part")),
)


def s14_req(facts: Facts) -> Iterator[Finding]:
    """S14-REQ: totals of the 2014–2018 form are the sums of their parts (the form's own instructions were not
    seen, so this is soft)."""
    for total, parts in _S14_SUMS:
        if f"s14_{total}__count" in facts.cells:
            left = _add(facts.cells, [f"s14_{part}__count" for part in parts])
            yield _equal("S14-REQ", total, facts, left, _add(facts.cells, (f"s14_{total}__count",)), severity="W")


Rule = Callable[[Facts], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    t3_id,
    t3_res,
    t3_row,
    t3_nonneg,
    t4_sum,
    t4_nonneg,
    t2_force,
    t2_disc,
    t2_town,
    txt_t2,
    txt_t3,
    txt_sum,
    dates,
    s14_req,
)

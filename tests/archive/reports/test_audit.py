"""Each rule passes, fails and declines with its evidence; blame is shared out by second readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from hypothesis import given, settings

from archive.reports.across import Member, across_members, across_years
from archive.reports.audit import audit
from archive.reports.model import Cell, Finding, Report
from archive.reports.prose import Told
from archive.reports.rules import Facts
from tests.archive.reports.printed import applications


def cell(key: str, value: float | None, *, status: str | None = None, confidence: float = 1.0) -> Cell:
    form, _, rest = key.partition("_")
    row, _, column = rest.rpartition("__")
    raw = "" if value is None else f"{value:g}"
    return Cell(
        form=form,
        row=row,
        column=column,
        raw=raw,
        value=value,
        unit="",
        status=status or ("blank" if value is None else "given"),  # type: ignore[arg-type]
        confidence=confidence,
    )


def cells(values: Mapping[str, float | None]) -> dict[str, Cell]:
    return {key: cell(key, value) for key, value in values.items()}


def third(printed: Mapping[str, list[str]]) -> dict[str, Cell]:
    columns = (
        "natural_person",
        "org_business",
        "org_research",
        "org_public_interest",
        "org_legal_service",
        "org_other",
    )
    return cells(
        {
            f"t3_{row}__{column}": float(text)
            for row, texts in printed.items()
            for column, text in zip((*columns, "total"), texts, strict=True)
        }
    )


def verdicts(findings: tuple[Finding, ...], rule: str) -> dict[str, str]:
    return {one.where: one.verdict for one in findings if one.rule == rule}


def failed(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(one.rule, one.where) for one in findings if one.verdict == "FAIL"]


GROUP = {"t4_review__upheld": 10, "t4_review__corrected": 1, "t4_review__other": 0, "t4_review__pending": 0}


@settings(max_examples=25, deadline=None)
@given(applications())
def test_a_table_that_adds_up_fails_no_rule(printed: dict[str, list[str]]) -> None:
    assert failed(audit(Facts(cells=third(printed)))) == []


@settings(max_examples=25, deadline=None)
@given(applications())
def test_one_number_more_fails_its_row_and_its_column(printed: dict[str, list[str]]) -> None:
    table = third(printed)
    key = "t3_partial__org_business"
    table[key] = cell(key, (table[key].value or 0) + 1)
    assert failed(audit(Facts(cells=table))) == [("T3-RES", "org_business"), ("T3-ROW", "partial")]


def test_carried_requests_must_balance_in_each_column() -> None:
    table = cells(
        {
            "t3_new_requests__total": 5,
            "t3_carried_in__total": 1,
            "t3_result_total__total": 4,
            "t3_carried_out__total": 1,
        }
    )
    findings = audit(Facts(cells=table))
    (one,) = [finding for finding in findings if finding.rule == "T3-ID" and finding.verdict == "FAIL"]
    assert (one.where, one.expected, one.actual, one.severity) == ("total", "6", "5", "E")
    assert "t3_new_requests__total=5" in one.evidence
    assert verdicts(findings, "T3-ID")["natural_person"] == "NOT_ASSESSABLE"


def test_rows_left_out_count_as_zero_only_when_that_closes_the_sum() -> None:
    table = cells({"t3_disclosed__total": 4, "t3_result_total__total": 4})
    assert verdicts(audit(Facts(cells=table)), "T3-RES")["total"] == "PASS"
    table = cells({"t3_disclosed__total": 4, "t3_result_total__total": 5})
    assert verdicts(audit(Facts(cells=table)), "T3-RES")["total"] == "NOT_ASSESSABLE"


def test_an_unparsable_operand_makes_a_rule_not_assessable() -> None:
    table = cells({**GROUP, "t4_review__total": 0})
    table["t4_review__other"] = replace(cell("t4_review__other", None, status="unparsable"), raw="#REF!")
    assert verdicts(audit(Facts(cells=table)), "T4-SUM") == {"review": "NOT_ASSESSABLE"}


def test_totals_left_blank_and_rows_of_totals_only_say_nothing() -> None:
    table = cells({**GROUP, "t4_review__total": None})
    assert verdicts(audit(Facts(cells=table)), "T4-SUM") == {"review": "NOT_ASSESSABLE"}
    columns = (
        "natural_person",
        "org_business",
        "org_research",
        "org_public_interest",
        "org_legal_service",
        "org_other",
    )
    table = cells({**{f"t3_disclosed__{column}": None for column in columns}, "t3_disclosed__total": 3})
    assert verdicts(audit(Facts(cells=table)), "T3-ROW") == {"disclosed": "NOT_ASSESSABLE"}


def test_negative_numbers_fail() -> None:
    assert ("T3-NONNEG", "disclosed__total") in failed(audit(Facts(cells=cells({"t3_disclosed__total": -3}))))
    assert ("T4-NONNEG", "review__other") in failed(audit(Facts(cells=cells({"t4_review__other": -1}))))


def test_table_two_s_soft_rules() -> None:
    table = cells(
        {
            "t2_art20_1_normative__issued": 5,
            "t2_art20_1_normative__repealed": 1,
            "t2_art20_1_normative__in_force": 3,
            "t2_art20_1_rules__issued": 2,
            "t2_art20_1_rules__repealed": 2,
            "t2_art20_1_rules__in_force": 0,
        }
    )
    findings = audit(Facts(cells=table, level="town"))
    assert verdicts(findings, "T2-FORCE") == {"art20_1_normative": "FAIL", "art20_1_rules": "PASS"}
    assert verdicts(findings, "T2-TOWN") == {"art20_1_rules": "FAIL"}
    assert verdicts(audit(Facts(cells=table, level="province")), "T2-TOWN") == {}
    older = cells({"t2_art20_1_normative__newly_disclosed": 5, "t2_art20_1_normative__total_disclosed": 3})
    assert verdicts(audit(Facts(cells=older)), "T2-DISC") == {"art20_1_normative": "FAIL"}


def test_prose_against_table() -> None:
    told = [
        Told(field="t2_art20_1_normative__in_force", value=393, quote="现行有效行政规范性文件393件"),
        Told(field="t4_suit__total", value=7, quote="行政诉讼案件7件"),
        Told(field="t3_new_requests__total", value=4, quote="收到申请4件"),
    ]
    table = cells({"t2_art20_1_normative__in_force": 470, "t4_suit_direct__total": 5, "t4_suit_after_review__total": 2})
    findings = audit(Facts(cells=table, told=[*told, told[0]]))
    assert verdicts(findings, "TXT-T2") == {"t2_art20_1_normative__in_force": "FAIL"}
    assert verdicts(findings, "TXT-T3") == {"t4_suit__total": "PASS", "t3_new_requests__total": "NOT_ASSESSABLE"}
    (one,) = [finding for finding in findings if finding.rule == "TXT-T2"]
    assert (one.expected, one.actual, one.severity) == ("393", "470", "W")
    assert "393件" in one.evidence[0]


def test_enumerations() -> None:
    findings = audit(Facts(cells={}, sums=[(146, (49, 97), "a"), (33, (4, 30), "b"), (33, (4, 20), "c")]))
    assert [one.verdict for one in findings if one.rule == "TXT-SUM"] == ["PASS", "FAIL", "NOT_ASSESSABLE"]


def test_dates_of_period_and_publication() -> None:
    def found(period: tuple[int, int] | None, published: date | None) -> dict[str, str]:
        return verdicts(audit(Facts(cells={}, year=2021, period=period, published=published)), "DATE")

    assert found((2021, 2021), date(2022, 1, 20)) == {"period": "PASS", "published": "PASS"}
    assert found((2020, 2021), date(2019, 1, 1)) == {"period": "FAIL", "published": "FAIL"}
    assert found(None, date(2022, 11, 1)) == {"published": "PASS"}  # late is a flag of coverage, not a failure
    assert verdicts(audit(Facts(cells={}, published=date(2022, 1, 1))), "DATE") == {}


def test_the_form_of_2014_has_soft_sums() -> None:
    table = cells(
        {f"s14_{row}__count": value for row, value in {"done_total": 3, "done_ontime": 1, "done_extended": 1}.items()}
    )
    assert verdicts(audit(Facts(cells=table)), "S14-REQ") == {"done_total": "FAIL"}


def test_blame_is_theirs_when_two_readings_agree_ours_when_another_closes_else_unknown() -> None:
    table = cells({**GROUP, "t4_review__total": 0})

    def blame(facts: Facts, other: Mapping[str, Cell]) -> str:
        return next(one.blame for one in audit(facts, second=lambda: other) if one.verdict == "FAIL")

    assert blame(Facts(cells=table), {}) == "theirs"  # both alignments agreed on every cell
    unsure = {key: replace(one, confidence=0.95) for key, one in table.items()}
    assert blame(Facts(cells=unsure), {}) == "unknown"
    assert blame(Facts(cells=unsure), table) == "theirs"
    assert blame(Facts(cells=unsure), {**table, "t4_review__total": cell("t4_review__total", 11)}) == "ours"


def report(year: int, values: Mapping[str, float | None], scope: str = "own") -> Report:
    return Report(
        kind="report",
        score=9,
        reasons=(),
        year=year,
        body=None,
        title=f"甲镇{year}",
        scope=scope,  # type: ignore[arg-type]
        cells=tuple(cells(values).values()),
    )


def test_years_of_one_body_carry_over() -> None:
    before = report(
        2021,
        {
            "t3_carried_out__total": 4,
            "t2_art20_1_normative__in_force": 698,
            "t2_art20_5_license__prev_items": 3,
            "t2_art20_5_license__delta_items": 1,
        },
    )
    after = report(
        2022,
        {
            "t3_carried_in__total": 4,
            "t2_art20_1_normative__in_force": 470,
            "t2_art20_1_normative__issued": 77,
            "t2_art20_1_normative__repealed": 132,
            "t2_art20_5_license__prev_items": 5,
        },
    )
    findings = across_years([before], after)
    assert [(one.rule, one.where, one.verdict, one.expected, one.actual) for one in findings] == [
        ("Y-CARRY", "total", "PASS", "4", "4"),
        ("Y-FORCE", "art20_1_normative", "FAIL", "643", "470"),
        ("Y-ITEMS", "art20_5_license", "FAIL", "4", "5"),
    ]
    assert all(one.severity == "W" for one in findings)
    assert across_years([after], before) == ()
    assert across_years([], after) == ()


def test_what_merged_bodies_carried_over_is_added_up() -> None:
    one, two = report(2021, {"t3_carried_out__total": 4}), report(2021, {"t3_carried_out__total": 3})
    after = report(2022, {"t3_carried_in__total": 7})
    (found,) = across_years([one, two], after)
    assert (found.rule, found.verdict, found.expected) == ("Y-CARRY", "PASS", "7")
    (found,) = across_years([one], after, lacking=["丙镇"])
    assert found.verdict == "NOT_ASSESSABLE"
    assert "丙镇: no report of that year" in found.evidence


def test_a_consolidated_total_is_at_least_each_member_s_and_all_members_together() -> None:
    member = Member(name="甲镇", totals={"new_requests": 9})
    other = Member(name="乙镇", totals={"new_requests": 3})
    assert across_members(report(2021, {"t3_new_requests__total": 5}), [member]) == ()
    whole = report(2021, {"t3_new_requests__total": 5}, scope="consolidated")
    (one,) = across_members(whole, [member])
    assert (one.rule, one.verdict, one.where, one.expected, one.actual) == ("H-SUM", "FAIL", "new_requests", "≥ 9", "5")
    between = report(2021, {"t3_new_requests__total": 11}, scope="consolidated")
    (one,) = across_members(between, [member, other])
    assert (one.verdict, one.expected, one.evidence) == ("FAIL", "≥ 12", ("甲镇: 9", "乙镇: 3"))
    fine = report(2021, {"t3_new_requests__total": 50}, scope="consolidated")
    assert [one.verdict for one in across_members(fine, [member, other])] == ["PASS"]
    assert across_members(fine, []) == ()


def test_members_that_say_nothing_leave_the_sum_open_with_the_reason() -> None:
    member, silent = Member(name="甲镇", totals={"new_requests": 9}), Member(name="乙镇", totals={})
    fine = report(2021, {"t3_new_requests__total": 50}, scope="consolidated")
    (one,) = across_members(fine, [member, silent])
    assert (one.verdict, one.actual, one.evidence) == ("NOT_ASSESSABLE", "1 with numbers", ("no numbers: 乙镇",))
    whole = report(2021, {"t3_new_requests__total": 5}, scope="consolidated")
    assert [one.verdict for one in across_members(whole, [member, silent])] == ["FAIL"]

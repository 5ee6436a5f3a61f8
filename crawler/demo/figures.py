"""The books behind the demo's reports: statutory tables whose identities hold (report_format.md §9) and
whose carried-over requests go on from year to year, but for the mistakes named in `MISTAKES`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crawler.demo.chance import pick, whole

COLUMNS = (
    "natural_person",
    "org_business",
    "org_research",
    "org_public_interest",
    "org_legal_service",
    "org_other",
    "total",
)

#: Rows of table 三 that hold results, in the printed order, by regime.
RESULTS_BEFORE_OTHER = (
    "disclosed",
    "partial",
    "deny_state_secret",
    "deny_law_prohibits",
    "deny_safety_stability",
    "deny_third_party",
    "deny_internal_affairs",
    "deny_process_info",
    "deny_enforcement_file",
    "deny_admin_query",
    "unable_not_held",
    "unable_needs_creation",
    "unable_still_unclear",
    "reject_petition",
    "reject_repeat",
    "reject_publication",
    "reject_abusive",
    "reject_confirm_reissue",
)
OTHER_ROWS = {
    "R2019": ("other_processing",),
    "R2021": ("other_overdue_correction", "other_overdue_fee", "other_misc"),
}

#: How often a finished request ends in which row: the demo's towns disclose, or do not hold.
_LIKELY = (
    *("disclosed",) * 9,
    *("unable_not_held",) * 4,
    *("partial",) * 2,
    "deny_process_info",
    "deny_internal_affairs",
    "deny_third_party",
    "deny_admin_query",
    "unable_needs_creation",
    "unable_still_unclear",
    "reject_petition",
    "reject_petition",
    "reject_repeat",
)

T4_GROUPS = ("review", "suit_direct", "suit_after_review")
T4_COLUMNS = ("upheld", "corrected", "other", "pending", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A deliberate mistake of the invented agency: which cell is printed wrongly, how, which rules must
    therefore fail, and until which night it stood (0: for ever)."""

    town: str
    year: int
    form: str
    row: str
    column: str
    printed: str
    rules: tuple[str, ...]
    until_night: int = 0
    why: str


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        town="shiqiao",
        year=2022,
        form="t3",
        row="unable_not_held",
        column="total",
        printed="+1",
        rules=("T3-ROW", "T3-RES"),
        why="one total of a row is one too high: the row does not add up, nor does the column of totals",
    ),
    Mistake(
        town="gaibei",
        year=2024,
        form="t3",
        row="carried_in",
        column="natural_person",
        printed="+1 and carried through",
        rules=("Y-CARRY",),
        why="one more request is said to come over from 2023 than 2023 handed on; 2024 itself adds up",
    ),
    Mistake(
        town="changfeng",
        year=2020,
        form="t4",
        row="suit_direct",
        column="total",
        printed="",
        rules=(),
        why="the total of direct suits was left blank beside one upheld: derived, never written over",
    ),
    Mistake(
        town="yunxi",
        year=2023,
        form="t3",
        row="disclosed",
        column="natural_person",
        printed="+1",
        rules=("T3-ROW", "T3-RES"),
        until_night=1,
        why="a typing error that the town corrects between the two nights",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The true figures of one town and year. `t2`, `t3`, `t4` and `s14` are keyed `(row, column)` as in
    report_format.md §8; `prose` holds the numbers the sentences quote."""

    town: str
    year: int
    regime: str
    t2: Mapping[tuple[str, str], str]
    t3: Mapping[tuple[str, str], int]
    t4: Mapping[tuple[str, str], int]
    s14: Mapping[str, str]
    prose: Mapping[str, int]


def regime_of(year: int) -> str:
    """The regime the demo's towns report under."""
    return "R2008" if year < 2019 else "R2019" if year < 2021 else "R2021"


def ledger(town_key: str, size: int) -> dict[int, Figures]:
    """All years of a town of that size, each going on from the one before."""
    books: dict[int, Figures] = {}
    carried = {column: whole(0, 1, town_key, column, "opening") for column in ("natural_person", "org_business")}
    in_force = whole(4, 12, town_key, "in force")
    items = {row: whole(3, 40, town_key, row) for row in ("license", "other_services", "penalty", "coercion", "fees")}
    for year in range(2014, 2025):
        regime = regime_of(year)
        prose = _prose(town_key, year, size)
        t2: dict[tuple[str, str], str] = {}
        t3: dict[tuple[str, str], int] = {}
        t4: dict[tuple[str, str], int] = {}
        s14: dict[str, str] = {}
        if regime == "R2008":
            s14 = _statistics(town_key, year, prose)
        else:
            if (town_key, year) == ("gaibei", 2024):
                carried["natural_person"] += 1
            t3 = _requests(town_key, year, size, regime, carried)
            carried = {
                column: t3["carried_out", column]
                for column in COLUMNS
                if column != "total" and t3["carried_out", column]
            }
            carried.setdefault("natural_person", 0)
            t4 = _disputes(town_key, year, size)
            if regime == "R2019":
                t2 = _proactive_2019(town_key, year, items)
            else:
                t2, in_force = _proactive_2021(town_key, year, in_force)
            prose |= {
                "new": t3["new_requests", "total"],
                "carried_in": t3["carried_in", "total"],
                "done": t3["result_total", "total"],
                "carried_out": t3["carried_out", "total"],
                "reviews": t4["review", "total"],
                "suits": t4["suit_direct", "total"] + t4["suit_after_review", "total"],
            }
        books[year] = Figures(town=town_key, year=year, regime=regime, t2=t2, t3=t3, t4=t4, s14=s14, prose=prose)
    return books


def _prose(town: str, year: int, size: int) -> dict[str, int]:
    website = whole(8 * size, 22 * size, town, year, "website")
    wechat = whole(20, 60 * size, town, year, "wechat")
    other = whole(0, 9, town, year, "other channel")
    new = whole(0, size // 2, town, year, "old requests")
    return {
        "website": website,
        "wechat": wechat,
        "board": other,
        "items": website + wechat + other,
        "new": new,
        "carried_in": 0,
        "done": new,
        "carried_out": 0,
        "reviews": 0,
        "suits": 0,
        "meetings": whole(1, 4, town, year, "meetings"),
        "trainings": whole(1, 3, town, year, "trainings"),
        "trained": whole(12, 90, town, year, "trained"),
        "checks": whole(2, 12, town, year, "checks"),
        "villages": 7 + 2 * size,
        "replies": whole(3, 40, town, year, "replies"),
    }


def _requests(town: str, year: int, size: int, regime: str, carried: Mapping[str, int]) -> dict[tuple[str, str], int]:
    rows = ("new_requests", "carried_in", *RESULTS_BEFORE_OTHER, *OTHER_ROWS[regime], "result_total", "carried_out")
    cells = {(row, column): 0 for row in rows for column in COLUMNS}
    most = {"natural_person": 2 * size, "org_business": max(1, size // 3), "org_legal_service": size // 6}
    likely = (*_LIKELY, OTHER_ROWS[regime][0])
    for column in COLUMNS[:-1]:
        came = whole(0, most.get(column, 0), town, year, column, "new")
        had = carried.get(column, 0)
        left = min(came + had, whole(0, 2, town, year, column, "left")) if came else 0
        cells["new_requests", column] = came
        cells["carried_in", column] = had
        cells["carried_out", column] = left
        cells["result_total", column] = came + had - left
        for number in range(came + had - left):
            cells[pick(likely, town, year, column, number, "result"), column] += 1
    for row in rows:
        cells[row, "total"] = sum(cells[row, column] for column in COLUMNS[:-1])
    return cells


def _disputes(town: str, year: int, size: int) -> dict[tuple[str, str], int]:
    cells = {(group, column): 0 for group in T4_GROUPS for column in T4_COLUMNS}
    for number in range(whole(0, size // 4, town, year, "reviews")):
        cells["review", pick(T4_COLUMNS[:4], town, year, number, "review result")] += 1
    for number in range(whole(0, size // 6, town, year, "suits")):
        group = pick(T4_GROUPS[1:], town, year, number, "suit group")
        cells[group, pick(T4_COLUMNS[:4], town, year, number, "suit result")] += 1
    if (town, year) == ("changfeng", 2020):
        cells["suit_direct", "upheld"] = 1
    for group in T4_GROUPS:
        cells[group, "total"] = sum(cells[group, column] for column in T4_COLUMNS[:4])
    return cells


def _proactive_2019(town: str, year: int, items: dict[str, int]) -> dict[tuple[str, str], str]:
    made = whole(0, 6, town, year, "normative made")
    shown = made + whole(0, 2, town, year, "normative shown")
    cells = {("art20_1_rules", column): "0" for column in ("newly_made", "newly_disclosed", "total_disclosed")}
    cells |= {
        ("art20_1_normative", "newly_made"): str(made),
        ("art20_1_normative", "newly_disclosed"): str(shown),
        ("art20_1_normative", "total_disclosed"): str(shown + whole(0, 20, town, year, "normative all")),
    }
    rows = {
        "license": "art20_5_license",
        "other_services": "art20_5_other_services",
        "penalty": "art20_6_penalty",
        "coercion": "art20_6_coercion",
        "fees": "art20_8_fees",
    }
    for kind, row in rows.items():
        delta = whole(-2, 3, town, year, kind, "delta")
        cells[row, "prev_items"] = str(items[kind])
        cells[row, "delta_items"] = f"+{delta}" if delta > 0 else str(delta)
        if kind != "fees":
            cells[row, "decisions"] = str(whole(0, 60 if kind != "coercion" else 2, town, year, kind, "decisions"))
        items[kind] += delta
    bought = whole(0, 9, town, year, "bought")
    cells["art20_9_procurement", "items"] = str(bought)
    spent = bought * whole(60, 900, town, year, "spent")
    cells["art20_9_procurement", "amount"] = f"{spent / 10:.1f}万元" if spent else "0万元"
    return cells


def _proactive_2021(town: str, year: int, in_force: int) -> tuple[dict[tuple[str, str], str], int]:
    issued = whole(0, 3, town, year, "issued")
    repealed = min(in_force, whole(0, 2, town, year, "repealed"))
    in_force += issued - repealed
    cells = {("art20_1_rules", column): "0" for column in ("issued", "repealed", "in_force")}
    cells |= {
        ("art20_1_normative", "issued"): str(issued),
        ("art20_1_normative", "repealed"): str(repealed),
        ("art20_1_normative", "in_force"): str(in_force),
        ("art20_5_license", "decisions"): str(whole(0, 120, town, year, "licenses")),
        ("art20_6_penalty", "decisions"): str(whole(0, 80, town, year, "penalties")),
        ("art20_6_coercion", "decisions"): str(whole(0, 3, town, year, "coercions")),
        ("art20_8_fees", "amount_wanyuan"): pick(("0", "0", "0", "1.2", "3.65"), town, year, "fees"),
    }
    return cells, in_force


def _statistics(town: str, year: int, prose: Mapping[str, int]) -> dict[str, str]:
    """The 统计表 of 国办发〔2014〕32号 (report_format.md §7); sums as in rule S14-REQ."""
    new = prose["new"]
    online = whole(0, new, town, year, "online")
    agree = whole(0, new, town, year, "agree")
    missing = whole(0, new - agree, town, year, "not exist")
    full = whole(1, 2, town, year, "full time")
    part = whole(1, 5, town, year, "part time")
    values = {
        "proactive_total": prose["items"],
        "proactive_normative": whole(0, 6, town, year, "s14 normative"),
        "normative_issued": whole(6, 9, town, year, "s14 issued"),
        "ch_website": prose["website"],
        "ch_wechat": prose["wechat"],
        "ch_other": prose["board"],
        "resp_events": whole(0, 6, town, year, "events"),
        "resp_articles": whole(0, 9, town, year, "articles"),
        "req_total": new,
        "req_inperson": new - online,
        "req_online": online,
        "done_total": new,
        "done_ontime": new,
        "reply_total": new,
        "reply_agree": agree,
        "reply_not_exist": missing,
        "reply_not_ours": new - agree - missing,
        "org_bodies": 1,
        "org_points": whole(1, 4, town, year, "points"),
        "staff": full + part,
        "staff_full": full,
        "staff_part": part,
        "budget_wanyuan": whole(0, 5, town, year, "budget"),
        "meetings": prose["meetings"],
        "trainings": prose["trainings"],
        "trained": prose["trained"],
    }
    return {key: str(value) for key, value in values.items()}

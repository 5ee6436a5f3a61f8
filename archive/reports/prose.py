"""Numbers of the running text (report_format.md §7 end, §8.5, TXT rules of §9).

What a sentence counts is named by its field; the quoted sentence is the cell's `raw`, so that a person sees
what was read. Contact details are never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from archive.reports.form import TEXT_COLUMN
from archive.reports.model import Cell
from archive.reports.sections import Part
from archive.reports.wording import tight

_NUMBER = r"(?P<number>\d[\d,]*(?:\.\d+)?)"
_CLAUSE = re.compile(r"[^。;\n]+")
#: A longer stretch without a full stop is no sentence.
_LONGEST = 1_200
_TELLING = re.compile(r"\d+余?[多件条项起宗次份万元]|未|没有|无")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One number the prose tells: the field (a cell key of the tables, or a text field), its value, the clause."""

    field: str
    value: float
    quote: str
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """What a clause must say to tell a field's number. Without the words `needs` it does not, which is seen at once."""

    field: str
    needs: str
    pattern: re.Pattern[str]
    unit: str = "件"


def _p(field: str, needs: str, pattern: str, unit: str = "件") -> _Pattern:
    return _Pattern(field=field, needs=needs, pattern=re.compile(pattern.replace("#", _NUMBER)), unit=unit)


_GAP = r"[^\d,。;:(]{0,14}"
#: Text fields (§8.5 and seeds' `statistics`). The first match in reading order counts.
_TEXT_FIELDS: tuple[_Pattern, ...] = (
    _p(
        "proactive_items_text",
        "信息",
        rf"(?:主动|累计|共|全年|新增)?(?:主动)?(?:公开|发布|产生)(?:各类|了|的)*(?:政府|政务)?信息(?:公开信息)?{_GAP}?(?:共|计|总计|件数|条数|数|数量|达|为|约)*#余?多?(?:条|件|项)",
        "条",
    ),
    _p(
        "proactive_items_text",
        "信息",
        r"(?:政府|政务|公开)信息(?:公开)?信息?(?:件数|条数|数量|总数|数|共|总计){1,2}(?:共|为|达)?#余?(?:条|件|项)",
        "条",
    ),
    _p(
        "requests_received_text",
        "",
        r"(?:收到|受理|接到|新收)(?:的|到|了|公众|群众|关于|有关|书面|各类|信息|公开|政府|政务|依|申请|事项|公民|法人)*?#(?:件|项|条|宗|起)",
    ),
    _p(
        "requests_received_text",
        "申请",
        r"(?:收到|受理|接到|新收)[^\d,。;:(复诉]{0,30}(?:公开|信息|依)(?:的)?申请(?:表|事项)?(?:共|计|总计|合计|总数|数|为)*#余?(?:件|条|项|宗)",
    ),
    _p("requests_done_on_time_text", "办结", r"按[时期]办结(?:数|率)?(?:为|共)?#(?:件|项|条|宗)"),
    _p("requests_not_exist_text", "信息不存在", r"信息不存在(?:的|数|件数)?(?:为|共)?#(?:件|项|条|宗)"),
)
_ZERO_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("requests_received_text", re.compile(r"(?:未|没有|无)(?:收到|接到|受理)[^,。;]{0,32}申请")),
    ("requests_received_text", re.compile(r"(?:没有|无|未发生|未出现)(?:公众|群众|公民)?依申请公开(?!目录|指南|栏)")),
)
#: A number of change is no number of things, nor is what was asked for what was published of one's own accord.
_CHANGE = re.compile(r"比(?:去年|上年|同期|上一年)|同比|增加|增长|减少|下降|新增加")
#: One channel's requests beside another's: their sum is not printed.
_CHANNEL = r"书面|当面|现场|网上|网络|电子|信函|传真|口头|邮件"
_CHANNELS = re.compile(rf"(?:{_CHANNEL})[^,。;]*$"), re.compile(rf"^[,、和及](?:收到|受理)?(?:{_CHANNEL})")
_FEE_CASES = re.compile(rf"(?:收费通知|发出收费)[^\d。;]{{0,12}}{_NUMBER}(?:件|份|次)")
_FEE_AMOUNT = re.compile(rf"(?:信息处理费|收取|收费|实收)[^\d。;]{{0,18}}?{_NUMBER}(?P<money>万元|元)")
_FEE_NONE = re.compile(
    r"(?:未|没有|无)[^。;]{0,20}(?:收取|收费|产生|发生)[^。;]{0,24}(?:费|收费)|(?:未|没有)[^,。;]{0,8}收取[^,。;]{0,12}费"
)

#: Prose that tells a number of the tables (TXT-T2, TXT-T3). Each names its cell; a narrower set may be meant.
_TABLE_NUMBERS: tuple[_Pattern, ...] = (
    _p(
        "t2_art20_1_normative__in_force",
        "规范性文件",
        r"现行有效(?:的)?(?:行政)?规范性文件(?:共|数|总数|为|有|共有|共计)*#件",
    ),
    _p("t2_art20_1_normative__in_force", "规范性文件", r"(?:行政)?规范性文件现行有效(?:的|件数)?(?:共|为|有)*#件?"),
    _p(
        "t2_art20_1_normative__issued",
        "行政规范性文件",
        r"(?:制发|制定|印发|出台|新制发)(?:的|了|并公开)?行政规范性文件(?:共|数|为|有|共计)*#件",
    ),
    _p("t2_art20_1_normative__repealed", "废止", r"废止(?:的|了)?(?:行政)?规范性文件(?:共|数|为|有|共计)*#件"),
    _p("t2_art20_1_rules__in_force", "规章", r"现行有效(?:的)?(?:政府)?规章(?:共|数|为|有)*#件"),
    _p(
        "t3_new_requests__total",
        "申请",
        r"(?:新收|收到|受理|接收)(?:的|到|了|公民|群众|各类|公众|社会|书面|依法|以及)*?(?:政府|政务)?(?:信息)?(?:依申请)?公开(?:的)?申请(?:公开)?(?:的)?(?:事项|件)?(?:数|数量|共|共计|总数|总计|合计)*#(?:件|宗|项)",
    ),
    _p(
        "t3_carried_in__total",
        "结转",
        r"(?:上年|上一年|上年度|上一年度)(?:度)?结转(?:的)?(?:政府信息公开)?(?:的)?(?:申请|件)?(?:数|数量|共)*#(?:件|宗)",
    ),
    _p(
        "t3_carried_out__total",
        "结转",
        r"结转(?:至|到)?(?:下年|下一年|次年)(?:度)?(?:继续)?(?:办理|答复)?(?:的)?(?:申请)?(?:共|有)*#(?:件|宗)",
    ),
)
#: Cases of table 四; the first number of a clause counts.
_CASES: tuple[_Pattern, ...] = (
    _p(
        "t4_review__total",
        "行政复议",
        r"(?:被|提起|引起|引发|发生|受理|涉及|收到|产生)?[^\d,。;]{0,12}行政复议(?:的)?(?:案件|申请)?(?:共|共计|总数|数)*#(?:件|起|宗)",
    ),
    _p("t4_suit__total", "行政诉讼", r"行政诉讼(?:的)?(?:案件)?(?:共|共计|总数|数)*#(?:件|起|宗)"),
)
_OTHER_BODY = re.compile(r"去年|上年同期|同比|以来累计|历年|其中")


def _value(text: str) -> float:
    return float(text.replace(",", ""))


def clauses(parts: Sequence[Part]) -> tuple[tuple[str, str], ...]:
    """(section key, clause) of the prose; only clauses that can tell a number or the lack of one."""
    return tuple(
        (part.key, clause)
        for part in parts
        for clause in _CLAUSE.findall(tight_lines(part.prose))
        if len(clause) <= _LONGEST and _TELLING.search(clause)
    )


def tight_lines(text: str) -> str:
    """Prose tight, lines joined where no sentence ends: text of PDFs breaks anywhere."""
    return tight(text.replace("\n", ""))


def text_cells(told: Sequence[tuple[str, str]]) -> tuple[Cell, ...]:
    """The text fields of §8.5 as cells of form `text`, the clause quoted in `raw`."""
    found: dict[str, Cell] = {}

    def keep(field: str, value: float, unit: str, quote: str, section: str) -> None:
        if field not in found:
            found[field] = Cell(
                form="text",
                row=field,
                column=TEXT_COLUMN,
                raw=quote[:120],
                value=value,
                unit=unit,
                status="given",
                confidence=0.9,
                location=f"prose of {section or 'the opening'}",
            )

    for section, clause in told:
        if not any(word in clause for word in ("公开", "信息", "申请", "办结")):
            continue
        for one in _TEXT_FIELDS:
            if one.field in found or one.needs not in clause:
                continue
            match = one.pattern.search(clause)
            if match and _is_the_whole(one.field, clause, match):
                keep(one.field, _value(match.group("number")), one.unit, clause, section)
        for field, pattern in _ZERO_FIELDS:
            if field not in found and pattern.search(clause):
                keep(field, 0.0, "件", clause, section)
        if section in ("other", "fees", "requests", "overview"):
            _fees(clause, section, keep)
    return tuple(found.values())


def _is_the_whole(field: str, clause: str, match: re.Match[str]) -> bool:
    """Whether a match tells the number of a year: neither a change nor one channel of several."""
    around = clause[max(0, match.start() - 10) : match.start("number")]
    if _CHANGE.search(around):
        return False
    if field == "proactive_items_text":
        return "申请" not in around
    before, after = _CHANNELS
    return not (before.search(clause[: match.start("number")]) and after.search(clause[match.end() :]))


def _fees(clause: str, section: str, keep: Callable[[str, float, str, str, str], None]) -> None:
    if "费" not in clause:
        return
    cases = _FEE_CASES.search(clause)
    if cases:
        keep("info_processing_fee_cases", _value(cases.group("number")), "件", clause, section)
    amount = _FEE_AMOUNT.search(clause)
    if amount and ("信息处理费" in clause or section in ("other", "fees")):
        scale = 1e4 if amount.group("money") == "万元" else 1.0
        keep("info_processing_fee_yuan", _value(amount.group("number")) * scale, "元", clause, section)
    elif _FEE_NONE.search(clause) and ("信息处理费" in clause or section == "fees"):
        keep("info_processing_fee_yuan", 0.0, "元", clause, section)


def told_numbers(told_clauses: Sequence[tuple[str, str]]) -> tuple[Told, ...]:
    """Numbers of the tables as the prose tells them, each with its clause. Comparisons (同比) are left out."""
    told: list[Told] = []
    for section, clause in told_clauses:
        if section in ("problems", "appendix"):
            continue
        for one in _TABLE_NUMBERS:
            if one.needs not in clause:
                continue
            for match in one.pattern.finditer(clause):
                before = clause[max(0, match.start() - 12) : match.start()]
                if _OTHER_BODY.search(before):
                    continue
                told.append(
                    Told(field=one.field, value=_value(match.group("number")), quote=clause[:160], section=section)
                )
        for one in _CASES:
            total = one.pattern.search(clause) if one.needs in clause else None
            if total and not _OTHER_BODY.search(clause[max(0, total.start() - 8) : total.start()]):
                told.append(
                    Told(field=one.field, value=_value(total.group("number")), quote=clause[:160], section=section)
                )
    return tuple(told)


_ENUMERATION = re.compile(
    r"(?P<total>\d[\d,]*)(?P<unit>条|件|项)[,:][^。;]{0,12}?其中[^。;\d]{0,30}(?P<parts>(?:\d[\d,]*(?P=unit)[^。;\d]{0,30})+)"
)


def enumerations(parts: Sequence[Part]) -> tuple[tuple[float, tuple[float, ...], str], ...]:
    """Sums the prose spells out: (total, parts, quote), as in 146条，其中…49条，…97条 (TXT-SUM)."""
    found: list[tuple[float, tuple[float, ...], str]] = []
    for part in parts:
        prose = part.prose
        if "其中" not in prose:
            continue
        text = tight_lines(prose)
        for sentence in re.split(r"(?<!其中)。|;", text):
            joined = re.sub(r"([条件项])[^。;\d]{0,24}。其中", r"\1,其中", sentence)
            found.extend(_sums(joined))
        if "。其中" in text:
            found.extend(_sums(re.sub(r"([条件项])(?:,[^。;条件项]{0,24})?。其中", r"\1,其中", text)))
    unique = {(total, parts): quote for total, parts, quote in found}
    return tuple((total, parts, quote) for (total, parts), quote in unique.items())


def _sums(text: str) -> Iterable[tuple[float, tuple[float, ...], str]]:
    for match in _ENUMERATION.finditer(text):
        unit = match.group("unit")
        numbers = tuple(_value(number) for number in re.findall(rf"(\d[\d,]*){unit}", match.group("parts")))
        if len(numbers) >= 2:
            yield _value(match.group("total")), numbers, match.group(0)[:160]

"""Which year and whose report: the vote of report_format.md §13, with the losers kept as notes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from archive.reports.model import Body, Context
from archive.reports.titles import INSTITUTION, display_name, title_body, title_years
from archive.reports.wording import tight
from sites.model import Extracted

#: 「自2018年1月1日起至2018年12月31日止」, also with characters lost between spans: 自20211月1日起,至202112月31日止,
#: 201711日至20171231日, 2018年11日至2018年1231日 (§11.4).
_PERIOD = re.compile(
    r"(20(?<!\d20)\d{2})年?0?1月?0?1日?起?(?:开始)?[,、]?(?:至|到|-|—|~|－)+(?:(20\d{2})年?|当年|同年|本年)?12月?31日?"
)
#: Each word of an opening with what must follow it: a search leaps to the first characters of such a list.
_REPORTED = r"[^。;]{0,40}?(?<!\d)(20\d{2})年(?:年度|度)?[^。;]{0,30}?(?:报告|年报|情况)"
_DISCLOSED = r"[^。;]{0,24}?(?<!\d)(20\d{2})年(?:年度|度)?(?:政府|政务)信息公开"
_OPENING = re.compile(
    "|".join(
        [word + _REPORTED for word in ("现将", "公布", "编制", "发布", "形成")]
        + [word + _DISCLOSED for word in ("编制", "公布", "本")]
    )
)
_SINCE = re.compile(r"[。;\n](?:截[止至]到?)?(20\d{2})年(?:以来|度|,?(?:我|本|全)[镇乡市县区局委办街厅院校])")
_UNTIL = re.compile(r"截[止至]到?(20\d{2})年(?:12月)?底?")
#: What looks back stands after the first digits, here and below: the search then leaps from 20 to 20.
_ANY_YEAR = re.compile(r"(20(?<![\d〔\[【﹝(]20)(?:0[7-9]|[1-4]\d))年(?!(?:\d{1,2}月)?(?:修订|修正|颁布|公布的))")
_LAW = re.compile(r"[《〔\[【﹝(](?:(?<=《)[^》]{0,60}》|(?<!《)20\d{2}[〕\]】﹞)]\d+号?)")

_REPORT_COLUMN = re.compile(r"年报|年度报告|报告")
_SIGNED_ON = re.compile(r"^(?:20\d{2}|二[〇零O0][〇零O0一二三四五六七八九]{2})年.{1,3}月.{1,3}日$")
_CONSOLIDATED = re.compile(
    r"汇总(?:了|本级|全[市县区州省]|所属|各)|本级(?:及|和|与)(?:所属|下属|各)|所属.{0,24}(?:数据|情况).{0,8}汇总|"
    r"下辖.{0,24}(?:数据|情况).{0,8}汇总|各.{0,24}(?:数据|情况).{0,8}汇总|汇总.{0,12}(?:数据|编制|统计)|"
    r"全[省市县区州](?:各级|行政机关|系统|共|累计|总共|新){0,3}(?:受理|收到|新收|办理|接收)[^。;]{0,16}申请"
)
_OWN = re.compile(r"本(?:局|委|镇|乡|街道|厅|院|办|中心|单位|机关)|我(?:局|委|镇|乡|街道|厅|院|办|单位)")

#: What each place's word on the year weighs. A title outweighs anything in the body, the period sentence is
#: next; a year merely mentioned only breaks ties (seed 000 mentions last year's in a leftover sentence).
_WEIGHTS = {"title": 10.0, "period": 8.0, "url": 7.0, "listing": 5.0, "opening": 5.0, "since": 4.0, "published": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class YearVote:
    """The report year, where it stood, the period as printed, and what was noticed on the way."""

    year: int | None
    source: str = ""
    period: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


def find_period(text: str) -> tuple[int, int] | None:
    """First and last year of the statistical period sentence, or None."""
    match = _PERIOD.search(text)
    if not match:
        return None
    first = int(match.group(1))
    return first, int(match.group(2)) if match.group(2) else first


def url_year(url: str) -> int | None:
    """The report year a URL parameter states (`fbtime=2020` of the annual-report module, §13.2)."""
    values = parse_qs(urlsplit(url).query).get("fbtime", [])
    return int(values[0]) if values and re.fullmatch(r"20\d{2}", values[0]) else None


def _published(extracted: Extracted, context: Context) -> tuple[int, int] | None:
    """Year and month of publication as claimed, or None."""
    for claim in (extracted.metadata.value("published_at"), extracted.metadata.value("dated_on")):
        if claim and re.match(r"20\d{2}-\d{2}", claim):
            return int(claim[:4]), int(claim[5:7])
    if context.listed_on:
        return context.listed_on.year, context.listed_on.month
    return None


def vote_year(extracted: Extracted, context: Context, title: str, body: str) -> YearVote:
    """The report year by the vote of §13.2; `body` is the text, tight. None when nothing speaks or two years tie."""
    prose = _LAW.sub("", body)
    votes: defaultdict[int, float] = defaultdict(float)
    sources: dict[int, tuple[float, str]] = {}
    notes: list[str] = []

    def say(year: int, source: str, weight: float) -> None:
        votes[year] += weight
        if weight > sources.get(year, (0.0, ""))[0]:
            sources[year] = (weight, source)

    published = _published(extracted, context)
    in_title = title_years(title)
    period = find_period(body)
    for year in in_title:
        weight = _WEIGHTS["title"] / len(in_title)
        if published and published[0] == year and published[1] <= 4 and not (period and period[0] == year):
            weight = 4.0
            notes.append(f"the title's year {year} is the year of publication: a typing error is likely")
        say(year, "title", weight)
    if len(in_title) > 1:
        notes.append("year_ambiguous: the title names " + ", ".join(map(str, in_title)))
    if period:
        say(period[0], "period", _WEIGHTS["period"])
        if period[1] != period[0]:
            notes.append(f"the statistical period runs from {period[0]} to {period[1]}")
    stated = url_year(context.url)
    if stated:
        say(stated, "url", _WEIGHTS["url"])
    for year in title_years(context.listed_title)[:1]:
        say(year, "listing", _WEIGHTS["listing"])
    opening = "。" + prose[:4000]  # what begins the text begins a sentence
    for source, pattern in (("opening", _OPENING), ("since", _SINCE), ("since", _UNTIL)):
        match = pattern.search(opening)
        if match:
            say(int(next(group for group in match.groups() if group)), source, _WEIGHTS[source])
    for year, times in Counter(map(int, _ANY_YEAR.findall(prose))).items():
        say(year, "mention", min(times, 4) * 0.25)
    if published and published[1] <= 4:
        say(published[0] - 1, "published", _WEIGHTS["published"])
    if not votes:
        return YearVote(year=None, notes=tuple(notes))

    ranked = sorted(votes.items(), key=lambda vote: -vote[1])[:2]
    year = ranked[0][0]
    if len(in_title) > 1 and sources[year][1] == "title" and len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 1.0:
        return YearVote(year=None, notes=tuple(notes))
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        notes.append(f"year_ambiguous: {ranked[0][0]} and {ranked[1][0]} speak equally")
        return YearVote(year=None, notes=tuple(notes))
    weight, source = sources[year]
    if weight < 1.0 and len(votes) > 1:
        return YearVote(year=None, notes=(*notes, f"only a mention speaks for {year}"))
    notes.extend(
        f"{sources[other][1]} says {other}, the report is of {year}"
        for other in votes
        if other != year and sources[other][0] >= _WEIGHTS["since"] and other not in in_title
    )
    dates = (f"{period[0]}-01-01", f"{period[1]}-12-31") if period else None
    return YearVote(year=year, source=source, period=dates, notes=tuple(notes))


def _from_breadcrumb(breadcrumb: Sequence[str]) -> str:
    """The breadcrumb element before the first 年报 one, when it is a body's name."""
    for index, name in enumerate(breadcrumb):
        if _REPORT_COLUMN.search(name):
            before = tight(breadcrumb[index - 1]) if index else ""
            return before if _is_name(before) else ""
    return ""


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 30 and bool(INSTITUTION.search(text)) and not re.search(r"[。,;:!?()0-9]|公开|网$", text)


def _from_signature(text: str) -> str:
    """The body that signed below the text (落款): a short line that is a name, a date line after it."""
    tail = [bare for line in text[-400:].splitlines() if (bare := tight(line))][-4:]
    for name, day in pairwise(tail):
        if _SIGNED_ON.match(day) and _is_name(name):
            return name
    return ""


def level_of(name: str, region_code: str = "") -> str:
    """`province prefecture county town street department zone` or '' by the ending of the canonical name.

    A 市 may be of either of two levels; the region code tells (GB/T 2260: a county's ends in other than 00).
    """
    if re.search(r"(?:开发区|实验区|高新区|度假区|新区|集聚区|风景区|园区|管委会|管理委员会)$", name):
        return "zone"
    if name.endswith("街道"):
        return "street"
    if re.search(r"(?:镇|乡|苏木)$", name):
        return "town"
    if re.search(r"(?:省|自治区)$", name) or name in {"北京市", "上海市", "天津市", "重庆市"}:
        return "province"
    if re.search(r"(?:自治州|州|盟|地区)$", name):
        return "prefecture"
    if re.search(r"(?:县|旗|区)$", name):
        return "county"
    if name.endswith("市"):
        if len(region_code) >= 6 and region_code[:6].isdigit():
            return "prefecture" if region_code[4:6] == "00" else "county"
        return "county" if re.search(r"[市州]..?.?市$", name) else "prefecture"
    if INSTITUTION.search(name):
        return "department"
    return ""


def _candidates(extracted: Extracted, context: Context, title: str) -> Iterator[tuple[str, str]]:
    """Names with their sources, best first (§13.3). A column's owner is a curated fact: it comes first."""
    if context.section_body:
        yield context.section_body, "section"
    for source, printed in (("title", title), ("listing", context.listed_title)):
        named = title_body(printed, context.known_bodies)
        if named:
            yield named, source
    for claim in extracted.metadata.claims:
        if claim.field == "issuer" and claim.value and (_is_name(tight(claim.value)) or claim.source == "catalogue"):
            yield claim.value, claim.source
    crumb = _from_breadcrumb(extracted.breadcrumb)
    if crumb:
        yield crumb, "breadcrumb"
    signed = _from_signature(extracted.text)
    if signed:
        yield signed, "signature"


def find_body(extracted: Extracted, context: Context, title: str) -> tuple[Body | None, tuple[str, ...]]:
    """The body, and what contradicts it. None when only 我镇 or 本局 speaks (seeds 000 and 002)."""
    found = list(_candidates(extracted, context, title))
    if not found:
        return None, ()
    raw, source = found[0]
    name = display_name(raw, context.known_bodies)
    notes: list[str] = []
    if source == "section":
        printed = next(((other, place) for other, place in found[1:] if place in {"title", "listing"}), None)
        if printed:
            other = display_name(printed[0])
            if other.endswith(name) or name.endswith(other):
                raw = printed[0]
            else:
                notes.append(f"the {printed[1]} names {printed[0]}, the column belongs to {name}")
    return (
        Body(
            name=name,
            raw=tight(raw),
            level=level_of(name, context.region_code),
            region_code=context.region_code,
            source=source,
        ),
        tuple(notes),
    )


def find_scope(text: str) -> Literal["own", "consolidated", "unknown"]:
    """Whose numbers, by tight text: `consolidated` when it says that they are summed up or counts the applications
    of a whole 市 or 县 (全市共受理…申请), `own` when it speaks of 本局, 我镇."""
    if _CONSOLIDATED.search(text):
        return "consolidated"
    return "own" if _OWN.search(text) else "unknown"

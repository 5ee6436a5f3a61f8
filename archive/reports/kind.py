"""Is it a report? Neighbours, templates and clones told apart, with the reasons (report_format.md §14)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.reports.model import Context, Kind
from archive.reports.sections import Part
from archive.reports.titles import REPORT_TITLE
from archive.reports.wording import tight
from sites.model import Extracted
from sites.reading.urls import in_scope

#: From this score a document counts as a report; from `REVIEW_FROM` a person should look.
ACCEPT_FROM = 6.0
REVIEW_FROM = 3.0

#: Placeholders of sample texts. One in the title or two different ones in the body make a template; 某某 is
#: weaker (it stands in examples too) and is not among them.
_PLACEHOLDERS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<!\d)20(?:_{1,3}|[xX×*]{1,2}|\d?[xX×*_])年"),
    re.compile(
        r"(?:[xX×]{2,3})(?:镇|市|县|区|乡|省|州|局|街道|委|厅|办)|﹝[xX×]{2,4}﹞[xX×]{1,3}号|\*{2,}(?:政府|镇|市|县|区|局)"
    ),
    re.compile(r"(?:^|\n)\s*>\s*[一二三四五六七八九十]、"),
    re.compile(r"仅展示\d+字|全文共\d+字|点击下载|收藏本站|(?:word|Word|WORD)格式|范文(?:网|大全)|会员"),
    re.compile(r"[(（]文字描述[^)）]{0,40}[)）]"),
)
#: Without one of these there is no placeholder: a few quick looks spare five slow ones.
_SUSPECT = (
    *"xX×_*﹝",
    *("仅展示", "全文共", "点击下载", "收藏本站", "范文", "会员", "ord格式", "ORD格式", "文字描述"),
)
_QUOTED = re.compile(r">\s*[一二三四五六七八九十]")
_TEMPLATE_TITLE = re.compile(r"范文|格式模板|模板|样本|示范文本|参考格式")

#: Words of a title that make it a neighbour, and of which kind. The first match decides.
_NEIGHBOURS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("notice", re.compile(r"通知|函$|[(]函[)]$|要点|(?:工作|实施)方案|通报$|公告$|公示$|考核|评估")),
    ("interpretation", re.compile(r"解读|图解|一图读懂|一图看懂|图说|看点|答记者问")),
    (
        "website",
        re.compile(
            r"网站(?:和政务新媒体|与政务新媒体)?(?:监管)?(?:工作)?年度(?:工作)?报[表告]|政务新媒体.{0,6}年度报[表告]"
        ),
    ),
    ("guide", re.compile(r"指南|目录|制度|办法|规定|流程|须知|申请表|规程|细则|条例|标准$|程序")),
    ("statistics", re.compile(r"统计表|统计公报|统计年报|数据统计|统计数据|情况统计|报表|季度|上半年|下半年|半年")),
    ("summary", re.compile(r"总结|工作汇报|工作计划|述职")),
    (
        "other",
        re.compile(
            r"法治政府|依法行政|政府工作报告|决算|预算|建议提案|提案办理|事业单位|企业|国资|绩效|社会组织|法人|环境信息|人大代表"
        ),
    ),
)
#: A column for annual reports.
_COLUMN = re.compile(r"信息公开.{0,4}(?:年报|年度报告)|公开年报|政府信息公开工作年度报告")
_INDEX_LINE = re.compile(r"^20\d{2}年(?:度)?$")
_DECLARES = re.compile(
    r"根据.{0,30}政府信息公开条例.{0,120}?(?:编制|报告|公布)|现将.{0,60}?(?:报告|公布|汇报)(?:如下|于后)|特向社会公布|编制(?:了|本|此)?.{0,40}?(?:年度报告|报告)"
)
_PERIOD = re.compile(r"1月?1?日?.{0,8}12月?31日?")
_COUNTED = re.compile(
    r"(?:主动)?(?:公开|发布|产生)(?:各类|的)?(?:政府|政务)?信息[^。;]{0,16}?\d+余?[多]?[条件]|信息[^。,;]{0,8}\d+余?[多]?[条件]"
)
_TABLE_WORDS = (
    "本年新收政府信息公开申请数量",
    "结转下年度继续办理",
    "申请人情况",
    "勾稽关系",
    "结果维持",
    "未经复议直接起诉",
)
_RUBY = re.compile(r"[一-鿿]\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}\)")
_SELF_LINK = re.compile(r"(?:政府|门户|官方)网站?[(](?:网址:?)?(?:https?://)?([\w.-]+\.[a-z]{2,4})", re.IGNORECASE)


#: What speaks for or against a report: code → how a reason of `Judgement` puts it, with what it is about.
SIGNS: Mapping[str, str] = {
    "title": "the title is a report's",
    "neighbour": "the title says {about}",
    "column": "its column is for annual reports",
    "sections": "sections {about}",
    "tables": "{about} statutory tables",
    "table": "the statutory tables",
    "declares": "declares itself",
    "period": "a statistical period",
    "counts": "counts what was made public",
    "applications": "speaks of applications",
    "throughout": "speaks of disclosure throughout",
    "never": "never speaks of disclosure",
    "known": "year and body are known",
    "short": "hardly any text",
    "index": "an index of years",
    "between": "in between: a person should look",
}
#: The fixed ones first: "the statutory tables" is not "{about} statutory tables".
_READ_BACK = {
    code: re.compile(re.escape(words).replace(re.escape("{about}"), "(?P<about>.+)"))
    for code, words in sorted(SIGNS.items(), key=lambda sign: "{about}" in sign[1])
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A reason taken apart: a code of `SIGNS`, the points it gave ('+4', '' for none) and what it is about."""

    code: str
    points: str
    about: str


def sign_of(reason: str) -> Sign | None:
    """A reason of a judgement read back; None for the printed words that make a template or a clone."""
    points, _, words = reason.partition(" ")
    if not re.fullmatch(r"[+-][\d.]+", points):
        points, words = "", reason
    for code, pattern in _READ_BACK.items():
        if match := pattern.fullmatch(words):
            return Sign(code=code, points=points, about=match.groupdict().get("about") or "")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a document is, how sure (the score of §14) and why."""

    kind: Kind
    score: float
    reasons: tuple[str, ...]


def placeholders(text: str) -> tuple[str, ...]:
    """The different placeholders of a sample text, as printed; of the numbering marks only the first."""
    found: list[str] = []
    if not any(mark in text for mark in _SUSPECT) and not _QUOTED.search(text):
        return ()
    for pattern in _PLACEHOLDERS:
        marks = [re.sub(r"\s", "", match.group(0)) for match in pattern.finditer(text)]
        if pattern is _PLACEHOLDERS[2]:
            marks = marks[:1]
        for mark in marks:
            if mark not in found and mark.removesuffix("年") not in found:
                found.append(mark)
    return tuple(found)


def clone_signs(extracted: Extracted, context: Context, text: str) -> tuple[str, ...]:
    """Why the page looks like a copy on a stranger's site (§14). One strong or two weak signs suffice."""
    strong = [flag for flag in extracted.flags if flag.startswith("quarantine")]
    host = context.host.lower()
    # a page's canonical address, by which a rebuild knows it, has lost its www.
    if host and context.site_hosts and not in_scope(f"http://{host}", context.site_hosts):
        strong.append(f"host {host} is not of the portal")
    if strong:
        return tuple(strong)
    if host.endswith(".gov.cn"):
        return ()
    weak: list[str] = []
    foreign = [name for name in _SELF_LINK.findall(tight(text)) if not name.lower().endswith(".gov.cn")]
    if foreign:
        weak.append(f"calls {foreign[0]} a government's site")
    if len(re.findall(r"[,，]{2,}", text)) >= 3:
        weak.append("doubled commas")
    if len(_RUBY.findall(text)) >= 2:
        weak.append("ruby noise")
    return tuple(weak) if len(weak) >= 2 else ()


def neighbour(title: str) -> tuple[Kind, str] | None:
    """Which neighbour a title names, and the word that says so; None for a report's or a silent title."""
    bare = tight(title)
    if not bare:
        return None
    report = REPORT_TITLE.search(bare)
    for kind, pattern in _NEIGHBOURS:
        for match in pattern.finditer(bare):
            # 「…办公室」 or 「统计局2021年…年度报告」: a word inside the body's name says nothing of the document
            if report and match.end() <= report.start() and kind not in ("notice", "interpretation"):
                continue
            if report and kind == "notice" and match.end() <= report.start() and match.group(0) != "通知":
                continue
            # 「…年度报告的公告」 publishes the report; 「年度报告及统计表」 is the report with its table
            if report and match.group(0) in ("公告", "公示"):
                continue
            if report and kind == "statistics" and match.start() > report.end():
                continue
            return kind, match.group(0)
    return None


def judge(
    extracted: Extracted, context: Context, title: str, parts: Sequence[Part], *, resolved: int, tables: int, bare: str
) -> Judgement:
    """The kind of a document. `resolved` counts year and body found, `tables` the statutory tables read; `bare`
    is the text, tight."""
    text = extracted.text[:120_000]
    head = title or context.listed_title
    in_title = placeholders(title)
    in_body = placeholders(text)
    if _TEMPLATE_TITLE.search(tight(title)) or in_title or len(in_body) >= 2:
        marks = (*_found(_TEMPLATE_TITLE, tight(title)), *dict.fromkeys((*in_body, *in_title)))
        return Judgement(kind="template", score=0.0, reasons=marks)

    reasons: list[str] = []
    score = 0.0

    def add(points: float, sign: str, about: object = "") -> None:
        nonlocal score
        score += points
        reasons.append(f"{points:+g} {SIGNS[sign].format(about=about)}")

    named = neighbour(head)
    if REPORT_TITLE.search(tight(head)) and not named:
        add(4, "title")
    elif named:
        add(-4, "neighbour", named[1])
    columns = " ".join((*extracted.breadcrumb, context.section_name, extracted.metadata.value("column") or ""))
    if _COLUMN.search(columns):
        add(3, "column")
    keys = [part.key for part in parts if part.heading and part.key]
    if keys:
        add(min(4, len(keys)), "sections", " ".join(dict.fromkeys(keys)))
    words = sum(word in bare for word in _TABLE_WORDS)
    if tables >= 2:
        add(5, "tables", tables)
    elif tables or words >= 2:
        add(3, "table")
    if _DECLARES.search(bare[:3000]):
        add(2, "declares")
    if _PERIOD.search(bare[:3000]):
        add(2, "period")
    if _COUNTED.search(bare):
        add(2, "counts")
    if "依申请" in bare or "申请公开" in bare:
        add(1, "applications")
    about = bare.count("信息公开") + bare.count("政务公开")  # as often as `SUBJECT` stands there
    if about >= 5:
        add(1, "throughout")
    elif about == 0:
        add(-4, "never")
    if resolved >= 2:
        add(1, "known")
    if len(bare) < 300 and not extracted.attachments and not extracted.images:
        add(-2, "short")
    if not keys and sum(bool(_INDEX_LINE.match(tight(line))) for line in text.splitlines()) >= 2 and len(bare) < 600:
        add(-5, "index")

    clone = clone_signs(extracted, context, text)
    if clone:
        return Judgement(kind="clone", score=score - 5, reasons=(*clone, *reasons))
    if named:
        return Judgement(kind=named[0], score=score, reasons=tuple(reasons))
    if score >= ACCEPT_FROM:
        return Judgement(kind="report", score=score, reasons=tuple(reasons))
    if score >= REVIEW_FROM:
        reasons.append(SIGNS["between"])
    return Judgement(kind="other", score=score, reasons=tuple(reasons))


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    match = pattern.search(text)
    return (match.group(0),) if match else ()

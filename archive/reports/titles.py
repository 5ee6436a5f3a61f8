"""What a title says: which years, whose report, which edition (report_format.md §13)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.reports.wording import tight

#: A report year in tight text. The lower bound is the first report year (条例 of 2007), the upper one
#: only keeps other numbers out.
_YEAR = re.compile(r"(?<!\d)(20(?:0[7-9]|[1-4]\d))(?!\d)")
_CHINESE_YEAR = re.compile(r"二([〇零Oo0][〇零Oo0一二三四五六七八九][〇零Oo0一二三四五六七八九])(?=年|\D|$)")
_CHINESE_DIGIT = {"〇": "0", "零": "0", "O": "0", "o": "0", **dict(zip("一二三四五六七八九", "123456789", strict=True))}
#: 文号 years (〔2018〕68号) date another document.
_DOCUMENT_NUMBER = re.compile(r"[〔\[【﹝(]20\d{2}[〕\]】﹞)]\d+号")
_YEAR_WORDS = r"(?:(?<!\d)20\d{2}(?!\d)|二[〇零Oo0][〇零Oo0一二三四五六七八九]{2})"
_YEAR_PHRASE = re.compile(
    rf"{_YEAR_WORDS}(?:[-—~至到/、]{_YEAR_WORDS})?(?:年度|年份|年|度)?(?:\d{{1,2}}月(?:[-—~至到]\d{{1,2}}月)?)?(?:年度|年|度)?的?"
)

SUBJECT = re.compile(r"(?:政府|政务)?信息(?:和政务|与政务|、政务)?公开|政务公开")
#: The tail of a report's title, tight.
REPORT_TITLE = re.compile(
    r"(?:政府|政务)?信息(?:和政务|与政务|、政务)?公开(?:工作)?(?:情况)?的?(?:20\d{2}年)?(?:年度)?(?:工作)?"
    r"(?:年度报告|年报|年度工作报告|工作报告|情况报告|报告)(?!.{0,6}的?(?:通知|解读|制度|办法|指南|编制|格式|模板|考核))"
)
_WHOLE_TITLE = re.compile(
    r"^.{0,48}?(?:政府|政务)?信息(?:和政务|与政务)?公开(?:工作)?(?:情况)?的?(?:20\d{2}年)?(?:年度)?(?:工作)?"
    r"(?:年度报告|年报|年度工作报告|工作报告|情况报告|报告)(?:[(\[【《].{1,24}[)\]】》])?$"
)
_EDITION = re.compile(
    r"图片版|超链版|超链接版|PDF版|WORD版|word版|文字版|图文版|网页版|全文版|电子版|更正版?|修订版?|更新版?|补充版?|重新发布"
)
_SHELL = re.compile(r"^(?:附件\d*[:、.]?|\[.{1,8}\]|关于(?:发布|公布|印发|公开)?|公布|发布|《|【)+")
_PAGE_MARK = re.compile(r"^(?:正文|内容|详细内容|目录|附件\d*:?|[-—\d]+)$")

#: How the name of a public body ends. Only ever tried on a whole name, never searched for in a sentence.
INSTITUTION = re.compile(
    r"(?:人民政府|政府|办事处|管理委员会|管委会|委员会|委|办公室|办公厅|街道办|镇|乡|街道|苏木|局|厅|院|署|所|队|站|中心|总会|"
    r"实验区|开发区|高新区|度假区|新区|集聚区|风景区|园区|区|县|市|省|州|盟|旗|集团|公司|大学|学院|学校|医院|银行|分局|支队)$"
)
_GENERIC = re.compile(r"^(?:本|我|全|该)?(?:省|市|县|区|州|镇|乡|街道|局|委|单位|机关|部门|政府|人民|级|年度|工作)*$")
_TOWN_LIKE = re.compile(r"(?:镇|乡|县|市|区|省|州|盟|旗|苏木)$")


def title_years(title: str) -> tuple[int, ...]:
    """Years a title states, in order, without those of document numbers. Two years stay two."""
    bare = _DOCUMENT_NUMBER.sub("", tight(title))
    found = [(match.start(), int(match.group(1))) for match in _YEAR.finditer(bare)]
    for match in _CHINESE_YEAR.finditer(bare):
        digits = "".join(_CHINESE_DIGIT.get(char, char) for char in match.group(1))
        found.append((match.start(), int("2" + digits)))
    years: list[int] = []
    for _, year in sorted(found):
        if year not in years:
            years.append(year)
    return tuple(years)


def title_body(title: str, known: Sequence[str] = ()) -> str | None:
    """The body a title names, as printed, or None.

    Everything before 政府信息公开 is the name, years aside: a suffix search would break 乌镇镇, 景德镇市 and
    镇海区 (§13.3). 「某县人民政府信息公开」 shares its 政府. A name configured for the site wins when it stands there.
    """
    bare = _SHELL.sub("", tight(title))
    subject = SUBJECT.search(bare)
    if not subject:
        return None
    head = _YEAR_PHRASE.sub("", bare[: subject.start()])
    head = re.sub(r"^(?:年度|度|的|-|—|:)+|(?:关于|年度|的|-|—|:|《|本级|开展)+$", "", head)
    if head.endswith("人民"):
        head += "政府"
    inside = sorted((name for name in known if tight(name) and tight(name) in head), key=len, reverse=True)
    if inside and INSTITUTION.search(head):
        return head
    if head and not _GENERIC.match(head) and re.search(r"[一-鿿]{2}", head) and "关于" not in head:
        return head
    after = re.search(r"[(\[【—-]([^()\[\]【】]{2,24})[)\]】]?$", bare[subject.end() :])
    if after and not re.search(r"20\d{2}|版$", after.group(1)) and INSTITUTION.search(after.group(1)):
        return after.group(1)
    return None


def display_name(raw: str, known: Sequence[str] = ()) -> str:
    """The canonical name of a body: 盖北镇人民政府 and 盖北镇 are one, 某街道办事处 is 某街道.

    An office keeps its name (某县人民政府办公室 is not the county). When exactly one configured name is the
    tail of the printed one (绍兴市越城区东浦镇 for 东浦镇), the configured name is used.
    """
    name = tight(raw)
    for ending in ("人民政府", "办事处"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            name = name.removesuffix(ending)
            break
    else:
        if name.endswith("政府") and _TOWN_LIKE.search(name.removesuffix("政府")):
            name = name.removesuffix("政府")
    tails = {tight(other) for other in known if name.endswith(display_name(other))} if known else set()
    return display_name(tails.pop()) if len(tails) == 1 else name


def is_page_mark(text: str) -> bool:
    """Whether a tight line is a mark of the page (正文, 目录, a page number) rather than a title."""
    return bool(_PAGE_MARK.match(text))


def title_edition(title: str) -> str:
    """The edition mark of a title (图片版, 更正, …), '' for the plain one."""
    found = _EDITION.search(tight(title))
    return found.group(0) if found else ""


def title_of_lines(lines: Sequence[str]) -> str:
    """A report's title among the first lines of a text that has no title of its own, '' when none is.

    A title may be broken over three lines and begin after a page mark (「正文」).
    """
    head = [bare for line in lines if (bare := tight(line)) and not is_page_mark(bare)][:8]
    for first in range(min(6, len(head))):
        joined = ""
        for line in head[first : first + 3]:
            joined += line
            if len(joined) > 72:
                break
            if _WHOLE_TITLE.match(joined) and not re.search(r"[。;；!?>:]", joined):
                return joined
    return ""

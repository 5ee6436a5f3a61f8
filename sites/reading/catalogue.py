"""The 索引号 block and the 发布日期/来源 line: label/value pairs in every layout (portals.md §3).

Layouts: table cells in pairs, `<li><b>label：</b>value`, `<dl>`, label and value in boxes of their own, a row of
labels above a row of values, running text with several pairs on a line. Values are found between *known
labels*: an empty value may be followed directly by the next label (`文号: 公开日期: 2022-01-21`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sites.model import Claim
from sites.reading.dates import find_datetime

#: Field → its labels. Fields are the archive's names.
LABELS: dict[str, tuple[str, ...]] = {
    "index_number": ("索引号", "信息索引号", "索引码", "信息索引", "索取号"),
    "unified_number": ("统一编号", "登记号", "统一登记号", "规范性文件统一编号", "规范性文件编号"),
    "issuer": (
        "发布机构", "发布单位", "发布部门", "发布机关", "公开单位", "公开机构", "公开主体", "发文机关", "发文单位", "发文机构", "发文部门",
        "制发机关", "制发机构", "制发单位", "印发机关", "责任部门", "公开责任部门", "信息公开责任部门", "文件制定机关", "制定机关", "信息提供单位",
        "信息提供部门", "供稿单位", "发布者",
    ),
    "source": ("信息来源", "来源", "文章来源", "稿件来源", "内容来源", "来源单位", "转载来源", "来源部门", "消息来源"),
    "document_number": ("文号", "发文字号", "发文文号", "发布文号", "文件编号", "文件字号", "发文号", "文件号", "公文编号", "文号名称"),
    "title": ("名称", "标题", "信息名称", "文件名称", "信息标题", "公文标题", "文件标题"),
    "disclosure_mode": ("公开方式", "公开形式", "公开类别", "公开属性", "公开类型"),
    "disclosure_scope": ("公开范围",),
    "disclosure_limit": ("公开时限", "公开期限"),
    "dated_on": ("成文日期", "成文时间", "生成日期", "生成时间", "形成日期", "形成时间", "产生日期", "印发日期", "签发日期", "制发日期"),
    "issued_on": ("发文日期", "发文时间"),
    "published_at": ("公开日期", "公开时间", "发布日期", "发布时间", "发布于", "发表时间", "发表日期", "上网日期", "上网时间", "信息发布日期", "信息公开日期", "发稿时间"),
    "updated_at": ("更新时间", "更新日期", "录入时间", "添加时间", "编辑时间", "编辑日期", "时间", "日期"),
    "effective_on": ("生效日期", "生效时间", "实施日期", "施行日期", "实施时间"),
    "expires_on": ("废止日期", "废止时间", "失效日期", "失效时间", "有效期至", "终止日期"),
    "validity": ("有效性", "时效", "时效性", "是否有效", "效力状态", "文件状态", "有效状态", "效力", "文件时效"),
    "subject": (
        "主题分类", "主题导航", "主题类别", "分类", "信息分类", "信息类别", "组配分类", "体裁分类", "服务对象", "内容分类", "公文种类", "体裁", "文种", "主题",
        "服务对象分类", "所属主题", "栏目分类", "所属栏目", "行业分类", "公开目录", "类别", "载体类型", "载体分类", "主题词分类", "主题分组", "信息格式", "语种",
        "所属分类", "信息所属", "有效期", "公开事项",
    ),
    "keywords": ("主题词", "关键词", "关键字"),
    "summary": ("内容概述", "信息摘要", "内容概要", "概述", "摘要", "内容简介", "信息概述"),
}  # fmt: skip

#: Labels that end a value and are chrome themselves.
STOPS = (
    "浏览次数", "浏览量", "浏览数", "浏览", "访问次数", "访问量", "阅读次数", "阅读量", "阅读数", "阅读", "点击次数", "点击数", "点击率", "点击量", "点击", "人气", "累计次数",
    "字号", "字体", "字体大小", "字体显示", "字号大小", "浏览字号", "文字大小", "大小", "显示", "视力保护色", "保护视力色", "背景颜色", "背景色", "作者", "撰稿", "通讯员", "记者", "编辑", "责任编辑",
    "责编", "审核", "审核人", "审稿", "校对", "初审", "复审", "终审", "签发", "录入", "录入者", "编辑者", "供稿", "发布人", "信息员", "拍摄", "摄影", "分享到", "分享至", "分享", "打印", "收藏", "文件下载", "附件下载",
    "转发", "扫一扫", "二维码", "投稿", "查看次数", "浏览人数", "次数", "朗读", "语音播报", "下载", "我要纠错", "打印本页", "关闭窗口",
)  # fmt: skip

_FIELD = {label: name for name, labels in LABELS.items() for label in labels} | dict.fromkeys(STOPS, "")
#: Words that stand in sentences and names too: a label only at the start of a word.
_GENERIC = frozenset(
    "名称 标题 分类 来源 时间 日期 主题 体裁 时效 文号 作者 编辑 审核 浏览 阅读 点击 显示 大小 打印 收藏 分享 记者 签发 概述 摘要 文种 类别 效力 发布者 下载 转发 "
    "拍摄 摄影 供稿 录入 次数 初审 复审 终审 语种 人气 责编 校对 有效期 关键字 投稿 朗读 扫一扫 公开事项".split()
)
#: Labels that tell a catalogue block even without a colon.
_STRONG = frozenset(LABELS["index_number"]) | frozenset(LABELS["issuer"][:13]) | {
    "发文字号", "发布文号", "公开方式", "公开范围", "公开时限", "公开日期", "发布日期", "成文日期", "生成日期", "组配分类", "主题分类", "体裁分类", "发文日期", "登记号", "信息名称", "文件名称", "有效性"
}  # fmt: skip


def _spaced(label: str) -> str:
    return r"[\s\u3000]*".join(label)


_CHINESE = "\u4e00-\u9fff"
_ALTERNATION = "|".join(
    (rf"(?<![{_CHINESE}])" if label in _GENERIC else "") + _spaced(label)
    for label in sorted(_FIELD, key=len, reverse=True)
)
_LABEL = re.compile(rf"[\[【（(]?\s*(?P<label>{_ALTERNATION})\s*[\]】）)]?\s*[:：]")
_ONLY = re.compile(rf"[\[【（(·•]?\s*(?P<label>{_ALTERNATION})\s*(?P<mark>[\]】）)]?\s*[:：]?|[:：]\s*[\]】])\s*")
_LEADING = re.compile(
    rf"(?P<label>{'|'.join(_spaced(label) for label in sorted(_STRONG, key=len, reverse=True))})\s+(?P<value>\S.*)"
)
_HINT = re.compile("[:：]|[\\[【]")
_SPACES = re.compile(r"[\s\u3000]+")
_NULLS = frozenset(
    {
        "",
        "无",
        "--",
        "-",
        "—",
        "——",
        "暂无",
        "/",
        "\\",
        "空",
        "null",
        "NULL",
        "undefined",
        "〔〕号",
        "〔〕",
        "无。",
        "*",
    }
)
_BUTTONS = re.compile(
    r"[\s|｜]*[【\[（(]?\s*(?:打印(?:本页)?|关闭(?:窗口|本页)?|收藏|纠错|大\s*中\s*小|[大中小]|繁體|字体|A[+-]|分享(?:到)?|默认|点击(?:展开|关闭)详细目录信息|复制)(?:\s*[】\]）)]|(?=\s|$))"
    r".*$"
)
_SENTENCE = re.compile(r"[。；;！？]")


@dataclass(frozen=True, slots=True)
class Pair:
    """One label with its value ('' when printed empty): `field` '' for chrome such as 浏览次数, `line` where
    the label stood."""

    field: str
    label: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a stretch of lines, and the lines they used up."""

    pairs: tuple[Pair, ...]
    lines: frozenset[int]

    @property
    def catalogue(self) -> bool:
        """Whether this is a 索引号 block rather than a 发布日期/来源 line."""
        return any(
            pair.label in _STRONG and pair.label not in ("发布日期", "发布机构", "发布单位") for pair in self.pairs
        )


def label_of(text: str) -> str:
    """The known label that the text is and nothing else ('' when it is not one)."""
    found = _ONLY.fullmatch(text) if len(text) <= 24 else None
    return _SPACES.sub("", found["label"]) if found else ""


def starts_pair(text: str) -> bool:
    """Whether a line begins with a known label and a colon."""
    found = _LABEL.match(text)
    return found is not None and found.start() == 0


def read_pairs(
    texts: Sequence[str], near: Callable[[int, int], bool], cell: Callable[[int], bool], start: int = 0
) -> Pairs:
    """The pairs of `texts`. `near(i, j)`: line j may hold the value of the label on line i; `cell(i)`: the
    line is a table cell or its like, where a label needs no colon. Positions count from `start`."""
    pairs: list[Pair] = []
    used: set[int] = set()
    index = 0
    while index < len(texts):
        text = texts[index]
        if not text or len(text) > 400:
            index += 1
            continue
        only = _ONLY.fullmatch(text) if len(text) <= 24 else None
        if only:
            label = _SPACES.sub("", only["label"])
            marked = bool(only["mark"].strip()) or text[0] in "[【"
            if (
                marked
                or (cell(index) and label not in STOPS)
                or (label in _STRONG and index + 1 < len(texts) and near(index, index + 1))
            ):
                step = _header_row(texts, index, cell, near, pairs, used, start) if not marked else 0
                if step:
                    index = step
                    continue
                value, taken = "", index
                following = index + 1
                if (
                    following < len(texts)
                    and near(index, following)
                    and not _LABEL.match(texts[following])
                    and not label_of(texts[following])
                ):
                    value, taken = texts[following], following
                pairs.append(Pair(_FIELD[label], label, clean_value(value), start + index))
                used.update(range(start + index, start + taken + 1))
                index = taken + 1
                continue
        found = _inline(text)
        if found:
            pairs.extend(Pair(_FIELD[label], label, clean_value(value), start + index) for label, value in found)
            used.add(start + index)
        index += 1
    return Pairs(tuple(pairs), frozenset(used))


def clean_value(value: str) -> str:
    """A value without buttons and brackets around it; '' for what portals print when there is none (无, --, 暂无)."""
    text = _SPACES.sub(" ", value).strip(" \t|｜:：")
    text = _BUTTONS.sub("", text).strip(" |｜[【") if len(text) < 400 else text
    return "" if text in _NULLS else text


def claims_of(pairs: Pairs, source: str) -> tuple[list[Claim], list[Claim]]:
    """Claims of a block: the sure ones, and the weak ones (更新时间, 来源, 发文日期) that meta tags outrank."""
    sure: list[Claim] = []
    weak: list[Claim] = []
    fields = {pair.field for pair in pairs.pairs if pair.value}
    for pair in pairs.pairs:
        if not pair.field or not pair.value:
            continue
        name, bucket = pair.field, sure
        if name == "source":
            name, bucket = "issuer", sure if source == "visible" else weak
        elif name == "updated_at":
            name, bucket = "published_at", weak
        elif name == "issued_on":
            # 发文日期 is the day of publication where nothing else is printed (portals.md §3)
            name, bucket = ("dated_on", weak) if "published_at" in fields else ("published_at", weak)
        value = pair.value
        if name in ("published_at", "dated_on", "effective_on", "expires_on"):
            value = date_value(name, value)
            if not value:
                continue
        elif name == "document_number" and (len(value) > 60 or _SENTENCE.search(value)):
            continue
        elif name == "issuer":
            value = _issuer(value)
            if not value:
                continue
        elif name == "index_number" and len(value) > 60:
            continue
        bucket.append(Claim(field=name, value=value, source=source, label=pair.label))
    return sure, weak


def date_value(name: str, text: str, near: date | None = None) -> str:
    """A printed date as the archive writes it: `published_at` as ISO 8601 with +08:00, others as ISO date; '' without one."""
    moment = find_datetime(text, near=near)
    if moment is None:
        return ""
    return moment.isoformat() if name == "published_at" else moment.date().isoformat()


def _issuer(value: str) -> str:
    value = re.sub(r"^(?:https?://\S+\s*)", "", value).strip(" ,，;；|")
    return "" if len(value) > 80 or not re.search(rf"[{_CHINESE}A-Za-z]", value) else value


def _inline(text: str) -> list[tuple[str, str]]:
    """The pairs of one line, or [] when it is no line of pairs: it must begin with a label."""
    if _HINT.search(text):
        marks = list(_LABEL.finditer(text))
        if marks and (
            marks[0].start() <= 3
            or (text[: marks[0].start()].strip(" |｜【[>·•-").isdigit() and marks[0].start() < 8)
            or len(marks) > 1
        ):
            lead = text[: marks[0].start()]
            if not _SENTENCE.search(lead) and len(lead) < 40:
                ends = [mark.start() for mark in marks[1:]] + [len(text)]
                values = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
                if (
                    len(marks) > 1
                    or not _SENTENCE.search(values[0][:-1])
                    or _SPACES.sub("", marks[0]["label"]) in LABELS["summary"]
                ):
                    return [(_SPACES.sub("", mark["label"]), value) for mark, value in zip(marks, values, strict=True)]
            return []
    leading = _LEADING.fullmatch(text)
    if leading and len(text) < 120 and not _SENTENCE.search(text):
        return [(_SPACES.sub("", leading["label"]), leading["value"])]
    return []


def _header_row(
    texts: Sequence[str],
    index: int,
    cell: Callable[[int], bool],
    near: Callable[[int, int], bool],
    pairs: list[Pair],
    used: set[int],
    start: int,
) -> int:
    """A row of at least three labels above a row of as many values: read column by column; the index after them, or 0."""
    labels: list[str] = []
    position = index
    while position < len(texts) and cell(position) and (label := label_of(texts[position])) and _FIELD[label]:
        labels.append(label)
        position += 1
    count = len(labels)
    if (
        count < 3
        or position + count > len(texts)
        or not all(cell(place) for place in range(position, position + count))
    ):
        return 0
    values = texts[position : position + count]
    if any(label_of(value) for value in values) or (
        position + count < len(texts) and near(position + count - 1, position + count) and cell(position + count)
    ):
        return 0
    pairs.extend(
        Pair(_FIELD[label], label, clean_value(value), start + index + offset)
        for offset, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    used.update(range(start + index, start + position + count))
    return position + count

"""The statutory forms as data: what is printed, under which canonical key, in which regime.

Sources: 国办公开办函〔2019〕60号 (`R2019`, report years 2019 and 2020), 国办公开办函〔2021〕30号 (`R2021`, from
2021 on), 国办发〔2014〕32号 (`R2014S`, the statistics form of about 2014 to 2018); report_format.md
§4 to §8. Nothing about the forms stands anywhere else: readers and rules ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quantity = Literal["count", "delta", "yuan", "wanyuan", "decimal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One printed row. `words` are the fragments of which any one identifies it in a label's core; `exact`
    says that only the whole label will do. `group` is the key of the group it stands in."""

    key: str
    label: str
    words: tuple[str, ...]
    group: str = ""
    exact: bool = False
    regimes: tuple[str, ...] = ("R2019", "R2021")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormColumn:
    """One printed column, its quantity, and the regime whose form has it ('' for both)."""

    key: str
    label: str
    words: tuple[str, ...]
    regime: str = ""
    quantity: Quantity = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of table 二: one item of Article 20, its rows, and the columns of each regime in order."""

    article: str
    rows: tuple[FormRow, ...]
    columns: dict[str, tuple[str, ...]]


# --- table 二 (t2): one block an item of Article 20, columns differ by block and regime

T2_COLUMNS: dict[str, FormColumn] = {
    column.key: column
    for column in (
        FormColumn(key="newly_made", label="本年新制作数量", words=("新制作", "制作数量"), regime="R2019"),
        FormColumn(key="newly_disclosed", label="本年新公开数量", words=("新公开",), regime="R2019"),
        FormColumn(key="total_disclosed", label="对外公开总数量", words=("对外公开", "公开总数"), regime="R2019"),
        FormColumn(
            key="prev_items", label="上一年项目数量", words=("上一年", "上年项目", "上年度项目"), regime="R2019"
        ),
        FormColumn(
            key="delta_items", label="本年增/减", words=("增减", "本年增", "本年减"), regime="R2019", quantity="delta"
        ),
        FormColumn(key="items", label="采购项目数量", words=("采购项目", "采购数量"), regime="R2019"),
        FormColumn(
            key="amount",
            label="采购总金额",
            words=("采购总金额", "采购金额"),
            regime="R2019",
            quantity="yuan",
        ),
        FormColumn(key="issued", label="本年制发件数", words=("制发",), regime="R2021"),
        FormColumn(key="repealed", label="本年废止件数", words=("废止",), regime="R2021"),
        FormColumn(key="in_force", label="现行有效件数", words=("现行有效",), regime="R2021"),
        FormColumn(
            key="amount_wanyuan",
            label="本年收费金额",
            words=("收费金额", "收费总金额"),
            regime="R2021",
            quantity="wanyuan",
        ),
        # 处理决定数量 (R2019) and 本年处理决定数量 (R2021) count the same thing: the only shared column
        FormColumn(key="decisions", label="本年处理决定数量", words=("处理决定",)),
    )
}


def _t2(key: str, label: str, *more: str) -> FormRow:
    return FormRow(key=key, label=label, words=(label, *more), exact=True)


T2_BLOCKS: tuple[Block, ...] = (
    Block(
        article="一",
        rows=(
            _t2("art20_1_rules", "规章", "政府规章", "行政规章"),
            _t2("art20_1_normative", "规范性文件", "行政规范性文件"),
        ),
        columns={
            "R2019": ("newly_made", "newly_disclosed", "total_disclosed"),
            "R2021": ("issued", "repealed", "in_force"),
        },
    ),
    Block(
        article="五",
        rows=(
            _t2("art20_5_license", "行政许可"),
            _t2("art20_5_other_services", "其他对外管理服务事项", "其它对外管理服务事项"),
        ),
        columns={"R2019": ("prev_items", "delta_items", "decisions"), "R2021": ("decisions",)},
    ),
    Block(
        article="六",
        rows=(_t2("art20_6_penalty", "行政处罚"), _t2("art20_6_coercion", "行政强制", "行政强制措施")),
        columns={"R2019": ("prev_items", "delta_items", "decisions"), "R2021": ("decisions",)},
    ),
    Block(
        article="八",
        rows=(_t2("art20_8_fees", "行政事业性收费"),),
        columns={"R2019": ("prev_items", "delta_items"), "R2021": ("amount_wanyuan",)},
    ),
    Block(
        article="九",
        rows=(_t2("art20_9_procurement", "政府集中采购"),),
        columns={"R2019": ("items", "amount")},
    ),
)
T2_BLOCK_OF_ROW: dict[str, Block] = {row.key: block for block in T2_BLOCKS for row in block.rows}

# --- table 三 (t3): 25 rows (R2021) or 23 (R2019) by seven applicants' columns

T3_ORGANISATIONS: tuple[str, ...] = (
    "org_business",
    "org_research",
    "org_public_interest",
    "org_legal_service",
    "org_other",
)
T3_COLUMNS: tuple[FormColumn, ...] = (
    FormColumn(key="natural_person", label="自然人", words=("自然人",)),
    FormColumn(key="org_business", label="商业企业", words=("商业企业", "商业")),
    FormColumn(key="org_research", label="科研机构", words=("科研机构", "科研")),
    FormColumn(key="org_public_interest", label="社会公益组织", words=("社会公益组织", "社会公益", "公益组织")),
    FormColumn(key="org_legal_service", label="法律服务机构", words=("法律服务机构", "法律服务")),
    FormColumn(key="org_other", label="其他", words=("其他", "其它")),
    FormColumn(key="total", label="总计", words=("总计", "合计", "共计", "总数")),
)
T3_COLUMN_KEYS: tuple[str, ...] = tuple(column.key for column in T3_COLUMNS)
#: Printed by some beside the statutory seven: the sum over organisations. Read to keep its neighbours in place.
T3_SUBTOTAL_WORDS: tuple[str, ...] = ("小计",)
#: What stands above the organisation columns of table 三.
T3_GROUP_HEADER = "法人或其他组织"
#: Words of the header that name no column.
T3_HEADER_WORDS: tuple[str, ...] = ("申请人情况", "勾稽关系", T3_GROUP_HEADER)

T3_GROUPS: dict[str, str] = {"deny": "不予公开", "unable": "无法提供", "reject": "不予处理", "other": "其他处理"}


def _t3(key: str, label: str, *words: str, group: str = "", exact: bool = False, only: str = "") -> FormRow:
    regimes = (only,) if only else ("R2019", "R2021")
    return FormRow(key=key, label=label, words=words, group=group, exact=exact, regimes=regimes)


T3_ROWS: tuple[FormRow, ...] = (
    _t3("new_requests", "本年新收政府信息公开申请数量", "本年新收", "本年度新收", "新收政府信息"),
    _t3("carried_in", "上年结转政府信息公开申请数量", "上年结转", "上年度结转", "上一年结转", "上一年度结转"),
    _t3("disclosed", "予以公开", "予以公开", exact=True),
    _t3("partial", "部分公开（区分处理的，只计这一情形，不计其他情形）", "部分公开"),
    _t3("deny_state_secret", "属于国家秘密", "国家秘密", group="deny"),
    _t3(
        "deny_law_prohibits",
        "其他法律行政法规禁止公开",
        "法规禁止公开",
        "法律禁止公开",
        "其他法律行政",
        "法律法规禁止",
        group="deny",
    ),
    _t3("deny_safety_stability", "危及“三安全一稳定”", "三安全", "一稳定", group="deny"),
    _t3("deny_third_party", "保护第三方合法权益", "第三方", group="deny"),
    _t3("deny_internal_affairs", "属于三类内部事务信息", "内部事务", group="deny"),
    _t3("deny_process_info", "属于四类过程性信息", "过程性", group="deny"),
    _t3("deny_enforcement_file", "属于行政执法案卷", "执法案卷", group="deny"),
    _t3("deny_admin_query", "属于行政查询事项", "查询事项", group="deny"),
    _t3("unable_not_held", "本机关不掌握相关政府信息", "不掌握", group="unable"),
    _t3("unable_needs_creation", "没有现成信息需要另行制作", "另行制作", "没有现成", group="unable"),
    _t3("unable_still_unclear", "补正后申请内容仍不明确", "仍不明确", "补正后", group="unable"),
    _t3("reject_petition", "信访举报投诉类申请", "信访", "举报投诉", group="reject"),
    _t3("reject_repeat", "重复申请", "重复申请", group="reject"),
    _t3("reject_publication", "要求提供公开出版物", "出版物", group="reject"),
    _t3("reject_abusive", "无正当理由大量反复申请", "大量反复", group="reject"),
    _t3("reject_confirm_reissue", "要求行政机关确认或重新出具已获取信息", "重新出具", "行政机关确认", group="reject"),
    _t3("other_processing", "其他处理", "其他处理", "其它处理", exact=True, group="other"),
    _t3(
        "other_overdue_correction",
        "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "逾期不补正",
        group="other",
        only="R2021",
    ),
    _t3(
        "other_overdue_fee",
        "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "收费通知",
        "缴纳费用",
        "逾期未缴",
        group="other",
        only="R2021",
    ),
    _t3("other_misc", "其他", "其他", "其它", exact=True, group="other", only="R2021"),
    _t3("result_total", "总计", "总计", "合计", "共计", "总数", exact=True),
    _t3("carried_out", "结转下年度继续办理", "结转下"),
)
T3_ROW: dict[str, FormRow] = {row.key: row for row in T3_ROWS}
#: Rows that count requests, in printed order, by regime (§8.6). `other_processing` is one row in R2019.
T3_OTHER: dict[str, tuple[str, ...]] = {
    "R2019": ("other_processing",),
    "R2021": ("other_overdue_correction", "other_overdue_fee", "other_misc"),
}
T3_RESULTS: tuple[str, ...] = tuple(
    row.key for row in T3_ROWS if row.key in ("disclosed", "partial") or row.group in ("deny", "unable", "reject")
)


def t3_order(regime: str) -> tuple[str, ...]:
    """The row keys of table 三 in printed order."""
    return ("new_requests", "carried_in", *T3_RESULTS, *T3_OTHER[regime], "result_total", "carried_out")


# --- table 四 (t4): one row of 15 cells

T4_GROUPS: dict[str, tuple[str, ...]] = {
    "review": ("行政复议",),
    "suit_direct": ("未经复议", "直接起诉", "未经行政复议"),
    "suit_after_review": ("复议后起诉", "经复议起诉", "复议后诉讼", "复议后再起诉", "经行政复议后"),
}
T4_GROUP_LABELS: dict[str, str] = {
    "review": "行政复议",
    "suit_direct": "未经复议直接起诉",
    "suit_after_review": "复议后起诉",
}
T4_UPPER_HEADER = "行政诉讼"
T4_COLUMNS: tuple[FormColumn, ...] = (
    FormColumn(key="upheld", label="结果维持", words=("维持",)),
    FormColumn(key="corrected", label="结果纠正", words=("纠正", "撤销", "变更", "确认违法")),
    FormColumn(key="other", label="其他结果", words=("其他结果", "其它结果", "其他", "其它")),
    FormColumn(key="pending", label="尚未审结", words=("未审结", "尚未")),
    FormColumn(key="total", label="总计", words=("总计", "合计", "共计", "总数")),
)
T4_COLUMN_KEYS: tuple[str, ...] = tuple(column.key for column in T4_COLUMNS)
T4_PARTS: tuple[str, ...] = T4_COLUMN_KEYS[:-1]

# --- the statistics form of 2014–2018 (s14): 统计指标｜单位｜统计数


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One row of the statistics form. `under` is the chapter (一 … 九) where the same words stand more than once."""

    key: str
    label: str
    words: tuple[str, ...]
    unit: str
    under: str = ""


#: Chapters of the form by a fragment of their heading row, in order.
S14_CHAPTERS: dict[str, tuple[str, ...]] = {
    "proactive": ("一、主动公开", "主动公开情况"),
    "response": ("回应解读", "二、回应"),
    "requests": ("依申请公开情况", "三、依申请"),
    "review": ("行政复议数量",),
    "suit": ("行政诉讼数量",),
    "complaints": ("举报投诉数量",),
    "fees": ("收取的费用",),
    "institution": ("机构建设",),
    "meetings": ("会议和培训",),
}


def _s14(key: str, label: str, unit: str, *words: str, under: str = "") -> Indicator:
    return Indicator(key=key, label=label, words=words or (label,), unit=unit, under=under)


S14_ROWS: tuple[Indicator, ...] = (
    _s14("proactive_total", "主动公开政府信息数", "条", "主动公开政府信息数"),
    _s14("proactive_normative", "主动公开规范性文件数", "条", "主动公开规范性文件数", "公开规范性文件数"),
    _s14("normative_issued", "制发规范性文件总数", "件", "制发规范性文件"),
    _s14("ch_gazette", "政府公报公开政府信息数", "条", "政府公报公开"),
    _s14("ch_website", "政府网站公开政府信息数", "条", "政府网站公开"),
    _s14("ch_weibo", "政务微博公开政府信息数", "条", "政务微博公开"),
    _s14("ch_wechat", "政务微信公开政府信息数", "条", "政务微信公开"),
    _s14("ch_other", "其他方式公开政府信息数", "条", "其他方式公开"),
    _s14("resp_events", "回应公众关注热点或重大舆情数", "次", "回应公众关注热点"),
    _s14("resp_press_leader", "主要负责同志参加新闻发布会次数", "次", "负责同志参加新闻发布会"),
    _s14("resp_press", "参加或举办新闻发布会总次数", "次", "举办新闻发布会", "新闻发布会总次数"),
    _s14("resp_interview_leader", "主要负责同志参加政府网站在线访谈次数", "次", "负责同志参加政府网站在线访谈"),
    _s14("resp_interview", "政府网站在线访谈次数", "次", "网站在线访谈次数"),
    _s14("resp_articles", "政策解读稿件发布数", "篇", "解读稿件发布"),
    _s14("resp_social", "微博微信回应事件数", "次", "微博微信回应"),
    _s14("resp_other", "其他方式回应事件数", "次", "其他方式回应"),
    _s14("req_total", "收到申请数", "件", "收到申请数"),
    _s14("req_inperson", "当面申请数", "件", "当面申请"),
    _s14("req_fax", "传真申请数", "件", "传真申请"),
    _s14("req_online", "网络申请数", "件", "网络申请"),
    _s14("req_letter", "信函申请数", "件", "信函申请"),
    _s14("done_total", "申请办结数", "件", "申请办结数"),
    _s14("done_ontime", "按时办结数", "件", "按时办结"),
    _s14("done_extended", "延期办结数", "件", "延期办结"),
    _s14("reply_total", "申请答复数", "件", "申请答复数"),
    _s14("reply_already_public", "属于已主动公开范围数", "件", "已主动公开范围"),
    _s14("reply_partial", "同意部分公开答复数", "件", "同意部分公开"),
    _s14("reply_refuse", "不同意公开答复数", "件", "不同意公开"),
    _s14("reply_agree", "同意公开答复数", "件", "同意公开答复"),
    _s14("refuse_secret", "涉及国家秘密", "件", "涉及国家秘密"),
    _s14("refuse_trade", "涉及商业秘密", "件", "涉及商业秘密"),
    _s14("refuse_privacy", "涉及个人隐私", "件", "涉及个人隐私"),
    _s14("refuse_safety", "危及国家安全、公共安全、经济安全和社会稳定", "件", "危及国家安全"),
    _s14("refuse_not_gov_info", "不是《条例》所指政府信息", "件", "所指政府信息"),
    _s14("refuse_other_law", "法律法规规定的其他情形", "件", "规定的其他情形"),
    _s14("reply_not_ours", "不属于本行政机关公开数", "件", "不属于本行政机关"),
    _s14("reply_not_exist", "申请信息不存在数", "件", "信息不存在"),
    _s14("reply_amend", "告知作出更改补充数", "件", "更改补充"),
    _s14("reply_redirect", "告知通过其他途径办理数", "件", "其他途径办理"),
    _s14("review_total", "行政复议数量", "件", "行政复议数量"),
    _s14("review_maintained", "维持具体行政行为数", "件", "维持具体行政行为", under="review"),
    _s14("review_corrected", "被依法纠错数", "件", "依法纠错", under="review"),
    _s14("review_other", "其他情形数", "件", "其他情形数", under="review"),
    _s14("suit_total", "行政诉讼数量", "件", "行政诉讼数量"),
    _s14(
        "suit_maintained", "维持具体行政行为或者驳回原告诉讼请求数", "件", "维持具体行政行为", "驳回原告", under="suit"
    ),
    _s14("suit_corrected", "被依法纠错数", "件", "依法纠错", under="suit"),
    _s14("suit_other", "其他情形数", "件", "其他情形数", under="suit"),
    _s14("complaints", "举报投诉数量", "件", "举报投诉数量"),
    _s14("fee_wanyuan", "依申请公开信息收取的费用", "万元", "收取的费用"),
    _s14("org_bodies", "政府信息公开工作专门机构数", "个", "专门机构数"),
    _s14("org_points", "设置政府信息公开查阅点数", "个", "查阅点"),
    _s14("staff", "从事政府信息公开工作人员数", "人", "公开工作人员数"),
    _s14("staff_full", "专职人员数", "人", "专职人员"),
    _s14("staff_part", "兼职人员数", "人", "兼职人员"),
    _s14("budget_wanyuan", "政府信息公开专项经费", "万元", "专项经费"),
    _s14("meetings", "召开政府信息公开工作会议或专题会议数", "次", "专题会议数", "工作会议或专题"),
    _s14("trainings", "举办各类培训班数", "次", "培训班"),
    _s14("trained", "接受培训人员数", "人次", "接受培训"),
)
#: The number's column in `s14` cells.
S14_COLUMN = "count"

# --- numbers of the prose (§8.5): `form` "text", the row is the field's whole name

TEXT_COLUMN = "value"


def quantity_of(form: str, column: str) -> Quantity:
    """How numbers of a column are to be read."""
    if form == "t2" and column in T2_COLUMNS:
        return T2_COLUMNS[column].quantity
    return "count"

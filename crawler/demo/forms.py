"""The statutory tables as clerks paste them: R2019 and R2021 forms (report_format.md §4 to §6) and the
2014 to 2018 统计表 (§7), in three hands: `word`, `editor`, `plain`.

Labels stand here a second time on purpose: a replica that borrowed them from the reader would prove nothing.
"""

from __future__ import annotations

from html import escape

from crawler.demo.figures import COLUMNS, MISTAKES, T4_COLUMNS, T4_GROUPS, Figures

_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_APPLICANTS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")

_SINGLE = {
    "disclosed": "（一）予以公开",
    "partial": "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    "other_processing": "（六）其他处理",
    "result_total": "（七）总计",
}
_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "（三）不予公开",
        (
            ("deny_state_secret", "1.属于国家秘密"),
            ("deny_law_prohibits", "2.其他法律行政法规禁止公开"),
            ("deny_safety_stability", "3.危及“三安全一稳定”"),
            ("deny_third_party", "4.保护第三方合法权益"),
            ("deny_internal_affairs", "5.属于三类内部事务信息"),
            ("deny_process_info", "6.属于四类过程性信息"),
            ("deny_enforcement_file", "7.属于行政执法案卷"),
            ("deny_admin_query", "8.属于行政查询事项"),
        ),
    ),
    (
        "（四）无法提供",
        (
            ("unable_not_held", "1.本机关不掌握相关政府信息"),
            ("unable_needs_creation", "2.没有现成信息需要另行制作"),
            ("unable_still_unclear", "3.补正后申请内容仍不明确"),
        ),
    ),
    (
        "（五）不予处理",
        (
            ("reject_petition", "1.信访举报投诉类申请"),
            ("reject_repeat", "2.重复申请"),
            ("reject_publication", "3.要求提供公开出版物"),
            ("reject_abusive", "4.无正当理由大量反复申请"),
            ("reject_confirm_reissue", "5.要求行政机关确认或重新出具已获取信息"),
        ),
    ),
)
_OTHER_2021 = (
    "（六）其他处理",
    (
        ("other_overdue_correction", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
        ("other_overdue_fee", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
        ("other_misc", "3.其他"),
    ),
)

_STATISTICS: tuple[tuple[str, str, str], ...] = (
    ("", "一、主动公开情况", ""),
    ("proactive_total", "（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条"),
    ("proactive_normative", "其中：主动公开规范性文件数", "条"),
    ("normative_issued", "制发规范性文件总数", "件"),
    ("", "（二）通过不同渠道和方式公开政府信息的情况", ""),
    ("ch_gazette", "1.政府公报公开政府信息数", "条"),
    ("ch_website", "2.政府网站公开政府信息数", "条"),
    ("ch_weibo", "3.政务微博公开政府信息数", "条"),
    ("ch_wechat", "4.政务微信公开政府信息数", "条"),
    ("ch_other", "5.其他方式公开政府信息数", "条"),
    ("", "二、回应解读情况", ""),
    ("resp_events", "（一）回应公众关注热点或重大舆情数（不同方式回应同一热点或舆情计1次）", "次"),
    ("resp_articles", "3.政策解读稿件发布数", "篇"),
    ("", "三、依申请公开情况", ""),
    ("req_total", "（一）收到申请数", "件"),
    ("req_inperson", "1.当面申请数", "件"),
    ("req_fax", "2.传真申请数", "件"),
    ("req_online", "3.网络申请数", "件"),
    ("req_letter", "4.信函申请数", "件"),
    ("done_total", "（二）申请办结数", "件"),
    ("done_ontime", "1.按时办结数", "件"),
    ("done_extended", "2.延期办结数", "件"),
    ("reply_total", "（三）申请答复数", "件"),
    ("reply_already_public", "1.属于已主动公开范围数", "件"),
    ("reply_agree", "2.同意公开答复数", "件"),
    ("reply_partial", "3.同意部分公开答复数", "件"),
    ("reply_refuse", "4.不同意公开答复数", "件"),
    ("refuse_secret", "其中：涉及国家秘密", "件"),
    ("refuse_trade", "涉及商业秘密", "件"),
    ("refuse_privacy", "涉及个人隐私", "件"),
    ("refuse_safety", "危及国家安全、公共安全、经济安全和社会稳定", "件"),
    ("refuse_not_gov_info", "不是《条例》所指政府信息", "件"),
    ("refuse_other_law", "法律法规规定的其他情形", "件"),
    ("reply_not_ours", "5.不属于本行政机关公开数", "件"),
    ("reply_not_exist", "6.申请信息不存在数", "件"),
    ("reply_amend", "7.告知作出更改补充数", "件"),
    ("reply_redirect", "8.告知通过其他途径办理数", "件"),
    ("review_total", "四、行政复议数量", "件"),
    ("review_maintained", "（一）维持具体行政行为数", "件"),
    ("review_corrected", "（二）被依法纠错数", "件"),
    ("review_other", "（三）其他情形数", "件"),
    ("suit_total", "五、行政诉讼数量", "件"),
    ("suit_maintained", "（一）维持具体行政行为或者驳回原告诉讼请求数", "件"),
    ("suit_corrected", "（二）被依法纠错数", "件"),
    ("suit_other", "（三）其他情形数", "件"),
    ("complaints", "六、举报投诉数量", "件"),
    ("fee_wanyuan", "七、依申请公开信息收取的费用", "万元"),
    ("", "八、机构建设和保障经费情况", ""),
    ("org_bodies", "（一）政府信息公开工作专门机构数", "个"),
    ("org_points", "（二）设置政府信息公开查阅点数", "个"),
    ("staff", "（三）从事政府信息公开工作人员数", "人"),
    ("staff_full", "1.专职人员数（不包括政府公报及政府网站工作人员数）", "人"),
    ("staff_part", "2.兼职人员数", "人"),
    (
        "budget_wanyuan",
        "（四）政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）",
        "万元",
    ),
    ("", "九、政府信息公开会议和培训情况", ""),
    ("meetings", "（一）召开政府信息公开工作会议或专题会议数", "次"),
    ("trainings", "（二）举办各类培训班数", "次"),
    ("trained", "（三）接受培训人员数", "人次"),
)


def _cell(text: str, hand: str, *, columns: int = 1, rows: int = 1) -> str:
    spans = (f' colspan="{columns}"' if columns > 1 else "") + (f' rowspan="{rows}"' if rows > 1 else "")
    shown = escape(text, quote=False)
    if hand == "word":
        inner = (
            f'<span style="font-size:10.0pt;font-family:宋体;mso-bidi-font-family:宋体;color:#333333">{shown}'
            "<o:p></o:p></span>"
            if text
            else '<span lang="EN-US"><o:p>&nbsp;</o:p></span>'
        )
        return (
            f'<td{spans} style="border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt;padding:0cm 5.4pt">'
            f'<p class="MsoNormal" align="center" style="text-align:center;line-height:14.0pt">{inner}</p></td>'
        )
    if hand == "editor":
        inner = f'<p style="text-indent: 0em;">{shown}</p>' if text else "<p><br/></p>"
        return f'<td{spans} style="padding:5px;border:1px solid windowtext" valign="center">{inner}</td>'
    return f"<td{spans}>{shown or '&nbsp;'}</td>"


def _table(rows: list[str], hand: str) -> str:
    opening = {
        "word": '<table class="MsoNormalTable" border="0" cellspacing="0" cellpadding="0" width="642" '
        'style="border-collapse:collapse;mso-yfti-tbllook:1184;mso-padding-alt:0cm 5.4pt 0cm 5.4pt">',
        "editor": '<table style="border-collapse:collapse;border:none" cellspacing="0" align="center" border="1">',
        "plain": '<table width="98%" border="1" cellpadding="2" cellspacing="0">',
    }[hand]
    return opening + "<tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"


def _zero(value: int | str, blank: str) -> str:
    return blank if str(value) == "0" else str(value)


def proactive(figures: Figures, hand: str, blank: str) -> str:
    """Table 二. In Word's hand the R2019 header of an article and its data rows disagree in their colspans
    (header 1|1|2|1, data 1|2|1|1), as in real reports: only the order of the printed cells maps."""
    t2 = figures.t2
    if figures.regime == "R2021":
        wide = 4
        blocks: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
            (
                "第二十条第（一）项",
                ("本年制发件数", "本年废止件数", "现行有效件数"),
                (("规章", "art20_1_rules"), ("行政规范性文件", "art20_1_normative")),
                ("issued", "repealed", "in_force"),
            ),
            ("第二十条第（五）项", ("本年处理决定数量",), (("行政许可", "art20_5_license"),), ("decisions",)),
            (
                "第二十条第（六）项",
                ("本年处理决定数量",),
                (("行政处罚", "art20_6_penalty"), ("行政强制", "art20_6_coercion")),
                ("decisions",),
            ),
            (
                "第二十条第（八）项",
                ("本年收费金额（单位：万元）",),
                (("行政事业性收费", "art20_8_fees"),),
                ("amount_wanyuan",),
            ),
        )
    else:
        wide = 5
        three = ("上一年项目数量", "本年增/减", "处理决定数量")
        blocks = (
            (
                "第二十条第（一）项",
                ("本年新制作数量", "本年新公开数量", "对外公开总数量"),
                (("规章", "art20_1_rules"), ("规范性文件", "art20_1_normative")),
                ("newly_made", "newly_disclosed", "total_disclosed"),
            ),
            (
                "第二十条第（五）项",
                three,
                (("行政许可", "art20_5_license"), ("其他对外管理服务事项", "art20_5_other_services")),
                ("prev_items", "delta_items", "decisions"),
            ),
            (
                "第二十条第（六）项",
                three,
                (("行政处罚", "art20_6_penalty"), ("行政强制", "art20_6_coercion")),
                ("prev_items", "delta_items", "decisions"),
            ),
            (
                "第二十条第（八）项",
                three[:2],
                (("行政事业性收费", "art20_8_fees"),),
                ("prev_items", "delta_items"),
            ),
            (
                "第二十条第（九）项",
                ("采购项目数量", "采购总金额"),
                (("政府集中采购", "art20_9_procurement"),),
                ("items", "amount"),
            ),
        )
    header_spans = {1: (wide - 1,), 2: (2, wide - 3), 3: (1, wide - 3, 1)}
    data_spans = {1: (wide - 1,), 2: (2, wide - 3), 3: (wide - 3, 1, 1)} if hand == "word" else header_spans
    rows = []
    for title, headers, lines, keys in blocks:
        rows.append(_cell(title, hand, columns=wide))
        rows.append(
            _cell("信息内容", hand)
            + "".join(
                _cell(name, hand, columns=span) for name, span in zip(headers, header_spans[len(headers)], strict=True)
            )
        )
        for label, row in lines:
            blank_here = blank if row == "art20_1_rules" else "0"
            rows.append(
                _cell(label, hand)
                + "".join(
                    _cell(_zero(t2[row, key], blank_here), hand, columns=span)
                    for key, span in zip(keys, data_spans[len(keys)], strict=True)
                )
            )
    return _table(rows, hand)


def requests(figures: Figures, hand: str, blank: str, night: int) -> str:
    """Table 三 with its vertical label 三 over 20 (R2019) or 22 (R2021) rows."""

    def values(row: str) -> str:
        cells = []
        for column in COLUMNS:
            value = figures.t3[row, column]
            for mistake in MISTAKES:
                here = (mistake.town, mistake.year, mistake.form) == (figures.town, figures.year, "t3")
                if here and (mistake.row, mistake.column) == (row, column) and mistake.printed == "+1":
                    value += 1 if not mistake.until_night or night <= mistake.until_night else 0
            cells.append(_cell(str(value) if column == "total" else _zero(value, blank), hand))
        return "".join(cells)

    late = figures.regime == "R2021"
    groups = _GROUPS + ((_OTHER_2021,) if late else ())
    rows = [
        _cell(_NOTE, hand, columns=3, rows=3) + _cell("申请人情况", hand, columns=7),
        _cell("自然人", hand, rows=2) + _cell("法人或其他组织", hand, columns=5) + _cell("总计", hand, rows=2),
        "".join(_cell(name, hand) for name in _APPLICANTS),
        _cell("一、本年新收政府信息公开申请数量", hand, columns=3) + values("new_requests"),
        _cell("二、上年结转政府信息公开申请数量", hand, columns=3) + values("carried_in"),
        _cell("三、本年度办理结果", hand, rows=22 if late else 20)
        + _cell(_SINGLE["disclosed"], hand, columns=2)
        + values("disclosed"),
        _cell(_SINGLE["partial"], hand, columns=2) + values("partial"),
    ]
    for title, lines in groups:
        for number, (row, label) in enumerate(lines):
            group = _cell(title, hand, rows=len(lines)) if number == 0 else ""
            rows.append(group + _cell(label, hand) + values(row))
    if not late:
        rows.append(_cell(_SINGLE["other_processing"], hand, columns=2) + values("other_processing"))
    rows.append(_cell(_SINGLE["result_total"], hand, columns=2) + values("result_total"))
    rows.append(_cell("四、结转下年度继续办理", hand, columns=3) + values("carried_out"))
    return _table(rows, hand)


def disputes(figures: Figures, hand: str, blank: str) -> str:
    """Table 四: one data row of fifteen cells under three groups."""
    cells = []
    for group in T4_GROUPS:
        for column in T4_COLUMNS:
            value = str(figures.t4[group, column])
            shown = value if column == "total" else _zero(value, blank)
            for mistake in MISTAKES:
                if (mistake.town, mistake.year, mistake.form) == (figures.town, figures.year, "t4") and (
                    mistake.row,
                    mistake.column,
                ) == (group, column):
                    shown = mistake.printed
            cells.append(_cell(shown, hand))
    outcomes = "".join(_cell(name, hand) for name in _OUTCOMES)
    rows = [
        _cell("行政复议", hand, columns=5) + _cell("行政诉讼", hand, columns=10),
        "".join(_cell(name, hand, rows=2) for name in _OUTCOMES)
        + _cell("未经复议直接起诉", hand, columns=5)
        + _cell("复议后起诉", hand, columns=5),
        outcomes * 2,
        "".join(cells),
    ]
    return _table(rows, hand)


def statistics(figures: Figures, hand: str) -> str:
    """The 《政府信息公开情况统计表》: indicator, unit, figure."""
    rows = ["".join(_cell(name, hand) for name in ("统计指标", "单位", "统计数"))]
    for key, label, unit in _STATISTICS:
        value = figures.s14.get(key, "0") if key else ""
        rows.append(_cell(label, hand) + _cell(unit, hand) + _cell(value, hand))
    return _table(rows, hand)

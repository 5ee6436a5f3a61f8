"""The data dictionary of what reports say: sections, cells, findings, decisions, and the views over them.

The labels of the statutory tables come from `archive.reports.form`, which alone knows them.
"""

from __future__ import annotations

from archive.reports.form import T2_BLOCKS, T2_COLUMNS, T3_ROWS, T4_COLUMNS, T4_GROUP_LABELS
from archive.store.schema_numbers import T2_CELLS, T3_ROW_KEYS, T4_CELLS
from archive.store.terms import Column, Table
from archive.store.terms import column as _c
from archive.store.terms import local_column as _l

_PLACE = (
    _c("level", "层级", "Level of the body"),
    _c("province", "省级行政区", "Province"),
    _c("city", "地级行政区", "Prefecture-level city"),
    _c("county", "县级行政区", "County or district"),
)
_WHO = (
    _c("body", "机关标识", "The body"),
    _c("body_name", "机关名称", "Name of the body"),
    _c("year", "报告年度", "Report year"),
    *_PLACE,
)
_FORM = (
    _c("regime", "格式", "Form of the report"),
    _c("scope", "口径：own、consolidated、unknown", "Scope: own, consolidated, unknown"),
    _c("tables_status", "统计表状况", "State of the statutory tables"),
)
_URL = _c("url", "报告页面", "Page of the report")

_T3_LABELS = {row.key: row.label for row in T3_ROWS}
_T2_LABELS = {row.key: row.label for block in T2_BLOCKS for row in block.rows}
_T4_LABELS = {column.key: column.label for column in T4_COLUMNS}


def _words(key: str) -> str:
    return key.removeprefix("art20_").replace("__", ": ").replace("_", " ")


def _applications() -> tuple[Column, ...]:
    return tuple(
        _c(key, f"{_T3_LABELS[key]}（总计列）", f"Table 3, total column: {_words(key)}") for key in T3_ROW_KEYS
    )


def _proactive() -> tuple[Column, ...]:
    return tuple(
        _c(
            f"{row}__{column}",
            f"{_T2_LABELS[row]}：{T2_COLUMNS[column].label}",
            f"Table 2, Article 20: {_words(f'{row}__{column}')}",
        )
        for row, column in T2_CELLS
    )


def _litigation() -> tuple[Column, ...]:
    return tuple(
        _c(
            f"{row}__{column}",
            f"{T4_GROUP_LABELS[row]}：{_T4_LABELS[column]}",
            f"Table 4: {_words(f'{row}__{column}')}",
        )
        for row, column in T4_CELLS
    )


NUMBERS = (
    Table(
        name="report_sections",
        kind="derived",
        title_zh="报告章节",
        title_en="Sections of reports",
        zh="每行一份报告的一个章节。",
        en="One row a section of a report, in reading order.",
        columns=(
            _l("report", "报告编号", "The report"),
            _c("position", "次序", "Place in the report, from 0"),
            _c("key", "规范键；空为不识", "Canonical key; empty: unknown"),
            _c("ordinal_raw", "印出的序号", "Ordinal as printed"),
            _c("heading", "标题", "Heading as printed"),
            _c("text", "正文", "Text of the section"),
            _c("dup_index", "同名章节的第几个（从 0 起）", "Which of several sections of this key, from 0"),
        ),
    ),
    Table(
        name="report_grids",
        kind="derived",
        title_zh="原样统计表",
        title_en="Tables as printed",
        zh="每行一份 2019 年以前（或无法定格式）年报中的一张统计表，按印出的样子保存；其中已知的行另见 cells。",
        en="One row a table of statistics of a report before 2019 (or without a statutory form), kept as it was "
        "printed; the rows of it that are known are cells as well.",
        columns=(
            _l("report", "报告编号", "The report"),
            _c("position", "次序", "Place among the report's tables, from 0"),
            _c("section", "所在章节的次序；空为附件中的表", "Position of its section; empty: a table of an attachment"),
            _c("title", "表名或表前一行", "Caption, or the line above that names it"),
            _c("rows", "各行的印出文字（JSON 二维数组）", "Printed words, row by row (JSON list of lists)"),
        ),
    ),
    Table(
        name="cells",
        kind="derived",
        title_zh="数字",
        title_en="Cells",
        zh="每行统计表中印出的一个数字；原样、数值与状态分开，空白、横线与零不混。",
        en="One row a printed number of a statutory table: as printed, as a value, and its status.",
        columns=(
            _l("report", "报告编号", "The report"),
            _c("form", "表：t2、t3、t4、s14", "Table: t2, t3, t4, or s14 (statistics form of 2014 to 2018)"),
            _c("row", "行键", "Key of the row"),
            _c("column", "列键", "Key of the column"),
            _c("raw", "印出的内容", "As printed"),
            _c("value", "数值；空白、横线、不可解时为空", "The number; empty when blank, dash or unparsable"),
            _c("unit", "单位", "Unit"),
            _c(
                "status",
                "状态：given、blank、dash、derived、inferred、unparsable、ocr",
                "Status: given, blank, dash, derived, inferred, unparsable, ocr",
            ),
            _c("confidence", "置信度（0–1）", "Confidence (0 to 1)"),
            _c("location", "所在位置", "Where it stood"),
            _c("decided", "人工裁定的数值", "Value a person decided on"),
        ),
    ),
    Table(
        name="findings",
        kind="derived",
        title_zh="核对结果",
        title_en="Findings",
        zh="每行一条勾稽核对的结论及证据。",
        en="One row a verdict of an audit rule, with its evidence.",
        columns=(
            _l("report", "报告编号", "The report"),
            _c("position", "次序", "Place among the findings of the report"),
            _c("rule", "规则", "Rule"),
            _c("severity", "轻重：E 硬、W 软", "Severity: E hard, W soft"),
            _c("verdict", "结论：PASS、FAIL、NOT_ASSESSABLE", "Verdict: PASS, FAIL, NOT_ASSESSABLE"),
            _c("where", "位置", "Where in the report"),
            _c("blame", "归因：ours、theirs、unknown", "Whose mistake: ours, theirs, unknown"),
            _c("expected", "应为", "Expected"),
            _c("actual", "实为", "Actual"),
            _c("evidence", "证据（JSON）", "Evidence: cell keys or quotations (JSON list)"),
            _c("decision", "人工意见：accepted、rejected", "What a person thinks of it: accepted, rejected"),
            _c(
                "blame_alone",
                "仅据此页各种读法的归因",
                "Whose mistake by this page's own readings, before other editions are asked",
            ),
        ),
    ),
    Table(
        name="similar",
        kind="derived",
        title_zh="相似文本",
        title_en="Similar texts",
        zh="每行两份年报文本及前者见于后者的比例：同一机关相邻年度的，以及见于后者过半的（每份至多十份）；"
        "仅共有百份以上年报皆有的套话者不计。",
        en="Two texts of reports and how much of the first stands in the second: of a body's consecutive years always, "
        "of the likest ten others from a half on, unless all they share stands in more than a hundred reports.",
        columns=(
            _c("text_digest", "文本", "A text"),
            _c("other_digest", "另一文本", "Another text"),
            _c("share", "前者见于后者的比例（0–1）", "Share of the text that stands in the other (0 to 1)"),
            _c("resemblance", "相似度（Jaccard，0–1）", "Resemblance (Jaccard, 0 to 1)"),
            _c("reader_version", "比对方法版本", "Version of the way of counting"),
        ),
    ),
    Table(
        name="decisions",
        kind="journal",
        title_zh="人工裁定",
        title_en="Decisions",
        zh="每行一个人工裁定；重建时重新适用。",
        en="One row a decision of a person; every rebuild applies it again.",
        columns=(
            _l("id", "编号", "Number"),
            _c("kind", "对象：kind、body、year、cell、finding", "About: kind, body, year, cell, finding"),
            _c("page", "报告页面", "Page of the report"),
            _c("key", "数字或规则的键", "Key of the cell, or rule and place"),
            _c("value", "裁定值；空为收回", "What was decided; empty: taken back"),
            _c("reason", "理由", "Why"),
            _c("decided_by", "裁定人", "Who"),
            _l("decided_at", "时间（UTC）", "When (UTC)"),
        ),
    ),
    Table(
        name="page_states",
        kind="journal",
        title_zh="页面状态",
        title_en="States of pages",
        zh="每行一次页面状态的变化。",
        en="One row a change of a page's state.",
        columns=(
            _c("page", "页面", "The page"),
            _l("since_at", "起始时间（UTC）", "Since when (UTC)"),
            _c("state", "状态", "The state"),
            _l("run", "运行编号", "The run"),
        ),
    ),
    Table(
        name="indicator_keys",
        kind="internal",
        title_zh="指标定义",
        title_en="Indicators",
        zh="指标与表格中数字的对应。",
        en="Which cell an indicator is, in each form.",
        columns=(
            _c("indicator", "指标", "Indicator"),
            _c("form", "表", "Table"),
            _c("row", "行键", "Key of the row"),
            _c("column", "列键", "Key of the column"),
            _c("unit", "单位", "Unit"),
            _c("basis", "口径：所据格式的首年", "Basis: first year of the form that defines it"),
            _c("comparable_from", "可比的首个年度", "First report year it can be compared from"),
        ),
    ),
    Table(
        name="years",
        kind="internal",
        title_zh="年度",
        title_en="Years",
        zh="覆盖情况所列的年度。",
        en="Report years that `coverage` lists.",
        columns=(_c("year", "年度", "Year"),),
    ),
    Table(
        name="applications",
        kind="derived",
        view=True,
        title_zh="依申请公开（表三）",
        title_en="Requests (table 3)",
        zh="每行一份年报的表三总计列（视图）。",
        en="One row a report: the totals of table 3 (view).",
        columns=(*_WHO, *_FORM, *_applications(), _URL),
    ),
    Table(
        name="proactive",
        kind="derived",
        view=True,
        title_zh="主动公开（表二）",
        title_en="Proactive disclosure (table 2)",
        zh="每行一份年报的表二；2019–2020 与 2021 起的口径不同，各有其列（视图）。",
        en="One row a report: table 2; the forms of 2019 and of 2021 count different things (view).",
        columns=(*_WHO, *_FORM, *_proactive(), _URL),
    ),
    Table(
        name="litigation",
        kind="derived",
        view=True,
        title_zh="复议诉讼（表四）",
        title_en="Reviews and litigation (table 4)",
        zh="每行一份年报的表四（视图）。",
        en="One row a report: table 4 (view).",
        columns=(*_WHO, *_FORM, *_litigation(), _URL),
    ),
    Table(
        name="indicators",
        kind="derived",
        view=True,
        title_zh="指标",
        title_en="Indicators over the years",
        zh="每行一个机关一个年度的一项指标；口径不同者不相连（视图）。",
        en="One row a body, year and indicator across the forms; a change of basis is a break, never joined (view).",
        columns=(
            *_WHO,
            _c("indicator", "指标", "Indicator"),
            _c("value", "数值（人工裁定优先）", "Value, as decided by a person where one did"),
            _c("unit", "单位", "Unit"),
            _c("basis", "口径：所据格式的首年", "Basis: first year of the form that defines it"),
            _c("comparable_from", "可比的首个年度", "First report year it can be compared from"),
            _c(
                "quality",
                "质量：数字状态，或 decided、contradicted（勾稽不符）",
                "Status of the cell, or decided, or contradicted by the report's own arithmetic",
            ),
            _c("scope", "口径：own、consolidated、unknown", "Scope: own, consolidated, unknown"),
            _URL,
        ),
    ),
    Table(
        name="coverage",
        kind="derived",
        view=True,
        title_zh="覆盖情况",
        title_en="Coverage",
        zh="每行一个机关一个年度是否发布年报；仅在核实的完整列表之后才称缺失（视图）。",
        en="One row a body and year: was a report published? Missing only after a complete, verified listing (view).",
        columns=(
            _c("body", "机关标识", "The body"),
            _c("body_name", "机关名称", "Name of the body"),
            *_PLACE,
            _c("known_from", "机关得知于：roster、section、report", "The body is known from: roster, section, report"),
            _c("year", "报告年度", "Report year"),
            _c(
                "status",
                "状态：published、late、missing、unreadable、unknown",
                "published, late, missing, unreadable or unknown",
            ),
            _c("due_on", "法定期限", "Legal last day"),
            _c("published_on", "发布日期", "Date of publication"),
            _c(
                "not_in_article_49",
                "第四十九条未列明此层级（1 是）：逾期只是提示",
                "Article 49 does not name this level (1): late is a flag only",
            ),
            _URL,
            _c("title", "标题", "Title"),
            _c("tables_status", "统计表状况", "State of the statutory tables"),
            _l("listing_complete_at", "最近一次完整列表（UTC）", "Newest complete listing that proves it (UTC)"),
            _l("listing_run", "该列表所属运行", "Run of that listing"),
            _c("listing_section", "该列表所属栏目", "Column of that listing"),
            _l(
                "listing_captures",
                "证明缺失的列表捕获（JSON）",
                "Captures of the listing that prove it missing (JSON list)",
            ),
        ),
    ),
    Table(
        name="audit",
        kind="derived",
        view=True,
        title_zh="核对不符",
        title_en="Failed checks",
        zh="每行一条不符的核对（视图）。",
        en="One row a check that failed and was not rejected by a person (view).",
        columns=(
            *_WHO,
            _c("rule", "规则", "Rule"),
            _c("severity", "轻重：E 硬、W 软", "Severity: E hard, W soft"),
            _c("where", "位置", "Where in the report"),
            _c("expected", "应为", "Expected"),
            _c("actual", "实为", "Actual"),
            _c("blame", "归因：ours、theirs、unknown", "Whose mistake: ours, theirs, unknown"),
            _c("evidence", "证据（JSON）", "Evidence (JSON list)"),
            _c("decision", "人工意见", "What a person thinks of it"),
            _URL,
        ),
    ),
    Table(
        name="changes",
        kind="derived",
        view=True,
        title_zh="发布后的变化",
        title_en="Changes after publication",
        zh="每行一次发布后的修改、撤下、移动或恢复（视图）。",
        en="One row a report that was edited, removed, moved or came back after publication (view).",
        columns=(
            _c("url", "页面", "The page"),
            _c("kind", "变化：edited、removed、moved、back", "What happened: edited, removed, moved, back"),
            _l("changed_at", "发现时间（UTC）", "When it was found (UTC)"),
            _c("body", "机关标识", "The body"),
            _c("body_name", "机关名称", "Name of the body"),
            _c("year", "报告年度", "Report year"),
            _c("title", "标题", "Title"),
            _c("before_digest", "之前的正文", "Digest of the text before"),
            _c("after_digest", "之后的正文", "Digest of the text after"),
            _l("before_capture", "之前的捕获", "Capture before"),
            _l("after_capture", "之后的捕获", "Capture after"),
        ),
    ),
)

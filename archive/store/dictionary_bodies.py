"""The data dictionary of who the bodies are, and of copied text."""

from __future__ import annotations

from archive.store.terms import Table
from archive.store.terms import column as _c
from archive.store.terms import local_column as _l

BODIES = (
    Table(
        name="roster",
        kind="journal",
        title_zh="机关名录",
        title_en="Roster of bodies",
        zh="每行名录中的一个机关，由人以 CSV 导入；优先于从栏目和年报得知的内容。",
        en="One row a body of an imported roster (CSV); it goes before what columns and reports say.",
        columns=(
            _c("body", "机关标识", "The body"),
            _c("name", "名称", "Name"),
            _c("region_code", "行政区划代码", "Region code (GB/T 2260)"),
            _c("level", "层级", "Level"),
            _c("parent", "上级机关（原文）", "Its parent, as the roster names it"),
            _c("valid_from", "启用日期", "First day of this name"),
            _c("valid_to", "停用日期", "Last day of this name"),
            _c("predecessor", "前身（原文，分号分隔）", "What it came from, as the roster names it, by semicolons"),
            _c("source", "依据", "Where the roster has it from"),
            _l("imported_at", "导入时间（UTC）", "When it was imported (UTC)"),
        ),
    ),
    Table(
        name="successions",
        kind="derived",
        title_zh="机关沿革",
        title_en="Successions of bodies",
        zh="每行一个机关及其前身（更名、合并）；跨年勾稽据此相接。",
        en="A body and one that it came from (renamed, merged): checks across years follow it.",
        columns=(
            _c("body", "机关标识", "The body"),
            _c("predecessor", "前身机关标识", "The body it came from"),
        ),
    ),
    Table(
        name="listing_captures",
        kind="journal",
        title_zh="列表捕获",
        title_en="Captures of listings",
        zh="每行一次运行中读取某栏目列表所用的一个捕获；“缺失”以此为证。",
        en="One row a capture that a column's listing was read from in a run: the proof of “missing”.",
        columns=(
            _l("run", "运行编号", "The run"),
            _c("section", "栏目", "The column"),
            _l("capture", "捕获编号", "The capture"),
        ),
    ),
    Table(
        name="copies",
        kind="derived",
        view=True,
        title_zh="抄录",
        title_en="Copied text",
        zh="每行两份采用的年报及前者见于后者的比例：同一机关的不同年度，或不同机关（视图）；"
        "百份以上年报皆有的套话不足以说明谁抄录谁。",
        en="Two chosen reports and how much of the first stands in the second: other years, or other bodies (view). "
        "Passages of more than a hundred reports do not tell who copied whom.",
        columns=(
            _c("body", "机关标识", "The body"),
            _c("body_name", "机关名称", "Name of the body"),
            _c("year", "报告年度", "Report year"),
            _c("other_body", "另一机关标识", "The other body"),
            _c("other_name", "另一机关名称", "Name of the other body"),
            _c("other_year", "另一报告年度", "Report year of the other"),
            _c(
                "relation",
                "year：同一机关的年度之间；body：机关之间",
                "year: years of one body; body: between two bodies",
            ),
            _c("share", "前者见于后者的比例（0–1）", "Share of the report's text that stands in the other (0 to 1)"),
            _c("resemblance", "相似度（Jaccard，0–1）", "Resemblance (Jaccard, 0 to 1)"),
            _c("url", "报告页面", "Page of the report"),
            _c("other_url", "另一报告页面", "Page of the other report"),
        ),
    ),
    Table(
        name="similar_bands",
        kind="internal",
        title_zh="相似文本索引",
        title_en="Index of similar texts",
        zh="每行一份文本的一个散列带；相似的文本相遇于此。",
        en="One row a band of a text's sketch: texts that resemble each other meet in one.",
        columns=(
            _l("band", "散列带", "The band"),
            _l("document", "文本编号", "The text"),
        ),
    ),
    Table(
        name="similar_marks",
        kind="internal",
        title_zh="已比对文本",
        title_en="Texts compared",
        zh="每行一份已比对的文本，及比对时它是哪些机关年度的年报。",
        en="One row a text that was compared, and whose report it was then.",
        columns=(
            _l("document", "文本编号", "The text"),
            _c("text_digest", "文本", "The text"),
            _c("rules", "比对方法版本", "Version of the way of counting"),
            _c("places", "机关与年度", "Bodies and years whose report it is"),
            _c("bands", "散列带（64 位整数）", "Its bands (integers of 64 bits)"),
        ),
    ),
)

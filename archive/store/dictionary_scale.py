"""The data dictionary of what keeps a large archive fast: the index of titles and the summaries."""

from __future__ import annotations

from archive.store.terms import Table
from archive.store.terms import column as _c
from archive.store.terms import local_column as _l

SCALE = (
    Table(
        name="audit_counts",
        kind="internal",
        title_zh="核查计数",
        title_en="Counts of the audit",
        zh="各县各核查规则的通过、未通过与无法核查次数（只计所采用的年报），由触发器维护。",
        en="How often each rule failed, passed or could not be assessed in each county, kept by triggers.",
        columns=(
            _c("province", "省级行政区", "Province"),
            _c("city", "地级行政区", "Prefecture-level city"),
            _c("county", "县级行政区", "County or district"),
            _c("rule", "规则", "The rule"),
            _c("failed", "未通过次数", "Failed, unless a person rejected the finding"),
            _c("passed", "通过次数", "Passed"),
            _c("not_assessable", "无法核查次数", "Could not be assessed"),
        ),
    ),
    Table(
        name="shelves",
        kind="internal",
        title_zh="文书归类",
        title_en="Shelves",
        zh="每份正文属于哪一年、哪一机关，供检索分面计数，由触发器维护。",
        en="Which years and bodies each text belongs to, for the facets of the search, kept by triggers.",
        columns=(
            _l("document", "文书编号", "The document"),
            _c("year", "报告年度；0 为不明", "Report year; 0: unknown"),
            _c("body", "机关标识；空为不明", "The body; empty: unknown"),
        ),
    ),
    Table(
        name="edits",
        kind="internal",
        title_zh="修改时间",
        title_en="When pages were edited",
        zh="每个非首版的版本始于何时，供按时间列出修改，由触发器维护。",
        en="When each version that followed another began, for the list of changes, kept by triggers.",
        columns=(
            _c("changed_at", "该版本首见时间", "When the version was first seen"),
            _c("page", "页面", "The page"),
        ),
    ),
    Table(
        name="report_counts",
        kind="internal",
        title_zh="年报计数",
        title_en="Counts of reports",
        zh="各年度各采用状态的年报数，由触发器维护。",
        en="How many reports of each year have which standing, kept by triggers.",
        columns=(
            _c("standing", "采用状态", "The standing"),
            _c("year", "报告年度；0 为不明", "Report year; 0: unknown"),
            _c("reports", "年报数", "Reports"),
        ),
    ),
    Table(
        name="capture_counts",
        kind="internal",
        title_zh="存档计数",
        title_en="Counts of captures",
        zh="每次运行所存各类文件的数目与字节数，由触发器维护。",
        en="How many captures of each media type each run stored, and their bytes, kept by triggers.",
        columns=(
            _l("run", "运行编号；0 为无", "The run; 0: none"),
            _c("media_type", "媒体类型", "Media type"),
            _c("captures", "存档数", "Captures"),
            _c("bytes", "在 WARC 中的字节数", "Bytes in the WARCs"),
        ),
    ),
    Table(
        name="site_counts",
        kind="internal",
        title_zh="网站页面数",
        title_en="Pages of each portal",
        zh="各网站的页面数，由触发器维护。",
        en="How many pages of each portal are known, kept by triggers.",
        columns=(
            _c("site", "网站；空为不明", "The portal; empty: unknown"),
            _c("pages", "页面数", "Pages"),
        ),
    ),
    Table(
        name="site_days",
        kind="internal",
        title_zh="网站发布日",
        title_en="Days of publication",
        zh="各网站有页面发布的日期及与前一发布日的间隔，由触发器维护。",
        en="The days on which each portal published, and how long it was silent before, kept by triggers.",
        columns=(
            _c("site", "网站", "The portal"),
            _c("day", "发布日期", "The day"),
            _c("pages", "当日发布的页面数", "Pages of that day"),
            _c("gap", "距前一发布日的天数；首日为空", "Days since the one before; empty: the first"),
        ),
    ),
    Table(
        name="similar_waiting",
        kind="internal",
        title_zh="待比对正文",
        title_en="Texts to compare",
        zh="自上次比对以来其年报有变化的正文，由触发器维护。",
        en="Texts whose reports changed since copied text was last compared, kept by triggers.",
        columns=(_c("text_digest", "正文摘要", "Digest of the text"),),
    ),
    Table(
        name="bodies_waiting",
        kind="internal",
        title_zh="待定机关",
        title_en="Bodies to settle",
        zh="自上次确定上下级与前身以来可能有变化的机关名称，由触发器维护。",
        en="Bodies that may stand elsewhere since parents and predecessors were last settled, kept by triggers.",
        columns=(
            _c("region_code", "行政区划代码", "Region code"),
            _c("name", "名称", "The name"),
            _c("governs", "是否为该区划的政府层级", "Whether it is of the level that governs the region"),
        ),
    ),
    Table(
        name="titles_fts",
        kind="derived",
        title_zh="标题索引",
        title_en="Title index",
        zh="标题的全文索引，支持一个字以上的任意中文词。",
        en="Full text index of the titles, for Chinese words of any length.",
        columns=(_c("title", "标题的影子文本", "Shadow text: pairs of adjacent characters"),),
    ),
    Table(
        name="titles_segmented",
        kind="internal",
        view=True,
        title_zh="分字标题",
        title_en="Segmented titles",
        zh="标题索引读取的影子文本（视图）。",
        en="The shadow text the title index reads (view).",
        columns=(
            _l("id", "编号", "Number"),
            _c("title", "影子文本", "Shadow text"),
        ),
    ),
)

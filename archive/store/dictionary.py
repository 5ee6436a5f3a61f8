"""The data dictionary: what every table, view and column means, in Chinese and English.

Kinds: *evidence index* rows point into the WARCs; *derived* rows can be made again from them;
*journal* rows cannot, and are also lines of `journal.jsonl`; *internal* ones are the archive's own.
A test proves that schema and dictionary are the same; the web plugin shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["evidence index", "derived", "journal", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `local` ones (times, run and row ids, places in WARCs) differ between archives that
    say the same; the logical dump leaves them out."""

    name: str
    zh: str
    en: str
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table or view."""

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    view: bool = False

    def column(self, name: str) -> Column | None:
        """The column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)


def _c(name: str, zh: str, en: str) -> Column:
    return Column(name=name, zh=zh, en=en)


def _l(name: str, zh: str, en: str) -> Column:
    return Column(name=name, zh=zh, en=en, local=True)


#: The claims that `pages` and `documents` share.
_CLAIMS = (
    _c("issuer", "发文机关（发布机构），原文所称", "Issuer (发文机关) as the page names it"),
    _c("index_number", "索引号", "Index number (索引号) of the disclosure catalogue"),
    _c("document_number", "文号", "Document number (文号)"),
    _c("disclosure_mode", "公开方式", "Mode of disclosure (公开方式)"),
    _c("published_at", "发布时间（+08:00）或发布日期", "When it was published: ISO date, or time with +08:00"),
    _c("dated_on", "成文日期", "Date written on the document (成文日期)"),
)

_READING = (
    _c("family", "读取此页的网站系统类别或文件格式", "Family or file format that read it"),
    _c("reader_version", "读取程序版本", "Version of the reading code"),
)

_LIST = (
    Table(
        name="sites",
        kind="derived",
        title_zh="门户网站",
        title_en="Portals",
        zh="每行一个政府门户网站；内容来自门户定义文件。",
        en="One row a government portal, as its definition file states it.",
        columns=(
            _c("id", "门户标识", "Id of the portal"),
            _c("name", "门户名称", "Name of the portal"),
            _c("home", "首页地址", "Address of the home page"),
            _c("family", "网站系统类别", "Family: the CMS behind the portal"),
            _c("site_id_code", "政府网站标识码", "SiteIDCode: the ten-digit code of a government site"),
            _c("region_code", "行政区划代码（GB/T 2260）", "Region code (GB/T 2260)"),
            _c("province", "省级行政区", "Province"),
            _c("city", "地级行政区", "Prefecture-level city"),
            _c("county", "县级行政区", "County or district"),
            _c(
                "verified",
                "人工核实的首日；空为未核实",
                "First verified live night (China date); empty: none",
            ),
            _c("tls", "TLS 要求：strict 或 legacy", "TLS demanded: strict or legacy"),
            _c("verify", "是否验证证书（1 是，0 否）", "Whether certificates are verified (1 yes, 0 no)"),
            _c("why", "放宽 TLS 或证书验证的理由", "Why TLS or verification is relaxed"),
            _c("hosts", "允许抓取的主机（JSON）", "Hosts in scope (JSON list)"),
        ),
    ),
    Table(
        name="sections",
        kind="derived",
        title_zh="栏目",
        title_en="Sections",
        zh="每行一个门户的一个栏目（或栏目中一个机关的年报）。",
        en="One row a column (栏目) of a portal, or one body's reports within it.",
        columns=(
            _c("id", "栏目标识：门户/键", "Id: portal/key"),
            _c("site", "所属门户", "Its portal"),
            _c("key", "栏目键", "Key within the portal"),
            _c("name", "栏目名称", "Name of the column"),
            _c("url", "栏目地址", "Address of the listing"),
            _c("family", "读取此栏目的网站系统类别", "Family that reads it"),
            _c("body", "栏目所属机关；空为多机关", "Body whose reports stand here; empty: many bodies"),
            _c("region_code", "行政区划代码", "Region code"),
            _c("min_refs", "完整列表至少应有的条目数", "Least number of entries of a complete listing"),
            _c("max_pages", "最多翻页数", "Most listing pages read"),
            _c("encoding", "强制编码；空为自动", "Encoding forced; empty: detected"),
            _c("options", "类别参数（JSON）", "Options of the family (JSON)"),
            _c("rules", "有截止日期的旧读取规则（JSON）", "Earlier rules with their last day (JSON)"),
        ),
    ),
    Table(
        name="runs",
        kind="journal",
        title_zh="运行记录",
        title_en="Runs",
        zh="每行一次运行：一夜抓取、单页抓取、导入或重建。",
        en="One row a run: a crawl of one night, a fetch, an import or a rebuild.",
        columns=(
            _l("id", "运行编号", "Number of the run"),
            _c("kind", "类型：crawl、fetch、import、rebuild", "Kind: crawl, fetch, import, rebuild"),
            _c("scope", "范围：门户或地址", "Scope: portals, address or files"),
            _l("software", "软件版本", "Software and version"),
            _c("reader_version", "读取程序版本", "Version of the reading code"),
            _l("started_at", "开始时间（UTC）", "When it started (UTC)"),
            _l("finished_at", "结束时间（UTC）；空为未完成", "When it finished (UTC); empty: unfinished"),
        ),
    ),
    Table(
        name="run_sites",
        kind="journal",
        title_zh="运行中的门户",
        title_en="Portals of a run",
        zh="每行一次运行中一个门户的结果计数。",
        en="One row a portal in a run: what was found, as counts.",
        columns=(
            _l("run", "运行编号", "The run"),
            _c("site", "门户", "The portal; empty: none of the known ones"),
            _c("new", "新页面数", "Pages read for the first time"),
            _c("changed", "正文有变化的页面数", "Pages whose text changed"),
            _c("unchanged", "无变化的页面数", "Pages that say what they said"),
            _c("gone_candidates", "回答“不存在”的已知页面数", "Known pages that answered that they are not there"),
            _c("walls", "遇到拦截的请求数", "Requests that met a wall"),
            _c("duplicates", "首次出现时正文已见于他处的页面数", "New pages whose text stood elsewhere already"),
            _c("problems", "问题数（不含拦截）", "Problems, walls apart"),
            _c("requests", "保存的 HTTP 交换数", "HTTP exchanges kept"),
            _c("bytes", "收到的正文字节数", "Bytes of payload received"),
            _c("complete", "全部列表是否读完（1 是）", "Whether every listing was read to its end (1 yes)"),
        ),
    ),
    Table(
        name="listings",
        kind="journal",
        title_zh="列表",
        title_en="Listings",
        zh="每行一次运行中一个栏目列表的状况；缺失判断以此为据。",
        en="One row a section's listing in a run: what conclusions about missing pages rest on.",
        columns=(
            _l("run", "运行编号", "The run"),
            _c("section", "栏目", "The section"),
            _c("refs", "列表条目数", "Entries the listing carried"),
            _c("missing", "从前有、此次没有的页面数", "Pages it carried before and not now"),
            _c("complete", "列表是否完整（1 是）", "Whether it was complete (1 yes)"),
            _l("listed_at", "读取时间（UTC）", "When it was read (UTC)"),
        ),
    ),
    Table(
        name="problems",
        kind="journal",
        title_zh="问题",
        title_en="Problems",
        zh="每行一个问题及其证据。",
        en="One row a thing that went wrong, with its class and evidence.",
        columns=(
            _l("id", "编号", "Number"),
            _l("run", "运行编号", "The run"),
            _c("site", "门户", "The portal"),
            _c("section", "栏目键", "Key of the section"),
            _c("url", "地址", "Address"),
            _c("kind", "类别：drift、wall:…、absent、unreadable 等", "Class: drift, wall:…, absent, unreadable, …"),
            _c("message", "说明", "What happened"),
            _c("evidence", "证据摘录", "What shows it, cut to 2,000 characters"),
            _l("capture", "相关捕获", "The capture that shows it"),
            _l("occurred_at", "发生时间（UTC）", "When (UTC)"),
        ),
    ),
    Table(
        name="captures",
        kind="evidence index",
        title_zh="捕获",
        title_en="Captures",
        zh="每行一次应答的原始字节在 WARC 文件中的位置。",
        en="One row a response at one moment, byte for byte in a WARC file.",
        columns=(
            _l("id", "捕获编号", "Number of the capture"),
            _c("url", "应答的地址", "Address that answered"),
            _c("method", "请求方法", "Request method"),
            _l("fetched_at", "抓取时间（UTC）", "When it was fetched (UTC)"),
            _c("status", "HTTP 状态码", "HTTP status"),
            _c("media_type", "声明的媒体类型", "Media type declared"),
            _c("payload_digest", "载荷摘要（sha1，Base32）", "Payload digest (sha1, base 32)"),
            _c("payload_length", "收到的载荷字节数", "Bytes of payload received"),
            _l("warc_file", "WARC 文件名", "WARC file"),
            _l("warc_offset", "记录在文件中的偏移", "Offset of the record"),
            _l("warc_length", "压缩记录的长度", "Length of the compressed record"),
            _l("record_id", "WARC 记录标识", "WARC-Record-ID"),
            _c("etag", "ETag", "ETag"),
            _c("last_modified", "Last-Modified", "Last-Modified"),
            _l("revisit_of", "载荷所在的捕获（重访）", "Capture that holds the payload, for a revisit"),
            _c("tls_verified", "证书是否通过验证（1 是）", "Whether the certificate was verified (1 yes)"),
            _c("truncated", "是否因过大被截断（1 是）", "Whether it was cut for its size (1 yes)"),
            _l("run", "运行编号", "The run"),
            _c("site", "门户", "The portal"),
        ),
    ),
    Table(
        name="pages",
        kind="derived",
        title_zh="页面",
        title_en="Pages",
        zh="每行一个文档（或附件）的地址及该页自己的说法；状态来自日志。",
        en="One row an address of a document or attachment, with its own claims; states come from the journal.",
        columns=(
            _c("url", "规范地址", "Canonical address"),
            _c("site", "门户", "The portal; empty: none of the known ones"),
            _c("section", "栏目", "The section"),
            _c("parent_page", "附件所属页面", "For an attachment: its page"),
            _c("title", "标题", "Title"),
            *_CLAIMS,
            _c("listed_title", "列表中的标题", "Title in the listing"),
            _c("listed_on", "列表中的日期", "Date in the listing"),
            _c("breadcrumb", "位置导航（JSON）", "Breadcrumb (JSON list)"),
            _c("provenance", "各字段的出处（JSON）", "Where each field came from (JSON)"),
            _c("media_type", "媒体类型", "Media type"),
            _c("flags", "读取提示（JSON）", "What a reader should know (JSON list)"),
            _c(
                "state",
                "状态：present、missing（列表不再列出）、gone、back、moved",
                "State: present, missing (from its listing), gone, back, moved",
            ),
            _c("absent_nights", "连续计入的“不存在”夜数", "Complete nights it answered that it is not there"),
            _l("absent_on", "最近一次“不存在”的日期", "China date of the last of these nights"),
            _l("gone_at", "判定消失的时间（UTC）", "When it was found gone (UTC)"),
            _l("first_seen_at", "首次见到（UTC）", "First seen (UTC)"),
            _l("last_seen_at", "最近见到（UTC）", "Last seen (UTC)"),
            _l("last_fetched_at", "最近抓取（UTC）", "Last fetched (UTC)"),
            _l("last_listed_at", "最近见于列表（UTC）", "Last seen in a listing (UTC)"),
            _c("text_digest", "当前正文摘要", "Digest of its current text"),
            _l("capture", "当前读取所据的捕获", "Capture the current reading came from"),
            *_READING,
            _l("duplicate_of", "首次出现时已有相同正文的页面", "Page that carried the text before it"),
            _l("first_run", "首次出现的运行", "Run that first saw it"),
        ),
    ),
    Table(
        name="documents",
        kind="derived",
        title_zh="文档",
        title_en="Documents",
        zh="每行一个不同的正文，不论出现在多少个地址；元数据取自首选页面。",
        en="One row a distinct text, wherever it stands; metadata of its preferred page.",
        columns=(
            _l("id", "编号", "Number"),
            _c("text_digest", "正文摘要", "Digest of the text"),
            _c("title", "标题", "Title"),
            _c("chars", "字数", "Length in characters"),
            _c("url", "首选页面", "Preferred page: first seen, then lowest address"),
            *_CLAIMS,
            _c("media_type", "媒体类型", "Media type"),
            _c("flags", "读取提示（JSON）", "What a reader should know (JSON list)"),
            _c("provenance", "各字段的出处（JSON）", "Where each field came from (JSON)"),
            _c("reader_version", "读取程序版本", "Version of the reading code"),
        ),
    ),
    Table(
        name="document_texts",
        kind="derived",
        title_zh="正文",
        title_en="Texts",
        zh="文档的正文，与列表分开存放。",
        en="The texts of the documents, apart from the listing table.",
        columns=(
            _l("id", "编号（同 documents.id）", "Number (that of `documents`)"),
            _c("text_digest", "正文摘要", "Digest of the text"),
            _c("text", "正文", "The text"),
        ),
    ),
    Table(
        name="versions",
        kind="derived",
        title_zh="版本",
        title_en="Versions",
        zh="每行一个页面在一段时间内的正文。",
        en="One row a text that a page carried, from when to when.",
        columns=(
            _c("page", "页面", "The page"),
            _l("from_at", "首次见到此正文（UTC）", "When it was first seen with it (UTC)"),
            _l("to_at", "最近见到此正文（UTC）", "When it was last seen with it (UTC)"),
            _c("text_digest", "正文摘要", "Digest of the text"),
            _l("capture", "所据捕获", "Capture that showed it"),
            _c("reader_version", "读取程序版本", "Version of the reading code"),
        ),
    ),
    Table(
        name="bodies",
        kind="derived",
        title_zh="行政机关",
        title_en="Bodies",
        zh="每行一个发布年报的机关；标识稳定，名称可重复。",
        en="One row a public body: a stable id; names repeat across China.",
        columns=(
            _c("id", "机关标识", "Id, opaque and stable"),
            _c("name", "名称", "Name"),
            _c("level", "层级", "Level"),
            _c("region_code", "行政区划代码", "Region code"),
            _c("province", "省级行政区", "Province"),
            _c("city", "地级行政区", "Prefecture-level city"),
            _c("county", "县级行政区", "County or district"),
            _c("parent_id", "上级机关", "Its parent body"),
            _c("valid_from", "启用日期", "First day of this name"),
            _c("valid_to", "停用日期", "Last day of this name"),
        ),
    ),
    Table(
        name="reports",
        kind="derived",
        title_zh="年度报告",
        title_en="Reports",
        zh="每行一个经判别的页面文本；只有 kind 为 report 的计入统计。",
        en="One row a judged text of a page; only those of kind `report` are counted.",
        columns=(
            _l("id", "编号", "Number"),
            _c("page", "页面", "The page"),
            _c("text_digest", "正文摘要", "Digest of the text that was judged"),
            _l("capture", "所据捕获", "Capture it was read from"),
            _c("kind", "类别：report、template、clone 或相邻文种", "Kind: report, template, clone, or a neighbour"),
            _c("score", "判别得分（0–1）", "Score of the judgement (0 to 1)"),
            _c("reasons", "判别理由（JSON）", "Its reasons (JSON list)"),
            _c("body", "机关标识", "The body"),
            _c("body_name", "文中机关名称", "Name of the body in the document"),
            _c("body_source", "机关名称出处", "Where the name came from"),
            _c("year", "报告年度", "Report year"),
            _c("year_source", "年度出处", "Where the year came from"),
            _c("title", "报告标题", "Title of the report"),
            _c("regime", "格式：R2008、R2014S、R2019、R2021、NARR", "Form: R2008, R2014S, R2019, R2021, NARR"),
            _c("edition", "版本说明（如更正）", "Edition (for example a correction)"),
            _c(
                "standing",
                "地位：chosen、edition、superseded、unidentified；空为非年报",
                "Standing: chosen, edition, superseded, unidentified; empty: no report",
            ),
            _c("scope", "口径：own、consolidated、unknown", "Scope: own, consolidated, unknown"),
            _c("tables_status", "统计表状况", "State of the statutory tables"),
            _c("notes", "附注（JSON）", "Notes (JSON list)"),
            *_READING,
        ),
    ),
    Table(
        name="latest",
        kind="derived",
        view=True,
        title_zh="最新年报",
        title_en="Latest reports",
        zh="最新发布的年度报告（视图）。",
        en="Reports, the newest published first (view).",
        columns=(
            _c("body", "机关标识", "The body"),
            _c("body_name", "机关名称", "Name of the body"),
            _c("year", "报告年度", "Report year"),
            _c("title", "标题", "Title"),
            _c("level", "层级", "Level"),
            _c("province", "省级行政区", "Province"),
            _c("city", "地级行政区", "Prefecture-level city"),
            _c("county", "县级行政区", "County or district"),
            _c("published_at", "发布时间", "When it was published"),
            _c("issuer", "发文机关", "Issuer"),
            _c("regime", "格式", "Form"),
            _c("tables_status", "统计表状况", "State of the statutory tables"),
            _l("first_seen_at", "首次见到（UTC）", "First seen (UTC)"),
            _c("url", "页面", "The page"),
            _c("text_digest", "正文摘要", "Digest of the text"),
        ),
    ),
    Table(
        name="documents_fts",
        kind="derived",
        title_zh="全文索引",
        title_en="Full text index",
        zh="正文的全文索引，支持一个字以上的任意中文词。",
        en="Full text index of the texts, for Chinese words of any length.",
        columns=(_c("text", "正文的影子文本", "Shadow text: pairs of adjacent characters"),),
    ),
    Table(
        name="documents_segmented",
        kind="internal",
        view=True,
        title_zh="分字正文",
        title_en="Segmented texts",
        zh="全文索引读取的影子文本（视图）。",
        en="The shadow text the full text index reads (view).",
        columns=(
            _l("id", "编号", "Number"),
            _c("text", "影子文本", "Shadow text"),
        ),
    ),
    Table(
        name="archive_info",
        kind="internal",
        title_zh="档案信息",
        title_en="About the archive",
        zh="档案自身的标识等。",
        en="The archive's own id and such.",
        columns=(_l("key", "键", "Key"), _l("value", "值", "Value")),
    ),
    Table(
        name="frontier",
        kind="internal",
        title_zh="待抓取",
        title_en="Frontier",
        zh="运行中尚待抓取的请求及其结果。",
        en="What a run still wants to fetch, and how each wish ended.",
        columns=(
            _l("id", "编号", "Number"),
            _l("run", "运行编号", "The run"),
            _l("site", "门户", "The portal"),
            _l("section", "栏目键", "Key of the section"),
            _l("role", "角色：listing、page、attachment", "Role: listing, page, attachment"),
            _l("url", "地址", "Address"),
            _l("identity", "请求的同一性", "What makes two wishes one"),
            _l("wish", "请求内容（JSON）", "The request (JSON)"),
            _l("priority", "优先级（小者先）", "Priority, lowest first"),
            _l("reason", "缘由", "Why"),
            _l("outcome", "结果；空为未了", "How it ended; empty: open"),
            _l("note", "附注", "Note"),
        ),
    ),
    Table(
        name="listed",
        kind="internal",
        title_zh="本次列出",
        title_en="Listed tonight",
        zh="运行中列表列出的地址。",
        en="Addresses the listings of a run carried.",
        columns=(_l("run", "运行编号", "The run"), _l("section", "栏目", "The section"), _l("url", "地址", "Address")),
    ),
    Table(
        name="absent",
        kind="internal",
        title_zh="本次不存在",
        title_en="Absent tonight",
        zh="运行中回答“不存在”的已知页面。",
        en="Known pages that answered in a run that they are not there.",
        columns=(_l("run", "运行编号", "The run"), _l("url", "地址", "Address")),
    ),
    Table(
        name="journal",
        kind="internal",
        title_zh="日志发件箱",
        title_en="Journal outbox",
        zh="尚待写入 journal.jsonl 的日志行。",
        en="Lines on their way into journal.jsonl.",
        columns=(
            _l("id", "行号", "Number of the line"),
            _l("recorded_at", "记录时间（UTC）", "When it was recorded (UTC)"),
            _l("kind", "类别", "Kind of event"),
            _l("data", "内容（JSON）", "The event (JSON)"),
        ),
    ),
    Table(
        name="warc_files",
        kind="internal",
        title_zh="WARC 文件",
        title_en="WARC files",
        zh="本档案写过的 WARC 文件及已确认的长度。",
        en="WARC files this archive wrote, and how much of each is committed.",
        columns=(
            _l("file", "文件名", "File name"),
            _l("length", "已确认的长度", "Committed length in bytes"),
            _l("created_at", "建立时间（UTC）", "When it was begun (UTC)"),
        ),
    ),
)

#: Every table and view by name.
TABLES: Mapping[str, Table] = {table.name: table for table in _LIST}

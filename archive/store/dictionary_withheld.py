"""The data dictionary of what must not be shown."""

from __future__ import annotations

from archive.store.terms import Table
from archive.store.terms import column as _c
from archive.store.terms import local_column as _l

WITHHELD = (
    Table(
        name="withheld",
        kind="journal",
        title_zh="不予展示",
        title_en="Withheld",
        zh="每行一个不予展示的地址或摘要及其理由；其内容不在任何表、索引或导出中。",
        en="One row an address or digest that is not shown, and why; its content is in no table, index or export.",
        columns=(
            _c("target", "规范地址，或载荷摘要 sha1:…，或正文摘要 sha256:…", "Canonical address, or digest"),
            _c("kind", "对象：url、payload、text", "What it is: url, payload, text"),
            _c("reason", "理由", "Why"),
            _c("decided_by", "决定人", "Who decided"),
            _l("withheld_at", "时间（UTC）", "Since when (UTC)"),
            _l("purged_at", "自 WARC 清除的时间（UTC）", "When its bytes were purged (UTC)"),
            _l(
                "released_at",
                "恢复展示的时间（UTC）；空为仍不展示",
                "When it was released (UTC); empty: still withheld",
            ),
        ),
    ),
    Table(
        name="withheld_captures",
        kind="internal",
        title_zh="不予展示的捕获",
        title_en="Withheld captures",
        zh="哪些捕获因哪个对象而不予展示。",
        en="Which capture is hidden by which target.",
        columns=(_l("capture", "捕获编号", "The capture"), _l("target", "对象", "The target")),
    ),
    Table(
        name="withheld_reports",
        kind="internal",
        title_zh="不予展示的年报",
        title_en="Withheld reports",
        zh="哪些机关哪一年的年报不予展示，因此不得称其缺失。",
        en="Whose report of which year is withheld, so that nobody calls it missing.",
        columns=(
            _l("target", "对象", "The target"),
            _l("body", "机关标识", "The body"),
            _l("year", "报告年度", "Report year"),
        ),
    ),
    Table(
        name="purged_files",
        kind="internal",
        title_zh="已替换的 WARC 文件",
        title_en="Replaced WARC files",
        zh="清除内容时被替换的 WARC 文件及其后继。",
        en="WARC files that a purge replaced, and by what.",
        columns=(_l("file", "文件名", "File name"), _l("successor", "后继文件", "The file in its place")),
    ),
)

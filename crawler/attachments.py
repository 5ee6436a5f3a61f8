"""Which files of a page are worth asking for. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from archive.reports.model import Report
from archive.reports.titles import REPORT_TITLE
from archive.reports.wording import tight
from sites.model import Extracted, Link
from sites.reading.urls import canonical, in_scope

#: Formats that can hold a report or its tables.
ATTACHMENT_KINDS = frozenset({"pdf", "doc", "docx", "xls", "xlsx", "rtf", "wps", "ofd", "zip"})


def may_hold_report(extracted: Extracted, report: Report) -> bool:
    """Whether a page's files may be (part of) a report: it is one, or it is called one and says too little
    itself to be judged (「详见附件」)."""
    title = tight(report.title or extracted.title)
    return report.kind == "report" or (report.kind == "other" and REPORT_TITLE.search(title) is not None)


def worth_fetching(extracted: Extracted, hosts: Sequence[str]) -> list[Link]:
    """The files a page links to that may be part of its report: of a kind that holds one, at the portal,
    none twice. Members of a ZIP have no address and are none."""
    chosen: dict[str, Link] = {}
    for link in extracted.attachments:
        if link.url and link.kind in ATTACHMENT_KINDS and in_scope(link.url, hosts):
            chosen.setdefault(canonical(link.url), link)
    return list(chosen.values())

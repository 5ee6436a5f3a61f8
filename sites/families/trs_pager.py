"""What the script of a TRS column says of its further pages (portals.md §5 E)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sites.families import paging
from sites.model import Page, Request
from sites.reading.urls import resolve

# Pagers are short scripts; libraries pasted into a page are not looked through.
_SCRIPT: Final = 100_000

_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*", re.M)
# A digit must follow the bracket: the definition `function createPageHTML(_nPageCount, …)` comes first.
_CALL = re.compile(
    r"createPage(?:HTML)?\(\s*(?:['\"](?P<holder>[A-Za-z][\w-]{0,40})['\"]\s*,\s*)?['\"]?(?P<pages>\d{1,5})['\"]?\s*,\s*['\"]?(?P<index>\d{1,5})['\"]?\s*,"
    r"\s*['\"](?P<stem>[\w-]+)['\"]\s*,\s*['\"](?P<extension>\w+)['\"](?:\s*,\s*['\"]?(?P<total>\d{1,7}))?",
    re.I,
)
_COUNT = re.compile(r"\bcountPage\s*=\s*['\"]?(\d{1,5})")
_CURRENT = re.compile(r"\bcurrentPage\s*=\s*['\"]?(\d{1,5})")
_RECORDS = re.compile(r"\b(?:recordCount|recordTotal|totalCount|totalRecords?)\s*[:=]\s*['\"]?(\d{1,7})")
_INTERFACE = re.compile(r"\blistUrl\s*[:=]\s*['\"]([^'\"]{2,300})['\"]")
_CHANNEL = re.compile(r"\bchannelid\s*[:=]\s*['\"]?(\d{1,12})|\bsearchId\s*[:=]\s*['\"]?(\d{1,12})")
_SCOPE = re.compile(r"\bclasssql\s*:\s*(?:['\"]{2}\s*\|\|\s*)?['\"]([^'\"]{1,200})['\"]")
_PER_PAGE = re.compile(r"\bprepage\s*[:=]\s*['\"]?(\d{1,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A column of numbered static files: how many, which one this is (from 0), their name, the records if told."""

    pages: int
    index: int
    stem: str
    extension: str
    total: int | None = None
    counted_from: int = 0

    @property
    def following(self) -> str:
        """The relative address of the next file, '' on the last one. The first file has no number."""
        return (
            f"{self.stem}_{self.index + 1 + self.counted_from}.{self.extension}" if self.index + 1 < self.pages else ""
        )


def script_of(page: Page) -> str:
    """What the page's scripts say, without comments. Calls in HTML comments are old ones, left by an editor."""
    said = "\n".join(node.text(deep=True)[:_SCRIPT] for node in page.tree.css("script"))[: 4 * _SCRIPT]
    kept: list[str] = []
    while said:
        before, opened, rest = said.partition("/*")
        kept.append(before)
        said = rest.partition("*/")[2] if opened else ""
    return _LINE_COMMENT.sub("", "".join(kept))


def numbered_in(script: str, page: Page) -> Numbered | None:
    """The numbered files that `createPageHTML(28, 0, "index", "html")` or `countPage = 28` announces, or None."""
    call = _CALL.search(script)
    if call is not None:
        # With the pager's element named first, pages count from 1 and page 2 is `index_2` (unverified).
        counted_from = 1 if call["holder"] else 0
        return Numbered(
            pages=int(call["pages"]),
            index=int(call["index"]) - counted_from,
            stem=call["stem"],
            extension=call["extension"],
            total=int(call["total"]) if call["total"] else None,
            counted_from=counted_from,
        )
    count, current = _COUNT.search(script), _CURRENT.search(script)
    if count is None or current is None:
        return None
    stem, extension = posixpath.splitext(posixpath.basename(urlsplit(page.url).path))
    stem = re.sub(r"_\d+$", "", stem) or "index"
    return Numbered(pages=int(count[1]), index=int(current[1]), stem=stem, extension=extension[1:] or "html")


def records_in(script: str) -> int | None:
    """How many records the column has by its script, or None."""
    found = _RECORDS.search(script)
    return int(found[1]) if found else None


def interface_of(page: Page) -> str:
    """The list interface that the page's script names on its own host, '' when there is none."""
    found = _INTERFACE.search(page.text) if "listUrl" in page.text else None
    url = resolve(page.url, found[1]) if found else None
    return url if url and paging.same_host(url, page.url) else ""


def interface_request(interface: str, script: str, page: Page) -> Request:
    """The request for page 2 of a column that a list interface goes on with."""
    channel, scope, rows = _CHANNEL.search(script), _SCOPE.search(script), _PER_PAGE.search(script)
    query: dict[str, str | int] = {
        "channelid": (channel[1] or channel[2]) if channel else "",
        "classsql": scope[1] if scope else "",
        "prepage": int(rows[1]) if rows else 10,
        "page": 2,
    }
    return Request(url=paging.with_query(interface, **query), headers=(("Referer", page.url),), context=(("api", "1"),))

"""Records of a listing that an interface answers as JSON (or JSONP): rows, total, fields by their usual names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sites.errors import Challenged, Drift, Unreadable
from sites.families.paging import number_in
from sites.model import Page, PageRef
from sites.reading.dates import find_date, url_date
from sites.reading.flow import fold
from sites.reading.urls import resolve

Row = Mapping[str, object]

# Names seen in the interfaces of portals.md §5 B–J and in the corpus, most specific first.
TITLE_FIELDS: Final = ("realtitle", "doctitle", "docsubtitle", "title", "infotitle", "articletitle", "subject", "name")
URL_FIELDS: Final = (
    "url", "post_url", "infourl", "chnldocurl", "docpuburl", "docurl", "linkurl", "articleurl", "href", "link",
)  # fmt: skip
DATE_FIELDS: Final = (
    "publishedtimestr", "publishdate", "pubdate", "publishtime", "create_time", "trs_time", "docreltime", "infodate",
    "releasedate", "date", "time", "createdate", "builddate",
)  # fmt: skip
TOTAL_FIELDS: Final = ("total", "count", "totalcount", "totalrecord", "totalnum", "recordcount", "totalelements")
PAGE_FIELDS: Final = ("pageno", "pagenum", "pageindex", "currentpage", "pagenumber", "curpage", "rulespageno")
ID_FIELDS: Final = ("docid", "articleid", "infoid", "newsid", "contentid", "manuscriptid", "guid", "id")

_JSONP = re.compile(r"[\w$.]{0,80}\s{0,9}\(")
_THROTTLED = re.compile(r"频繁|稍后再试|too many requests", re.I)
_DEEPEST: Final = 8
#: What an answer may cost in memory, in bytes, and what an object, a list, a value and a character cost (measured: a
#: list of 10,000 records with 20 fields each takes 30 MB).
_MAX_COST, _PER_OBJECT, _PER_LIST, _PER_VALUE, _PER_CHARACTER = 40_000_000, 250, 90, 70, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of a list interface. `total` and `page` are None when it names none."""

    rows: Sequence[Row]
    total: int | None
    page: int | None


def parse_json(page: Page) -> object:
    """The JSON of an answer, out of its JSONP wrapper. Raises `Drift` when it is none, `Challenged` when it
    says that requests came too often, `Unreadable` when taking it apart would cost too much memory."""
    text = page.text.strip("\ufeff \r\n\t;")
    call = _JSONP.match(text)
    if call is not None and text.endswith(")"):
        text = text[call.end() : -1]
    objects, lists, values = text.count("{"), text.count("["), text.count(",")
    cost = objects * _PER_OBJECT + lists * _PER_LIST + values * _PER_VALUE + len(text) * _PER_CHARACTER
    if cost > _MAX_COST:
        raise Unreadable(
            f"{page.url}: {values} values in {len(text)} characters are too much to read; kept all the same"
        )
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Drift(f"{page.url} answered no JSON: {error}", evidence=text[:300]) from error
    if isinstance(data, dict) and re.search(
        r"频繁|稍后再试|too many requests", str(data.get("msg", data.get("message", "")))
    ):
        raise Challenged(f"{page.url} asks for fewer requests", wall="throttle", evidence=text[:300])
    return data


def answer_of(data: object, *, rows: str = "", total: str = "") -> Answer:
    """The records of an answer: the list in the field `rows`, else the list of objects that have most titles.

    Raises `Drift` when there is no such list.
    """
    lists = [(path, value) for path, value in _walk(data) if isinstance(value, list)]
    if rows:
        named = [value for path, value in lists if path[-1:] == (rows,)]
        if not named:
            raise Drift(f"the answer has no list called {rows!r}", evidence=str(data)[:300])
        chosen: list[object] = named[0]
    else:
        ranked = sorted(lists, key=lambda item: _titled(item[1]), reverse=True)
        if not ranked or (ranked[0][1] and not _titled(ranked[0][1])):
            raise Drift("the answer has no list of records", evidence=str(data)[:300])
        chosen = ranked[0][1]
    names = (total.lower(),) if total else TOTAL_FIELDS
    return Answer(
        rows=[row for row in chosen if isinstance(row, dict)],
        total=_counter(data, names, at_least=len(chosen)),
        page=_counter(data, PAGE_FIELDS, at_least=0),
    )


def refs_of(
    rows: Sequence[Row],
    base: str,
    *,
    near: date | None = None,
    fields: Mapping[str, str] | None = None,
    detail: str = "",
) -> tuple[PageRef, ...]:
    """The rows as refs. `fields` names `title`, `url`, `date` and `id` where they are unusual; `detail` is the
    address that an id is asked at (`<detail>?<id field>=<id>`) when rows carry no address."""
    named = fields or {}
    refs: list[PageRef] = []
    for row in rows:
        title = (text_in(row, (named["title"],)) if named.get("title") else title_in(row)).replace("\n", "")
        title = fold(re.sub(r"<[^>]{0,100}>", "", title))  # searches mark their words: <em>
        address = text_in(row, (named["url"],)) if named.get("url") else _address_in(row)
        url = resolve(base, address) if address else None
        if url is None:
            name, value = _identifier(row, named.get("id", ""))
            url = f"{detail}{'&' if '?' in detail else '?'}{name}={value}" if detail and value else None
        if url is None or not title:
            continue
        printed = text_in(row, (named["date"],)) if named.get("date") else _date_in(row)
        refs.append(PageRef(url=url, title=title, listed_on=find_date(printed, near=near) or url_date(url)))
    return tuple({ref.url: ref for ref in reversed(refs)}.values())[::-1]


def title_in(row: Row) -> str:
    """The title of a record, '' when no field looks like one."""
    return text_in(row, TITLE_FIELDS) or _guessed(row, "title")


def _address_in(row: Row) -> str:
    known = text_in(row, URL_FIELDS)
    if known:
        return known
    guessed = _guessed(row, "url", "href", "link")
    return guessed if "/" in guessed or "." in guessed else ""


def _date_in(row: Row) -> str:
    return text_in(row, DATE_FIELDS) or _guessed(row, "pub", "release", "date", "time")


def text_in(row: Row, names: Sequence[str]) -> str:
    """The first non-empty text or number among fields called `names`, whatever their case."""
    folded = {str(key).lower(): value for key, value in row.items()}
    for name in names:
        value = folded.get(name.lower())
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float | str) and str(value).strip():
            return without_surrogates(str(value)).strip()
    return ""


def _guessed(row: Row, *parts: str) -> str:
    """The first field whose name holds one of `parts`, the likeliest part first."""
    for part in parts:
        for key in row:
            if part in key.lower() and (text := text_in(row, (key,))):
                return text
    return ""


def without_surrogates(text: str) -> str:
    r"""The text without halves of characters, which JSON can write (`\ud800`) and UTF-8 cannot hold."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _identifier(row: Row, named: str) -> tuple[str, str]:
    for name in (named,) if named else ID_FIELDS:
        for key, value in row.items():
            if key.lower() == name.lower() and isinstance(value, int | str) and str(value):
                return key, str(value)
    return "", ""


def _walk(data: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, data
    if len(path) >= _DEEPEST or not isinstance(data, dict):
        return
    for key, value in data.items():
        yield from _walk(value, (*path, str(key)))


def _titled(rows: object) -> int:
    if not isinstance(rows, list):
        return 0
    return sum(1 for row in rows[:200] if isinstance(row, dict) and title_in(row))


def _counter(data: object, names: Sequence[str], *, at_least: int) -> int | None:
    for name in names:
        for path, value in _walk(data):
            if path and path[-1].lower() == name and not isinstance(value, bool):
                number = value if isinstance(value, int) else number_in(value, -1) if isinstance(value, str) else -1
                if number >= at_least:
                    return number
    return None

"""Asking Hanweb's `dataproxy.jsp` for the records after the first group (portals.md §5 A).

A window of records is asked for; a server that ignores it is asked by group number, as its own `<nextgroup>`
link does.
"""

from __future__ import annotations

import re
from typing import Final

from sites.families import paging
from sites.families.datastore import Store, Widget
from sites.model import Listing, Page, Request, Section
from sites.reading.urls import resolve

#: The column id in a column's address or in a request for its records.
COLUMN: Final = re.compile(r"/col/col(\d+)|[?&]columnid=(\d+)", re.I)


def answered(section: Section, page: Page, store: Store) -> Listing:
    """One answer of the data proxy. Groups may overlap by a look-ahead record: the window asked for, not the
    number of rows, says how far we are."""
    place = paging.place_of(page)
    context = dict(page.context)
    total = store.total if store.total is not None else place.total
    rows = paging.number_in(context["rows"], 45)
    refs = store.refs
    seen = place.before + min(len(store.refs), rows)
    if context["mode"] == "group":
        following = by_group(section, page, store.next_group or context["next_group"])
        return paging.listing(section, page, refs, following=following, total=total, seen=seen)
    ignored = not refs or paging.repeats(page, refs) or paging.begins_again(page, refs)
    if ignored and context["next_group"] and (total is None or place.before < total):
        again = by_group(section, page, context["next_group"], keep=page)
        return Listing(next=again, total=total, notes=("the data proxy ignores the record window",))
    return paging.listing(section, page, refs, following=_window(page, context, seen), total=total, seen=seen)


def first_window(section: Section, page: Page, widget: Widget, store: Store) -> Request | None:
    """The request for the records after those the column page carries, or None when it does not say how to ask."""
    parameters = dict(widget.parameters) or {
        name: value for name, value in paging.query_of(store.next_group).items() if name != "page"
    }
    proxy = resolve(page.url, widget.proxy)
    if not parameters or proxy is None or not paging.same_host(proxy, page.url):
        return None
    parameters.setdefault("appid", "1")
    rows = widget.per_page * widget.group_size
    context = {
        "mode": "window",
        "method": section.text_option("method", "POST"),
        "proxy": proxy,
        "form": paging.encode_form(parameters),
        "rows": str(rows),
        "per_page": str(widget.per_page),
        "column": section.url,
        "next_group": store.next_group,
    }
    return _window(page, context, min(len(store.refs), rows))


def _window(page: Page, context: dict[str, str], seen: int) -> Request:
    """The request for the records after the first `seen`."""
    window = f"startrecord={seen + 1}&endrecord={seen + int(context['rows'])}&perpage={context['per_page']}"
    own = tuple((name, value) for name, value in context.items() if name not in dict(paging.Place().as_context()))
    headers = (("Referer", context["column"]), ("X-Requested-With", "XMLHttpRequest"))
    if context["method"] == "GET":
        return Request(url=f"{context['proxy']}?{window}&{context['form']}", headers=headers, context=own)
    return Request(
        url=f"{context['proxy']}?{window}",
        method="POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), *headers),
        body=context["form"].encode(),
        context=own,
    )


def by_group(section: Section, page: Page, link: str, *, keep: Page | None = None) -> Request | None:
    """The request that a `<nextgroup>` link stands for, or None when it leads to another host or column."""
    url = resolve(page.url, link) if link else None
    if url is None or not paging.same_host(url, page.url):
        return None
    column, linked = COLUMN.search(section.url), paging.query_of(url).get("columnid")
    if column and linked and linked != (column[1] or column[2]):
        return None
    onward = paging.with_query(url, page=paging.number_in(paging.query_of(url).get("page", ""), 0) + 1)
    place = paging.place_of(keep).as_context() if keep else ()
    context = (*place, ("mode", "group"), ("rows", page.context_value("rows", "1000")), ("next_group", onward))
    return Request(url=url, headers=(("Referer", section.url),), context=context)

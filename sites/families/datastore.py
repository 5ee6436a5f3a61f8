"""The `<datastore>` of Hanweb's jpage plugin, on a column page or in an answer of its data proxy.

It looks like XML and is not well-formed: records hold loose HTML, some outside CDATA, and answers may
begin with blank lines. So it is read with patterns, never parsed strictly (portals.md §5 A).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape

from sites.families.paging import number_in, query_of
from sites.families.records import fragment_refs, unique
from sites.model import PageRef

_TAG = {
    name: (re.compile(rf"<{name}\b[^<>]{{0,200}}>", re.I), re.compile(rf"</{name}\s{{0,9}}>", re.I))
    for name in ("datastore", "record")
}
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_NEXT_GROUP = re.compile(r"<nextgroup\b[^<>]{0,200}>.{0,60}?href\s*=\s*[\"']([^\"']{1,2000})", re.S | re.I)
_TOTAL = re.compile(r"<totalrecord>\D{0,20}?(\d{1,7})", re.I)
_CALL = re.compile(r"(?:\$|jQuery)\(\s*['\"]#(\w+)['\"]\s*\)\.jpage\(\s*\{")
_SETTING = re.compile(r"\b(totalRecord|perPage|groupSize|proxyUrl)\s*:\s*['\"]?([^,'\"}\s]{1,300})")
_PARAM = re.compile(r"\bparam_(\w+)\s*=\s*\{([^}]{0,4000})\}")
_FIELD = re.compile(r"['\"]?(\w+)['\"]?\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([^,'\"\s}]+))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One datastore: its records as refs, the link to its next group as printed, the total it claims."""

    refs: tuple[PageRef, ...]
    next_group: str = ""
    total: int | None = None

    @property
    def unit(self) -> str:
        """The widget the store belongs to, as far as its next group says."""
        return query_of(self.next_group).get("unitid", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """One jpage list of a column page: what the plugin was told."""

    unit: str
    proxy: str = "/module/web/jpage/dataproxy.jsp"
    total: int | None = None
    per_page: int = 15
    group_size: int = 3
    parameters: Mapping[str, str] = field(default_factory=dict)


def stores(text: str, base: str, *, near: date | None = None) -> list[Store]:
    """The datastores of a text, in printed order."""
    return [_store(inner, base, near) for inner in _between(text, "datastore")]


def widgets(text: str) -> list[Widget]:
    """The jpage lists a column page sets up, each unit once."""
    parameters = {unit: _fields(block) for unit, block in _PARAM.findall(text)}
    found: dict[str, Widget] = {}
    for call in _CALL.finditer(text):
        settings: dict[str, str] = {}
        for name, value in _SETTING.findall(text[call.end() : call.end() + 3000].partition("});")[0]):
            settings.setdefault(name, value)
        known = Widget(unit=call[1])
        found.setdefault(
            call[1],
            Widget(
                unit=call[1],
                proxy=settings.get("proxyUrl", known.proxy),
                total=number_in(settings["totalRecord"], 0) if "totalRecord" in settings else None,
                per_page=number_in(settings.get("perPage", ""), known.per_page) or known.per_page,
                group_size=number_in(settings.get("groupSize", ""), known.group_size) or known.group_size,
                parameters=parameters.get(call[1], {}),
            ),
        )
    return list(found.values())


def _store(text: str, base: str, near: date | None) -> Store:
    following = _NEXT_GROUP.search(text)
    total = _TOTAL.search(text)
    refs = [
        ref for record in _between(text, "record") for ref in fragment_refs(_CDATA.sub("", record), base, near=near)[:1]
    ]
    return Store(
        refs=unique(refs),
        next_group=unescape(following[1]) if following else "",
        total=int(total[1]) if total else None,
    )


def _between(text: str, name: str) -> Iterator[str]:
    """What stands between the tags of that name. One pass, however the tags lie: a pattern over all would
    go through the rest of the page again for every tag that is never closed."""
    opens, closes = _TAG[name]
    place = 0
    while (start := opens.search(text, place)) and (end := closes.search(text, start.end())):
        yield text[start.end() : end.start()]
        place = end.end()


def _fields(block: str) -> dict[str, str]:
    return {name: single or double or bare for name, single, double, bare in _FIELD.findall(block)}

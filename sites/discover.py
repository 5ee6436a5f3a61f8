"""From a home page and a column page to a portal's TOML: the pure core of `sites add`.

`find_columns` says where annual reports may stand, `sites.detect.rank` which family a column is of,
`found_in` what its listing holds, `portal_toml` writes it down so that `registry.parse_site` accepts it.
Nothing is invented: what the pages do not say is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from sites.model import Evidence, Family, OptionValue, Page, PageRef
from sites.reading.listing import link_title
from sites.reading.urls import page_base, resolve
from sites.registry import KnownPortal

#: What columns of annual reports are called, with how sure the name alone makes us. 《政府网站发展指引》 asks
#: for the column 政府信息公开年报 on every portal (portals.md §1, §2).
NAMES: Final[tuple[tuple[str, float], ...]] = (
    (r"政府信息公开(?:工作)?(?:年报|年度报告)", 1.0),
    (r"信息公开(?:工作)?(?:年报|年度报告)", 0.9),
    (r"(?:政务|政府)公开(?:工作)?(?:年报|年度报告)", 0.8),
    (r"年报|年度报告|公开年报", 0.6),
)

_OTHER = re.compile(r"网站|报表|财务|企业|统计|预算|决算|审计|卫生|环境|法治|社会责任|工商|抽查")
_A_REPORT = re.compile(r"(?:19|20)\d{2}\s*年?度?")
_SITE_CODE = re.compile(r"(?:\d{10}|bm\d{8})")
_BODY = re.compile(
    r"^(?:关于)?(?:[《【]?)(?:(?:19|20)\d{2}年?度?)?(.{2,40}?)(?:(?:19|20)\d{2}年?度?)?(?:政府|政务)?信息公开.{0,6}(?:年度报告|年报|报告)"
)
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRef:
    """A column that may hold annual reports: where, its name, where the name stood, how sure it makes us."""

    url: str
    name: str
    source: Literal["header", "link"]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that was looked at: what it is and the family its page shows."""

    ref: ColumnRef
    evidence: Evidence
    body: str = ""
    min_refs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a listing holds by its titles: report years newest first, bodies in printed order, number of reports."""

    years: tuple[int, ...]
    bodies: tuple[str, ...]
    reports: int


def find_columns(page: Page) -> tuple[ColumnRef, ...]:
    """The columns of annual reports that a page is or links to, surest first, each address once."""
    base_node = page.tree.css_first("base[href]")
    base = page_base(page.url, base_node.attributes.get("href") if base_node is not None else None)
    found: dict[str, ColumnRef] = {}
    own = _meta(page, "ColumnName") or _meta(page, "ColumnType")
    for name in (own, _meta(page, "ColumnType")):
        score = _score(name)
        if score:
            found.setdefault(page.url, ColumnRef(url=page.url, name=name, source="header", score=score))
    for link in page.tree.css("a[href]")[:5000]:
        name = link_title(link)
        score = 0.0 if _A_REPORT.search(name) else _score(name)
        url = resolve(base, link.attributes.get("href") or "") if score else None
        if url is not None:
            known = found.get(url)
            if known is None or known.score < score:
                found[url] = ColumnRef(url=url, name=name, source="link", score=score)
    return tuple(sorted(found.values(), key=lambda column: -column.score))


def found_in(refs: Iterable[PageRef]) -> Found:
    """Years, bodies and number of reports that the titles of a listing name."""
    years: set[int] = set()
    bodies: dict[str, None] = {}
    reports = 0
    for ref in refs:
        body, year = _BODY.match(ref.title), _YEAR.search(ref.title)
        if not re.search(r"年度报告|年报", ref.title):
            continue
        reports += 1
        if year:
            years.add(int(year[1]))
        name = body[1].strip("　 《》年度") if body else ""
        if name and name not in {"政府", "政务"}:  # the 政府 of 政府信息公开, not of a body
            bodies.setdefault(name)
    return Found(years=tuple(sorted(years, reverse=True)), bodies=tuple(bodies), reports=reports)


def site_id(url: str) -> str:
    """The id of a portal from its host: `www.qinghe.gov.cn` → `qinghe`."""
    host = (urlsplit(url).hostname or "portal").lower()
    stem = re.sub(r"^www\d?\.|\.(?:gov\.cn|com\.cn|cn|com|net|org)$", "", host)
    stem = re.sub(r"\.gov$", "", stem)
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "portal"


def portal_toml(
    home: Page,
    columns: Sequence[Column],
    *,
    families: Mapping[str, Family],
    id: str = "",
    known: Iterable[KnownPortal] = (),
) -> str:
    """The TOML of a portal: facts of its home page and one section for every column. `known` is the directory;
    a row with the same host gives region code and names. The result is unverified."""
    host = urlsplit(home.url).hostname or ""
    row = next((row for row in known if urlsplit(row.home).hostname == host), None)
    code = _meta(home, "SiteIDCode")
    facts: dict[str, OptionValue] = {
        "id": id or site_id(home.url),
        "name": _meta(home, "SiteName") or _title(home) or host,
        "home": f"{urlsplit(home.url).scheme}://{urlsplit(home.url).netloc}/",
    }
    shared = {column.evidence.family for column in columns}
    if len(shared) == 1:
        facts["family"] = next(iter(shared))
    if _SITE_CODE.fullmatch(code):
        facts["site_id_code"] = code
    if row is not None:
        names = {"region_code": row.region_code, "province": row.province, "city": row.prefecture, "county": row.county}
        facts |= {name: value for name, value in names.items() if value}
    lines = ["# Written from the pages themselves; nobody has verified a night yet."]
    lines += [f"{name} = {_value(value)}" for name, value in facts.items()]
    for number, column in enumerate(columns, start=1):
        lines += ["", *_section(column, number, own_family=len(shared) > 1, families=families)]
    return "\n".join(lines) + "\n"


def _section(column: Column, number: int, *, own_family: bool, families: Mapping[str, Family]) -> list[str]:
    signs = ", ".join(column.evidence.signs)
    lines = [
        f"# {column.evidence.family} {column.evidence.score}: {_plain(signs)}",
        "[[section]]",
        f"key = {_value('nianbao' if number == 1 else f'nianbao-{number}')}",
        f"name = {_value(column.ref.name)}",
        f"url = {_value(column.ref.url)}",
    ]
    if own_family:
        lines.append(f"family = {_value(column.evidence.family)}")
    if column.body:
        lines.append(f"body = {_value(column.body)}")
    if column.min_refs != 1:
        lines.append(f"min_refs = {column.min_refs}")
    accepted = families[column.evidence.family].options
    options = {name: value for name, value in column.evidence.options.items() if name in accepted}
    if options:
        lines += ["", "[section.options]", *(f"{name} = {_value(value)}" for name, value in sorted(options.items()))]
    return lines


def _score(name: str) -> float:
    name = re.sub(r"[\s·•>＞»-]+", "", name)
    if not name or len(name) > 30 or _OTHER.search(name):
        return 0.0
    return next((score for pattern, score in NAMES if re.search(pattern, name)), 0.0)


def _meta(page: Page, name: str) -> str:
    node = page.tree.css_first(f"meta[name='{name}' i]")
    return _plain(node.attributes.get("content") or "") if node is not None else ""


def _title(page: Page) -> str:
    node = page.tree.css_first("title")
    return _plain(node.text(deep=True)) if node is not None else ""


def _plain(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _value(value: OptionValue) -> str:
    """A TOML value. JSON's strings are TOML's basic strings once control characters are gone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(_plain(value), ensure_ascii=False)

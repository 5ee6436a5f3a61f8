"""A portal from one address: what `gongkai sites add` does between the first request and the TOML.

The pages come through `ask`, so that the same code works on the live portal and on saved pages.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from crawler.errors import ConfigError, HarvestError
from sites import registry
from sites.detect import rank
from sites.discover import Column, ColumnRef, Found, find_columns, found_in, portal_toml
from sites.errors import SiteError
from sites.model import Evidence, Family, Listing, Page, PageRef, Request, Section
from sites.reading.listing import anchors
from sites.reading.urls import canonical

#: How a page comes: fetched politely, or taken from the files a person saved.
Ask = Callable[[Request], Awaitable[Page]]

#: Columns looked at on one portal, and listing pages read of each: enough to judge, few to ask.
MAX_COLUMNS = 6
MAX_LISTING_PAGES = 6

#: Records that are enough to judge a column by.
ENOUGH_REFS = 60

_WAY_IN = re.compile(r"^(?:政府)?信息公开(?:专栏|平台|网|目录)?$|^(?:政务|政府)公开$|^法定主动公开内容$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A column that was looked at: the families it resembles, and what its listing gave."""

    ref: ColumnRef
    ranked: tuple[Evidence, ...]
    column: Column | None
    section: Section | None
    listing_page: Page | None
    article_page: Page | None
    refs: tuple[PageRef, ...]
    found: Found
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A portal as far as its own pages tell: TOML for the columns that were read, and all that was looked at."""

    site_id: str
    toml: str
    looked: tuple[Looked, ...]


async def look(url: str, ask: Ask, *, families: Mapping[str, Family]) -> tuple[Page, tuple[Looked, ...]]:
    """The home page and the columns of annual reports that it leads to, each read as a night would.

    Raises the `HarvestError` or `SiteError` of the home page; a column that fails says why in `why_not`.
    """
    home = await ask(Request(url=url))
    refs = list(find_columns(home))
    if not refs:
        for way in _ways_in(home)[:3]:
            try:
                refs += find_columns(await ask(Request(url=way)))
            except (HarvestError, SiteError):
                continue  # one door of several; the column may stand behind another
    if not refs:
        refs = [ColumnRef(url=url, name=_name_of(home), source="header", score=0.1)]
    host = urlsplit(home.url).netloc
    unique = {canonical(ref.url): ref for ref in reversed(refs) if urlsplit(ref.url).netloc == host}
    ordered = sorted(unique.values(), key=lambda ref: -ref.score)[:MAX_COLUMNS]
    return home, tuple([await _look_at(ref, home, ask, families) for ref in ordered])


def draft(
    home: Page,
    looked: tuple[Looked, ...],
    *,
    families: Mapping[str, Family],
    site_id: str = "",
) -> Draft:
    """The TOML for the columns that could be read. Raises `ConfigError` when none could."""
    columns = [found.column for found in looked if found.column is not None]
    if not columns:
        reasons = "; ".join(f"{found.ref.url}: {found.why_not}" for found in looked)
        raise ConfigError(f"no column of annual reports could be read. {reasons}. Name a column's address instead")
    toml = portal_toml(home, columns, families=families, id=site_id, known=registry.directory())
    spec = registry.parse_site(toml, file="the drafted portal", families=families)
    return Draft(site_id=spec.id, toml=toml, looked=looked)


async def _look_at(ref: ColumnRef, home: Page, ask: Ask, families: Mapping[str, Family]) -> Looked:
    """One column: ranked families, the first of them that finds records on it, and an article."""
    nothing = Looked(
        ref=ref,
        ranked=(),
        column=None,
        section=None,
        listing_page=None,
        article_page=None,
        refs=(),
        found=found_in(()),
    )
    try:
        page = home if canonical(ref.url) == canonical(home.url) else await ask(Request(url=ref.url))
        page = await _inside_frame(page, ask)
    except (HarvestError, SiteError) as error:
        return replace(nothing, why_not=error.message)
    ranked = rank(page, families)
    why = "no family knows this page"
    for evidence in ranked:
        column = Column(ref=ref, evidence=evidence)
        try:
            section = _section_of(home, column, families)
            first, refs = await _read_listing(section, families[evidence.family], ask, {canonical(page.url): page})
        except (HarvestError, SiteError) as error:
            why = f"{evidence.family}: {error.message}"
            continue
        if not refs:
            why = f"{evidence.family}: its listing gave no record"
            continue
        article = None
        try:
            article = await ask(Request(url=refs[0].url, context=refs[0].context))
        except (HarvestError, SiteError) as error:
            why = f"{refs[0].url}: {error.message}"
        found = found_in(refs)
        return Looked(
            ref=ref,
            ranked=ranked,
            column=replace(column, body=found.bodies[0] if len(found.bodies) == 1 else ""),
            section=section,
            listing_page=first,
            article_page=article,
            refs=refs,
            found=found,
            why_not="" if article else why,
        )
    return replace(nothing, ranked=ranked, why_not=why)


async def _read_listing(
    section: Section, family: Family, ask: Ask, at_hand: Mapping[str, Page]
) -> tuple[Page, tuple[PageRef, ...]]:
    """The first listing page that names records, and the records of the first few pages."""
    request: Request | None = family.start(section)
    first: Page | None = None
    refs: dict[str, PageRef] = {}
    for _ in range(MAX_LISTING_PAGES):
        if request is None:
            break
        page = at_hand.get(canonical(request.url)) if request.method == "GET" and not request.context else None
        if page is None:
            try:
                page = replace(await ask(request), context=request.context)
            except (HarvestError, SiteError):
                if refs:
                    break  # what was read is enough to judge by
                raise
        listing: Listing = family.listing(section, page)
        if first is None or not refs:
            first = page
        for ref in listing.refs:
            refs.setdefault(canonical(ref.url), ref)
        request = listing.next if len(refs) < ENOUGH_REFS else None
    assert first is not None, "a family always starts somewhere"
    return first, tuple(refs.values())


def _section_of(home: Page, column: Column, families: Mapping[str, Family]) -> Section:
    toml = portal_toml(home, [column], families=families)
    return registry.parse_site(toml, file="the drafted portal", families=families).sections[0]


async def _inside_frame(page: Page, ask: Ask) -> Page:
    """The page, or what its one same-host frame shows when the page itself is a shell without links."""
    frames = [node.attributes.get("src") or "" for node in page.tree.css("iframe[src]")]
    own = [frame for frame in frames if frame and urlsplit(frame).netloc in {"", urlsplit(page.url).netloc}]
    own = [frame for frame in own if not re.search(r"visitcount|login|tree\.jsp|share|footer", frame)]
    if len(own) != 1 or len(page.tree.css("li a, td a")) > 3:
        return page
    targets = anchors(f'<a href="{own[0]}">frame</a>', page.url)
    return await ask(Request(url=targets[0].url)) if targets else page


def _ways_in(home: Page) -> list[str]:
    """Links of the home page that lead to its disclosure pages (政府信息公开)."""
    return [ref.url for ref in anchors(home.tree.root, home.url) if _WAY_IN.match(ref.title)] if home.tree.root else []


def _name_of(page: Page) -> str:
    node = page.tree.css_first("title")
    return (node.text(deep=True).strip() if node else "") or "年报"


def with_verified(toml: str, day: date) -> str:
    """The portal's TOML with `verified = day` among its own keys, replacing an older date."""
    line = f"verified = {day.isoformat()}"
    head, section, tail = toml.partition("\n[[section]]")
    if re.search(r"^verified\s*=.*$", head, re.MULTILINE):
        return re.sub(r"^verified\s*=.*$", line, head, count=1, flags=re.MULTILINE) + section + tail
    comments = re.search(r"(?:\n\s*#[^\n]*|\n\s*)*\Z", head)
    place = comments.start() if comments else len(head)
    return head[:place] + "\n" + line + head[place:] + section + tail

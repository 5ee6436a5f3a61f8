"""One answer to one reading: bytes, family or format, report. No network and no database here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.reports.model import UNDECIDED, Context, Decided, Report
from archive.reports.read import read_report
from archive.store.model import Exchange
from archive.store.warc import CONVERSION
from crawler.documents import read_document
from sites import detect, formats
from sites.errors import Absent, Challenged, Drift, ServerError, SiteError
from sites.formats.text import read_text
from sites.model import Extracted, Family, Page, PageRef, Section, SiteSpec
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.decode import decode, page_of
from sites.reading.urls import file_kind, in_scope
from sites.reading.walls import refuse_walls

#: What `formats.sniff` calls a thing a family can read.
_MARKUP = frozenset({"", "html", "xml", "json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document says, and which family or format said so."""

    extracted: Extracted
    report: Report
    family: str


def page_from(
    exchange: Exchange, *, requested_url: str = "", context: tuple[tuple[str, str], ...] = (), encoding: str = ""
) -> Page:
    """The decoded page of an exchange."""
    return page_of(
        url=exchange.url,
        requested_url=requested_url or exchange.url,
        body=exchange.body,
        status=exchange.status,
        headers=exchange.headers,
        context=context,
        fetched_at=exchange.fetched_at,
        encoding=encoding,
    )


def checked_page(
    exchange: Exchange,
    *,
    requested_url: str = "",
    context: tuple[tuple[str, str], ...] = (),
    encoding: str = "",
    hosts: Sequence[str] = (),
) -> Page:
    """The page of an exchange once no wall, soft error or plain HTTP error stands in its place.

    Raises `Absent` (404, 410, soft-404), `Challenged` (a wall, or any other 4xx), `ServerError` (5xx) or
    `Drift` (a redirect that leaves the portal).
    """
    _refuse_redirect(exchange)
    page = page_from(exchange, requested_url=requested_url, context=context, encoding=encoding)
    if exchange.status in {404, 410}:
        raise Absent(f"HTTP {exchange.status}", kind_of_absence=str(exchange.status))
    refuse_walls(page, hosts=tuple(hosts))
    if exchange.status >= 500:
        raise ServerError(f"{exchange.url}: HTTP {exchange.status} {exchange.reason}".strip(), status=exchange.status)
    if exchange.status >= 400:
        raise Challenged(f"HTTP {exchange.status} {exchange.reason}".strip(), wall=f"http-{exchange.status}")
    if hosts and not in_scope(page.url, tuple(hosts)):
        raise Drift(f"the portal redirects to another host: {page.url}", evidence=page.url)
    return page


def wall_of(exchange: Exchange) -> Challenged | None:
    """The wall that answered, or None. A server that is only busy is none: it says so itself."""
    try:
        refuse_walls(page_from(exchange))
    except Challenged as wall:
        return None if wall.wall == "throttle" else wall
    except SiteError:
        return None
    return None


def _refuse_redirect(exchange: Exchange) -> None:
    """A redirect that was not followed leads out of the portal; a body that came with it is no document."""
    if 300 <= exchange.status < 400:
        target = exchange.header("location")
        raise Drift(f"{exchange.url}: the portal redirects to another place: {target}", evidence=target)


def extract(
    exchange: Exchange,
    *,
    families: Mapping[str, Family],
    spec: SiteSpec | None = None,
    section: Section | None = None,
    ref: PageRef | None = None,
    requested_url: str = "",
    name: str = "",
) -> tuple[Extracted, str]:
    """Read a document's bytes. Gives the reading and the id of the family or format that made it.

    Raises any `SiteError`: a wall, an absence, drift, or bytes that cannot be read. A conversion is read as what
    the converter gave, whatever the original is called.
    """
    if exchange.method == CONVERSION:
        declared = exchange.header("content-type")
        extracted = read_document(exchange.body, media_type=declared, url=exchange.url)
        return extracted, formats.sniff(exchange.body) or "text"
    _refuse_redirect(exchange)
    hosts = spec.hosts if spec else ()
    kind = formats.sniff(exchange.body, name or urlsplit(exchange.url).path)
    declared = exchange.header("content-type").lower()
    if exchange.status < 400 and kind not in _MARKUP and not (kind == "text" and "html" in declared):
        if kind == "text":
            decoded = decode(exchange.body, declared)
            return read_text(decoded.text, url=exchange.url), "text"
        return read_document(exchange.body, media_type=declared, name=name, url=exchange.url), kind
    rule = section.on(exchange.fetched_at.astimezone(CHINA).date()) if section else None
    page = checked_page(
        exchange,
        requested_url=requested_url,
        context=ref.context if ref else (),
        encoding=rule.encoding if rule else "",
        hosts=hosts,
    )
    if formats.is_page_in_place(exchange.body, file_kind(exchange.url, name), declared):
        return read_document(exchange.body, name=name, url=exchange.url), kind  # tells what is there instead
    if rule is not None:
        return families[rule.family].extract(rule, page), rule.family
    ranked = detect.rank(page, families)
    if ranked:
        family = families[ranked[0].family]
        return family.extract(unknown_section(page.url, family.id), page), family.id
    return read_article(page), "static"


def unknown_section(url: str, family: str) -> Section:
    """A stand-in section for a page of a portal nobody has described."""
    host = urlsplit(url).hostname or ""
    return Section(site_id="", key="", name="", url=url, family=family, hosts=(host,) if host else ())


def judge(
    sources: Sequence[Extracted],
    *,
    url: str,
    spec: SiteSpec | None = None,
    section: Section | None = None,
    ref: PageRef | None = None,
    decided: Decided = UNDECIDED,
) -> Report:
    """What the document and its attachments say as a report, in the context of where they stood."""
    return read_report(
        sources,
        Context(
            url=url,
            host=urlsplit(url).hostname or "",
            site_hosts=spec.hosts if spec else (),
            region_code=(section.region_code if section else "") or (spec.region_code if spec else ""),
            section_name=section.name if section else "",
            section_body=section.body if section else "",
            known_bodies=tuple(dict.fromkeys(s.body for s in spec.sections if s.body)) if spec else (),
            listed_title=ref.title if ref else "",
            listed_on=ref.listed_on if ref else None,
            decided=decided,
        ),
    )


def read(
    exchange: Exchange,
    *,
    families: Mapping[str, Family],
    spec: SiteSpec | None = None,
    section: Section | None = None,
    ref: PageRef | None = None,
    requested_url: str = "",
    name: str = "",
    decided: Decided = UNDECIDED,
) -> Reading:
    """Read a document and judge it on its own (attachments are added by `judge` later)."""
    extracted, family = extract(
        exchange, families=families, spec=spec, section=section, ref=ref, requested_url=requested_url, name=name
    )
    url = requested_url or exchange.url
    report = judge([extracted], url=url, spec=spec, section=section, ref=ref, decided=decided)
    return Reading(extracted=extracted, report=report, family=family)

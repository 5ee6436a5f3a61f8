"""Reading stored answers again: what `gongkai rebuild`, `restore` and a page with its attachments need."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archive.reports.model import Report
from archive.store.model import Exchange
from archive.store.rebuild import PageContext
from crawler.library import Library
from crawler.read import extract, judge
from sites.errors import SiteError
from sites.model import Extracted
from sites.reading.urls import canonical


class Rereader:
    """Reads an answer as the crawl read it, with the portals of some folders.

    Picklable by its folders, so that processes can share the work: each loads the portals once.
    """

    def __init__(self, folders: tuple[str, ...] = ()) -> None:
        self._folders = folders

    def __call__(self, exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
        """What a stored answer says today. Raises `SiteError` when today's rules cannot read it."""
        return reread(exchange, context, _library(self._folders))


def reread(exchange: Exchange, context: PageContext, library: Library) -> tuple[Extracted, Report | None, str]:
    """What a stored answer says by its portal, its section's dated rule and the files it still links to.

    Raises `SiteError` when today's rules cannot read it.
    """
    spec = library.sites.get(context.site_id)
    section = spec.section(context.section_key) if spec else None
    extracted, family = extract(
        exchange,
        families=library.families,
        spec=spec,
        section=section,
        ref=context.ref,
        requested_url=context.url,
        name=context.ref.title if context.ref and context.parent_url else "",
    )
    if context.parent_url:
        return extracted, None, family
    sources = [extracted]
    linked = {canonical(link.url) for link in extracted.attachments if link.url}
    for attached in context.attachments:
        if attached.url not in linked:
            continue  # the page was edited: the file is no part of it any more
        try:
            read, _ = extract(
                attached.exchange,
                families=library.families,
                spec=spec,
                section=section,
                requested_url=attached.url,
                name=attached.name,
            )
        except SiteError:
            continue  # an attachment that cannot be read has a problem row of its own
        sources.append(read)
    report = judge(
        sources,
        url=context.url,
        spec=spec,
        section=section,
        ref=context.ref,
        decided=context.decided,
    )
    return extracted, report, family


@cache
def _library(folders: tuple[str, ...]) -> Library:
    return Library.load([Path(folder) for folder in folders])

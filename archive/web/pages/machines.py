"""What programs look for at a site's root: robots.txt, sitemap.xml, llms.txt."""

from __future__ import annotations

import math
from urllib.parse import quote

from datasette.utils.asgi import Response

from archive.store import panel, queries
from archive.web.contract import ENDPOINTS
from archive.web.visit import NotFound, Visit

#: Addresses in one sitemap: some 300 KB. The protocol allows 50,000.
ADDRESSES = 4_000
#: Pages that lead nowhere but to themselves with other arguments, or that cost a lot and say nothing new.
_CLOSED = ("/search", "/compare", "/api/", "/capture/", "/review", "/changes?", "/*?lang=", "/*&lang=")
_STANDING = ("/", "/bodies", "/coverage", "/changes", "/audit", "/compare/bodies", "/status", "/method", "/api")


async def robots(visit: Visit) -> Response:
    """What crawlers may read: the reports and bodies; not the searches, comparisons and Datasette's tables."""
    path = visit.datasette.urls.path
    closed = [*(path(address) for address in _CLOSED), visit.datasette.urls.database(visit.database.name)]
    lines = ["User-agent: *", *(f"Disallow: {address}" for address in closed), ""]
    return visit.respond(
        "\n".join([*lines, f"Sitemap: {visit.absolute('/sitemap.xml')}", ""]), "text/plain; charset=utf-8"
    )


async def sitemap(visit: Visit) -> Response:
    """Every body and every report; when there are too many for one file, an index of its parts."""
    total = await visit.kept(panel.addresses_count)
    part = visit.route.get("part")
    parts = max(1, math.ceil(total / ADDRESSES))
    if part is None and parts > 1:
        entries = "".join(
            f"<sitemap><loc>{visit.absolute(f'/sitemap-{n}.xml')}</loc></sitemap>" for n in range(1, parts + 1)
        )
        return _xml(visit, "sitemapindex", entries)
    number = int(part or 1)
    if not 1 <= number <= parts:
        raise NotFound(visit.language("not_found_text"))
    found = await visit.read(panel.addresses, limit=ADDRESSES, offset=(number - 1) * ADDRESSES)
    root = visit.absolute("/")
    lines = [f"<url><loc>{root}{address[1:]}</loc></url>" for address in _STANDING] if number == 1 else []
    for body, year in found:
        wing = f"report/{quote(body, safe='')}/{year}" if year else f"body/{quote(body, safe='')}"
        lines.append(f"<url><loc>{root}{wing}</loc></url>")
    return _xml(visit, "urlset", "".join(lines))


def _xml(visit: Visit, root: str, inner: str) -> Response:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">{inner}</{root}>\n'
    return visit.respond(text, "application/xml; charset=utf-8")


async def llms(visit: Visit) -> Response:
    """The archive in a page of Markdown, for language models and the people who feed them."""
    contents = await visit.kept(queries.contents)
    years = [row["year"] for row in contents["by_year"]]
    config = visit.datasette.plugin_config("gongkai") or {}
    lines = [
        "# 公开 gongkai",
        "",
        "> An archive of the annual reports that Chinese government bodies must publish on how they disclose "
        "information (政府信息公开工作年度报告): the text as published, the numbers of its statutory tables, whether "
        "they add up, and what was changed or taken down afterwards. Every number leads to the captured page.",
        "",
        f"{contents['reports']} reports of {contents['bodies']} public bodies"
        + (f", report years {years[0]} to {years[-1]}." if years else "."),
        "The publishing body's own site is authoritative. Missing is said only after a complete, verified listing; "
        "otherwise a report is unknown. Numbers before and after 2019 follow different forms and are not comparable.",
        "",
        "## Pages",
        "",
        f"- [How it reads and what it cannot know]({visit.absolute('/method')})",
        f"- [Coverage]({visit.absolute('/coverage')}): body by year",
        f"- [Numbers that do not add up]({visit.absolute('/audit')})",
        f"- [Changed after publication]({visit.absolute('/changes')})",
        "",
        "## Data",
        "",
        f"- [OpenAPI]({visit.absolute('/api/openapi.json')})",
        *(
            f"- `{visit.absolute('/').rstrip('/')}{address}`: {endpoint.en}"
            for endpoint in ENDPOINTS
            for _, address in endpoint.addresses[:1]
        ),
        "",
        f"Contact: {config.get('contact') or 'not given by the operator'}",
        "",
    ]
    return visit.respond("\n".join(lines), "text/plain; charset=utf-8")

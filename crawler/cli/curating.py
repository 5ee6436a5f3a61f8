"""`gongkai sites add | review | test | drift | verify`: what a curator does with a portal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from archive.store.archive import Archive
from archive.store.health import portals_of
from crawler import curate, goldens
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, library, load, printer, utc_now
from crawler.config import Config
from crawler.curate import Draft, Looked
from crawler.errors import ConfigError, Unreachable
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import is_loopback_host, parse_robots
from crawler.read import checked_page, page_from
from sites import registry
from sites.errors import Challenged, SiteError
from sites.model import Page, Request
from sites.reading.dates import CHINA
from sites.reading.decode import page_of
from sites.reading.urls import canonical

SiteArgument = Annotated[str, typer.Argument(metavar="ID", help="The portal.")]


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The portal's home page, or a column of annual reports.")],
    site_id: Annotated[str, typer.Option("--id", help="The portal's id; default: made from its host.")] = "",
    into: Annotated[
        Path | None, typer.Option(help="Folder for the portal file; default: the first of [sites] folders.")
    ] = None,
    from_file: Annotated[
        list[str] | None,
        typer.Option("--from-file", metavar="FILE|ADDRESS=FILE", help="Read saved pages instead of asking the portal."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take every column that could be read, without asking.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a portal's TOML and goldens from its own pages."""
    loaded = load(config, None)
    known = library(loaded)
    folder = into or (loaded.sites.folders[0] if loaded.sites.folders else None)
    if folder is None:
        raise ConfigError(
            "where should the portal go? Name a folder with --into, and list it under [sites] folders in config.toml"
        )
    if not from_file:
        loaded.require_contact([urlsplit(url).hostname or url])
    home, looked = asyncio.run(_look(loaded, known, url, from_file or []))
    drafted = curate.draft(home, looked, families=known.families, site_id=site_id)
    if not as_json:
        _show(drafted)
    if not yes and sys.stdin.isatty():
        chosen = tuple(
            one for one in looked if one.column and typer.confirm(f"take {one.ref.name} {one.ref.url}?", default=True)
        )
        drafted = curate.draft(home, chosen, families=known.families, site_id=site_id)
    elif not yes:
        raise ConfigError("nothing was written: on a terminal each column is asked about, in a script add --yes")
    path = _write(drafted, folder, known)
    if as_json:
        printer(True)(_as_json(drafted, path))
    else:
        console().print(f"written: {path}\nread its goldens, then: gongkai sites review {drafted.site_id}")


async def _look(config: Config, known: Library, url: str, saved: Sequence[str]) -> tuple[Page, tuple[Looked, ...]]:
    if saved:
        pages = _saved(url, saved)

        async def ask_files(request: Request) -> Page:
            page = pages.get(canonical(request.url))
            if page is None:
                raise Unreachable(f"{request.url} was not saved", reason="saved")
            return page

        return await curate.look(url, ask_files, families=known.families)
    local = is_loopback_host(urlsplit(url).hostname or "")
    async with Fetcher(config, clock=utc_now, loopback_allowed=local) as fetcher:
        origin = "/".join(url.split("/")[:3])
        answer = (await fetcher.fetch(Request(url=f"{origin}/robots.txt")))[-1]
        fetcher.put_robots(url, parse_robots(answer.status, answer.header("content-type"), answer.body))

        async def ask_portal(request: Request) -> Page:
            exchange = (await fetcher.fetch(request))[-1]
            if request.context and exchange.status in {404, 410}:
                # That a later page of a listing is gone is the family's to judge.
                return page_from(exchange, requested_url=request.url, context=request.context)
            try:
                return checked_page(exchange, requested_url=request.url, context=request.context)
            except Challenged as wall:
                if wall.wall != "needs-js":
                    raise
                # A shell for a script: a family may know the interface behind it.
                return page_from(exchange, requested_url=request.url, context=request.context)

        return await curate.look(url, ask_portal, families=known.families)


def _saved(url: str, files: Sequence[str]) -> Mapping[str, Page]:
    """Pages from files: the first is the address itself, others are ADDRESS=FILE."""
    pages = {}
    for number, name in enumerate(files):
        address, _, file = name.rpartition("=")
        if "://" not in address:
            address, file = "", name
        if not address and number:
            raise ConfigError(
                f"--from-file {name}: which page is it? Write ADDRESS=FILE for every file after the first"
            )
        path = Path(file)
        if not path.is_file():
            raise ConfigError(f"--from-file {name}: {path} is not there")
        body = path.read_bytes()
        pages[canonical(address or url)] = page_of(url=address or url, body=body, fetched_at=utc_now())
    return pages


def _write(drafted: Draft, folder: Path, known: Library) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{drafted.site_id}.toml"
    if path.exists() or drafted.site_id in known.sites:
        raise ConfigError(
            f"a portal called {drafted.site_id} exists already ({path}); choose another --id or remove it"
        )
    path.write_text(drafted.toml, encoding="utf-8")
    spec = registry.parse_site(drafted.toml, file=str(path), families=known.families)
    for one in drafted.looked:
        section = next((s for s in spec.sections if canonical(s.url) == canonical(one.ref.url)), None)
        if section is None or one.listing_page is None:
            continue
        family = known.families[section.family]
        goldens.write_case(folder, section, one.listing_page, reads="listing", family=family)
        if one.article_page is not None:
            goldens.write_case(folder, section, one.article_page, reads="article", family=family)
    return path


def _as_json(drafted: Draft, path: Path) -> dict[str, object]:
    return {
        "id": drafted.site_id,
        "file": str(path),
        "columns": [
            {
                "url": one.ref.url,
                "name": one.ref.name,
                "taken": one.column is not None,
                "why_not": one.why_not,
                "families": [
                    {"family": e.family, "score": round(e.score, 2), "signs": list(e.signs)} for e in one.ranked
                ],
                "reports": one.found.reports,
                "years": list(one.found.years),
                "bodies": list(one.found.bodies),
            }
            for one in drafted.looked
        ],
    }


def _show(drafted: Draft) -> None:
    """What was found, for a person to judge."""
    out = console()
    for one in drafted.looked:
        out.print(f"{one.ref.name}  {one.ref.url}")
        for evidence in one.ranked[:3]:
            out.print(f"  {evidence.family} {evidence.score:.2f}: {', '.join(evidence.signs)}")
        if one.column is None:
            out.print(f"  left out: {one.why_not}")
            continue
        years = f"{one.found.years[-1]}–{one.found.years[0]}" if one.found.years else "no year named"
        out.print(
            f"  {len(one.refs)} entries seen, {one.found.reports} reports, {years}; {'、'.join(one.found.bodies[:6])}"
        )
        if one.why_not:
            out.print(f"  no article could be read: {one.why_not}")
    out.print()
    out.print(drafted.toml)


def _cases(config: Config, known: Library, site_id: str) -> list[goldens.Case]:
    known.named([site_id])
    cases = list(goldens.load_cases(config.sites.folders, site_id))
    if not cases:
        raise ConfigError(f"{site_id} has no goldens in {', '.join(map(str, config.sites.folders)) or 'any folder'}")
    return cases


def review(
    site: SiteArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Accept what was shown before, without asking.")] = False,
    config: ConfigOption = None,
) -> None:
    """Read a portal's goldens and accept them: from then on `sites test` holds the reading to them."""
    loaded = load(config, None)
    known = library(loaded)
    out = console()
    left = 0
    for case in _cases(loaded, known, site):
        if case.golden.reviewed and case.golden.expected == goldens.outcome(case, known.families):
            continue
        out.print(f"— {case.folder.name}: {case.golden.page.url}")
        out.print(_summary(goldens.outcome(case, known.families)))
        if yes or (sys.stdin.isatty() and typer.confirm("is this what the page says?", default=False)):
            goldens.accept(case, known.families)
        else:
            left += 1
    out.print(f"{left} goldens still wait for a reader" if left else "every golden is reviewed")
    raise typer.Exit(1 if left else 0)


def _summary(outcome: Mapping[str, object]) -> str:
    """An outcome as a person checks it: titles and dates, or title, claims and text."""
    lines = []
    for kind, content in outcome.items():
        lines.append(f"{kind}:")
        for name, value in content.items() if isinstance(content, dict) else []:
            rows = value if isinstance(value, list) else [value]
            lines.append(f"  {name}: " + "\n    ".join(str(row) for row in rows[:60]))
    return "\n".join(lines)


def test(
    site: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Portals; default: all that have goldens.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a portal's goldens again: the reading must be the one a person accepted."""
    loaded = load(config, None)
    known = library(loaded)
    failed = False
    for site_id in site or sorted(known.sites):
        for case in goldens.load_cases(loaded.sites.folders, known.named([site_id])[0].id):
            verdict = "ok"
            if not case.golden.reviewed:
                verdict = "not reviewed yet"
            elif case.golden.expected != goldens.outcome(case, known.families):
                verdict = "reads otherwise than accepted"
            failed = failed or verdict != "ok"
            if as_json:
                printer(True)({"site": site_id, "case": case.folder.name, "verdict": verdict})
            else:
                console().print(f"{site_id} {case.folder.name}: {verdict}")
    raise typer.Exit(1 if failed else 0)


def drift(
    site: SiteArgument, config: ConfigOption = None, archive: ArchiveOption = None, as_json: JsonOption = False
) -> None:
    """Compare the newest captures of a portal's goldens with the goldens: has the portal changed under us?"""
    loaded = load(config, archive)
    known = library(loaded)
    if not loaded.archive.path.exists():
        raise ConfigError(f"{loaded.archive.path} is not there: crawl {site} first")
    drifted = False
    with Archive.read(loaded.archive.path) as opened:
        for case in _cases(loaded, known, site):
            golden = case.golden
            capture = opened.last_capture(golden.page.requested_url)
            if capture is None:
                verdict = "not captured yet"
            else:
                page = page_from(
                    opened.exchange_of(capture),
                    requested_url=golden.page.requested_url,
                    context=golden.page.context,
                    encoding=golden.section.encoding,
                )
                verdict = _drifted(known, case, page)
            drifted = drifted or verdict not in {"as ever", "not captured yet"}
            if as_json:
                printer(True)({"site": site, "case": case.folder.name, "verdict": verdict})
            else:
                console().print(f"{site} {case.folder.name}: {verdict}")
    raise typer.Exit(1 if drifted else 0)


def _drifted(known: Library, case: goldens.Case, page: Page) -> str:
    """How a page reads now beside its golden: a listing may grow, an article may not lose its shape."""
    golden = case.golden
    family = known.families[golden.section.family]
    try:
        if golden.reads == "listing":
            listing = family.listing(golden.section, page)
            return "as ever" if listing.refs or listing.next else "the listing gives no record any more"
        before, now = family.extract(golden.section, golden.page), family.extract(golden.section, page)
    except SiteError as error:
        return f"{error.kind}: {error.message}"
    if not now.title and before.title:
        return "the title is not found any more"
    if len(now.text) < len(before.text) / 2:
        return f"only {len(now.text)} of {len(before.text)} characters are found"
    return "as ever"


def verify(site: SiteArgument, config: ConfigOption = None, archive: ArchiveOption = None) -> None:
    """Set a portal's `verified` date, after one complete live night."""
    loaded = load(config, archive)
    known = library(loaded)
    (spec,) = known.named([site])
    path = _file_of(loaded, known, site)
    if not loaded.archive.path.exists():
        raise ConfigError(f"{loaded.archive.path} is not there: crawl {site} once, then verify it")
    with Archive.read(loaded.archive.path) as opened:
        portals = portals_of(opened.db.conn, utc_now().astimezone(CHINA).date())
    found = next((portal for portal in portals if portal.site == spec.id), None)
    if found is None or not found.complete or found.walls or found.problems:
        raise ConfigError(
            f"the last night of {site} was not complete and clean (gongkai status shows it): "
            "a portal is verified after one that was"
        )
    day = utc_now().astimezone(CHINA).date()
    path.write_text(curate.with_verified(path.read_text(encoding="utf-8"), day), encoding="utf-8")
    console().print(f"{path}: verified = {day}")


def _file_of(config: Config, known: Library, site: str) -> Path:
    """The operator's file that describes this portal."""
    for folder in config.sites.folders:
        for path in sorted(folder.rglob("*.toml")):
            text = path.read_text(encoding="utf-8")
            if registry.parse_site(text, file=str(path), families=known.families).id == site:
                return path
    raise ConfigError(f"{site} is described in an installed package, not in a folder of [sites] folders: edit it there")


def known_portals(as_json: JsonOption = False) -> None:
    """The directory of government home pages to add portals from."""
    for row in registry.directory():
        name = row.county or row.prefecture
        if as_json:
            printer(True)({"name": name, "home": row.home, "region_code": row.region_code})
        else:
            console().print(f"{row.region_code}  {name}  {row.home}")

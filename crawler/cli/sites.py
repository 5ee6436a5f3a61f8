"""`gongkai sites`: the portals this installation knows."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from crawler.cli import curating
from crawler.cli.options import ConfigOption, JsonOption, console, library, load, printer
from crawler.library import Library
from sites.model import SiteSpec

app = typer.Typer(add_completion=False, help="The portals this installation knows.", no_args_is_help=True)
app.command("add")(curating.add)
app.command("review")(curating.review)
app.command("test")(curating.test)
app.command("drift")(curating.drift)
app.command("verify")(curating.verify)


def _as_json(spec: SiteSpec, evidence: str) -> dict[str, object]:
    return {
        "id": spec.id,
        "name": spec.name,
        "home": spec.home,
        "family": spec.family,
        "evidence": evidence,
        "region_code": spec.region_code,
        "verified": spec.verified.isoformat() if spec.verified else None,
        "source": spec.source,
        "sections": [
            {"key": s.key, "name": s.name, "url": s.url, "family": s.family, "body": s.body, "min_refs": s.min_refs}
            for s in spec.sections
        ],
    }


def _evidence(known: Library, spec: SiteSpec) -> str:
    """What the portal's family was built from; a portal nobody has seen a column of has none."""
    return known.families[spec.family].evidence if spec.family else "–"


@app.command("list")
def list_(
    directory: Annotated[bool, typer.Option("--known", help="Known government home pages, portals or not.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every portal: its family, what the family was built from, and whether a person has verified it."""
    if directory:
        curating.known_portals(as_json)
        return
    known = library(load(config, None))
    table = Table("id", "name", "family", "built from", "sections", "verified", box=None)
    for spec in sorted(known.sites.values(), key=lambda spec: spec.id):
        evidence = _evidence(known, spec)
        printer(as_json)(_as_json(spec, evidence))
        table.add_row(
            spec.id,
            spec.name,
            spec.family or "–",
            evidence,
            str(len(spec.sections)),
            spec.verified.isoformat() if spec.verified else "not yet",
        )
    if not as_json:
        console().print(table)


@app.command("show")
def show(site: Annotated[str, typer.Argument()], config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """One portal with its sections."""
    known = library(load(config, None))
    (spec,) = known.named([site])
    if as_json:
        printer(True)(_as_json(spec, _evidence(known, spec)))
        return
    out = console()
    out.print(f"{spec.id}  {spec.name}  {spec.home}")
    out.print(f"  family {spec.family or 'not known yet'} ({_evidence(known, spec)}), from {spec.source}")
    out.print(f"  verified: {spec.verified or 'not yet: crawled only when named, proves nothing missing'}")
    for section in spec.sections:
        out.print(f"  [{section.key}] {section.name}  {section.url}")


@app.command("check")
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Validate every portal's TOML, without a network. Exit code 2 names the first mistake."""
    known = library(load(config, None))
    sections = sum(len(spec.sections) for spec in known.sites.values())
    if as_json:
        printer(True)({"portals": len(known.sites), "sections": sections, "families": len(known.families)})
        return
    console().print(f"{len(known.sites)} portals, {sections} sections, {len(known.families)} families: all valid")

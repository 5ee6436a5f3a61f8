"""Portals as the archive remembers them: what read its pages when their definition is no longer at hand."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from typing import Any

from sites.model import Rule, Section, SiteSpec

_SITE = "id, name, home, family, site_id_code, region_code, province, city, county, verified, tls, verify, why, hosts"
_SECTION = "key, name, url, family, body, region_code, min_refs, max_pages, encoding, options, rules"


def portal_of(connection: sqlite3.Connection, site: str) -> SiteSpec | None:
    """The portal and its columns as `sites` and `sections` hold them; None when nobody ever wrote it."""
    row = connection.execute(f"select {_SITE} from sites where id = ?", (site,)).fetchone()  # noqa: S608
    if row is None:
        return None
    hosts = tuple(json.loads(row[13]))
    columns = connection.execute(f"select {_SECTION} from sections where site = ? order by id", (site,))  # noqa: S608
    return SiteSpec(
        id=row[0],
        name=row[1],
        home=row[2],
        family=row[3],
        site_id_code=row[4],
        region_code=row[5],
        province=row[6],
        city=row[7],
        county=row[8],
        verified=date.fromisoformat(row[9]) if row[9] else None,
        tls=row[10],
        verify=bool(row[11]),
        why=row[12],
        hosts=hosts,
        sections=tuple(_section(site, hosts, column) for column in columns),
    )


def _section(site: str, hosts: tuple[str, ...], row: tuple[Any, ...]) -> Section:
    return Section(
        site_id=site,
        hosts=hosts,
        key=row[0],
        name=row[1],
        url=row[2],
        family=row[3],
        body=row[4],
        region_code=row[5],
        min_refs=row[6],
        max_pages=row[7],
        encoding=row[8],
        options=json.loads(row[9]),
        rules=tuple(Rule(**{**rule, "until": date.fromisoformat(rule["until"])}) for rule in json.loads(row[10])),
    )

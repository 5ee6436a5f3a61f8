"""Values to and from the text columns of the database and the lines of the journal."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from datetime import date
from typing import Any

from archive.store.model import Role, Run, Wish
from sites.model import PageRef, Pairs, Request, Section, SiteSpec

#: Made once: `json.dumps` with arguments makes an encoder for every call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def to_json(value: object) -> str:
    """Compact JSON with sorted keys: equal values give equal text."""
    return _ENCODER.encode(value)


def section_id(section: Section) -> str:
    """`site/key`: the id of a section in the archive."""
    return f"{section.site_id}/{section.key}"


def split_section_id(identifier: str | None) -> tuple[str, str]:
    """Site and key of a section id; ('', '') for none."""
    site, _, key = (identifier or "").partition("/")
    return site, key


def body_id(region_code: str, name: str) -> str:
    """The stable, opaque id of a public body: the same wherever and whenever it is computed."""
    return "b" + hashlib.sha1(f"{region_code}|{name}".encode(), usedforsecurity=False).hexdigest()[:12]


def site_row(spec: SiteSpec) -> dict[str, object]:
    """A portal as a row of `sites`."""
    return {
        "id": spec.id,
        "name": spec.name,
        "home": spec.home,
        "family": spec.family,
        "site_id_code": spec.site_id_code,
        "region_code": spec.region_code,
        "province": spec.province,
        "city": spec.city,
        "county": spec.county,
        "verified": spec.verified.isoformat() if spec.verified else None,
        "tls": spec.tls,
        "verify": int(spec.verify),
        "why": spec.why,
        "hosts": to_json(spec.hosts),
    }


def section_row(section: Section) -> dict[str, object]:
    """A column as a row of `sections`."""
    return {
        "id": section_id(section),
        "site": section.site_id,
        "key": section.key,
        "name": section.name,
        "url": section.url,
        "family": section.family,
        "body": section.body,
        "region_code": section.region_code,
        "min_refs": section.min_refs,
        "max_pages": section.max_pages,
        "encoding": section.encoding,
        "options": to_json(dict(section.options)),
        "rules": to_json(
            [
                {
                    "until": rule.until.isoformat(),
                    "family": rule.family,
                    "url": rule.url,
                    "encoding": rule.encoding,
                    "options": dict(rule.options),
                }
                for rule in section.rules
            ]
        ),
    }


def ref_fields(ref: PageRef | None) -> dict[str, Any] | None:
    """A ref as plain data."""
    if ref is None:
        return None
    return {
        "url": ref.url,
        "title": ref.title,
        "listed_on": ref.listed_on.isoformat() if ref.listed_on else None,
        "context": ref.context,
    }


def ref_from(fields: dict[str, Any] | None) -> PageRef | None:
    """The ref that `ref_fields` wrote."""
    if fields is None:
        return None
    listed_on = fields["listed_on"]
    return PageRef(
        url=fields["url"],
        title=fields["title"],
        listed_on=date.fromisoformat(listed_on) if listed_on else None,
        context=_pairs(fields["context"]),
    )


def reading_fields(
    record_id: str,
    url: str,
    ref: PageRef | None,
    run: Run | None,
    *,
    section: Section | None,
    family: str,
    parent: str,
) -> dict[str, Any]:
    """What the journal tells of a reading: everything but the bytes; what is empty is left out."""
    fields = {
        "record": record_id,
        "url": url,
        "run": run.id if run else None,
        "ref": ref_fields(ref),
        "section": section_id(section) if section and section.key else None,
        "site": section.site_id if section else None,
        "family": family,
        "parent": parent,
    }
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def ref_context(ref: PageRef | None) -> str | None:
    """The context a listing gave a ref, as it is kept with the page; None when there is none."""
    return to_json(ref.context) if ref is not None and ref.context else None


def wish_identity(wish: Wish) -> str:
    """What makes two wishes of a run one: role, method, address and body."""
    request = wish.request
    head = f"{wish.role} {request.method} {request.url}"
    return head if not request.body else f"{head} {hashlib.sha1(request.body, usedforsecurity=False).hexdigest()}"


def wish_fields(wish: Wish) -> dict[str, Any]:
    """The parts of a wish that have no column of their own."""
    request = wish.request
    return {
        "method": request.method,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
        "context": request.context,
        "ref": ref_fields(wish.ref),
        "parent": wish.parent_url,
    }


def wish_from(row: tuple[Any, ...]) -> Wish:
    """The wish of a frontier row (id, run, site, section, role, url, wish, priority, reason)."""
    identifier, run, site, section, role, url, text, priority, reason = row
    fields = json.loads(text)
    known_role: Role = role
    return Wish(
        id=identifier,
        run_id=run,
        site_id=site,
        section_key=section,
        role=known_role,
        request=Request(
            url=url,
            method=fields["method"],
            headers=_pairs(fields["headers"]),
            body=base64.b64decode(fields["body"]),
            context=_pairs(fields["context"]),
        ),
        ref=ref_from(fields["ref"]),
        parent_url=fields["parent"],
        priority=priority,
        reason=reason,
    )


def _pairs(value: list[list[str]]) -> Pairs:
    return tuple((name, text) for name, text in value)


def portal_rows(spec: SiteSpec) -> list[tuple[str, dict[str, object]]]:
    """A portal and its sections as (table, row)."""
    return [("sites", site_row(spec)), *(("sections", section_row(section)) for section in spec.sections)]


def write_row(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> bool:
    """Write a row with the key `id`; False when it stands there already, the same in every column."""
    names = ", ".join(row)
    found = connection.execute(f"select {names} from {table} where id = ?", (row["id"],)).fetchone()  # noqa: S608
    if found == tuple(row.values()):
        return False
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"insert or replace into {table} ({names}) values ({marks})",  # noqa: S608
        tuple(row.values()),
    )
    return True

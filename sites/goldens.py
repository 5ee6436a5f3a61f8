"""Goldens: what a portal sent, and what reading it gave when a person looked.

A golden is three files in a folder: `body.bin` (bytes as served), `capture.json` (address, status, headers,
context, moment, the section's facts) and `expected.json` or, when the right answer is a refusal, `error.json`.
Nothing here opens a file: whoever holds a folder builds `Golden` values from it.

`check_family` is the conformance test of a family, in this tree or outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sites.errors import Absent, Challenged, SiteError
from sites.model import Extracted, Family, Listing, OptionSpec, OptionValue, Page, Request, Section
from sites.reading.decode import page_of
from sites.reading.walls import refuse_walls

Reads = Literal["listing", "article"]
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """One case. `expected` is the outcome a person accepted, None when nobody has written one yet."""

    name: str
    reads: Reads
    section: Section
    page: Page
    expected: Json | None = None
    reviewed: bool = True


def golden_of(name: str, *, body: bytes, capture: Json, expected: Json | None = None) -> Golden:
    """A golden from the contents of its files. Raises `KeyError` when `capture` lacks a field.

    `expected` is the content of `expected.json` or `error.json`; its `reviewed` (true when absent) says whether a
    person has accepted it.
    """
    facts = cast("Mapping[str, object]", capture["section"])
    options = cast("Mapping[str, object]", facts.get("options", {}))
    moment = capture.get("fetched_at")
    url = str(capture["url"])
    outcome = {key: value for key, value in expected.items() if key != "reviewed"} if expected is not None else None
    return Golden(
        name=name,
        reads="listing" if capture["reads"] == "listing" else "article",
        section=Section(
            site_id=str(facts.get("site_id", "golden")),
            key=str(facts.get("key", "nianbao")),
            name=str(facts.get("name", "")),
            url=str(facts["url"]),
            family=str(facts["family"]),
            hosts=tuple(cast("list[str]", facts.get("hosts", []))),
            body=str(facts.get("body", "")),
            options={key: _option(value) for key, value in options.items()},
        ),
        page=page_of(
            url=url,
            requested_url=str(capture.get("requested_url") or url),
            body=body,
            headers=_pairs(capture.get("headers")),
            status=cast(int, capture.get("status", 200)),
            context=_pairs(capture.get("context")),
            fetched_at=datetime.fromisoformat(str(moment)) if moment else None,
            encoding=str(facts.get("encoding", "")),
        ),
        expected=outcome,
        reviewed=expected is None or expected.get("reviewed", True) is True,
    )


def capture_of(section: Section, page: Page, reads: Reads) -> dict[str, object]:
    """The content of `capture.json` for a page that was read for a section; `body.bin` is `page.body`."""
    return {
        "reads": reads,
        "url": page.url,
        "requested_url": page.requested_url,
        "status": page.status,
        "headers": [list(pair) for pair in page.headers],
        "context": [list(pair) for pair in page.context],
        "fetched_at": page.fetched_at.isoformat() if page.fetched_at else None,
        "section": {
            "site_id": section.site_id,
            "key": section.key,
            "name": section.name,
            "url": section.url,
            "family": section.family,
            "hosts": list(section.hosts),
            "body": section.body,
            "encoding": section.encoding,
            "options": {
                key: list(value) if isinstance(value, tuple) else value for key, value in section.options.items()
            },
        },
    }


def outcome_of(family: Family, golden: Golden) -> dict[str, object]:
    """What reading the golden gives today, as JSON can hold it: a listing, an article or an error.

    Walls are refused first, as the crawler does. Programming errors are not caught.
    """
    try:
        refuse_walls(golden.page, hosts=golden.section.hosts)
        if golden.reads == "listing":
            return {"listing": _listing(family.listing(golden.section, golden.page))}
        return {"article": _article(family.extract(golden.section, golden.page))}
    except SiteError as error:
        told: dict[str, object] = {"kind": error.kind}
        if isinstance(error, Absent):
            told["kind_of_absence"] = error.kind_of_absence
        if isinstance(error, Challenged):
            told["wall"] = error.wall
        return {"error": told}


def check_family(family: object, goldens: Iterable[Golden]) -> list[str]:
    """What is wrong with a family, in words, or an empty list.

    A family must keep the protocol, be deterministic, list absolute addresses once each, and come with goldens of
    a listing, an article and a refusal that hold and hold no U+FFFD.
    """
    problems: list[str] = []
    if not isinstance(family, Family):
        return [f"{family!r} lacks part of the protocol: start, listing, extract, signs, id, title, evidence, options"]
    if family.evidence not in {"real page", "described"}:
        problems.append(f"{family.id}: evidence is {family.evidence!r}, not 'real page' or 'described'")
    if len(family.options) > 12:
        problems.append(f"{family.id}: more than a dozen options")
    problems += [
        f"{family.id}: option {name} is no OptionSpec"
        for name, spec in family.options.items()
        if not isinstance(spec, OptionSpec)
    ]
    seen: set[str] = set()
    for golden in goldens:
        problems += [f"{family.id}/{golden.name}: {problem}" for problem in _problems(family, golden, seen)]
    problems += [f"{family.id}: no golden of {kind}" for kind in ("listing", "article", "error") if kind not in seen]
    return problems


def _problems(family: Family, golden: Golden, seen: set[str]) -> list[str]:
    outcome = outcome_of(family, golden)
    seen.update(outcome)
    problems: list[str] = []
    if outcome_of(family, golden) != outcome:
        problems.append("two readings differ")
    if "\ufffd" in json.dumps(outcome, ensure_ascii=False) or "\ufffd" in json.dumps(
        golden.expected, ensure_ascii=False
    ):
        problems.append("U+FFFD in the outcome: an expectation never holds an invented character")
    if golden.expected is None:
        problems.append("nobody has written what is expected")
    elif not golden.reviewed:
        problems.append("nobody has reviewed what is expected")
    elif golden.expected != outcome:
        problems.append("the reading differs from what is expected: " + _difference(golden.expected, outcome))
    listing = outcome.get("listing")
    if isinstance(listing, dict):
        urls = [ref["url"] for ref in listing["refs"]]
        if len(set(urls)) != len(urls):
            problems.append("an address is listed twice")
        if not all(url.startswith(("http://", "https://")) for url in urls):
            problems.append("an address is not absolute")
    return problems


def _listing(listing: Listing) -> dict[str, object]:
    return {
        "refs": [
            {"url": ref.url, "title": ref.title, "listed_on": ref.listed_on.isoformat() if ref.listed_on else None}
            for ref in listing.refs
        ],
        "next": _request(listing.next),
        "complete": listing.complete,
        "total": listing.total,
    }


def _request(request: Request | None) -> dict[str, object] | None:
    if request is None:
        return None
    return {"method": request.method, "url": request.url, "body": request.body.decode("utf-8", "replace")}


def _article(read: Extracted) -> dict[str, object]:
    claims: dict[str, str] = {}
    for claim in read.metadata.claims:
        claims.setdefault(claim.field, claim.value)
    return {
        "title": read.title,
        "text": read.text.splitlines(),
        "claims": claims,
        "tables": [[list(row) for row in table.grid()] for table in read.tables],
        "attachments": [{"url": link.url, "name": link.name, "kind": link.kind} for link in read.attachments],
        "flags": list(read.flags),
    }


def _difference(expected: Json, outcome: Json) -> str:
    """The first place where two outcomes part, as a path and both values."""
    for name in sorted({*expected, *outcome}):
        left, right = expected.get(name), outcome.get(name)
        if left == right:
            continue
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            return f"{name}.{_difference(left, right)}"
        return f"{name} is {str(right)[:200]!r}, expected {str(left)[:200]!r}"
    return "nothing"


def _option(value: object) -> OptionValue:
    return tuple(str(item) for item in value) if isinstance(value, list) else cast("OptionValue", value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    return tuple((str(pair[0]), str(pair[1])) for pair in cast("list[list[str]]", value or []))

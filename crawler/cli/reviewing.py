"""`gongkai review`: what waits for a person, and what the person decides."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Annotated, get_args

import typer

from archive.store.archive import Archive
from archive.store.decisions import Decision, DecisionKind
from archive.store.errors import UnknownDecision
from archive.store.rebuild import RebuildResult, decide
from archive.store.waiting import Waiting, waiting
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, existing, load, printer, rereader
from crawler.config import Config
from crawler.errors import ConfigError
from sites.reading.urls import canonical

_KINDS: tuple[DecisionKind, ...] = get_args(DecisionKind)
#: How many addresses an error names when the one given is not known.
_NAMED = 5


def review(
    page: Annotated[str, typer.Option(metavar="URL", help="The report a decision is about.")] = "",
    decide_: Annotated[
        str, typer.Option("--decide", metavar="WHAT", help=f"What is decided: {', '.join(_KINDS)}.")
    ] = "",
    key: Annotated[str, typer.Option(help="Which cell (t3_new_requests__total) or finding (RULE where).")] = "",
    value: Annotated[
        str | None, typer.Option(help="The decision; '' takes an earlier one back.", show_default=False)
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option(help="Only what waits for this; may be given again.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many entries.", show_default=False)] = None,
    walk: Annotated[bool, typer.Option("--walk", help="Ask about one entry after the other.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what waits for a person, or keep one decision: who, when and why go to the journal."""
    loaded = load(config, archive)
    if decide_ or page or key or value is not None:
        decision = _decision(page, decide_, key, value, by=by, reason=reason)
        _show_decided(*_keep(loaded, decision), as_json=as_json)
        return
    kinds = [_among(name, "--kind") for name in kind or ()]
    with Archive.read(existing(loaded)) as opened:
        entries = waiting(opened.db.conn, kinds=kinds, limit=limit)
    if walk:
        _walk(loaded, entries, by=by)
    elif as_json:
        for entry in entries:
            printer(True)(entry.as_json())
    else:
        _show_queue(entries)


def _decision(page: str, what: str, key: str, value: str | None, *, by: str, reason: str) -> Decision:
    missing = [
        option
        for option, given in (
            ("--page", page),
            ("--decide", what),
            ("--value", value is not None),
            ("--by", by),
            ("--reason", reason),
        )
        if not given
    ]
    if missing:
        raise ConfigError(f"a decision also needs {', '.join(missing)}")
    return Decision(kind=_among(what, "--decide"), page=page, key=key, value=value or "", by=by, reason=reason)


def _among(name: str, option: str) -> DecisionKind:
    for kind in _KINDS:
        if kind == name:
            return kind
    raise ConfigError(f"{option} {name!r} is nothing to decide; choices: {', '.join(_KINDS)}")


def _keep(config: Config, decision: Decision) -> tuple[Decision, RebuildResult]:
    """Keep a decision, and what its page says with it."""
    with Archive.open(existing(config)) as opened:
        known = _known_page(opened, decision.page)
        decision = Decision(
            kind=decision.kind,
            page=known,
            key=decision.key,
            value=decision.value,
            by=decision.by,
            reason=decision.reason,
        )
        return decision, decide(opened, rereader(config), decision)


def _known_page(opened: Archive, url: str) -> str:
    """The address as the archive knows it; `UnknownDecision` names the nearest that wait."""
    for address in (url, canonical(url)):
        if opened.db.execute("select 1 from reports where page = ?", [address]).fetchone():
            return address
    pages = list(dict.fromkeys(entry.page for entry in waiting(opened.db.conn)))
    near = difflib.get_close_matches(url, pages, n=_NAMED, cutoff=0.0)
    told = f"pages that wait: {', '.join(near)}" if near else "nothing waits"
    raise UnknownDecision(f"{url}: no report was read there; {told}")


def _show_decided(decision: Decision, result: RebuildResult, *, as_json: bool) -> None:
    about = f"{decision.kind} {decision.key}".strip()
    told: dict[str, object] = {
        "page": decision.page,
        "kind": decision.kind,
        "key": decision.key,
        "value": decision.value,
        "by": decision.by,
        "reason": decision.reason,
        "cells": [str(cell) for cell in result.cells],
    }
    printer(as_json)(told)
    if as_json:
        return
    out = console()
    out.print(f"{decision.page}: {about} is {decision.value!r}" if decision.value else f"{decision.page}: {about} open")
    for cell in result.cells:
        out.print(str(cell))
    if result.unreadable:
        out.print("its page cannot be read again today: what was read before stays (see problems)")


def _show_queue(entries: Sequence[Waiting]) -> None:
    out = console()
    if not entries:
        out.print("nothing waits for a person")
        return
    for entry in entries:
        out.print(_told(entry))
    out.print(f"{len(entries)} wait. Decide: gongkai review --page URL --decide KIND [--key KEY] --value VALUE …")


def _told(entry: Waiting) -> str:
    """An entry for people. The address stands whole on its own line, to be copied."""
    of = " ".join(part for part in (entry.kind, entry.key, entry.body_name, str(entry.year or ""), entry.title) if part)
    told = (("why", entry.why), ("printed", entry.printed), ("known", entry.known))
    return "\n".join((of, f"  {entry.page}", *(f"  {name}: {text}" for name, text in told if text)))


def _walk(config: Config, entries: Sequence[Waiting], *, by: str) -> None:
    """Ask about each entry. The archive is open only while a decision is written: a crawl may go on meanwhile."""
    out = console()
    name = by or (typer.prompt("Who decides") if entries else "")
    for number, entry in enumerate(entries, 1):
        out.print(f"{number}/{len(entries)} {_told(entry)}")
        while value := typer.prompt(
            f"  decide ({entry.choices}; empty: later; q: stop)", default="", show_default=False
        ):
            if value == "q":
                return
            reason = typer.prompt("  why")
            try:
                kept = _keep(
                    config,
                    Decision(kind=entry.kind, page=entry.page, key=entry.key, value=value, by=name, reason=reason),
                )
            except UnknownDecision as error:
                out.print(f"  {error}")
                continue
            _show_decided(*kept, as_json=False)
            break
    if not entries:
        out.print("nothing waits for a person")

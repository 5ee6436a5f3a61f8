"""A roster of public bodies as CSV: who must report, since when, under whom, and what it came from.

The columns are `name` and, each of them optional, `region_code level parent valid_from valid_to predecessor source`.
All rows are checked before any is used: a roster is taken whole or not at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from archive.reports.identity import level_of
from archive.reports.titles import display_name
from archive.reports.wording import tight

COLUMNS = ("name", "region_code", "level", "parent", "valid_from", "valid_to", "predecessor", "source")
LEVELS = ("province", "prefecture", "county", "town", "street", "department", "zone")
#: More than all bodies of a province; a file beyond that is something else.
_MOST_ROWS = 200_000
_REGION = re.compile(r"\d{6}")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_MONTH = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One body. `name` is its display key (盖北镇), `region_code` six digits of GB/T 2260 or ''. `parent` and the
    `predecessors` are written `NAME` or `REGION_CODE|NAME`; days are ISO, None where open."""

    line: int
    name: str
    region_code: str
    level: str
    parent: str = ""
    valid_from: str | None = None
    valid_to: str | None = None
    predecessors: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """Why a line cannot be taken. Line 1 is the header."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def parse_roster(text: str, *, source: str = "") -> tuple[list[RosterRow], list[BadRow]]:
    """Rows and what is wrong with the others. `source` stands for rows that name none."""
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    rows: list[RosterRow] = []
    bad: list[BadRow] = []
    try:
        header = [tight(name).lower() for name in next(lines, [])]
        if wrong := _header(header):
            return [], [BadRow(line=1, message=wrong)]
        seen: dict[tuple[str, str], int] = {}
        for fields in lines:
            line = lines.line_num
            if not any(field.strip() for field in fields):
                continue
            if len(rows) + len(bad) >= _MOST_ROWS:
                bad.append(BadRow(line=line, message=f"a roster has at most {_MOST_ROWS} rows"))
                break
            if len(fields) != len(header):
                bad.append(BadRow(line=line, message=f"{len(fields)} fields where the header has {len(header)}"))
                continue
            try:
                row = _row(line, dict(zip(header, fields, strict=True)), source)
            except ValueError as error:
                bad.append(BadRow(line=line, message=str(error)))
                continue
            first = seen.setdefault((row.region_code, row.name), line)
            if first != line:
                bad.append(BadRow(line=line, message=f"{row.name} stands in line {first} already"))
            else:
                rows.append(row)
    except csv.Error as error:
        bad.append(BadRow(line=max(1, lines.line_num), message=f"no CSV: {error}"))
    if not rows and not bad:
        bad.append(BadRow(line=1, message="there is no row below the header"))
    return rows, bad


def reference(written: str) -> tuple[str, str]:
    """Region code ('' when not written) and display key of a parent or predecessor."""
    region, separator, name = written.rpartition("|")
    return (region.strip() if separator else ""), display_name(tight(name))


def _header(header: Sequence[str]) -> str:
    if "name" not in header:
        return f"no column `name`; the columns are {', '.join(COLUMNS)}"
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        return f"unknown column {unknown[0]!r}; the columns are {', '.join(COLUMNS)}"
    if len(set(header)) != len(header):
        return "a column stands twice"
    return ""


def _row(line: int, fields: Mapping[str, str], source: str) -> RosterRow:
    name, region = display_name(tight(fields["name"])), tight(fields.get("region_code", ""))
    if not name:
        raise ValueError("name is empty")
    if region and not _REGION.fullmatch(region):
        raise ValueError(f"region_code {region!r} is not six digits (GB/T 2260)")
    level = tight(fields.get("level", ""))
    if level and level not in LEVELS:
        raise ValueError(f"level {level!r} is none of {', '.join(LEVELS)}")
    valid_from = _day(fields.get("valid_from", ""), "valid_from", first=True)
    valid_to = _day(fields.get("valid_to", ""), "valid_to", first=False)
    if valid_from and valid_to and valid_to < valid_from:
        raise ValueError(f"valid_to {valid_to} is before valid_from {valid_from}")
    parent = _reference(fields.get("parent", ""), "parent")
    predecessors = tuple(
        _reference(one, "predecessor") for one in re.split(r"[;；]", fields.get("predecessor", "")) if one.strip()
    )
    for what, written in (("parent", parent), *(("predecessor", one) for one in predecessors)):
        if written and reference(written) in ((region, name), ("", name)):
            raise ValueError(f"{what} {written!r} is the body itself: write REGION_CODE|NAME for another of that name")
    return RosterRow(
        line=line,
        name=name,
        region_code=region,
        level=level or level_of(name, region),
        parent=parent,
        valid_from=valid_from,
        valid_to=valid_to,
        predecessors=predecessors,
        source=fields.get("source", "").strip() or source,
    )


def _reference(written: str, column: str) -> str:
    written = tight(written)
    region, name = reference(written)
    if written and (not name or (region and not _REGION.fullmatch(region))):
        raise ValueError(f"{column} {written!r} is neither NAME nor REGION_CODE|NAME")
    return written


def _day(written: str, column: str, *, first: bool) -> str | None:
    """An ISO day; a year or a month alone is its first day, or its last."""
    written = tight(written)
    if not written:
        return None
    if _YEAR.fullmatch(written):
        return f"{written}-01-01" if first else f"{written}-12-31"
    if _MONTH.fullmatch(written):
        if first:
            return f"{written}-01"
        year, month = int(written[:4]), int(written[5:])
        after = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(after.toordinal() - 1).isoformat()
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise ValueError(f"{column} {written!r} is no day (YYYY-MM-DD, YYYY-MM or YYYY)") from error

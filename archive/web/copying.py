"""Copied text as a page shows it: what a report shares with earlier years of its body and with other bodies."""

from __future__ import annotations

from urllib.parse import urlencode

from archive.store.queries import Row

#: Rows the page of a body shows; the table behind it has them all.
SHOWN = 60
#: From this share of its text on, a report's page says whose text it is too.
HALF = 0.5
#: Others that a report's page names; a text everybody copied has many.
NAMED = 3


def between_years(rows: list[Row]) -> list[tuple[int, float]]:
    """(year, per cent of its text that stand in the year before's), oldest year first."""
    return sorted(
        (row["year"], round(row["share"] * 100, 1))
        for row in rows
        if row["relation"] == "year" and row["other_year"] == row["year"] - 1 and row["share"] is not None
    )


def shown(body: str, rows: list[Row]) -> list[Row]:
    """What the page of a body lists: other bodies' reports, and of its own earlier years each year's likest one."""
    return _told(body, _own_once(rows)[:SHOWN])


def taken(body: str, rows: list[Row]) -> list[Row]:
    """The other reports, none later than this one, that hold half of its text or more: at most `NAMED`, of the body's
    own years only the one that holds most."""
    held = [row for row in rows if (row["share"] or 0) >= HALF and row["other_year"] <= row["year"]]
    return _told(body, _own_once(sorted(held, key=lambda row: -row["share"]))[:NAMED])


def _own_once(rows: list[Row]) -> list[Row]:
    """Of the rows about earlier years of the same body, the first of each year."""
    own: set[int] = set()
    kept = []
    for row in rows:
        if row["relation"] == "year":
            if row["year"] in own:
                continue
            own.add(row["year"])
        kept.append(row)
    return kept


def _told(body: str, rows: list[Row]) -> list[Row]:
    """Rows with which text is the earlier (`when`) and the query that sets the two side by side."""
    return [{**row, "when": _when(row), "compare": _compare(body, row)} for row in rows]


def _when(row: Row) -> str:
    """Whether the other report is of an earlier year, the same or a later one; who copied, the texts do not say."""
    if row["other_year"] == row["year"]:
        return "same"
    return "earlier" if row["other_year"] < row["year"] else "later"


def _compare(body: str, row: Row) -> str:
    ours, theirs = (body, row["year"]), (row["other_body"], row["other_year"])
    left, right = (ours, theirs) if row["other_year"] > row["year"] else (theirs, ours)
    return urlencode({"a": left[0], "a_year": left[1], "b": right[0], "b_year": right[1]})

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
    """(year, share of its text that stands in the year before's), oldest year first."""
    return sorted(
        (row["year"], round(row["share"], 3))
        for row in rows
        if row["relation"] == "year" and row["other_year"] == row["year"] - 1 and row["share"] is not None
    )


def shown(body: str, rows: list[Row]) -> list[Row]:
    """The first rows, with which text is the earlier (`when`) and the query that sets the two side by side."""
    return [{**row, "when": _when(row), "compare": _compare(body, row)} for row in rows[:SHOWN]]


def taken(body: str, rows: list[Row]) -> list[Row]:
    """The other reports, none later than this one, that hold half of its text or more: at most `NAMED`."""
    likest = [row for row in rows if (row["share"] or 0) >= HALF and row["other_year"] <= row["year"]]
    return shown(body, likest[:NAMED])


def _when(row: Row) -> str:
    """Whether the other report is of an earlier year, the same or a later one; who copied, the texts do not say."""
    if row["other_year"] == row["year"]:
        return "same"
    return "earlier" if row["other_year"] < row["year"] else "later"


def _compare(body: str, row: Row) -> str:
    ours, theirs = (body, row["year"]), (row["other_body"], row["other_year"])
    left, right = (ours, theirs) if row["other_year"] > row["year"] else (theirs, ours)
    return urlencode({"a": left[0], "a_year": left[1], "b": right[0], "b_year": right[1]})

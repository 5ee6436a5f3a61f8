"""The statutory tables of a report, from whatever its sources hold: grids first, flattened text next.

Every number is anchored on its label and its column's header. What cannot be anchored is refused with a reason;
where labels and numbers came apart, `linear` reads them only when one reading is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive.reports.applications import Applications
from archive.reports.cells import AGREED, Harvest, derived, number
from archive.reports.form import T2_BLOCKS, T3_COLUMN_KEYS, T3_ORGANISATIONS, T4_GROUPS, T4_PARTS
from archive.reports.indicators import Indicators, rows_of_units
from archive.reports.labels import t3_row
from archive.reports.linear import read_linear
from archive.reports.litigation import Litigation
from archive.reports.model import Cell
from archive.reports.proactive import Proactive
from archive.reports.rows import Row, is_statutory, rows_of_pipes, rows_of_table, rows_of_tabs, transposed
from sites.model import Extracted, Table

FORMS: tuple[str, ...] = ("t2", "t3", "t4", "s14")
#: Without one of these words, however broken, a text holds no such form.
_SHOWN: dict[str, re.Pattern[str]] = {
    "t2": re.compile(r"二十条|制\s*发\s*件|处\s*理\s*决\s*定\s*数|收\s*费\s*金\s*额|制\s*作\s*数\s*量"),
    "t3": re.compile(r"新\s*收\s*政|结\s*转\s*下|申\s*请\s*人\s*情\s*况|法\s*律\s*服\s*务"),
    # 维持 and 纠错 alone are the 2014–2018 form's, 结果 anybody's
    "t4": re.compile(r"审\s*结|起\s*诉|结\s*果\s*维|果\s*纠\s*正|维\s*持\s*纠\s*正"),
    "s14": re.compile(r"统\s*计\s*指\s*标|指\s*标\s*名\s*称|统\s*计\s*数|政府信息数|申请办结数|申请答复数"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The cells of one report by key, the regimes seen per form, reasons for refusals, and further readings
    of the same forms (other sources, other alignments) for the audit to compare."""

    cells: Mapping[str, Cell] = field(default_factory=dict)
    regimes: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    others: tuple[Mapping[str, Cell], ...] = ()
    forms: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)

    def form(self, name: str) -> Mapping[str, Cell]:
        """The cells of one form."""
        return self.forms.get(name, {})


def read_rows(rows: Iterable[Row]) -> dict[str, Harvest]:
    """One harvest a form from rows in reading order."""
    second, third, fourth, fourteen = Proactive(), Applications(), Litigation(), Indicators()
    for row in rows:
        if fourteen.active and fourteen.feed(row):
            continue
        if not third.active or not third.feed(row):
            if fourth.feed(row):
                third.active = False
                continue
            if second.feed(row) or third.feed(row) or fourteen.feed(row):
                continue
    return {"t2": second.finish(), "t3": third.finish(), "t4": fourth.finish(), "s14": fourteen.finish()}


def _rows_of_tables(tables: Sequence[Table]) -> Iterable[Row]:
    for index, table in enumerate(tables):
        if is_statutory(table):
            yield from rows_of_table(transposed(table) if _lies_down(table) else table, index)


def _lies_down(table: Table) -> bool:
    """Whether table 三 was printed with its rows as columns."""
    if table.columns < 12:
        return False
    by_row: dict[int, set[str]] = {}
    for cell in table.cells:
        key = t3_row(cell.text) if 2 <= len(cell.text) <= 60 else ""
        if key:
            by_row.setdefault(cell.row, set()).add(key)
    return any(len(keys) >= 5 for keys in by_row.values())


def read_tables(sources: Sequence[Extracted]) -> Reading:
    """The statutory tables of a page and its attachments. For each form the fullest reading counts; readings of
    the text stand in only for forms that no grid gave."""
    grids = [read_rows(_rows_of_tables(source.tables)) for source in sources]
    candidates: dict[str, list[Harvest]] = {form: [grid[form] for grid in grids] for form in FORMS}
    for source in sources:
        wanted = [
            form
            for form in FORMS
            if not any(harvest.cells for harvest in candidates[form]) and _SHOWN[form].search(source.text)
        ]
        if wanted:
            for form, harvest in _of_text(source.text, wanted).items():
                candidates[form].append(harvest)
    _complete_second(candidates["t2"], sources)
    cells: dict[str, Cell] = {}
    refused: list[str] = []
    regimes: dict[str, str] = {}
    others: dict[str, Cell] = {}
    for form, harvests in candidates.items():
        best = harvests[0] if len(harvests) == 1 else _fullest(harvests)
        cells.update(best.cells)
        refused.extend(best.refused if best.cells else [why for harvest in harvests for why in harvest.refused])
        if best.regimes:
            regimes[form] = max(set(best.regimes), key=best.regimes.count)
        for harvest in harvests:
            if harvest is not best:
                others.update({key: cell for key, cell in harvest.cells.items() if key not in others})
    cells.update(_totals(cells))
    forms: dict[str, dict[str, Cell]] = {form: {} for form in FORMS}
    for key, cell in cells.items():
        forms[cell.form][key] = cell
    return Reading(
        cells=cells,
        forms=forms,
        regimes=regimes,
        refused=tuple(dict.fromkeys(refused)),
        others=(others,) if others else (),
    )


def _fullest(harvests: Sequence[Harvest]) -> Harvest:
    """The harvest with most cells in which anything is printed, else with most cells; of equals the first."""
    best = max(harvests, key=lambda harvest: sum(cell.raw != "" for cell in harvest.cells.values()), default=Harvest())
    return best if best.cells else max(harvests, key=lambda harvest: len(harvest.cells), default=best)


def _complete_second(harvests: Sequence[Harvest], sources: Sequence[Extracted]) -> None:
    """Rows of table 二 that no grid has but a source's text does (transcripts print half of it as a table). Rows
    that a grid has, blank or refused, are left as they are."""
    for harvest, source in zip(harvests, sources, strict=False):
        regime = next(iter(harvest.regimes), "")
        due = {row.key for block in T2_BLOCKS if regime in block.columns for row in block.rows}
        seen = {cell.row for cell in harvest.cells.values()}
        if harvest.cells and not harvest.refused and due - seen and not _whole_grid(source):
            more = read_linear(source.text)["t2"].cells.values()
            harvest.put(cell for cell in more if cell.row not in seen)


def _whole_grid(source: Extracted) -> bool:
    """Whether the source has cells of its own (HTML, DOCX, PDF): what its grid lacks was not printed."""
    return source.media_type != "text/plain"


def _of_text(text: str, wanted: Sequence[str]) -> dict[str, Harvest]:
    """One harvest a form from flattened text: tabs and pipes literally, the linear reading for what they leave."""
    kinds: list[Iterable[Row]] = []
    if "\t" in text:
        kinds.append(rows_of_tabs(text))
    if "|" in text:
        kinds.append(rows_of_pipes(text.split("\n")))
    readings = [read_rows(rows) for rows in kinds]
    found: dict[str, Harvest] = {}
    linear: dict[str, Harvest] | None = None
    for form in wanted:
        literal = [reading[form] for reading in readings if reading[form].cells or reading[form].refused]
        best = max(literal, key=lambda harvest: len(harvest.cells), default=Harvest())
        if form == "s14" and not best.cells:
            units = read_rows(rows_of_units(text))[form]
            best = units if units.cells else best
        if form != "s14" and (not best.cells or best.refused or form == "t2"):
            linear = read_linear(text) if linear is None else linear
            more = linear[form]
            if not best.cells:
                best = more if more.cells or not best.refused else best
            else:
                best.put(cell for key, cell in more.cells.items() if key not in best.cells)
            best.regimes.extend(more.regimes)
        found[form] = best
    return found


def _totals(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Totals left blank beside parts that are not all zero: `derived`, never 0 (§9's example, §10.3 c)."""
    found: dict[str, Cell] = {}
    for key, cell in cells.items():
        if cell.column != "total" or cell.status != "blank":
            continue
        if cell.form == "t3":
            parts = [f"t3_{cell.row}__{column}" for column in ("natural_person", *T3_ORGANISATIONS)]
        elif cell.form == "t4" and cell.row in T4_GROUPS:
            parts = [f"t4_{cell.row}__{column}" for column in T4_PARTS]
        else:
            continue
        numbers = [number(cells, part) for part in parts]
        if all(value is not None for value in numbers):
            total = sum(value for value in numbers if value is not None)
            if total:
                found[key] = derived(cell, total)
    return found


def with_decided(
    cells: Mapping[str, Cell], decided: Mapping[str, float]
) -> tuple[Mapping[str, Cell], Mapping[str, Cell]]:
    """The cells of a report of which people decided some, and the cells to audit it by.

    The former keep what was printed and read; only totals that were derived from what is decided otherwise now are
    derived anew. The latter hold the decided numbers, as if they were printed.
    """
    if not decided.keys() & cells.keys():
        return cells, cells
    blank = {
        key: replace(cell, value=None, status="blank") if cell.status == "derived" else cell
        for key, cell in cells.items()
    }
    audited = {
        key: replace(cell, raw=f"{decided[key]:g}", value=decided[key], status="given", confidence=AGREED)
        if key in decided
        else cell
        for key, cell in blank.items()
    }
    totals = _totals(audited)
    return {**blank, **{key: totals[key] for key in totals if key not in decided}}, {**audited, **totals}


def is_complete(reading: Reading) -> bool:
    """Whether tables 二, 三 and 四 were all read, table 三 with every applicant's column of every row it has."""
    rows = {cell.row for cell in reading.form("t3").values()}
    columns = {cell.column for cell in reading.form("t3").values()}
    groups = {cell.row for cell in reading.form("t4").values()}
    return (
        bool(reading.form("t2"))
        and {"new_requests", "carried_in", "result_total", "carried_out"} <= rows
        and set(T3_COLUMN_KEYS) <= columns
        and groups == set(T4_GROUPS)
        and not reading.refused
    )

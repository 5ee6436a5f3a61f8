"""A page and its attachments, read as a report: the door of this room."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from archive.reports.audit import audit
from archive.reports.form import T4_GROUPS
from archive.reports.grids import KEPT, raw_grids
from archive.reports.identity import YearVote, find_body, find_period, find_scope, vote_year
from archive.reports.kind import Judgement, judge
from archive.reports.linear import read_linear
from archive.reports.model import Body, Cell, Context, Regime, Report, TablesStatus
from archive.reports.prose import clauses, enumerations, text_cells, told_numbers
from archive.reports.rules import Facts
from archive.reports.sections import Part, lines_of, read_sections, split_parts
from archive.reports.tables import Reading, is_complete, read_tables, with_decided
from archive.reports.titles import is_page_mark, title_edition, title_of_lines
from archive.reports.wording import tight
from sites.model import Extracted

_FILES = re.compile(r"^(?:pdf|docx?|wps|ofd|xlsx?|zip|rar)$")
#: Kinds whose tables are read: neighbours keep none (a 统计表 alone is a `statistics` page with numbers).
_READ = frozenset({"report", "statistics"})
#: Reports are shorter; what follows in a longer text is not looked at for year, kind and scope.
_READ_CHARS = 60_000


def read_report(sources: Sequence[Extracted], context: Context) -> Report:
    """Judge and read one document. `sources` is the page first, then its attachments; at least one.

    Where the page says next to nothing (a report that is only an attachment) its fullest attachment speaks for
    title, year, sections and prose; the page's own claims stay the first.
    """
    page = sources[0]
    speaker = _speaker(sources)
    whole = page if speaker is page else _joined(page, speaker)
    bare = tight(whole.text[:_READ_CHARS])
    parts = split_parts(lines_of(speaker))
    title = _title(page, speaker, context, [line.text for part in parts for line in part.lines][:20])
    vote = vote_year(whole, context, title, bare)
    body, body_notes = find_body(whole, context, title)
    reading = read_tables(sources)
    judgement = judge(
        whole,
        context,
        title,
        parts,
        resolved=(vote.year is not None) + (body is not None),
        tables=sum(bool(reading.form(name)) for name in ("t2", "t3", "t4")),
        bare=bare,
    )
    if judgement.kind not in _READ and context.decided.kind not in _READ:
        return _neighbour(judgement, vote, body, title, parts)
    regime, regime_notes = _regime(reading, parts, vote.year)
    spoken = clauses(parts)
    cells, audited = with_decided(reading.cells, context.decided.cells)
    facts = Facts(
        cells=audited,
        year=vote.year,
        published=_day(page, context),
        period=find_period(bare),
        level=body.level if body else "",
        told=told_numbers(spoken),
        sums=enumerations(parts),
    )
    return Report(
        kind=judgement.kind,
        score=judgement.score,
        reasons=judgement.reasons,
        year=vote.year,
        body=body,
        title=title,
        regime=regime,
        edition=title_edition(title),
        scope=find_scope(bare),
        tables_status=_tables_status(reading, parts, sources, vote.year, regime)
        if "report" in (judgement.kind, context.decided.kind)
        else "",
        year_source=vote.source,
        sections=read_sections(parts),
        grids=raw_grids(parts, speaker, [source for source in sources if source is not speaker])
        if regime in KEPT
        else (),
        cells=(*cells.values(), *text_cells(spoken)),
        findings=audit(facts, second=lambda: _second_reading(reading, sources, context.decided.cells)),
        notes=(*vote.notes, *body_notes, *regime_notes, *_table_notes(reading)),
    )


def _title(page: Extracted, speaker: Extracted, context: Context, opening: Sequence[str]) -> str:
    """The title: the page's own unless it is a mere mark (正文), one printed over the text's first lines, the
    listing's."""
    own = tight(page.title)
    if own and not is_page_mark(own):
        return own
    return title_of_lines(opening) or tight(speaker.title) or tight(context.listed_title)


def _neighbour(judgement: Judgement, vote: YearVote, body: Body | None, title: str, parts: Sequence[Part]) -> Report:
    """A document that is no report: only what it says outright is kept, nothing is read into it."""
    said = vote.source in ("title", "url", "period")
    return Report(
        kind=judgement.kind,
        score=judgement.score,
        reasons=judgement.reasons,
        year=vote.year if said else None,
        year_source=vote.source if said else "",
        body=body,
        title=title,
        edition=title_edition(title),
        sections=read_sections(parts),
    )


def _speaker(sources: Sequence[Extracted]) -> Extracted:
    """The source whose text is the report: the page, unless an attachment says several times as much."""
    page = sources[0]
    fullest = max(sources, key=lambda source: len(source.text))
    return fullest if len(fullest.text) > 3 * len(page.text) and len(tight(page.text[:2000])) < 300 else page


def _joined(page: Extracted, speaker: Extracted) -> Extracted:
    """The page's claims over an attachment's text."""
    return Extracted(
        title=page.title or speaker.title,
        text=f"{page.text}\n{speaker.text}",
        metadata=page.metadata,
        attachments=page.attachments,
        images=page.images,
        breadcrumb=page.breadcrumb,
        flags=page.flags,
    )


def _second_reading(reading: Reading, sources: Sequence[Extracted], decided: Mapping[str, float]) -> Mapping[str, Cell]:
    """Another way to the same numbers: other sources, else the words of the text alone. What was read in the very
    same place in the same way is no second reading, and what a person decided needs none."""
    other: dict[str, Cell] = {}
    for source in sources:
        for harvest in read_linear(source.text).values():
            other.update({key: cell for key, cell in harvest.cells.items() if key not in other})
    for cells in reading.others:
        other.update(cells)
    return {
        key: cell
        for key, cell in other.items()
        if key not in decided and (key not in reading.cells or reading.cells[key].location != cell.location)
    }


def _day(page: Extracted, context: Context) -> date | None:
    """The day of publication as claimed."""
    for name in ("published_at", "dated_on"):
        value = page.metadata.value(name)
        if value and re.match(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                continue
    return context.listed_on


def _regime(reading: Reading, parts: Sequence[Part], year: int | None) -> tuple[Regime, tuple[str, ...]]:
    """The regime by the labels seen, never by the year (§2); a surprise is noted."""
    seen = dict(reading.regimes)
    notes: list[str] = []
    if seen.get("t2") and seen.get("t3") and seen["t2"] != seen["t3"]:
        notes.append(f"regime_t2 is {seen['t2']}, regime_t3 is {seen['t3']}")
    found: Regime = ""
    for form in ("t2", "t3"):
        if not found and seen.get(form) in ("R2019", "R2021"):
            found = "R2019" if seen[form] == "R2019" else "R2021"
    if not found and reading.form("s14"):
        found = "R2014S"
    if not found:
        keys = {part.key for part in parts if part.heading}
        if reading.form("t3") or reading.form("t4"):
            found = "R2019" if year in (2019, 2020) else "R2021" if year and year > 2020 else ""
        elif "fees" in keys or ({"requests", "review_litigation"} <= keys and year is not None and year < 2019):
            found = "R2008"
        else:
            found = "NARR"
    if year and found in ("R2019", "R2021", "R2008", "R2014S"):
        due = "R2021" if year >= 2021 else "R2019" if year >= 2019 else "R2008"
        if found != due and not (due == "R2008" and found == "R2014S"):
            notes.append(f"regime_mismatch: {due} is due for {year}, the report has {found}")
    return found, tuple(notes)


def _tables_status(
    reading: Reading, parts: Sequence[Part], sources: Sequence[Extracted], year: int | None, regime: str
) -> TablesStatus:
    """What became of the statutory tables (§11.1)."""
    if reading.form("t3") or reading.form("t4") or reading.form("t2"):
        return "complete" if is_complete(reading) else "partial"
    if reading.form("s14"):
        return "complete" if not reading.refused else "partial"
    if reading.refused:
        return "refused"
    bare = [part for part in parts if part.key in ("proactive", "requests", "review_litigation") and part.heading]
    page = sources[0]
    empty = [part for part in bare if len(tight(part.prose)) < 30]
    if page.images and (empty or not bare):
        return "image"
    if any(_FILES.match(link.kind) for link in page.attachments):
        return "attachment"
    if regime == "R2008" and year is not None and year < 2019:
        return ""
    return "absent"


def _table_notes(reading: Reading) -> tuple[str, ...]:
    """Refusals with their reasons, and what the cells themselves give to think about."""
    notes = list(reading.refused)
    for form in ("t3", "t4"):
        cells = list(reading.form(form).values())
        if cells and all(cell.value is None for cell in cells):
            notes.append(f"{form}_all_blank: every cell is blank")
            continue
        notes.extend(
            f"non_integer: {cell.key} is printed {cell.raw}"
            for cell in cells
            if cell.status == "unparsable" and re.fullmatch(r"\d+\.\d+", cell.raw)
        )
    fourth = reading.form("t4")
    notes.extend(
        f"t4_total_missing: {group}"
        for group in T4_GROUPS
        if (total := fourth.get(f"t4_{group}__total"))
        and total.value is None
        and any(cell.row == group and cell.value is not None for cell in fourth.values())
    )
    amount = reading.cells.get("t2_art20_9_procurement__amount")
    if amount and amount.value and not amount.unit:
        notes.append("unit_unknown: 采购总金额 is printed without a unit")
    return tuple(notes)

"""A page and its attachments, read as a report: the door of this room."""

from __future__ import annotations

from collections.abc import Sequence

from archive.reports.identity import find_body, find_scope, vote_year
from archive.reports.kind import judge
from archive.reports.model import Context, Report
from archive.reports.sections import lines_of, read_sections, split_parts
from archive.reports.titles import title_edition, title_of_lines
from archive.reports.wording import tight
from sites.model import Extracted


def read_report(sources: Sequence[Extracted], context: Context) -> Report:
    """Judge and read one document. `sources` is the page first, then its attachments; at least one."""
    page = sources[0]
    lines = lines_of(page)
    parts = split_parts(lines)
    title = tight(page.title) or title_of_lines([line.text for line in lines[:20]]) or tight(context.listed_title)
    vote = vote_year(page, context, title)
    body, body_notes = find_body(page, context, title)
    judgement = judge(page, context, title, parts, resolved=(vote.year is not None) + (body is not None), tables=0)
    return Report(
        kind=judgement.kind,
        score=judgement.score,
        reasons=judgement.reasons,
        year=vote.year,
        body=body,
        title=title,
        edition=title_edition(title),
        scope=find_scope(page.text),
        year_source=vote.source,
        sections=read_sections(parts),
        notes=(*vote.notes, *body_notes),
    )

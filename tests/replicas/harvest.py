"""The smallest harvester there is: start → listing → next … → extract, in memory, within a budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sites.errors import Absent
from sites.model import Extracted, Family, Page, PageRef, Request, Section
from sites.reading.decode import page_of
from tests.replicas.base import Answer

NIGHT = datetime(2024, 3, 1, 18, 0, tzinfo=UTC)


@dataclass
class Harvest:
    refs: dict[str, PageRef] = field(default_factory=dict)
    documents: dict[str, Extracted] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    complete: bool = False


class OverBudget(AssertionError):
    """The family asked without end."""


def as_page(request: Request, answer: Answer) -> Page:
    status, headers, body = answer
    return page_of(
        url=request.url,
        requested_url=request.url,
        body=body,
        headers=tuple(headers.items()),
        status=status,
        context=request.context,
        fetched_at=NIGHT,
    )


def harvest(family: Family, section: Section, respond, *, budget: int = 120, extract: bool = True) -> Harvest:
    """Everything a section holds. A later page that is gone (404, 410) is handed to the family like any other."""
    found = Harvest()

    def ask(request: Request) -> Page:
        if len(found.requests) >= budget:
            raise OverBudget(f"{family.id} asked more than {budget} times; last {request.url}")
        found.requests.append(request)
        return as_page(request, respond(request))

    request: Request | None = family.start(section)
    while request is not None:
        listing = family.listing(section, ask(request))
        for ref in listing.refs:
            found.refs.setdefault(ref.url, ref)
        found.notes += listing.notes
        found.complete = listing.complete
        request = listing.next
    for ref in found.refs.values() if extract else ():
        page = ask(Request(url=ref.url, context=ref.context))
        if page.status == 404:
            found.absent.append(ref.url)
            continue
        try:
            found.documents[ref.url] = family.extract(section, page)
        except Absent:
            found.absent.append(ref.url)
    return found

"""Synthetic exchanges, readings and reports for the store's tests. Nothing here is a real place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.reports.model import Body, Cell, Finding, Report, ReportSection
from archive.store.archive import Archive
from archive.store.model import Capture, Change, Exchange, Run
from sites.model import Claim, Extracted, Metadata, PageRef, Section, SiteSpec

HOST = "town.example.gov.cn"
START = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)


class Clock:
    """A clock that is set, and ticks a second each time it is read."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def next_night(self) -> None:
        self.at = (self.at + timedelta(days=1)).replace(hour=16, minute=0, second=0)


def url(name: str, host: str = HOST) -> str:
    return f"http://{host}/art/{name}.html"


def section(site: str = "demo", key: str = "nb", host: str = HOST, *, min_refs: int = 1) -> Section:
    return Section(
        site_id=site,
        key=key,
        name="年报",
        url=f"http://{host}/col/{key}/",
        family="static",
        hosts=(host,),
        region_code="330604",
        min_refs=min_refs,
    )


def spec(site: str = "demo", host: str = HOST, *, verified: bool = True, min_refs: int = 1) -> SiteSpec:
    return SiteSpec(
        id=site,
        name="示例区",
        home=f"http://{host}/",
        family="static",
        sections=(section(site, host=host, min_refs=min_refs),),
        hosts=(host,),
        region_code="330604",
        province="示例省",
        county="示例区",
        verified=START.date() if verified else None,
    )


def exchange(
    address: str, body: bytes = b"<p>x</p>", *, at: datetime = START, status: int = 200, **headers: str
) -> Exchange:
    return Exchange(
        url=address,
        method="GET",
        request_headers=(("User-Agent", "gongkai-test"),),
        request_body=b"",
        status=status,
        reason="OK",
        http_version="HTTP/1.1",
        headers=(
            ("Content-Type", "text/html; charset=utf-8"),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ),
        body=body,
        fetched_at=at,
    )


def extracted(text: str, *, title: str = "年度报告", **claims: str) -> Extracted:
    return Extracted(
        title=title,
        text=text,
        metadata=Metadata(
            claims=tuple(Claim(field=name, value=value, source="catalogue") for name, value in claims.items())
        ),
    )


def report(
    body: str | None = "甲镇",
    year: int | None = 2021,
    *,
    kind: str = "report",
    tables_status: str = "complete",
    cells: tuple[Cell, ...] = (),
    findings: tuple[Finding, ...] = (),
    sections: tuple[ReportSection, ...] = (),
    title: str = "",
) -> Report:
    return Report(
        kind=kind,
        score=0.9,
        reasons=("made up",),
        year=year,
        body=Body(name=body, raw=body, level="town", region_code="330604") if body else None,
        title=title or f"{body or ''}{year or ''}年政府信息公开工作年度报告",
        regime="R2021",
        tables_status=tables_status,
        sections=sections,
        cells=cells,
        findings=findings,
    )


def cell(row: str, column: str, value: float | None, *, form: str = "t3", raw: str | None = None) -> Cell:
    return Cell(
        form=form,
        row=row,
        column=column,
        raw=raw if raw is not None else ("" if value is None else f"{value:g}"),
        value=value,
        unit="件",
        status="blank" if value is None else "given",
        location="table 3",
    )


def put(
    archive: Archive,
    name: str,
    text: str,
    *,
    run: Run | None = None,
    said: Report | None = None,
    body: bytes | None = None,
    host: str = HOST,
    site: str = "demo",
    title: str = "年度报告",
    **claims: str,
) -> tuple[Capture, Change]:
    """One page, captured and read in one step."""
    address = url(name, host)
    with archive.step():
        capture = archive.put_capture(
            exchange(address, body if body is not None else text.encode(), at=archive._clock()), run=run
        )
        change = archive.put_reading(
            capture=capture,
            url=address,
            section=section(site, host=host),
            extracted=extracted(text, title=title, **claims),
            report=said or report(),
            family="static",
            ref=PageRef(url=address, title=title),
            run=run,
        )
    return capture, change


def listed(archive: Archive, run: Run, names: list[str], *, complete: bool = True) -> None:
    """A listing that carried these pages."""
    refs = tuple(PageRef(url=url(name), title="年度报告") for name in names)
    archive.put_listing(section=section(), run=run, refs=refs, complete=complete)

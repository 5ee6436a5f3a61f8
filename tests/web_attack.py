"""An archive in which everything that comes from the web is an attack: names, titles, cells, file names, URLs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from archive.reports.model import Body, Cell, Finding, Report, ReportSection
from archive.store.archive import Archive
from sites.model import Claim, Extracted, Metadata, PageRef, Section, SiteSpec
from tests.web_archive import HOST, cells_of, exchange_of

FORMULA = "=cmd|' /C calc'!A0"
SCRIPT = "<script>alert(1)</script>"
ATTRIBUTE = "\"'><img src=x onerror=alert(1)>"
TEMPLATE = "{{7*7}}{% raw %}${7*7}"
#: Every attack in one text; the direction override and isolate must not reorder what stands around it.
EVIL = f"{FORMULA}{SCRIPT}{ATTRIBUTE}{TEMPLATE}\u202e\u2066evil]]>--></title></textarea>"
URL = f"http://{HOST}/art/{SCRIPT}{ATTRIBUTE}/{{{{7*7}}}}/"
SCRIPT_URL = "javascript:alert(document.domain)//"
NIGHT = datetime(2026, 1, 10, 18, 0, tzinfo=UTC)


def _clock() -> Iterator[datetime]:
    moment = NIGHT
    while True:
        yield moment
        moment += timedelta(seconds=1)


def _report(year: int, *, wrong: bool, score: float = 14.0, body: bool = True) -> Report:
    finding = Finding(
        rule="T3-ID",
        severity="E",
        verdict="FAIL" if wrong else "PASS",
        where=EVIL,
        blame="theirs",
        expected=EVIL,
        actual=FORMULA,
        evidence=(EVIL, "t3_new_requests__total=" + EVIL, f"{year - 1} t3_carried_out__total={SCRIPT}"),
    )
    hostile = Cell(
        form="t3", row="new_requests", column="org_other", raw=EVIL, value=1.0, unit=EVIL, status="ocr", confidence=0.1
    )
    carried = {"carried_in": 4.0, "carried_out": 3.0}
    cells = [
        replace(cell, value=carried[cell.row], raw=FORMULA) if cell.row in carried and cell.column == "total" else cell
        for cell in cells_of(year % 10, 1)
        if (cell.row, cell.column) != ("new_requests", "org_other")
    ]
    return Report(
        kind="report",
        score=score,
        reasons=(EVIL,),
        year=year,
        body=Body(name=EVIL, raw=EVIL, level=EVIL, region_code="330604", source=EVIL) if body else None,
        title=EVIL,
        regime=EVIL,
        edition=EVIL,
        tables_status="complete",
        year_source=EVIL,
        sections=(
            ReportSection(key="overview", ordinal_raw=SCRIPT, heading=EVIL, text=f"{EVIL}\n{FORMULA}"),
            ReportSection(key="requests", ordinal_raw="三", heading=EVIL, text=EVIL),
        ),
        cells=(*cells, hostile),
        findings=(finding,),
        notes=(EVIL,),
    )


def build_attack(folder: Path) -> Path:
    """Write the archive into `folder` and give its path."""
    path = folder / "archive.db"
    moments = _clock()
    section = Section(
        site_id="evil",
        key="evil",
        name=EVIL,
        url=URL,
        family="static",
        hosts=(HOST,),
        body=EVIL,
        region_code="330604",
    )
    spec = SiteSpec(
        id="evil",
        name=EVIL,
        home=SCRIPT_URL,
        family="static",
        sections=(section,),
        hosts=(HOST,),
        region_code="330604",
        province=EVIL,
        city=EVIL,
        county=EVIL,
        verified=date(2026, 1, 1),
    )
    with Archive.open(path, clock=lambda: next(moments)) as archive:
        archive.put_sites([spec])
        run = archive.start_run("crawl", EVIL)

        def put(url: str, report: Report | None, text: str, *, parent: str = "", media_type: str = "text/html") -> None:
            fields = ("issuer", "index_number", "document_number", "disclosure_mode")
            claims = tuple(Claim(field=field, value=EVIL, source=EVIL) for field in fields)  # type: ignore[arg-type]
            body = f"<html><head><title>{EVIL}</title></head><body onload='alert(1)'>{EVIL}<p>{text}</p></body></html>"
            with archive.step():
                capture = archive.put_capture(exchange_of(url, body.encode(), next(moments), media_type))
                archive.put_reading(
                    capture=capture,
                    url=url,
                    section=section,
                    extracted=Extracted(title=EVIL, text=text, metadata=Metadata(claims=claims), breadcrumb=(EVIL,)),
                    report=report,
                    family="static",
                    ref=PageRef(url=url, title=EVIL),
                    parent_url=parent,
                    run=run,
                )

        for year in (2021, 2022, 2023):
            put(f"{URL}{year}", _report(year, wrong=year > 2021), f"{EVIL}\n{year} 公开 复议 {EVIL}")
        put(f"{URL}2023", _report(2023, wrong=True), f"{EVIL}\n2023 {SCRIPT} 公开 {EVIL} changed")
        put(f"{URL}file-{FORMULA}.pdf", None, EVIL, parent=f"{URL}2022", media_type="application/pdf")
        put(f"{URL}review", _report(2020, wrong=False, score=4.0), f"{EVIL} 2020")
        put(f"{URL}nobody", _report(2019, wrong=False, body=False), f"{EVIL} 2019")
        for url in (SCRIPT_URL, URL):
            archive.put_problem(run=run, site_id="evil", section_key=EVIL, url=url, kind=SCRIPT + FORMULA, message=EVIL)
        archive.finish_run(run)
    return path

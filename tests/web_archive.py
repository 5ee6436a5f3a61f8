"""A small archive made by hand for the web tests: two towns, three years, an edit, an attack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from archive.reports import form
from archive.reports.model import Body, Cell, Finding, Report, ReportSection
from archive.store.archive import Archive
from archive.store.model import Exchange
from sites.model import Claim, Extracted, Metadata, PageRef, Section, SiteSpec

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{% raw %}\u202eevil=1"
HOST = "www.example.gov.cn"
BEIGAI, XIEYA = "盖北镇", "谢塘镇"
NIGHT = datetime(2026, 1, 10, 18, 0, tzinfo=UTC)

_TEXT = """我镇根据《中华人民共和国政府信息公开条例》编制本报告，统计期限为{year}年1月1日至12月31日。
一、总体情况
{year}年，{name}主动公开政府信息{count}条，推进重点领域信息公开。
二、主动公开政府信息情况
规章 0
三、收到和处理政府信息公开申请情况
本年新收政府信息公开申请{requests}件。
四、政府信息公开行政复议、行政诉讼情况
行政复议结果维持{upheld}件，未发生行政诉讼。
五、存在的主要问题及改进情况
公开的及时性有待提高。{own}
六、其他需要报告的事项
无其他需要报告的事项。"""

#: What every report says in the same words, long enough to be told as copied.
_OWN = (
    "个别科室对公开工作重视不够，信息报送偶有拖延，栏目更新不够均衡；镇村两级公开的衔接还不紧密，群众查找信息仍有不便。"
    "下一步将把公开任务分解到岗到人，每季度通报一次报送情况，并在便民服务中心增设查阅点，方便村民就近查阅各类信息。"
)

_PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>
<script>document.title = "pwned"; parent.postMessage("pwned", "*")</script>
<link rel="stylesheet" href="http://outside.example.com/x.css"><meta http-equiv="refresh" content="0;url=http://outside.example.com/">
</head><body onload="alert(1)"><h1>{title}</h1><p><a href="http://outside.example.com/">链接</a>
<img src="http://outside.example.com/a.png" alt="图"></p><div>{text}</div>
<iframe src="http://outside.example.com/"></iframe></body></html>"""


def section_of(body: str, key: str) -> Section:
    """A town's column."""
    return Section(
        site_id="demo",
        key=key,
        name=f"{body} 年报",
        url=f"http://{HOST}/col/{key}/index.html",
        family="static",
        hosts=(HOST,),
        body=body,
        region_code="330604",
    )


def cells_of(requests: int, upheld: int, *, wrong: bool = False) -> tuple[Cell, ...]:
    """Tables 二, 三 and 四 of the 2021 form; `wrong` prints a total of table 三 one too high."""

    def cell(of: str, row: str, column: str, value: int | None, status: str = "given") -> Cell:
        raw = "" if value is None or status == "derived" else str(value)
        number = None if value is None else float(value)
        return Cell(form=of, row=row, column=column, raw=raw, value=number, unit="件", status=status)  # type: ignore[arg-type]

    made = [
        cell("t2", row, column, 3 if column == "in_force" and row.endswith("normative") else 0)
        for block in form.T2_BLOCKS
        for row in [row.key for row in block.rows if row.key != "art20_5_other_services"]
        for column in block.columns.get("R2021", ())
    ]
    for row in form.t3_order("R2021"):
        for column in form.T3_COLUMN_KEYS:
            given = row in {"new_requests", "disclosed", "result_total"} and column in {"natural_person", "total"}
            value = requests if given else 0
            off = int(wrong and row == "result_total" and column == "total")
            status = "derived" if row == "partial" and column == "total" else "given"
            made.append(cell("t3", row, column, value + off, status))
    for group in form.T4_GROUP_LABELS:
        for column in form.T4_COLUMN_KEYS:
            made.append(cell("t4", group, column, upheld if group == "review" and column in {"upheld", "total"} else 0))
    return tuple(made)


def report_of(name: str, year: int, *, requests: int, upheld: int, wrong: bool = False, title: str = "") -> Report:
    """A report with sections, tables and findings."""
    text = _TEXT.format(year=year, name=name, count=100 + year % 10, requests=requests, upheld=upheld, own=_OWN)
    keys = ("", "overview", "proactive", "requests", "review_litigation", "problems", "other")
    sections = []
    lines = text.splitlines()
    starts = [0, *range(1, len(lines), 2)]
    for place, start in enumerate(starts):
        heading = lines[start] if place else ""
        inner = lines[start + 1] if place else lines[0]
        ordinal = heading[:1]
        sections.append(ReportSection(key=keys[place] or "overview", ordinal_raw=ordinal, heading=heading, text=inner))
    finding = Finding(
        rule="T3-ID",
        severity="E",
        verdict="FAIL" if wrong else "PASS",
        where="total",
        blame="theirs" if wrong else "",
        expected=str(requests),
        actual=str(requests + int(wrong)),
        evidence=("t3_new_requests__total", "t3_result_total__total"),
    )
    return Report(
        kind="report",
        score=14.0,
        reasons=("title",),
        year=year,
        body=Body(name=name, raw=name, level="town", region_code="330604", source="section"),
        title=title or f"{year}年{name}政府信息公开年度报告",
        regime="R2021",
        tables_status="complete",
        year_source="title",
        sections=tuple(sections),
        cells=cells_of(requests, upheld, wrong=wrong),
        findings=(finding,),
    )


def extracted_of(report: Report, name: str, year: int, *, requests: int, upheld: int) -> Extracted:
    """What the page of a report says."""
    text = _TEXT.format(year=year, name=name, count=100 + year % 10, requests=requests, upheld=upheld, own=_OWN)
    claims = (
        Claim(field="issuer", value=f"{name}人民政府", source="catalogue", label="发布机构"),
        Claim(field="index_number", value=f"00259/{year + 1}-1", source="catalogue", label="索引号"),
        Claim(field="published_at", value=f"{year + 1}-01-20T15:41:00+08:00", source="meta"),
        Claim(field="disclosure_mode", value="主动公开", source="catalogue"),
    )
    return Extracted(title=report.title, text=text, metadata=Metadata(claims=claims), breadcrumb=("首页", name, "年报"))


def exchange_of(url: str, body: bytes, at: datetime, media_type: str = "text/html; charset=utf-8") -> Exchange:
    """A stored answer."""
    return Exchange(
        url=url,
        method="GET",
        request_headers=(("User-Agent", "test"),),
        request_body=b"",
        status=200,
        reason="OK",
        http_version="HTTP/1.1",
        headers=(("Content-Type", media_type),),
        body=body,
        fetched_at=at,
    )


def build(folder: Path, *, attack: bool = True) -> Path:
    """Write the archive into `folder` and give its path."""
    path = folder / "archive.db"
    moments = iter(replace_minutes(minute) for minute in range(10_000))
    clock: Callable[[], datetime] = lambda: next(moments)  # noqa: E731
    towns = {BEIGAI: section_of(BEIGAI, "beigai"), XIEYA: section_of(XIEYA, "xietang")}
    spec = SiteSpec(
        id="demo",
        name="示例区政府",
        home=f"http://{HOST}/",
        family="static",
        sections=tuple(towns.values()),
        hosts=(HOST,),
        region_code="330604",
        province="浙江省",
        city="绍兴市",
        county="上虞区",
        verified=date(2026, 1, 1),
    )
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec])
        run = archive.start_run("crawl", "demo")

        def put(
            name: str, year: int, requests: int, upheld: int, *, night: int = 0, wrong: bool = False, title: str = ""
        ) -> None:
            report = report_of(name, year, requests=requests, upheld=upheld, wrong=wrong, title=title)
            extracted = extracted_of(report, name, year, requests=requests, upheld=upheld)
            section = towns[name]
            url = f"http://{HOST}/art/{year + 1}/1/20/{section.key}.html"
            page = _PAGE.format(title=report.title, text=extracted.text).encode()
            with archive.step():
                capture = archive.put_capture(exchange_of(url, page, replace_minutes(night * 1440 + year % 100)))
                archive.put_reading(
                    capture=capture,
                    url=url,
                    section=section,
                    extracted=extracted,
                    report=report,
                    family="static",
                    ref=PageRef(url=url, title=report.title),
                    run=run,
                )

        for year in (2021, 2022, 2023):
            put(BEIGAI, year, year % 10, 0, wrong=year == 2022)
            put(XIEYA, year, year % 10 + 2, 1)
        put(XIEYA, 2023, 9, 1, night=1)  # edited on the second night
        if attack:
            put(XIEYA, 2020, 1, 0, title=ATTACK)
        archive.put_problem(
            run=run, site_id="demo", section_key="beigai", url=f"http://{HOST}/wall", kind="Challenged", message=ATTACK
        )
        archive.finish_run(run)
    return path


def replace_minutes(minute: int) -> datetime:
    """A moment some minutes after the first night began."""
    days, rest = divmod(minute, 1440)
    return replace_day(NIGHT, days).replace(hour=18 + rest // 60 % 5, minute=rest % 60)


def replace_day(moment: datetime, days: int) -> datetime:
    """The same hour, `days` later."""
    return moment.replace(day=moment.day + days)

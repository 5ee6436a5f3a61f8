"""What every replica has: a county with four towns and their annual reports, a home page, plain articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from sites.model import OptionValue, Request

Answer = tuple[int, dict[str, str], bytes]

TOWNS = ("云溪镇", "石桥街道", "柳塘乡", "东岭镇")
YEARS = range(2023, 2014, -1)


@dataclass(frozen=True, slots=True)
class Document:
    """A report as the portal publishes it."""

    number: int
    title: str
    issuer: str
    year: int
    day: date


def documents() -> tuple[Document, ...]:
    """37 reports, newest first: nine years of four towns and one of the county."""
    found = [Document(1100, "2023年清河县政府信息公开工作年度报告", "清河县人民政府", 2023, date(2024, 1, 30))]
    for year in YEARS:
        for place, town in enumerate(TOWNS):
            number = 1000 - (2023 - year) * 10 - place
            title = f"{year}年清河县{town}政府信息公开工作年度报告"
            found.append(Document(number, title, town, year, date(year + 1, 1, 28 - place * 7)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request taken apart as a server does it."""

    path: str
    query: dict[str, str]
    form: dict[str, str]
    method: str
    headers: dict[str, str]


def asked(request: Request) -> Asked:
    """Path unquoted, query and form as dictionaries, header names in lower case."""
    parts = urlsplit(request.url)
    content = dict(request.headers).get("Content-Type", "")
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True)) if "urlencoded" in content else {}
    return Asked(
        path=unquote(parts.path) or "/",
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        form=form,
        method=request.method,
        headers={name.lower(): value for name, value in request.headers},
    )


def html(text: str, *, status: int = 200, encoding: str = "utf-8") -> Answer:
    return status, {"Content-Type": f"text/html; charset={encoding}"}, text.encode(encoding)


def json_answer(text: str) -> Answer:
    return 200, {"Content-Type": "application/json;charset=UTF-8"}, text.encode()


def missing() -> Answer:
    return html("<html><head><title>404</title></head><body>404 Not Found</body></html>", status=404)


def head(title: str, *, column: str = "", more: str = "") -> str:
    """The national header of a page (portals.md §2)."""
    name = (
        f'<meta name="ColumnName" content="{column}"><meta name="ColumnType" content="信息公开年报">' if column else ""
    )
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="SiteName" content="清河县人民政府">'
        '<meta name="SiteDomain" content="www.qinghe.example.gov.cn"><meta name="SiteIDCode" content="9999990001">'
        f"{name}{more}<title>{title}</title></head>"
    )


def home(column: str, *, more: str = "") -> Answer:
    """A home page that links the column of annual reports among others."""
    links = "".join(
        f'<li><a href="{address}">{name}</a></li>'
        for address, name in (
            ("/zwgk/zcwj/", "政策文件"),
            ("/zwgk/zn/", "政府信息公开指南"),
            (column, "政府信息公开年报"),
            ("/zwgk/wzgzbb/", "政府网站工作年度报表"),
        )
    )
    return html(f"{head('清河县人民政府')}<body><ul>{links}</ul>{more}{foot()}</body></html>")


def foot() -> str:
    return (
        '<div class="footer">主办单位：清河县人民政府办公室 政府网站标识码：9999990001 '
        '<a href="/wzdt.html">网站地图</a></div>'
    )


def paragraphs(document: Document) -> str:
    """A report's body: six headings, enough text to be one, one table."""
    issuer, year = document.issuer, document.year
    return (
        f"<p>根据《中华人民共和国政府信息公开条例》要求，{issuer}编制了{year}年政府信息公开工作年度报告。</p>"
        f"<p>一、总体情况</p><p>{year}年，{issuer}认真做好政府信息公开工作，主动公开政府信息{document.number}条，"
        "依法依规答复公众申请，不断完善工作机制。</p><p>二、主动公开政府信息情况</p>"
        "<table><tr><td>信息内容</td><td>本年制发件数</td></tr><tr><td>规章</td><td>0</td></tr>"
        f"<tr><td>行政规范性文件</td><td>{document.number % 7}</td></tr></table>"
        "<p>三、收到和处理政府信息公开申请情况</p><p>本年度共收到政府信息公开申请3件，均已按期答复。</p>"
        "<p>四、政府信息公开行政复议、行政诉讼情况</p><p>本年度未发生因政府信息公开引起的行政复议和行政诉讼。</p>"
        "<p>五、存在的主要问题及改进情况</p><p>公开内容的深度有待加强，下一步将加强培训，提高公开质量。</p>"
        "<p>六、其他需要报告的事项</p><p>无其他需要报告的事项。</p>"
    )


def article(document: Document, container: str, *, more: str = "", encoding: str = "utf-8") -> Answer:
    """An article page. `container` is the opening tag of the body's box."""
    tag = container[1:].partition(" ")[0]
    meta = (
        f'<meta name="ArticleTitle" content="{document.title}"><meta name="PubDate" content="{document.day} 09:30">'
        f'<meta name="ContentSource" content="{document.issuer}">'
    )
    text = (
        f"{head(document.title, column='政府信息公开年报', more=meta)}<body>"
        '<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a></div>'
        f"<h1>{document.title}</h1><div class='info'>发布日期：{document.day} 来源：{document.issuer}</div>"
        f"{container}{paragraphs(document)}</{tag}>{more}{foot()}</body></html>"
    )
    return html(text.replace('charset="utf-8"', f'charset="{encoding}"'), encoding=encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One portal: where its column stands, what a complete harvest of it finds, how it answers."""

    family: str
    host: str
    column: str
    respond: Callable[[Request], Answer]
    expected: dict[str, Document] = field(default_factory=dict)
    options: dict[str, OptionValue] = field(default_factory=dict)
    claims_dates: bool = True

    @property
    def home(self) -> str:
        return f"http://{self.host}/"

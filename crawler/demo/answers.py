"""PURE. What the demo portal answers to a request on a night: status, headers, body."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from crawler.demo import chrome
from crawler.demo.content import Article, by_path, listed
from crawler.demo.towns import BY_KEY, CLOSED_COLUMN, TOWNS

HTML = "text/html;charset=UTF-8"
_CHINA = timezone(timedelta(hours=8))
#: Rows one column answers a group with beyond the group itself, as many servers do.
LOOK_AHEAD = 1

ROBOTS = f"""User-agent: *
Disallow: /module/search/
Disallow: /gate/
Disallow: /col/col{CLOSED_COLUMN}/
Disallow: /art/*/art_{CLOSED_COLUMN}_
"""

#: The first stage of 加速乐: a script that would set a cookie and reload.
CHALLENGE = (
    "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+('_')+'clearance_s=1700000000.000|-1|demo';"
    "location.href=location.pathname+location.search</script>"
)

_LOST = (
    "<!DOCTYPE html><html><head><title>404 页面不存在</title></head><body><div class='err'>"
    "<h2>很抱歉，您访问的页面不存在或已删除</h2><p><a href='/'>返回首页</a></p></div></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `headers` without Content-Length, Date and Connection."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=(("Content-Type", HTML),))


def answer(
    *, night: int, method: str, target: str, headers: dict[str, str], body: bytes = b"", views: int = 0
) -> Answer:
    """The portal's answer. `headers` have lower-case names; `views` is what the counters show."""
    parts = urlsplit(target)
    if parts.path == "/robots.txt":
        return Answer(200, ROBOTS.encode(), (("Content-Type", "text/plain"),))
    if parts.path in ("/", "/index.html"):
        return Answer(200, chrome.home_page().encode())
    if parts.path == "/module/web/jpage/dataproxy.jsp" and method in ("GET", "POST"):
        return _group(night, dict(parse_qsl(parts.query)), dict(parse_qsl(body.decode("utf-8", "replace"))))
    if method != "GET":
        return Answer(405, b"")
    if parts.path.startswith("/col/col"):
        return _column(night, parts.path)
    article = by_path().get(parts.path)
    if article is None or night not in article.nights:
        return Answer(404, _LOST.encode())
    return _article(article, night, headers, views)


def _article(article: Article, night: int, headers: dict[str, str], views: int) -> Answer:
    if article.wall:
        cookie = ("Set-Cookie", "__jsluid_h=0123456789abcdef0123456789abcdef; max-age=31536000; path=/; HttpOnly")
        return Answer(521, CHALLENGE.encode(), (("Content-Type", "text/html"), cookie))
    declared = "text/html" if article.charset != "utf-8" else HTML
    found: tuple[tuple[str, str], ...] = (("Content-Type", declared),)
    if article.validators:
        changed_at = _changed_at(article, night)
        etag = f'W/"{article.id}-{int(changed_at.timestamp())}"'
        found += (("ETag", etag), ("Last-Modified", format_datetime(changed_at, usegmt=True)))
        if _still_fresh(headers, etag, changed_at):
            return Answer(304, b"", found[1:])
    page = chrome.article_page(article, night, views)
    return Answer(200, page.encode("utf-8" if article.charset == "utf-8" else "gbk"), found)


def _changed_at(article: Article, night: int) -> datetime:
    text = article.edited_on if article.edited_on and night > 1 else article.published_at
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=_CHINA).astimezone(UTC)


def _still_fresh(headers: dict[str, str], etag: str, changed_at: datetime) -> bool:
    if "if-none-match" in headers:
        return etag in (part.strip() for part in headers["if-none-match"].split(","))
    if "if-modified-since" in headers:
        try:
            return changed_at <= parsedate_to_datetime(headers["if-modified-since"])
        except ValueError:
            return False
    return False


def _column(night: int, path: str) -> Answer:
    number = path.removeprefix("/col/col").split("/")[0]
    names = chrome.column_names()
    if not number.isdigit() or int(number) not in names or path != f"/col/col{number}/index.html":
        return Answer(404, _LOST.encode())
    owner, unit, name = names[int(number)]
    articles = listed(owner, night)
    rows = _group_rows(owner)
    page = chrome.column_page(int(number), unit, name, articles[:rows], len(articles))
    return Answer(200, page.encode())


def _group_rows(owner: str) -> int:
    town = BY_KEY.get(owner)
    return town.per_page * town.group_size if town else 45


def _group(night: int, query: dict[str, str], form: dict[str, str]) -> Answer:
    """A group of records. `startrecord`/`endrecord` are 1-based and inclusive; `page` counts groups from 0,
    the embedded one. One town's server honours `page` alone and repeats its first group otherwise."""
    asked = query | form
    names = chrome.column_names()
    column = asked.get("columnid", "")
    if not column.isdigit() or int(column) not in names or asked.get("unitid") != str(names[int(column)][1]):
        return Answer(200, b"\n\n<datastore><totalrecord>0</totalrecord><recordset></recordset></datastore>")
    owner, unit, _ = names[int(column)]
    rows = _group_rows(owner)
    articles = listed(owner, night)
    page_only = any(town.page_only and town.key == owner for town in TOWNS)
    first, last, number = 0, rows, 0
    if asked.get("page", "").isdigit():
        number = int(asked["page"])
        first, last = number * rows, (number + 1) * rows
    elif asked.get("startrecord", "").isdigit() and not page_only:
        first = max(0, int(asked["startrecord"]) - 1)
        last = int(asked["endrecord"]) if asked.get("endrecord", "").isdigit() else first + rows
        number = first // rows
    records = articles[first : last + LOOK_AHEAD]
    per_page = rows // 2 if owner in BY_KEY else 15
    text = "\n".join(
        (
            "\n\n<datastore>",
            chrome.next_group(int(column), unit, number + 1) if records else "",
            f"<totalrecord>{len(articles)}</totalrecord><totalpage>{-(-len(articles) // per_page)}</totalpage>",
            "<recordset>",
            *(chrome.record(article, int(column)) for article in records),
            "</recordset></datastore>",
        )
    )
    return Answer(200, text.encode())

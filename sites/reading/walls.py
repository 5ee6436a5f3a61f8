"""What stands in a page's place: walls, soft 404s, shells (portals.md §8), as one table of rules.

A wall is classified and refused, never worked around. Phrases count only on pages that are too small to
be a document: an article may well speak of 验证码.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from sites.errors import Absent, Challenged
from sites.model import Page
from sites.reading.urls import in_scope

#: More visible text than this, and it is a page, whatever words stand on it.
_SMALL = 1200
#: A page that shows much shows it early: this many characters of markup are looked at first.
_WINDOW = 20_000
#: And of that without scripts, this many at a time.
_GLANCE = 8_000
_UNSEEN = re.compile(r"<(?:(script|style|noscript)\b|!--)", re.I)  # begins with one character: searched for as such
_TAG = re.compile(r"<[^<>]*+>?")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.S | re.I)
_SECONDS = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules look at: the page, its raw text in part, its visible text folded (cut), its title. Of a page
    that is small also `markup` and `words`: the raw text, and title and visible text, in lower case."""

    page: Page
    raw: str
    shown: str
    title: str
    markup: str
    words: str

    @property
    def small(self) -> bool:
        """Whether the page is too small to be a document."""
        return len(self.shown) < _SMALL

    def cookies(self) -> str:
        """All Set-Cookie values."""
        return ";".join(value for name, value in self.page.headers if name.lower() == "set-cookie")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the class of wall (or kind of absence), what it means to a reader, and how it shows."""

    kind: str
    meaning: str
    shows: Callable[[Sight], bool]
    absent: bool = False


def _status(*codes: int) -> Callable[[Sight], bool]:
    return lambda sight: sight.page.status in codes


def _says(pattern: str, *needs: str) -> Callable[[Sight], bool]:
    """Whether title or text say it. `needs`, here and below: plain pieces in lower case, one of which every match
    holds; most pages are done with them. No letter of theirs (s, i, k) may have a twin in another alphabet."""
    compiled = re.compile(pattern, re.I)
    return lambda sight: (
        sight.small
        and (not needs or any(piece in sight.words for piece in needs))
        and bool(compiled.search(sight.title) or compiled.search(sight.shown))
    )


def _raw(pattern: str, *needs: str) -> Callable[[Sight], bool]:
    compiled = re.compile(pattern, re.I | re.S)
    return lambda sight: (
        sight.small and any(piece in sight.markup for piece in needs) and bool(compiled.search(sight.raw))
    )


def _cookie(pattern: str) -> Callable[[Sight], bool]:
    compiled = re.compile(pattern)
    return lambda sight: len(sight.shown) < 300 and bool(compiled.search(sight.cookies()))


def _titled(pattern: str) -> Callable[[Sight], bool]:
    compiled = re.compile(pattern, re.I)
    return lambda sight: sight.small and bool(compiled.search(sight.title))


def _sso(sight: Sight) -> bool:
    path = urlsplit(sight.page.url).path.lower()
    moved = sight.page.url != sight.page.requested_url
    return moved and bool(re.search(r"/(?:sso|cas)/login|/portal/login|/oauth2?/authorize|/login(?:\.\w+)?$", path))


def _app_shell(sight: Sight) -> bool:
    return (
        len(sight.shown) < 60
        and bool(re.search(r"<div[^>]+id\s*=\s*[\"']?(?:app|root|__next|__nuxt)[\"'\s>]", sight.raw))
        and "<script" in sight.raw.lower()
    )


def _moved_home(sight: Sight) -> bool:
    asked, got = urlsplit(sight.page.requested_url), urlsplit(sight.page.url)
    home = got.path in ("", "/", "/index.html", "/index.htm", "/index.shtml", "/index.jsp") and not got.query
    return home and asked.path not in ("", "/", got.path) and len(asked.path) > 12


def _moved_to_404(sight: Sight) -> bool:
    return sight.page.url != sight.page.requested_url and bool(
        re.search(r"/(?:404|error|notfound)(?:/|\.\w+|$)", urlsplit(sight.page.url).path, re.I)
    )


#: In order: the first row that shows decides.
RULES: tuple[Rule, ...] = (
    Rule("jsl", "加速乐 challenge", _status(521)),
    Rule(
        "jsl",
        "加速乐 challenge",
        _raw(r"__jsl_clearance|;go\(\{\"bts\"|document\.cookie\s*=\s*\('_'\)", "__j", ";go({", "document.coo"),
    ),
    Rule(
        "jsl",
        "加速乐 challenge",
        lambda sight: (
            _cookie(r"__jsluid_[hs]=")(sight) and bool(re.search(r"document\.cookie\s*=.*location", sight.raw, re.S))
        ),
    ),
    Rule("ruishu", "瑞数 challenge", lambda sight: sight.page.status in (202, 412) and sight.small),
    Rule(
        "ruishu",
        "瑞数 challenge",
        _raw(
            r"\$_ts\s*=\s*window|window\[['\"]\$_ts['\"]\]|<meta[^>]+\br=['\"]m['\"][^>]*>\s*(?:<!--.*?-->)?\s*<script",
            *("$_t", "r='m", 'r="m'),
        ),
    ),
    Rule("throttle", "too many requests", _status(429)),
    Rule(
        "throttle",
        "too many requests",
        _says(
            r"访问(?:过于|太过?|次数)频繁|请求(?:过于|太过?)频繁|操作(?:过于|太过?)?频繁|"
            r"访问频率(?:过高|太快)|too many requests",
            *("频繁", "频率", "too many"),
        ),
    ),
    Rule(
        "throttle",
        "the server is busy",
        lambda sight: sight.page.status == 503 and not _says(r"拦截|防火墙|攻击")(sight),
    ),
    Rule(
        "throttle",
        "the server is busy",
        lambda sight: len(sight.shown) < 200 and _says(r"系统繁忙|服务器繁忙|请稍[后候]再试|访问频繁")(sight),
    ),
    Rule(
        "captcha",
        "a captcha is asked for",
        lambda sight: (
            len(sight.shown) < 500
            and _says(r"滑动验证|请完成安全验证|安全验证码?|人机验证|请输入验证码|拖动滑块|点击完成验证")(sight)
        ),
    ),
    Rule(
        "waf",
        "a firewall refused",
        _says(
            r"当前访问疑似黑客攻击|创宇盾|安全狗|网站防火墙|web应用防火墙|您的请求可能存在威胁|请求存在威胁|访问被(?:拦截|拒绝|阻断)|"
            r"您的访问被|已被网站管理员|非法访问|您的IP.{0,12}(?:封禁|拦截|限制|禁止)|"
            r"被(?:防护|安全)(?:系统|设备)拦截|access denied|request blocked|拦截提示",
            *(
                "黑客",
                "创宇盾",
                "安全狗",
                "防火墙",
                "威胁",
                "访问被",
                "已被网站",
                "非法访问",
                "您的",
                "拦截",
                "acce",
                "reque",
            ),
        ),
    ),
    Rule("waf", "a firewall refused", _cookie(r"(?:yd_cookie|HWWAFSESID|acw_sc__v2|wzws_cid|C3VK)=")),
    Rule(
        "waf",
        "a firewall refused",
        _raw(
            r"_bot_sbu|acw_sc__v2|arg1\s*=\s*'[0-9A-F]{20,}'|wzws-waf-cgi|/WZWSREL|EO_Bot_Ssid|__tst_status",
            *("_bot_", "acw_", "arg1", "wzw", "__t"),
        ),
    ),
    Rule("waf", "a firewall refused", lambda sight: bool(sight.page.header("wzws-ray")) and sight.page.status >= 400),
    Rule("waf", "a firewall refused", _status(405, 444, 488, 491, 493)),
    Rule("auth", "a login is asked for", _status(401, 407)),
    Rule("auth", "a login is asked for", _sso),
    Rule(
        "auth",
        "a login is asked for",
        lambda sight: len(sight.shown) < 400 and _titled(r"统一身份认证|单点登录|用户登录|系统登录")(sight),
    ),
    Rule("waf", "access is forbidden", _status(403)),
    Rule("soft-404", "the portal says the page is gone", _status(404, 410), absent=True),
    Rule("homepage", "the address leads to the home page", _moved_home, absent=True),
    Rule("soft-404", "the address leads to an error page", _moved_to_404, absent=True),
    Rule(
        "hijack",
        "gambling or pornography in a portal's place",
        _titled(
            r"百家乐|博彩|彩票平台|娱乐城|棋牌游戏|赌场|葡京|开元棋牌|时时彩|赌博网|成人视频|色情|黄色网站|体育投注|六合彩"
        ),
    ),
    Rule(
        "soft-404",
        "the portal says the page is gone",
        _says(
            r"(?:您|你)?(?:访问|浏览|查找|请求|要找)的?(?:页面|网页|内容|信息|文章|资源|文件|栏目)(?:地址)?.{0,4}(?:不存在|已(?:被)?删除|找不到|未找到|无法找到)|"
            r"(?:页面|网页|信息|文章|该内容|该信息|该文章|文件|栏目)(?:不存在|找不到了?|未找到|已(?:被)?删除|已下线|已撤[下销])|内容已删除|"
            r"无法找到该(?:网?页|资源)|404\s*(?:not found|错误|页面)|page not found|"
            r"抱歉.{0,12}(?:找不到|不存在|已删除)|not found on this server",
            *("不存在", "删除", "找不到", "未找到", "无法找到", "已下线", "已撤", "404", "not found"),
        ),
        absent=True,
    ),
    Rule(
        "soft-404",
        "the title says 404",
        _titled(r"(?<!\d)404(?!\d)|页面不存在|出错了|错误页面|找不到页面"),
        absent=True,
    ),
    Rule(
        "maintenance",
        "the site is being rebuilt",
        lambda sight: (
            len(sight.shown) < 400
            and _says(
                r"系统维护中|网站(?:正在)?(?:升级|改造|维护|建设)|升级改造中|暂停服务|网站已关停|站点已(?:关闭|停用)|网站关闭|改版升级"
            )(sight)
        ),
        absent=True,
    ),
    Rule("needs-js", "only a script could show the page", _app_shell),
    Rule(
        "needs-js",
        "only a script could show the page",
        lambda sight: (
            len(sight.shown) < 160 and _says(r"(?:开启|启用|打开|支持)\s*javascript|enable javascript")(sight)
        ),
    ),
    Rule(
        "empty",
        "the answer is empty",
        lambda sight: sight.page.status < 400 and not sight.page.text.strip(),
        absent=True,
    ),
)


def refuse_walls(page: Page, *, hosts: Sequence[str] = ()) -> None:
    """Raise `Challenged` when a wall answered in the page's place and `Absent` when the portal says that nothing is
    here; return when the page may be read. With `hosts`, an address outside them after a redirect is a `hijack`.
    Server errors (5xx other than 503) are no walls: they are the fetcher's."""
    if hosts and page.url != page.requested_url and not in_scope(page.url, hosts):
        raise Challenged(f"{page.requested_url} leads to a foreign host: {page.url}", wall="hijack", evidence=page.url)
    if page.body[:5] in (b"%PDF-", b"PK\x03\x04\x14", b"PK\x03\x04\n", b"\xd0\xcf\x11\xe0\xa1") and page.status < 400:
        return
    sight = sight_of(page)
    for rule in RULES:
        if rule.shows(sight):
            _refuse(rule, sight)


def sight_of(page: Page) -> Sight:
    """What the rules see of a page; a long page's text is not looked through."""
    raw = page.text if len(page.text) <= 60_000 else page.text[:40_000] + page.text[-4_000:]
    if raw.lstrip()[:1] in ("{", "["):
        # a data interface: its short messages count, its payload does not
        shown = raw if len(raw) < 400 else raw + " " * _SMALL
    else:
        shown = _opening(raw) if len(page.text) <= 60_000 else " " * _SMALL
    found = _TITLE.search(raw[:8000])
    title = " ".join(found[1].split()) if found else ""
    small = len(shown) < _SMALL
    return Sight(
        page=page,
        raw=raw,
        shown=shown,
        title=title,
        markup=raw.lower() if small else "",
        words=f"{title}\n{shown}".lower() if small else "",
    )


def _opening(html: str) -> str:
    """What the page shows, or only its beginning when that alone is too much for a wall."""
    if len(html) > _WINDOW:
        begun = _shown(html[: max(0, html.rfind("<", 0, _WINDOW))])
        if len(begun) > _SMALL + 200:
            return begun
    return _shown(html)


def _shown(html: str) -> str:
    """The text a browser would show, roughly, or its beginning as in `_opening`; linear in the page whatever is left
    open in it."""
    visible = _without_scripts(html)
    glance = _GLANCE
    while glance < len(visible):
        begun = _said(visible[: max(0, visible.rfind("<", 0, glance))])
        if len(begun) > _SMALL + 200:
            return begun
        glance *= 2
    return _said(visible)


def _said(markup: str) -> str:
    return " ".join(_TAG.sub(" ", markup).replace("&nbsp;", " ").split())


def _without_scripts(html: str) -> str:
    """Markup without comments, scripts and styles; one that is left open hides the rest."""
    pieces: list[str] = []
    place = 0
    while found := _UNSEEN.search(html, place):
        pieces.append(html[place : found.start()])
        end = f"</{found[1].lower()}" if found[1] else "-->"
        closed = html.find(end, found.end())
        if closed < 0 and found[1]:
            closed = html.find(end.upper(), found.end())
        if closed < 0:
            place = len(html)
            break
        place = closed + len(end)
    pieces.append(html[place:])
    return "".join(pieces)


def _refuse(rule: Rule, sight: Sight) -> NoReturn:
    page = sight.page
    evidence = f"HTTP {page.status}; {sight.title or sight.shown.strip()[:120]}"
    if rule.absent:
        raise Absent(f"{page.url}: {rule.meaning}", kind_of_absence=rule.kind, evidence=evidence)
    seconds = _SECONDS.fullmatch(page.header("retry-after").strip())
    raise Challenged(
        f"{page.url}: {rule.meaning}",
        wall=rule.kind,
        retry_after=float(seconds[0]) if seconds else None,
        evidence=evidence,
    )

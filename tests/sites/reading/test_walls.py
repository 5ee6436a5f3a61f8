"""Every kind of wall is named; no document is mistaken for one."""

import pytest

from sites.errors import Absent, Challenged
from sites.reading.decode import page_of
from sites.reading.walls import RULES, refuse_walls

from .pages import BODY, TITLE, URL, document


def answer(html="", *, status=200, headers=(), url=URL, asked=URL):
    return page_of(
        url=url,
        requested_url=asked,
        status=status,
        headers=headers,
        body=html.encode() if isinstance(html, str) else html,
    )


WALLS = [
    ("jsl", answer("<script>document.cookie='x';location.href=location.pathname</script>", status=521)),
    (
        "jsl",
        answer(
            '<script>var x=1;go({"bts":["a","b"],"chars":"abc","ct":"1","ha":"sha1","tn":"__jsl_clearance_s","vt":"3600","wt":"1500"})</script>'
        ),
    ),
    (
        "jsl",
        answer(
            "<script>document.cookie=('_')+('_');location.href=location.pathname</script>",
            headers=[("Set-Cookie", "__jsluid_h=abc")],
        ),
    ),
    ("ruishu", answer("<html><script>a()</script></html>", status=412)),
    ("ruishu", answer("<html><script>a()</script></html>", status=202)),
    ("ruishu", answer('<meta id="9DhefwqGPrzGxEp9hPaoag" content="x" r="m"><script>$_ts=window["$_ts"]</script>')),
    ("throttle", answer("<p>too fast</p>", status=429, headers=[("Retry-After", "120")])),
    ("throttle", answer('{"code":500,"msg":"访问频繁"}')),
    ("throttle", answer("<p>您的请求过于频繁，请稍后再试</p>")),
    ("throttle", answer("<p>Service Unavailable</p>", status=503)),
    ("throttle", answer("<p>系统繁忙</p>")),
    ("captcha", answer("<title>安全验证</title><p>请完成安全验证</p><div>滑动验证</div>")),
    ("waf", answer("<title>访问被拦截</title><p>当前访问疑似黑客攻击，已被创宇盾拦截</p>", status=403)),
    ("waf", answer("<p>您的请求可能存在威胁，已被拦截</p><p>request id: 1 your IP: 1</p>")),
    ("waf", answer("<p>网站防火墙</p>", status=405)),
    ("waf", answer("<p>Bad</p>", status=488)),
    ("waf", answer("<p>Bad</p>", status=491, headers=[("wzws-ray", "1")])),
    ("waf", answer("<script>var arg1='1AB23C';var _bot_sbu=1</script>")),
    ("waf", answer("<script>x</script>", headers=[("set-cookie", "HWWAFSESID=1; path=/")])),
    ("waf", answer("<h1>403 Forbidden</h1>", status=403)),
    ("auth", answer("<p>x</p>", status=401)),
    ("auth", answer("<title>统一身份认证平台</title><form>用户名 密码</form>")),
    ("auth", answer("<p>x</p>", url="https://sso.example.gov.cn/cas/login?service=1")),
    (
        "needs-js",
        answer(
            '<html><body><noscript>We\'re sorry but this needs JavaScript</noscript><div id="app"></div><script src="/a.js"></script></body></html>'
        ),
    ),
    ("needs-js", answer("<p>请开启JavaScript并刷新该页</p>")),
    ("hijack", answer("<title>澳门葡京娱乐城_百家乐</title><p>欢迎光临</p>")),
]
ABSENCES = [
    ("soft-404", answer("<h1>404 Not Found</h1>", status=404)),
    ("soft-404", answer("", status=410)),
    ("soft-404", answer("<p>您访问的页面不存在或已删除！</p>")),
    ("soft-404", answer("<title>404</title><p>抱歉</p>")),
    ("soft-404", answer("<p>对不起，该信息不存在</p>")),
    ("maintenance", answer("<p>系统维护中，请稍候</p>")),
    ("maintenance", answer("<p>网站正在升级改造</p>")),
    ("soft-404", answer("<p>出错</p>", url="https://www.example.gov.cn/404.htm")),
    ("homepage", answer("<p>欢迎</p>" * 200, url="https://www.example.gov.cn/")),
    ("empty", answer("  \n")),
]


@pytest.mark.parametrize(("wall", "page"), WALLS)
def test_a_wall_is_named_and_refused(wall, page):
    with pytest.raises(Challenged) as refused:
        refuse_walls(page)
    assert refused.value.wall == wall
    assert refused.value.evidence.startswith("HTTP ")


@pytest.mark.parametrize(("kind", "page"), ABSENCES)
def test_an_absence_is_said_to_be_one(kind, page):
    with pytest.raises(Absent) as absent:
        refuse_walls(page)
    assert absent.value.kind_of_absence == kind


def test_a_wall_that_names_a_time_tells_it():
    with pytest.raises(Challenged) as refused:
        refuse_walls(WALLS[6][1])
    assert refused.value.retry_after == 120.0


@pytest.mark.parametrize(
    "extra",
    [
        "<p>办理时请输入验证码，滑动验证后提交。</p>",
        "<p>部分群众反映系统繁忙、页面不存在等问题，已督促整改，网站升级改造后已恢复。</p>",
        "<p>全年拦截访问被拒绝的请求20次，开展网站防火墙加固。</p>",
    ],
)
def test_a_document_may_speak_of_walls(extra):
    refuse_walls(document(f"<h1>{TITLE}</h1><div id=zoom>{BODY}{extra}{BODY * 12}</div>"))


def test_short_pages_data_and_files_pass():
    refuse_walls(answer("<h1>通知</h1><p>我镇2021年年度报告详见附件。</p>"))
    refuse_walls(answer('{"data":{"rows":[' + '{"title":"关于验证码的通知"},' * 40 + "{}]}}"))
    refuse_walls(page_of(url=URL, body=b"%PDF-1.7 ..."))
    refuse_walls(answer("<p>x</p>", status=500))


def test_a_redirect_to_a_foreign_host_is_a_hijack():
    page = answer("<p>正文</p>", url="https://www.example.org/x")
    with pytest.raises(Challenged) as refused:
        refuse_walls(page, hosts=("example.gov.cn",))
    assert refused.value.wall == "hijack"
    refuse_walls(answer("<p>正文</p>", url="https://old.example.gov.cn/art/1.html"), hosts=("example.gov.cn",))


def test_every_row_of_the_table_has_an_example():
    seen = set()
    for _, page in WALLS + ABSENCES:
        with pytest.raises((Challenged, Absent)) as refused:
            refuse_walls(page)
        seen.add(getattr(refused.value, "wall", "") or getattr(refused.value, "kind_of_absence", ""))
    assert {rule.kind for rule in RULES} == seen

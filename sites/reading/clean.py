"""Which lines are the portal's furniture and which are the document (portals.md §7).

Every rule judges a *whole line*: no rule can cut a word out of a sentence. Rules work only in the head
(above the first sentence) and the tail (below the last) of a body, except for the few that no document can contain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sites.reading.width import nfkc

_POSITION = re.compile(
    r"^(?:您|你)?(?:好[,，]?)?(?:现在|当前|目前)?(?:您?的?)?(?:所在)?(?:的)?(?:位置|栏目)\s*(?:是|在)?\s*[:：]"
)
_BUTTON = (
    r"(?:打\s*印(?:本页|页面|此页|文章|正文|全文)?|我要打印|网页打印|关\s*闭(?:本页|窗口|页面|此页|网页)?|返\s*回(?:顶部|列表|首页|上一?[页级]|目录)?|回到顶部|"
    r"(?:加入)?收\s*藏(?:本页|此页)?|(?:我要)?纠\s*错|语音播报|语音|朗读|阅读|下载|保存|分享|转发|复制(?:链接|网址)?|放大(?:字体)?|缩小(?:字体)?|正常|默认|重置|大|中|小|"
    r"超大|特大|[Aa][+-]|[Aa]|[+-]|TOP|top|Top|繁|简|全文下载|点击下载|视力保护|护眼|推荐|评论|举报|我要收藏|扫描二维码|二维码)"
)


def _one_of(*rules: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{rule})" for rule in rules))


_RULES = _one_of(
    # possessive, here and below: ambiguous spaces between buttons must not cost exponential time
    rf"^(?:[【\[（(<《]?\s*+{_BUTTON}\s*+[】\]）)>》]?[\s|｜/·、,，]*+)++$",
    r"^[【\[（(]?\s*(?:浏览|文字|选择|调整)?\s*字\s*[体号](?:大小|显示|选择|颜色)?\s*[:：]?\s*[\]】】]?(?:[\s【\[（(]*+(?:超?大|中|小|默认|正常|特大|[AT][+-]?|\+|-|\d+(?:px)?)[\s】\]）)|]*+)*+.{0,6}$",
    r"^(?:视力保护色|保护视力色|背景(?:颜)?色)\s*[:：]?.{0,20}$",
    r"^分\s*享(?:\s*到|\s*至|\s*本页|文章)?\s*[:：]?\s*(?:(?:QQ空间|QQ好友|QQ|微信|新浪微博|腾讯微博|微博|豆瓣网?|人人网?|百度贴吧|复制链接|朋友圈|打印|收藏|更多|一键分享|\d+)[\s|、,，]*+)*+$",
    r"^(?:(?:QQ空间|QQ好友|QQ|微信|新浪微博|腾讯微博|微博|豆瓣网?|复制链接|朋友圈|Facebook|Twitter)[\s|、,，]*+)++$",
    r"^.{0,6}扫[一描]?[一扫]?.{0,4}(?:手机|当前页|本页|分享|二维码|微信|查看|关注|阅读|打开|访问).{0,16}$",
    r"^(?:手机|微信)?(?:扫一扫|扫码|扫描)\S{0,14}$",
    r"^(?:下载)?(?:Word|WORD|PDF|OFD|WPS|pdf|word|图片|文字|全真)(?:版|下载|文档|全文){0,2}(?:\s*(?:Word|WORD|PDF|OFD|WPS|文字|图片)版?)*$",
    r"^文件下载\s*[:：]?$|^(?:相关)?附件下载\s*[:：]?$|^相关附件\s*[:：]?$|^点击下载\S{0,6}$",
    r"^(?:上一[篇条页则]|下一[篇条页则]|前一[篇条]|后一[篇条])\s*[:：]?.*$",
    r"^(?:相关|关联|推荐|热点|延伸)(?:信息|链接|文档|阅读|稿件|文件|解读|政策|新闻|文章|内容|报道|资讯|推荐|政策文件|政策解读|图片|专题|视频)\s*[:：]?\s*(?:更多)?[>＞»]*$",
    r"^(?:本文|信息|文章|累计|总|今日|页面)?(?:浏览|访问|阅读|点击|查看|人气)\s*(?:次数|人数|量|数|率)?\s*[:：]?\s*\[?\s*(?:\d+|loading|加载中)?\s*\]?\s*(?:次|人次)?$",
    r"^(?:点击)?(?:展开|关闭|收起|隐藏|显示)(?:详细|更多|全部)?(?:目录)?信息$|^展开全部$|^收起$|^(?:点击)?查看(?:全文|更多|详情|原文)$|^更多\s*[>＞»]*$",
    r"^(?:已|本文章?已)?(?:归档|失效|废止)?(?:温馨提示[:：])?您访问的链接即将离开.*$",
    r"^(?:【|\[)?(?:我要)?(?:纠错|评论|留言|咨询|投诉)(?:】|\])?$",
    r"^(?:繁體|繁体(?:版|中文)?|简体(?:版|中文)?|手机版|ENGLISH|English|EN|无障碍(?:浏览|阅读|版)?|长者(?:模式|版|专区)|关怀版|适老化|退出(?:老年人|长者)模式|智能问答|登录|注册|首页|搜索)$",
    r"^(?:责任编辑|责编|编辑|审核|审核人|审稿|初审|复审|终审|校对|签发人?|录入|供稿|撰稿|信息员|作者|来源|信息来源|文章来源|稿源|发布(?:日期|时间|者|人)|更新(?:时间|日期)|发布机构|发布单位|字数)\s*[:：].{0,40}$",
    r"^[\[【（(]\s*(?:责任编辑|责编|编辑|审核)\s*[:：].{0,30}[\]】）)]$",
    r"^.{0,4}点击(?:关闭|展开).{0,10}$",
    r"^[>＞»|｜/\\·•\-—_=*#~\s]+$",
    r"^(?:标签|TAGS?|Tags)\s*[:：].{0,60}$",
    r"^(?:当前)?(?:没有|暂无)(?:相关)?(?:信息|内容|附件|数据|链接)[!！。]?$",
    r"^(?:我的位置|当前位置|所在位置)$",
)
#: Furniture wherever it stands: no document says these on a line of its own.
_ANYWHERE = _one_of(
    r"^.{0,4}扫一扫.{0,8}(?:手机|当前页|本页|分享).{0,10}$",
    r"^[【\[]\s*(?:打印|打印本页|打印页面|关闭|关闭窗口|关闭本页|返回顶部|放大字体|缩小字体|我要纠错)\s*[】\]](?:\s*[【\[]\s*\S{1,6}\s*[】\]])*$",
    r"^分享(?:到|至)\s*[:：]$",
    r"^.{0,4}点击(?:关闭|展开)详细目录信息$",
    r"^\[?bookmark:\s*_\w+\]?$",
)
#: What each of these rules has in it, to tell most lines at a glance.
_HINT_ANYWHERE = re.compile(r"扫一扫|[【\[［]|分享|点击|bookmark")
_STRONG_FOOTER = re.compile(
    r"政府?网站标识码|标识码\s*[:：]?\s*(?:bm)?\d{8}|公网安备|公安备案|ICP备|ICP证|网站地图|违法和不良信息举报|党政机关网站|政府网站找错|版权所有"
)
_WEAK_FOOTER = re.compile(
    r"主办单位|承办单位|主管单位|主办\s*[:：]|承办\s*[:：]|技术支持|联系我们|网站声明|友情链接|copyright|©|建议使用|浏览本站",
    re.I,
)
_RELATED = re.compile(
    r"^(?:相关|关联|推荐|延伸)(?:信息|链接|文档|阅读|稿件|文件|解读|政策|新闻|文章|内容|报道|资讯|推荐|附件|政策文件|政策解读)\s*[:：]?\s*(?:更多)?[>＞»]*$"
    r"|^(?:上一[篇条]|下一[篇条])\s*[:：]?.*$"
    r"|^(?:解读|文字解读|图片解读|图文解读|政策解读|视频解读|政策问答|媒体解读|专家解读)\s*[:：]?$|^附件下载\s*[:：]?$"
)
#: What ends a line of running text, and what ends a sentence inside one.
_ENDS, _STOPS = frozenset("。；！？：:;!?"), "。；！？"
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_NO_LETTER = re.compile(r"[\W_]+")
_BOOKMARK = re.compile(r"\[bookmark:\s*_\w+\]")


def plain(line: str) -> str:
    """A line as the rules see it: full-width letters and figures as half-width ones, white space folded."""
    if _WIDE.search(line):
        line = nfkc(line)
    return " ".join(line.split())


def name_key(text: str) -> str:
    """What two spellings of one title share: its letters and figures."""
    return _NO_LETTER.sub("", text)


def is_position(line: str) -> bool:
    """Whether the line begins a breadcrumb (当前位置：…)."""
    return bool(_POSITION.match(line))


def is_chrome(line: str) -> bool:
    """Whether a whole line is furniture of the portal: buttons, font size, share, counters, previous/next…"""
    return len(line) <= 90 and _is_furniture(line)


@lru_cache(maxsize=4096)
def _is_furniture(line: str) -> bool:
    # two dozen rules a line, and the pages of a portal (and the headings of reports) share most of their short lines
    text = plain(line)
    return bool(_POSITION.match(text)) or bool(_RULES.match(text))


def is_chrome_anywhere(line: str) -> bool:
    """Whether a line is furniture even between two paragraphs."""
    return len(line) <= 60 and _HINT_ANYWHERE.search(line) is not None and bool(_ANYWHERE.match(plain(line)))


def is_footer(line: str, *, weak: bool = False) -> bool:
    """Whether a line carries a footer mark: the strong ones, or with `weak` also 主办单位 and its like."""
    return bool(_STRONG_FOOTER.search(line) or (weak and _WEAK_FOOTER.search(line)))


def starts_related(line: str) -> bool:
    """Whether what follows this line is other documents (相关链接, 上一篇)."""
    return len(line) <= 80 and bool(_RELATED.match(plain(line)))


def is_sentence(line: str) -> bool:
    """Whether a line reads like running text rather than furniture or a title."""
    if len(line) < 12:
        return False
    ended = line[-1] in _ENDS or any(mark in line for mark in _STOPS)
    return ended and not is_chrome(line)


def trim_tail(lines: Sequence[str]) -> int:
    """How many of the lines belong to the document: what stands below the last sentence and is furniture, and
    a footer in the last fifth (at least twelve lines), are cut."""
    end = len(lines)
    floor = min(int(end * 0.8), max(0, end - 12))
    for index in range(floor, end):
        if is_footer(lines[index]) and not is_sentence_before_footer(lines[index]):
            end = index
            while end > floor and is_footer(lines[end - 1], weak=True) and not is_sentence(lines[end - 1]):
                end -= 1
            break
    while end and (not lines[end - 1].strip() or is_chrome(lines[end - 1]) or is_chrome_anywhere(lines[end - 1])):
        end -= 1
    return end


def is_sentence_before_footer(line: str) -> bool:
    """Whether a line with a footer word in it is a sentence of the document (“…在网站地图中公开。”)."""
    return len(line) >= 30 and line.rstrip().endswith("。") and not re.search(r"ICP备\d|ICP备\s*\d|公网安备\s*\d", line)


def drop_word_residue(line: str) -> str:
    """A line without the literal `[bookmark: _GoBack]` that Word pastes leave behind."""
    return _BOOKMARK.sub("", line) if "[bookmark" in line else line

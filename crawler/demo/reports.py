"""A town's annual report for a year: sentences and tables put together, as a clerk's HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from crawler.demo import forms
from crawler.demo.chance import some, whole
from crawler.demo.figures import Figures
from crawler.demo.towns import Town
from crawler.demo.voice import Voice
from crawler.demo.voices_east import GAIBEI, SHIQIAO, YUNXI
from crawler.demo.voices_west import CHANGFENG, COPIED, LIUTANG, NANLING

VOICES = {
    "gaibei": GAIBEI,
    "yunxi": YUNXI,
    "shiqiao": SHIQIAO,
    "changfeng": CHANGFENG,
    "liutang": LIUTANG,
    "nanling": NANLING,
}

#: Two towns published this year's report word for word and figure for figure.
COPIED_YEAR = 2016
COPIED_BY = ("shiqiao", "changfeng")

#: The page that is GBK, declares gb2312 and holds characters outside GB2312.
GBK_REPORT = ("nanling", 2017)
_GBK_SENTENCE = "在文喆自然村试点“阳光·议事”——村里的事村民先议，议定事项连同不同意见一并公开，形成了“议—办—评”的闭环。"

#: The report that was edited between the nights, and the sentence that was put in another's place.
EDITED_REPORT = ("yunxi", 2023)
_EDITED_FROM = "三是收集近年复议和诉讼案例，编写答复参考，疑难申请请法律顾问提前介入。"
_EDITED_TO = "三是收集近三年的复议和诉讼案例汇编成册，疑难申请由法律顾问和司法所共同会商后再作答复。"


def paragraph(text: str, hand: str) -> str:
    """One paragraph as that hand pastes it; Word sets figures in spans of their own."""
    shown = escape(text, quote=False)
    if hand == "word":
        parts = re.sub(r"(\d+)", r'<span lang="EN-US">\1</span>', shown)
        return (
            '<p class="MsoNormal" style="text-indent:32.0pt;mso-char-indent-count:2.0;line-height:28.0pt">'
            f'<span style="font-size:16.0pt;font-family:仿宋_GB2312;mso-hansi-font-family:宋体">'
            f"{parts}<o:p></o:p></span></p>"
        )
    if hand == "editor":
        return f'<p style="text-indent: 2em; line-height: 2em;">{shown}</p>'
    return f"<p>　　{shown}</p>"


def heading(text: str, hand: str) -> str:
    """One section heading."""
    if hand == "word":
        return (
            '<p class="MsoNormal" style="text-indent:32.0pt;line-height:28.0pt"><b style="mso-bidi-font-weight:normal">'
            f'<span style="font-size:16.0pt;font-family:黑体">{text}</span></b></p>'
        )
    if hand == "editor":
        return f'<p style="text-indent: 2em;"><strong>{text}</strong></p>'
    return f"<p>　　<b>{text}</b></p>"


def signature(town: Town, day: str, hand: str) -> str:
    """落款: who, and when."""
    year, month, date = (int(part) for part in day.split("-"))
    style = "text-align: right;" if hand != "word" else "text-align:right;line-height:28.0pt"
    return f'<p style="{style}">{town.office}</p><p style="{style}">{year}年{month}月{date}日</p>'


def report_html(
    town: Town, figures: Figures, *, published_on: str, title: str, night: int, voice: Voice | None = None
) -> str:
    """The body of a town's report as it stood on `night`, in its own voice or a borrowed one."""
    copied = figures.year == COPIED_YEAR and town.key in COPIED_BY
    voice = COPIED if copied else voice or VOICES[town.key]
    hand = "plain" if copied else town.paste
    write = _before_2019 if figures.regime == "R2008" else _since_2019
    body = write(town, voice, figures, hand, night=night, copied=copied)
    if (town.key, figures.year) == GBK_REPORT:
        body.insert(3, paragraph(_GBK_SENTENCE, hand))
    if town.key == "yunxi":
        body.insert(0, f'<p style="text-align: center;"><strong>{title[:-6]}<br/>工作年度报告</strong></p>')
        body.append(signature(town, published_on, hand))
    elif town.key == "nanling":
        body.append(signature(town, published_on, hand))
    text = "\n".join(body)
    if (town.key, figures.year) == EDITED_REPORT and night > 1:
        text = text.replace(_EDITED_FROM, _EDITED_TO)
    return text


def _speaker(town: Town, figures: Figures, copied: bool) -> Callable[[tuple[str, ...], str], str]:
    """Fills a topic's sentences with figures; drops one of four or more, another each year."""
    slots = dict(figures.prose) | {
        "y": figures.year,
        "account": town.account,
        "office_count": "三四五六七"[figures.year % 5],
    }

    def speak(sentences: tuple[str, ...], topic: str) -> str:
        kept = sentences
        if len(sentences) > 3 and not copied:
            kept = some(sentences, len(sentences) - 1, town.key, figures.year, topic)
        return "".join(sentence.format(**slots) for sentence in kept)

    return speak


def _requests_sentence(town: Town, figures: Figures, copied: bool) -> str:
    n = figures.prose
    we = "我镇" if copied else town.we
    if figures.regime == "R2008":
        if not n["new"]:
            return f"{figures.year}年度{we}未收到政府信息公开申请。"
        return f"{figures.year}年度{we}共收到政府信息公开申请{n['new']}件，按时办结{n['done']}件。"
    forms_ = (
        f"{figures.year}年，{we}新收政府信息公开申请{n['new']}件，上年结转{n['carried_in']}件，"
        f"本年度办结{n['done']}件，结转下年度继续办理{n['carried_out']}件。",
        f"全年新收政府信息公开申请{n['new']}件，上年结转{n['carried_in']}件；已办结{n['done']}件，"
        f"尚有{n['carried_out']}件结转下年度继续办理。",
    )
    return forms_[whole(0, 1, town.key, "request form")]


def _since_2019(town: Town, voice: Voice, figures: Figures, hand: str, *, night: int, copied: bool) -> list[str]:
    speak = _speaker(town, figures, copied)

    def say(text: str) -> str:
        return paragraph(text, hand)

    year = figures.year
    body = [
        say(speak(voice.lead, "lead")),
        say(f"本报告中所列数据的统计期限自{year}年1月1日起，至{year}年12月31日止。"),
        heading("一、总体情况", hand),
        say("（一）主动公开。" + speak(voice.content, "content") + speak(voice.era[figures.regime], "era")),
        say("（二）依申请公开。" + _requests_sentence(town, figures, copied)),
        say("（三）政府信息管理。" + speak(voice.management, "management")),
        say("（四）平台建设。" + speak(voice.platform, "platform")),
        say("（五）监督保障。" + speak(voice.organisation, "organisation") + speak(voice.supervision, "supervision")),
        heading("二、主动公开政府信息情况", hand),
        forms.proactive(figures, hand, town.blank),
        heading("三、收到和处理政府信息公开申请情况", hand),
        forms.requests(figures, hand, town.blank, night),
        heading("四、政府信息公开行政复议、行政诉讼情况", hand),
        forms.disputes(figures, hand, town.blank),
        heading("五、存在的主要问题及改进情况", hand),
        say("（一）存在的主要问题"),
        *(say(line) for line in voice.problems),
        say("（二）改进情况"),
        *(say(line) for line in voice.plans),
        heading("六、其他需要报告的事项", hand),
    ]
    if figures.regime == "R2021":
        body.append(say(f"{year}年未收取信息处理费，发出收费通知0件，总金额0元。无其他需要报告的事项。"))
    else:
        body.append(say("无。"))
    return body


def _before_2019(town: Town, voice: Voice, figures: Figures, hand: str, *, night: int, copied: bool) -> list[str]:
    del night
    speak = _speaker(town, figures, copied)

    def say(text: str) -> str:
        return paragraph(text, hand)

    year = figures.year
    we = "我镇" if copied else town.we
    return [
        say(speak(voice.lead, "lead")),
        say(f"本年度报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。"),
        heading("一、概述", hand),
        say("（一）加强组织领导。" + speak(voice.organisation, "organisation")),
        say("（二）规范信息管理。" + speak(voice.management, "management") + speak(voice.era["R2008"], "era")),
        say("（三）强化监督考核。" + speak(voice.supervision, "supervision")),
        heading("二、主动公开政府信息情况", hand),
        say(speak(voice.content, "content")),
        say(speak(voice.platform, "platform")),
        heading("三、依申请公开政府信息情况", hand),
        say(_requests_sentence(town, figures, copied)),
        heading("四、政府信息公开收费及减免情况", hand),
        say(f"{year}年度{we}未发生政府信息公开收取费用的情况。"),
        heading("五、因政府信息公开申请行政复议、提起行政诉讼情况", hand),
        say(f"{year}年度{we}未发生因政府信息公开申请行政复议、提起行政诉讼的情况。"),
        heading("六、存在的主要问题及改进措施", hand),
        *(say(line) for line in voice.problems),
        *(say(line) for line in voice.plans),
        heading("七、附表", hand),
        say(f"政府信息公开情况统计表（{year}年度）"),
        forms.statistics(figures, hand),
    ]

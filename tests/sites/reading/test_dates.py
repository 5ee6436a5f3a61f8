"""Every printed form of a date, and the ones that are none."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.reading.dates import CHINA, find_date, find_datetime, url_date

DAY = date(2022, 1, 21)


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-21", "2022-1-21", "2022/01/21", "2022.01.21", "2022年1月21日", "2022年01月21日", "2022——01——21", "20220121",
        "[2022-01-21]", "22-01-21", "21 2022.01", "01-21 2022", "二〇二二年一月二十一日", "二○二二年一月二十一日", "２０２２年１月２１日",
        "Jan 21, 2022", "21 January 2022", "发布时间：2022-01-21", "2022 年 1 月 21 日", "1642694400", "1642694400000",
    ],
)  # fmt: skip
def test_a_printed_day_is_found(text):
    assert find_datetime(text) == datetime(2022, 1, 21, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2022-01-21 15:41", (15, 41, 0)),
        ("2022年01月21日 15:41", (15, 41, 0)),
        ("2022-01-21 15:41:07", (15, 41, 7)),
        ("2022- 01- 21 15: 41", (15, 41, 0)),
        ("2022-01-21T07:41:00Z", (15, 41, 0)),
        ("2022-01-21T15:41:00.000+08:00", (15, 41, 0)),
        ("Fri Jan 21 15:41:00 CST 2022", (15, 41, 0)),
        ("1642750860", (15, 41, 0)),
        ("20220121154100", (15, 41, 0)),
        ("2022-01-21 25:99", (0, 0, 0)),
    ],
)
def test_a_time_is_read_in_china(text, clock):
    assert find_datetime(text) == datetime(2022, 1, 21, *clock, tzinfo=CHINA)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0001-01-01",
        "1970-01-01",
        "2099-12-31",
        "2022-13-01",
        "2022-02-30",
        "国办函〔2005〕69号",
        "2021年",
        "电话0571-8888888",
        "公开方式",
    ],
)
def test_what_is_no_date_stays_none(text):
    assert find_datetime(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [("01-21", DAY), ("(01-21)", DAY), ("12-30", date(2021, 12, 30)), ("今天 08:00", date(2022, 2, 1)), ("昨天", date(2022, 1, 31)), ("3天前", date(2022, 1, 29)), ("2小时前", date(2022, 2, 1))],
)  # fmt: skip
def test_a_date_without_a_year_counts_from_the_reading_day(text, day):
    assert find_date(text, near=date(2022, 2, 1)) == day


def test_a_date_without_a_year_is_none_without_a_reading_day():
    assert find_date("01-21") is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://www.example.gov.cn/art/2022/1/21/art_1_2.html", DAY),
        ("http://www.example.gov.cn/x/202201/t20220121_1577.html", DAY),
        ("http://www.example.gov.cn/content/2022-01/21/content_5351671.htm", DAY),
        ("http://www.example.gov.cn/info/1475/44091.htm", None),
    ],
)
def test_the_day_in_an_address(url, day):
    assert url_date(url) == day


@given(
    st.dates(date(1980, 1, 1), date(2090, 12, 31)),
    st.sampled_from(["{0}-{1:02}-{2:02}", "{0}年{1}月{2}日", "{0}.{1}.{2}", "（{0}/{1}/{2}）"]),
)
@settings(max_examples=50, deadline=None)
def test_every_day_round_trips(day, form):
    assert find_date(form.format(day.year, day.month, day.day)) == day


@given(st.text(max_size=80))
@settings(max_examples=50, deadline=None)
def test_any_text_gives_a_date_or_none(text):
    assert find_date(text, near=DAY) is None or isinstance(find_date(text, near=DAY), date)

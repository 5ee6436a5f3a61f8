"""The titles table of report_format.md §13 and the names that break a suffix search."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.identity import level_of
from archive.reports.titles import display_name, title_body, title_edition, title_of_lines, title_years


@pytest.mark.parametrize(
    ("title", "years", "body"),
    [
        ("2021年盖北镇政府信息公开年度报告", (2021,), "盖北镇"),
        ("乌镇镇2018年度政府信息公开工作\n年  度  报  告", (2018,), "乌镇镇"),
        ("2016年绍兴市越城区东浦镇政府信息公开年报", (2016,), "绍兴市越城区东浦镇"),
        ("义乌市上溪镇2019年度政府信息公开工作年度报告", (2019,), "义乌市上溪镇"),
        ("石门镇人民政府2020年度政府信息公开年度报告", (2020,), "石门镇人民政府"),
        ("宿州市人民政府2019年政府信息公开工作年度报告（图片版）", (2019,), "宿州市人民政府"),
        ("舒兰市市场监督管理局2016年政务信息公开年度报告", (2016,), "舒兰市市场监督管理局"),
        ("二〇一九年度某某县人民政府信息公开工作年度报告", (2019,), "某某县人民政府"),
        ("政府信息公开工作年度报告（2021年）", (2021,), None),
        ("2021-2022年度政府信息公开年报", (2021, 2022), None),
        ("上虞区丰惠镇信息公开指南(2024修订版)", (2024,), "上虞区丰惠镇"),
        ("政府网站工作年度报表（2021年度）", (2021,), None),
        ("20_年度政务公开工作总结", (), None),
        ("景德镇市2022年政府信息公开工作年度报告", (2022,), "景德镇市"),
        ("镇海区人民政府2022年政府信息公开工作年度报告", (2022,), "镇海区人民政府"),
        ("二○二一年新市镇政府信息公开工作年度报告", (2021,), "新市镇"),
        ("二OO九年镇江市政府信息公开年度报告", (2009,), "镇江市"),
        ("２０２０年市中区政府信息公开年度报告", (2020,), "市中区"),
        ("关于公布某某县教育局2020年政府信息公开年度报告的公告", (2020,), "某某县教育局"),
        ("政府信息公开工作年度报告（东岭街道办事处）", (), "东岭街道办事处"),
        ("市政府2020年政府信息公开工作年度报告", (2020,), None),
        ("某某自治县某某苗族乡2015年度政府信息公开工作年度报告", (2015,), "某某自治县某某苗族乡"),
        ("某某旗某某苏木2015年度政府信息公开工作年度报告", (2015,), "某某旗某某苏木"),
        ("某某经济开发区管委会2022年政府信息公开年度报告", (2022,), "某某经济开发区管委会"),
    ],
)
def test_titles_say_year_and_body(title: str, years: tuple[int, ...], body: str | None) -> None:
    assert title_years(title) == years
    assert title_body(title) == body


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("盖北镇人民政府", "盖北镇"),
        ("盖北镇", "盖北镇"),
        ("某某街道办事处", "某某街道"),
        ("盖北镇政府", "盖北镇"),
        ("某某县人民政府办公室", "某某县人民政府办公室"),
        ("乌镇镇人民政府", "乌镇镇"),
        ("某某市市场监督管理局", "某某市市场监督管理局"),
    ],
)
def test_display_names_join_spellings_but_not_offices(raw: str, name: str) -> None:
    assert display_name(raw) == name


def test_a_configured_name_is_used_when_exactly_one_is_the_tail() -> None:
    assert display_name("绍兴市越城区东浦镇人民政府", ["东浦镇", "斗门镇"]) == "东浦镇"
    assert display_name("绍兴市越城区东浦镇", ["镇海区", "斗门镇"]) == "绍兴市越城区东浦镇"


def test_editions_stand_in_the_title() -> None:
    assert title_edition("某市2019年政府信息公开工作年度报告（图片版）") == "图片版"
    assert title_edition("某市2019年政府信息公开工作年度报告") == ""


def test_a_title_broken_over_lines_is_joined() -> None:
    lines = ["正文", "2024 年某市科委政府信息公开工作", "年度报告", "根据《条例》的要求，编制了报告。"]
    assert title_of_lines(lines) == "2024年某市科委政府信息公开工作年度报告"


def test_a_text_without_title_has_none() -> None:
    assert title_of_lines(["一、总体情况", "2020年以来，我镇编制政府信息公开工作年度报告。", "好。"]) == ""


@pytest.mark.parametrize(
    ("name", "code", "level"),
    [
        ("盖北镇", "", "town"),
        ("某某街道", "", "street"),
        ("越城区", "", "county"),
        ("嵊州市", "330683", "county"),
        ("杭州市", "330100", "prefecture"),
        ("某某经济开发区", "", "zone"),
        ("某某县教育局", "", "department"),
        ("浙江省", "", "province"),
        ("某某自治州", "", "prefecture"),
        ("某某", "", ""),
    ],
)
def test_levels_follow_the_ending_of_the_name(name: str, code: str, level: str) -> None:
    assert level_of(name, code) == level


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["乌镇镇", "景德镇市", "镇海区", "市中区", "新市镇"]), st.integers(2008, 2035), st.booleans())
def test_name_and_year_come_back_from_any_order(name: str, year: int, name_first: bool) -> None:
    head = f"{name}{year}年" if name_first else f"{year}年{name}"
    title = f"{head}政府信息公开工作年度报告"
    assert title_body(title) == name
    assert title_years(title) == (year,)

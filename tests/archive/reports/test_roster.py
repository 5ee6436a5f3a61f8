"""A roster is taken whole, or told line by line why not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.roster import COLUMNS, LEVELS, parse_roster

GOOD = """name,region_code,level,parent,valid_from,valid_to,predecessor,source
某某区人民政府,330699,county,,,,,http://www.example.gov.cn/
甲镇,330699,,某某区,2014,,,
乙街道办事处,330699,,330699|某某区,2019-06,2023-12-31,丙乡；丁镇,民政公告
"""


def test_a_roster_is_read_with_what_follows_from_its_names() -> None:
    rows, bad = parse_roster(GOOD, source="名录.csv")
    assert bad == []
    assert [(row.name, row.level, row.valid_from, row.valid_to) for row in rows] == [
        ("某某区", "county", None, None),
        ("甲镇", "town", "2014-01-01", None),
        ("乙街道", "street", "2019-06-01", "2023-12-31"),
    ]
    assert rows[2].predecessors == ("丙乡", "丁镇")
    assert [row.source for row in rows] == ["http://www.example.gov.cn/", "名录.csv", "民政公告"]


def test_every_bad_line_is_told_with_its_number() -> None:
    text = "\ufeffname,region_code,level,valid_from,valid_to,parent\n"
    text += "甲镇,33069,,,,\n,330699,,,,\n乙镇,330699,village,,,\n丙镇,330699,,2020-13,,\n丁镇,330699,,2021,2020,\n"
    text += "戊镇,330699,,,\n己镇,330699,,,,己镇\n庚镇,330699,,,,\n庚镇,330699,,,,\n"
    rows, bad = parse_roster(text)
    assert [row.name for row in rows] == ["庚镇"]
    assert [one.line for one in bad] == [2, 3, 4, 5, 6, 7, 8, 10]
    told = "\n".join(map(str, bad))
    for words in ("not six digits", "name is empty", "'village' is none of", "no day", "before valid_from"):
        assert words in told
    for words in ("5 fields where the header has 6", "the body itself", "stands in line 9 already"):
        assert words in told


def test_a_file_that_is_no_roster_is_refused_whole() -> None:
    for text, words in (
        ("", "no column `name`"),
        ("机关,代码\n甲镇,330699\n", "no column `name`"),
        ("name,town\n甲镇,x\n", "unknown column 'town'"),
        ("name,name\n甲镇,x\n", "twice"),
        ("name\n", "no row below"),
        ('name,source\n甲镇,"open\n', "no CSV"),
    ):
        rows, bad = parse_roster(text)
        assert rows == []
        assert len(bad) == 1
        assert words in bad[0].message


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_rows_or_reasons(text: str) -> None:
    rows, bad = parse_roster("name,level,valid_from,predecessor\n" + text)
    assert rows or bad
    assert all(row.name and row.level in (*LEVELS, "") for row in rows)
    assert set(COLUMNS) >= {"name"}

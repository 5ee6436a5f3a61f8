"""Sections are recognised by name; numbers lie."""

import pytest

from archive.reports.sections import lines_of, read_sections, section_key, split_parts
from sites.model import Block, Extracted


def sections_of(text: str):
    return read_sections(split_parts(lines_of(Extracted(title="", text=text))))


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("一、总体情况", "overview"),
        ("一、总体概况", "overview"),
        ("一、政府信息公开工作开展情况", "overview"),
        ("二、主要做法", "overview"),
        ("二、主动公开政府信息情况", "proactive"),
        ("二、政府信息主动公开情况", "proactive"),
        ("三、收到和处理政府信息公开申请情况", "requests"),
        ("(二).依申请公开政府信息和不予公开政府信息的情况", "requests"),
        ("四、信息公开收费及减免情况", "fees"),
        ("四、政府信息公开行政复议、行政诉讼情况", "review_litigation"),
        ("因政府信息公开申请引起的行政复议、提起行政诉讼的情况", "review_litigation"),
        ("五、存在的主要问题及改进情况", "problems"),
        ("三、下一步努力方向", "problems"),
        ("六、其它需要报告的事项", "other"),
        ("咨询处理情况", "consulting"),
        ("回应解读情况", "response"),
        ("机构建设和保障经费情况", "institution"),
        ("附表", "appendix"),
        ("三个和尚", ""),
    ],
)
def test_headings_are_known_by_their_words(heading: str, key: str) -> None:
    assert section_key(heading) == key


def test_a_repeated_empty_heading_is_dropped_and_a_repeated_full_one_kept() -> None:
    text = (
        "一、总体情况\n甲\n5、 存在的主要问题及改进情况\n乙\n六、其他需要报告的事项\n无\n五、存在的主要问题及改进情况\n"
    )
    found = sections_of(text)
    assert [(one.key, one.ordinal_raw) for one in found] == [("overview", "一"), ("problems", "5"), ("other", "六")]
    again = sections_of(text + "丙\n")
    assert [(one.key, one.dup_index) for one in again][-1] == ("problems", 1)


def test_sentences_and_points_are_no_headings() -> None:
    text = "一、总体情况\n1、对公开工作重要性的认识有待进一步提高。\n"
    text += "（一）主动公开。今年公开问题很多，办理收费。\n1.强化意识;\n"
    assert [one.key for one in sections_of(text)] == ["overview"]


def test_glued_headings_are_cut_free() -> None:
    found = sections_of("某镇2021年政府信息公开工作年度报告一、总体情况\n甲\n")
    assert [one.key for one in found] == ["", "overview"]


def test_old_sub_headings_inside_a_section_are_found_but_not_those_of_the_overview() -> None:
    text = "一、总体情况\n（二）依申请公开情况\n甲\n二、主动公开政府信息情况\n乙\n(三).政府信息公开的收费及减免情况\n"
    assert [one.key for one in sections_of(text)] == ["overview", "proactive", "fees"]


def test_blocks_are_preferred_and_tables_stay_out_of_prose() -> None:
    extracted = Extracted(
        title="",
        text="",
        blocks=(
            Block(kind="heading", text="总体情况"),
            Block(kind="paragraph", text="正文"),
            Block(kind="table", text="a\tb", table=0),
        ),
    )
    (part,) = split_parts(lines_of(extracted))
    assert part.key == "overview"
    assert part.prose == "正文"
    assert part.text == "正文\na\tb"

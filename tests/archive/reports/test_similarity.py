"""Copied text is found and counted exactly; what every report must say is no copying."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.form import T3_ROWS
from archive.reports.similarity import LEAST, bands, overlap, shingles

LONG = "\n".join(
    f"第{chr(0x4E00 + n * 7)}条工作由{chr(0x5200 + n * 11)}办公室负责落实并向群众公布办理{chr(0x6000 + n * 5)}结果。"
    for n in range(40)
)
OTHER = "\n".join(
    f"今年{chr(0x7000 + n * 9)}村修建道路若干公里，{chr(0x7800 + n * 3)}水利设施全部投入使用并发挥作用。"
    for n in range(40)
)


def test_last_year_s_text_with_new_numbers_is_a_copy() -> None:
    before = LONG + "\n2021年，我镇主动公开政府信息120条，办理申请3件，认真落实各项要求。"
    after = before.replace("2021", "2022").replace("120", "95")
    assert overlap(shingles(before), shingles(after)).share == 1.0


def test_half_a_copy_is_half_copied() -> None:
    seen = overlap(shingles(LONG + "\n" + OTHER), shingles(LONG))
    assert 0.45 < seen.share < 0.55
    assert seen.share_back == 1.0
    assert seen.resemblance == seen.share
    assert seen.swapped().share == 1.0


def test_copies_meet_in_a_band_and_strangers_do_not() -> None:
    edited = LONG.replace("落实", "推进", 5)
    assert set(bands(shingles(LONG))) & set(bands(shingles(edited)))
    assert not set(bands(shingles(LONG))) & set(bands(shingles(OTHER)))
    assert all(-(2**63) <= band < 2**63 for band in bands(shingles(LONG)))


def test_tables_headings_and_formulas_say_nothing_of_copying() -> None:
    labels = "\n".join(f"{row.label} 0 0 0 0 0 0 0" for row in T3_ROWS)
    flattened = "\n".join(row.label for row in T3_ROWS)
    formulas = (
        "根据《中华人民共和国政府信息公开条例》和国务院办公厅有关通知要求，编制本年度报告。"
        "本报告由总体情况、主动公开政府信息情况等六部分组成。"
        "本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止。"
        "如对本报告有疑问，请与某某镇党政综合办公室联系，电话见首页，地址某某路。"
        "本报告电子版可从某某区人民政府门户网站下载，欢迎查阅。"
        "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）。"
    )
    text = f"一、总体情况\n行政许可\t0\t0\n| 规章 | 0 | 0 | 0 |\n{labels}\n{flattened}\n{formulas}"
    assert len(shingles(text)) == 0
    assert shingles(text + "\n" + LONG).tolist() == shingles(LONG).tolist()


def test_a_text_that_says_next_to_nothing_is_compared_with_none() -> None:
    short = shingles("我镇今年认真做好了政府信息公开的各项日常工作。")
    assert len(short) == 0
    assert bands(short) == ()
    assert overlap(short, shingles(LONG)).share == 0.0
    assert len(shingles(LONG)) > LEAST


@settings(max_examples=30, deadline=None)
@given(st.permutations(list(range(40))), st.integers(5, 40))
def test_shares_do_not_depend_on_order_and_stay_between_none_and_all(order: list[int], taken: int) -> None:
    lines = LONG.split("\n")
    part = "\n".join(lines[at] for at in order[:taken])
    seen = overlap(shingles(part), shingles(LONG))
    assert seen.share == 1.0
    assert 0.0 <= seen.resemblance <= seen.share_back <= 1.0
    assert bands(shingles("\n".join(lines[at] for at in order))) == bands(shingles(LONG))

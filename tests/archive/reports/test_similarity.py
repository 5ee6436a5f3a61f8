"""Copied text is found and counted exactly."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.similarity import near_duplicates, share_copied, shingles

LONG = "\n".join(
    f"第{chr(0x4E00 + n * 7)}条工作由{chr(0x5200 + n * 11)}办公室负责落实并向群众公布办理{chr(0x6000 + n * 5)}结果。"
    for n in range(40)
)
OTHER = "\n".join(
    f"今年{chr(0x7000 + n * 9)}村修建道路若干公里，{chr(0x7800 + n * 3)}水利设施全部投入使用并发挥作用。"
    for n in range(40)
)


def test_last_year_s_text_with_new_numbers_is_a_copy() -> None:
    before = "2021年，我镇主动公开政府信息120条，办理申请3件，认真落实各项要求。"
    assert share_copied(before, before.replace("2021", "2022").replace("120", "95")) == 1.0


def test_half_a_copy_is_half_copied() -> None:
    assert 0.45 < share_copied(LONG + "\n" + OTHER, LONG) < 0.55
    assert share_copied(LONG, LONG + "\n" + OTHER) == 1.0


def test_pairs_are_found_and_strangers_are_not() -> None:
    edited = LONG.replace("落实", "推进", 5)
    pairs = near_duplicates({"b": edited, "a": LONG, "c": OTHER})
    assert [(pair.left, pair.right) for pair in pairs] == [("a", "b")]
    assert 0.8 < pairs[0].share <= 1
    assert pairs[0].jaccard < pairs[0].share


def test_tables_and_short_lines_say_nothing_of_copying() -> None:
    assert shingles("一、总体情况\n行政许可\t0\t0\n| 规章 | 0 | 0 | 0 |") == frozenset()
    assert share_copied("", LONG) == 0.0
    assert near_duplicates({"a": "短", "b": "短"}) == ()


@settings(max_examples=20, deadline=None)
@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_the_texts_does_not_matter(order: list[str]) -> None:
    texts = {"a": LONG, "b": LONG + OTHER[:60], "c": OTHER}
    assert near_duplicates([(name, texts[name]) for name in order]) == near_duplicates(texts)

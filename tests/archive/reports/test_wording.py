"""Words are compared tight."""

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.wording import core, folded, tight


def test_tight_drops_every_space_and_width() -> None:
    assert tight("年  度\n报\u200b告　（１）") == "年度报告(1)"


def test_core_drops_numbering_but_not_words_that_begin_like_it() -> None:
    assert core("3.危及“三安全一稳定”") == "危及三安全一稳定"
    assert core("三、\n本\n年\n度\n办\n理\n结\n果") == "本年度办理结果"
    assert core("（三）不予公开") == "不予公开"
    assert core("三类内部事务信息") == "三类内部事务信息"
    assert core("2020年度") == "2020年度"


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="一二三（）()０1９年度　 \t\u200b○〇，,ＡaO", max_size=40))
def test_tight_is_idempotent(text: str) -> None:
    assert tight(tight(text)) == tight(text)
    assert "\u3000" not in folded(text)

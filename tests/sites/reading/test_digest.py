"""One text, one digest; two texts, two."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sites.reading.digest import normalise, text_digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("公开 信息\n报告", "公开信息报告"),
        ("(一)2020年,公开：", "（一）２０２０年，公开:"),
        ("“公开”", '"公开"'),
        ("「公开」", "“公开”"),
        ("一—二", "一-二"),
        ("公开\u200b\ufeff\u00a0\u3000", "公开"),
    ],
)
def test_white_space_width_quotes_and_dashes_make_no_difference(one, other):
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0", "10"), ("公开", "公幵"), ("72件", "27件"), ("- -", "-"), ("0", "O"), ("一、", "一，"), ("A", "a")],
)
def test_everything_else_does(one, other):
    assert text_digest(one) != text_digest(other)


def test_a_digest_names_its_algorithm():
    assert text_digest("").startswith("sha256:")


@given(st.text(max_size=80))
@example("C¸")
@settings(max_examples=50, deadline=None)
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)
    assert not any(character.isspace() for character in normalise(text))

"""The quick NFKC is the real one, whatever it is given."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sites.reading.width import nfkc

CHINESE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x3000, max_codepoint=0x303F),
        st.characters(min_codepoint=0x2000, max_codepoint=0x206F),
        st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
        st.characters(min_codepoint=0x00A0, max_codepoint=0x036F),
        st.sampled_from("abcAO0123456789 \n\t（）：，。“”①②⑳○〇\u0301\u3099"),
    ),
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(CHINESE)
@example("e\u0301")
@example("（一）２０２１年①…—·\u3000\xa0")
@example("\u2017\u2011\xb4\xaf")
def test_it_equals_the_standard_form_on_chinese_text(text: str) -> None:
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_it_equals_the_standard_form_on_any_text(text: str) -> None:
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


def test_every_character_of_the_basic_plane_alone_and_before_a_combining_mark() -> None:
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        character = chr(code)
        assert nfkc(character) == unicodedata.normalize("NFKC", character), hex(code)
        for text in (character + "\u0301", "a" + character + "\u0338", character + "\u3099"):
            assert nfkc(text) == unicodedata.normalize("NFKC", text), hex(code)

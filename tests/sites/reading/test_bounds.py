import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.errors import Unreadable
from sites.reading.bounds import MAX_TEXT, refuse_endless, refuse_long, shows_more_than
from sites.reading.decode import page_of

from .pages import URL


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("公开", 2),
        ("<p>公开</p>", 2),
        ("<p title='公开公开'>公开</p>\n   <p> </p>", 2),
        ("<!-- 公开 <p> -->公", 1),
        ("<script>if (a < b) c</script>公", 1),
        ("<SCRIPT>var a</Script>公<style>a{}</style>", 1),
        ("<script>never closed", 0),
        ("<!-- never closed", 0),
        ("a < b, 3<5", 10),
        ("<p", 0),
        ("<scripture>公</scripture>", 1),
    ],
)
def test_what_is_shown_is_counted_and_nothing_else(html: str, shown: int) -> None:
    assert not shows_more_than(html, shown)
    assert shown == 0 or shows_more_than(html, shown - 1)


@given(st.text(alphabet="<>/!-sp 公\n", max_size=60), st.integers(0, 20))
def test_any_markup_is_counted_to_its_end(html: str, most: int) -> None:
    assert shows_more_than(html, most) in {True, False}
    assert not shows_more_than(html, len(html))


def test_a_long_page_is_read_when_it_shows_little() -> None:
    refuse_endless("<p>" + "<!--" + "x" * MAX_TEXT + "-->公开")
    page = page_of(url=URL, body=b"<p>" + b"x" * (MAX_TEXT + 1))
    with pytest.raises(Unreadable, match="on one page"):
        _ = page.tree
    with pytest.raises(Unreadable, match="NUL"):
        refuse_endless("\0" * (MAX_TEXT + 1))


def test_a_plain_text_longer_than_any_document_is_refused() -> None:
    refuse_long("公" * MAX_TEXT)
    with pytest.raises(Unreadable, match="500,001"):
        refuse_long("公" * (MAX_TEXT + 1))

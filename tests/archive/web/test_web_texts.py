"""Highlighting, excerpts, differences, languages, links: the pure parts of the pages."""

from __future__ import annotations

import itertools
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.kind import SIGNS
from archive.store.decisions import DecisionKind
from archive.store.waiting import Because, FactName
from archive.web.citation import breadcrumb, of_report, provenance
from archive.web.differences import differences, shortened
from archive.web.highlight import excerpt, mark, terms
from archive.web.language import chosen_language
from archive.web.numbers import where_label
from archive.web.rendering import moment, number, plain, weblink
from archive.web.vocabulary import RULES, VALUES
from archive.web.wording import WORDS

TEXTS = st.text(alphabet="公开信息复议，。\n0123abc<&", max_size=120)


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS)
def test_differences_hold_both_texts(old: str, new: str) -> None:
    pieces = differences(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
    assert all(a.kind != b.kind for a, b in itertools.pairwise(pieces))


def test_a_changed_number_is_the_only_difference() -> None:
    pieces = differences("收到申请12件，办结12件。", "收到申请15件，办结12件。")
    assert [(piece.kind, piece.text) for piece in pieces if piece.kind != "same"] == [("gone", "12"), ("new", "15")]


def test_sentences_with_nothing_in_common_are_not_shredded() -> None:
    pieces = differences("无其他事项。", "本年度未收取信息处理费用。")
    assert [piece.kind for piece in pieces] == ["gone", "new"]


def test_long_unchanged_runs_are_cut() -> None:
    pieces = shortened(differences("甲" * 500 + "。一", "甲" * 500 + "。二"), around=20)
    assert len("".join(piece.text for piece in pieces)) < 60


def test_terms_leave_out_what_is_excluded() -> None:
    assert terms('复议 -维持 “结果 纠正”|诉讼 -"不 要" "') == ("结果 纠正", "复议", "诉讼")


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.lists(st.text(alphabet="公开复议<&ab", min_size=1, max_size=3), max_size=3))
def test_marked_text_is_the_escaped_text_with_marks(text: str, words: list[str]) -> None:
    marked = str(mark(text, tuple(words)))
    assert marked.replace("<mark>", "").replace("</mark>", "") == str(mark(text, ()))
    assert "<" not in marked.replace("<mark>", "").replace("</mark>", "")


def test_an_excerpt_shows_the_passage_that_holds_most_words() -> None:
    text = "公开" + "无关" * 200 + "行政复议结果维持" + "无关" * 200
    shown = excerpt(text, ("复议", "维持"))
    assert "<mark>复议</mark>结果<mark>维持</mark>" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


def test_languages_are_chosen_by_switch_then_memory_then_browser() -> None:
    assert chosen_language("en", "zh", "zh").code == "en"
    assert chosen_language("", "en", "zh").code == "en"
    assert chosen_language("", "", "fr, en;q=0.5").code == "en"
    assert chosen_language("", "", "en;q=bad, *").code == "zh"
    assert chosen_language("", "", "").code == "zh"


def test_every_wording_has_both_languages() -> None:
    for words in (WORDS, VALUES, RULES):
        for key, (chinese, english) in words.items():
            assert chinese.strip(), key
            assert english.strip(), key


def test_whatever_waits_and_why_has_words_in_both_languages() -> None:
    asked = [f"because:{code}" for code in get_args(Because)] + [f"fact:{name}" for name in get_args(FactName)]
    asked += [f"sign:{code}" for code in SIGNS] + [f"waiting:{kind}" for kind in get_args(DecisionKind)]
    assert [key for key in asked if key not in VALUES] == []


def test_only_web_addresses_become_links() -> None:
    assert weblink("http://www.example.gov.cn/a") == "http://www.example.gov.cn/a"
    for url in (
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//x",
        "http://",
        "",
        None,
        "http://[",
        "a b",
    ):
        assert weblink(url) == "", url


def test_shown_values_are_plain() -> None:
    assert plain("a\u202eb\x07c") == "abc"
    assert number(1234567) == "1,234,567"
    assert number(2.0) == "2"
    assert number(0.25) == "0.25"
    assert number(None) == ""
    assert moment("2026-01-10T18:00:00.000000Z") == "2026-01-11 02:00"
    assert moment("2022-01-21") == "2022-01-21"
    assert moment("soon, perhaps") == "soon, perhaps"


def test_where_a_check_failed_is_said_in_the_forms_words() -> None:
    assert where_label("T3-ROW", "unable_not_held") == "无法提供：本机关不掌握相关政府信息"
    assert where_label("T3-ID", "natural_person") == "自然人"
    assert where_label("T4-SUM", "review") == "行政复议"
    assert where_label("TXT-T3", "t3_new_requests__total") == "本年新收政府信息公开申请数量"
    assert where_label("DATE", "period") == "period"


def test_a_citation_names_issuer_title_date_and_address() -> None:
    row = {
        "issuer": "盖北镇人民政府",
        "name": "盖北镇",
        "body_name": "盖北镇",
        "title": "2021年{报告}\n",
        "published_at": "2022-01-21T15:41:00+08:00",
        "dated_on": None,
        "fetched_at": "2026-01-10T18:00:00Z",
        "last_seen_at": "",
        "page": "http://www.example.gov.cn/a.html",
        "body": "b1",
        "year": 2021,
    }
    cited = of_report(row, "http://localhost/report/b1/2021")
    assert cited["gbt"] == (
        "盖北镇人民政府. 2021年{报告}[EB/OL]. (2022-01-21)[2026-01-10]. http://www.example.gov.cn/a.html."
    )
    assert "@misc{b1-2021," in cited["bibtex"]
    assert "title = {2021年报告}" in cited["bibtex"]
    assert provenance('{"issuer": "catalogue"}') == {"issuer": "catalogue"}
    assert provenance("[]") == provenance("broken") == {}
    assert breadcrumb('["首页", "年报"]') == "首页 › 年报"
    assert breadcrumb("首页") == "首页"

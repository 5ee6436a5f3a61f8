"""The national header is read with all its dirt, and stays a claim."""

import pytest

from sites.reading.standard import claims_of, clean_meta, read_header

from .pages import page


def header(*tags):
    return read_header(page("<html><head>" + "".join(tags) + "</head><body>x</body></html>"))


def meta(name, content):
    return f'<meta name="{name}" content="{content}">'


def test_names_are_read_without_case_and_wherever_they_stand():
    said = read_header(
        page(
            "<html><body><p>x</p><META NAME='sitename' CONTENT='某网'><meta content=' 2022-01-21 ' name=PUBDATE></body></html>"
        )
    )
    assert (said.value("SiteName"), said.value("PubDate")) == ("某网", "2022-01-21")


def test_empty_and_unfilled_tags_are_nothing():
    said = header(meta("ArticleTitle", ""), meta("PubDate", "${pubdate}"), meta("ContentSource", "{{source}}"))
    assert claims_of(said) == []


def test_of_duplicates_the_later_counts_unless_it_is_empty():
    assert (
        header(meta("Description", "栏目"), meta("Description", "文章"), meta("Description", "")).value("description")
        == "文章"
    )


@pytest.mark.parametrize(
    "printed",
    [
        "2022-01-21 15:41",
        "2022-01-21 15:41:00",
        "2022年01月21日 15:41",
        "2022——01——21 15:41",
        "1642750860000",
        "20220121154100",
    ],
)
def test_every_form_of_pubdate(printed):
    claim = next(claim for claim in claims_of(header(meta("PubDate", printed))) if claim.field == "published_at")
    assert (claim.value, claim.source, claim.label) == ("2022-01-21T15:41:00+08:00", "meta", "pubdate")


def test_a_generation_time_is_no_publication():
    assert claims_of(header(meta("others", "页面生成时间 2022-01-21 15:41:00"), meta("PubDate", "0001-01-01"))) == []


def test_titles_lose_tags_and_entities():
    assert clean_meta("某某&quot;公开&quot;<br/>报告") == '某某"公开"报告'


@pytest.mark.parametrize(
    ("code", "kept"), [("3306040001", "3306040001"), ("bm06000001", "bm06000001"), ("28", ""), ("某某", "")]
)
def test_a_site_id_code_has_a_shape(code, kept):
    assert header(meta("SiteIDCode", code)).site_id_code == kept


def test_all_that_is_claimed():
    said = header(
        meta("SiteName", "某网"),
        meta("SiteIDCode", "3306040001"),
        meta("ColumnName", "年报"),
        meta("ArticleTitle", "某报告"),
        meta("ContentSource", "某镇"),
        meta("PublishDate", "2022-01-21"),
    )
    assert {claim.field: claim.value for claim in claims_of(said)} == {
        "title": "某报告", "issuer": "某镇", "published_at": "2022-01-21T00:00:00+08:00", "column": "年报", "site_name": "某网", "site_id_code": "3306040001",
    }  # fmt: skip

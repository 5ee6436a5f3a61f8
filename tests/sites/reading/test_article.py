"""The document comes out whole and alone, whatever system printed it around it."""

import pytest

from sites.errors import Drift, SpecError
from sites.model import Section
from sites.reading.article import read_article

from .pages import BODIES, BODY, CRUMB, META, PARAGRAPHS, TEMPLATES, TEXT, TITLE, URL, document, page


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("meta", [META, ""], ids=["header", "no header"])
def test_every_template_gives_exactly_its_document(template, body, meta):
    html, text = BODIES[body]
    said = read_article(document(TEMPLATES[template].replace(BODY, html), meta=meta))
    assert said.text == text
    assert said.title == TITLE
    assert len(said.images) == (body == "a picture alone")
    assert len(said.attachments) == (body == "a sentence and a file")


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_header_gives_issuer_and_time_with_their_source(template):
    metadata = read_article(document(TEMPLATES[template])).metadata
    assert metadata.value("issuer") == "某某镇"
    assert metadata.value("published_at").startswith("2022-01-21T")
    assert {claim.source for claim in metadata.claims} >= {"meta", "url"}


@pytest.mark.parametrize(
    "template",
    ["hanweb", "trs", "vsb", "gkmlpt", "lonsun", "epoint", "nested tables", "unnamed boxes", "custom elements"],
)
def test_without_a_header_the_printed_lines_speak(template):
    metadata = read_article(document(TEMPLATES[template], meta="")).metadata
    assert metadata.value("issuer") == "某某镇"
    assert metadata.value("published_at").startswith("2022-01-21T")


def test_the_catalogue_block_outranks_the_header_and_both_are_kept():
    meta = META.replace('content="某某镇"', 'content="某某区"')
    metadata = read_article(document(TEMPLATES["hanweb xxgk"], meta=meta)).metadata
    assert [(claim.value, claim.source) for claim in metadata.claims if claim.field == "issuer"][:2] == [
        ("某某镇", "catalogue"),
        ("某某区", "meta"),
    ]
    assert metadata.value("index_number") == "002590622/2022-79879"
    assert metadata.value("disclosure_mode") == "主动公开"
    assert metadata.value("document_number") is None


def test_a_day_is_refined_by_a_time_of_the_same_day():
    metadata = read_article(document(TEMPLATES["gkmlpt"])).metadata
    assert metadata.value("published_at") == "2022-01-21T15:41:00+08:00"
    assert metadata.value("dated_on") == "2022-01-20"


@pytest.mark.parametrize(
    ("template", "steps"),
    [
        ("hanweb", ("首页", "某某镇", "年报")),
        ("nested tables", ("首页", "某某镇", "年报")),
        ("epoint", ("首页", "年报")),
        ("html5", ("首页", "年报")),
        ("vsb", ()),
    ],
)
def test_the_breadcrumb_is_data(template, steps):
    assert read_article(document(TEMPLATES[template])).breadcrumb == steps


def test_a_breadcrumb_of_list_items_is_read():
    crumb = '<div class="breadcrumb"><span>当前位置：</span><ul><li><a href="/">首页</a></li><li><a href="../">公开</a></li><li>年报</li></ul></div>'
    assert read_article(document(crumb + TEMPLATES["trs"].removeprefix(CRUMB))).breadcrumb == ("首页", "公开", "年报")


def test_text_split_over_spans_is_one_line_and_nothing_is_lost():
    spans = "<p>自<span>20</span><b><span>21</span></b><font>年1</font>月<i>1</i>日起,至<o:p>2021年</o:p>12月31日止。<!-- x --></p>"
    said = read_article(document(f'<h1>{TITLE}</h1><div id="zoom">{BODY}{spans}</div>'))
    assert said.text.endswith("自2021年1月1日起,至2021年12月31日止。")


def test_a_word_paste_leaves_no_styles_and_no_bookmarks():
    paste = (
        "<!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]--><style>p.MsoNormal{margin:0}</style>"
        '<p class="MsoNormal"><a name="_GoBack"></a><span style="mso-spacerun:yes">&nbsp;&nbsp;</span>[bookmark: _GoBack]3、创新公开形式。<o:p></o:p></p>'
    )
    said = read_article(document(f'<h1>{TITLE}</h1><div class="TRS_Editor">{BODY}{paste}</div>'))
    assert said.text.endswith("\n3、创新公开形式。")
    assert "Mso" not in said.text


def test_source_line_breaks_inside_chinese_text_are_nothing():
    said = read_article(
        document(f'<h1>{TITLE}</h1><div id="zoom"><p>政府信息\n     公开 2021\n  年度报告的说明文字。</p>{BODY}</div>')
    )
    assert said.text.startswith("政府信息公开 2021 年度报告的说明文字。")


def test_malformed_comments_lose_nothing():
    said = read_article(
        document(
            f'<h1>{TITLE}</h1><div id="zoom"><!---><!--><p>开头的一句话在这里。</p><!-- a -- b -->{BODY}<!-- 未关闭的注释</div>'
        )
    )
    assert PARAGRAPHS[-1] in said.text
    assert said.text.startswith("开头的一句话")


def test_two_editors_of_one_article_are_joined_and_a_copy_is_not():
    two = f'<h1>{TITLE}</h1><div class="w"><div class="TRS_Editor">{BODY}</div><div class="TRS_Editor"><p>附：补充说明一段文字在此。</p></div></div>'
    assert read_article(document(two)).text == TEXT + "\n附：补充说明一段文字在此。"
    copy = (
        f'<h1>{TITLE}</h1><div class="w"><div class="TRS_Editor">{BODY}</div><div class="TRS_Editor">{BODY}</div></div>'
    )
    assert read_article(document(copy)).text == TEXT


def test_a_body_that_is_hidden_until_a_script_shows_it_is_read():
    said = read_article(document(f'<h1>{TITLE}</h1><div style="display: none"><div id="zoom">{BODY}</div></div>'))
    assert said.text == TEXT


@pytest.mark.parametrize("style", ["display:none", "color: red; Display : NONE", "VISIBILITY: HIDDEN"])
def test_a_hidden_box_inside_the_body_is_not_the_document(style: str):
    said = read_article(
        document(f'<h1>{TITLE}</h1><div id="zoom">{BODY}<div style="{style}"><p>播放器加载失败。</p></div></div>')
    )
    assert said.text == TEXT


def test_the_attachment_list_below_the_editor_belongs_to_the_document():
    tail = '<div class="attachment"><div>附件：</div><div><p><a href="./P1.pdf">某办法.pdf</a><br><a href="./P1.ofd">某办法.ofd</a></p></div></div>'
    said = read_article(document(f'<div class="box"><h1>{TITLE}</h1><div class="TRS_Editor">{BODY}</div>{tail}</div>'))
    assert said.text == TEXT + "\n附件：\n某办法.pdf\n某办法.ofd"
    assert [(link.name, link.kind) for link in said.attachments] == [("某办法.pdf", "pdf"), ("某办法.ofd", "ofd")]


def test_a_download_box_gives_links_but_no_text():
    tail = '<div class="down"><p>文件下载：</p><p><a href="./W1.doc" title="关于某事的通知全文.doc">关于某事的…</a></p></div>'
    said = read_article(document(f'<div class="box"><h1>{TITLE}</h1><div class="TRS_Editor">{BODY}</div>{tail}</div>'))
    assert said.text == TEXT
    assert [(link.url, link.name) for link in said.attachments] == [
        ("https://www.example.gov.cn/zwgk/zfxxgknb/202201/W1.doc", "关于某事的通知全文.doc")
    ]


@pytest.mark.parametrize(
    ("markup", "url", "kind"),
    [
        ('<iframe src="/pdfjs/web/viewer.html?file=/files/a.pdf"></iframe>', "https://www.example.gov.cn/files/a.pdf", "pdf"),
        ('<iframe src="/files/b.pdf#page=1"></iframe>', "https://www.example.gov.cn/files/b.pdf#page=1", "pdf"),
        ('<a href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2">年报.docx</a>', "https://www.example.gov.cn/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2", "docx"),
        ('<a href="/x/1" appendix="true">年报</a>', "https://www.example.gov.cn/x/1", "file"),
    ],
)  # fmt: skip
def test_embedded_and_hidden_files_are_listed(markup, url, kind):
    said = read_article(document(f'<div class="box"><h1>{TITLE}</h1><div id="zoom">{BODY}<p>{markup}</p></div></div>'))
    assert (url, kind) in [(link.url, link.kind) for link in said.attachments]


def test_pictures_between_headings_stand_in_order_and_icons_do_not():
    html = (
        f'<h1>{TITLE}</h1><div id="zoom"><p>三、收到和处理政府信息公开申请情况</p><p><img src="./W1.png" alt="表"><img src="/images/icon_pdf.gif"></p>'
        f'<p><img src="data:image/png;base64,AAAA" data-src="/u/W2.jpg"></p><p>四、政府信息公开行政复议、行政诉讼情况</p>{BODY}</div>'
    )
    said = read_article(document(html))
    assert [block.kind for block in said.blocks][:4] == ["heading", "image", "image", "heading"]
    assert [link.url.rsplit("/", 1)[1] for link in said.images] == ["W1.png", "W2.jpg"]


def test_tables_are_grids_where_they_stand():
    table = '<table><tr><td rowspan="2">规章</td><td>制发</td><td>废止</td></tr><tr><td>3</td><td>5</td></tr><tr><td>合计</td><td colspan="2">8</td></tr></table>'
    said = read_article(
        document(
            f'<h1>{TITLE}</h1><div id="zoom"><p>二、主动公开政府信息情况</p>{table}<p>六、其他需要报告的事项</p><p>无其他需要报告的事项。</p></div>'
        )
    )
    assert [block.kind for block in said.blocks] == ["heading", "table", "heading", "paragraph"]
    assert said.tables[0].grid() == (("规章", "制发", "废止"), ("规章", "3", "5"), ("合计", "8", "8"))
    assert "规章\t制发\t废止\n3\t5\n合计\t8" in said.text


def test_headings_are_told_from_paragraphs():
    said = read_article(
        document(f'<h1>{TITLE}</h1><div id="zoom"><p><strong>工作概述</strong></p><h3>小标题</h3>{BODY}</div>')
    )
    assert [block.text for block in said.blocks if block.kind == "heading"] == [
        "工作概述",
        "小标题",
        "一、总体情况",
        "二、主动公开政府信息情况",
        "六、其他需要报告的事项",
    ]


def test_a_section_or_family_may_name_the_boxes():
    html = (
        f'<div class="q1">{TITLE}（全文）</div><div class="q2"><p>不要的一段文字，足够长足够长足够长。</p><div class="q3">广告</div>{BODY}</div>'
        * 1
    )
    said = read_article(
        document(html, meta=""), containers=(".q2",), titles=(".q1",), drop=(".q3", ".q2 > p:first-child")
    )
    assert said.text == TEXT
    assert said.title == f"{TITLE}（全文）"
    section = Section(
        site_id="s", key="k", name="n", url=URL, family="static", hosts=(), options={"body": ".q2", "drop": ".q3"}
    )
    assert read_article(document(html), section).text == "不要的一段文字，足够长足够长足够长。\n" + TEXT


def test_a_selector_that_finds_nothing_falls_back_to_what_the_page_shows():
    assert read_article(document(TEMPLATES["trs"]), containers=("#gone",)).text == TEXT


def test_a_selector_that_is_none_is_the_curators_error():
    with pytest.raises(SpecError, match="selector"):
        read_article(document(TEMPLATES["trs"]), containers=("div[",))
    with pytest.raises(SpecError, match="selector"):
        read_article(document(TEMPLATES["trs"]), drop=("..",))


@pytest.mark.parametrize("html", ["", "<html></html>", "<div></div>", "<script>var a=1</script>"])
def test_a_page_without_a_document_is_drift_not_empty_text(html):
    with pytest.raises(Drift):
        read_article(page(html))


def test_flags_say_when_no_box_was_known():
    assert "no-container" in read_article(document(TEMPLATES["unnamed boxes"])).flags
    assert read_article(document(TEMPLATES["trs"])).flags == ()


@pytest.mark.parametrize(
    ("given", "heading"),
    [
        ("2021年某某镇政府信息公开工作…", TITLE),
        ("2021年某某镇政府信息公开工作年...", TITLE),
        (TITLE.replace("报告", "报告&amp;quot;"), TITLE),
    ],
)
def test_a_truncated_header_title_gives_way_to_the_heading(given, heading):
    meta = META.replace(f'"ArticleTitle" content="{TITLE}"', f'"ArticleTitle" content="{given}"')
    said = read_article(document(TEMPLATES["trs"], meta=meta))
    assert said.title in {heading, TITLE.replace("报告", '报告"')}


def test_a_header_that_names_only_the_column_is_no_title():
    meta = META.replace(TITLE, "政府信息公开年报")
    assert read_article(document(TEMPLATES["trs"], meta=meta)).title == TITLE


def test_a_heading_broken_by_br_is_one_title():
    html = TEMPLATES["trs"].replace(f"<h2>{TITLE}</h2>", "<h2>2021年某某镇政府信息公开<br>工作年度报告</h2>")
    assert read_article(document(html, meta="")).title == TITLE


def test_a_line_of_the_document_that_looks_like_a_label_stays():
    html = (
        f'<h1>{TITLE}</h1><div class="TRS_Editor"><p>时间：2022年1月21日上午</p><p>地点：某某会议室三楼</p>{BODY}</div>'
    )
    assert read_article(document(html)).text.startswith("时间：2022年1月21日上午\n地点：某某会议室三楼")


def test_a_base_of_another_host_is_not_believed():
    html = f'<h1>{TITLE}</h1><div id="zoom">{BODY}<p><a href="P1.pdf">年报.pdf</a></p></div>'
    said = read_article(document(html, meta=META + '<base href="http://192.168.1.1/">'))
    assert said.attachments[0].url == "https://www.example.gov.cn/zwgk/zfxxgknb/202201/P1.pdf"


def test_a_document_number_line_is_a_claim_of_the_body():
    html = f'<h1>{TITLE}</h1><div id="zoom"><p>某政办发〔2022〕5号</p>{BODY}</div>'
    claim = read_article(document(html)).metadata.claim("document_number")
    assert (claim.value, claim.source) == ("某政办发〔2022〕5号", "body")

"""Line rules take furniture and never a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.reading.clean import (
    drop_word_residue,
    is_chrome,
    is_chrome_anywhere,
    is_footer,
    is_position,
    is_sentence,
    starts_related,
    trim_tail,
)

CHROME = [
    "【打印本页】 【关闭本页】", "分享到:", "分享到： 微信 微博 QQ空间", "[放大字体] [缩小字体] [打印] [关闭窗口] [返回顶部]", "扫一扫在手机打开当前页", "大 中 小", "字号：[ 大 中 小 ]",
    "浏览次数：123次", "阅读量 88", "【浏览字号：大 中 小】", "上一篇：某某通知", "下一条： 没有了", "您现在的位置：首页 > 公开", "当前位置 : 首页", "责任编辑：张某", "来源：某某镇", "发布时间：2022-01-21",
    "点击关闭详细目录信息", "相关链接：", "PDF版下载", "字体：A+ A-", "视力保护色：", "返回顶部", "我要纠错", ">>", "附件下载：", "微信 微博 QQ空间",
]  # fmt: skip
DOCUMENT = [
    "附件：", "附件：2022年要点", "二、打印设备", "中国共产党某某镇委员会", "下载量统计如下：", "无", "大力推进政务公开。", "分享到的经验有三条。", "上一年结转0件。", "来源于群众的意见有20条。", "某某镇人民政府", "2022年1月20日",
    "（一）加强组织领导", "扫描件存档备查，并由专人负责管理和登记造册工作。", "阅读能力有待提高", "规章",
]  # fmt: skip


@pytest.mark.parametrize("line", CHROME)
def test_furniture_is_recognised(line):
    assert is_chrome(line)


@pytest.mark.parametrize("line", DOCUMENT)
def test_lines_of_documents_are_not_furniture(line):
    assert not is_chrome(line)
    assert not is_chrome_anywhere(line)


@given(st.text(alphabet="公开信息报告打印关闭分享下载年度一二三，", min_size=20, max_size=80))
@settings(max_examples=50, deadline=None)
def test_no_sentence_is_furniture_anywhere(text):
    assert not is_chrome_anywhere("我镇" + text + "。")


def test_the_tail_ends_with_the_last_line_of_the_document():
    lines = ["正文的一句话在这里，比较长。"] * 30 + [
        "某某镇人民政府",
        "2022年1月20日",
        "",
        "【打印】 【关闭】",
        "上一篇：无",
        "主办单位：某某",
        "网站标识码：3306040001 浙ICP备05000000号",
    ]
    assert trim_tail(lines) == 32


def test_a_sentence_about_the_site_map_is_no_footer():
    lines = ["正文的一句话在这里，比较长。"] * 3 + ["全年在政府网站首页显著位置设置网站地图，方便公众查找政府信息。"]
    assert trim_tail(lines) == 4


def test_contact_lines_of_a_document_stay():
    lines = ["如需了解详情，请与某某镇党政办公室联系。", "联系电话：0571-00000000", "地址：某某路1号"]
    assert trim_tail(lines) == 3


def test_small_judgements():
    assert is_position("您当前所在位置：首页")
    assert not is_position("地理位置：东经120度")
    assert starts_related("相关阅读")
    assert not starts_related("相关工作情况报告如下")
    assert is_footer("浙公网安备 33060402000000号")
    assert is_footer("技术支持：某某", weak=True)
    assert is_sentence("现将有关情况报告如下，请审阅。")
    assert not is_sentence("某某镇人民政府")
    assert drop_word_residue("[bookmark: _GoBack]3、创新") == "3、创新"
    assert drop_word_residue("没有书签") == "没有书签"

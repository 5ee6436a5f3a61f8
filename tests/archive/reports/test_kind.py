"""Reports, their neighbours in the same columns, templates and clones."""

from datetime import date

import pytest

from archive.reports.kind import SIGNS, Sign, neighbour, placeholders, sign_of
from archive.reports.model import Context
from archive.reports.read import read_report
from sites.model import Claim, Extracted, Metadata

REPORT_TEXT = """根据《中华人民共和国政府信息公开条例》的要求，现将柳河镇2022年政府信息公开工作年度报告公布如下。
本报告所列数据的统计期限自2022年1月1日起至2022年12月31日止。
一、总体情况
2022年，柳河镇主动公开政府信息120条，未收到依申请公开政府信息的申请。
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
政府信息公开的意识有待加强。
六、其他需要报告的事项
无其他需要报告的事项。
"""
YEARLESS = REPORT_TEXT.replace("2022年", "").replace("柳河镇", "我镇")
TITLE = "柳河镇2022年政府信息公开工作年度报告"


def report_of(title: str = TITLE, text: str = REPORT_TEXT, context: Context | None = None, **more: object):
    return read_report([Extracted(title=title, text=text, **more)], context or Context())  # type: ignore[arg-type]


def test_a_plain_report_is_a_report() -> None:
    report = report_of()
    assert (report.kind, report.year, report.body.name if report.body else None) == ("report", 2022, "柳河镇")
    assert report.score >= 6
    assert report.reasons


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("某某市政府办公室关于认真做好2021年政府信息公开工作年度报告编制发布工作的通知", "notice"),
        ("2022年政务公开工作要点", "notice"),
        ("上虞区丰惠镇信息公开指南(2024修订版)", "guide"),
        ("某某镇政府信息公开目录", "guide"),
        ("政府信息依申请公开制度", "guide"),
        ("政府网站工作年度报表（2021年度）", "website"),
        ("政府网站和政务新媒体工作年度报表", "website"),
        ("2022年上半年政府信息公开数据统计", "statistics"),
        ("2017年政府信息公开情况统计表", "statistics"),
        ("2017年政府信息公开年度报告统计表", "statistics"),
        ("某某区统计公报", "statistics"),
        ("2020年政府信息公开工作年度报告解读", "interpretation"),
        ("一图读懂政府信息公开工作年度报告", "interpretation"),
        ("2019年度政务公开工作总结", "summary"),
        ("2021年法治政府建设年度报告", "other"),
        ("某某局2021年部门决算", "other"),
        ("事业单位法人年度报告", "other"),
    ],
)
def test_neighbours_are_named_and_never_reports(title: str, kind: str) -> None:
    assert report_of(title=title).kind == kind


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        "某某县统计局2021年政府信息公开工作年度报告",
        "某某县教育考试评估中心2021年政府信息公开工作年度报告",
        "某某市人民政府2019年政府信息公开工作年度报告（图片版）",
        "政府信息公开工作年度报告（2021年）",
        "某某区企业服务局2021年政府信息公开年报",
        "关于公布某某局2021年政府信息公开年度报告的公告",
        "某某局2021年政府信息公开年度报告及情况统计表",
    ],
)
def test_words_inside_a_body_s_name_make_no_neighbour(title: str) -> None:
    assert neighbour(title) is None
    assert report_of(title=title).kind == "report"


def test_placeholders_make_a_template_with_its_reasons() -> None:
    text = "20_年，XX镇政务公开工作在XX市委的领导下。\n>一、高度重视\n>二、规范管理\n滁州市的要求"
    report = report_of(title="20_年度政务公开工作总结", text=text)
    assert report.kind == "template"
    assert report.reasons == ("20_年", "XX镇", "XX市", ">一、")
    assert report.year is None


def test_the_blank_official_form_is_a_template() -> None:
    text = "政府信息公开工作年度报告格式模板\n一、总体情况\n（文字描述）\n"
    text += "六、其他需要报告的事项\n（文字描述，收取信息处理费情况在此处报告。）"
    assert report_of(title="", text=text).kind == "template"


def test_one_anonymised_name_in_a_long_report_is_no_template() -> None:
    assert placeholders("答复申请人XX镇居民王某") == ("XX镇",)
    assert report_of(text=REPORT_TEXT + "\n附：XX镇居民来信一则").kind == "report"


def test_a_quarantined_page_is_a_clone() -> None:
    assert report_of(flags=("quarantine:host",)).kind == "clone"


def test_a_foreign_host_is_a_clone_and_a_subdomain_is_not() -> None:
    hosts = ("county.example.gov.cn",)
    assert report_of(context=Context(host="copy.example.com", site_hosts=hosts)).kind == "clone"
    assert report_of(context=Context(host="www.county.example.gov.cn", site_hosts=hosts)).kind == "report"


def test_the_address_a_rebuild_knows_a_page_by_is_still_the_portals() -> None:
    """Canonical addresses have no www.: a rebuild of a www. portal once called every report a clone."""
    assert report_of(context=Context(host="county.example.gov.cn", site_hosts=("www.county.example.gov.cn",))).kind == (
        "report"
    )


def test_a_doorway_page_betrays_itself_by_two_signs() -> None:
    text = REPORT_TEXT + "可在某市政府网站(http://www.spam.example.com)下载，，，文(wen)章(zhang)到此。"
    assert report_of(text=text).kind == "clone"


def test_an_index_of_years_is_no_report() -> None:
    report = report_of(title="政府信息公开年报", text="2020年\n2019年\n2018年\n")
    assert report.kind == "other"


def test_text_about_something_else_is_other() -> None:
    assert report_of(title="某某区召开防汛会议", text="7月1日，某某区召开会议，部署防汛工作。" * 20).kind == "other"


def test_a_middling_score_asks_for_a_person() -> None:
    text = (
        "一、总体情况\n我镇公开政府信息。\n二、存在的问题\n申请公开渠道不多。政府信息公开不够。" + "很多事情要做。" * 60
    )
    report = report_of(title="", text=text)
    assert report.kind == "other"
    assert 3 <= report.score < 6


def test_the_year_is_voted_not_taken_from_the_first_number() -> None:
    text = REPORT_TEXT.replace("2022年，柳河镇主动", "2021年，柳河镇主动") + "2021年，我们将继续。"
    assert report_of(text=text).year == 2022


def test_lost_characters_in_the_period_sentence_still_say_the_year() -> None:
    text = "政府信息公开年报\n本报告中所列数据的统计期限自20211月1日起,至202112月31日止。\n一、总体情况\n"
    report = report_of(title="", text=text)
    assert (report.year, report.year_source) == (2021, "period")
    text = text.replace("20211月1日起,至202112月31日", "201711日至20171231日")
    assert report_of(title="", text=text).year == 2017


def test_a_title_year_equal_to_the_publication_year_yields_to_the_period() -> None:
    claims = Metadata(claims=(Claim(field="published_at", value="2023-02-01T00:00:00+08:00", source="meta"),))
    report = report_of(title="柳河镇2023年政府信息公开工作年度报告", metadata=claims)
    assert report.year == 2022
    assert any("typing error" in note for note in report.notes)


def test_the_annual_report_module_s_parameter_is_the_report_year() -> None:
    context = Context(url="https://www.county.example.gov.cn/x/xxgkAnnualReport.jsp?area=1&fbtime=2020")
    report = report_of(title="", text="政府信息公开年报 无日期", context=context)
    assert (report.year, report.year_source) == (2020, "url")


def test_publication_in_spring_is_the_weakest_word_on_the_year() -> None:
    text = YEARLESS
    report = report_of(title="", text=text, context=Context(listed_on=date(2021, 1, 29)))
    assert (report.kind, report.year, report.year_source) == ("report", 2020, "published")
    assert report_of(title="", text=text).year is None
    assert report_of(title="", text=text + "2019年很好。").year == 2019


def test_two_years_in_a_title_stay_ambiguous() -> None:
    report = report_of(title="2021-2022年度政府信息公开年报", text=YEARLESS)
    assert (report.kind, report.year) == ("report", None)
    assert any(note.startswith("year_ambiguous") for note in report.notes)


def test_the_column_s_owner_outranks_a_copied_title() -> None:
    report = report_of(context=Context(section_body="清河镇"))
    assert report.body is not None
    assert report.body.name == "清河镇"
    assert any("names 柳河镇" in note for note in report.notes)
    same = report_of(context=Context(section_body="柳河镇人民政府"))
    assert same.body is not None
    assert (same.body.name, same.notes) == ("柳河镇", ())


def test_the_body_comes_from_claims_breadcrumb_or_signature_when_the_title_is_silent() -> None:
    title = "政府信息公开工作年度报告（2022年）"
    text = REPORT_TEXT.replace("柳河镇", "我镇")
    issuer = Metadata(claims=(Claim(field="issuer", value="柳河镇人民政府", source="catalogue"),))
    for more in (
        {"metadata": issuer},
        {"breadcrumb": ("首页", "柳河镇", "年报", "政府信息公开年报")},
        {"text": text + "\n柳河镇人民政府\n2023年1月20日\n"},
    ):
        report = report_of(**{"title": title, "text": text, **more})  # type: ignore[arg-type]
        assert report.body is not None
        assert report.body.name == "柳河镇"
    assert report_of(title=title, text=text).body is None


def test_neighbours_keep_only_what_they_say_outright() -> None:
    context = Context(listed_on=date(2021, 1, 29))
    assert report_of(title="政府信息公开指南", text="2019年修订", context=context).year is None
    assert report_of(title="政府信息公开指南（2020年版）", text="2019年修订", context=context).year == 2020


def test_scope_is_said_not_assumed() -> None:
    assert report_of().scope == "unknown"
    assert report_of(text=REPORT_TEXT + "本报告汇总了全县各部门的数据。").scope == "consolidated"
    assert report_of(text=REPORT_TEXT + "我镇将继续努力。").scope == "own"


@pytest.mark.parametrize("code", SIGNS)
def test_a_reason_is_read_back_as_it_was_given(code: str) -> None:
    about = "通知" if "{about}" in SIGNS[code] else ""
    words = SIGNS[code].format(about=about)
    for points in ("+4", "-0.5", ""):
        assert sign_of(f"{points} {words}".strip()) == Sign(code=code, points=points, about=about)


def test_printed_words_are_no_sign() -> None:
    assert sign_of("20XX年") is None
    assert sign_of("+4 x") is None

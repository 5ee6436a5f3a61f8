"""The six towns of the demo county (演示县): facts only. 盖北镇 is a real name, borrowed for the seeds' sake;
the county, the other towns and every figure and sentence are invented."""

from __future__ import annotations

from dataclasses import dataclass

COUNTY = "越溪区"
SITE_NAME = "越溪区人民政府"
SITE_ID_CODE = "3306990001"
REGION_CODE = "330699"
PROVINCE = "浙江省"
CITY = "绍兴市"
WEB_ID = 3099
FIRST_YEAR = 2014
LAST_YEAR = 2024
YEARS = tuple(range(FIRST_YEAR, LAST_YEAR + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A body that reports: `we` is how it speaks of itself, `paste` how its clerk makes tables
    (`word`, `editor`, `plain`), `blank` what its clerk writes for zero, `title` its title pattern."""

    key: str
    name: str
    office: str
    we: str
    column: int
    unit: int
    org_code: str
    account: str
    size: int
    paste: str
    blank: str
    title: str
    per_page: int = 5
    group_size: int = 2
    page_only: bool = False
    validators: bool = True


TOWNS: tuple[Town, ...] = (
    Town(
        key="gaibei",
        name="盖北镇",
        office="盖北镇人民政府",
        we="我镇",
        column=1229351253,
        unit=6523001,
        org_code="002590622",
        account="藤下盖北",
        size=5,
        paste="word",
        blank="0",
        title="{y}年盖北镇政府信息公开年度报告",
    ),
    Town(
        key="yunxi",
        name="云溪镇",
        office="云溪镇人民政府",
        we="云溪镇",
        column=1229351254,
        unit=6523002,
        org_code="002590630",
        account="云上溪声",
        size=9,
        paste="editor",
        blank="0",
        title="云溪镇人民政府{y}年度政府信息公开工作年度报告",
    ),
    Town(
        key="shiqiao",
        name="石桥镇",
        office="石桥镇人民政府",
        we="本镇",
        column=1229351255,
        unit=6523003,
        org_code="002590649",
        account="石桥微讯",
        size=7,
        paste="word",
        blank="0",
        title="石桥镇{y}年政府信息公开工作年度报告",
    ),
    Town(
        key="changfeng",
        name="长丰镇",
        office="长丰镇人民政府",
        we="我镇",
        column=1229351256,
        unit=6523004,
        org_code="002590657",
        account="长丰发布",
        size=3,
        paste="plain",
        blank="",
        title="{y}年度长丰镇人民政府信息公开工作年度报告",
    ),
    Town(
        key="liutang",
        name="柳塘街道",
        office="柳塘街道办事处",
        we="街道",
        column=1229351257,
        unit=6523005,
        org_code="002590665",
        account="柳塘潮声",
        size=12,
        paste="editor",
        blank="0",
        title="柳塘街道办事处{y}年政府信息公开工作年度报告",
        page_only=True,
        validators=False,
    ),
    Town(
        key="nanling",
        name="南岭乡",
        office="南岭乡人民政府",
        we="我乡",
        column=1229351258,
        unit=6523006,
        org_code="002590673",
        account="岭上南风",
        size=2,
        paste="plain",
        blank="/",
        title="越溪区南岭乡{y}年政府信息公开年报",
        per_page=15,
        group_size=3,
    ),
)

BY_KEY = {town.key: town for town in TOWNS}

#: The county's own column, where reports of towns stand a second time among notices and templates.
COUNTY_COLUMN = 1229351260
COUNTY_UNIT = 6523010
COUNTY_KEY = "quji"
#: A column robots.txt closes; one town's listing links into it all the same.
CLOSED_COLUMN = 1229351298

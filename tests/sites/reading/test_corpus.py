"""Real pages beside the checkout: whole reports come out with their tables, labelled pages as a person read them."""

import re

import pytest

from sites.reading.article import read_article
from sites.reading.decode import page_of
from sites.reading.walls import refuse_walls

HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)


@pytest.mark.parametrize("name", ["pingtan-2023", "pingtan-2025"])
def test_statutory_tables_are_grids_of_the_printed_cells(shared, name):
    body = (shared / "corpus" / "reports" / f"{name}.html").read_bytes()
    said = read_article(page_of(url="https://www.example.gov.cn/a/t20240308_1.htm", body=body))
    assert [(table.rows, table.columns) for table in said.tables] == [(14, 4), (28, 10), (4, 15)]
    printed = re.sub(r"<[^>]+>|\s|&nbsp;", "", body.decode())
    for table in said.tables:
        for cell in table.cells:
            assert "".join(cell.text.split()) in printed
    assert said.tables[1].grid()[3][0] == "一、本年新收政府信息公开申请数量"
    assert all(row[-1].isdigit() for row in said.tables[1].grid()[3:])


@pytest.mark.parametrize("name", ["pingtan-2023", "pingtan-2025"])
def test_the_text_keeps_reading_order(shared, name):
    body = (shared / "corpus" / "reports" / f"{name}.html").read_bytes()
    said = read_article(page_of(url="https://www.example.gov.cn/a/t20240308_1.htm", body=body))
    kinds = [
        block.text if block.text in HEADINGS else "table"
        for block in said.blocks
        if block.text in HEADINGS or block.table is not None
    ]
    assert kinds == [*HEADINGS[:2], "table", HEADINGS[2], "table", HEADINGS[3], "table", *HEADINGS[4:]]
    assert said.text == "\n".join(block.text for block in said.blocks if block.kind != "image")


def test_no_real_page_is_taken_for_a_wall(shared):
    for folder in ("pages", "listings", "reports"):
        for path in sorted((shared / "corpus" / folder).iterdir()):
            refuse_walls(page_of(url="https://www.example.gov.cn/a.html", body=path.read_bytes()))

"""Every sort of bad file behind one page, in one night: a problem row for each, bounded cost, and the page is kept."""

from __future__ import annotations

import resource
import time
import zlib
from pathlib import Path

import pytest

from archive.reports.model import Context
from archive.reports.read import read_report
from sites.reading.article import read_article
from sites.reading.decode import page_of
from tests.crawler.attached import Town, links, page, report_docx
from tests.sites.formats.paper import Paper, docx, one_page, p, pdf_of, stream, tbl, tc, tr

OWN = "<p>详见附件，本页的话留下。</p>"
HTML = b"<html><body><p>error</p></body></html>"
#: An OLE package under a password, and a PDF that asks for one.
LOCKED_DOCX = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 102
)
LOCKED_PDF = pdf_of(
    [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"],
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]" % (b"ab" * 32, b"cd" * 32),
)


def pages(number: int) -> bytes:
    paper = Paper()
    for _ in range(number):
        paper.text(80, 80, "甲").new_page()
    return paper.save()


def nested(depth: int) -> str:
    body = p("甲")
    for _ in range(depth):
        body = tbl(tr(tc(body)))
    return body


BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
#: Name → the file and the words of its problem.
REFUSED = {
    "locked.pdf": (LOCKED_PDF, "encrypted"),
    "cut.pdf": (Paper().text(80, 80, "甲").save()[:-200], "cut off"),
    "bomb.pdf": (one_page(stream(zlib.compress(b"q " * 3_000_000), b"/Filter /FlateDecode")), "bomb"),
    "long.pdf": (pages(500), "501 pages"),
    "page.pdf": (b"<html><head><title>404</title></head></html>", "the title says 404"),
    "locked.docx": (LOCKED_DOCX, "password"),
    "cut.docx": (report_docx()[:-400], "cut off or damaged"),
    "bomb.docx": (docx(" " * 30_000_000), "bomb"),
    "deep.docx": (docx(nested(200)), "damaged"),
}
#: What is bad and can be read all the same.
READ = {
    "page.doc": HTML,  # as Word saves it
    "long.docx": docx("".join(p(f"第{number}页的话。") + BREAK for number in range(500))),
    "wide.docx": docx(p("甲") + tbl(tr(*(tc("1") for _ in range(10_000))))),
    "spans.docx": docx(tbl(*[tr(tc("乙", '<w:gridSpan w:val="65535"/><w:vMerge w:val="restart"/>'), tc("1"))] * 50)),
}


async def test_bad_files_are_a_problem_each_at_a_bounded_cost_and_the_page_keeps_its_text(tmp_path: Path) -> None:
    with Town(tmp_path, page=page(OWN + links(*REFUSED, *READ))) as town:
        for name, body in {**{name: body for name, (body, _) in REFUSED.items()}, **READ}.items():
            town.serve(name, body, "application/octet-stream")
        began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await town.night()
        assert time.process_time() - began < 20, "CPU seconds for thirteen files"
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "KiB"
        told = dict(town.rows("select url, message from problems"))
        assert {str(url).rpartition("/")[2] for url in told} == set(REFUSED)
        for name, (_, words) in REFUSED.items():
            assert words in str(told[f"/nb/files/{name}"]), name
        texts = [str(text) for (text,) in town.rows("select text from document_texts")]
        (own,) = (text for text in texts if "本页的话留下" in text)
        assert "error" not in own
        kept = {str(url).rpartition("/")[2] for (url,) in town.rows("select url from captures")}
        assert kept >= (REFUSED.keys() | READ.keys()) - {"page.pdf"}, "what cannot be read is kept as evidence"


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr>" + "<td>1</td>" * 10_000 + "</tr></table>",
        "<table>" + '<tr><td rowspan="65535" colspan="65535">甲</td><td>1</td></tr>' * 300 + "</table>",
        "<table><tr><td>甲" * 200 + "</td></tr></table>" * 200,
    ],
    ids=["ten thousand columns", "rowspan 65535", "nested 200 deep"],
)
def test_a_bad_table_costs_little_and_leaves_the_words_around_it(table: str) -> None:
    before, after = "本镇全年公开政府信息十二条，办结申请三件。", "无其他需要报告的事项，特此说明。"
    _, _, body = page(f"<p>{before}</p>{table}<p>{after}</p>")
    began = time.process_time()
    extracted = read_article(page_of(url="http://town.example.gov.cn/a.html", body=body))
    report = read_report([extracted], Context())
    assert time.process_time() - began < 2
    assert before in extracted.text
    assert after in extracted.text
    assert [cell for cell in report.cells if cell.form in ("t2", "t3", "t4", "s14")] == []

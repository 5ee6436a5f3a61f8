"""Reports that stand in files: fetched, kept, read, and judged with their page, over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.rebuild import rebuild
from archive.store.restore import restore
from archive.store.verify import verify
from crawler import convert as converting
from crawler.adhoc import Failed, Kept, import_paths
from crawler.attachments import worth_fetching
from crawler.config import Config
from crawler.convert import converters_found
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.rereading import Rereader
from crawler.run import Tools
from sites.model import Extracted, Link
from tests.crawler.attached import PAGE, Town, links, page, report_docx, whole_page
from tests.crawler.faketime import FakeTime
from tests.sites.formats.paper import p, zipped

SEE_FILE = "<p>详见附件。</p>"
CELLS = 'select form, "row", "column", raw, value, status from cells order by form, "row", "column"'
FIXTURES = Path(__file__).parent / "fixtures"
DOC = (FIXTURES / "report.doc").read_bytes()
ERROR_PAGE = "<html><head><title>提示</title></head><body><p>系统出错，请与管理员联系。</p></body></html>".encode()
#: Whatever a portal's links are called, their names stay in the archive.
NAME = "report.docx"


async def crawled(town: Town, *, nights: int = 1) -> None:
    for _ in range(nights):
        await town.night()


async def test_a_report_that_is_only_an_attachment_has_the_cells_of_the_same_report_in_a_page(tmp_path: Path):
    for name in ("page", "file"):
        (tmp_path / name).mkdir()
    with (
        Town(tmp_path / "page", page=whole_page()) as printed,
        Town(tmp_path / "file", page=page(SEE_FILE + links(NAME))) as attached,
    ):
        attached.serve(NAME, report_docx())
        await crawled(printed)
        await crawled(attached)
        assert attached.rows("select kind, tables_status, year from reports") == [("report", "complete", 2024)]
        sections = "select key from report_sections order by position"
        assert attached.rows(sections) == printed.rows(sections)
        cells = attached.rows(CELLS)
        assert cells == printed.rows(CELLS)
        assert {cell[0] for cell in cells} >= {"t2", "t3", "t4"}
        assert attached.rows("select parent_page, media_type from pages where parent_page is not null") == [
            (
                attached.rows("select url from pages where parent_page is null")[0][0],
                attached.served[f"/nb/files/{NAME}"][1],
            )
        ]


async def test_the_second_night_is_unchanged(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        before = town.rows(CELLS)
        result = await town.night()
        assert (result.total.new, result.total.changed, result.problems) == (0, 0, 0)
        assert (f"/nb/files/{NAME}", 304) in town.asked
        assert town.rows(CELLS) == before
        assert town.rows("select count(*) from versions") == [(2,)]


async def test_an_edited_page_keeps_the_cells_of_its_file_and_a_dropped_file_takes_them_along(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        before = town.rows(CELLS)
        town.served[PAGE] = page("<p>年度报告全文详见附件。</p>" + links(NAME))
        result = await town.night()
        assert result.total.changed == 1
        current = (
            "select count(*) from cells c join reports r on r.id = c.report join pages p on p.url = r.page "
            "and p.text_digest = r.text_digest"
        )
        assert town.rows(current) == [(len(before),)]
        town.served[PAGE] = page("<p>附件整理中，稍后公布。</p>")
        await town.night()
        assert town.rows(current) == [(0,)]


async def test_a_changed_file_of_an_unchanged_page_is_a_change_and_is_read(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        before = town.rows(CELLS)
        town.serve(NAME, report_docx("<w:p><w:r><w:t>更正：补充说明一处。</w:t></w:r></w:p>"))
        result = await town.night()
        assert (result.total.changed, result.total.unchanged) == (1, 1)
        assert town.rows(CELLS) == before
        assert town.rows("select count(*) from versions v join pages p on p.url = v.page where p.parent_page > ''") == [
            (2,)
        ]


async def test_a_file_replaced_by_an_error_page_is_a_problem_and_its_cells_stay(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        before = town.rows(CELLS)
        town.serve(NAME, ERROR_PAGE)
        result = await town.night()
        assert town.rows("select kind from problems") == [("unreadable",)]
        assert result.total.changed == 0
        assert town.rows(CELLS) == before


@pytest.mark.parametrize(("ending", "declared"), [("pdf", "application/pdf"), ("doc", "text/html; charset=utf-8")])
async def test_an_error_page_called_a_file_is_unreadable_and_the_page_keeps_its_text(
    tmp_path: Path, ending: str, declared: str
):
    with Town(tmp_path, page=page(SEE_FILE + links(f"年报.{ending}"))) as town:
        town.served[f"/nb/files/%E5%B9%B4%E6%8A%A5.{ending}"] = (200, declared, ERROR_PAGE)
        await town.night()
        [(kind, message)] = town.rows("select kind, message from problems")
        assert kind == "unreadable"
        assert "HTML page" in str(message)
        [(text,)] = town.rows("select text from document_texts")
        assert "详见附件" in str(text)
        assert "系统出错" not in str(text)


async def test_a_dead_attachment_is_a_problem_of_its_own_and_no_gone_candidate(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        town.served.pop(f"/nb/files/{NAME}")
        result = await town.night()
        assert town.rows("select kind from problems") == [("dead-attachment",)]
        assert result.total.gone_candidates == 0
        assert town.rows("select state, absent_nights from pages") == [("present", 0), ("present", 0)]
        assert town.rows("select tables_status from reports") == [("complete",)]


async def test_a_file_that_was_missing_is_asked_for_again_when_its_page_comes_round(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        await town.night()
        assert town.rows("select kind from problems") == [("dead-attachment",)]
        town.serve(NAME, report_docx())
        await town.night()
        assert town.rows("select tables_status from reports") == [("complete",)]


async def test_members_of_a_zip_are_listed_and_not_asked_for(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links("a.zip"))) as town:
        town.serve("a.zip", zipped({"2024/report.docx": report_docx()}), "application/zip")
        result = await town.night()
        assert result.problems == 0
        assert [path for path, _ in town.asked] == ["/robots.txt", "/nb/", PAGE, "/nb/files/a.zip"]
        assert town.rows("select media_type, flags from pages where parent_page is not null") == [
            ("application/zip", '["listed-only"]')
        ]


def test_links_without_an_address_of_another_host_or_of_no_document_are_left_alone():
    extracted = Extracted(
        title="",
        text="",
        attachments=(
            Link(url="", name="a.docx", kind="docx"),
            Link(url="http://elsewhere.example.com/a.pdf", name="a.pdf", kind="pdf"),
            Link(url="http://town.example.gov.cn/a.mp4", name="a.mp4", kind="mp4"),
            Link(url="http://town.example.gov.cn/a.pdf", name="a.pdf", kind="pdf"),
            Link(url="https://town.example.gov.cn/a.pdf", name="again", kind="pdf"),
        ),
    )
    assert [link.name for link in worth_fetching(extracted, ("town.example.gov.cn",))] == ["a.pdf"]


# --- files that need a converter


def needs_a_converter() -> None:
    if not {"libreoffice", "antiword", "catdoc"} & set(converters_found()):
        pytest.skip("no converter for .doc is installed (LibreOffice, antiword or catdoc)")


@pytest.mark.parametrize("names", [("libreoffice",), ("antiword",), ("catdoc",)])
async def test_a_doc_is_converted_once_and_read_from_its_conversion_ever_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
):
    needs_a_converter()
    if not set(names) <= set(converters_found()):
        pytest.skip(f"{', '.join(names)} is not installed")
    monkeypatch.setattr(converting, "_CONVERTERS", tuple(c for c in converting._CONVERTERS if c.name in names))
    with Town(tmp_path, page=page(SEE_FILE + links("report.doc"))) as town:
        town.serve("report.doc", DOC, "application/msword")
        await town.night()
        assert town.rows("select kind, message from problems") == []
        assert town.rows(CELLS)
        [(original, tool_output)] = town.rows(
            "select o.media_type, c.media_type from captures c join captures o on o.id = c.converted_from"
        )
        assert original == "application/msword"
        assert tool_output != original
        result = await town.night()
        assert result.total.changed == 0
        assert town.rows("select count(*) from captures where converted_from is not null") == [(1,)]
        # No converter from here on.
        monkeypatch.setattr(converting, "_CONVERTERS", ())
        database = town.config.archive.path
        read = Rereader(tuple(str(folder) for folder in town.config.sites.folders))
        told = logical_dump(database)
        with Archive.open(database) as archive:
            again = rebuild(archive, read, everything=True)
            assert (again.unreadable, again.texts, again.cells) == (0, [], [])
            assert verify(archive) == []
        assert logical_dump(database) == told
        for leftover in database.parent.glob("archive.db*"):
            leftover.unlink()
        assert restore(database, read).unreadable == 0
        assert logical_dump(database) == told


async def test_without_a_converter_the_problem_says_what_to_install_and_a_later_night_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with Town(tmp_path, page=page(SEE_FILE + links("report.doc"))) as town:
        town.serve("report.doc", DOC, "application/msword")
        with monkeypatch.context() as bare:
            bare.setattr(converting, "_CONVERTERS", ())
            await town.night()
        [(kind, message, kept)] = town.rows(
            "select p.kind, p.message, c.media_type from problems p join captures c on c.id = p.capture"
        )
        assert kind == "converter-missing"
        assert "install LibreOffice" in str(message)
        assert kept == "application/msword"
        needs_a_converter()
        await town.night()
        assert town.rows("select count(*) from captures where converted_from is not null") == [(1,)]


def imported(tmp_path: Path, *, database: str = "archive.db") -> list[Kept | Failed]:
    """What `gongkai import report.doc` gives."""
    config = Config()
    with Archive.open(tmp_path / database) as archive:
        tools = Tools(
            archive=archive,
            fetcher=Fetcher(config, clock=FakeTime().clock),
            library=Library.load(),
            config=config,
            clock=FakeTime().clock,
        )
        return list(import_paths(tools, [FIXTURES / "report.doc"]))


def test_an_imported_doc_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    needs_a_converter()
    [kept] = imported(tmp_path)
    assert isinstance(kept, Kept)
    assert kept.change.kind == "new"
    monkeypatch.setattr(converting, "_CONVERTERS", ())
    [again] = imported(tmp_path)
    assert isinstance(again, Kept)
    assert again.change.kind == "unchanged"
    assert again.reading.extracted == kept.reading.extracted
    with Archive.read(tmp_path / "archive.db") as archive:
        assert archive.db.execute("select count(converted_from) from captures").fetchone() == (1,)


def test_an_imported_doc_without_a_converter_is_kept_as_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(converting, "_CONVERTERS", ())
    [failed] = imported(tmp_path)
    assert isinstance(failed, Failed)
    assert failed.kind == "converter-missing"
    assert "install LibreOffice" in failed.message
    with Archive.read(tmp_path / "archive.db") as archive:
        assert archive.db.execute("select count(*), count(converted_from) from captures").fetchone() == (1, 0)


async def test_a_dead_or_unreadable_file_is_told_when_it_becomes_so_and_not_every_night(tmp_path: Path):
    kinds = "select kind from problems order by id"
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        await crawled(town, nights=3)
        assert town.rows(kinds) == [("dead-attachment",)]
        town.serve(NAME, ERROR_PAGE, "application/pdf")
        await crawled(town, nights=2)
        assert town.rows(kinds) == [("dead-attachment",), ("unreadable",)]
        town.serve(NAME, report_docx())
        await town.night()
        assert town.rows("select tables_status from reports") == [("complete",)]
        town.serve(NAME, ERROR_PAGE, "application/pdf")
        await crawled(town, nights=2)
        assert town.rows(kinds) == [("dead-attachment",), ("unreadable",), ("unreadable",)]


async def test_one_file_of_two_pages_is_known_to_both(tmp_path: Path):
    with Town(tmp_path, page=page(SEE_FILE + links(NAME))) as town:
        town.serve(NAME, report_docx())
        await town.night()
        twin = PAGE.replace("1001", "1002")
        town.served[twin] = town.served[PAGE]
        status, media_type, body = town.served["/nb/"]
        row = body[body.index(b"<li>") : body.index(b"</li>") + 5]
        body = body.replace(row, row + row.replace(PAGE.encode(), twin.encode()))
        town.served["/nb/"] = (status, media_type, body)
        await town.night()
        assert town.rows("select page, file from page_files order by page") == [
            (PAGE, "/nb/files/report.docx"),
            (twin, "/nb/files/report.docx"),
        ]
        assert town.rows("select page, tables_status from reports order by page") == [
            (PAGE, "complete"),
            (twin, "complete"),
        ]
        town.serve(NAME, report_docx(more=p("更正说明。")))
        await town.night()
        assert {row[0] for row in town.rows("select count(*) from reports where tables_status = 'complete'")} == {2}
        town.served[PAGE] = page(SEE_FILE)
        await town.night()
        assert town.rows("select page from page_files") == [(twin,)]
        current = "join pages p on p.url = r.page and p.text_digest = r.text_digest"
        assert town.rows(f"select page from reports r {current} where r.tables_status = 'complete'") == [(twin,)]

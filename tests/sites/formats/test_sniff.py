"""What a file is: bytes before names."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.errors import Unreadable
from sites.formats import is_page_in_place, read, sniff

from .paper import Paper, docx, p, xlsx, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500


def ole(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le") + b"\x00\x00" + b"\x00" * 100


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (Paper().text(80, 80, "甲").save(), "report.doc", "pdf"),
        (b"\r\n\r\n" + Paper().text(80, 80, "甲").save(), "", "pdf"),
        (docx(p("甲")), "report.wps", "docx"),
        (xlsx("<sheetData/>"), "a.bin", "xlsx"),
        (zipped({"OFD.xml": "<OFD/>", "Doc_0/Document.xml": ""}), "a.zip", "ofd"),
        (zipped({"ppt/presentation.xml": ""}), "", "pptx"),
        (zipped({"a.pdf": "x"}), "a.docx", "zip"),
        (ole("WordDocument"), "a.xls", "doc"),
        (ole("WordDocument"), "a.wps", "wps"),
        (ole("Workbook"), "", "xls"),
        (ole("EncryptedPackage"), "a.docx", "encrypted"),
        (OLE, "a.doc", "doc"),
        (OLE, "", "wps"),
        (b"{\\rtf1\\ansi x}", "a.doc", "rtf"),
        (b"\x89PNG\r\n\x1a\n....", "a.pdf", "png"),
        (b"\xff\xd8\xff\xe0..", "", "jpg"),
        (b"GIF89a....", "", "gif"),
        (b"II*\x00....", "", "tif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "webp"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00" + b"\x00" * 30, "", "bmp"),
        (b"Rar!\x1a\x07\x00", "a.zip", "rar"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "report.pdf", "html"),
        (b"<?xml version='1.0'?>\n<html xmlns:o='urn'>", "report.doc", "html"),
        ("<html><body>错误".encode("utf-16"), "report.doc", "html"),
        (b"MIME-Version: 1.0\r\n", "report.doc", "html"),
        ("一、总体情况".encode(), "report.txt", "text"),
        ("项目,数量".encode("gbk"), "https://www.example.gov.cn/a/b.csv?x=1", "csv"),
        (b"\x00\x01\x02\x03", "report.txt", ""),
        ("一、总体情况".encode(), "", ""),
        (b"PK\x03\x04cut", "report.docx", "docx"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE book PUBLIC "x">\n<book>', "", "docbook"),
    ],
)
def test_bytes_decide_before_the_name(body: bytes, name: str, kind: str) -> None:
    assert sniff(body, name) == kind


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        (b"", "a.pdf", "empty"),
        (b"<html><title>404</title>", "a.pdf", "a.pdf is an HTML page"),
        (b"<html xmlns:w='urn:schemas-microsoft-com:office:word'>", "a.doc", "HTML page"),
        (ole("WordDocument"), "a.doc", "outside converter"),
        (OLE, "a.wps", "WPS document: stored, not read"),
        (zipped({"OFD.xml": "<OFD/>"}), "a.ofd", "OFD document: stored, not read"),
        (ole("EncryptedPackage"), "a.docx", "under a password"),
        (b"\x00\x01\x02", "a", "no known format .*00 01 02"),
        (b"   \n", "a.txt", "blank|empty|no text"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, name=name)


def test_an_oversized_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sites.formats.documents.MAX_BYTES", 10)
    with pytest.raises(Unreadable, match="more than 10"):
        read(b"x" * 11, name="a.txt")


def test_plain_text_and_csv_are_read_whatever_their_encoding() -> None:
    text = read("一、总体情况\n2023年，本镇喆·——".encode("gb18030"), name="a.txt")
    assert "喆·——" in text.text
    table = read("项目,数量\n规章,\n规范性文件,12\n".encode("gbk"), name="a.csv").tables[0]
    assert table.grid() == (("项目", "数量"), ("规章", ""), ("规范性文件", "12"))


def test_a_declared_type_is_believed_where_the_bytes_do_not_say() -> None:
    assert read("一、总体情况".encode(), media_type="text/plain; charset=utf-8").text == "一、总体情况"
    assert read(b"a,1\n", media_type="text/csv").tables[0].grid() == (("a", "1"),)
    with pytest.raises(Unreadable, match="no known format"):
        read(b"\x00\x01\x02", media_type="text/plain")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "a.pdf", "a.docx", "a.xlsx", "a.csv", "a.txt", "a.zip"]))
def test_any_bytes_give_text_or_a_reason(body: bytes, name: str) -> None:
    with suppress(Unreadable):
        assert read(body, name=name).text


@pytest.mark.parametrize(
    ("body", "kind", "declared", "in_place"),
    [
        (b"<html><p>404</p></html>", "pdf", "application/pdf", True),
        (b"<html><p>404</p></html>", "docx", "", True),
        (b"<!DOCTYPE html><title>\xe9\xa6\x96\xe9\xa1\xb5</title>", "doc", "text/html; charset=utf-8", True),
        (b"<!DOCTYPE html><title>\xe9\xa6\x96\xe9\xa1\xb5</title>", "xls", "Text/HTML", True),
        (b"<html xmlns:w='urn:schemas-microsoft-com:office:word'>", "doc", "text/html", False),
        (b"<html><p class=MsoNormal>1</p></html>", "wps", "text/html", False),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "doc", "text/html", False),
        (b"<html><table><tr><td>1</td></tr></table></html>", "xls", "application/vnd.ms-excel", False),
        (b"<html><table><tr><td>1</td></tr></table></html>", "doc", "application/octet-stream", False),
        (b"<html><p>404</p></html>", "", "text/html", False),
        (b"<html><p>404</p></html>", "file", "text/html", False),
    ],
)
def test_a_web_page_in_the_place_of_a_file_is_told_from_one_that_office_saved(
    body: bytes, kind: str, declared: str, in_place: bool
) -> None:
    assert is_page_in_place(body, kind, declared) is in_place

"""A WACZ opens with what the specification says it must hold, and its records are the archive's own."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.store.archive import Archive
from archive.store.export import ExportError
from archive.store.wacz import export_wacz, surt
from archive.store.withheld import hide
from tests.archive.store.store_making import put, spec, url

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    with Archive.open(tmp_path / "a.db") as archive:
        archive.put_sites([spec()])
        put(archive, "a", "页面 甲")
        put(archive, "b", "页面 乙")
        put(archive, "a", "页面 甲")
        path = tmp_path / "out" / "demo.wacz"
        result = export_wacz(archive, path, software="gongkai", at=AT, site="demo")
        assert (result.captures, result.pages, result.left_out) == (3, 2, 0)
        with pytest.raises(ExportError, match="no capture of nowhere"):
            export_wacz(archive, path, software="gongkai", at=AT, site="nowhere")
        only = export_wacz(archive, tmp_path / "one.wacz", software="gongkai", at=AT, pages=[url("b")])
        assert (only.captures, only.pages) == (1, 1)
    return path


def test_every_file_is_described_with_its_digest_and_the_package_with_its_own(made: Path):
    with zipfile.ZipFile(made) as package:
        assert package.testzip() is None
        assert package.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
        described = json.loads(package.read("datapackage.json"))
        assert (described["profile"], described["wacz_version"]) == ("data-package", "1.1.1")
        assert {item["path"] for item in described["resources"]} == {
            "archive/data.warc.gz",
            "indexes/index.cdx",
            "pages/pages.jsonl",
        }
        for item in described["resources"]:
            body = package.read(item["path"])
            assert item["bytes"] == len(body)
            assert item["hash"] == "sha256:" + hashlib.sha256(body).hexdigest()
        signed = json.loads(package.read("datapackage-digest.json"))
        assert signed["path"] == "datapackage.json"
        assert signed["hash"] == "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest()
    assert not list(made.parent.glob("*.part"))


def test_the_index_leads_to_each_record_and_is_sorted(made: Path):
    with zipfile.ZipFile(made) as package:
        warc = package.read("archive/data.warc.gz")
        lines = package.read("indexes/index.cdx").decode().splitlines()
    assert lines == sorted(lines)
    for line in lines:
        key, moment, fields = line.split(" ", 2)
        entry = json.loads(fields)
        assert key == surt(entry["url"])
        assert len(moment) == 14
        part = warc[int(entry["offset"]) : int(entry["offset"]) + int(entry["length"])]
        (record,) = ArchiveIterator(io.BytesIO(part))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert record.rec_type == ("revisit" if entry["mime"] == "warc/revisit" else "response")
        assert record.rec_headers.get_header("WARC-Payload-Digest") == entry["digest"]


def test_the_pages_are_listed_with_title_and_time(made: Path):
    with zipfile.ZipFile(made) as package:
        head, *pages = [json.loads(line) for line in package.read("pages/pages.jsonl").decode().splitlines()]
    assert head["format"] == "json-pages-1.0"
    assert {page["url"] for page in pages} == {url("a"), url("b")}
    assert all(page["ts"].endswith("Z") and page["id"] for page in pages)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://www.example.gov.cn/nb/1.html", "cn,gov,example)/nb/1.html"),
        ("http://example.gov.cn:8080/?b=2&a=1", "cn,gov,example:8080)/?a=1&b=2"),
        ("http://127.0.0.1/x", "127.0.0.1)/x"),
    ],
)
def test_addresses_sort_by_host_from_the_top(address: str, key: str):
    assert surt(address) == key


def test_a_withheld_page_stands_in_no_wacz(tmp_path: Path):
    with Archive.open(tmp_path / "a.db") as archive:
        archive.put_sites([spec()])
        capture, _ = put(archive, "a", "页面 甲 某某的电话")
        put(archive, "b", "页面 乙")
        with archive.step():
            hide(archive.db.conn, capture.id, url("a"))
        path = tmp_path / "demo.wacz"
        result = export_wacz(archive, path, software="gongkai", at=AT, site="demo")
        assert (result.captures, result.pages, result.left_out) == (1, 1, 1)
    with zipfile.ZipFile(path) as package:
        records = list(ArchiveIterator(io.BytesIO(package.read("archive/data.warc.gz"))))
        assert [record.rec_headers.get_header("WARC-Target-URI") for record in records] == [url("b")]
        assert url("a") not in "".join(package.read(name).decode("latin-1") for name in package.namelist())

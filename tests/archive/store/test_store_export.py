import csv
import json
import sys
from pathlib import Path

import openpyxl
import pytest
from store_making import Clock, cell, put, report, spec

from archive.store.archive import Archive
from archive.store.dictionary import TABLES
from archive.store.export import FORMATS, ExportError, export, exportable, harmless

ATTACK = '=HYPERLINK("http://evil.example/","x")'


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        put(
            opened,
            "a",
            "甲镇\x07正文" + "长" * 40_000,
            title=ATTACK,
            said=report(cells=(cell("carried_in", "total", -3),)),
        )
        put(opened, "b", "乙镇", title="@SUM(1)", issuer="+cmd|x", said=report("乙镇", None))
        yield opened


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_writes_every_public_table(archive: Archive, tmp_path: Path, kind) -> None:
    files = export(archive, kind, tmp_path / "out")
    assert all(path.exists() for path in files)
    assert not list((tmp_path / "out").glob("*.part"))
    expected = {"csv": len(exportable()), "jsonl": len(exportable()), "parquet": len(exportable()), "xlsx": 1}
    assert len(files) == expected.get(kind, len(exportable()) + 1)


def test_no_internal_table_is_exported() -> None:
    assert {"documents", "coverage", "captures", "decisions"} < set(exportable())
    assert not {"frontier", "journal", "documents_fts"} & set(exportable())


def test_csv_opens_in_excel_and_runs_nothing(archive: Archive, tmp_path: Path) -> None:
    (path,) = export(archive, "csv", tmp_path / "out", ["documents"])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["title"] for row in rows] == ["'" + ATTACK, "'@SUM(1)"]
    assert rows[1]["issuer"] == "'+cmd|x"


@pytest.mark.parametrize(
    ("value", "shown"), [("-3", "-3"), ("+1036", "+1036"), ("-3%", "-3%"), ("-3+1", "'-3+1"), ("公开", "公开"), (5, 5)]
)
def test_only_what_could_run_is_disarmed(value: object, shown: object) -> None:
    assert harmless(value) == shown


def test_xlsx_holds_texts_and_the_dictionary(archive: Archive, tmp_path: Path) -> None:
    (path,) = export(archive, "xlsx", tmp_path / "out", ["documents", "document_texts"])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["dictionary", "documents", "document_texts"]
    titles = [row[2] for row in book["documents"].iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in titles] == [(ATTACK, "s"), ("@SUM(1)", "s")]
    text = book["document_texts"]["C2"].value
    assert text.startswith("甲镇正文")
    assert len(text) == 32_767
    assert book["dictionary"]["C2"].value == TABLES["documents"].zh


def test_jsonl_and_parquet_keep_types(archive: Archive, tmp_path: Path) -> None:
    import pyarrow.parquet

    (path,) = export(archive, "jsonl", tmp_path / "out", ["cells"])
    assert json.loads(path.read_text(encoding="utf-8"))["value"] == -3
    (path,) = export(archive, "parquet", tmp_path / "out", ["cells"])
    table = pyarrow.parquet.read_table(path)
    assert table.to_pylist()[0]["value"] == -3.0
    assert table.schema.field("value").metadata[b"en"]


def test_a_datapackage_describes_its_files(archive: Archive, tmp_path: Path) -> None:
    files = export(archive, "datapackage", tmp_path / "out", ["reports", "applications"])
    package = json.loads(files[-1].read_text(encoding="utf-8"))
    assert [resource["path"] for resource in package["resources"]] == ["reports.csv", "applications.csv"]
    fields = {field["name"]: field["type"] for field in package["resources"][0]["schema"]["fields"]}
    assert (fields["year"], fields["title"], fields["score"]) == ("integer", "string", "number")


def test_wrong_names_formats_and_a_missing_pyarrow_are_told(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportError, match="There are: sites"):
        export(archive, "csv", tmp_path, ["nope"])
    with pytest.raises(ExportError, match="none of: csv"):
        export(archive, "doc", tmp_path)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match="`export` extra"):
        export(archive, "parquet", tmp_path, ["reports"])
    assert not list(tmp_path.glob("*.part"))


def test_a_table_longer_than_a_sheet_is_told(archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("archive.store.export._SHEET_ROWS", 2)
    with pytest.raises(ExportError, match="export it as csv"):
        export(archive, "xlsx", tmp_path, ["documents"])

import csv
import json
import sys
from dataclasses import replace
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


@pytest.fixture
def panel(tmp_path: Path):
    """Two provinces, three years, one report without a body."""
    with Archive.open(tmp_path / "panel.db", clock=Clock()) as opened:
        for site, province in (("a", "浙江省"), ("b", "甘肃省 / 西北")):
            host = f"{site}.example.gov.cn"
            opened.put_sites([replace(spec(site, host), province=province)])
            for year in (2019, 2020, 2021):
                said = report(
                    f"{site}镇", year, cells=(cell("carried_in", "total", year - 2000), cell("new", "total", 1))
                )
                put(opened, f"p{year}", f"{site} {year}", host=host, site=site, said=said)
        put(opened, "x", "无名", host=host, site="b", said=report(None, 2021))
        yield opened


def test_partitioned_parquet_is_one_table_to_arrow_and_duckdb(panel: Archive, tmp_path: Path) -> None:
    import duckdb
    import pyarrow.dataset

    files = export(panel, "parquet", tmp_path / "out", ["cells", "reports"], partition_by=["year", "province"])
    assert tmp_path / "out" / "reports" / "year=2021" / "province=浙江省" / "part-0.parquet" in files
    assert (
        tmp_path / "out" / "reports" / "year=2021" / "province=__HIVE_DEFAULT_PARTITION__" / "part-0.parquet" in files
    )
    keys = pyarrow.dataset.partitioning(flavor="hive")
    read = pyarrow.dataset.dataset(tmp_path / "out" / "cells", partitioning=keys)
    assert read.to_table(filter=pyarrow.dataset.field("year") == 2020).num_rows == 4
    with duckdb.connect() as connection:
        found = connection.execute(
            "select province, year, sum(value)::int from read_parquet(?, hive_partitioning = true) "
            "where row = 'carried_in' and year >= 2020 group by all order by all",
            [str(tmp_path / "out" / "cells" / "*" / "*" / "*.parquet")],
        ).fetchall()
    assert found == [
        ("浙江省", 2020, 20),
        ("浙江省", 2021, 21),
        ("甘肃省 / 西北", 2020, 20),
        ("甘肃省 / 西北", 2021, 21),
    ]


def test_partitions_hold_every_row_once(panel: Archive, tmp_path: Path) -> None:
    import pyarrow.parquet

    for keys in (["year"], ["level", "year"], ["kind"]):
        files = export(panel, "parquet", tmp_path / "out", ["reports"], partition_by=keys)
        tables = [pyarrow.parquet.ParquetFile(path).read() for path in files]
        assert sum(table.num_rows for table in tables) == 7
        assert not set(keys) & set(tables[0].column_names)
        assert sorted(path for path in (tmp_path / "out" / "reports").rglob("*.parquet")) == sorted(files)


def test_tables_without_the_keys_stay_one_file_unless_they_were_named(
    panel: Archive, tmp_path: Path, monkeypatch
) -> None:
    files = export(panel, "parquet", tmp_path / "out", partition_by=["year"])
    assert tmp_path / "out" / "captures.parquet" in files
    assert tmp_path / "out" / "findings" not in files
    with pytest.raises(ExportError, match="captures cannot be partitioned by year; it can by"):
        export(panel, "parquet", tmp_path / "out", ["captures"], partition_by=["year"])
    with pytest.raises(ExportError, match="csv is not partitioned"):
        export(panel, "csv", tmp_path / "out", partition_by=["year"])
    monkeypatch.setattr("archive.store.parquet._MOST_PARTITIONS", 2)
    with pytest.raises(ExportError, match="choose coarser keys"):
        export(panel, "parquet", tmp_path / "out", ["reports"], partition_by=["year"])

"""Outside converters: bounded, chosen by what they bring out, missing ones named."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crawler import convert as converting
from crawler.convert import ConversionFailed, ConverterMissing, convert, converters_found
from sites.formats import read, sniff

FIXTURES = Path(__file__).parent / "fixtures"
#: Written by the project with LibreOffice: a title, three headings, a sentence and a table of three rows.
REPORT = (FIXTURES / "report.doc").read_bytes()
FORM = (FIXTURES / "form.xls").read_bytes()


def needs(name: str) -> None:
    if name not in converters_found():
        pytest.skip(f"{name} is not installed")


def only(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(converting, "_CONVERTERS", tuple(c for c in converting._CONVERTERS if c.name == name))


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [(n, REPORT, "doc") for n in ("antiword", "catdoc", "libreoffice")]
    + [(n, FORM, "xls") for n in ("xls2csv", "libreoffice")],
)
def test_each_converter_brings_out_the_text_and_the_numbers(
    monkeypatch: pytest.MonkeyPatch, name: str, body: bytes, kind: str
) -> None:
    needs(name)
    only(monkeypatch, name)
    assert sniff(body) == kind
    made = convert(body, kind)
    assert made.tool == name
    assert made.version
    extracted = read(made.body, media_type=made.media_type)
    assert ("行政规范性文件", "3") in {row[:2] for table in extracted.tables for row in table.grid()}
    if kind == "doc":
        assert extracted.title == "某县某镇2023年政府信息公开工作年度报告"
        assert "本镇主动公开政府信息12条。" in extracted.text


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH but for the shell's own tools."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/nowhere")
    converting._version.cache_clear()
    return tmp_path


def test_a_missing_converter_says_what_to_install(bench: Path) -> None:
    assert converters_found() == {}
    with pytest.raises(ConverterMissing, match=r"install .*antiword"):
        convert(REPORT, "doc")


def test_an_unknown_kind_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="choices: doc, rtf, xls"):
        convert(b"", "wps")


def test_the_converter_with_more_text_wins_and_antiword_at_par(bench: Path) -> None:
    program(bench, "antiword", "echo '<book><para>一二三四五六七八九十</para></book>'")
    program(bench, "catdoc", "echo 一二三四五六七八九十")
    assert convert(b"x", "doc").tool == "antiword"
    program(bench, "catdoc", "echo 一二三四五六七八九十一二三四五六七八九十")
    assert convert(b"x", "doc").tool == "catdoc"


def test_what_a_failing_program_printed_is_not_half_a_report(bench: Path) -> None:
    program(bench, "antiword", "echo '<book>half'; echo broken file >&2; exit 3")
    program(bench, "catdoc", "exit 0")
    with pytest.raises(ConversionFailed) as failed:
        convert(b"x", "doc")
    assert failed.value.evidence == "antiword: broken file; catdoc: no text came out"


def test_a_converter_that_hangs_is_ended(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "TIMEOUT", 1.0)
    program(bench, "catdoc", "while :; do :; done")
    with pytest.raises(ConversionFailed) as failed:
        convert(b"x", "doc")
    assert "catdoc: " in failed.value.evidence


def test_a_converter_that_floods_is_refused(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "MAX_OUTPUT", 1_000)
    program(bench, "catdoc", "i=0; while [ $i -lt 150 ]; do echo 0123456789; i=$((i+1)); done")
    with pytest.raises(ConversionFailed, match="could not be converted"):
        convert(b"x", "doc")


def test_the_file_is_a_copy_in_a_folder_that_is_gone_afterwards(bench: Path, tmp_path: Path) -> None:
    program(bench, "catdoc", f'[ -n "$4" ] && echo "$4 $HOME" > {tmp_path}/seen; echo text')
    convert(b"x", "doc")
    file, home = (tmp_path / "seen").read_text(encoding="utf-8").split()
    assert file.endswith("input.doc")
    assert Path(home).name.startswith("gongkai-convert-")
    assert not Path(home).exists()

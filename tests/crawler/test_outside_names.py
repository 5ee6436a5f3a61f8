"""Addresses, titles and file names of others are data: what is written is named by us."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from typer.testing import CliRunner

from crawler.cli import app

_PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>../../../escaped</title></head><body>
<h1>../../../escaped</h1><div id="zoom"><p>根据《条例》公布。</p><p><a href="..%2f..%2f..%2fescaped.doc">../../escaped.doc</a></p>
</div></body></html>"""


def test_no_name_from_outside_becomes_a_path(tmp_path: Path) -> None:
    inside, given = tmp_path / "inside" / "archive", tmp_path / "given"
    given.mkdir()
    (given / "page.html").write_text(_PAGE, encoding="utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as members:
        members.writestr("../../../escaped.txt", "x")
    (given / "a.zip").write_bytes(packed.getvalue())
    (given / "..escaped.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    archive = ["--archive", str(inside / "archive.db")]
    addresses = ("http://www.example.gov.cn/../../../../escaped.html", "http://www.example.gov.cn/%2e%2e/%2fescaped")
    for address in addresses:
        CliRunner().invoke(app, ["import", *archive, "--url", address, str(given / "page.html")])
    CliRunner().invoke(app, ["import", *archive, str(given)])
    CliRunner().invoke(app, ["export", *archive, "csv", str(inside / "out")])
    CliRunner().invoke(app, ["backup", *archive, str(inside / "backup")])
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert len(written) > 10
    assert all(path.is_relative_to(inside) for path in written)
    assert not [path for path in written if "escaped" in path.name]
    for parent in tmp_path.parents[:3]:
        assert not list(parent.glob("*escaped*"))

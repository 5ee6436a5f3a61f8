"""`gongkai roster` as an operator uses it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.store.archive import Archive
from crawler.cli import main

Gongkai = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gongkai(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gongkai:
    monkeypatch.chdir(tmp_path)
    Archive.open(tmp_path / "a.db").close()

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gongkai", "roster", *map(str, words), "--archive", str(tmp_path / "a.db")])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_a_roster_is_imported_listed_and_completed(gongkai: Gongkai, tmp_path: Path) -> None:
    path = tmp_path / "名录.csv"
    path.write_bytes("name,region_code,parent\n示例区,330699,\n甲镇人民政府,330699,示例区\n".encode("gb18030"))
    assert gongkai("import", path, "--json") == (
        0,
        json.dumps({"file": str(path), "bodies": 2, "replace": False}, ensure_ascii=False) + "\n",
        "",
    )
    code, out, _ = gongkai("list", "--csv")
    assert code == 0
    assert out.splitlines()[1:] == ["示例区,330699,county,,,,,名录.csv", "甲镇,330699,town,330699|示例区,,,,名录.csv"]
    path.write_text(out, encoding="utf-8")
    assert gongkai("import", path, "--replace")[0] == 0
    assert gongkai("list", "--csv")[1] == out
    code, out, _ = gongkai("list", "--json")
    assert [json.loads(line)["known_from"] for line in out.splitlines()] == ["roster", "roster"]
    assert "甲镇" in gongkai("list")[1]


def test_a_wrong_line_is_told_and_nothing_is_imported(gongkai: Gongkai, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("name,region_code\n甲镇,330699\n乙镇,33\n", encoding="utf-8")
    code, _, err = gongkai("import", path)
    assert code == 2
    assert "nothing was imported" in err
    assert "line 3: region_code '33' is not six digits" in err
    assert gongkai("list", "--csv")[1].splitlines()[1:] == []
    assert gongkai("import", tmp_path / "none.csv")[0] == 2
    path.write_text("name,parent\n甲镇,无名区\n", encoding="utf-8")
    code, _, err = gongkai("import", path)
    assert code == 2
    assert "line 2: parent '无名区' is neither in this roster nor known" in err

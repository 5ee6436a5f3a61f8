"""`gongkai withhold` as an operator types it, and what a crawl does with a page that is withheld."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from archive.store.archive import Archive
from archive.store.errors import NothingToWithhold
from crawler.cli import app
from crawler.errors import ConfigError

URL = "http://www.example.gov.cn/nb/t1.html"
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>甲镇2023年政府信息公开工作年度报告</title></head><body>
<h1>甲镇2023年政府信息公开工作年度报告</h1><div id="zoom"><p>根据《中华人民共和国政府信息公开条例》，现公布甲镇2023年度报告。</p>
<p>一、总体情况</p><p>龘靐齉。联系电话：0575-82812345。</p><p>二、存在的主要问题</p><p>无。</p></div></body></html>"""


def run(folder: Path, *words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [words[0], "--config", str(folder / "config.toml"), *words[1:]])
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.exit_code, answer.output


def prepare(folder: Path) -> None:
    (folder / "config.toml").write_text('[archive]\npath = "a/archive.db"\n', encoding="utf-8")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    assert run(folder, "import", "--url", URL, str(folder / "page.html"))[0] == 0


def test_withheld_listed_released_and_purged_from_the_command_line(tmp_path: Path) -> None:
    prepare(tmp_path)
    assert run(tmp_path, "withhold")[1].strip() == "nothing is withheld"
    code, said = run(tmp_path, "withhold", URL, "--reason", "本人申请", "--by", "档案员")
    assert code == 0
    assert "1 captures read as nothing, 1 pages are gone" in said
    assert "本人申请 (档案员" in run(tmp_path, "withhold")[1]
    assert "withheld, not asked for: http://example.gov.cn/nb/t1.html (本人申请)" in run(tmp_path, "status")[1]
    code, said = run(tmp_path, "import", "--url", URL, str(tmp_path / "page.html"))
    assert code == 1
    assert "withheld" in said
    assert "1 pages read again" in run(tmp_path, "withhold", URL, "--release", "--reason", "误会", "--by", "档案员")[1]
    code, said = run(tmp_path, "withhold", URL, "--reason", "r", "--by", "b", "--purge", "--json")
    answers = [json.loads(line) for line in said.splitlines()]
    assert answers[0]["pages"] == ["http://example.gov.cn/nb/t1.html"]
    assert next(iter(answers[1]["files"].values())).endswith("-p1.warc.gz")
    code, said = run(tmp_path, "withhold", URL, "--purge")
    assert "0 WARC files written anew" in said, "once is enough"
    with Archive.read(tmp_path / "a" / "archive.db") as archive:
        assert archive.db.execute("select count(*) from documents").fetchone() == (0,)


def test_a_digest_of_the_capture_page_is_taken_as_it_stands_there(tmp_path: Path) -> None:
    prepare(tmp_path)
    with Archive.read(tmp_path / "a" / "archive.db") as archive:
        (digest,) = archive.db.execute("select payload_digest from captures").fetchone()
        (text,) = archive.db.execute("select text_digest from documents").fetchone()
    for target in (digest, text):
        assert run(tmp_path, "withhold", target, "--reason", "r", "--by", "b")[0] == 0
        code, said = run(tmp_path, "import", "--url", f"{URL}?again", str(tmp_path / "page.html"))
        assert code == 1, said
        assert run(tmp_path, "withhold", target, "--release", "--reason", "r", "--by", "b")[0] == 0


def test_a_withholding_that_is_not_said_properly_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path)
    for words in ((URL,), (URL, "--reason", "r"), (URL, "--purge"), ("甲镇", "--reason", "r", "--by", "b")):
        try:
            run(tmp_path, "withhold", *words)
        except NothingToWithhold:
            continue
        raise AssertionError(words)
    for words in (("--reason", "r"), (URL, "--release", "--purge")):
        try:
            run(tmp_path, "withhold", *words)
        except ConfigError:
            continue
        raise AssertionError(words)

"""The command line as a person or a script meets it: what it prints, and with which code it ends."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.store.archive import Archive
from crawler.cli import main
from crawler.demo.answers import Answer
from crawler.demo.content import articles
from crawler.demo.play import demo_config, write_portal
from crawler.demo.script import expected, report_path
from crawler.demo.server import Replica
from sites.reading.digest import normalise


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *words: object) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["gongkai", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)


@pytest.fixture
def gongkai(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


@pytest.fixture
def portal(tmp_path: Path, replica: Replica) -> Path:
    """A configuration that knows the replica's portal and asks it without a delay."""
    write_portal(tmp_path, replica.url)
    path = tmp_path / "operator.toml"
    path.write_text(
        '[archive]\npath = "archive.db"\n[crawl]\ndelay_seconds = 0.0\njitter = 0.0\nretries = 0\n'
        'max_response_bytes = 300000\n[revisit]\nmode = "always"\n[sites]\nfolders = ["portals"]\n',
        encoding="utf-8",
    )
    return path


# --- import


def test_the_seeds_are_read_as_labelled(gongkai: Terminal, shared: Path, tmp_path: Path) -> None:
    labels = json.loads((shared / "seeds" / "expected.json").read_text(encoding="utf-8"))
    files = sorted((shared / "seeds").glob("*.txt"))
    done = gongkai("import", *files, "--archive", tmp_path / "a.db", "--json")
    assert done.code == 0, done.err
    assert len(done.objects) == len(labels) == 5
    told = ("title", "year", "body", "kind", "issuer", "index_number", "document_number", "disclosure_mode")
    with sqlite3.connect(tmp_path / "a.db") as connection:
        for told_of in done.objects:
            label = labels[Path(str(told_of["file"])).name]
            for name in (*told, "published_at", "breadcrumb"):
                if name in label:
                    assert told_of[name] == label[name], (told_of["file"], name)
            (text,) = connection.execute(
                "select t.text from document_texts t join documents d using (id) where d.text_digest = ?",
                (told_of["text_digest"],),
            ).fetchone()
            for wanted in label.get("must_contain", []):
                assert normalise(wanted) in normalise(text)
            for unwanted in label.get("must_not_contain", []):
                assert unwanted not in text, (told_of["file"], unwanted)
    connection.close()


def test_importing_again_changes_nothing(gongkai: Terminal, tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    page.write_text(
        "<title>2020年甲镇政府信息公开年度报告</title><h1>2020年甲镇政府信息公开年度报告</h1><div id=zoom>"
        + "<p>一、总体情况</p><p>2020年，我镇主动公开政府信息12条，未收到政府信息公开申请。</p>" * 5
        + "</div>",
        encoding="utf-8",
    )
    first = gongkai("import", page, "--archive", tmp_path / "a.db", "--json")
    again = gongkai("import", page, "--archive", tmp_path / "a.db", "--json")
    assert [first.objects[0]["change"], again.objects[0]["change"]] == ["new", "unchanged"]
    assert first.objects[0]["text_digest"] == again.objects[0]["text_digest"]
    with Archive.read(tmp_path / "a.db") as archive:
        assert archive.db["documents"].count == archive.db["versions"].count == 1


def test_a_warc_goes_in_as_it_came_out(gongkai: Terminal, portal: Path, tmp_path: Path, replica: Replica) -> None:
    assert gongkai("fetch", replica.url.rstrip("/") + report_path("yunxi", 2022), "--config", portal).code == 0
    (warc,) = (tmp_path / "warcs").rglob("*.warc.gz")
    done = gongkai("import", warc, "--archive", tmp_path / "other.db", "--site", "demo", "--config", portal, "--json")
    documents = [told for told in done.objects if told.get("kind") == "report"]
    assert [told["year"] for told in documents] == [2022]


def test_import_names_what_is_not_there(gongkai: Terminal, tmp_path: Path) -> None:
    done = gongkai("import", tmp_path / "nothing.html", "--archive", tmp_path / "a.db")
    assert done.code == 2
    assert "nothing.html" in done.err


def test_a_picture_named_pdf_is_a_problem_and_its_bytes_are_kept(gongkai: Terminal, tmp_path: Path) -> None:
    fake = tmp_path / "report.pdf"
    fake.write_bytes(b"%PDF-1.7\n" + b"\x00" * 100)
    done = gongkai("import", fake, "--archive", tmp_path / "a.db", "--json")
    assert done.code == 1
    assert done.objects[0]["problem"] == "unreadable"
    with Archive.read(tmp_path / "a.db") as archive:
        assert archive.db["captures"].count == 1
        assert [row["kind"] for row in archive.db["problems"].rows] == ["unreadable"]


# --- fetch


def test_fetch_prints_a_report_and_a_second_time_says_unchanged(
    gongkai: Terminal, portal: Path, tmp_path: Path, replica: Replica
) -> None:
    url = replica.url.rstrip("/") + report_path("gaibei", 2021)
    first = gongkai("fetch", url, "--config", portal)
    assert first.code == 0, first.err
    assert "盖北镇" in first.out
    assert "[new]" in first.out
    assert "打印本页" not in first.out
    second = gongkai("fetch", url, "--config", portal)
    assert "[unchanged]" in second.out
    with Archive.read(tmp_path / "archive.db") as archive:
        captures = list(archive.db.query("select revisit_of from captures where url = ? order by id", [url]))
    assert [row["revisit_of"] is not None for row in captures] == [False, True]


def test_fetch_without_a_configuration_reads_an_unknown_portal(
    gongkai: Terminal, tmp_path: Path, replica: Replica
) -> None:
    url = replica.url.rstrip("/") + report_path("gaibei", 2021)
    done = gongkai("fetch", url, "--archive", tmp_path / "a.db", "--json")
    assert done.code == 0, done.err
    assert {name: done.objects[0][name] for name in ("kind", "year", "body", "change")} == {
        "kind": "report",
        "year": 2021,
        "body": "盖北镇",
        "change": "new",
    }


def test_fetch_of_a_page_that_is_gone_says_so(gongkai: Terminal, portal: Path, replica: Replica) -> None:
    done = gongkai("fetch", replica.url + "art/2022/1/1/art_1_1.html", "--config", portal, "--json")
    assert done.code == 1
    assert done.objects[0]["problem"] == "absent"


def test_fetch_obeys_robots(gongkai: Terminal, portal: Path, replica: Replica) -> None:
    (path, *_) = sorted(expected(1).never_fetched)
    done = gongkai("fetch", replica.url.rstrip("/") + path, "--config", portal, "--json")
    assert (done.code, done.objects[0]["problem"]) == (1, "refused")
    assert path not in {entry.path for entry in replica.log}


# --- crawl


def problems_of(folder: Path) -> dict[str, str]:
    with Archive.read(folder / "archive.db") as archive:
        return {row["url"]: row["kind"] for row in archive.db["problems"].rows}


def test_a_night_goes_on_past_every_kind_of_failure(gongkai: Terminal, tmp_path: Path) -> None:
    reports = sorted(a.path for a in articles() if a.kind == "report" and not a.wall and 1 in a.nights)
    gone, huge, wall, broken = reports[3], reports[9], reports[15], reports[21]
    answers = {
        gone: Answer(status=404, headers=(("Content-Type", "text/html"),), body=b"<h1>404</h1>"),
        huge: Answer(status=200, headers=(("Content-Type", "text/html"),), body=b"x" * 400_000),
        wall: Answer(status=521, headers=(), body=b"<script>document.cookie='__jsl_clearance_s=1'</script>"),
        broken: Answer(status=500, headers=(("Content-Type", "text/html"),), body=b"error"),
    }

    with Replica(hook=lambda method, path, headers: answers.get(path)) as replica:
        write_portal(tmp_path, replica.url)
        path = tmp_path / "operator.toml"
        path.write_text(
            '[archive]\npath = "archive.db"\n[crawl]\ndelay_seconds = 0.0\njitter = 0.0\nretries = 0\n'
            'back_off_seconds = 0.0\nmax_response_bytes = 300000\n[sites]\nfolders = ["portals"]\n',
            encoding="utf-8",
        )
        done = gongkai("crawl", "demo", "--config", path, "--json")
        base = replica.url.rstrip("/")
        found = problems_of(tmp_path)
    assert done.code == 1
    assert found[base + gone] == "absent"
    assert found[base + huge] == "oversized"
    assert found[base + wall] == "wall:jsl"
    assert base + broken in found
    assert done.objects[0]["new"] == len(expected(1).new) - 4


def test_a_dead_portal_is_a_problem_not_a_crash(gongkai: Terminal, tmp_path: Path) -> None:
    with Replica() as replica:
        url = replica.url
    write_portal(tmp_path, url)  # nobody listens there any more
    (tmp_path / "operator.toml").write_text(
        '[archive]\npath = "archive.db"\n[crawl]\ndelay_seconds = 0.0\nretries = 0\n[sites]\nfolders = ["portals"]\n'
    )
    done = gongkai("crawl", "demo", "--config", tmp_path / "operator.toml", "--json")
    assert done.code == 1
    assert "unreachable" in problems_of(tmp_path).values()


def test_a_crawl_beyond_loopback_refuses_a_placeholder_contact(gongkai: Terminal, tmp_path: Path) -> None:
    done = gongkai("crawl", "shangyu", "--archive", tmp_path / "a.db")
    assert done.code == 2
    assert "contact" in done.err
    assert not (tmp_path / "a.db").exists()


def test_nothing_is_crawled_unasked_while_no_portal_is_verified(gongkai: Terminal, tmp_path: Path) -> None:
    done = gongkai("crawl", "--archive", tmp_path / "a.db")
    assert done.code == 2
    assert "verified" in done.err


def test_an_unknown_portal_is_named_with_the_choices(gongkai: Terminal) -> None:
    done = gongkai("crawl", "atlantis")
    assert done.code == 2
    assert "atlantis" in done.err
    assert "shangyu" in done.err


def test_two_crawls_at_once_are_refused_with_the_owner(gongkai: Terminal, portal: Path, tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db"):
        done = gongkai("crawl", "demo", "--config", portal)
    assert done.code == 2
    assert f"process {os.getpid()}" in done.err


@pytest.mark.parametrize("damage", [b"this is no database at all" * 100, b""])
def test_a_broken_archive_is_refused_with_what_to_do(
    gongkai: Terminal, portal: Path, tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "archive.db").write_bytes(damage)
    done = gongkai("status", "--config", portal)
    assert done.code == 2
    assert str(tmp_path / "archive.db") in done.err


# --- configuration and portals


def test_a_wrong_configuration_key_is_named(gongkai: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text("[crawl]\ndelay_secs = 2\n")
    done = gongkai("sites", "list", "--config", path)
    assert done.code == 2
    for word in ("operator.toml", "delay_secs", "2", "delay_seconds"):
        assert word in done.err


def test_a_wrong_portal_key_is_named(gongkai: Terminal, portal: Path, tmp_path: Path) -> None:
    file = tmp_path / "portals" / "demo.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\nminrefs = 3\n", encoding="utf-8")
    done = gongkai("sites", "check", "--config", portal)
    assert done.code == 2
    for word in ("demo.toml", "minrefs", "min_refs"):
        assert word in done.err


def test_sites_are_listed_and_shown(gongkai: Terminal, portal: Path) -> None:
    listed = {told["id"]: told for told in gongkai("sites", "list", "--config", portal, "--json").objects}
    assert {"shangyu", "tongxiang", "shengzhou", "demo"} <= set(listed)
    assert listed["shangyu"]["verified"] is None
    assert listed["demo"]["evidence"] in {"real page", "described"}
    shown = gongkai("sites", "show", "shangyu", "--config", portal)
    assert "col1229351253" in shown.out
    assert "not yet" in shown.out
    assert gongkai("sites", "check", "--config", portal).code == 0


def test_status_tells_the_last_run(gongkai: Terminal, portal: Path) -> None:
    assert gongkai("fetch", "demo", "--config", portal).code == 1  # the scripted wall
    rows = gongkai("status", "--config", portal, "--json").objects
    row = next(row for row in rows if row.get("site") == "demo")
    assert row["site"] == "demo"
    assert row["new"] == len(expected(1).new)
    assert "demo" in gongkai("status", "--config", portal).out


def test_the_demo_configuration_only_differs_where_it_must(tmp_path: Path) -> None:
    config = demo_config(tmp_path)
    assert config.crawl.respect_robots
    assert config.archive.path == tmp_path / "archive.db"

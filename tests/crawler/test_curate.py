"""From one address to a harvested portal, for every family, without an edit."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.store.archive import Archive
from crawler.cli import main
from crawler.curate import with_verified
from sites import registry
from tests.replicas.catalogue import REPLICAS
from tests.replicas.loopback import Loopback

CONFIG = (
    '[archive]\npath = "archive.db"\n[crawl]\ndelay_seconds = 0.0\njitter = 0.0\nretries = 0\n'
    '[sites]\nfolders = ["portals"]\n'
)


class Curator:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._monkeypatch = folder, capsys, monkeypatch
        (folder / "portals").mkdir()
        (folder / "config.toml").write_text(CONFIG)
        monkeypatch.chdir(folder)

    def __call__(self, *words: object) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["gongkai", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture
def gongkai(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Curator:
    return Curator(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize("name", sorted(REPLICAS))
def test_a_portal_from_its_home_page_is_harvested_completely(name: str, gongkai: Curator) -> None:
    replica = REPLICAS[name]()
    with Loopback(replica) as server:
        code, out, err = gongkai("sites", "add", server.url, "--id", "qinghe", "--yes", "--json")
        assert code == 0, err
        added = json.loads(out)
        taken = [column for column in added["columns"] if column["taken"]]
        assert taken[0]["families"][0]["family"] == replica.family
        assert taken[0]["reports"] > 0
        code, out, err = gongkai("crawl", "qinghe", "--json")
        with Archive.read(gongkai.folder / "archive.db") as archive:
            # The replicas link files they do not hold: a dead attachment is a problem of its own.
            dead = "select 1 from frontier f where f.url = problems.url and f.role = 'attachment'"
            problems = list(archive.db.query(f"select * from problems where not exists ({dead})"))
            found = {urlsplit(row["url"]).path for row in archive.db["pages"].rows}
            titles = {row["title"] for row in archive.db["pages"].rows}
        assert problems == [], err
    night = json.loads(out)
    assert night["complete"], problems
    assert found >= {urlsplit(url).path for url in replica.expected}
    if replica.claims_dates:  # a portal that lists nothing (reports by year) prints no titles to compare
        assert titles >= {document.title for document in replica.expected.values()}
    assert night["new"] == len(replica.expected)
    assert code == (1 if night["problems"] else 0)


def test_a_golden_fails_until_a_person_has_read_it(gongkai: Curator) -> None:
    with Loopback(REPLICAS["truecms"]()) as server:
        assert gongkai("sites", "add", server.url, "--id", "qinghe", "--yes")[0] == 0
        code, out, _ = gongkai("sites", "test", "qinghe")
        assert code == 1
        assert "not reviewed yet" in out
        assert gongkai("sites", "review", "qinghe", "--yes")[0] == 0
        assert gongkai("sites", "test", "qinghe")[0] == 0
        assert gongkai("crawl", "qinghe")[0] == 0, gongkai("status")
    assert gongkai("sites", "drift", "qinghe")[0] == 0
    assert gongkai("sites", "verify", "qinghe")[0] == 0
    toml = (gongkai.folder / "portals" / "qinghe.toml").read_text(encoding="utf-8")
    assert registry.parse_site(toml, file="qinghe.toml").verified is not None


def test_a_portal_is_written_from_saved_pages(gongkai: Curator, tmp_path: Path) -> None:
    replica = REPLICAS["static"]()
    from sites.model import Request

    home, column = tmp_path / "home.html", tmp_path / "column.html"
    home.write_bytes(replica.respond(Request(url=replica.home))[2])
    column.write_bytes(replica.respond(Request(url=replica.column))[2])
    code, _, err = gongkai(
        "sites", "add", replica.home, "--yes", "--from-file", home, "--from-file", f"{replica.column}={column}"
    )
    assert code == 0, err
    (toml,) = (gongkai.folder / "portals").glob("*.toml")
    assert registry.parse_site(toml.read_text(encoding="utf-8"), file=str(toml)).sections[0].url == replica.column


def test_a_portal_without_reports_is_refused_with_what_was_seen(gongkai: Curator, tmp_path: Path) -> None:
    page = tmp_path / "empty.html"
    page.write_text("<title>某网</title><p>没有年报</p>", encoding="utf-8")
    code, _, err = gongkai("sites", "add", "http://www.example.gov.cn/", "--yes", "--from-file", page)
    assert code == 2
    assert "www.example.gov.cn" in err
    assert not list((gongkai.folder / "portals").glob("*.toml"))


def test_an_unverified_night_proves_nothing_and_verifies_nothing(gongkai: Curator) -> None:
    code, _, err = gongkai("sites", "verify", "shangyu")
    assert code == 2
    assert "installed package" in err


@pytest.mark.parametrize(
    "toml",
    [
        'id = "a"\nname = "b"\nhome = "http://a.example.gov.cn/"\n',
        'id = "a"\nname = "b"\nhome = "http://a.example.gov.cn/"\nverified = 2020-01-01\n',
        'id = "a"\nname = "b"\nhome = "http://a.example.gov.cn/"\n\n# trs 0.9\n[[section]]\nkey = "k"\nname = "n"\n'
        'url = "http://a.example.gov.cn/b/"\nfamily = "trs"\n',
    ],
)
def test_the_date_of_verification_goes_among_the_portals_own_keys(toml: str) -> None:
    written = with_verified(toml, date(2026, 11, 22))
    spec = registry.parse_site(written, file="a.toml")
    assert spec.verified == date(2026, 11, 22)
    assert with_verified(written, date(2026, 11, 22)) == written
    assert len(spec.sections) == toml.count("[[section]]")

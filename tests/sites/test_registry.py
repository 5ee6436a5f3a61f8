"""Portals and families load strictly: what is wrong is named with file, key, value and choices."""

from __future__ import annotations

from datetime import date
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from sites import registry
from sites.errors import SpecError

PORTAL = """
id = "qinghe"
name = "清河县人民政府"
home = "http://www.qinghe.example.gov.cn/"
family = "trs"

[[section]]
key = "nianbao"
name = "年报"
url = "http://www.qinghe.example.gov.cn/zwgk/nb/"
min_refs = 2

[section.options]
rows = "ul.list li"

[[section.rule]]
until = 2020-12-31
family = "hanweb_jpage"
url = "http://old.qinghe.example.gov.cn/col/col77/index.html"
"""


def parsed(text: str):
    return registry.parse_site(text, file="portals/qinghe.toml")


def test_a_portal_is_ten_lines_of_facts() -> None:
    site = parsed(PORTAL)
    section = site.sections[0]
    assert (site.id, section.family, section.min_refs, section.options) == ("qinghe", "trs", 2, {"rows": "ul.list li"})
    assert site.verified is None
    assert section.hosts == site.hosts == ("www.qinghe.example.gov.cn",)


def test_a_capture_is_read_by_the_rule_of_its_day() -> None:
    section = parsed(PORTAL).sections[0]
    old, new = section.on(date(2020, 12, 31)), section.on(date(2021, 1, 1))
    assert (old.family, old.url, old.options) == (
        "hanweb_jpage",
        "http://old.qinghe.example.gov.cn/col/col77/index.html",
        {},
    )
    assert (new.family, new.url) == ("trs", "http://www.qinghe.example.gov.cn/zwgk/nb/")


@pytest.mark.parametrize(
    ("before", "after", "key", "value", "choice"),
    [
        ("min_refs = 2", "min_refs = '2'", "section[0].min_refs", "2", None),
        ("min_refs = 2", "min_refs = true", "section[0].min_refs", True, None),
        ("min_refs = 2", "min_refs = -1", "section[0].min_refs", -1, None),
        ("min_refs = 2", "max_pages = 0", "section[0].max_pages", 0, None),
        ("min_refs = 2", "min_ref = 2", "section[0].min_ref", 2, "min_refs"),
        ('family = "trs"', 'family = "trss"', "family", "trss", "trs"),
        ('family = "trs"', "", "section[0].family", None, "trs"),
        ('family = "trs"', 'familie = "trs"', "familie", "trs", "family"),
        ('rows = "ul.list li"', 'row = "x"', "section[0].options.row", "x", "rows"),
        ('rows = "ul.list li"', "rows = 3", "section[0].options.rows", 3, None),
        ('rows = "ul.list li"', 'rows = "li[[["', "section[0].options.rows", "li[[[", None),
        ('rows = "ul.list li"', 'article = "(["', "section[0].options.article", "([", None),
        ('id = "qinghe"', 'id = "Qing He"', "id", "Qing He", None),
        ('id = "qinghe"', "", "id", None, None),
        ('home = "http://www', 'home = "ftp://www', "home", "ftp://www.qinghe.example.gov.cn/", None),
        ('home = "http://www.qinghe.example.gov.cn/"', 'home = "http://[::1/"', "home", "http://[::1/", None),
        ("until = 2020-12-31", 'until = "2020-12-31"', "section[0].rule[0].until", "2020-12-31", None),
        ('family = "trs"', 'family = "trs"\nhosts = ["HTTP://x/"]', "hosts", "HTTP://x/", None),
        ('family = "trs"', 'family = "trs"\ntls = "weak"', "tls", "weak", "legacy"),
        ('family = "trs"', 'family = "trs"\ntls = "legacy"', "tls", "legacy", None),
        ('family = "trs"', 'family = "trs"\nverify = false', "verify", False, None),
        ('family = "trs"', 'family = "trs"\ndelay_seconds = -1', "delay_seconds", -1, None),
        ('family = "trs"', 'family = "trs"\nverified = 2024-01-01T00:00:00', "verified", None, None),
        ('family = "trs"', 'family = "trs"\nsite_id_code = "33"', "site_id_code", "33", None),
    ],
)
def test_a_mistake_is_named(before: str, after: str, key: str, value: object, choice: str | None) -> None:
    assert before in PORTAL
    with pytest.raises(SpecError) as wrong:
        parsed(PORTAL.replace(before, after))
    assert wrong.value.file == "portals/qinghe.toml"
    assert wrong.value.key == key
    if value is not None:
        assert wrong.value.value == value
    if choice is not None:
        assert choice in wrong.value.choices
    assert key in str(wrong.value)
    assert "portals/qinghe.toml" in str(wrong.value)


def test_weakened_transport_with_a_reason_is_accepted() -> None:
    site = parsed(
        PORTAL.replace('family = "trs"', 'family = "trs"\ntls = "legacy"\nverify = false\nwhy = "old server"')
    )
    assert (site.tls, site.verify, site.why) == ("legacy", False, "old server")


def test_two_sections_of_one_key_are_refused() -> None:
    with pytest.raises(SpecError, match=r"two sections"):
        parsed(PORTAL + '\n[[section]]\nkey = "nianbao"\nname = "x"\nurl = "http://www.qinghe.example.gov.cn/x/"\n')


@pytest.mark.parametrize("text", ["id = ", "section = [1]\nid='a'\nname='b'\nhome='http://a.example/'"])
def test_broken_toml_names_the_file(text: str) -> None:
    with pytest.raises(SpecError, match=r"qinghe\.toml"):
        parsed(text)


def test_a_required_option_is_asked_for() -> None:
    with pytest.raises(SpecError, match="area"):
        parsed(PORTAL.replace('family = "trs"', 'family = "hanweb_xxgk"'))


def test_the_packaged_portals_load_and_none_claims_to_be_verified() -> None:
    sites = registry.load_sites()
    assert {"shangyu", "tongxiang", "shengzhou"} <= set(sites)
    assert sites["shengzhou"].sections == ()
    assert sites["shangyu"].sections[0].url == "http://www.shangyu.gov.cn/col/col1229351253/index.html"
    assert sites["tongxiang"].sections[0].options == {"area": "001008004005098"}
    assert all(site.verified is None for site in sites.values())


def test_a_folder_of_the_operator_is_read(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "qinghe.toml").write_text(PORTAL, encoding="utf-8")
    assert "qinghe" in registry.load_sites([tmp_path])


def test_a_duplicate_portal_names_both_places(tmp_path: Path) -> None:
    text = PORTAL.replace('"qinghe"', '"shangyu"')
    (tmp_path / "shangyu.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as wrong:
        registry.load_sites([tmp_path])
    assert "gongkai" in str(wrong.value)
    assert str(tmp_path) in str(wrong.value)


def test_a_missing_folder_and_an_unreadable_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such folder"):
        registry.load_sites([tmp_path / "none"])
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SpecError, match="UTF-8"):
        registry.load_sites([tmp_path])


def entry_points(monkeypatch: pytest.MonkeyPatch, group: str, *points: object) -> None:
    real = metadata.entry_points

    def faked(**asked: str):
        found = list(real(**asked))
        return [*found, *points] if asked.get("group") == group else found

    monkeypatch.setattr(metadata, "entry_points", faked)


def point(name: str, target: object, package: str = "other-pack") -> object:
    def load() -> object:
        if isinstance(target, Exception):
            raise target
        return target

    return SimpleNamespace(name=name, value=f"{package}:x", load=load, dist=SimpleNamespace(name=package))


def test_two_packages_with_one_family_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    family = type(registry.load_families()["trs"])
    entry_points(monkeypatch, registry.FAMILIES, point("trs", family))
    with pytest.raises(SpecError, match=r"gongkai.*other-pack"):
        registry.load_families()


@pytest.mark.parametrize("target", [ImportError("no module"), object, lambda: 3])
def test_a_broken_family_is_a_spec_error(monkeypatch: pytest.MonkeyPatch, target: object) -> None:
    entry_points(monkeypatch, registry.FAMILIES, point("mine", target))
    with pytest.raises(SpecError, match="mine"):
        registry.load_families()


def test_a_portal_pack_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = SimpleNamespace(name="gone", value="no_such_pack_at_all", dist=None)
    entry_points(monkeypatch, registry.PORTALS, gone)
    with pytest.raises(SpecError, match="no_such_pack_at_all"):
        registry.load_sites()

from __future__ import annotations

import re
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import pytest

from crawler import config as module
from crawler.config import Config, ConfigError, CrawlConfig, HostConfig, load, parse_config

SHIPPED = Path(__file__).resolve().parents[2] / "config.toml"


def test_shipped_file_equals_the_defaults():
    assert replace(parse_config(SHIPPED.read_text(encoding="utf-8")), source="") == Config()


def test_shipped_file_names_and_explains_every_key():
    text = SHIPPED.read_text(encoding="utf-8")
    example = text[text.index("# [[host]]") :]
    for section in fields(Config):
        if section.name in {"source", "host"}:
            continue
        block = text[text.index(f"[{section.name}]") :].split("\n[")[0]
        for key in fields(getattr(Config(), section.name)):
            assert re.search(rf"^{key.name} = ", block, re.M), f"config.toml: [{section.name}] lacks {key.name}"
    for key in fields(HostConfig):
        assert f"# {key.name} = " in example, f"config.toml: the [[host]] example lacks {key.name}"
    # Every key follows a comment, or a key that shares the comment with it.
    lines = text.splitlines()
    for above, line in pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert above.startswith("#") or re.match(r"\w+ = ", above), f"config.toml: no comment above {line!r}"


def test_the_host_example_is_valid_once_uncommented():
    text = SHIPPED.read_text(encoding="utf-8")
    block = text[text.index("# [[host]]") :]
    live = "\n".join(line.removeprefix("# ") for line in block.splitlines())
    (host,) = parse_config(live).host
    assert (host.tls, host.verify, host.delay_seconds) == ("legacy", False, 5.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[crawl]\ndelay = 3", ["crawl.delay = 3", "delay_seconds", "config.toml"]),
        ("[craw]\n", ["craw", "choices", "crawl"]),
        ("crawl = 3", ["crawl = 3", "[crawl]"]),
        ("[crawl]\ndelay_seconds = 'two'", ["crawl.delay_seconds = 'two'", "a number"]),
        ("[crawl]\ndelay_seconds = true", ["crawl.delay_seconds = True", "a number"]),
        ("[crawl]\ndelay_seconds = -1", ["crawl.delay_seconds = -1", "from 0"]),
        ("[crawl]\ndelay_seconds = nan", ["crawl.delay_seconds", "finite"]),
        ("[crawl]\nretries = 1.5", ["crawl.retries = 1.5", "whole"]),
        ("[crawl]\nretries = true", ["crawl.retries = True", "whole"]),
        ("[crawl]\nrespect_robots = 1", ["crawl.respect_robots = 1", "true or false"]),
        ("[crawl]\ncontact = 3", ["crawl.contact = 3", "a text"]),
        ("[crawl]\ncontact = '张三'", ["crawl.contact = '张三'", "ASCII"]),
        ("[crawl]\nuser_agent = 'Mozilla'", ["crawl.user_agent = 'Mozilla'", "browser"]),
        ("[crawl]\nuser_agent = 'a b'", ["crawl.user_agent = 'a b'"]),
        ("[crawl]\nmax_delay_seconds = 1", ["crawl.max_delay_seconds = 1", "delay_seconds"]),
        ("[revisit]\nmode = 'never'", ["revisit.mode = 'never'", "policy, always"]),
        ("[schedule]\ntimezone = 'Asia/Shangai'", ["schedule.timezone", "Asia/Shanghai"]),
        ("[schedule]\nwindow_end = '24:00'", ["schedule.window_end", "00:00"]),
        ("[schedule]\nhour = 24", ["schedule.hour = 24", "to 23"]),
        ("[sites]\nskip = 'x'", ["sites.skip = 'x'", "a list"]),
        ("[sites]\nskip = [1]", ["sites.skip = 1", "a text"]),
        ("[archive]\npath = ''", ["archive.path = ''", "a path"]),
        ("[[host]]\ntls = 'legacy'", ["host.name is missing"]),
        ("[[host]]\nname = 'a.example'\ntls = 'legacy'", ["host.why", "a.example"]),
        ("[[host]]\nname = 'a.example'\nverify = false", ["host.why"]),
        ("[[host]]\nname = 'a.example'\naddress_allowed = true", ["host.why"]),
        ("[[host]]\nname = 'http://a.example'", ["host.name", "scheme"]),
        ("[[host]]\nname = 'a'\n[[host]]\nname = 'A'", ["one [[host]]"]),
        ("[[host]]\nname = 'a'\ntls = 'old'", ["host.tls = 'old'", "strict, legacy"]),
        ("[host]\nname = 'a'", ["host", "a list"]),
        ("[crawl\n", ["not valid TOML"]),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, words: list[str]):
    with pytest.raises(ConfigError) as error:
        parse_config(text)
    for word in words:
        assert word in error.value.message


def test_no_file_means_the_defaults_and_a_named_file_must_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load() == Config()
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(Path("nowhere.toml"))


def test_the_file_in_the_working_folder_is_found_and_its_paths_are_anchored(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("\ufeff[sites]\nfolders = ['mine']\n", encoding="utf-8")
    assert load().sites.folders == (Path("mine"),)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "g.toml").write_text("[archive]\npath = 'a.db'\n", encoding="utf-8")
    assert load(Path("etc/g.toml")).archive.path == Path("etc/a.db")
    assert load(Path("etc/g.toml")).source == "etc/g.toml"


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "config.toml")


@pytest.mark.parametrize("contact", ["", "  ", "you@example.com", "your-name", "TODO", "someone@somewhere"])
def test_a_placeholder_contact_never_leaves_this_machine(contact: str):
    config = Config(crawl=CrawlConfig(contact=contact))
    config.require_contact(["127.0.0.1:8801", "localhost", "http://[::1]:80/"])
    with pytest.raises(ConfigError, match=r"www\.shire\.gov\.cn"):
        config.require_contact(["127.0.0.1", "www.shire.gov.cn"])


def test_a_real_contact_stands_in_the_user_agent():
    config = Config(crawl=CrawlConfig(contact="archive@library.edu"))
    config.require_contact(["www.shire.gov.cn"])
    assert config.user_agent_string().startswith("gongkai/")
    assert "archive@library.edu" in config.user_agent_string()
    assert "no contact" in Config().user_agent_string()


def test_a_host_entry_is_found_by_port_host_or_domain():
    config = Config(host=(HostConfig(name="shire.gov.cn", delay_seconds=9.0), HostConfig(name="127.0.0.1:81")))
    assert config.host_entry("https://WWW.shire.gov.cn/a").name == "shire.gov.cn"
    assert config.host_entry("http://127.0.0.1:81/").name == "127.0.0.1:81"
    assert config.host_entry("http://127.0.0.1:82/") is None
    assert config.manners("http://zwgk.shire.gov.cn/").delay_seconds == 9.0


def test_a_portal_may_slow_the_pace_but_not_quicken_it():
    config = Config()
    assert config.manners("http://a.gov.cn", delay_seconds=0.1).delay_seconds == 2.0
    assert config.manners("http://a.gov.cn", delay_seconds=7).delay_seconds == 7


def test_the_command_line_names_another_archive():
    assert module.with_archive(Config(), None) == Config()
    assert module.with_archive(Config(), Path("x.db")).archive.path == Path("x.db")

"""Adding a family is one class and one entry point: a toy from outside the packages is harvested like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata
from types import SimpleNamespace

import pytest

from sites import registry
from sites.detect import rank
from sites.goldens import capture_of, check_family, golden_of, outcome_of
from sites.model import Evidence, Extracted, Listing, OptionSpec, Page, PageRef, Request, Section
from sites.reading.article import read_article
from tests.replicas.base import Answer, article, documents, html, missing
from tests.replicas.harvest import as_page, harvest

HOST = "toy.example.gov.cn"


class PlainLines:
    """A portal that lists its documents as lines of text: address, tab, title."""

    id = "plain_lines"
    title = "lines of text"
    evidence = "described"
    options: Mapping[str, OptionSpec] = {"folder": OptionSpec(kind=str, meaning="where documents stand", required=True)}

    def start(self, section: Section) -> Request:
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        lines = [line.split("\t") for line in page.text.splitlines()]
        folder = f"http://{HOST}/{section.text_option('folder')}/"
        return Listing(refs=tuple(PageRef(url=folder + name, title=title) for name, title in lines))

    def extract(self, section: Section, page: Page) -> Extracted:
        return read_article(page, section, containers=("#toy",))

    def signs(self, page: Page) -> Evidence | None:
        if "\t" not in page.text or "<" in page.text:
            return None
        return Evidence(family=self.id, score=0.9, signs=("lines with tabs",), options={"folder": "nb"})


TOML = f"""
id = "toy"
name = "玩具县"
home = "http://{HOST}/"
family = "plain_lines"

[[section]]
key = "nianbao"
name = "年报"
url = "http://{HOST}/list.txt"

[section.options]
folder = "nb"
"""


def respond(request: Request) -> Answer:
    for document in documents():
        if request.url == f"http://{HOST}/nb/{document.number}.html":
            return article(document, '<div id="toy">')
    if request.url == f"http://{HOST}/list.txt":
        return 200, {"Content-Type": "text/plain; charset=utf-8"}, listing().encode()
    return missing()


def listing() -> str:
    return "\n".join(f"{document.number}.html\t{document.title}" for document in documents())


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.entry_points
    point = SimpleNamespace(
        name="plain_lines", value="toy_pack:PlainLines", load=lambda: PlainLines, dist=SimpleNamespace(name="toy-pack")
    )

    def faked(**asked: str):
        found = list(real(**asked))
        return [*found, point] if asked.get("group") == registry.FAMILIES else found

    monkeypatch.setattr(metadata, "entry_points", faked)


@pytest.mark.usefixtures("_installed")
def test_a_family_from_outside_is_loaded_detected_and_harvested() -> None:
    families = registry.load_families()
    assert "plain_lines" in families
    site = registry.parse_site(TOML, file="toy.toml")
    section = site.sections[0]
    page = as_page(Request(url=section.url), respond(Request(url=section.url)))
    assert rank(page)[0].family == "plain_lines"
    found = harvest(families[section.family], section, respond)
    assert found.complete
    assert len(found.documents) == len(documents())


def goldens(*, expected: bool = True):
    section = registry.parse_site(TOML, file="toy.toml", families={"plain_lines": PlainLines()}).sections[0]
    url = f"http://{HOST}/nb/1100.html"
    cases = {
        "listing": ("listing", section.url, respond(Request(url=section.url))),
        "article": ("article", url, respond(Request(url=url))),
        "wall": ("article", url, html("<script>document.cookie='a'</script>", status=521)),
    }
    for name, (reads, address, answer) in cases.items():
        page = as_page(Request(url=address), answer)
        capture = json.loads(json.dumps(capture_of(section, page, reads)))
        golden = golden_of(name, body=page.body, capture=capture)
        told = outcome_of(PlainLines(), golden)
        yield golden_of(name, body=page.body, capture=capture, expected=told if expected else None)


def test_the_conformance_test_serves_families_outside() -> None:
    assert check_family(PlainLines(), goldens()) == []


def test_the_conformance_test_tells_what_is_wrong() -> None:
    unwritten = check_family(PlainLines(), goldens(expected=False))
    assert any("nobody has written" in problem for problem in unwritten)
    assert any("no golden of error" in problem for problem in check_family(PlainLines(), list(goldens())[:2]))
    assert "protocol" in check_family(object(), [])[0]

    class Broken(PlainLines):
        evidence = "guessed"
        options = {f"o{number}": "x" for number in range(13)}  # noqa: RUF012

        def listing(self, section: Section, page: Page) -> Listing:
            return Listing(refs=(PageRef(url="a", title="\ufffd"), PageRef(url="a", title="x")))

    told = " ".join(check_family(Broken(), goldens()))
    for problem in ("guessed", "dozen", "no OptionSpec", "U+FFFD", "twice", "not absolute", "differs"):
        assert problem in told


def test_an_expectation_nobody_reviewed_fails() -> None:
    golden = next(iter(goldens()))
    capture = capture_of(golden.section, golden.page, golden.reads)
    again = golden_of(
        "x", body=golden.page.body, capture=capture, expected={**(golden.expected or {}), "reviewed": False}
    )
    assert any("nobody has reviewed" in problem for problem in check_family(PlainLines(), [again]))

"""大汉 (Hanweb) jpaas: lists built by an interface from parameters in the column page (portals.md §5 B).

`querydata` is a dictionary in single quotes. Several stand on a page (navigation, links, the list): each is
asked until one answers with records. Only `paramJson` turns pages; a bare `pageNo` is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Final

from sites.errors import Drift
from sites.families import paging
from sites.families.jsonrows import parse_json
from sites.families.records import HTML_OPTIONS, fragment_refs
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article
from sites.reading.dates import CHINA
from sites.reading.urls import resolve

UNIT: Final = "/api-gateway/jpaas-publish-server/front/page/build/unit"
CONTAINERS: Final = ("#zoom", ".article-content", "#content .main-txt", ".art_con")

_BLOCK = re.compile(r"<[^<>]{0,400}?\bquerydata\s*=\s*(\"[^\"]{2,2000}\"|'\{[^<>]{2,2000}\}')[^<>]{0,400}", re.I)
_ADDRESS = re.compile(r"\burl\s*=\s*[\"']([^\"']{2,300})[\"']")
_PAIR = re.compile(r"['\"](\w+)['\"]\s*:\s*['\"]([^'\"]*)['\"]")
_COUNT = re.compile(r"\bcount\s*=\s*[\"']?(\d{1,7})")
_LIKELY = re.compile(r"列表|list|分页|page", re.I)

SIGNS: Final = (
    Sign("url", r"/jpaas-publish-server/", 0.9, "address jpaas-publish-server"),
    Sign("text", r"api-gateway/jpaas-publish-server", 0.9, "jpaas-publish-server", ("jpaas-publish",)),
    Sign("text", r"\bquerydata\s*=", 0.6, "querydata", ("querydata",)),
    Sign("text", r"unitbuild\.js", 0.6, "unitbuild.js", ("unitbuild",)),
    Sign("text", r"href=['\"][^'\"]{0,200}/art_[0-9a-f]{32}\.html", 0.5, "links art_<32 hex>", ("/art_",)),
    Sign("url", r"/art_(?:\d+_)?[0-9a-f]{32}\.html", 0.8, "address art_<32 hex>"),
)


class HanwebJpaas:
    """Hanweb's newer platform: `build/unit` answers."""

    id = "hanweb_jpaas"
    title = "大汉 jpaas"
    evidence: Evidence_ = "described"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "tag": OptionSpec(kind=str, meaning="tagId of the list when the column page shows several"),
        "per_page": OptionSpec(kind=int, meaning="records asked for at once"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The request the column page stands for, or one page of records."""
        if not page.context_value("blocks"):
            blocks = _blocks(section, page)
            if not blocks:
                raise Drift(f"no querydata on the column page {page.url}", evidence=page.text[:500])
            return Listing(next=_ask(section, blocks, 1), notes=("records are asked from the publishing interface",))
        blocks = json.loads(page.context_value("blocks"))
        number = paging.place_of(page).number
        html = _html(page) if page.status < 400 else ""
        near = page.fetched_at.astimezone(CHINA).date() if page.fetched_at else None
        refs = fragment_refs(html, section.url, near=near)
        if not refs and number == 1 and len(blocks) > 1:
            return Listing(next=_ask(section, blocks[1:], 1), notes=("this block is no list",))
        count = _COUNT.search(html)
        total = int(count[1]) if count else None
        return paging.listing(section, page, refs, following=_ask(section, blocks[:1], number + 1), total=total)

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """The publishing interface and its parameters."""
        return weigh(self.id, page, SIGNS)


def _blocks(section: Section, page: Page) -> list[dict[str, str]]:
    """The parameters of the page's lists, the likeliest first."""
    wanted, found = section.text_option("tag"), []
    column = page.tree.css_first("meta[name=ColId i]")
    for block in _BLOCK.finditer(page.text):
        parameters = dict(_PAIR.findall(unescape(block[1][1:-1])))
        if not parameters.get("pageId") and column is not None:
            parameters["pageId"] = column.attributes.get("content") or ""
        address = _ADDRESS.search(block[0])
        url = resolve(page.url, address[1] if address else UNIT)
        if parameters and url and paging.same_host(url, page.url) and wanted in {"", parameters.get("tagId")}:
            found.append({"": url, **parameters})
    return sorted(found, key=lambda parameters: not _LIKELY.search(parameters.get("tagId", "")))[:8]


def _ask(section: Section, blocks: list[dict[str, str]], number: int) -> Request:
    parameters = dict(blocks[0])
    url = parameters.pop("")
    turned = json.dumps({"pageNo": number, "pageSize": section.int_option("per_page", 15)}, separators=(",", ":"))
    return Request(
        url=f"{url}?{paging.encode_form({**parameters, 'paramJson': turned})}",
        headers=(("Referer", section.url), ("X-Requested-With", "XMLHttpRequest")),
        context=(("blocks", json.dumps(blocks, ensure_ascii=False)),),
    )


def _html(page: Page) -> str:
    data = parse_json(page)
    inner = data.get("data") if isinstance(data, dict) else None
    html = inner.get("html") if isinstance(inner, dict) else ""
    return html if isinstance(html, str) else ""

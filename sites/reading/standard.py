"""The national `<meta>` header (国办发〔2017〕47号, portals.md §2): a claim, never the truth.

Every portal must print SiteName, SiteIDCode, ColumnName, ArticleTitle, PubDate, ContentSource…; many print
them with dirt. Names are read without case, empty ones are nothing, and of duplicates the later one (the
article's) counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from sites.model import Claim, Page
from sites.reading.catalogue import clean_value, date_value
from sites.reading.labels import words

_ARTICLE = {"articletitle": "title", "pubdate": "published_at", "contentsource": "issuer"}
_KNOWN = frozenset(
    words(
        """
    sitename sitedomain siteidcode columnname columndescription columnkeywords columntype articletitle pubdate
    contentsource keywords author description image url colid siteid channelid maketime publishdate
    """
    )
)
_TAG = re.compile(r"<[^>]*>")
_CODE = re.compile(r"(?:bm|BM)?\d{8,10}")
_TEMPLATE = re.compile(r"[$#]\{|\{\{|<%|\[\$")


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a page: names in lower case → content, cleaned; only the names the standard (or a CMS) knows."""

    values: dict[str, str]

    def value(self, name: str) -> str:
        """The content of `name` ('' when absent or empty)."""
        return self.values.get(name.lower(), "")

    @property
    def site_id_code(self) -> str:
        """政府网站标识码 when it has the shape of one (10 digits, or `bm` and 8), else ''."""
        code = self.value("siteidcode")
        return code if _CODE.fullmatch(code) else ""


def read_header(page: Page) -> Header:
    """The national header of a page, wherever its tags stand (some templates print them in the body)."""
    values: dict[str, str] = {}
    for node in page.tree.css("meta[name]"):
        attributes = node.attributes
        name = (attributes.get("name") or "").strip().lower()
        if name not in _KNOWN:
            continue
        content = clean_meta(attributes.get("content") or "")
        if content:
            values[name] = content
    return Header(values)


def clean_meta(content: str) -> str:
    """A content attribute as text: entities resolved once more, tags gone, white space folded; '' if unfilled."""
    text = _TAG.sub("", unescape(content))
    return "" if _TEMPLATE.search(text) else " ".join(text.split())


def claims_of(header: Header) -> list[Claim]:
    """What the header claims of the document. A page's generation time (`others`, 页面生成时间) is not among it."""
    claims = []
    for name, field_name in _ARTICLE.items():
        content = header.value(name)
        if not content:
            continue
        value = date_value("published_at", content) if field_name == "published_at" else clean_value(content)
        if value:
            claims.append(Claim(field=field_name, value=value, source="meta", label=name))
    if not header.value("pubdate") and (made := date_value("published_at", header.value("publishdate"))):
        claims.append(Claim(field="published_at", value=made, source="meta", label="publishdate"))
    if header.value("columnname"):
        claims.append(Claim(field="column", value=header.value("columnname"), source="meta", label="columnname"))
    if header.value("sitename"):
        claims.append(Claim(field="site_name", value=header.value("sitename"), source="meta", label="sitename"))
    if header.site_id_code:
        claims.append(Claim(field="site_id_code", value=header.site_id_code, source="meta", label="siteidcode"))
    return claims

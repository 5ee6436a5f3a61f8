"""A document page without its chrome: the reading that every family shares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from selectolax.lexbor import LexborNode, SelectolaxError

from sites.errors import Drift, SpecError
from sites.model import Block, Claim, Extracted, Link, Metadata, Page, Section, Table
from sites.reading import standard
from sites.reading.body import Body, find_body, visible
from sites.reading.catalogue import bare_date
from sites.reading.clean import (
    drop_word_residue,
    is_chrome,
    is_chrome_anywhere,
    is_footer,
    is_sentence,
    starts_related,
    trim_tail,
)
from sites.reading.dates import CHINA, url_date
from sites.reading.digest import normalise
from sites.reading.flow import Flow, flow_of, fold, is_heading
from sites.reading.head import Head, better_title, body_number, document_title, read_head
from sites.reading.tables import is_layout, read_table, table_text
from sites.reading.urls import file_kind, may_be_file, page_base, resolve

#: A numbered heading: 一、 （二） 第三部分 4、
HEADING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}\s*[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|第[一二三四五六七八九十]{1,3}[章节部]|\d{1,2}\s*[、])"
)
_PUNCTUATED = re.compile(r"[。；;！？]")
_ICON = re.compile(
    r"(?:icon|filetype|/dialogs/attachment/|/(?:ico|btn|button|arrow|blank|spacer|dot|line)[._-]|wechat|weixin|qrcode|erweima|share)",
    re.I,
)
_ATTACHMENT_HEAD = re.compile(
    r"^附\s*件\s*(?:\d{1,2}|[一二三四五六七八九十])?\s*[:：]?$|^附\s*件\s*\d{0,2}\s*[:：]\s*\S"
)
_VIEWER = re.compile(r"[?&](?:file|url|src|path|pdf)=([^&#]+)", re.I)
#: No document holds more tables or pictures; a page that does is damaged or hostile.
_TABLES, _PICTURES = 300, 500
#: Stands for a picture where lines of text are judged.
_PICTURE = "\u25a3"


def read_article(
    page: Page,
    section: Section | None = None,
    *,
    containers: Sequence[str] = (),
    titles: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> Extracted:
    """The document on a page: body, tables, pictures, attachments, breadcrumb, and what the page claims of it.

    `containers`, `titles` and `drop` are CSS selectors of block elements that a family or a section's options name
    (body, heading, furniture inside the body); they are tried first. Raises `Drift` when the page holds nothing
    to read and `SpecError` when a selector is none.
    """
    tree = page.tree
    flow = flow_of(tree)
    header = standard.read_header(page)
    doc_title = document_title(_title_tag(page), header)
    body = find_body(
        flow, tree, (*_option(section, "body"), *containers), (header.value("articletitle"), doc_title)
    ) or Body(0, len(flow.texts), 0, "density")
    head = read_head(flow, body, header, doc_title, _regions(page, flow, (*_option(section, "title"), *titles)))
    base = page_base(page.url, _base_href(page))
    dropped = _dropped(flow, _regions(page, flow, (*_option(section, "drop"), *drop)))
    reading = _Reading(flow, body, head, base, dropped)
    reading.read()
    claims = _claims(page, head, header, doc_title, reading)
    title = better_title([claim.value for claim in claims if claim.field == "title"])
    text = "\n".join(block.text for block in reading.blocks if block.text and block.kind != "image")
    attachments = reading.attachments()
    if not text and not reading.images and not attachments:
        raise Drift(f"{page.url}: no document found on the page", evidence=doc_title or page.text[:200])
    flags = [*page.flags]
    if body.how in ("density", "headings", "title"):
        flags.append("no-container")
    return Extracted(
        title=title,
        text=text,
        blocks=tuple(reading.blocks),
        tables=tuple(reading.tables),
        metadata=Metadata(claims=tuple(claims)),
        attachments=attachments,
        images=tuple(reading.images),
        breadcrumb=head.breadcrumb,
        flags=tuple(flags),
    )


class _Reading:
    """The body of one page, being turned into blocks."""

    def __init__(self, flow: Flow, body: Body, head: Head, base: str, dropped: frozenset[int]) -> None:
        self.flow = flow
        self.body = body
        self.head = head
        self.base = base
        self.dropped = dropped
        self.blocks: list[Block] = []
        self.tables: list[Table] = []
        self.images: list[Link] = []
        self.last = body.last

    def read(self) -> None:
        """Fill blocks, tables and images."""
        first, self.last = self._trimmed()
        tables = self._data_tables(first, self.last)
        flow = self.flow
        index = first
        while index < self.last:
            if index in tables:
                region, end = tables[index]
                self._table(region, index, end)
                index = end
                continue
            text = flow.texts[index]
            if text:
                if self._kept(index) and not is_chrome_anywhere(text):
                    heading = _is_heading(flow, index)
                    self.blocks.append(Block("heading" if heading else "paragraph", drop_word_residue(text)))
            elif index in flow.images and self._kept(index):
                self._image(flow.images[index])
            index += 1
        self._attachment_list()

    def _kept(self, line: int) -> bool:
        return line not in self.dropped and visible(self.flow, self.body, line)

    def _trimmed(self) -> tuple[int, int]:
        """The body's lines without the furniture above its first and below its last sentence."""
        texts, pictures = self.flow.texts, self.flow.images
        first, last = self.body.first, self.body.last
        shown = [line for line in range(first, last) if (texts[line] or line in pictures) and self._kept(line)]
        if pictures:
            shown = [line for line in shown if line not in pictures or not _is_icon(pictures[line])]
        said = [texts[line] or _PICTURE for line in shown]
        end = trim_tail(said)
        related = self._related(said, end)
        if related < end:
            end = trim_tail(said[:related])
        if end < len(shown):
            last = shown[end - 1] + 1 if end else first
        return self._head_end(first, last, shown), last

    def _head_end(self, first: int, last: int, shown: Sequence[int]) -> int:
        """Where the document begins below what the head left inside the body."""
        texts, head, coarse = self.flow.texts, self.head, self.body.coarse
        zone = next((line for line in shown if is_sentence(texts[line])), last)
        # a date line or a catalogue block inside the body ends its head; an editor's own text is cut only for a block
        cut = [index for index in head.cut if first <= index < last]
        if cut and (coarse or len(cut) > 1):
            first = max(cut) + 1
        if coarse and first <= head.heading_end <= max(zone, first):
            first = head.heading_end
        while first < min(zone, last) and first not in self.flow.images:
            text = texts[first]
            if text and not is_chrome(text) and not (coarse and (first in head.used or bare_date(text))):
                break
            first += 1
        return first

    def _related(self, texts: Sequence[str], end: int) -> int:
        """Where links to other documents begin at the end of a coarse body."""
        if not self.body.coarse:
            return end
        for position in range(end - 1, max(-1, end - 40), -1):
            if starts_related(texts[position]) and not any(is_sentence(text) for text in texts[position + 1 : end]):
                end = position
        return end

    def _data_tables(self, first: int, last: int) -> dict[int, tuple[int, int]]:
        """Tables that hold data: first line → region and the line after it. Layout tables are read as text."""
        flow = self.flow
        found: dict[int, tuple[int, int]] = {}
        reached = -1
        examined = 0
        for table in flow.tables:
            begin, end = flow.firsts[table], flow.lasts[table]
            if examined > _TABLES or begin < max(first, reached) or end > last or table <= self.body.region:
                continue
            if not any(flow.texts[begin:end]) or not any(self._kept(line) for line in range(begin, end)):
                continue
            examined += 1
            if is_layout(flow, table):
                continue
            found[begin] = (table, end)
            reached = end
        return found

    def _table(self, region: int, first: int, last: int) -> None:
        table = read_table(self.flow, region)
        self.blocks.append(Block(kind="table", text=table_text(table), table=len(self.tables)))
        self.tables.append(table)
        if self.flow.images:
            for line in range(first, last):
                if line in self.flow.images:
                    self._image(self.flow.images[line])

    def _image(self, node: LexborNode) -> None:
        picture = self._picture(node) if len(self.images) < _PICTURES else None
        if picture is not None:
            self.blocks.append(Block(kind="image", text=picture.name, image=len(self.images)))
            self.images.append(picture)

    def _picture(self, node: LexborNode) -> Link | None:
        """A picture of the document, or None for icons, codes to scan and pictures written into the page itself."""
        attributes = node.attributes
        lazy = attributes.get("data-src") or attributes.get("data-original") or attributes.get("oldsrc") or ""
        source = attributes.get("src") or lazy
        if source.startswith("data:"):
            source = lazy
        url = None if not source or _ICON.search(source) else resolve(self.base, source)
        if url is None:
            return None
        return Link(url=url, name=fold(attributes.get("alt") or attributes.get("title") or ""), kind=file_kind(url))

    def _attachment_list(self) -> None:
        """The 附件 list that templates print below the editor's text belongs to the document's form."""
        flow, texts = self.flow, self.flow.texts
        index = self.body.last if self.last == self.body.last else self.last
        limit = min(len(texts), index + 8)
        while index < limit and index not in flow.images and (not texts[index] or is_chrome(texts[index])):
            index += 1
        if index >= limit or not _ATTACHMENT_HEAD.match(texts[index]) or flow.hidden[index] >= 0:
            return
        entries = [index]
        for line in range(index + 1, min(len(texts), index + 40)):
            if not texts[line]:
                continue
            if not any(self._link(node) for node in flow.links.get(line, ())):
                break
            entries.append(line)
        if any(self._link(node) for line in entries for node in flow.links.get(line, ())):
            self.blocks.extend(Block(kind="paragraph", text=texts[line]) for line in entries)

    def _link(self, node: LexborNode) -> Link | None:
        attributes = node.attributes
        href = attributes.get("href") or attributes.get("onclick") or ""
        if not may_be_file(href) and not attributes.get("appendix"):
            return None
        url = resolve(self.base, href)
        if url is None:
            return None
        name = fold(node.text(deep=True)) or fold(attributes.get("title") or attributes.get("download") or "")
        kind = file_kind(url, name or attributes.get("title") or "")
        if not kind and (attributes.get("appendix") or "").lower() == "true":
            kind = "file"
        if not kind or kind in ("jpg", "png", "gif", "bmp", "tif", "webp"):
            return None
        longer = fold(attributes.get("title") or attributes.get("download") or "")
        if name.endswith(("…", "...")) and len(longer) >= len(name) - 3:
            name = longer
        return Link(url=url, name=name, kind=kind)

    def attachments(self) -> tuple[Link, ...]:
        """Files linked or embedded in the body or in the article's box around it, in reading order, each once."""
        flow = self.flow
        region = self.body.region
        if 0 <= self.head.heading_end - 1 < len(flow.texts) and self.head.heading_end > 0:
            region = flow.common(region, flow.places[self.head.heading_end - 1])
        elif flow.parents[region] > 0:
            region = flow.parents[region]
        if region == 0:
            # heading and body are strangers in the tree: only what stands right below the body is its own
            first, last = self.body.first, min(len(flow.texts), self.body.last + 25)
        else:
            first, last = flow.firsts[region], flow.lasts[region]
        found: dict[str, Link] = {}
        for line in range(first, last):
            if line >= self.body.last and flow.texts[line] and is_footer(flow.texts[line]):
                break
            for node in flow.links.get(line, ()):
                link = self._link(node)
                if link and link.url not in found:
                    found[link.url] = link
        for node, place in flow.frames:
            if first <= place <= last and (link := self._frame(node)) and link.url not in found:
                found[link.url] = link
        return tuple(found.values())

    def _frame(self, node: LexborNode) -> Link | None:
        source = node.attributes.get("src") or ""
        viewed = _VIEWER.search(source)
        for candidate in ([viewed[1]] if viewed else []) + [source]:
            url = resolve(self.base, candidate.replace("%2F", "/").replace("%3A", ":"))
            if url and file_kind(url) not in ("", "jpg", "png", "gif", "bmp", "tif", "webp"):
                return Link(url=url, name="", kind=file_kind(url))
        return None


def _claims(page: Page, head: Head, header: standard.Header, doc_title: str, reading: _Reading) -> list[Claim]:
    """All claims in the order of portals.md §2: catalogue, meta, visible line, then the weak ones, URL and body."""
    meta = standard.claims_of(header)
    site = normalise(header.value("sitename"))
    column = normalise(header.value("columnname"))
    meta = [claim for claim in meta if claim.field != "title" or normalise(claim.value) not in (site, column)]
    found = [claim for claim in head.sure if claim.source == "catalogue"]
    found += meta
    found += [claim for claim in head.sure if claim.source != "catalogue"]
    if head.heading:
        found.append(Claim(field="title", value=head.heading, source="visible", label="heading"))
    found += head.weak
    if doc_title:
        found.append(Claim(field="title", value=doc_title, source="meta", label="title"))
    day = url_date(page.url)
    if day:
        moment = datetime.combine(day, time(), CHINA)
        found.append(Claim(field="published_at", value=moment.isoformat(), source="url"))
    number = body_number([block.text for block in reading.blocks if block.kind != "table"])
    if number:
        found.append(Claim(field="document_number", value=number, source="body"))
    return refined(_distinct(found))


def _distinct(claims: list[Claim]) -> list[Claim]:
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for claim in claims:
        key = (claim.field, claim.value, claim.source)
        if key not in seen:
            seen.add(key)
            kept.append(claim)
    return kept


def refined(claims: list[Claim]) -> list[Claim]:
    """A day without a time is refined by the next claim of the same day that prints one: no conflict, but more."""
    first = next((index for index, claim in enumerate(claims) if claim.field == "published_at"), None)
    if first is None or "T00:00:00" not in claims[first].value:
        return claims
    day = claims[first].value[:10]
    for index in range(first + 1, len(claims)):
        claim = claims[index]
        if (
            claim.field == "published_at"
            and claim.value.startswith(day)
            and "T00:00:00" not in claim.value
            and claim.source != "url"
        ):
            return [*claims[:first], claim, *claims[first:index], *claims[index + 1 :]]
    return claims


def _is_heading(flow: Flow, line: int) -> bool:
    text = flow.texts[line]
    if len(text) > 40 or _PUNCTUATED.search(text):
        return False
    return is_heading(flow, line) or bool(HEADING.match(text)) or (line in flow.bold and len(text) >= 3)


def _is_icon(picture: LexborNode) -> bool:
    return _ICON.search(picture.attributes.get("src") or "") is not None


def _option(section: Section | None, name: str) -> tuple[str, ...]:
    if section is None:
        return ()
    value = section.options.get(name, ())
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) and value else ()


def _regions(page: Page, flow: Flow, selectors: Sequence[str]) -> list[int]:
    found: list[int] = []
    for selector in selectors:
        try:
            nodes = page.tree.css(selector)
        except (SelectolaxError, ValueError) as wrong:
            raise SpecError("a CSS selector cannot be read", value=selector) from wrong
        found.extend(region for node in nodes if (region := flow.region_of(node)) is not None)
    return found


def _dropped(flow: Flow, regions: Sequence[int]) -> frozenset[int]:
    return frozenset(line for region in regions for line in range(flow.firsts[region], flow.lasts[region]))


def _title_tag(page: Page) -> str:
    node = page.tree.css_first("title")
    return node.text(deep=True) if node else ""


def _base_href(page: Page) -> str | None:
    nodes = page.tree.tags("base")  # a quarter of what looking for the letters costs
    if not nodes or ("<base" not in page.text and "<BASE" not in page.text):
        return None
    return next((attributes["href"] for node in nodes if "href" in (attributes := node.attributes)), None)

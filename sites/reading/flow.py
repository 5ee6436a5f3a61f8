"""A document as a flow of lines: one walk, every text node kept, structure remembered.

Text that stands on one line on the screen becomes one `Line`, however many spans it was typed in.
Block elements become `Region`s: spans of lines with a parent. Everything that reads a page (body,
title, catalogue block, breadcrumb, attachments) looks at this flow instead of walking the tree again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sites.reading.labels import words

_SKIP = frozenset(
    words(
        """
    script style noscript template head title select option textarea button svg canvas input map object applet
    audio video datalist progress link
    """
    )
)
_INLINE_TAGS = frozenset(
    words(
        """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label lable mark nobr o:p output q rp
    rt ruby s samp small span st1:chmetcnv st1:chsdate strike strong sub sup time tt u var wbr meta
    """
    )
)
#: Boxes, like every element that no list names: these stand on every page.
_BLOCKS = words(
    """
    div p table tbody thead tfoot tr td ul ol li dl dt dd form center section article header main aside figure
    blockquote pre fieldset caption col colgroup
    """
)
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CHROME_TAGS = frozenset({"nav", "footer"})

#: What an element is to the walk: first those that are not gone into; then flags, also of what closing it undoes.
_SKIPPED, _BREAK, _PICTURE, _FRAME, _META, _COMMENT = range(6)
_OTHER, _INLINE, _LINKING, _BOLDING, _FURNISHING, _HIDING = 8, 16, 32, 64, 128, 256
_UNDONE = _LINKING | _BOLDING | _FURNISHING | _HIDING
_OPENED = 512


def _kinds() -> dict[str, int]:
    kinds = dict.fromkeys(_BLOCKS, _OTHER) | dict.fromkeys(_INLINE_TAGS, _OTHER | _INLINE)
    kinds["a"] |= _LINKING
    for names, flag in ((_BOLD, _BOLDING), (_CHROME_TAGS, _FURNISHING)):
        for name in names:
            kinds[name] = kinds.get(name, _OTHER) | flag
    kinds |= dict.fromkeys(_SKIP, _SKIPPED) | dict.fromkeys(("br", "hr"), _BREAK)
    kinds |= dict.fromkeys(("iframe", "embed", "frame"), _FRAME)
    return kinds | {"img": _PICTURE, "meta": _META}


_KINDS = _kinds()
_NONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WORD_BREAK = re.compile(r"(?<=[^\x00-\xff])[ \t\r\f]*\n\s*(?=[^\x00-\xff])")
#: A line longer than this is no line somebody typed.
_LONG = 65_536
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
#: What a CMS writes to mark its content is short; longer comments are markup somebody switched off.
_LONGEST_MARK = 400
_MARK = re.compile(r"(?:content|正文|内容|article|zoom)[^<>]{0,12}?(begin|start|end|开始|结束)", re.I)


@dataclass(slots=True)
class Line:
    """One line: its text (white space folded), the region it stands in, how many of its characters
    are inside links, whether all of it is bold, the innermost hidden region around it (-1: visible)."""

    text: str
    region: int
    link_chars: int = 0
    bold: bool = False
    hidden: int = -1
    links: tuple[LexborNode, ...] = ()
    image: LexborNode | None = None


@dataclass(slots=True)
class Region:
    """A block element: `first` and `last` (exclusive) are indexes of lines."""

    parent: int
    tag: str
    node: LexborNode
    first: int
    last: int = -1
    chrome: bool = False


@dataclass(slots=True)
class Flow:
    """All lines and regions in document order (a region's index is below its descendants').
    `tables` are the regions that are one;
    `marks` are the places (kind `start` or `end`, line) where a CMS says the content begins or ends."""

    tree: LexborHTMLParser
    lines: list[Line] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    frames: list[tuple[LexborNode, int]] = field(default_factory=list)
    tables: list[int] = field(default_factory=list)
    _by_tag: dict[str, dict[int, int]] = field(default_factory=dict)
    _spanning: set[int] | None = None

    def within(self, region: int, ancestor: int) -> bool:
        """Whether `region` is `ancestor` or inside it."""
        while region > ancestor:
            region = self.regions[region].parent
        return region == ancestor

    def common(self, one: int, other: int) -> int:
        """The innermost region around both."""
        while one != other:
            if one > other:
                one = self.regions[one].parent
            else:
                other = self.regions[other].parent
        return one

    def region_of(self, node: LexborNode) -> int | None:
        """The region that is this element, or None when it is inline or was skipped."""
        tag = node.tag or ""
        known = self._by_tag.get(tag)
        if known is None:
            alike = ((index, region) for index, region in enumerate(self.regions) if region.tag == tag or not index)
            known = self._by_tag[tag] = {region.node.mem_id: index for index, region in alike}
        return known.get(node.mem_id)

    @property
    def spanning(self) -> set[int]:
        """The `mem_id` of every element that declares a colspan or rowspan."""
        if self._spanning is None:
            self._spanning = {found.mem_id for found in self.tree.css("[colspan],[rowspan]")}
        return self._spanning

    def tables_inside(self, region: int) -> list[int]:
        """The tables inside a region."""
        after = bisect_right(self.tables, region)
        return list(takewhile(lambda table: self.within(table, region), self.tables[after:]))

    def inside(self, region: int) -> Iterator[tuple[int, Region]]:
        """The regions inside a region, in document order, with their indexes."""
        for index in range(region + 1, len(self.regions)):
            found = self.regions[index]
            if found.parent < region:
                return
            yield index, found


def fold(text: str) -> str:
    """White space folded as a browser does; a line break of the source between two Chinese characters is nothing."""
    if len(text) > _LONG:
        return _fold_long(text)
    if text.isprintable():  # the common case: no line break, nothing zero-width, no white space but plain spaces
        return " ".join(text.split()) if " " in text else text
    text = text.strip()
    if text.isprintable():
        return " ".join(text.split()) if " " in text else text
    if "\n" in text:
        text = _WORD_BREAK.sub("", text)
    if not text.isascii() and _ZERO_WIDTH.search(text):
        text = _ZERO_WIDTH.sub("", text)
    return " ".join(text.split())


def _fold_long(text: str) -> str:
    # word by word, a text of a few megabytes would cost a hundred: folded piece by piece instead
    pieces = [text[start : start + _LONG] for start in range(0, len(text), _LONG)]
    for index, piece in enumerate(pieces):
        before = " " if piece[0].isspace() else ""
        after = " " if piece[-1].isspace() else ""
        pieces[index] = before + fold(piece) + after
    return "".join(pieces).replace("  ", " ").strip()


def flow_of(tree: LexborHTMLParser) -> Flow:
    """The flow of a parsed document. Reads the tree, never changes it; iterative, so depth is no limit."""
    root = tree.body or tree.root
    if root is None:
        return Flow(tree)
    flow = Flow(tree)
    hidden_nodes, bold_nodes = _styled(tree)
    styled = bool(hidden_nodes or bold_nodes)
    lines, regions = flow.lines, flow.regions
    regions.append(Region(-1, "body", root, 0))
    # the open elements, and what closing each of them undoes: flags, and above them the region it opened
    nodes: list[LexborNode] = []
    undo: list[int] = []
    concealed: list[int] = []  # the hidden region around each hidden element
    buffer: list[str] = []
    links: list[LexborNode] = []
    region, hidden, bold, linked, chrome = 0, -1, 0, 0, 0
    some_bold = some_plain = False
    chars_link = 0

    def flush() -> None:
        nonlocal some_bold, some_plain, chars_link
        if buffer:
            text = fold(buffer[0] if len(buffer) == 1 else "".join(buffer))
            buffer.clear()
            if text:
                line = Line(text, region, min(chars_link, len(text)), some_bold and not some_plain, hidden)
                if links:
                    line.links = tuple(links)
                    links.clear()
                    if linked:
                        links.append(line.links[-1])
                lines.append(line)
            elif links and not linked:
                links.clear()
            some_bold = some_plain = False
            chars_link = 0
        elif links and not linked:
            links.clear()

    node = root.first_child
    while True:
        if node is None:
            if not nodes:
                break
            closing = nodes.pop()
            flags = undo.pop()
            if flags:
                if flags >= _OPENED:
                    if buffer or links:
                        flush()
                    box = regions[flags // _OPENED]
                    count = len(lines)
                    if box.first == count:
                        lines.append(Line("", region, 0, False, hidden))
                        count += 1
                    box.last = count
                    region = box.parent
                if flags & _UNDONE:
                    if flags & _BOLDING:
                        bold -= 1
                    if flags & _LINKING:
                        linked -= 1
                    if flags & _HIDING:
                        hidden = concealed.pop()
                    if flags & _FURNISHING:
                        chrome -= 1
            node = closing.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content
            if not text or text.isspace():  # between blocks it is nothing
                if buffer and text:
                    buffer.append(text)
            else:
                buffer.append(text)
                if bold:
                    some_bold = True
                else:
                    some_plain = True
                if linked:
                    chars_link += len(text.strip())
            node = node.next
            continue
        kind = _KINDS.get(tag, -1)
        if kind < 0:
            kind = _unlisted(tag)
        if kind < _OTHER:
            if kind == _BREAK:
                if buffer or links:
                    flush()
            elif kind == _PICTURE:
                if buffer or links:
                    flush()
                lines.append(Line("", region, 0, False, hidden, tuple(links), node))
            elif kind == _FRAME:
                flow.frames.append((node, len(lines)))
            elif kind == _META:
                name = (node.attributes.get("name") or "").lower()
                if name in ("contentstart", "contentend"):
                    flush()
                    flow.marks.append(("end" if name == "contentend" else "start", len(lines)))
            elif kind == _COMMENT and node.is_comment_node:
                comment = node.comment_content
                mark = _MARK.search(comment) if comment and len(comment) <= _LONGEST_MARK else None
                if mark:
                    flow.marks.append((_end(mark[1]), len(lines) + bool(buffer)))
            node = node.next
            continue
        flags = kind & _UNDONE
        is_hidden = False
        if styled:
            identity = node.mem_id
            if identity in bold_nodes:
                flags |= _BOLDING
            is_hidden = identity in hidden_nodes
        if kind & _INLINE:
            if is_hidden:
                node = node.next
                continue
        else:
            if buffer or links:
                flush()
            opened = len(regions)
            if flags & _FURNISHING:
                chrome += 1
            regions.append(Region(region, tag, node, len(lines), -1, chrome > 0))
            region = opened
            if tag == "table":
                flow.tables.append(opened)
            if is_hidden:
                flags |= _HIDING
                concealed.append(hidden)
                hidden = opened
            flags |= opened * _OPENED
        if flags & _UNDONE:
            if flags & _BOLDING:
                bold += 1
            if flags & _LINKING:
                linked += 1
                links.append(node)
        nodes.append(node)
        undo.append(flags)
        node = node.first_child
    flush()
    regions[0].last = len(lines)
    return flow


def is_heading(flow: Flow, line: Line) -> bool:
    """Whether the line stands in an `<h1>`–`<h6>`."""
    return flow.regions[line.region].tag in _HEADINGS


def _styled(tree: LexborHTMLParser) -> tuple[set[int], set[int]]:
    """The elements whose own style hides them, and those it makes bold."""
    hidden: set[int] = set()
    bold: set[int] = set()
    for node in tree.css("[style]"):
        style = node.attrs["style"] or ""
        if ("isplay" in style or "isibility" in style or "ISPLAY" in style) and _NONE.search(style):
            hidden.add(node.mem_id)
        if "bold" in style:
            bold.add(node.mem_id)
    return hidden, bold


def _unlisted(tag: str) -> int:
    """What an element no table names is: a box of its own, but inline with a prefix, as Word writes them."""
    if not tag or tag[0] in "-!":
        return _COMMENT
    return _OTHER | _INLINE if ":" in tag else _OTHER


def _end(word: str) -> str:
    return "end" if word.lower() in ("end", "结束") else "start"

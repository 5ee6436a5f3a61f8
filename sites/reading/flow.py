"""A document as a flow of lines: one walk, every text node kept, structure remembered.

Text that stands on one line on the screen becomes one `Line`, however many spans it was typed in.
Block elements become `Region`s: spans of lines with a parent. Everything that reads a page (body,
title, catalogue block, breadcrumb, attachments) looks at this flow instead of walking the tree again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
_INLINE = frozenset(
    words(
        """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label lable mark nobr o:p output q rp
    rt ruby s samp small span st1:chmetcnv st1:chsdate strike strong sub sup time tt u var wbr meta
    """
    )
)
#: Elements that are not gone into: one look-up for the many that are.
_ALONE = _SKIP | {"br", "hr", "img", "iframe", "embed", "frame", "meta"}
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CHROME_TAGS = frozenset({"nav", "footer"})
_NONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WORD_BREAK = re.compile(r"(?<=[^\x00-\xff])[ \t\r\f]*\n\s*(?=[^\x00-\xff])")
#: A line longer than this is no line somebody typed.
_LONG = 65_536
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
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
    `marks` are the places (kind `start` or `end`, line) where a CMS says the content begins or ends."""

    lines: list[Line] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    by_node: dict[int, int] = field(default_factory=dict)
    marks: list[tuple[str, int]] = field(default_factory=list)
    frames: list[tuple[LexborNode, int]] = field(default_factory=list)

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
        return self.by_node.get(node.mem_id)


def fold(text: str) -> str:
    """White space folded as a browser does; a line break of the source between two Chinese characters is nothing."""
    if len(text) > _LONG:
        return _fold_long(text)
    if text.isprintable():  # the common case: no line break, nothing zero-width, no white space but plain spaces
        return " ".join(text.split()) if " " in text else text
    text = text.strip()
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
    flow = Flow()
    if root is None:
        return flow
    hidden_nodes = {
        node.mem_id
        for node in tree.css('[style*="isplay"],[style*="ISPLAY"],[style*="isibility"]')
        if _NONE.search(node.attributes.get("style") or "")
    }
    bold_nodes = {node.mem_id for node in tree.css('[style*="bold"]')}
    lines, regions, by_node = flow.lines, flow.regions, flow.by_node
    regions.append(Region(-1, "body", root, 0))
    by_node[root.mem_id] = 0
    # one frame an open element that must be closed: (node, region it opened or -1, bold?, link?, hidden before)
    stack: list[tuple[LexborNode, int, bool, bool, int]] = []
    buffer: list[str] = []
    links: list[LexborNode] = []
    region, hidden, bold, linked = 0, -1, 0, 0
    chars_bold = chars_plain = chars_link = 0

    def flush() -> None:
        nonlocal chars_bold, chars_plain, chars_link
        text = fold("".join(buffer))
        buffer.clear()
        if text:
            line = Line(text, region, min(chars_link, len(text)), chars_plain == 0 and chars_bold > 0, hidden)
            if links:
                line.links = tuple(links)
                links.clear()
                if linked:
                    links.append(line.links[-1])
            lines.append(line)
        elif links and not linked:
            links.clear()
        chars_bold = chars_plain = chars_link = 0

    node = root.first_child
    while True:
        if node is None:
            if not stack:
                break
            closing, opened, was_bold, was_link, before = stack.pop()
            if opened >= 0:
                if buffer or links:
                    flush()
                box = regions[opened]
                count = len(lines)
                if box.first == count:
                    lines.append(Line("", region, hidden=hidden))
                    count += 1
                box.last = count
                region = box.parent
                hidden = before
            if was_bold:
                bold -= 1
            if was_link:
                linked -= 1
            node = closing.next
            continue
        tag = node.tag
        if tag == "-text":
            text = node.text_content
            if text:
                buffer.append(text)
                size = len(text.strip())
                if bold:
                    chars_bold += size
                else:
                    chars_plain += size
                if linked:
                    chars_link += size
            node = node.next
            continue
        if not tag or tag[0] in "-!":
            if node.is_comment_node:
                mark = _MARK.search(node.comment_content or "")
                if mark:
                    flow.marks.append((_end(mark[1]), len(lines) + bool(buffer)))
            node = node.next
            continue
        if tag in _ALONE:
            if tag in _SKIP:
                node = node.next
                continue
            if tag in {"br", "hr"}:
                flush()
                node = node.next
                continue
            if tag == "img":
                flush()
                lines.append(Line("", region, hidden=hidden, image=node, links=tuple(links)))
                node = node.next
                continue
            if tag in ("iframe", "embed", "frame"):
                flow.frames.append((node, len(lines)))
                node = node.next
                continue
            if tag == "meta":
                name = (node.attributes.get("name") or "").lower()
                if name in ("contentstart", "contentend"):
                    flush()
                    flow.marks.append(("end" if name == "contentend" else "start", len(lines)))
                node = node.next
                continue
        identity = node.mem_id
        is_hidden = bool(hidden_nodes) and identity in hidden_nodes
        if is_hidden and tag in _INLINE:
            node = node.next
            continue
        is_link = tag == "a"
        is_bold = tag in _BOLD or identity in bold_nodes
        opened = -1
        if tag not in _INLINE:
            if buffer or links:
                flush()
            opened = len(regions)
            regions.append(Region(region, tag, node, len(lines), chrome=tag in _CHROME_TAGS or regions[region].chrome))
            by_node[identity] = opened
            region = opened
        before = hidden
        if is_hidden:
            hidden = opened
        if is_link:
            linked += 1
            links.append(node)
        bold += is_bold
        stack.append((node, opened, is_bold, is_link, before))
        node = node.first_child
    flush()
    regions[0].last = len(lines)
    return flow


def is_heading(flow: Flow, line: Line) -> bool:
    """Whether the line stands in an `<h1>`–`<h6>`."""
    return flow.regions[line.region].tag in _HEADINGS


def _end(word: str) -> str:
    return "end" if word.lower() in ("end", "结束") else "start"

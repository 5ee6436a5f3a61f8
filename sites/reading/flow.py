"""A document as a flow of lines: one walk, every text node kept, structure remembered.

Text that stands on one line on the screen becomes one line, however many spans it was typed in.
Block elements become regions: spans of lines with a parent. Everything that reads a page (body,
title, catalogue block, breadcrumb, attachments) looks at this flow instead of walking the tree again.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

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

#: What a node is to the walk: what is passed over, what ends a line, what is gone into: boxes and inline elements.
#: Flags say what these do to what is inside; the walk tells the plain ones first, as nearly all are.
_SKIPPED, _FRAME, _META, _COMMENT, _BREAK, _PICTURE, _BOX = range(7)
_INLINE, _LINKING, _BOLDING, _FURNISHING, _HIDING, _TABLE = 8, 16, 32, 64, 128, 256
#: The parser's number for text.
_TEXT = 2


def _kinds() -> dict[str, int]:
    kinds = dict.fromkeys(_BLOCKS, _BOX) | dict.fromkeys(_INLINE_TAGS, _INLINE)
    kinds["a"] |= _LINKING
    kinds["table"] |= _TABLE
    for names, flag in ((_BOLD, _BOLDING), (_CHROME_TAGS, _FURNISHING)):
        for name in names:
            kinds[name] = kinds.get(name, _BOX) | flag
    kinds |= dict.fromkeys(_SKIP, _SKIPPED) | dict.fromkeys(("br", "hr"), _BREAK)
    kinds |= dict.fromkeys(("iframe", "embed", "frame"), _FRAME)
    return kinds | {"img": _PICTURE, "meta": _META}


_KINDS = _kinds()
_NONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WORD_BREAK = re.compile(r"(?<=[^\x00-\xff])[ \t\r\f]*\n\s*(?=[^\x00-\xff])")
_MARK_NAMES = {"contentstart": "start", "contentend": "end"}
#: A line longer than this is no line somebody typed.
_LONG = 65_536
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
#: What a CMS writes to mark its content is short; longer comments are markup somebody switched off.
_LONGEST_MARK = 400
_MARK = re.compile(r"(?:content|正文|内容|article|zoom)[^<>]{0,12}?(begin|start|end|开始|结束)", re.I)


@dataclass(slots=True)
class Flow:
    """All lines and regions of a document in document order, in columns: a page has hundreds of each, and an object
    for every one of them would cost more than all that is ever asked of it.

    A line is an index into `texts` (white space folded), `places` (the region it stands in), `linked` (how many of its
    characters are inside links) and `hidden` (the innermost hidden region around it, -1: visible); `bold` holds the
    lines that are bold from end to end, `links` and `images` the elements of those that have any.

    A region is a block element, an index into `tags`, `nodes`, `parents`, `firsts` and `lasts` (its lines, the last one
    exclusive) and `ends` (the index after its last descendant; they follow it directly). `chrome` holds the regions in
    navigation and footers, `tables` those that are one. Region 0 is the body; all others have at least one line.

    `marks` are the places (kind `start` or `end`, line) where a CMS says the content begins or ends."""

    tree: LexborHTMLParser
    texts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    bold: set[int] = field(default_factory=set)
    links: dict[int, tuple[LexborNode, ...]] = field(default_factory=dict)
    images: dict[int, LexborNode] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    nodes: list[LexborNode] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    chrome: set[int] = field(default_factory=set)
    tables: list[int] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    frames: list[tuple[LexborNode, int]] = field(default_factory=list)
    _by_tag: dict[str, dict[int, int]] = field(default_factory=dict)
    _spanning: set[int] | None = None

    def within(self, region: int, ancestor: int) -> bool:
        """Whether `region` is `ancestor` or inside it."""
        return ancestor <= region < self.ends[ancestor]

    def common(self, one: int, other: int) -> int:
        """The innermost region around both."""
        while not one <= other < self.ends[one]:
            one = self.parents[one]
        return one

    def blank(self, region: int, hidden: int) -> None:
        """Add a line without text."""
        self.texts.append("")
        self.places.append(region)
        self.linked.append(0)
        self.hidden.append(hidden)

    def size(self, region: int) -> int:
        """How many lines a region has."""
        return self.lasts[region] - self.firsts[region]

    def said(self, region: int) -> list[str]:
        """The texts of a region's lines, those without any left out."""
        return [text for text in self.texts[self.firsts[region] : self.lasts[region]] if text]

    def region_of(self, node: LexborNode) -> int | None:
        """The region that is this element, or None when it is inline or was skipped."""
        tag = node.tag or ""
        known = self._by_tag.get(tag)
        if known is None:
            alike = (index for index, other in enumerate(self.tags) if other == tag or not index)
            known = self._by_tag[tag] = {self.nodes[index].mem_id: index for index in alike}
        return known.get(node.mem_id)

    @property
    def spanning(self) -> set[int]:
        """The `mem_id` of every element that declares a colspan or rowspan."""
        if self._spanning is None:
            self._spanning = {found.mem_id for found in self.tree.css("[colspan],[rowspan]")}
        return self._spanning

    def tables_inside(self, region: int) -> list[int]:
        """The tables inside a region."""
        return self.tables[bisect_right(self.tables, region) : bisect_left(self.tables, self.ends[region])]


def fold(text: str) -> str:
    """White space folded as a browser does; a line break of the source between two Chinese characters is nothing."""
    if len(text) > _LONG:
        return _fold_long(text)
    text = text.strip()
    if text.isprintable():  # the common case: no line break, nothing zero-width, no white space but plain spaces
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
    flow = Flow(tree)
    root = tree.body or tree.root
    if root is None:
        return flow
    texts, places, linked, hidden = flow.texts, flow.places, flow.linked, flow.hidden
    tags, parents, firsts, lasts, ends = flow.tags, flow.parents, flow.firsts, flow.lasts, flow.ends
    styles = _styles(tree)
    known: dict[int, tuple[str, int]] = {}  # tags and kinds by the parser's number, which costs less than the name
    # around the node: the open elements and their kinds, the hidden regions, and how many make bold, link, furnish
    nodes, kinds, concealed = [root], [0], [-1]
    region = bold = linking = furniture = 0
    # the line being read: its pieces, its links, how many of its characters they hold, and how it is printed
    pieces: list[str] = []
    links: list[LexborNode] = []
    chars = 0
    some_bold = some_plain = False

    tags.append("body")
    flow.nodes.append(root)
    parents.append(-1)
    for column in (firsts, lasts, ends):
        column.append(0)
    node = root.first_child
    while True:
        # first what ends no line (text, inline elements, what is passed over): each finds the next node itself
        if node is None:
            node = nodes.pop()
            kind = kinds.pop()
            if kind >= _INLINE and kind & _INLINE:
                if kind > _INLINE:
                    linking -= kind & _LINKING
                    bold -= kind & _BOLDING
                node = node.next
                continue
            closes = True
        else:
            number = node.tag_id
            if number == _TEXT:
                text = node.text_content
                node = node.next
                if not text or text.isspace():  # between boxes it is nothing
                    if text and pieces:
                        pieces.append(text)
                    continue
                pieces.append(text)
                if bold:
                    some_bold = True
                else:
                    some_plain = True
                if linking:
                    chars += len(text.strip())
                continue
            if number not in known:
                known[number] = _known(node)
            tag, kind = known[number]
            if number in styles and kind >= _BOX:
                kind |= styles[number].get(node.mem_id, 0)
            if kind >= _INLINE and kind & _INLINE:
                if kind > _INLINE:
                    if kind & _HIDING:
                        node = node.next
                        continue
                    if kind & _LINKING:
                        linking += _LINKING
                        links.append(node)
                    bold += kind & _BOLDING
                nodes.append(node)
                kinds.append(kind)
                node = node.first_child
                continue
            if kind < _BREAK and not (kind == _META and _mark_name(node)):
                if kind == _FRAME:
                    flow.frames.append((node, len(texts)))
                elif kind == _COMMENT and (mark := _mark_said(node)):
                    flow.marks.append((mark, len(texts) + bool(pieces)))
                node = node.next
                continue
            closes = False

        # a box opens or closes, or something stands between two lines: the line being read is over
        if pieces:
            text = pieces[0] if len(pieces) == 1 else "".join(pieces)
            pieces.clear()
            if " " in text or not text.isprintable():  # else there is nothing to fold
                text = fold(text)
            if text:
                if links:
                    flow.links[len(texts)] = tuple(links)
                    if linking:
                        del links[:-1]  # the one that is still open goes on in the next line
                if some_bold and not some_plain:
                    flow.bold.add(len(texts))
                texts.append(text)
                places.append(region)
                hidden.append(concealed[-1])
                linked.append(chars if chars < len(text) else len(text))
            chars = 0
            some_bold = some_plain = False
        if links and not linking:
            links.clear()

        if closes:
            if nodes and firsts[region] == len(texts):
                flow.blank(region, concealed[-1])
            lasts[region] = len(texts)
            ends[region] = len(tags)
            if not nodes:
                return flow
            region = parents[region]
            if kind > _BOX:
                bold -= kind & _BOLDING
                furniture -= kind & _FURNISHING
                if kind & _HIDING:
                    concealed.pop()
            node = node.next
        elif kind >= _BOX:
            parents.append(region)
            region = len(tags)
            tags.append(tag)
            flow.nodes.append(node)
            firsts.append(len(texts))
            lasts.append(0)
            ends.append(0)
            if kind > _BOX:
                if kind & _TABLE:
                    flow.tables.append(region)
                bold += kind & _BOLDING
                furniture += kind & _FURNISHING
                if kind & _HIDING:
                    concealed.append(region)
            if furniture:
                flow.chrome.add(region)
            nodes.append(node)
            kinds.append(kind)
            node = node.first_child
        else:
            if kind == _PICTURE:
                flow.images[len(texts)] = node
                if links:
                    flow.links[len(texts)] = tuple(links)
                flow.blank(region, concealed[-1])
            elif kind == _META:
                flow.marks.append((_mark_name(node), len(texts)))
            node = node.next


def is_heading(flow: Flow, line: int) -> bool:
    """Whether the line stands in an `<h1>`–`<h6>`."""
    return flow.tags[flow.places[line]] in _HEADINGS


def _styles(tree: LexborHTMLParser) -> dict[int, dict[int, int]]:
    """What the elements' own styles make of them, hidden or bold: number of the tag → `mem_id` → flags."""
    found: dict[int, dict[int, int]] = {}
    for node in tree.css("[style]"):
        flags = _style(node.attrs["style"] or "")
        if flags:
            found.setdefault(node.tag_id, {})[node.mem_id] = flags
    return found


@lru_cache(maxsize=1024)
def _style(style: str) -> int:
    # a few dozen styles make a page
    return (_HIDING if _NONE.search(style) else 0) | (_BOLDING if "bold" in style else 0)


def _known(node: LexborNode) -> tuple[str, int]:
    tag = node.tag or ""
    kind = _KINDS.get(tag)
    return tag, _unlisted(tag) if kind is None else kind


def _mark_name(node: LexborNode) -> str:
    """What a `<meta name=ContentStart>` marks, `start` or `end`; '' for any other."""
    return _MARK_NAMES.get((node.attributes.get("name") or "").lower(), "")


def _mark_said(node: LexborNode) -> str:
    """What a comment marks."""
    comment = node.comment_content if node.is_comment_node else None
    mark = _MARK.search(comment) if comment and len(comment) <= _LONGEST_MARK else None
    return _end(mark[1]) if mark else ""


def _unlisted(tag: str) -> int:
    """What an element no table names is: a box of its own, but inline with a prefix, as Word writes them."""
    if not tag or tag[0] in "-!":
        return _COMMENT
    return _INLINE if ":" in tag else _BOX


def _end(word: str) -> str:
    return "end" if word.lower() in ("end", "结束") else "start"

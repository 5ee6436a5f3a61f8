"""What every format's reader ends with: blocks in reading order → `Extracted`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sites.model import Block, Extracted, Link, Metadata, Table

#: A section heading stands alone on its line and is short; a longer line that begins with an ordinal
#: is a paragraph whose first sentence happens to be numbered.
LONGEST_HEADING = 40
#: A title printed over several lines: no more lines and characters than this.
TITLE_LINES = 4
LONGEST_TITLE = 80

_ORDINAL = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百]+[章节部分]|[一二三四五六七八九十]{1,3}\s*[、.．,，]|[（(][一二三四五六七八九十]{1,3}[）)])"
)
_SENTENCE_END = re.compile(r"[。；;！!？?，,：:]$")
#: Where a title stops: the report's own name, or the words after which only a body can follow.
_TITLE_END = re.compile(r"(?:年度报告|工作报告|年报|情况报告|报告|情况统计表|指南|目录|通知)(?:[（(].{1,12}[）)])?$")
_NOT_TITLE = re.compile(r"^(?:目\s*录|附件\s*\d*[:：]?$|[\d\-—\s]+$|[（(]?\d{4}年\d{1,2}月)")


@dataclass(slots=True)
class Body:
    """A body as it is being read: blocks and tables in reading order."""

    blocks: list[Block] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    images: list[Link] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def add_text(self, text: str, *, heading: bool = False) -> None:
        """Add a paragraph, or a heading when it reads or is printed like one. Nothing when blank."""
        text = text.strip()
        if text:
            self.blocks.append(Block(kind="heading" if heading or is_heading(text) else "paragraph", text=text))

    def add_table(self, table: Table) -> None:
        """Add a table at this place of the body."""
        self.blocks.append(Block(kind="table", text=flatten(table), table=len(self.tables)))
        self.tables.append(table)

    def add_image(self, image: Link) -> None:
        """Add a picture at this place of the body."""
        self.blocks.append(Block(kind="image", text=image.name, image=len(self.images)))
        self.images.append(image)

    def flag(self, name: str) -> None:
        """Note something a reader should know, once."""
        if name not in self.flags:
            self.flags.append(name)

    def extracted(self, *, media_type: str, title: str = "", attachments: Sequence[Link] = ()) -> Extracted:
        """The body as a value. `title` is the document's own; by default the one printed on top."""
        blocks = tuple(self.blocks)
        return Extracted(
            title=title or title_of(blocks),
            text="\n".join(block.text for block in blocks if block.text),
            blocks=blocks,
            tables=tuple(self.tables),
            metadata=Metadata(),
            attachments=tuple(attachments),
            images=tuple(self.images),
            flags=tuple(self.flags),
            media_type=media_type,
        )


def is_heading(text: str) -> bool:
    """Whether a line is a numbered section heading standing alone."""
    return len(text) <= LONGEST_HEADING and bool(_ORDINAL.match(text)) and not _SENTENCE_END.search(text)


def starts_section(text: str) -> bool:
    """Whether a line begins with a section ordinal (一、 or （一）)."""
    return bool(_ORDINAL.match(text))


def flatten(table: Table) -> str:
    """A table as text: cells as printed joined by tabs, rows by newlines."""
    return "\n".join("\t".join(cell.text for cell in row) for row in table.printed_rows()).strip("\n")


def title_of(blocks: Sequence[Block]) -> str:
    """The title printed above the body: the leading lines up to the one that ends like a title, set
    together; '' when the text begins without one (many do)."""
    lines: list[str] = []
    for block in blocks[:TITLE_LINES]:
        if block.kind in ("table", "image") or _SENTENCE_END.search(block.text) or starts_section(block.text):
            break
        if _NOT_TITLE.match(block.text):
            if lines:
                break
            continue
        lines.append(block.text)
        title = _set_together(lines)
        if len(title) > LONGEST_TITLE:
            return ""
        if _TITLE_END.search(title):
            return title
    return lines[0] if lines and len(lines[0]) <= LONGEST_HEADING and "：" not in lines[0] else ""


def _set_together(lines: Sequence[str]) -> str:
    """Lines of one title; the spaces that spread its characters (年 度 报 告) are not part of it."""
    title = ""
    for line in lines:
        spread = re.sub(r"(?<=[^\x00-\x7f])\s+(?=\S)|(?<=\S)\s+(?=[^\x00-\x7f])", "", line)
        title += spread if not title or not (title[-1].isascii() and spread[0].isascii()) else f" {spread}"
    return title

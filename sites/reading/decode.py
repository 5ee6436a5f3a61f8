"""Bytes → text, without inventing a character.

The order is that of portals.md §9: an override, a byte order mark, the HTTP charset, the `<meta>`
charset of the first 4 KB, strict UTF-8, strict GB18030, Big5, and at last UTF-8 with U+FFFD in the
place of what cannot be read. `gb2312`, `gbk` and `cp936` are read as GB18030, their superset: a page
that declares gb2312 and holds 喆, · or —— is the common case, not the odd one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sites.errors import Unreadable
from sites.model import Page, Pairs

#: What reading a page may cost in memory, in bytes, and what a tag, an attribute and a byte of text cost (measured:
#: the parser's nodes and our own lines). A page that would cost more is no document anybody typed.
MAX_COST, _PER_TAG, _PER_ATTRIBUTE, _PER_BYTE = 45_000_000, 450, 270, 4

#: Elements opened and never closed nest, and parsers look through all that are open at every tag.
MAX_OPEN = 5_000
_MAY_STAY_OPEN = (
    b"<br",
    b"<img",
    b"<input",
    b"<meta",
    b"<link",
    b"<hr",
    b"<p",
    b"<li",
    b"<td",
    b"<tr",
    b"<th",
    b"<opt",
    b"<d",
)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_GB = frozenset({"gb2312", "gbk", "gb", "xgbk", "cp936", "ms936", "windows936", "936", "gb18030", "chinese", "euccn"})
_BIG5 = frozenset({"big5", "big5hkscs", "cp950", "xxbig5", "big5tw"})
_UTF8 = frozenset({"utf8", "u8", "unicode11utf8", "utf8mb4"})
#: What servers that know nothing say; believed only when nothing Chinese fits.
_LATIN = frozenset({"iso88591", "latin1", "usascii", "ascii", "windows1252", "cp1252", "iso885915"})

_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.I)
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:+-]+)", re.I)
#: What UTF-8 writes with three bytes and more.
_BEYOND_TWO_BYTES = re.compile("[^\x00-\u07ff]")
#: Frequent on every page of this kind; the decoding that shows more of them is the right one.
_FREQUENT = ("政府", "信息", "公开", "年", "的")
_FREQUENT_TRADITIONAL = ("政府", "資訊", "信息", "公開", "年", "的")
#: UTF-8 read as GBK turns the words every portal prints into these.
_MOJIBAKE = ("\ufffd", "棣栭", "鏀垮簻", "淇℃伅", "鍏紑", "骞村害", "锟斤拷", "ï¼", "â€œ", "ä¸­")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding that gave it (Python's name), and what went wrong on the way:
    `no-charset`, `declared-wrong`, `mojibake` (a part was broken before it reached us), `replaced`
    (some bytes fit nothing and stand as U+FFFD)."""

    text: str
    encoding: str
    flags: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "", override: str = "") -> Decoded:
    """Read `body`, whose HTTP `Content-Type` was `content_type`. `override` is a curator's word and
    is believed as far as the bytes allow. Never raises; U+FFFD appears only if no encoding fits."""
    if override and (name := _known(override)):
        text = _strict(body, name)
        if text is not None:
            return Decoded(text, name, _flags(text))
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            text = _strict(rest, encoding)
            if text is not None:
                return Decoded(text, encoding, _flags(text))
            if encoding != "gb18030":
                lossy = rest.decode(encoding, "replace")
                if "utf-16" in encoding or "utf-32" in encoding:
                    return Decoded(lossy, encoding, ("replaced",))
            body = rest
            break
    declared = [name for name in (_http(content_type), _meta(body)) if name]
    flags: list[str] = [] if declared else ["no-charset"]
    chosen = _choose(body, declared)
    if chosen is None:
        return _lossy(body, declared, flags)
    text, encoding = chosen
    if declared and encoding != declared[0] and not body.isascii():
        flags.append("declared-wrong")
    return Decoded(text, encoding, (*flags, *_flags(text)))


def page_of(
    *,
    url: str,
    body: bytes,
    headers: Iterable[tuple[str, str]] = (),
    status: int = 200,
    requested_url: str = "",
    context: Pairs = (),
    fetched_at: datetime | None = None,
    encoding: str = "",
) -> Page:
    """The `Page` of one answer. `encoding` is the section's override ('' for none).

    Raises `Unreadable` when parsing the markup would cost more than `MAX_COST`.
    """
    pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers)
    content_type = next((value for name, value in pairs if name.lower() == "content-type"), "")
    tags = body.count(b"<") if len(body) > MAX_OPEN else 0
    cost = len(body) * (_PER_TAG + _PER_BYTE)  # no page costs more: counted only where that is too much
    if cost > MAX_COST:
        cost = tags * _PER_TAG + body.count(b"=") * _PER_ATTRIBUTE + len(body) * _PER_BYTE
    if tags > MAX_OPEN and _left_open(body, tags) > MAX_OPEN:
        raise Unreadable(f"{url}: thousands of elements are opened and never closed; kept, but not read")
    if cost > MAX_COST and tags:
        raise Unreadable(f"{url}: {tags} tags in {len(body)} bytes are too much to read; kept all the same")
    decoded = decode(body, content_type, encoding)
    return Page(
        url=url,
        requested_url=requested_url or url,
        status=status,
        headers=pairs,
        body=body,
        text=decoded.text,
        encoding=decoded.encoding,
        flags=decoded.flags,
        context=context,
        fetched_at=fetched_at,
    )


def _left_open(body: bytes, tags: int) -> int:
    lowered = body.lower()
    closed = lowered.count(b"</")
    divs = lowered.count(b"<div")  # `<d` stands for dd and dt
    optional = sum(lowered.count(name) for name in _MAY_STAY_OPEN) - divs
    return max(tags - 2 * closed - lowered.count(b"<!") - optional, divs - lowered.count(b"</div"))


def _known(label: str) -> str:
    """Python's name for a declared label ('' when it names nothing)."""
    key = re.sub(r"[^a-z0-9]", "", label.lower())
    if key in _GB:
        return "gb18030"
    if key in _BIG5:
        return "big5hkscs"
    if key in _UTF8:
        return "utf-8"
    if key in _LATIN:
        return "latin-1"
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    # bytes-to-bytes codecs (hex, zip) share the registry but give no text
    return name if name.startswith(("utf", "iso8859", "cp", "euc", "shift", "koi8", "hz", "big5", "gb")) else ""


def _http(content_type: str) -> str:
    found = _HTTP_CHARSET.search(content_type)
    return _known(found[1]) if found else ""


def _meta(body: bytes) -> str:
    found = _META_CHARSET.search(body, 0, 4096) or _XML_CHARSET.search(body, 0, 256)
    name = _known(found[1].decode("ascii", "ignore")) if found else ""
    # a document that reads its own <meta> byte by byte is not UTF-16, whatever it says
    return "" if name.startswith(("utf-16", "utf-32", "utf_16", "utf_32")) else name


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, UnicodeError):
        return None


def _choose(body: bytes, declared: list[str]) -> tuple[str, str] | None:
    """The strict reading to believe: the declared one, unless another shows more Chinese.

    Bytes that are valid UTF-8 beyond two-byte sequences are UTF-8 whatever was declared: GBK text hardly
    ever has that shape by chance, and pages that declare gb2312 and are UTF-8 are common. Short GBK words
    of two-byte shape (联通 is the famous one) are not enough.
    """
    trusted = [name for name in declared if name != "latin-1"]
    order = list(dict.fromkeys([*trusted, "utf-8", "gb18030"]))
    readings: dict[str, str] = {}
    for name in order:
        text = _strict(body, name)
        if text is None:
            continue
        if name == "utf-8" and (not readings or body.isascii() or _BEYOND_TWO_BYTES.search(text)):
            return text, name
        if name != "utf-8":
            readings[name] = text
    if readings:
        name = max(readings, key=lambda key: (_chinese(readings[key]), -order.index(key)))
        if _chinese(readings[name]):
            return readings[name], name
    # Big5 bytes nearly always pass as GB18030, as words nobody uses: only its own frequent words tell it
    big5 = _strict(body, "big5hkscs")
    if big5 is not None and (not readings or sum(map(big5.count, _FREQUENT_TRADITIONAL)) > 1):
        return big5, "big5hkscs"
    return (readings[name], name) if readings else None


def _lossy(body: bytes, declared: list[str], flags: list[str]) -> Decoded:
    """Nothing fits strictly: the reading with the fewest holes, then the most Chinese, is kept."""
    trusted = [name for name in declared if name != "latin-1"]
    names = dict.fromkeys([*trusted, "utf-8", "gb18030"])
    texts = {name: body.decode(name, "replace") for name in names}
    best = min(texts, key=lambda name: (texts[name].count("\ufffd"), -_chinese(texts[name])))
    if trusted and best != trusted[0]:
        flags.append("declared-wrong")
    return Decoded(texts[best], best, tuple(dict.fromkeys([*flags, "replaced", *_flags(texts[best])])))


def _chinese(text: str) -> int:
    return sum(text.count(word) for word in _FREQUENT)


def _flags(text: str) -> tuple[str, ...]:
    if text.isascii():
        return ()
    # a character is found in a fraction of the time that a word takes, and most texts hold none of these
    return ("mojibake",) if any(mark[0] in text and mark in text for mark in _MOJIBAKE) else ()

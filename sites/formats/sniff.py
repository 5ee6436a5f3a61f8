"""What a file is, by its first bytes, then by its inside, and only last by its name. Pure."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Final

#: Kinds of pictures.
IMAGES: Final = frozenset({"png", "jpg", "gif", "bmp", "webp", "tif"})

#: Media type of each kind, as stored in WARC records and `Extracted.media_type`.
MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "ofd": "application/ofd",
    "rtf": "application/rtf",
    "zip": "application/zip",
    "docbook": "application/docbook+xml",
    "html": "text/html",
    "text": "text/plain",
    "csv": "text/csv",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "tif": "image/tiff",
}

#: How far into a file its signature may stand: `%PDF` after a mail header or a byte order mark (the PDF
#: standard's own tolerance is 1,024 bytes).
HEAD = 1024

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gz"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names of streams in an OLE directory, UTF-16LE as they stand there.
_STREAMS: Final = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
)
_HTML = re.compile(
    rb"^(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|meta|title|div|table|p)\b",
    re.I | re.S,
)
_MHTML = re.compile(rb"^(?:MIME-Version:|From: <Saved by)", re.I)
_BY_NAME: Final = {
    "txt": "text",
    "text": "text",
    "csv": "csv",
    "htm": "html",
    "html": "html",
    "shtml": "html",
    "xhtml": "html",
    "md": "text",
}
_WPS_NAMES: Final = frozenset({"wps", "wpt", "et", "dps"})


#: Files that are never HTML.
_NEVER_HTML: Final = frozenset({"pdf", "docx", "xlsx", "pptx", "zip", "rar", "7z", "ofd"})
#: Names of files that Office itself, or a program that writes for it, may have saved as HTML.
_SAVED_AS_HTML: Final = frozenset({"doc", "dot", "xls", "ppt", "wps", "et", "rtf"})
#: What Word, Excel and WPS leave in the HTML they save.
_OFFICE = re.compile(
    rb"urn:schemas-microsoft-com:office|\bmso-|MsoNormal|WordSection|Microsoft (?:Word|Excel)|KSO_?\w", re.I
)


def is_page_in_place(body: bytes, kind: str, declared: str) -> bool:
    """Whether a web page stands where a file of this kind was asked for: an error page, a front page, a form to log in.

    Nearly every kind is never HTML. Word, Excel and WPS save HTML under their own names, and it is theirs when it says
    so, or when the server does not declare a web page (`declared` is its media type). Only for bytes that are HTML.
    """
    if kind in _NEVER_HTML:
        return True
    page = declared.partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"}
    return kind in _SAVED_AS_HTML and page and not (_OFFICE.search(body) or _MHTML.match(body.lstrip()))


def extension(name: str) -> str:
    """The extension of a file name or address without its query, lower case, no dot."""
    stem = re.split(r"[?#]", name, maxsplit=1)[0].rstrip(". ")
    match = re.search(r"\.([A-Za-z0-9]{1,5})$", stem)
    return match.group(1).lower() if match else ""


def sniff(body: bytes, name: str = "") -> str:
    """The kind of a file: `pdf docx xlsx pptx zip ofd doc xls ppt wps rtf html text csv docbook png jpg
    gif bmp webp tif rar 7z gz`, `encrypted` for an Office file under a password, '' when unknown.

    Bytes decide before the name: portals serve HTML error pages as .pdf, and Word saves HTML as .doc.
    """
    head = body[:HEAD].lstrip(b"\xef\xbb\xbf\x00 \t\r\n")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"BM") and len(body) > 26 and body[6:10] == b"\x00\x00\x00\x00":
        return "bmp"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if body.startswith(_OLE):
        return _ole_kind(body, name)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip_kind(body, name)
    if b"%PDF-" in body[:HEAD]:
        return "pdf"
    if head.startswith(b"<?xml") and re.search(rb"<(?:!DOCTYPE\s+)?(?:book|article)\b", body[: 2 * HEAD]):
        return "docbook"
    if _HTML.match(head) or _MHTML.match(head) or _is_utf16_html(body):
        return "html"
    by_name = _BY_NAME.get(extension(name), "")
    return by_name if by_name and _is_text(body) else ""


def _ole_kind(body: bytes, name: str) -> str:
    ext = extension(name)
    if ext in _WPS_NAMES:
        return "wps"
    for stream, kind in _STREAMS:
        if stream.encode("utf-16-le") + b"\x00\x00" in body:
            return kind
    return {"doc": "doc", "dot": "doc", "xls": "xls", "ppt": "ppt"}.get(ext, "wps")


def _zip_kind(body: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(body)) as members:
            names = set(members.namelist()[:10_000])
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError, EOFError):
        names = set()
    if not names:
        # A cut or damaged container keeps its kind by name, so that the reader can say what is wrong.
        ext = extension(name)
        return ext if ext in ("docx", "xlsx", "pptx", "ofd") else "zip"
    if "OFD.xml" in names:
        return "ofd"
    if "word/document.xml" in names or any(re.fullmatch(r"word/document\d*\.xml", member) for member in names):
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "ppt/presentation.xml" in names:
        return "pptx"
    return "zip"


def _is_utf16_html(body: bytes) -> bool:
    if body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    return bool(_HTML.match(body[2:HEAD].replace(b"\x00", b"").lstrip()))


def _is_text(body: bytes) -> bool:
    """No NUL in the beginning unless a byte order mark says why."""
    return body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" not in body[:4096]

"""One door for every format: recognise, then read or say why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Final

from sites.errors import Unreadable
from sites.formats.commas import read_csv
from sites.formats.sniff import IMAGES, MEDIA_TYPES, sniff
from sites.formats.text import read_text
from sites.model import Extracted
from sites.reading.decode import decode

#: Larger files than this are refused unread: the largest real report (scanned, 60 pages) was 30 MB.
MAX_BYTES: Final = 64 * 1024 * 1024

#: Kind → the module and the function that reads it: loaded when the first such document comes, since most crawls see
#: pages and nothing else.
_READERS: Final = {
    "docx": ("docx", "read_docx"),
    "xlsx": ("xlsx", "read_xlsx"),
    "zip": ("archive", "read_zip"),
    "docbook": ("docbook", "read_docbook"),
}

#: Declared types that are believed where the bytes do not say, as the name such a file would have.
_DECLARED: Final = {"text/plain": "a.txt", "text/csv": "a.csv"}

_NOT_READ: Final = {
    "html": "an HTML page (an error page, a front page, a form to log in), not a document",
    "wps": "a WPS document: stored, not read",
    "ofd": "an OFD document: stored, not read",
    "doc": "a Word 97–2003 document: it needs an outside converter (antiword, catdoc or LibreOffice)",
    "xls": "an Excel 97–2003 workbook: it needs an outside converter (LibreOffice)",
    "ppt": "a PowerPoint 97–2003 file: stored, not read",
    "pptx": "a PowerPoint file: stored, not read",
    "rtf": "an RTF document: it needs an outside converter (LibreOffice)",
    "rar": "a RAR archive: stored, not opened",
    "7z": "a 7-Zip archive: stored, not opened",
    "gz": "a gzip file: stored, not opened",
    "encrypted": "an Office document under a password",
}


def read(body: bytes, *, media_type: str = "", name: str = "", url: str = "") -> Extracted:
    """Read a document by what its bytes are; `name`, `url` and `media_type` only help where the bytes do
    not say (plain text, CSV).

    Raises `Unreadable` with the reason: another format than its name says, encrypted, cut off, too
    large, or a format that nothing here reads (its `evidence` is the kind). Never returns a document
    without text.
    """
    if not body:
        raise Unreadable("the file is empty")
    if len(body) > MAX_BYTES:
        raise Unreadable(f"the file has {len(body):,} bytes; more than {MAX_BYTES:,} are not read")
    kind = sniff(body, name or url) or sniff(body, _DECLARED.get(media_type.partition(";")[0].strip().lower(), ""))
    if kind == "pdf":
        from sites.formats import image, pdf  # noqa: PLC0415 — loads pdfium

        return pdf.read_pdf(body, ocr=image.page_reader)
    if kind in IMAGES:
        from sites.formats.image import read_image  # noqa: PLC0415 — loads pdfium

        return read_image(body, media_type=MEDIA_TYPES[kind])
    if kind in ("text", "csv"):
        return _read_plain(body, kind, media_type, url)
    if kind in _READERS:
        module, function = _READERS[kind]
        reader: Callable[[bytes], Extracted] = getattr(import_module(f"sites.formats.{module}"), function)
        return reader(body)
    called = name or url or media_type or "the file"
    reason = _NOT_READ.get(kind, f"of no known format (it begins with {body[:8].hex(' ')})")
    raise Unreadable(f"{called} is {reason}", evidence=kind)


def _read_plain(body: bytes, kind: str, media_type: str, url: str) -> Extracted:
    decoded = decode(body, media_type)
    extracted = read_csv(decoded.text) if kind == "csv" else read_text(decoded.text, url=url)
    if not extracted.text:
        raise Unreadable("the text file is blank")
    flags = (flag for flag in decoded.flags if flag != "no-charset")  # no plain text file declares one
    return replace(extracted, flags=(*extracted.flags, *flags), media_type=MEDIA_TYPES[kind])

"""Pictures of tables and scanned pages, through the optional extra `ocr`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.paragraphs import add_pages
from sites.formats.pdf import PageReader
from sites.model import Extracted

_MISSING: Final = "the ocr extra is not installed: pip install 'gongkai[ocr]' (it needs libgl1 and libglib2.0-0)"


def is_available() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr_onnxruntime") is not None


def page_reader() -> PageReader | None:
    """What reads scanned pages of a PDF; None without the extra."""
    if not is_available():
        return None
    from sites.formats.picture import read_page  # noqa: PLC0415 — needs the extra, and a second to load

    return read_page


def read_image(body: bytes, *, media_type: str) -> Extracted:
    """Text and tables of a picture; every cell keeps the confidence of its recognition. Flag: `ocr`.

    Raises `Unreadable` without the extra, for damaged, tiny and oversized pictures, and for pictures in
    which no text is found.
    """
    if not is_available():
        raise Unreadable(f"a picture: {_MISSING}")
    from sites.formats.picture import read_picture  # noqa: PLC0415 — needs the extra, and a second to load

    result = Body(flags=["ocr"])
    add_pages(result, [read_picture(result, body)])
    if not result.blocks:
        raise Unreadable("no text was recognised in the picture")
    return result.extracted(media_type=media_type)

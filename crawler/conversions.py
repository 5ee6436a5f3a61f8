"""Answers that only an outside converter can read: converted once, the output kept beside the original."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from archive.store.archive import Archive
from archive.store.model import Capture, Exchange
from archive.store.warc import CONVERSION
from crawler.convert import CONVERTIBLE, Conversion, convert
from sites import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """An answer in a form that can be read: as it came, or with a converter's output in place of its payload."""

    exchange: Exchange
    conversion: Conversion | None = None

    def keep(self, archive: Archive, capture: Capture) -> Capture:
        """Keep a converter's output with the capture of the original; gives the capture that is read."""
        made = self.conversion
        if made is None:
            return capture
        made_by = f"{made.tool} {made.version}".strip()
        return archive.put_conversion(capture, media_type=made.media_type, body=made.body, made_by=made_by)


#: Conversions that were made elsewhere and wait for the step that keeps them.
_laid_down: dict[bytes, Conversion] = {}


def lay_down(body: bytes, made: Conversion) -> None:
    """Remember what a converter made of these bytes until `make_readable` asks for it."""
    _laid_down[_key(body)] = made


def _key(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def make_readable(exchange: Exchange, *, name: str = "") -> Readable:
    """Convert an answer whose bytes nothing here reads (.doc, .xls, .rtf); any other is readable as it is.

    Raises `ConverterMissing` and `ConversionFailed`. The result reads as the stored conversion will.
    """
    kind = formats.sniff(exchange.body, name or urlsplit(exchange.url).path)
    if exchange.status != 200 or kind not in CONVERTIBLE:
        return Readable(exchange=exchange)
    made = _laid_down.pop(_key(exchange.body), None) or convert(exchange.body, kind)
    headers = (("Content-Type", made.media_type),)
    converted = replace(exchange, method=CONVERSION, status=0, headers=headers, body=made.body)
    return Readable(exchange=converted, conversion=made)

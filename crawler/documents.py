"""Documents by their bytes: read where they stand, or found already read elsewhere (`crawler.apart`)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

from sites import formats
from sites.errors import SiteError, Unreadable
from sites.model import Extracted

#: Kinds (of `sites.formats.sniff`) that take seconds to read, or that native code reads: whatever their size.
_HEAVY: Final = frozenset({"pdf", *formats.IMAGES})
#: Kinds that take long when they are large: 300 KB of a Word file's XML take 50 ms.
_HEAVY_WHEN_LARGE: Final = frozenset({"docx", "xlsx", "zip", "docbook", "text", "csv"})
_LARGE: Final = 300_000

#: So many documents stay laid down: a report's files are read again together with its page, right after they came.
_KEPT: Final = 16

_laid_down: OrderedDict[bytes, Extracted | SiteError] = OrderedDict()


def is_heavy(body: bytes, kind: str) -> bool:
    """Whether a document of this kind is better read outside of the event loop."""
    return kind in _HEAVY or (kind in _HEAVY_WHEN_LARGE and len(body) > _LARGE)


def lay_down(body: bytes, read: Extracted | SiteError) -> None:
    """Remember what reading these bytes gave, or why it gave nothing."""
    _laid_down[_key(body)] = read
    while len(_laid_down) > _KEPT:
        _laid_down.popitem(last=False)


def read_document(body: bytes, *, media_type: str = "", name: str = "", url: str = "") -> Extracted:
    """`sites.formats.read`, or what was laid down for these bytes. Raises `Unreadable`."""
    found = _laid_down.get(_key(body)) if _laid_down else None
    if isinstance(found, SiteError):
        raise Unreadable(found.message, evidence=found.evidence)
    return found or formats.read(body, media_type=media_type, name=name, url=url)


def _key(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()

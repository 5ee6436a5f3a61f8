"""The whole records of a WARC file, whatever happened to the rest of it.

A record is a gzip member of its own, so what stands behind damage can still be read: the next member is looked
for, and its checksum says whether it is one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from archive.store.errors import DamagedCapture

#: How a gzip member begins: magic, deflate.
_MAGIC = b"\x1f\x8b\x08"
_BLOCK = 1 << 16


def members(path: Path) -> Iterator[tuple[int, int]]:
    """Offset and length of every whole gzip member, in order. Memory stays flat. Raises `DamagedCapture` when the
    file cannot be opened."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise DamagedCapture(f"{path}: cannot be read ({error}). Run gongkai verify.") from error
    with stream:
        offset = 0
        while (start := _next_magic(stream, offset)) is not None:
            length = _member(stream, start)
            if length:
                yield start, length
            offset = start + (length or 1)


def whole_length(path: Path) -> int:
    """Where the last whole member of a file ends; 0 when it holds none."""
    return max((offset + length for offset, length in members(path)), default=0)


def _next_magic(stream: IO[bytes], offset: int) -> int | None:
    stream.seek(offset)
    kept = b""
    while block := stream.read(_BLOCK):
        window = kept + block
        found = window.find(_MAGIC)
        if found >= 0:
            return offset - len(kept) + found
        offset += len(block)
        kept = window[-2:]
    return None


def _member(stream: IO[bytes], start: int) -> int:
    """The length of the member that begins here; 0 when it is torn or none."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
    stream.seek(start)
    read = 0
    try:
        while not inflater.eof:
            block = stream.read(_BLOCK)
            if not block:
                return 0
            read += len(block)
            data: bytes = block
            while data and not inflater.eof:
                inflater.decompress(data, _BLOCK)
                data = inflater.unconsumed_tail
    except zlib.error:
        return 0
    return read - len(inflater.unused_data)

"""Refuse PDFs that would take pdfium's memory or time, before it sees them. Pure.

Measured on pdfium 5.15: a content stream of `q` operators that inflates from 100 KB to 50 MB takes
8.5 GB; two forms that draw each other twice never end. Both are found from outside: streams are inflated
here with a bound, and the drawing of forms is counted without drawing. Real reports stay far below: a
page of text and tables has 20 to 300 KB of operators.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from sites.errors import Unreadable

#: Bytes of operators in one stream and in all of them. 2 MB of the worst operators cost pdfium 340 MB.
MAX_STREAM: Final = 2 * 1024 * 1024
MAX_STREAMS: Final = 24 * 1024 * 1024
#: A whole Chinese font has 10 to 20 MB.
MAX_FONT: Final = 40 * 1024 * 1024
#: Pixels of one picture (A4 at 600 dpi has 35 million).
MAX_PIXELS: Final = 60_000_000
#: Forms drawn by one page, forms inside forms counted as often as they are drawn.
MAX_DRAWN: Final = 20_000
#: A dictionary of a real stream is shorter.
_LONGEST_DICTIONARY: Final = 8_192

_OBJECT = re.compile(rb"(\d{1,10})[\s\x00]+\d{1,5}[\s\x00]+obj\b")
_STREAM = re.compile(rb"stream\r?\n")
_REFERENCE = re.compile(rb"/([^\s/<>\[\]()]{1,127})[\s\x00]*(\d{1,10})[\s\x00]+\d{1,5}[\s\x00]+R\b")
_DRAW = re.compile(rb"/([^\s/<>\[\]()]{1,127})[\s\x00]+Do\b")
_FONT_STARTS: Final = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf", b"%!", b"\x01\x00\x04")


class _Object(NamedTuple):
    dictionary: bytes
    content: bytes


def refuse_bombs(body: bytes) -> None:
    """Raise `Unreadable` when a stream inflates beyond any report's, or when forms multiply."""
    objects: dict[int, _Object] = {}
    total = 0
    for number, dictionary, start in _streams(body):
        if re.search(rb"/Subtype\s*/Image\b", dictionary):
            _refuse_pixels(dictionary)
            continue
        content = _inflated(body, dictionary, start)
        if not content.startswith(_FONT_STARTS):
            total += len(content)
            if len(content) > MAX_STREAM or total > MAX_STREAMS:
                raise Unreadable("the PDF is a bomb: its drawing instructions unpack to many times those of a report")
        if re.search(rb"/Type\s*/ObjStm\b", dictionary):
            objects.update(_packed(dictionary, content))
        else:
            objects[number] = _Object(dictionary, content)
    if b"Do" in body or any(b" Do" in entry.content for entry in objects.values()):
        _refuse_multiplied(body, objects)


def _streams(body: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Object number, dictionary and beginning of the data of every stream."""
    place = 0
    while (found := _STREAM.search(body, place)) is not None:
        place = found.end()
        before = body[max(0, found.start() - _LONGEST_DICTIONARY) : found.start()]
        if before.endswith(b"end"):
            continue
        heads = list(_OBJECT.finditer(before))
        if heads:
            yield int(heads[-1].group(1)), before[heads[-1].end() :], found.end()
            close = body.find(b"endstream", place)
            place = close if close >= 0 else place


def _inflated(body: bytes, dictionary: bytes, start: int) -> bytes:
    """The data of a stream, inflated as far as the bounds allow."""
    end = body.find(b"endstream", start)
    data = body[start : end if end >= 0 else len(body)]
    filters = re.findall(
        rb"/(FlateDecode|Fl|LZWDecode|LZW|RunLengthDecode|RL|ASCII85Decode|A85|ASCIIHexDecode|AHx)\b", dictionary
    )
    packed = [name for name in filters if not name.startswith(b"A")]
    if len(packed) > 1:
        raise Unreadable("the PDF packs a stream twice, as bombs do")
    if not packed:
        return data
    if packed[0] not in (b"FlateDecode", b"Fl"):
        # LZW unpacks at most 1,400-fold, run lengths 64-fold: bounded by what is there.
        if len(data) * (1_400 if packed[0].startswith(b"LZW") else 64) > 64 * MAX_STREAM:
            raise Unreadable("the PDF packs its drawing instructions in a way that no report does")
        return b""
    if len(filters) > len(packed):
        return b""  # armoured in ASCII as well: rare, old and small
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, MAX_STREAM + 1)
        if len(content) > MAX_STREAM and content.startswith(_FONT_STARTS):
            content += inflater.decompress(inflater.unconsumed_tail, MAX_FONT)
            if inflater.unconsumed_tail:
                raise Unreadable("the PDF holds a font larger than any: a bomb")
            return content[:16]
    except zlib.error:
        return b""  # damaged or encrypted: nothing that pdfium could inflate either
    return content


def _refuse_pixels(dictionary: bytes) -> None:
    width = re.search(rb"/Width\s+(\d{1,9})", dictionary)
    height = re.search(rb"/Height\s+(\d{1,9})", dictionary)
    if width and height and int(width[1]) * int(height[1]) > MAX_PIXELS:
        raise Unreadable(f"the PDF holds a picture of {int(width[1])} × {int(height[1])} pixels: a bomb")


def _packed(dictionary: bytes, content: bytes) -> Iterator[tuple[int, _Object]]:
    """The objects of an object stream: its head gives their numbers and places."""
    first = re.search(rb"/First\s+(\d{1,9})", dictionary)
    if first is None:
        return
    numbers = [int(word) for word in content[: int(first[1])].split() if word.isdigit()]
    places = [int(first[1]) + place for place in numbers[1::2]]
    for number, place, end in zip(numbers[::2], places, [*places[1:], len(content)], strict=False):
        yield number, _Object(content[place:end], b"")


def _refuse_multiplied(body: bytes, objects: dict[int, _Object]) -> None:
    """Count how often forms are drawn. Names are looked up in a form's own resources; a page's content
    has none, so there the largest form of that name counts."""
    loose = _loose(body)
    named: dict[bytes, set[int]] = {}
    forms = {number for number, entry in objects.items() if re.search(rb"/Subtype\s*/Form\b", entry.dictionary)}
    if not forms:
        return
    texts = [*loose.values(), *(entry.dictionary for entry in objects.values())]
    for text in texts:
        for name, number in _REFERENCE.findall(text):
            if int(number) in forms:
                named.setdefault(name, set()).add(int(number))
    drawn: dict[int, int] = {}

    def resources(number: int) -> dict[bytes, int]:
        text = objects[number].dictionary
        for _ in range(3):  # /Resources and /XObject may each be an object of its own
            further = [
                int(target)
                for name, target in _REFERENCE.findall(text)
                if name in (b"Resources", b"XObject") and (int(target) in loose or int(target) in objects)
            ]
            more = b" ".join(loose.get(target) or objects[target].dictionary for target in further)
            if not more or more in text:
                break
            text += b" " + more
        return {name: int(target) for name, target in _REFERENCE.findall(text) if int(target) in forms}

    def count(number: int, above: tuple[int, ...]) -> int:
        if number in above or len(above) > 40:
            raise Unreadable("the PDF is a bomb: a form draws itself")
        if number not in drawn:
            inner = resources(number)
            times = 1
            for name in _DRAW.findall(objects[number].content):
                if name in inner:
                    times += count(inner[name], (*above, number))
                if times > MAX_DRAWN:
                    raise Unreadable("the PDF is a bomb: its forms multiply")
            drawn[number] = times
        return drawn[number]

    for number in forms:
        count(number, ())
    for number, entry in objects.items():
        if number not in forms:
            times = sum(
                max((drawn[form] for form in named.get(name, ())), default=0) for name in _DRAW.findall(entry.content)
            )
            if times > MAX_DRAWN:
                raise Unreadable("the PDF is a bomb: its forms multiply")


def _loose(body: bytes) -> dict[int, bytes]:
    """Objects that are no streams, by number: what stands between `obj` and `endobj`."""
    loose: dict[int, bytes] = {}
    for found in _OBJECT.finditer(body):
        end = body.find(b"endobj", found.end(), found.end() + _LONGEST_DICTIONARY)
        text = body[found.end() : end if end >= 0 else found.end()]
        if text and b"stream" not in text:
            loose[int(found.group(1))] = text
    return loose

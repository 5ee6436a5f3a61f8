"""Office Open XML packages (docx, xlsx): bounded opening of their ZIP and XML. Pure."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final, Protocol

from lxml import etree

from sites.errors import Unreadable

#: The largest `document.xml` of a real report (whole tables, Word's revision marks) has 3 MB.
MAX_PART: Final = 16 * 1024 * 1024
#: A real package has under 500 members.
MAX_MEMBERS: Final = 5_000
#: XML of Office compresses up to 60 : 1; a bomb more than 500 : 1. Small parts may be as repetitive as they like.
MAX_RATIO: Final = 200
SMALL_PART: Final = 4 * 1024 * 1024
#: Elements of one part: a 500-page document stays below this; more costs seconds and hundreds of MB.
MAX_ELEMENTS: Final = 400_000

RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"


class Element(Protocol):
    """What is used of an lxml element (lxml ships no types). `tag` is no string for comments."""

    @property
    def tag(self) -> object:
        """The name with its namespace."""

    @property
    def text(self) -> str | None:
        """The text before the first child."""

    @property
    def tail(self) -> str | None:
        """The text after the element."""

    @property
    def attrib(self) -> Mapping[str, str]:
        """The attributes by name with namespace."""

    def __iter__(self) -> Iterator[Element]: ...

    def __reversed__(self) -> Iterator[Element]: ...

    def iter(self, tag: str | None = None, /) -> Iterator[Element]:
        """The element and all below it, in document order."""


class Package:
    """The parts of one file. Strict and transitional namespaces are read alike."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._kind = kind
        try:
            self._zip = zipfile.ZipFile(BytesIO(body))
            self._members = {info.filename: info for info in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise Unreadable(f"the {kind} is cut off or damaged: {error}") from error
        if len(self._members) > MAX_MEMBERS:
            raise Unreadable(f"the {kind} has {len(self._members)} members: a ZIP bomb, not a document")

    def names(self) -> list[str]:
        """The names of all parts."""
        return list(self._members)

    def part(self, name: str) -> bytes | None:
        """The bytes of a part, None when it is absent. Raises `Unreadable` for a bomb or damage."""
        info = self._members.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise Unreadable(f"the {self._kind} is encrypted: it asks for a password")
        if info.file_size > MAX_PART or info.file_size > max(MAX_RATIO * info.compress_size, SMALL_PART):
            raise Unreadable(f"{name} in the {self._kind} unpacks to {info.file_size:,} bytes: a bomb, not a document")
        try:
            return self._zip.read(info)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            OSError,
            NotImplementedError,
            EOFError,
            RuntimeError,
        ) as error:
            raise Unreadable(f"{name} in the {self._kind} is damaged: {error}") from error

    def xml(self, name: str) -> Element | None:
        """The root element of a part, None when it is absent.

        libxml2's own limits stand (no entities, at most 256 levels): tables nested 200 deep are refused.
        """
        data = self.part(name)
        if data is None:
            return None
        if data.count(b"<") > 2 * MAX_ELEMENTS:
            raise Unreadable(f"{name} in the {self._kind} has more than {MAX_ELEMENTS:,} elements")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root: Element = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(f"{name} in the {self._kind} is damaged: {error}") from error
        return root

    def targets(self, name: str) -> dict[str, str]:
        """Relation ids of a part → names of the parts they lead to (external ones left out)."""
        folder, leaf = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", leaf + ".rels"))
        if root is None:
            return {}
        targets: dict[str, str] = {}
        for relation in root.iter(f"{RELATIONS}Relationship"):
            target = relation.attrib.get("Target", "")
            if relation.attrib.get("TargetMode") != "External" and target:
                path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                targets[relation.attrib.get("Id", "")] = posixpath.normpath(path)
        return targets


def tag(element: Element) -> str:
    """The local name of an element; '' for comments and processing instructions."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute by its local name, whatever its namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


def child(element: Element, name: str) -> Element | None:
    """The first child with this local name."""
    return next((inner for inner in element if tag(inner) == name), None)


def number(text: str, default: int = 0) -> int:
    """A whole number as Office writes it, or `default` when it is none."""
    try:
        return int(text)
    except ValueError:
        return default

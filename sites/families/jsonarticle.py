"""An article that stands in one field of a JSON answer: its HTML, what the answer claims of it, its attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sites.families.jsonrows import TITLE_FIELDS, Row, text_in, without_surrogates
from sites.model import Claim, Link, Section
from sites.reading.dates import find_datetime
from sites.reading.urls import file_kind, resolve

_MARKUP = re.compile(r"<(?:p|div|table|span|html|body|br)\b", re.I)
_FIELDS: Final = (
    ("title", TITLE_FIELDS),
    ("index_number", ("indexno", "indexnumber", "identifier")),
    ("document_number", ("documentno", "documentnumber", "docno", "fileno")),
    ("issuer", ("docsource", "publisher", "source", "issuer", "agencytypename")),
    ("published_at", ("publishdate", "pubdate", "publishtime", "docreltime", "releasedate")),
    ("dated_on", ("builddate", "writedate", "docdate")),
)


def records(data: object, depth: int = 0) -> Iterator[Row]:
    """Every object of an answer, outermost first, five levels deep."""
    if isinstance(data, dict):
        yield data
        for value in data.values() if depth < 4 else ():
            yield from records(value, depth + 1)


def body_of(record: Row, section: Section | None) -> str:
    """The record's HTML: the named field, else its longest field that holds markup."""
    named = section.text_option("body_field") if section else ""
    texts = [str(value) for key, value in record.items() if isinstance(value, str) and named in {"", key}]
    marked = [text for text in texts if named or _MARKUP.search(text)]
    return without_surrogates(max(marked, key=len, default=""))


def claims_of(record: Row, title: str) -> list[Claim]:
    """What the record claims of its article (source `api`), times with +08:00."""
    claims: list[Claim] = []
    for field, names in _FIELDS:
        value = title if field == "title" else text_in(record, names)
        if field.endswith(("_at", "_on")) and value:
            moment = find_datetime(value)
            value = "" if moment is None else moment.isoformat() if field.endswith("_at") else moment.date().isoformat()
        if value:
            claims.append(Claim(field=field, value=value, source="api"))
    return claims


def files_of(record: Row, base: str) -> list[Link]:
    """Attachments that the answer lists beside the article."""
    found: list[Link] = []
    for key, value in record.items():
        rows = value if isinstance(value, list) and "attach" in key.lower() else []
        for row in rows:
            address = text_in(row, ("attachmenturl", "url", "fileurl", "path")) if isinstance(row, dict) else ""
            url = resolve(base, address) if address else None
            if url:
                name = text_in(row, ("attachmentname", "name", "filename", "title"))
                found.append(Link(url=url, name=name, kind=file_kind(url, name)))
    return found

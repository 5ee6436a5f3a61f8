"""How a report is cited, and what its page's metadata says of its own origin."""

from __future__ import annotations

import json
import re

from archive.store.queries import Row


def provenance(stored: object) -> dict[str, str]:
    """Field to where it was read from, out of the stored JSON ({} when there is none)."""
    try:
        value = json.loads(str(stored or "{}"))
    except ValueError:
        return {}
    if isinstance(value, dict):
        return {str(name): str(origin) for name, origin in value.items()}
    return {}


def breadcrumb(stored: object) -> str:
    """The breadcrumb as one line."""
    text = str(stored or "")
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return " › ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def of_report(row: Row, permalink: str) -> dict[str, str]:
    """The citation by GB/T 7714-2015 (an electronic announcement, [EB/OL]) and as BibTeX."""
    issuer = _line(row["issuer"] or row["name"] or row["body_name"])
    title = _line(row["title"])
    published = str(row["published_at"] or row["dated_on"] or "")[:10]
    seen = str(row["fetched_at"] or row["last_seen_at"])[:10]
    address = _line(row["page"])
    dated = f"({published})" if published else ""
    gbt = f"{issuer}. {title}[EB/OL]. {dated}[{seen}]. {address}."
    fields = {
        "author": f"{{{_tex(issuer)}}}",
        "title": _tex(title),
        "year": published[:4] or str(row["year"] or ""),
        "url": _tex(address),
        "urldate": seen,
        "note": _tex(f"gongkai: {permalink}"),
    }
    inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return {"gbt": gbt, "bibtex": f"@misc{{{row['body']}-{row['year']},\n{inner}\n}}"}


def _line(value: object) -> str:
    return re.sub(r"\s+", " ", str(value or "")).strip()


def _tex(text: str) -> str:
    return re.sub(r"[{}\\]", "", text)

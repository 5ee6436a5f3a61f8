"""Jinja for our pages: everything from the web is escaped, and cannot reorder the text around it."""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
CHINA = ZoneInfo("Asia/Shanghai")


def plain(value: object) -> object:
    """`value` without control characters and direction overrides (a title may hold U+202E)."""
    if value is None:
        return ""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    # not value.isascii(): Datasette's addresses are strings that look through all their methods for each that is asked
    if str.isascii(value) and str.isprintable(value):
        return value
    return "".join(
        char for char in value if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )


_CHINESE = re.compile(
    r"[\u3007\u3400-\u9fff\uf900-\ufaff][\u3000-\u303f\u3007\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]*"
)


def marked(value: object) -> Markup:
    """`value` escaped, with every run of Chinese in an element that says so to a screen reader."""
    text = str(plain(value))
    parts: list[Markup] = []
    end = 0
    for match in _CHINESE.finditer(text):
        parts += [escape(text[end : match.start()]), Markup('<span lang="zh-CN">{}</span>').format(match.group())]
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def weblink(url: object) -> str:
    """`url` when it is an ordinary web address, else '' (a `javascript:` URL is never a link)."""
    if not isinstance(url, str) or any(ord(char) <= 0x20 for char in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def number(value: object) -> str:
    """A count as people write it: 1,234; whole floats without a point; '' for None."""
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        return f"{int(value):,}" if value.is_integer() else f"{value:,.4f}".rstrip("0")
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(value: object) -> str:
    """A share (0 to 1) in whole per cent, never rounded up to all of it: 99.7 % is 99%; '' for None."""
    return f"{int(value * 100 + 1e-9)}%" if isinstance(value, int | float) else ""


def size(value: object) -> str:
    """A number of bytes with a unit a person reads: 12.3 MB; '' for None."""
    if not isinstance(value, int | float):
        return ""
    amount, unit = float(value), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"


def moment(value: object) -> str:
    """A stored time (ISO, aware) as China time to the minute; a plain date as it is."""
    text = str(value or "")
    if len(text) <= 10:
        return text
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return parsed.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if parsed.tzinfo else text[:16].replace("T", " ")


@functools.cache
def environment() -> Environment:
    """The one environment; templates are read once."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
        auto_reload=False,
    )
    made.filters.update(
        bytes=size,
        marked=marked,
        weblink=weblink,
        number=number,
        percent=percent,
        moment=moment,
        segment=lambda value: quote(str(value), safe=""),
    )
    made.globals["static"] = _static_path
    return made


@functools.cache
def _static_path(name: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for good."""
    stamp = int((STATIC / name).stat().st_mtime)
    return f"/-/gongkai/{name}?{stamp:x}"


def render(template: str, **values: object) -> str:
    """`template` filled with `values`."""
    return environment().get_template(template).render(**values)

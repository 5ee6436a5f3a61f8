"""Pages that are nothing but a script or a tag leading to another address (portals.md §8, "JS redirect")."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from sites.model import Page
from sites.reading.urls import canonical, resolve

#: More bytes than this, and the page says something itself.
LARGEST_FORWARD: Final = 2048
#: More visible words than this are a page, not 「正在跳转」.
_WORDS: Final = 80

_TO = re.compile(
    r"""(?:\b(?:window|self|top|document|parent)\s*\.\s*)?\blocation\s*
        (?:(?:\.\s*href)?\s*=\s*|\.\s*(?:replace|assign)\s*\(\s*)["']([^"'<>\\]+)["']\s*[;)\n\r}<]""",
    re.VERBOSE | re.IGNORECASE,
)
_REFRESH = re.compile(
    r"""<meta\b[^>]*http-equiv\s*=\s*["']?refresh["']?[^>]*content\s*=\s*["']?\s*\d*(?:\.\d+)?\s*;\s*url\s*=\s*
        ["']?([^"'\s>]+)""",
    re.VERBOSE | re.IGNORECASE,
)
#: A script that sets cookies or computes its target is a wall's: it is not followed.
_COMPUTED = re.compile(
    r"document\s*\.\s*cookie|\$_ts|eval\s*\(|atob\s*\(|XMLHttpRequest|setRequestHeader", re.IGNORECASE
)
_HIDDEN = re.compile(r"<(script|style|noscript|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)


def find_forward(page: Page) -> str | None:
    """The address a tiny page leads to, on its own host, or None. Only a target printed in the page counts."""
    text = page.text
    if page.status != 200 or not text or len(page.body) > LARGEST_FORWARD or _COMPUTED.search(text):
        return None
    if len("".join(_HIDDEN.sub(" ", text).split())) > _WORDS:
        return None
    targets = {found[1].strip() for pattern in (_REFRESH, _TO) for found in pattern.finditer(text + "\n")}
    if len(targets) != 1:
        return None
    url = resolve(page.url, targets.pop())
    if url is None or canonical(url) == canonical(page.url):
        return None
    return url if _name(url) == _name(page.url) else None


def _name(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")

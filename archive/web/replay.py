"""A captured page made harmless: nothing in it runs, and nothing in it can ask another host."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from archive.web.pointing import point_out
from sites.reading.decode import decode

#: Elements that run, embed, or make a browser ask for something before any policy is applied.
_DROPPED = (
    "script, link, base, iframe, frame, object, embed, applet, portal, audio, video, source, track, "
    "meta[http-equiv], template, noscript"
)
#: Attributes that name something to fetch or to run. `href` is dropped too: a replay leads nowhere.
_ATTRIBUTES = re.compile(
    r"^(?:on.*|src|srcset|href|xlink:href|action|formaction|ping|background|poster|data|dynsrc|lowsrc|srcdoc|manifest"
    r"|longdesc|usemap|autofocus|target)$",
    re.IGNORECASE,
)
_OUTSIDE_STYLE = re.compile(r"url\s*\(|@import|expression\s*\(|image-set\s*\(", re.IGNORECASE)


def harmless(body: bytes, content_type: str, *, cell: str = "") -> str:
    """The page as UTF-8 HTML with its words, tables and inline look, and nothing active. `cell` is the key of a
    number to mark in it (`archive.web.pointing`).

    The answer still carries the policy `archive.web.headers.REPLAY`; either alone would hold.
    """
    text = decode(body, content_type).text
    tree = LexborHTMLParser(text)
    for node in tree.css(_DROPPED):
        node.decompose()
    for node in tree.css("style"):
        if _OUTSIDE_STYLE.search(node.text() or ""):
            node.decompose()
    for node in tree.css("*"):
        for name, value in list(node.attributes.items()):
            if _ATTRIBUTES.match(name) or (name.lower() == "style" and _OUTSIDE_STYLE.search(value or "")):
                del node.attrs[name]
    for node in tree.css("meta[charset]"):
        node.decompose()
    if cell:
        point_out(tree, cell)
    return f'<!doctype html>\n<meta charset="utf-8">\n{tree.html or ""}'

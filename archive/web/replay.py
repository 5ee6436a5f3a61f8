"""A captured page made harmless: nothing in it runs, and nothing in it can ask another host."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from archive.reports.masking import mask
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


def harmless(body: bytes, content_type: str, *, cell: str = "", masked: bool = False) -> str:
    """The page as UTF-8 HTML with its words, tables and inline look, and nothing active. `cell` is the key of a
    number to mark in it (`archive.web.pointing`).

    With `masked`, telephone numbers and addresses are taken out as they are from texts.
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
    if masked:
        _mask(tree)
    return f'<!doctype html>\n<meta charset="utf-8">\n{tree.html or ""}'


def _mask(tree: LexborHTMLParser) -> None:
    """Mask what stands in one piece of text, or in the words of an attribute; comments go, nobody sees them."""
    assert tree.root is not None
    for node in list(tree.root.traverse(include_text=True)):
        if node.tag == "-comment":
            node.decompose()
        elif node.tag == "-text":
            words = node.text_content or ""
            if (shown := mask(words)) != words:
                node.replace_with(shown)
        else:
            for name in ("title", "alt", "value", "placeholder", "content"):
                words = node.attributes.get(name) or ""
                if words and (shown := mask(words)) != words:
                    node.attrs[name] = shown

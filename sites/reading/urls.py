"""Addresses: one canonical form for one place, and every dirt of portals.md §11 resolved.

Two addresses that differ only in what servers ignore (scheme, `www.`, default port, `index.html`,
session ids, cache busters, the mobile twin) have one canonical form; whatever may name another
document (path case, column, article and query ids, routes in the fragment) is kept.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

#: Query parameters that never choose a document: cache busters, sessions, campaign and tracking marks.
_NOISE = frozenset(
    {
        "_",
        "_t",
        "random",
        "rand",
        "rnd",
        "timestamp",
        "jsessionid",
        "phpsessid",
        "sessionid",
        "spm",
        "from",
        "isappinstalled",
        "utm_source",
        "utm_medium",
        "utm_campaign",
    }
)
#: `t` and `sid` are cache busters only when their value looks like one (a clock or a fraction); elsewhere they are ids.
_MAYBE_NOISE = frozenset({"t", "sid", "v", "r"})
_CLOCK = re.compile(r"($|0?\.\d{3,}|1[4-9]\d{8}(\d{3})?$)")
_SESSION = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#;]*", re.I)
_INDEX = re.compile(r"/(index|default)\.(s?html?|jsp|aspx?|php)$", re.I)
_MOBILE_POST = re.compile(r"/mpost_(\d+\.html)$")
_GATE = re.compile(r"^/gate/big5/([^/]+)(/.*)?$", re.I)
_SPACE = re.compile(r"[\s\u200b\ufeff]+|%0[aAdD]|%09")
_SCRIPT_PATH = re.compile(
    r"""['"]\s*((?:https?:)?/{1,2}[^'"\s]+|\.{0,2}/?[\w./%-]+\.(?:s?html?|jsp|aspx?|php|pdf|docx?|xlsx?)[^'"]*)\s*['"]"""
)
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+(?:\?[A-Za-z0-9_.=&/-]+)?")
_SCRIPTED = re.compile(r"(?:window\.)?(?:open\s*\(|location(?:\.href)?\s*=)")
_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):")
#: Full-width characters typed into addresses.
_WIDE = str.maketrans(
    {"．": ".", "：": ":", "／": "/", "？": "?", "＝": "=", "＆": "&", "＃": "#", "＿": "_", "－": "-", "\\": "/"}
)
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_QUERY = "/%:@!$&'()*+,;=~-._?[]{}|\""

_KINDS = {
    "pdf": "pdf",
    "doc": "doc",
    "docx": "docx",
    "wps": "wps",
    "ofd": "ofd",
    "xls": "xls",
    "xlsx": "xlsx",
    "et": "et",
    "ppt": "ppt",
    "pptx": "pptx",
    "zip": "zip",
    "rar": "rar",
    "7z": "7z",
    "csv": "csv",
    "rtf": "rtf",
    "txt": "txt",
    "jpg": "jpg",
    "jpeg": "jpg",
    "png": "png",
    "gif": "gif",
    "bmp": "bmp",
    "tif": "tif",
    "tiff": "tif",
    "webp": "webp",
}
_KIND_END = re.compile(r"\.([A-Za-z0-9]{1,4})$")
_KIND_INSIDE = re.compile(r"\.(pdf|docx?|wps|ofd|xlsx?|et|zip|rar)(?=$|[&#?;\s])", re.I)
_MAY_BE_FILE = re.compile(
    r"\.(?:pdf|docx?|wps|ofd|xlsx?|et|pptx?|zip|rar|7z|csv|rtf|txt)(?![a-z])|downl|downf|attach|fileid=|appendix", re.I
)
_DOWNLOAD = re.compile(
    r"/download\.jsp\?|downfile\.jsp|DownloadAttachUrl|[?&](?:wbfileid|fileid|attachid)=|/attach(?:ment)?/", re.I
)


@lru_cache(maxsize=4096)  # a page's address is looked up a dozen times while it is fetched and stored
def canonical(url: str) -> str:
    """The identity of an address: idempotent, loses nothing that may name another document.

    Scheme `http` and `https` are one (written `http`), the host is lower case without `www.`, default
    ports, session ids, cache busters and a closing `index.html` go; mobile twins become the article.
    The path keeps its case; a fragment stays only when it carries a route (`#2571`, `#/a`).
    """
    cleaned = unescape(_SPACE.sub("", url)).translate(_WIDE)
    try:
        parts = urlsplit(cleaned)
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port
    except ValueError:
        return cleaned
    if parts.scheme.lower() not in ("http", "https") or not host:
        return cleaned
    path = parts.path
    gate = _GATE.match(path)
    if gate and "." in gate[1]:
        host, path, port = gate[1].lower().split(":")[0], gate[2] or "/", None
    host = host.removeprefix("www.")
    if host.startswith("m.") and host.count(".") > 2:
        host = host[2:]
    path = _SESSION.sub("", path)
    path = _encode(_dots(path), _SAFE_PATH) or "/"
    path = _MOBILE_POST.sub(r"/post_\1", path)
    path = _INDEX.sub("/", path)
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    return urlunsplit(("http", netloc, path, _query(parts.query), _route(parts.fragment)))


def resolve(base: str, href: str) -> str | None:
    """The absolute http(s) address that `href` on the page `base` means, or None when it means none
    (`javascript:void(0)`, `#`, `mailto:`, an unusable address). Cleans entities, white space, backslashes, full-width
    characters and `javascript:open('…')`; percent-encodes as UTF-8; the fragment stays."""
    text = href.strip()
    if _PLAIN.fullmatch(text) and (plain := _plain(base, text)):
        return plain
    for _ in range(2):  # &amp;amp; occurs
        text = unescape(text)
    text = _SPACE.sub(
        lambda found: "" if found[0].startswith("%") or "\n" in found[0] or "\r" in found[0] else " ", text
    )
    text = text.strip().translate(_WIDE)
    if not text or text == "#":
        return None
    scheme = _SCHEME.match(text)
    if (scheme and scheme[1].lower() in ("javascript", "vbscript")) or _SCRIPTED.match(text):
        quoted = _SCRIPT_PATH.search(text)
        return resolve(base, quoted[1]) if quoted else None
    if scheme and scheme[1].lower() not in ("http", "https"):
        return None
    if scheme:
        text = re.sub(r"^(https?):/*", lambda found: found[1].lower() + "://", text, flags=re.I)
    try:
        joined = _join(base, text)
        parts = urlsplit(joined)
        host = parts.hostname
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or any(ch in host for ch in " <>\"'{}|^`%"):
        return None
    netloc = host if port is None else f"{host}:{port}"
    path = _encode(_dots(parts.path) or "/", _SAFE_PATH)
    return urlunsplit((parts.scheme, netloc, path, _encode(parts.query, _SAFE_QUERY), parts.fragment))


def _plain(base: str, text: str) -> str | None:
    """`resolve` for the links that most links are: nothing to clean, no scheme. None: the long way."""
    root, folder = _origin(base)
    if not root:
        return None
    if text[0] == "/":
        return None if text.startswith("//") or "//" in text or "/." in text else root + text
    while text.startswith("./"):
        text = text[2:]
    while text.startswith("../"):
        text, folder = text[3:], folder[: folder.rfind("/", 0, -1) + 1] or "/"
    if not text or text[0] in "/?" or "//" in text or "/." in text or text.startswith(".") or text.startswith("?"):
        return None
    return root + folder + text


@lru_cache(maxsize=256)
def _origin(base: str) -> tuple[str, str]:
    """Scheme and host of an address, and its folder with a closing slash; empty when it is no plain http address."""
    try:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", ""
    folder = parts.path[: parts.path.rfind("/") + 1] or "/"
    if (
        parts.scheme not in ("http", "https")
        or not _PLAIN.fullmatch(host)
        or not _PLAIN.fullmatch(folder)
        or "//" in folder
        or "/." in folder
    ):
        return "", ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), folder


def page_base(page_url: str, base_href: str | None) -> str:
    """What relative links of a page are relative to. A `<base href>` that leads to another host, to
    loopback or to an intranet address (templates copied from a test server) is not believed."""
    if not base_href:
        return page_url
    base = resolve(page_url, base_href)
    if base is None or is_private(base):
        return page_url
    return base if _bare_host(base) == _bare_host(page_url) else page_url


def in_scope(url: str, hosts: Iterable[str]) -> bool:
    """Whether the address belongs to one of `hosts` (or a sub-domain of one). `www.` and port are no difference;
    loopback, private and link-local addresses are out of scope unless listed themselves."""
    host = _bare_host(url)
    if not host:
        return False
    wanted = [entry.lower().split("/")[0].split(":")[0].removeprefix("www.") for entry in hosts]
    if host in wanted:
        return True
    return any(host.endswith("." + entry) for entry in wanted if entry and not _address(entry))


def is_private(url: str) -> bool:
    """Whether the host is an address no portal has: loopback, private, link-local, unspecified, `localhost`."""
    host = _bare_host(url)
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    address = _address(host)
    return address is not None and not address.is_global


def file_kind(url: str, name: str = "") -> str:
    """What kind of file a link leads to by its extension (`pdf`, `docx`, …), '' for a page. The name decides
    when the address hides it (`/system/_content/download.jsp?…`); an attachment of unknown kind is `file`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    found = _KIND_END.search(parts.path)
    if found and (kind := _KINDS.get(found[1].lower())):
        return kind
    hidden = _KIND_INSIDE.search(unquote(parts.query))
    if hidden:
        return _KINDS[hidden[1].lower()]
    if _DOWNLOAD.search(url):
        named = _KIND_INSIDE.search(name.strip())
        return _KINDS[named[1].lower()] if named else "file"
    return ""


def may_be_file(href: str) -> bool:
    """Whether a link as written could lead to a file at all: the cheap question before `resolve` and `file_kind`."""
    return bool(_MAY_BE_FILE.search(href))


def _bare_host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").lower().removeprefix("www.")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _join(base: str, text: str) -> str:
    # urllib.parse.urljoin drops what it does not know and keeps `../` above the root; done by hand, as browsers do
    origin: SplitResult = urlsplit(base)
    if _SCHEME.match(text):
        return text
    if text.startswith("//"):
        return f"{origin.scheme}:{text}"
    root = f"{origin.scheme}://{origin.netloc}"
    if text.startswith("/"):
        return root + text
    if text.startswith("?"):
        return root + (origin.path or "/") + text
    if text.startswith("#"):
        return root + (origin.path or "/") + (f"?{origin.query}" if origin.query else "") + text
    return root + (origin.path.rsplit("/", 1)[0] if "/" in origin.path else "") + "/" + text


def _dots(path: str) -> str:
    if "/." not in path and "//" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "." or (segment == "" and position > 0 and not last):
            if last:
                kept.append("")
            continue
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
            if last:
                kept.append("")
            continue
        kept.append(segment)
    return "/".join(kept) if len(kept) > 1 else "/" + "".join(kept)


def _encode(text: str, safe: str) -> str:
    # quote() would encode the % of what is encoded already; a lone % is dirt and becomes %25
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=safe, encoding="utf-8", errors="replace")


def _query(query: str) -> str:
    if not query:
        return ""
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        lowered = name.lower()
        if not pair or lowered in _NOISE or (lowered in _MAYBE_NOISE and _CLOCK.match(value)):
            continue
        kept.append(pair)
    return _encode("&".join(kept), _SAFE_QUERY)


def _route(fragment: str) -> str:
    return fragment if re.match(r"(\d+|[!/].*)$", fragment) else ""


def query_value(url: str, name: str) -> str:
    """The value of one query parameter, '' when absent."""
    try:
        return next((value for key, value in parse_qsl(urlsplit(url).query, keep_blank_values=True) if key == name), "")
    except ValueError:
        return ""

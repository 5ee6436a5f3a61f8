"""Which of http and https each host answers on: remembered, because portals move and links do not.

Only the web's own ports are meant: a port that stands in an address belongs to one scheme.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from archive.store.archive import Archive
from archive.store.model import Exchange
from sites.model import SiteSpec

#: Failures after which the other scheme is worth one try. A certificate that fails is no reason to go on without.
_WORTH_TRYING = {"http": frozenset({"reset", "timeout", "protocol"}), "https": frozenset({"reset", "timeout"})}


class Schemes:
    """The scheme each host answered on last; one try of the other one a host and night."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._tried: set[str] = set()

    def remember(self, archive: Archive, specs: Iterable[SiteSpec]) -> None:
        """Take from the archive on which scheme each portal's listings answered last."""
        for spec in specs:
            for section in spec.sections:
                both = [_with_scheme(section.url, scheme) for scheme in ("http", "https")]
                found = [capture for url in both if (capture := archive.last_capture(url)) is not None]
                if found:
                    self._learn(max(found, key=lambda capture: capture.id).url)

    def applied(self, url: str) -> str:
        """The address on the scheme its host answers on."""
        return _with_scheme(url, self._known.get(_host(url), ""))

    def second_try(self, url: str, reason: str) -> str | None:
        """The same address on the other scheme, when a failure of this kind makes it worth one try tonight."""
        scheme, host = urlsplit(url).scheme, _host(url)
        if not host or host in self._tried or reason not in _WORTH_TRYING.get(scheme, frozenset()):
            return None
        self._tried.add(host)
        return _with_scheme(url, "https" if scheme == "http" else "http")

    def answered(self, exchanges: Iterable[Exchange]) -> None:
        """Learn from what answered: a document, or a redirect to the same address on the other scheme."""
        for exchange in exchanges:
            if exchange.status < 300 or exchange.status in {304, 404, 410}:
                self._learn(exchange.url)

    def _learn(self, url: str) -> None:
        if host := _host(url):
            self._known[host] = urlsplit(url).scheme


def _host(url: str) -> str:
    """The host whose scheme may be chosen, '' for an address with a port of its own."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower() if parts.port is None and parts.scheme in _WORTH_TRYING else ""


def _with_scheme(url: str, scheme: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme=scheme)) if scheme and _host(url) else url

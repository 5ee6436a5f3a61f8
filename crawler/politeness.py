"""How a portal is treated: robots, pace, patience, budgets. Pure: time and chance are arguments.

Times here are seconds of a monotonic clock (so that a clock jump neither floods nor starves a
portal); only `parse_retry_after` needs the calendar. Rules: portals.md §8, §14 and robots.txt as in
RFC 9309, with the two habits of Chinese portals: an HTML page in the place of robots.txt means none,
a 5xx means "not now".
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from protego import Protego

#: Labels below a two-letter country domain that are themselves open to registration, as in
#: `shangyu.gov.cn`. The .cn list is CNNIC's: functional names, then the provinces.
_SECOND_LEVEL = frozenset([
    "com", "net", "org", "gov", "edu", "ac", "mil", "co",
    "ah", "bj", "cq", "fj", "gd", "gs", "gx", "gz", "ha", "hb", "he", "hi", "hk", "hl", "hn", "jl", "js",
    "jx", "ln", "mo", "nm", "nx", "qh", "sc", "sd", "sh", "sn", "sx", "tj", "tw", "xj", "xz", "yn", "zj",
])  # fmt: skip

#: Answers that say "too much" or "not now": the portal is asked again later, and more slowly.
BUSY = frozenset({429, 503})

#: Answers worth a second try. 521 and 412 are walls, 501 and 505 will not change by asking again.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


def politeness_key(url: str) -> str:
    """Who is being polite to: the registrable domain, so that `www.x.gov.cn`, `x.gov.cn` and
    `zwgk.x.gov.cn` share one pace. A loopback replica is told apart by its port, since every replica
    of a test lives at the same address; any other literal address stands for itself."""
    parts = urlsplit(url if "//" in url else "//" + url)
    host = (parts.hostname or "").rstrip(".").lower()
    address = find_address(host)
    if address is not None:
        return f"{host}:{parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)}" if address.is_loopback else host
    if is_loopback_host(host):
        return f"{host}:{parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)}"
    labels = host.split(".")
    registrable = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-registrable:])


_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)  # asked several times a request, of the same few hosts
def find_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The literal address a host is, or None when it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_loopback_host(host: str) -> bool:
    """True for names and literals that can only mean this machine."""
    address = find_address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def is_public_address(text: str) -> bool:
    """True when an address belongs to the public internet: not private, loopback, link-local, shared,
    multicast or reserved, also not when one of those hides in an IPv6 form (mapped, 6to4, Teredo)."""
    address = find_address(text)
    if address is None:
        return False
    hidden: list[ipaddress.IPv4Address] = []
    if isinstance(address, ipaddress.IPv6Address):
        hidden = [inner for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if inner]
        if address in _NAT64:
            hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped:
            return is_public_address(str(address.ipv4_mapped))
    return address.is_global and not address.is_multicast and all(is_public_address(str(inner)) for inner in hidden)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


# --- robots -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What a portal's robots.txt says. `state` is `rules` (it was read), `none` (there is none) or
    `pause` (the server could not say: nothing is asked of it tonight)."""

    state: Literal["rules", "none", "pause"] = "none"
    text: str = ""
    _parsed: list[Protego] = field(default_factory=list, compare=False, repr=False)

    def allows(self, url: str, agent: str) -> bool:
        """True when `agent` (the product name, not the whole header) may ask for `url`."""
        if self.state != "rules":
            return self.state == "none"
        return bool(self._rules().can_fetch(url, agent))

    def crawl_delay(self, agent: str) -> float | None:
        """The seconds between requests that robots.txt asks of `agent`, or None. Answers both
        `Crawl-delay` and `Request-rate`; the slower one counts."""
        if self.state != "rules":
            return None
        wishes: list[float] = []
        delay = self._rules().crawl_delay(agent)
        if delay is not None:
            wishes.append(float(delay))
        rate = self._rules().request_rate(agent)
        if rate is not None and rate.requests > 0:
            wishes.append(rate.seconds / rate.requests)
        return max((wish for wish in wishes if math.isfinite(wish) and wish >= 0), default=None)

    def _rules(self) -> Protego:
        if not self._parsed:
            self._parsed.append(Protego.parse(self.text))
        return self._parsed[0]


#: RFC 9309 §2.5: at least 500 KiB are read, what follows may be ignored.
_ROBOTS_BYTES = 512 * 1024


def parse_robots(status: int, media_type: str, body: bytes) -> Robots:
    """The meaning of an answer to `/robots.txt`. 4xx and every other non-success: none (RFC 9309
    §2.3.1.3). 5xx: pause. An HTML page (soft 404, portal shell), whatever its type says: none."""
    if status >= 500:
        return Robots(state="pause")
    if not 200 <= status < 300:
        return Robots()
    text = body[:_ROBOTS_BYTES].decode("utf-8-sig", "replace").replace("\x00", "")
    opening = text.lstrip()[:200].lower()
    if opening.startswith(("<!doctype", "<html", "<head", "<script", "<?xml", "<!--", "<meta", "<body")):
        return Robots()
    says_rules = "user-agent" in text.lower()
    if not says_rules and (media_type.partition(";")[0].strip().lower() not in {"text/plain", ""} or "<" in opening):
        return Robots()
    return Robots(state="rules", text=text) if says_rules else Robots()


# --- pace -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The numbers of politeness for one host. Seconds, counts and bytes; a budget of 0 is none.

    `jitter` is the share of the delay that chance may add. `slow_answer_seconds` is when an answer
    counts as a sign of strain. `patience_seconds` is the longest wait a request is worth: when a
    portal asks for more, it is left alone tonight. `breaker` failures in a row open the circuit.
    """

    delay_seconds: float = 2.0
    jitter: float = 0.5
    max_delay_seconds: float = 60.0
    slow_answer_seconds: float = 5.0
    back_off_seconds: float = 5.0
    patience_seconds: float = 120.0
    breaker: int = 5
    requests: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where a host stands tonight. `delay` is the present one, `strikes` bad answers in a row (each
    try counts), `failures` wishes given up in a row, `forgiven` those in a row before the last success,
    `held_until` a moment before which nothing is asked."""

    delay: float
    ended_at: float = -math.inf
    held_until: float = -math.inf
    strikes: int = 0
    failures: int = 0
    forgiven: int = 0
    requests: int = 0
    bytes: int = 0

    def next_allowed_at(self, manners: Manners, chance: float = 0.0) -> float:
        """When the next request may start: the delay after the end of the last one, lengthened by
        `chance` (0 to 1) of the jitter, and never before the host's own hold."""
        return max(self.ended_at + self.delay * (1 + manners.jitter * chance), self.held_until)

    def closed_because(self, manners: Manners, now: float) -> tuple[str, str] | None:
        """Why this host is left alone for the rest of the night, as (reason, words), or None."""
        if self.failures >= manners.breaker:
            return "circuit", f"{self.failures} failures in a row: the host is left alone tonight"
        if manners.requests and self.requests >= manners.requests:
            return "budget", f"tonight's {manners.requests} requests for this host are spent"
        if manners.bytes and self.bytes >= manners.bytes:
            return "budget", f"tonight's {manners.bytes} bytes from this host are spent"
        if self.held_until - now > manners.patience_seconds:
            return "wait", f"the host asked to be left alone for {self.held_until - now:.0f} s"
        return None


def starting_pace(manners: Manners, crawl_delay: float | None = None) -> Pace:
    """The pace of a host not asked yet; robots.txt may slow it down, never speed it up."""
    return Pace(delay=max(manners.delay_seconds, min(crawl_delay or 0.0, manners.max_delay_seconds)))


def after_answer(
    pace: Pace,
    manners: Manners,
    *,
    now: float,
    status: int,
    elapsed: float,
    size: int,
    base_delay: float,
    retry_after: float | None = None,
) -> Pace:
    """The pace after an answer. A busy or failing answer doubles the delay and holds the host for its
    Retry-After, or a back-off that doubles with every strike. A slow answer makes the delay at least
    as long as the answer took. A good answer wins a tenth back, down to `base_delay`."""
    pace = replace(pace, ended_at=now, requests=pace.requests + 1, bytes=pace.bytes + size)
    if status in BUSY or status in TRANSIENT:
        return _strike(pace, manners, now, slower=status in BUSY, retry_after=retry_after)
    if elapsed > manners.slow_answer_seconds:
        return replace(pace, strikes=0, delay=max(pace.delay, min(elapsed, manners.max_delay_seconds)))
    return replace(pace, strikes=0, delay=max(base_delay, pace.delay * 0.9))


def after_failure(pace: Pace, manners: Manners, *, now: float) -> Pace:
    """The pace after a try that brought no answer at all."""
    return _strike(replace(pace, ended_at=now, requests=pace.requests + 1), manners, now, slower=False)


def _strike(pace: Pace, manners: Manners, now: float, *, slower: bool, retry_after: float | None = None) -> Pace:
    strikes = pace.strikes + 1
    back_off = min(manners.back_off_seconds * 2.0 ** min(strikes - 1, 32), manners.patience_seconds)
    wait = back_off if retry_after is None else retry_after
    delay = min(pace.delay * 2, max(manners.max_delay_seconds, pace.delay)) if slower else pace.delay
    return replace(pace, strikes=strikes, delay=delay, held_until=max(pace.held_until, now + wait))


def after_wish(pace: Pace, *, failed: bool) -> Pace:
    """The pace after a wish was settled, all its retries included: failures in a row open the circuit."""
    if failed:
        return replace(pace, failures=pace.failures + 1)
    return replace(pace, failures=0, forgiven=pace.failures)


def after_wall(pace: Pace, manners: Manners, *, now: float, retry_after: float | None = None) -> Pace:
    """The pace after a reader recognised the last answer as a wall: slower, held, and a failure in the
    same row even though the answer had looked like a success."""
    pace = _strike(pace, manners, now, slower=True, retry_after=retry_after)
    return pace if pace.failures else replace(pace, failures=pace.forgiven + 1)


#: Nobody means a longer wait; a date centuries away must not overflow anything.
_LONGEST_WAIT = 7 * 86400.0


def parse_retry_after(value: str, now: datetime) -> float | None:
    """The seconds a `Retry-After` header asks for, from either of its forms (RFC 9110 §10.2.3: delta
    seconds or an HTTP date, which is measured against `now`, aware). None when it says neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)
    except OverflowError:
        return None

"""What can go wrong in fetching, named by who must act (the other half of `sites.errors`).

```
HarvestError
 + Unreachable   weather: DNS, TLS, timeout, reset; retried, then reported
 + Refused       robots, a spent budget, an open circuit, a forbidden address: leave it alone tonight
 + Oversized     the answer is larger than the configured limit; what came was thrown away
 + ConfigError   operator: config.toml or the command line is wrong; nothing was started
 + ClusterError  workers that cannot take part, or no cluster at all (`crawler.cluster.errors`)
```
"""

from __future__ import annotations


class HarvestError(Exception):
    """Base of what `crawler` raises on purpose. `kind` is the class written into `problems`."""

    kind = "harvest"

    def __init__(self, message: str, *, evidence: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.evidence = evidence


class Unreachable(HarvestError):
    """Nothing usable came back after all retries. `reason` is dns, tls, timeout, reset (refused or broken
    off), protocol (not HTTP, damaged encoding), or redirect (a loop, too many, no usable target)."""

    kind = "unreachable"

    def __init__(self, message: str, *, reason: str, evidence: str = "") -> None:
        super().__init__(message, evidence=evidence)
        self.reason = reason


class Refused(HarvestError):
    """This request must not be made tonight. `reason` is robots (robots.txt forbids it), pause (robots.txt
    could not be had), wait (the portal asked for more patience than a night has), circuit (too many failures in a
    row), budget (tonight's requests or bytes are spent), address (a private or local address), cluster
    (a host that may be another worker's)."""

    kind = "refused"

    def __init__(self, message: str, *, reason: str = "robots", evidence: str = "") -> None:
        super().__init__(message, evidence=evidence)
        self.reason = reason


class Oversized(HarvestError):
    """The answer would be larger than `max_response_bytes`."""

    kind = "oversized"


class ConfigError(HarvestError):
    """`config.toml` or the command line cannot be used. Names file, key, value and choices."""

    kind = "config"

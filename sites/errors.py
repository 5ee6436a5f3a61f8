"""What can go wrong in reading a portal, named by who must act.

```
SiteError
 + SpecError    curator: a portal's TOML is wrong (file, key, value, choices)
 + Drift        curator: the portal changed under its family or selectors
 + Absent       nobody: the portal itself says there is no document here (soft-404, empty year)
 + Challenged   nobody: a wall stands in the page's place; back off
 + ServerError  weather: the portal's own server failed (5xx)
 + Unreadable   nobody or operator: the bytes are not what they claim, damaged, encrypted or too large
```

A `SiteError` is raised instead of returning something empty: zero is a finding. None of them logs.
"""

from __future__ import annotations


class SiteError(Exception):
    """Base of everything `sites` raises on purpose. `kind` is the class written into `problems`."""

    kind = "site-error"

    def __init__(self, message: str, *, evidence: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.evidence = evidence


class SpecError(SiteError):
    """A portal or family definition is wrong. Names the file, the key, the value and the choices."""

    kind = "spec"

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        key: str = "",
        value: object = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        parts = [message]
        if file:
            parts.insert(0, f"{file}:")
        if key:
            parts.append(f"(key {key}" + (f" = {value!r}" if value is not None else "") + ")")
        if choices:
            parts.append("choices: " + ", ".join(choices))
        super().__init__(" ".join(parts))
        self.file = file
        self.key = key
        self.value = value
        self.choices = choices


class Drift(SiteError):
    """The page does not look as its family or its section's selectors say it must."""

    kind = "drift"


class Absent(SiteError):
    """The portal says, in whatever form, that there is no document here. `kind_of_absence` is
    `soft-404`, `empty`, `homepage`, or `maintenance`, which passes and proves nothing about the document."""

    kind = "absent"

    def __init__(self, message: str, *, kind_of_absence: str = "soft-404", evidence: str = "") -> None:
        super().__init__(message, evidence=evidence)
        self.kind_of_absence = kind_of_absence


class Challenged(SiteError):
    """A wall answered. `wall` is its class (`jsl`, `ruishu`, `waf`, `throttle`, `captcha`, `auth`,
    `needs-js`, `hijack`); `retry_after` seconds when the wall named a time."""

    kind = "wall"

    def __init__(self, message: str, *, wall: str, retry_after: float | None = None, evidence: str = "") -> None:
        super().__init__(message, evidence=evidence)
        self.wall = wall
        self.retry_after = retry_after


class ServerError(SiteError):
    """The portal's server failed: HTTP `status` 500 and above that no wall explains. It passes, or its
    operators mend it; it says nothing about the document."""

    kind = "server-error"

    def __init__(self, message: str, *, status: int, evidence: str = "") -> None:
        super().__init__(message, evidence=evidence)
        self.status = status


class Unreadable(SiteError):
    """The bytes cannot be read as what they are said to be: truncated, encrypted, a bomb, another
    format, or a format nothing here reads. The bytes are kept all the same."""

    kind = "unreadable"

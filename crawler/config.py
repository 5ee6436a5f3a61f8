"""`config.toml`, the operator's file, as frozen values. Strict: what is not understood is refused.

Precedence: defaults, then the file, then the command line (`dataclasses.replace` in the CLI); no
environment variable changes anything. Facts about portals live in the portals' own TOML.
"""

from __future__ import annotations

import math
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from importlib import metadata
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.errors import ConfigError
from crawler.politeness import Manners, is_loopback_host, politeness_key

#: Where the operator's file is looked for when none is named.
DEFAULT_PATH = Path("config.toml")

#: Contacts that reach nobody: what an example file might hold.
_PLACEHOLDER = re.compile(r"example\.|your[-_. ]|someone@|changeme|^(todo|none|n/a|test)$", re.IGNORECASE)

#: A crawler that calls itself a browser is not honest about who asks.
_DISGUISES = ("mozilla", "chrome", "safari", "msie", "baiduspider", "googlebot", "bingbot")


def _key(default: object, *, least: float, most: float | None = None) -> Any:  # noqa: ANN401 - as field() does
    """A numeric key: its default and its range, ends included."""
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConfig:
    """`[archive]`: where the archive lives and how much disk it leaves free."""

    path: Path = Path("data/archive.db")
    min_free_mb: int = _key(500, least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlConfig:
    """`[crawl]`: who asks, how politely, and how much is taken from one host in one night."""

    contact: str = ""
    user_agent: str = "gongkai"
    delay_seconds: float = _key(2.0, least=0, most=3600)
    jitter: float = _key(0.5, least=0, most=10)
    max_delay_seconds: float = _key(60.0, least=0, most=3600)
    slow_answer_seconds: float = _key(5.0, least=0.1, most=3600)
    back_off_seconds: float = _key(5.0, least=0, most=3600)
    patience_seconds: float = _key(120.0, least=0, most=86400)
    failures_before_pause: int = _key(5, least=1, most=1000)
    timeout_seconds: float = _key(30.0, least=0.05, most=3600)
    connect_timeout_seconds: float = _key(15.0, least=0.05, most=3600)
    answer_seconds: float = _key(300.0, least=0.05, most=86400)
    retries: int = _key(2, least=0, most=20)
    max_response_bytes: int = _key(33_554_432, least=1024)
    max_redirects: int = _key(5, least=0, most=50)
    respect_robots: bool = True
    hosts_at_once: int = _key(64, least=1, most=10_000)
    reading_processes: int = _key(0, least=0, most=64)
    requests_per_night_per_host: int = _key(3000, least=0)
    bytes_per_night_per_host: int = _key(2_000_000_000, least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitConfig:
    """`[revisit]`: how soon a page that is already known is asked for again."""

    mode: Literal["policy", "always"] = "policy"
    current_days: int = _key(7, least=1, most=3650)
    older_days: int = _key(180, least=1, most=3650)
    all_days: int = _key(365, least=1, most=3650)
    listing_days: int = _key(7, least=1, most=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """`[schedule]`: when the night begins and between which hours it may run."""

    hour: int = _key(0, least=0, most=23)
    minute: int = _key(30, least=0, most=59)
    timezone: str = "Asia/Shanghai"
    window_start: str = "00:00"
    window_end: str = "06:00"
    grace_hours: float = _key(5.0, least=0.1, most=24)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of every hour in this section."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesConfig:
    """`[sites]`: folders with the operator's own portals, and portals to leave out."""

    folders: tuple[Path, ...] = ()
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """`[[host]]`: what one host needs that others do not. `name` is a host, a host with its port, or a
    registrable domain. `why` must say why verification, TLS or the address guard is weakened."""

    name: str
    delay_seconds: float | None = _key(None, least=0, most=3600)
    tls: Literal["strict", "legacy"] = "strict"
    verify: bool = True
    address_allowed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyConfig:
    """`[privacy]`: whether telephone numbers, identity numbers and e-mail addresses stay out of texts and exports."""

    mask: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """`[serve]`: where Datasette listens, what visitors may do, and how a proxy stands in front."""

    host: str = "127.0.0.1"
    port: int = _key(8001, least=0, most=65535)
    sql: bool = True
    contact: str = ""
    base_url: str = "/"
    requests_per_second: float = _key(20.0, least=0, most=10_000)
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsConfig:
    """`[alerts]`: how an operator is told, and how much it takes."""

    command: tuple[str, ...] = ()
    webhook: str = ""
    webhook_shape: Literal["json", "wecom", "dingtalk", "slack"] = "json"
    webhook_secret_env: str = ""
    email_to: tuple[str, ...] = ()
    email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = _key(587, least=1, most=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password_env: str = ""
    heartbeat: str = ""
    heartbeat_command: tuple[str, ...] = ()
    after_nights: int = _key(2, least=1, most=30)
    thin_share: float = _key(0.5, least=0, most=1)
    history_nights: int = _key(14, least=1, most=400)
    stale_days: int = _key(14, least=1, most=400)
    digest_weekday: Literal["", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """`[cluster]`: how long a worker that is not heard of keeps its hosts."""

    lease_seconds: float = _key(60.0, least=1, most=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of `config.toml`. `source` is the file it came from, '' for the defaults."""

    archive: ArchiveConfig = ArchiveConfig()
    crawl: CrawlConfig = CrawlConfig()
    revisit: RevisitConfig = RevisitConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    sites: SitesConfig = SitesConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    serve: ServeConfig = ServeConfig()
    alerts: AlertsConfig = AlertsConfig()
    cluster: ClusterConfig = ClusterConfig()
    host: tuple[HostConfig, ...] = ()
    source: str = ""

    def host_entry(self, url: str) -> HostConfig | None:
        """The `[[host]]` entry for this URL: by host and port, by host, or by registrable domain."""
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        entries = {entry.name.lower(): entry for entry in self.host}
        wanted = (f"{name}:{parts.port}" if parts.port else name, name, politeness_key(url))
        return next((entries[candidate] for candidate in wanted if candidate in entries), None)

    def manners(self, url: str, *, delay_seconds: float | None = None) -> Manners:
        """The numbers of politeness for the host of `url`. A portal's own `delay_seconds` may only
        slow it down; the operator's `[[host]]` entry has the last word."""
        crawl, entry = self.crawl, self.host_entry(url)
        delay = max(crawl.delay_seconds, delay_seconds or 0.0)
        if entry is not None and entry.delay_seconds is not None:
            delay = entry.delay_seconds
        return Manners(
            delay_seconds=delay,
            jitter=crawl.jitter,
            max_delay_seconds=crawl.max_delay_seconds,
            slow_answer_seconds=crawl.slow_answer_seconds,
            back_off_seconds=crawl.back_off_seconds,
            patience_seconds=crawl.patience_seconds,
            breaker=crawl.failures_before_pause,
            requests=crawl.requests_per_night_per_host,
            bytes=crawl.bytes_per_night_per_host,
        )

    def user_agent_string(self) -> str:
        """The User-Agent header: product, version, and how to reach the operator."""
        try:
            version = metadata.version("gongkai")
        except metadata.PackageNotFoundError:
            version = "0"
        who = f"contact: {self.crawl.contact.strip()}" if self.crawl.contact.strip() else "no contact set"
        return f"{self.crawl.user_agent}/{version} (archive of public annual reports; {who})"

    def require_contact(self, hosts: Iterable[str]) -> None:
        """Raise `ConfigError` when one of `hosts` is beyond loopback and nobody could be reached about it."""
        beyond = sorted(host for host in hosts if not is_loopback_host(_host_of(host)))
        contact = self.crawl.contact.strip()
        if beyond and (not contact or _PLACEHOLDER.search(contact)):
            raise ConfigError(
                f"{self.source or DEFAULT_PATH}: [crawl] contact = {contact!r} reaches nobody, and {beyond[0]} "
                "is to be asked. Write an e-mail address or a web page where the portal's operators can reach you"
            )


def _host_of(host: str) -> str:
    return urlsplit(host if "//" in host else "//" + host).hostname or ""


def load(path: Path | None = None) -> Config:
    """The configuration in `path`, or in ./config.toml when no path is given and it exists, or the
    defaults. Relative paths in the file are relative to the file. Raises `ConfigError`."""
    if path is None:
        if not DEFAULT_PATH.is_file():
            return Config()
        path = DEFAULT_PATH
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; leave --config out to use the defaults") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    return parse_config(text, file=str(path), folder=path.parent)


def parse_config(text: str, *, file: str = "config.toml", folder: Path = Path()) -> Config:
    """The configuration written in `text`; `file` names it in errors, `folder` anchors its paths."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    config = _read(Config, {**table}, file=file, where="", folder=folder, extra={"source": file})
    _check(config, file)
    return config


def _check(config: Config, file: str) -> None:
    """What one key's type cannot say."""
    crawl, schedule = config.crawl, config.schedule
    agent = crawl.user_agent
    if not re.fullmatch(r"[A-Za-z0-9_-]{2,40}", agent) or agent.lower().startswith(_DISGUISES):
        raise _wrong(file, "crawl.user_agent", agent, "a product name of letters, digits, - and _, not a browser's")
    if not crawl.contact.isascii() or not crawl.contact.isprintable() or set("()<>\\") & set(crawl.contact):
        raise _wrong(file, "crawl.contact", crawl.contact, "an e-mail address or a web address in ASCII")
    if crawl.max_delay_seconds < crawl.delay_seconds:
        raise _wrong(file, "crawl.max_delay_seconds", crawl.max_delay_seconds, "at least crawl.delay_seconds")
    try:
        ZoneInfo(schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(file, "schedule.timezone", schedule.timezone, "a time zone such as Asia/Shanghai") from None
    for key in ("window_start", "window_end"):
        value = getattr(schedule, key)
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise _wrong(file, f"schedule.{key}", value, 'a time of day such as "00:00"')
    for key in ("webhook", "heartbeat"):
        value = getattr(config.alerts, key)
        if value and not value.startswith(("http://", "https://")):
            raise _wrong(file, f"alerts.{key}", value, "an address that begins with http:// or https://")
    _check_alerts(config.alerts, file)
    _check_serve(config.serve, file)
    names = [entry.name.lower() for entry in config.host]
    for entry in config.host:
        if not entry.name or "/" in entry.name:
            raise _wrong(file, "host.name", entry.name, "a host name without scheme and path")
        if names.count(entry.name.lower()) > 1:
            raise _wrong(file, "host.name", entry.name, "one [[host]] entry a host")
        if (entry.tls == "legacy" or not entry.verify or entry.address_allowed) and not entry.why.strip():
            raise _wrong(file, "host.why", entry.why, f"the reason why {entry.name} is trusted with less")


def _check_alerts(alerts: AlertsConfig, file: str) -> None:
    """E-mail needs a server and a sender; secrets are named, never written."""
    for address in (*alerts.email_to, *filter(None, [alerts.email_from])):
        if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", address):
            raise _wrong(
                file,
                "alerts.email_to" if address in alerts.email_to else "alerts.email_from",
                address,
                "an e-mail address",
            )
    if alerts.email_to:
        for key in ("smtp_host", "email_from"):
            if not getattr(alerts, key):
                raise _wrong(file, f"alerts.{key}", "", "a value: alerts.email_to is set")
    if alerts.smtp_user and not alerts.smtp_password_env:
        raise _wrong(
            file, "alerts.smtp_password_env", "", "the environment variable that holds alerts.smtp_user's password"
        )
    if alerts.smtp_user and alerts.smtp_security == "none":
        raise _wrong(file, "alerts.smtp_security", "none", "starttls or tls: a password does not travel in the open")
    for key in ("smtp_password_env", "webhook_secret_env"):
        value = getattr(alerts, key)
        if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            raise _wrong(file, f"alerts.{key}", "…", "the name of an environment variable, not the secret itself")


def _check_serve(serve: ServeConfig, file: str) -> None:
    if not re.fullmatch(r"/(?:[A-Za-z0-9._~-]+/)*", serve.base_url):
        raise _wrong(file, "serve.base_url", serve.base_url, 'a path that begins and ends with a slash, as "/gongkai/"')
    for proxy in serve.trusted_proxies:
        try:
            ip_network(proxy, strict=False)
        except ValueError:
            raise _wrong(file, "serve.trusted_proxies", proxy, "IP addresses or networks, as 10.0.0.0/8") from None


Section_ = TypeVar("Section_")


def _read(
    kind: type[Section_], table: Mapping[str, Any], *, file: str, where: str, folder: Path, extra: Mapping[str, Any]
) -> Section_:
    """A dataclass from a TOML table: every key known, every value of its type and in its range."""
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind) if item.name not in extra}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = dict(extra)
    for name, value in table.items():
        key = f"{where}{name}"
        if name not in known:
            raise ConfigError(f"{file}: unknown key {key} = {value!r}; choices: {', '.join(known)}")
        values[name] = _value(hints[name], value, file=file, key=key, folder=folder)
        _check_range(known[name], values[name], file=file, key=key)
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise ConfigError(f"{file}: {where}{name} is missing")
    return kind(**values)


def _value(hint: Any, value: object, *, file: str, key: str, folder: Path) -> object:  # noqa: ANN401 - any type hint
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        hint = next(argument for argument in arguments if argument is not types.NoneType)
        return _value(hint, value, file=file, key=key, folder=folder)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool):
            raise _wrong(file, key, value, "choices: " + ", ".join(argument or '""' for argument in arguments))
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(file, key, value, "a list")
        return tuple(_value(arguments[0], item, file=file, key=key, folder=folder) for item in value)
    if hasattr(hint, "__dataclass_fields__"):
        if not isinstance(value, dict):
            raise _wrong(file, key, value, f"a section [{key}]")
        return _read(hint, value, file=file, where=f"{key}.", folder=folder, extra={})
    if hint is Path:
        if not isinstance(value, str) or not value or "\x00" in value:
            raise _wrong(file, key, value, "a path")
        return folder / value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise _wrong(file, key, value, _WORDS[hint])
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(file, key, value, "a finite number")
    return value


_WORDS: Mapping[object, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _check_range(item: Field[Any], value: object, *, file: str, key: str) -> None:
    least, most = item.metadata.get("least"), item.metadata.get("most")
    if isinstance(value, int | float) and (
        (least is not None and value < least) or (most is not None and value > most)
    ):
        span = f"from {least}" + (f" to {most}" if most is not None else "")
        raise _wrong(file, key, value, f"a number {span}")


def _wrong(file: str, key: str, value: object, wanted: str) -> ConfigError:
    return ConfigError(f"{file}: {key} = {value!r} will not do; wanted: {wanted}")


def with_archive(config: Config, path: Path | None) -> Config:
    """This configuration with another archive (the command line's `--archive`)."""
    return config if path is None else replace(config, archive=replace(config.archive, path=path))

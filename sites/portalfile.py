"""A portal's TOML, checked key by key: facts only, nothing unknown, nothing of a wrong type.

Pure: `registry` opens the files. What is wrong is a `SpecError` that names file, key, value and choices.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, cast
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from sites.errors import SpecError
from sites.model import Family, OptionSpec, OptionValue, Rule, Section, SiteSpec

#: Options that mean the same in every family: CSS selectors, and patterns of addresses.
SELECTORS: Final = frozenset({"rows", "body", "title", "drop"})
PATTERNS: Final = frozenset({"article"})

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SITE_ID_CODE = re.compile(r"(?:[0-9]{10}|bm[0-9]{8})")
_REGION_CODE = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key a table of a portal's TOML may hold."""

    kind: type | tuple[type, ...]
    required: bool = False
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None


#: Keys of a portal. `verified` is the China date of the first complete live night.
SITE_KEYS: Final[Mapping[str, Key]] = {
    "id": Key(kind=str, required=True, pattern=_ID),
    "name": Key(kind=str, required=True),
    "home": Key(kind=str, required=True),
    "family": Key(kind=str),
    "site_id_code": Key(kind=str, pattern=_SITE_ID_CODE),
    "region_code": Key(kind=str, pattern=_REGION_CODE),
    "province": Key(kind=str),
    "city": Key(kind=str),
    "county": Key(kind=str),
    "hosts": Key(kind=list),
    "encoding": Key(kind=str),
    "tls": Key(kind=str, choices=("strict", "legacy")),
    "verify": Key(kind=bool),
    "why": Key(kind=str),
    "delay_seconds": Key(kind=(int, float)),
    "verified": Key(kind=date),
    "source": Key(kind=str),
    "section": Key(kind=list),
}

#: Keys of a section (栏目).
SECTION_KEYS: Final[Mapping[str, Key]] = {
    "key": Key(kind=str, required=True, pattern=_ID),
    "name": Key(kind=str, required=True),
    "url": Key(kind=str, required=True),
    "family": Key(kind=str),
    "body": Key(kind=str),
    "region_code": Key(kind=str, pattern=_REGION_CODE),
    "min_refs": Key(kind=int),
    "max_pages": Key(kind=int),
    "encoding": Key(kind=str),
    "options": Key(kind=dict),
    "rule": Key(kind=list),
}

#: Keys of a dated rule: how the section was read up to and including the day `until`.
RULE_KEYS: Final[Mapping[str, Key]] = {
    "until": Key(kind=date, required=True),
    "family": Key(kind=str),
    "url": Key(kind=str),
    "encoding": Key(kind=str),
    "options": Key(kind=dict),
}


def parse(text: str, *, file: str, families: Mapping[str, Family]) -> SiteSpec:
    """A portal from its TOML. Raises `SpecError` naming `file`, key, value and choices."""
    known = families
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"not valid TOML: {error}", file=file) from error
    table = _checked(data, SITE_KEYS, file=file, where="")
    home = _address(table, "home", file=file, where="")
    if (table.get("verify") is False or table.get("tls") == "legacy") and not str(table.get("why", "")).strip():
        key = "verify" if table.get("verify") is False else "tls"
        raise SpecError(
            'weakened transport security needs a reason: add why = "…"', file=file, key=key, value=table[key]
        )
    delay = table.get("delay_seconds")
    if delay is not None and not 0 <= cast(float, delay) <= 3600:
        raise SpecError("a delay is between 0 and 3600 seconds", file=file, key="delay_seconds", value=delay)
    family = str(table.get("family", ""))
    if family:
        _family(family, known, file=file, key="family")
    raw_sections = _tables(table.get("section", []), file=file, key="section")
    hosts = _hosts(table.get("hosts", []), file=file)
    sections = [
        _section(raw, site=table, family=family, known=known, file=file, where=f"section[{number}].")
        for number, raw in enumerate(raw_sections)
    ]
    keys = [section.key for section in sections]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise SpecError("two sections have the same key", file=file, key=f"section[{number}].key", value=key)
    scope = tuple(dict.fromkeys([_host(home), *hosts, *(_host(section.url) for section in sections)]))
    return SiteSpec(
        id=str(table["id"]),
        name=str(table["name"]),
        home=home,
        family=family,
        sections=tuple(replace(section, hosts=scope) for section in sections),
        hosts=scope,
        site_id_code=str(table.get("site_id_code", "")),
        region_code=str(table.get("region_code", "")),
        province=str(table.get("province", "")),
        city=str(table.get("city", "")),
        county=str(table.get("county", "")),
        encoding=str(table.get("encoding", "")),
        tls="legacy" if table.get("tls") == "legacy" else "strict",
        verify=table.get("verify") is not False,
        why=str(table.get("why", "")),
        delay_seconds=None if delay is None else float(cast(float, delay)),
        verified=cast("date | None", table.get("verified")),
        source=str(table.get("source", "")),
    )


def _section(
    raw: Mapping[str, object],
    *,
    site: Mapping[str, object],
    family: str,
    known: Mapping[str, Family],
    file: str,
    where: str,
) -> Section:
    table = _checked(raw, SECTION_KEYS, file=file, where=where)
    name = str(table.get("family", "")) or family
    if not name:
        raise SpecError(
            "a section needs a family, its own or the portal's",
            file=file,
            key=f"{where}family",
            choices=tuple(sorted(known)),
        )
    min_refs = _count(table, "min_refs", 1, least=0, file=file, where=where)
    max_pages = _count(table, "max_pages", 200, least=1, file=file, where=where)
    encoding = str(table.get("encoding", "")) or str(site.get("encoding", ""))
    rules: list[Rule] = []
    for number, raw_rule in enumerate(_tables(table.get("rule", []), file=file, key=f"{where}rule")):
        place = f"{where}rule[{number}]."
        rule = _checked(raw_rule, RULE_KEYS, file=file, where=place)
        rule_family = str(rule.get("family", "")) or name
        rules.append(
            Rule(
                until=cast(date, rule["until"]),
                family=rule_family,
                url=_address(rule, "url", file=file, where=place) if "url" in rule else "",
                encoding=str(rule.get("encoding", "")),
                options=_options(rule, rule_family, known, file=file, where=place),
            )
        )
    return Section(
        site_id=str(site["id"]),
        key=str(table["key"]),
        name=str(table["name"]),
        url=_address(table, "url", file=file, where=where),
        family=name,
        hosts=(),
        body=str(table.get("body", "")),
        region_code=str(table.get("region_code", "")),
        min_refs=min_refs,
        max_pages=max_pages,
        encoding=encoding,
        options=_options(table, name, known, file=file, where=where),
        rules=tuple(sorted(rules, key=lambda rule: rule.until)),
    )


def _options(
    table: Mapping[str, object], family: str, known: Mapping[str, Family], *, file: str, where: str
) -> Mapping[str, OptionValue]:
    specs = _family(family, known, file=file, key=f"{where}family").options
    raw = cast("Mapping[str, object]", table.get("options", {}))
    place = f"{where}options."
    values: dict[str, OptionValue] = {}
    for name, value in raw.items():
        if name not in specs:
            raise SpecError(
                f"the family {family} has no such option",
                file=file,
                key=place + name,
                value=value,
                choices=tuple(sorted(specs)),
            )
        values[name] = _option(value, specs[name], file=file, key=place + name)
        _readable(name, values[name], file=file, key=place + name)
    for name, spec in specs.items():
        if spec.required and name not in values:
            raise SpecError(f"the family {family} needs this option: {spec.meaning}", file=file, key=place + name)
    return values


def _option(value: object, spec: OptionSpec, *, file: str, key: str) -> OptionValue:
    if spec.kind is tuple:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SpecError("a list of strings is expected", file=file, key=key, value=value)
        return tuple(value)
    if type(value) is not spec.kind:
        raise SpecError(f"{_kind_name(spec.kind)} is expected", file=file, key=key, value=value)
    if spec.choices and value not in spec.choices:
        raise SpecError("not one of the choices", file=file, key=key, value=value, choices=spec.choices)
    return cast("OptionValue", value)


def _readable(name: str, value: OptionValue, *, file: str, key: str) -> None:
    """Refuse a selector or pattern that cannot be read: a mistake is told now, not in the night."""
    try:
        if name in SELECTORS:
            LexborHTMLParser("<p></p>").css(str(value))
        elif name in PATTERNS:
            re.compile(str(value))
    except SelectolaxError as error:
        raise SpecError("not a CSS selector", file=file, key=key, value=value) from error
    except re.error as error:
        raise SpecError(f"not a regular expression: {error}", file=file, key=key, value=value) from error


def _family(name: str, known: Mapping[str, Family], *, file: str, key: str) -> Family:
    if name not in known:
        raise SpecError("no such family", file=file, key=key, value=name, choices=tuple(sorted(known)))
    return known[name]


def _checked(table: Mapping[str, object], keys: Mapping[str, Key], *, file: str, where: str) -> Mapping[str, object]:
    for name, value in table.items():
        if name not in keys:
            raise SpecError("unknown key", file=file, key=where + name, value=value, choices=tuple(keys))
        key = keys[name]
        kinds = key.kind if isinstance(key.kind, tuple) else (key.kind,)
        if (
            not isinstance(value, kinds)
            or (isinstance(value, bool) and bool not in kinds)
            or isinstance(value, datetime)
        ):
            wanted = " or ".join(_kind_name(kind) for kind in kinds)
            raise SpecError(f"{wanted} is expected", file=file, key=where + name, value=value)
        if key.choices and value not in key.choices:
            raise SpecError("not one of the choices", file=file, key=where + name, value=value, choices=key.choices)
        if key.pattern is not None and not key.pattern.fullmatch(str(value)):
            raise SpecError(f"must match {key.pattern.pattern}", file=file, key=where + name, value=value)
    for name, key in keys.items():
        if key.required and (name not in table or not str(table[name]).strip()):
            raise SpecError("this key is required", file=file, key=where + name)
    return table


def _kind_name(kind: type) -> str:
    names: dict[type, str] = {
        str: "text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "a table",
        date: "a date (2026-01-31, without quotes)",
    }
    return names.get(kind, kind.__name__)


def _count(table: Mapping[str, object], name: str, default: int, *, least: int, file: str, where: str) -> int:
    value = cast(int, table.get(name, default))
    if value < least:
        raise SpecError(f"must be {least} or more", file=file, key=where + name, value=value)
    return value


def _tables(value: object, *, file: str, key: str) -> Sequence[Mapping[str, object]]:
    items = cast("list[object]", value)
    if not all(isinstance(item, dict) for item in items):
        raise SpecError(f"a list of tables is expected, written [[{key.rpartition('.')[2]}]]", file=file, key=key)
    return cast("Sequence[Mapping[str, object]]", items)


def _hosts(value: object, *, file: str) -> tuple[str, ...]:
    hosts = cast("list[object]", value)
    for host in hosts:
        if not isinstance(host, str) or not host or "/" in host or host != host.lower():
            raise SpecError("a host is a lower-case name without scheme or path", file=file, key="hosts", value=host)
    return tuple(cast("list[str]", hosts))


def _address(table: Mapping[str, object], name: str, *, file: str, where: str) -> str:
    value = str(table[name])
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SpecError(f"not an address: {error}", file=file, key=where + name, value=value) from error
    if parts.scheme not in {"http", "https"} or not host or any(character.isspace() for character in value):
        raise SpecError("an absolute http or https address is expected", file=file, key=where + name, value=value)
    return value


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()

"""The demo portal's own TOML, for whatever address the replica was given."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.demo.towns import (
    CITY,
    COUNTY,
    COUNTY_COLUMN,
    PROVINCE,
    REGION_CODE,
    SITE_ID_CODE,
    SITE_NAME,
    TOWNS,
)

SITE_ID = "demo"


def portal_toml(base_url: str, *, verified: str = "2026-01-01") -> str:
    """A portal file for a replica at `base_url` (scheme, host and port, with or without a final slash)."""
    base = base_url.rstrip("/")
    if not urlsplit(base).hostname:
        raise ValueError(f"{base_url!r} is no address of a replica: expected http://host:port")
    lines = [
        f'id = "{SITE_ID}"',
        f'name = "{SITE_NAME}（演示）"',
        f'home = "{base}/"',
        'family = "hanweb_jpage"',
        f'site_id_code = "{SITE_ID_CODE}"',
        f'region_code = "{REGION_CODE}"',
        f'province = "{PROVINCE}"',
        f'city = "{CITY}"',
        f'county = "{COUNTY}"',
        f"verified = {verified}",
    ]
    for town in TOWNS:
        lines += [
            "",
            "[[section]]",
            f'key = "{town.key}"',
            f'name = "{town.name} 年报"',
            f'url = "{base}/col/col{town.column}/index.html"',
            f'body = "{town.name}"',
            "min_refs = 10",
        ]
    lines += [
        "",
        "[[section]]",
        'key = "quji"',
        'name = "镇街年报"',
        f'url = "{base}/col/col{COUNTY_COLUMN}/index.html"',
        "min_refs = 3",
    ]
    return "\n".join(lines) + "\n"

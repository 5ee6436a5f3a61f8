"""Datasette's metadata, from the data dictionary: a title and a description for everything it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def metadata_of(database: str, plugins: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The metadata of the archive served under the name `database`."""
    return {
        "title": "公开 gongkai",
        "plugins": {name: dict(config) for name, config in plugins.items()},
        "databases": {database: {"tables": {"documents": {"fts_table": "documents_fts", "fts_pk": "id"}}}},
    }

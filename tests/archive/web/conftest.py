"""A served archive, asked through Datasette's whole ASGI stack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from archive.web.serve import build_datasette
from tests.web_archive import build


@pytest.fixture(scope="session")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("web"))


@pytest.fixture
async def web(archive_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    datasette = build_datasette(archive_path)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()

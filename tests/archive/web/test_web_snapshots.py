"""A published snapshot behind Datasette: immutable, and kept for ever where its address holds its hash."""

from datetime import UTC, datetime
from pathlib import Path

import httpx

from archive.store.publish import publish
from archive.web.serve import build_datasette
from archive.web.snapshots import FOR_EVER, with_far_future
from tests.web_archive import build


async def test_hashed_addresses_of_a_snapshot_are_kept_for_ever_and_pages_are_not(tmp_path: Path) -> None:
    snapshot = publish(build(tmp_path, attack=False), tmp_path / "web", at=datetime(2026, 1, 11, tzinfo=UTC))
    name = snapshot.database.stem
    datasette = build_datasette(snapshot.database, snapshot=snapshot)
    await datasette.invoke_startup()
    assert not datasette.get_database(name).is_mutable
    transport = httpx.ASGITransport(app=with_far_future(datasette.app(), f"/{name}"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for address in (f"/{name}", f"/{name}/reports.json", f"/{name}/documents?_search=公开"):
            answer = await client.get(address)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER), address
        for address in ("/", "/search?q=公开", "/coverage", "/status", "/changes", "/audit", f"/{name}/nothing"):
            answer = await client.get(address)
            assert answer.status_code == (404 if "nothing" in address else 200), address
            assert answer.headers.get("cache-control") != FOR_EVER, address
        counted = (await client.get(f"/{name}/pages.json?_size=0&_extra=count")).json()
        assert counted.get("filtered_table_rows_count", counted.get("count")) > 0  # Datasette 0.65, 1.0
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()

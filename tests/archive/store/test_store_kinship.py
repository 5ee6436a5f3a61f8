"""Who stands under whom is settled for those that may stand elsewhere now, and says what settling all would say."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import Clock, section, spec

from archive.reports.model import Body
from archive.reports.roster import RosterRow
from archive.store.archive import Archive
from archive.store.bodies import forget_body, put_body, put_roster, put_section_body, roster_data
from archive.store.codec import body_id, section_row
from archive.store.kinship import settle_bodies
from archive.store.schema_kinship import WAIT_ALL

#: A province, two cities and three counties of theirs, a town's own code, one too short, none.
REGIONS = ("330000", "330600", "330100", "330604", "330683", "330106", "330604001", "33", "")
NAMES = ("甲镇", "乙镇", "示例区", "省示例区", "示例省", "丙局")
LEVELS = ("town", "county", "prefecture", "province", "department", "")
WRITTEN = ("甲镇", "乙镇人民政府", "示例区", "330604|示例区", "丙局", "")

names, regions = st.sampled_from(NAMES), st.sampled_from(REGIONS)
happenings = st.one_of(
    st.tuples(st.just("read"), names, regions, st.sampled_from(LEVELS)),
    st.tuples(st.just("forgotten"), names, regions),
    st.tuples(
        st.just("roster"),
        st.lists(
            st.tuples(
                names,
                regions,
                st.sampled_from(LEVELS),
                st.sampled_from(WRITTEN),
                st.sampled_from(["", "甲镇", "丙局", "330683|乙镇", "甲镇;示例区"]),
                st.sampled_from([None, "2021-01-01"]),
            ),
            max_size=3,
        ),
        st.booleans(),
    ),
    st.tuples(st.just("column"), st.sampled_from(["a", "b"]), st.sampled_from(WRITTEN), regions),
    st.tuples(st.just("portal"), regions),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        yield opened


def standing(connection: sqlite3.Connection) -> tuple[list[tuple], list[tuple]]:
    return (
        connection.execute(
            "select id, level, source, parent_id, valid_from, valid_to from bodies order by id"
        ).fetchall(),
        connection.execute("select body, predecessor from successions order by 1, 2").fetchall(),
    )


def happen(archive: Archive, what: str, *told) -> None:
    connection = archive.db.conn
    if what == "read":
        name, region, level = told
        put_body(connection, Body(name=name, raw=name, level=level, region_code=region), "demo")
    elif what == "forgotten":
        forget_body(connection, body_id(told[1], told[0]))
    elif what == "roster":
        rows = [
            RosterRow(
                line=2,
                name=name,
                region_code=region,
                level=level,
                parent=parent,
                valid_from=since,
                valid_to=None,
                predecessors=tuple(filter(None, predecessor.split(";"))),
                source="",
            )
            for name, region, level, parent, predecessor, since in told[0]
        ]
        put_roster(connection, roster_data(rows), replace=told[1], at="2026-01-01T00:00:00Z")
    elif what == "column":
        key, body, region = told
        row = {**section_row(section(key=key)), "body": body, "region_code": region}
        connection.execute(
            f"insert or replace into sections ({', '.join(row)}) values ({', '.join('?' * len(row))})",
            list(row.values()),
        )
        put_section_body(connection, row)
    else:
        connection.execute("update sites set region_code = ?", told)


@settings(max_examples=50, deadline=None)
@given(nights=st.lists(st.lists(happenings, min_size=1, max_size=4), max_size=6))
def test_what_changed_is_settled_as_all_would_be(tmp_path_factory, nights) -> None:
    with Archive.open(tmp_path_factory.mktemp("kin") / "archive.db", clock=Clock()) as archive, archive.step():
        archive.put_sites([spec()])
        connection = archive.db.conn
        for night in nights:
            for happening in night:
                happen(archive, *happening)
            before = standing(connection)
            moved = settle_bodies(connection)
            after = standing(connection)
            parents = [{row[0]: row[3] for row in bodies} for bodies, _ in (before, after)]
            assert {body for body in parents[1] if parents[0].get(body) != parents[1][body]} <= moved
            connection.execute(WAIT_ALL)
            assert settle_bodies(connection) == set()
            assert standing(connection) == after


def test_without_news_nothing_is_looked_at(archive: Archive) -> None:
    with archive.step():
        put_body(archive.db.conn, Body(name="甲镇", raw="", level="town", region_code="330604"), "demo")
        settle_bodies(archive.db.conn)
    changes = archive.db.conn.total_changes
    assert settle_bodies(archive.db.conn) == set()
    assert archive.db.conn.total_changes == changes


def test_a_new_town_costs_the_same_in_a_county_and_in_a_country(archive: Archive) -> None:
    connection = archive.db.conn
    spent = []
    for counties in (range(110100, 110140), range(110140, 110540)):
        with archive.step():
            for region in counties:
                for name, level in (("某县", "county"), *((f"{n}镇", "town") for n in range(5))):
                    put_body(connection, Body(name=f"{region}{name}", raw="", level=level, region_code=str(region)), "")
            settle_bodies(connection)
            put_body(connection, Body(name="新镇", raw="", level="town", region_code=str(region)), "")
            steps = [0]

            def count(steps: list[int] = steps) -> None:
                steps[0] += 1

            connection.set_progress_handler(count, 1)
            moved = settle_bodies(connection)
            connection.set_progress_handler(None, 0)
            assert moved == {body_id(str(region), name) for name in ("新镇", f"{region}某县")}
            spent.append(steps[0])
    assert spent[1] <= spent[0] * 1.1

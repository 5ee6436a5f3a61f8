"""Copied text in rows: the same whatever the order of the nights, and only what is new is compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import Clock, put, report, spec, url

from archive.store import similar
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.similar import KEPT, settle_similar


def says(*subjects: int) -> str:
    """A text of paragraphs, each of its own subject: equal subjects are equal text."""
    return "\n".join(
        "".join(
            f"{chr(0x4E00 + (subject * 131 + n * 17) % 20000)}事项由专人{chr(0x5000 + subject + n)}落实。"
            for n in range(20)
        )
        for subject in subjects
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        yield opened


def night(archive: Archive, told: dict[str, tuple[str, int, str]]) -> None:
    """One run that read these pages: name → body, year, text."""
    run = archive.start_run("crawl", "demo")
    for name, (body, year, text) in told.items():
        put(archive, name, text, run=run, said=report(body, year))
    archive.finish_run(run)


def told(archive: Archive) -> list[tuple]:
    return archive.db.execute(
        "select text_digest, other_digest, share, resemblance from similar order by 1, 2"
    ).fetchall()


def copies(archive: Archive, relation: str) -> list[tuple]:
    return archive.db.execute(
        "select body_name, year, other_name, other_year, round(share, 1) from copies where relation = ? order by 1, 2, 3, 4",
        [relation],
    ).fetchall()


def test_a_year_that_repeats_the_one_before_is_told_with_its_share(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2020, says(1, 2, 3, 4)), "b": ("甲镇", 2021, says(1, 2, 5, 6))})
    assert copies(archive, "year") == [("甲镇", 2020, "甲镇", 2021, 0.5), ("甲镇", 2021, "甲镇", 2020, 0.5)]


def test_consecutive_years_are_told_even_when_nothing_was_copied(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2020, says(1)), "b": ("甲镇", 2021, says(2)), "c": ("甲镇", 2023, says(3))})
    found = copies(archive, "year")
    assert [(row[1], row[3]) for row in found] == [(2020, 2021), (2021, 2020)]
    assert all(row[4] < 0.3 for row in found)


def test_towns_that_copied_each_other_are_told_and_strangers_are_not(archive: Archive) -> None:
    night(
        archive,
        {
            "a": ("甲镇", 2021, says(1, 2, 3, 4)),
            "b": ("乙镇", 2021, says(1, 2, 3, 9)),
            "c": ("丙镇", 2021, says(10, 11)),
            "d": ("丁镇", 2021, says(10, 11)),  # the very same text: one document, a report each
        },
    )
    assert copies(archive, "body") == [
        ("丁镇", 2021, "丙镇", 2021, 1.0),
        ("丙镇", 2021, "丁镇", 2021, 1.0),
        ("乙镇", 2021, "甲镇", 2021, 0.8),
        ("甲镇", 2021, "乙镇", 2021, 0.8),
    ]


def test_two_editions_of_one_report_are_no_copy(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2021, says(1, 2, 3)), "b": ("甲镇", 2021, says(1, 2, 3, 4))})
    assert len(told(archive)) == 2
    assert copies(archive, "year") == []


def test_a_night_without_news_compares_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    night(archive, {"a": ("甲镇", 2020, says(1, 2)), "b": ("甲镇", 2021, says(1, 3))})
    before = told(archive)
    monkeypatch.setattr(similar, "shingles", lambda text: pytest.fail("read again"))
    changes = archive.db.conn.total_changes
    assert settle_similar(archive.db.conn) == 0
    assert archive.db.conn.total_changes == changes
    assert told(archive) == before


def test_a_decision_about_the_year_moves_its_shares(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2020, says(1)), "b": ("甲镇", 2021, says(2))})
    assert len(told(archive)) == 2
    archive.put_decision(Decision(kind="year", page=url("b"), value="2024", by="x", reason="misread"))
    assert told(archive) == []
    archive.put_decision(Decision(kind="year", page=url("b"), value="2019", by="x", reason="misread"))
    assert len(told(archive)) == 2


def test_a_page_decided_to_be_no_report_copies_nothing(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2021, says(1, 2)), "b": ("乙镇", 2021, says(1, 2, 3))})
    assert len(told(archive)) == 2
    archive.put_decision(Decision(kind="kind", page=url("b"), value="notice", by="x", reason="no report"))
    assert told(archive) == []
    assert archive.db.execute("select count(*) from similar_marks").fetchone() == (1,)


def test_a_text_everybody_copied_keeps_the_likest_and_a_place_that_falls_free_is_taken(archive: Archive) -> None:
    towns = {f"p{n}": (f"{chr(0x4E00 + n)}镇", 2021, says(1, 2, 3, 100 + n)) for n in range(KEPT + 6)}
    night(archive, towns)
    rows = archive.db.execute("select text_digest, count(*) from similar group by 1").fetchall()
    assert {count for _, count in rows} == {KEPT}
    (gone,) = archive.db.execute(
        "select other_digest from similar group by 1 order by count(*) desc limit 1"
    ).fetchone()
    (page,) = archive.db.execute("select url from pages where text_digest = ?", [gone]).fetchone()
    archive.put_decision(Decision(kind="kind", page=page, value="notice", by="x", reason="no report"))
    rows = archive.db.execute("select text_digest, count(*) from similar group by 1").fetchall()
    assert len(rows) == KEPT + 5
    assert {count for _, count in rows} == {KEPT}


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(8)), cuts=st.sets(st.integers(1, 7), max_size=4))
def test_the_order_and_number_of_nights_do_not_matter(tmp_path_factory, order: list[int], cuts: set[int]) -> None:
    texts = {
        f"p{n}": (f"{'甲乙丙'[n % 3]}镇", 2020 + n // 3, says(*(subject + n % 4 for subject in range(4))))
        for n in range(8)
    }
    folder = tmp_path_factory.mktemp("similar")
    with Archive.open(folder / "one.db", clock=Clock()) as archive:
        night(archive, texts)
        expected = told(archive)
    assert expected
    with Archive.open(folder / "more.db", clock=Clock()) as archive:
        start = 0
        for end in [*sorted(cuts), 8]:
            night(archive, {f"p{n}": texts[f"p{n}"] for n in order[start:end]})
            start = end
        assert told(archive) == expected

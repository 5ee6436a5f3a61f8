"""Copied text in rows: the same whatever the order of the nights, and only what is new is compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import Clock, put, report, spec, url

from archive.reports.similarity import RULES, THRESHOLD, bands, overlap, shingles
from archive.store import meeting, similar
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.meeting import COMPARED
from archive.store.merge import merge
from archive.store.similar import settle_similar


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


def test_a_text_many_copied_keeps_the_likest_and_a_place_that_falls_free_is_taken(archive: Archive) -> None:
    towns = {f"p{n}": (f"{chr(0x4E00 + n)}镇", 2021, says(1, 2, 3, 100 + n)) for n in range(COMPARED + 6)}
    night(archive, towns)
    rows = archive.db.execute("select text_digest, count(*) from similar group by 1").fetchall()
    assert {count for _, count in rows} == {COMPARED}
    (gone,) = archive.db.execute(
        "select other_digest from similar group by 1 order by count(*) desc limit 1"
    ).fetchone()
    (page,) = archive.db.execute("select url from pages where text_digest = ?", [gone]).fetchone()
    archive.put_decision(Decision(kind="kind", page=page, value="notice", by="x", reason="no report"))
    rows = archive.db.execute("select text_digest, count(*) from similar group by 1").fetchall()
    assert len(rows) == COMPARED + 5
    assert {count for _, count in rows} == {COMPARED}


def test_what_everybody_copied_says_nothing_of_who_copied_whom(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "COMMON", 5)
    towns = {f"p{n}": (f"{chr(0x4E00 + n)}镇", 2021, says(1, 2, 3) + f"\n第{n}号文件。") for n in range(6)}
    night(archive, {name: towns[name] for name in sorted(towns)[:5]})
    assert len(told(archive)) == 20
    night(archive, towns)
    assert told(archive) == [], "six are more than five"
    own = {"x": ("甲镇", 2021, says(1, 2, 3)), "y": ("甲镇", 2022, says(1, 2, 3) + "\n第9号文件。")}
    night(archive, own)
    expected = [("甲镇", 2021, "甲镇", 2022, 1.0), ("甲镇", 2022, "甲镇", 2021, 1.0)]
    assert (copies(archive, "year"), copies(archive, "body")) == (expected, []), "years are always compared"
    for name in ("p0", "p1", "x"):
        assert copies(archive, "body") == []
        archive.put_decision(Decision(kind="kind", page=url(name), value="notice", by="x", reason="no report"))
    assert len(copies(archive, "body")) == 20, "five that copied each other are few enough again"


def computed(archive: Archive) -> list[tuple]:
    """What `similar` must say of the reports that are there, worked out from all of them at once."""
    texts = {
        digest: shingles(text)
        for digest, text in archive.db.execute(
            "select distinct t.text_digest, t.text from document_texts t join reports r using (text_digest) "
            "where r.kind = 'report'"
        )
    }
    places = {digest: set(bands(said)) for digest, said in texts.items()}
    crowds = {
        band: {digest for digest in texts if band in places[digest]} for found in places.values() for band in found
    }
    years: dict[str, set[str]] = {digest: set() for digest in texts}
    for one, other in archive.db.execute(
        "select a.text_digest, b.text_digest from reports a join reports b on a.body = b.body "
        "and abs(a.year - b.year) = 1 and a.kind = 'report' and b.kind = 'report' "
        "and a.standing = 'chosen' and b.standing = 'chosen'"
    ):
        if one != other and places[one] and places[other]:
            years[one].add(other)
    rows = []
    for digest, said in texts.items():
        shared: dict[str, int] = {}
        for band in places[digest]:
            for other in crowds[band] - {digest} if len(crowds[band]) <= meeting.COMMON else ():
                shared[other] = shared.get(other, 0) + 1
        likest = sorted(shared, key=lambda other: (-shared[other], other))[: meeting.COMPARED]
        for other in years[digest].union(likest):
            seen = overlap(said, texts[other])
            if other in years[digest] or seen.share >= THRESHOLD:
                rows.append((digest, other, seen.share, seen.resemblance))
    return sorted(rows)


@settings(max_examples=8, deadline=None)
@given(
    nights=st.lists(
        st.lists(st.tuples(st.sampled_from(["put", "put", "put", "drop", "year"]), st.integers(0, 13)), max_size=9),
        min_size=1,
        max_size=5,
    ),
    common=st.integers(1, 6),
    compared=st.integers(1, 4),
    at_once=st.integers(1, 5),
)
def test_whatever_happens_each_night_leaves_what_all_texts_at_once_would(
    tmp_path_factory, nights, common: int, compared: int, at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("similar")
    with pytest.MonkeyPatch.context() as patch, Archive.open(folder / "archive.db", clock=Clock()) as archive:
        patch.setattr(meeting, "COMMON", common)
        patch.setattr(meeting, "COMPARED", compared)
        patch.setattr(similar, "AT_ONCE", at_once)
        archive.put_sites([spec()])
        for happened in nights:
            run = archive.start_run("crawl", "demo")
            for what, n in happened:
                known = archive.is_known(url(f"p{n}"))
                if what == "put" or not known:
                    text = says(*(subject + n % 3 for subject in range(4)), 50 + n // 2)
                    put(archive, f"p{n}", text, run=run, said=report(f"{'甲乙丙'[n % 3]}镇", 2020 + n // 3))
                elif what == "drop":
                    put(archive, f"p{n}", f"空 {n}", run=run, said=report(None, None, kind="notice"))
                else:
                    put(archive, f"p{n}", says(n % 5, 7), run=run, said=report("甲镇", 2018 + n % 4))
            archive.finish_run(run)
            assert told(archive) == computed(archive)


def test_texts_hashed_in_another_way_are_all_compared_again(archive: Archive) -> None:
    night(archive, {"a": ("甲镇", 2021, says(1, 2)), "b": ("乙镇", 2021, says(1, 2, 3))})
    expected = told(archive)
    with archive.step():
        archive.db.execute("update similar_marks set rules = 'another', bands = x''")
        archive.db.execute("update similar set share = 0.1, reader_version = 'another'")
        assert settle_similar(archive.db.conn) == 2
    assert told(archive) == expected
    assert archive.db.execute("select distinct reader_version from similar").fetchall() == [(RULES,)]


@settings(max_examples=3, deadline=None)
@given(shares=st.lists(st.integers(0, 2), min_size=10, max_size=10), common=st.integers(2, 9))
def test_shards_merge_into_what_all_texts_at_once_would_say(tmp_path_factory, shares: list[int], common: int) -> None:
    folder = tmp_path_factory.mktemp("merged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meeting, "COMMON", common)
        for shard in range(3):
            (folder / str(shard)).mkdir()
            with Archive.open(folder / str(shard) / "archive.db", clock=Clock()) as archive:
                archive.put_sites([spec(f"s{shard}", f"s{shard}.example.gov.cn")])
                run = archive.start_run("crawl", "demo")
                for n in (n for n in range(10) if shares[n] == shard):
                    said = report(f"{'甲乙丙丁戊'[n // 2]}镇", 2020 + n % 2)
                    text = says(n % 2, 1, 2, 60 + n)
                    put(archive, f"p{n}", text, run=run, said=said, host=f"s{shard}.example.gov.cn", site=f"s{shard}")
                archive.finish_run(run)
        with Archive.open(folder / "archive.db", clock=Clock()) as archive:
            merge(archive, [folder / str(shard) / "archive.db" for shard in range(3)])
            assert told(archive) == computed(archive) != []


@settings(max_examples=4, deadline=None)
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

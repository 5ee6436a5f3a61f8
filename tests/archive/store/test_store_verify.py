from pathlib import Path

import pytest
from store_making import Clock, cell, exchange, put, report, spec, url

from archive.store.archive import Archive
from archive.store.verify import Damage, verify
from sites.model import READER_VERSION


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        for name in "abc":
            put(opened, name, f"{name} 正文 " + "字" * 500, said=report(cells=(cell("carried_in", "total", 1),)))
        opened.put_capture(exchange(url("a"), b"", status=304))
        put(opened, "d", "a 正文 " + "字" * 500)
        yield opened


def kinds(found: list[Damage]) -> list[str]:
    return [damage.kind for damage in found]


def test_a_sound_archive_has_nothing_to_tell(archive: Archive) -> None:
    seen: list[int] = []
    assert verify(archive, progress=seen.append) == []
    assert seen == [1, 2, 3, 4, 5]
    with Archive.read(archive.path) as reader:
        assert verify(reader) == []


def damage(archive: Archive, name: str) -> bytes:
    """Overwrite the middle of a page's record; gives what the file held before."""
    capture = archive.last_capture(url(name))
    assert capture is not None
    path = archive.warcs / capture.warc_file
    before = path.read_bytes()
    place = capture.warc_offset + capture.warc_length // 2
    path.write_bytes(before[:place] + bytes(20) + before[place + 20 :])
    return before


def test_a_damaged_payload_is_found_and_given_up(archive: Archive) -> None:
    damage(archive, "b")
    (found,) = verify(archive)
    assert (found.kind, found.repaired) == ("capture", "")
    assert "gongkai verify" in found.message
    (found, known) = verify(archive, repair=True)
    assert "asked for again" in found.repaired
    assert (known.kind, known.what, known.repaired) == ("lost", url("b"), "known; asked for again at the next crawl")
    assert archive.db.execute("select kind, url from problems").fetchall() == [("lost-capture", url("b"))]
    assert verify(archive) == [known], "told every time, until the page answers again"
    body = ("b 正文 " + "字" * 500).encode()
    assert not archive.is_read(url("b"), body, READER_VERSION), "the same bytes count as unread now"
    put(archive, "b", body.decode())
    again = archive.last_capture(url("b"))
    assert again is not None
    assert again.revisit_of is None, "what is lost is referred to no more"
    assert archive.body_of(again) == body
    assert verify(archive) == []
    assert archive.db.execute("select count(*) from versions where page = ?", [url("b")]).fetchone() == (1,)


def test_a_lost_page_is_known_as_lost_until_it_answers(archive: Archive) -> None:
    damage(archive, "b")
    verify(archive, repair=True)
    assert [page.url for page in archive.known_pages("demo") if page.lost] == [url("b")]
    put(archive, "b", "b 正文 " + "字" * 500)
    assert not any(page.lost for page in archive.known_pages("demo"))


def test_revisits_are_lost_with_the_payload_they_refer_to(archive: Archive) -> None:
    damage(archive, "a")
    verify(archive, repair=True)
    lost = {page.url for page in archive.known_pages("demo") if page.lost}
    assert lost == {url("a"), url("d")}


def test_bytes_that_are_back_count_again(archive: Archive) -> None:
    before = damage(archive, "a")
    verify(archive, repair=True)
    (path,) = archive.warcs.iterdir()
    path.write_bytes(before)
    (found,) = (entry for entry in verify(archive, repair=True) if entry.kind == "capture")
    assert (found.message, found.repaired) == ("was lost and is there again", "counts again")
    assert verify(archive) == []


def test_a_record_in_the_place_of_another_is_no_evidence(archive: Archive) -> None:
    archive.db.execute("update captures set record_id = 'other' where id = 2")
    (found,) = verify(archive)
    assert "another record" in found.message


def test_a_missing_and_a_short_warc_are_found_and_given_up(archive: Archive) -> None:
    (path,) = archive.warcs.iterdir()
    content = path.read_bytes()
    path.write_bytes(content[:-50])
    assert kinds(verify(archive)) == ["warc"], "only a request is torn: every answer is whole"
    (found,) = verify(archive, repair=True)
    assert "cut after its last whole record" in found.repaired
    assert verify(archive) == []
    path.unlink()
    assert kinds(verify(archive)) == ["warc", *["capture"] * 5]
    verify(archive, repair=True)
    assert set(kinds(verify(archive))) == {"lost"}


def test_what_comes_after_a_torn_warc_goes_into_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        archive.put_sites([spec()])
        put(archive, "a", "甲 正文")
        put(archive, "b", "乙 正文")
    (warc,) = (tmp_path / "warcs").iterdir()
    warc.write_bytes(warc.read_bytes()[:-400])
    with Archive.open(path, clock=Clock()) as archive:
        capture, _ = put(archive, "c", "丙 正文")
        assert capture.warc_file != warc.name
        assert archive.body_of(capture) == "丙 正文".encode()
        verify(archive, repair=True)
        put(archive, "b", "乙 正文")
        assert verify(archive) == []


def test_an_index_that_forgot_a_text_is_made_anew(archive: Archive) -> None:
    archive.db.execute(
        "insert into documents_fts(documents_fts, rowid, text) "
        "select 'delete', id, gongkai_segment(text) from document_texts where id = 1"
    )
    (damage,) = verify(archive)
    assert damage.kind == "index"
    (damage,) = verify(archive, repair=True)
    assert damage.repaired == "made anew"
    assert verify(archive) == []


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("update pages set capture = 99 where url like '%/b.html'", "capture that is not there"),
        ("update document_texts set text = '别的' where id = 2", "another digest"),
        ("update pages set text_digest = 'sha256:0' where url like '%/b.html'", "text that is not there"),
        ("update captures set revisit_of = 2 where revisit_of = 1 and status = 304", "another payload"),
        ("update reports set standing = 'chosen', body = 'x', year = 1", "several chosen"),
    ],
)
def test_rows_that_do_not_fit_are_found(archive: Archive, sql: str, message: str) -> None:
    archive.db.conn.execute(sql)
    assert any(message in damage.message for damage in verify(archive))


def test_rows_of_no_report_are_removed(archive: Archive) -> None:
    archive.db.conn.execute("insert into cells values (99, 't3', 'a', 'b', '', null, '', 'blank', 1, '', null)")
    (damage,) = verify(archive, repair=True)
    assert (damage.what, damage.repaired) == ("99", "removed")
    assert verify(archive) == []


def test_a_journal_out_of_order_or_broken_is_told(archive: Archive) -> None:
    whole = archive.journal.read_bytes()
    archive.journal.write_bytes(whole + whole)
    assert set(kinds(verify(archive))) == {"journal"}
    archive.journal.write_bytes(whole + b"not a line\n")
    (damage,) = verify(archive)
    assert "cannot be read" in damage.message

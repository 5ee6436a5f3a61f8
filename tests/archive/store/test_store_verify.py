from pathlib import Path

import pytest
from store_making import Clock, cell, exchange, put, report, spec, url

from archive.store.archive import Archive
from archive.store.verify import Damage, verify


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
    assert seen == [1, 2, 3]
    with Archive.read(archive.path) as reader:
        assert verify(reader) == []


def test_a_damaged_payload_is_found_and_given_up(archive: Archive) -> None:
    capture = archive.last_capture(url("b"))
    assert capture is not None
    path = archive.warcs / capture.warc_file
    content = bytearray(path.read_bytes())
    place = capture.warc_offset + capture.warc_length // 2
    content[place : place + 20] = bytes(20)
    path.write_bytes(content)
    (damage,) = verify(archive)
    assert (damage.kind, damage.repaired) == ("capture", "")
    assert "gongkai verify" in damage.message
    (damage,) = verify(archive, repair=True)
    assert "fetched in full again" in damage.repaired
    assert verify(archive) == []
    body = ("b 正文 " + "字" * 500).encode()
    assert not archive.is_read(url("b"), body, "1"), "the same bytes count as unread now"
    again = archive.put_capture(exchange(url("b"), body))
    assert again.revisit_of is None
    assert archive.body_of(again) == body


def test_a_missing_and_a_short_warc_are_found(archive: Archive) -> None:
    (path,) = archive.warcs.iterdir()
    content = path.read_bytes()
    path.write_bytes(content[:-50])
    assert kinds(verify(archive)) == ["warc"]
    path.unlink()
    assert kinds(verify(archive)) == ["warc", "capture", "capture", "capture"]


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

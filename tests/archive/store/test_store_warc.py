import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import START, Clock, exchange, extracted, url

from archive.store import warc
from archive.store.archive import Archive
from archive.store.captures import read_exchanges
from archive.store.errors import DamagedCapture
from archive.store.warc import decoded, records_of
from sites.model import READER_VERSION


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        yield opened


def kinds(archive: Archive) -> list[tuple[str, str]]:
    (path,) = archive.warcs.iterdir()
    return [(r.kind, r.warc_headers.get("WARC-Profile", "").rpartition("/")[2]) for r in records_of(path)]


def test_an_exchange_comes_back_as_it_went_in(archive: Archive) -> None:
    sent = replace(
        exchange(url("a"), "正文 喆".encode("gb18030"), ETag='"x"', Transfer_Encoding="chunked", X_Odd="caf\xe9"),
        method="POST",
        request_body=b"k=v",
        elapsed_seconds=0.25,
        tls_verified=False,
        request_headers=(
            ("Host", "www.example.gov.cn"),
            ("Cookie", "secret"),
            ("Authorization", "secret"),
            ("X-Access-Token", "secret"),
            ("apikey", "secret"),
        ),
    )
    capture = archive.put_capture(sent)
    back = archive.exchange_of(capture)
    assert (back.url, back.method, back.request_body, back.body) == (sent.url, "POST", b"k=v", sent.body)
    assert (back.status, back.reason, back.http_version) == (200, "OK", "HTTP/1.1")
    assert back.fetched_at == sent.fetched_at
    assert back.elapsed_seconds == 0.25
    assert not back.tls_verified
    assert back.header("x-odd") == "caf\xe9"
    assert back.header("transfer-encoding") == ""
    assert back.header("content-length") == str(len(sent.body))
    assert back.request_headers == (("Host", "www.example.gov.cn"),)
    assert (capture.etag, capture.media_type) == ('"x"', "text/html")


def test_an_identical_payload_is_a_revisit_wherever_it_stands(archive: Archive) -> None:
    first = archive.put_capture(exchange(url("a"), b"same"))
    second = archive.put_capture(exchange(url("b"), b"same"))
    assert second.revisit_of == first.id
    assert archive.body_of(second) == b"same"
    assert archive.exchange_of(second).body == b"same"
    assert second.payload_digest == first.payload_digest
    assert kinds(archive)[-2:] == [("revisit", "identical-payload-digest"), ("request", "")]


def test_a_304_is_a_revisit_of_the_newest_answer(archive: Archive) -> None:
    archive.put_capture(exchange(url("a"), b"old"))
    newest = archive.put_capture(exchange(url("a"), b"new"))
    again = archive.put_capture(exchange(url("a"), b"", status=304))
    assert again.revisit_of == newest.id
    assert archive.body_of(again) == b"new"
    assert kinds(archive)[-2] == ("revisit", "server-not-modified")
    assert archive.last_capture(url("a")) == newest
    assert archive.last_capture(url("a"), good=False) == again


def test_a_304_without_a_past_is_kept_as_it_is(archive: Archive) -> None:
    capture = archive.put_capture(exchange(url("a"), b"", status=304))
    assert capture.revisit_of is None
    assert archive.body_of(capture) == b""


def test_warcio_accepts_what_is_written(archive: Archive, tmp_path: Path) -> None:
    for body in (b"a", b"a", b"b" * 100_000, b""):
        archive.put_capture(exchange(url("a"), body))
    archive.put_capture(exchange(url("a"), b"", status=304))
    (path,) = archive.warcs.iterdir()
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARC/1.1" in path.name or path.read_bytes()[:2] == b"\x1f\x8b"


def test_files_are_rolled_between_steps(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "ROLL_AT", 1000)
    with archive.step():
        first = [archive.put_capture(exchange(url(str(n)), bytes([n]) * 2000)) for n in range(3)]
    second = archive.put_capture(exchange(url("z"), b"z"))
    assert len({capture.warc_file for capture in first}) == 1
    assert second.warc_file != first[0].warc_file
    assert archive.body_of(second) == b"z"


def test_a_damaged_record_is_told_not_returned(archive: Archive) -> None:
    capture = archive.put_capture(exchange(url("a"), b"x" * 5000))
    path = archive.warcs / capture.warc_file
    content = bytearray(path.read_bytes())
    place = capture.warc_offset + capture.warc_length // 2
    content[place : place + 40] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(DamagedCapture):
        archive.body_of(capture)
    path.unlink()
    with pytest.raises(DamagedCapture, match="gongkai verify"):
        archive.body_of(capture)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_and_any_header_survive(tmp_path_factory, body: bytes, value: str) -> None:
    folder = tmp_path_factory.mktemp("w")
    with Archive.open(folder / "archive.db") as archive:
        capture = archive.put_capture(exchange(url("a"), body, X_Any=value))
        assert archive.body_of(capture) == body
        assert archive.exchange_of(capture).status == 200


def test_foreign_warcs_are_read_with_their_encodings_undone(archive: Archive) -> None:
    archive.put_capture(exchange(url("a"), b"plain"))
    archive.put_capture(exchange(url("b"), b"plain"))
    (path,) = archive.warcs.iterdir()
    assert [(e.url, e.body) for e in read_exchanges(path)] == [(url("a"), b"plain")]


def test_content_encoding_of_foreign_records_is_undone() -> None:
    import zlib

    def stored(body: bytes, *headers: tuple[str, str]) -> warc.StoredRecord:
        return warc.StoredRecord(
            kind="response", warc_headers={}, start_line="HTTP/1.1 200 OK", headers=headers, body=body, offset=0
        )

    packed = zlib.compress(b"hello", wbits=31)
    assert decoded(stored(packed, ("Content-Encoding", "gzip"))) == b"hello"
    assert decoded(stored(zlib.compress(b"hello"), ("Content-Encoding", "deflate"))) == b"hello"
    assert decoded(stored(b"not packed", ("Content-Encoding", "gzip"))) == b"not packed"
    assert decoded(stored(b"5\r\nhello\r\n0\r\n\r\n", ("Transfer-Encoding", "chunked"))) == b"hello"
    assert decoded(stored(b"hello", ("Transfer-Encoding", "chunked"))) == b"hello"


def test_a_naive_time_is_refused(archive: Archive) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        archive.put_capture(exchange(url("a"), at=START.replace(tzinfo=None)))


def test_a_conversion_is_a_capture_of_its_own(archive: Archive, tmp_path: Path) -> None:
    document = archive.put_capture(exchange(url("a.doc"), b"old word", ETag='"1"'))
    made = archive.put_conversion(document, media_type="text/plain", body="正文".encode(), made_by="catdoc 0.95")
    assert (made.status, made.media_type, made.url) == (0, "text/plain", document.url)
    assert archive.body_of(made).decode() == "正文"
    back = archive.exchange_of(made)
    assert (back.method, back.header("content-type"), back.body) == ("CONVERSION", "text/plain", "正文".encode())
    assert back.fetched_at == document.fetched_at
    assert archive.last_capture(url("a.doc")) == document, "validators stay those of the server"
    assert archive.put_capture(exchange(url("b"), "正文".encode())).revisit_of is None
    archive.put_reading(
        capture=made, url=url("a.doc"), section=None, extracted=extracted("正文"), report=None, family="text"
    )
    assert archive.is_read(url("a.doc"), b"old word", READER_VERSION)
    (path,) = archive.warcs.iterdir()
    assert subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(path)], check=False).returncode == 0


def test_foreign_records_without_requests_and_dates_are_read(tmp_path: Path) -> None:
    import io

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    path = tmp_path / "foreign.warc.gz"
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for name in ("a", "b"):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            writer.write_record(
                writer.create_warc_record(url(name), "response", payload=io.BytesIO(b"x"), length=1, http_headers=head)
            )
    assert [(e.url, e.body, e.request_headers) for e in read_exchanges(path)] == [
        (url("a"), b"x", ()),
        (url("b"), b"x", ()),
    ]
    with pytest.raises(DamagedCapture, match="cannot be read"):
        list(read_exchanges(tmp_path / "none.warc"))


def test_the_request_line_is_the_path_of_the_address() -> None:
    assert warc._target("http://a.example.gov.cn") == "/"
    assert warc._target("http://a.example.gov.cn?x=1") == "/?x=1"
    assert warc._target("http://a.example.gov.cn/b?x=1") == "/b?x=1"
    assert warc._target("import:abc") == "import:abc"

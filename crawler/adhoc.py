"""One document outside the nightly round: `gongkai fetch URL` and `gongkai import PATH…`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from archive.store.archive import Archive
from archive.store.captures import read_exchanges
from archive.store.decisions import decided_of
from archive.store.known import answered_at
from archive.store.lost import is_lost
from archive.store.model import Change, Exchange, Run
from archive.store.rebuild import context_of
from archive.store.takedown import forbids
from crawler.conversions import Readable, make_readable
from crawler.convert import ConversionError
from crawler.errors import ConfigError, HarvestError
from crawler.library import Library
from crawler.politeness import parse_robots
from crawler.read import Reading, page_from, read
from crawler.run import Tools
from sites import formats
from sites.errors import SiteError
from sites.model import READER_VERSION, Request, Section, SiteSpec
from sites.reading.forward import LARGEST_FORWARD, find_forward
from sites.reading.urls import canonical

#: Media types by what the bytes are, for saved files that come without headers.
_MEDIA_TYPES = {
    "html": "text/html",
    "xml": "text/xml",
    "json": "application/json",
    "text": "text/plain",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "zip": "application/zip",
    "png": "image/png",
    "jpg": "image/jpeg",
}

#: Larger saved files are refused: no portal document comes near, a mistaken path does.
MAX_FILE_BYTES = 256 * 1024 * 1024


_WITHHELD = "this document is withheld: it is neither fetched nor kept (gongkai withhold lists what is)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document that was read and kept."""

    source: str
    url: str
    reading: Reading
    change: Change

    def as_json(self) -> dict[str, object]:
        """The public shape of one document (`--json`): null where the document does not say."""
        extracted, report = self.reading.extracted, self.reading.report
        value = extracted.metadata.value
        return {
            "file": self.source or None,
            "url": self.url,
            "text_digest": self.change.text_digest,
            "title": report.title or extracted.title or None,
            "year": report.year,
            "body": report.body.name if report.body else None,
            "kind": report.kind,
            "issuer": value("issuer"),
            "index_number": value("index_number"),
            "document_number": value("document_number"),
            "disclosure_mode": value("disclosure_mode"),
            "published_at": value("published_at"),
            "dated_on": value("dated_on"),
            "breadcrumb": list(extracted.breadcrumb),
            "change": self.change.kind,
            "reasons": list(report.reasons),
            "flags": list(extracted.flags),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A document that could not be read; its bytes are kept where any came."""

    source: str
    url: str
    kind: str
    message: str

    def as_json(self) -> dict[str, object]:
        """The public shape of a failure (`--json`)."""
        return {
            "file": self.source or None,
            "url": self.url or None,
            "change": "problem",
            "problem": self.kind,
            "message": self.message,
        }


def keep(
    archive: Archive,
    run: Run,
    exchanges: Sequence[Exchange],
    *,
    library: Library,
    url: str,
    source: str = "",
    spec: SiteSpec | None = None,
    section: Section | None = None,
) -> Kept | Failed:
    """Keep one answer and read it: one step. A document that cannot be read is a problem row."""
    if forbids(archive, url):
        return Failed(source=source, url=url, kind="withheld", message=_WITHHELD)
    last = exchanges[-1]
    name = Path(source).name if source else ""
    unchanged = last.status == 304 or archive.is_read(canonical(url), last.body, READER_VERSION)
    try:
        readable = Readable(exchange=_as_read(archive, url)) if unchanged else make_readable(last, name=name)
        reading = read(
            readable.exchange,
            families=library.families,
            spec=spec,
            section=section,
            requested_url=url,
            name=name,
            decided=decided_of(archive.db.conn, canonical(url)),
        )
    except (SiteError, ConversionError) as error:
        with archive.step():
            capture = [archive.put_capture(exchange) for exchange in exchanges][-1]
            archive.put_problem(
                run=run,
                site_id=spec.id if spec else "",
                section_key=section.key if section else "",
                url=url,
                kind=error.kind,
                message=error.message,
                evidence=error.evidence,
                capture=capture,
            )
        return Failed(source=source, url=url, kind=error.kind, message=error.message)
    with archive.step():
        capture = readable.keep(archive, [archive.put_capture(exchange) for exchange in exchanges][-1])
        if unchanged:
            change = archive.put_unchanged(capture=capture, url=canonical(url), run=run)
        else:
            change = archive.put_reading(
                capture=capture,
                url=canonical(url),
                section=section,
                extracted=reading.extracted,
                report=reading.report,
                family=reading.family,
                run=run,
            )
    if capture.withheld or not change.text_digest:  # by its bytes, or by what it says
        return Failed(source=source, url=url, kind="withheld", message=_WITHHELD)
    return Kept(source=source, url=canonical(url), reading=reading, change=change)


def _as_read(archive: Archive, url: str) -> Exchange:
    """The answer behind a page's current reading: a conversion is not made twice."""
    _, held = context_of(archive, canonical(url))
    capture = archive.capture(held)
    assert capture is not None, "a page is known by its capture"
    return archive.exchange_of(capture)


async def fetch_url(tools: Tools, url: str, *, site: str = "") -> Kept | Failed:
    """Fetch one address politely, keep it, read it."""
    archive, library, config = tools.archive, tools.library, tools.config
    if forbids(archive, url):
        return Failed(source="", url=url, kind="withheld", message=_WITHHELD)
    spec = library.named([site])[0] if site else library.site_of(url)
    section = library.section_of(spec, url) if spec else None
    if spec:
        with archive.step():
            archive.put_sites([spec])
    run = archive.start_run("fetch", url)
    try:
        if config.crawl.respect_robots:
            await _obey_robots(tools, url)
        # Only what was read is asked for conditionally: "not modified" would leave the rest unread.
        readable = canonical(answered_at(archive.db.conn, canonical(url))) == canonical(url)
        last = archive.last_capture(url) if readable else None
        if last is not None and is_lost(archive.db.conn, last.id):
            last = None
        exchanges = await tools.fetcher.fetch(
            Request(url=url), etag=last.etag if last else "", last_modified=last.last_modified if last else ""
        )
        small = len(exchanges[-1].body) <= LARGEST_FORWARD
        if small and (target := find_forward(page_from(exchanges[-1]))) is not None:
            exchanges += await tools.fetcher.fetch(Request(url=target))
    except HarvestError as error:
        with archive.step():
            archive.put_problem(
                run=run,
                site_id=spec.id if spec else "",
                section_key=section.key if section else "",
                url=url,
                kind=error.kind,
                message=error.message,
                evidence=error.evidence,
            )
        archive.finish_run(run)
        return Failed(source="", url=url, kind=error.kind, message=error.message)
    result = keep(archive, run, exchanges, library=library, url=url, spec=spec, section=section)
    archive.finish_run(run)
    return result


async def _obey_robots(tools: Tools, url: str) -> None:
    """Let the fetcher refuse what the host's robots.txt does not allow."""
    origin = "/".join(url.split("/")[:3])
    exchanges = await tools.fetcher.fetch(Request(url=f"{origin}/robots.txt"))
    with tools.archive.step():
        for exchange in exchanges:
            tools.archive.put_capture(exchange)
    answer = exchanges[-1]
    tools.fetcher.put_robots(url, parse_robots(answer.status, answer.header("content-type"), answer.body))


def saved_exchanges(path: Path, *, url: str, clock: Callable[[], datetime]) -> Iterator[tuple[str, Exchange]]:
    """The documents in a saved file, each with the address it goes by.

    A WARC gives every response it holds. Any other file is one document under `url`, or, when nobody
    knows its address, under one made from its bytes, so that importing it again changes nothing.
    """
    if path.name.endswith((".warc", ".warc.gz")):
        for exchange in read_exchanges(path):
            yield exchange.url, exchange
        return
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: {size} bytes is more than a document can be ({MAX_FILE_BYTES})")
    body = path.read_bytes()
    address = url or f"import:{sha256(body).hexdigest()[:16]}/{quote(path.name)}"
    media_type = _MEDIA_TYPES.get(formats.sniff(body, path.name), "application/octet-stream")
    yield (
        address,
        Exchange(
            url=address,
            method="GET",
            request_headers=(),
            request_body=b"",
            status=200,
            reason="OK",
            http_version="HTTP/1.1",
            headers=(("Content-Type", media_type),),
            body=body,
            fetched_at=clock(),
        ),
    )


def import_paths(tools: Tools, paths: Sequence[Path], *, url: str = "", site: str = "") -> Iterator[Kept | Failed]:
    """Read saved pages, documents and WARC files into the archive, one step a document."""
    library = tools.library
    spec = library.named([site])[0] if site else None
    run = tools.archive.start_run("import", " ".join(path.name for path in paths))
    if spec:
        with tools.archive.step():
            tools.archive.put_sites([spec])
    for path in paths:
        for address, exchange in saved_exchanges(path, url=url, clock=tools.clock):
            place = spec or library.site_of(address)
            section = library.section_of(place, address) if place else None
            yield keep(
                tools.archive,
                run,
                [exchange],
                library=library,
                url=address,
                source=str(path),
                spec=place,
                section=section,
            )
    tools.archive.finish_run(run)


def files_under(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, in order. `ConfigError` for what is not there."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(child for child in path.rglob("*") if child.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise ConfigError(f"{path} is not there: name a file or a folder")
    return files


__all__ = ["Failed", "Kept", "fetch_url", "files_under", "import_paths", "keep", "saved_exchanges"]

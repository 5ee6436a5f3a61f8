"""The replica portal on loopback: real sockets, HTTP/1.1 keep-alive, and a log of every request.

In the tests it runs in threads of the test's own process; `python -m crawler.demo.server` runs it apart,
writing its log as JSON lines and obeying `advance` and `stop` on standard input."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.demo.answers import Answer, answer
from crawler.demo.content import articles
from crawler.demo.portal import portal_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLogEntry:
    """One request as the server saw it. `started` and `ended` are seconds of a monotonic clock: from the
    moment the request line was read to the moment the answer went out."""

    started: float
    ended: float
    host: str
    method: str
    path: str
    headers: dict[str, str]
    status: int
    body: str


#: Called before an answer is written; may give another one in its place (how tests inject faults).
Hook = Callable[[str, str, dict[str, str]], Answer | None]


_Connection = socket.socket | tuple[bytes, socket.socket]


class _Server(ThreadingHTTPServer):
    # Threads are joined on close: a test that ends leaves nothing running.
    daemon_threads = False
    replica: Replica

    def __init__(self, address: tuple[str, int], replica: Replica) -> None:
        self.replica = replica
        self.open_sockets: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: _Connection, client_address: object) -> None:
        if isinstance(request, socket.socket):
            self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Connection) -> None:
        if isinstance(request, socket.socket):
            self.open_sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: _Connection, client_address: object) -> None:
        """A client that was killed in mid-request is no error of the replica."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    # Answers are written at once; a delayed last segment would cost 40 ms a request.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """The replica keeps its own log."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        started = time.monotonic()
        replica = self.server.replica
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0") or 0))
        found = replica.answer(self.command, self.path, headers, body)
        # Noted before it is sent: who has an answer finds its request in the log.
        replica.note(
            RequestLogEntry(
                started=started,
                ended=time.monotonic(),
                host=headers.get("host", ""),
                method=self.command,
                path=self.path,
                headers=headers,
                status=found.status,
                body=body.decode("utf-8", "replace"),
            )
        )
        self.send_response(found.status)
        for name, value in found.headers:
            self.send_header(name, value)
        if found.status != 304:
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)
        self.wfile.flush()


class Replica:
    """The demo county's portal on a loopback port. A context manager: entered it serves, left it is gone.

    `night` starts at 1; `advance` makes it 2. `log` holds every request in the order they were answered.
    `views` feeds the visitor counter in every page: it counts up unless a test holds it still, so that two
    crawls are answered with the same bytes.
    """

    def __init__(
        self, port: int = 0, *, host: str = "127.0.0.1", hook: Hook | None = None, views: Iterator[int] | None = None
    ) -> None:
        if not host.startswith("127."):
            raise ValueError(f"the replica serves loopback only, not {host}")
        self.night = 1
        self.log: list[RequestLogEntry] = []
        self.on_entry: Callable[[RequestLogEntry], None] | None = None
        self._hook = hook
        self._views = views or count(100)
        self._guard = threading.Lock()
        self._server = _Server((host, port), self)
        bound_host, bound_port = self._server.server_address[:2]
        self.host = str(bound_host)
        self.port = int(bound_port)
        self.url = f"http://{self.host}:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        articles()  # rendered once here, not inside the first request
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving, end open connections, join all threads."""
        self._server.shutdown()
        for connection in list(self._server.open_sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client hung up first
        self._server.server_close()
        self._thread.join()

    def advance(self) -> None:
        """Go on to the next night: one report edited, one taken down, one new."""
        self.night += 1

    @property
    def portal_toml(self) -> str:
        """The portal file for this replica."""
        return portal_toml(self.url)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What is answered; the hook is asked first."""
        replaced = self._hook(method, path, headers) if self._hook else None
        if replaced is not None:
            return replaced
        night = min(self.night, 2)
        return answer(night=night, method=method, target=path, headers=headers, body=body, views=next(self._views))

    def note(self, entry: RequestLogEntry) -> None:
        """Add an entry to the log."""
        with self._guard:
            self.log.append(entry)
            if self.on_entry:
                self.on_entry(entry)


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input says `stop` or ends; `advance` starts the next night. The first line on
    standard output is the address."""
    parser = argparse.ArgumentParser(prog="python -m crawler.demo.server", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", help="append every request to this file as a JSON line")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        replica = Replica(options.port)
        if options.log:
            lines = stack.enter_context(Path(options.log).open("a", encoding="utf-8"))

            def write(entry: RequestLogEntry) -> None:
                lines.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
                lines.flush()

            replica.on_entry = write
        stack.enter_context(replica)
        sys.stdout.write(replica.url + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            if line.strip() == "advance":
                replica.advance()
            elif line.strip() == "stop":
                break


if __name__ == "__main__":
    main()

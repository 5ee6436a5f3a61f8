"""A family's replica on a real socket: what it answers for its own host, under an address of this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from sites.model import Request
from tests.replicas.base import Replica


class Loopback:
    """Serves a replica on 127.0.0.1. Its own host name becomes this server's address in every answer."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                outer.answer(self)

            do_GET = do_POST = _answer  # noqa: N815 - http.server's names

            def log_message(self, format: str, *args: object) -> None:
                """The test reads the archive, not a log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Hand the request to the replica as if it had come to its own host."""
        mine, theirs = self.host.encode(), self._replica.host.encode()
        length = int(handler.headers.get("Content-Length") or 0)
        request = Request(
            url=f"http://{self._replica.host}{handler.path}",
            method="POST" if handler.command == "POST" else "GET",
            headers=tuple(
                (name, value.replace(self.host, self._replica.host)) for name, value in handler.headers.items()
            ),
            body=handler.rfile.read(length).replace(mine, theirs),
        )
        status, headers, body = self._replica.respond(request)
        body = body.replace(theirs, mine).replace(b"www.qinghe.example.gov.cn", mine)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value.replace(self._replica.host, self.host))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

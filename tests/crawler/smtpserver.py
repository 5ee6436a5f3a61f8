"""A mail server on loopback that keeps what it is given: EHLO, STARTTLS, AUTH PLAIN and LOGIN, DATA."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass
class Kept:
    """One letter: how it came, from whom, to whom, what."""

    encrypted: bool
    login: tuple[str, str] | None
    sender: str
    to: list[str] = field(default_factory=list)
    data: str = ""


class MailServer:
    """`context` offers STARTTLS; `refuse` answers every letter with an error."""

    def __init__(self, context: ssl.SSLContext | None = None, *, refuse: bool = False) -> None:
        self.letters: list[Kept] = []
        server = self

        class Session(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.secure: ssl.SSLSocket | None = None
                try:
                    self.talk()
                finally:
                    if self.secure is not None:
                        self.secure.close()

            def talk(self) -> None:
                connection, encrypted, login = self.request, False, None
                stream = connection.makefile("rb")
                letter: Kept | None = None

                def say(line: str) -> None:
                    connection.sendall(line.encode() + b"\r\n")

                say("220 loopback")
                while line := stream.readline().decode().strip():
                    verb = line.split()[0].upper()
                    if verb == "EHLO":
                        offers = ["loopback", *(["STARTTLS"] if context and not encrypted else []), "AUTH PLAIN"]
                        for offer in offers[:-1]:
                            say(f"250-{offer}")
                        say(f"250 {offers[-1]}")
                    elif verb == "STARTTLS" and context:
                        say("220 go")
                        try:
                            self.secure = connection = context.wrap_socket(connection, server_side=True)
                        except (ssl.SSLError, OSError):
                            return
                        stream, encrypted = connection.makefile("rb"), True
                    elif verb == "AUTH":
                        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                        login = (user, password)
                        say("235 in")
                    elif verb == "MAIL":
                        letter = Kept(encrypted, login, line)
                        say("250 yes")
                    elif verb == "RCPT":
                        assert letter is not None
                        letter.to.append(line)
                        say("550 nobody here" if refuse else "250 yes")
                    elif verb == "DATA":
                        assert letter is not None
                        say("354 go on")
                        rows = []
                        while (row := stream.readline().decode()) != ".\r\n":
                            rows.append(row)
                        letter.data = "".join(rows)
                        server.letters.append(letter)
                        say("250 kept")
                    elif verb == "QUIT":
                        say("221 bye")
                        return
                    else:
                        say("250 yes")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
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

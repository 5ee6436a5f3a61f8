"""Connections: which addresses may be connected to, under which TLS rules.

Names are resolved here and the connection goes to the very address that was checked, so a name cannot
be public when it is looked at and private when it is used (portals.md §11: SSRF).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Literal

import httpcore
import httpx

from crawler.errors import Refused, Unreachable
from crawler.politeness import find_address, is_public_address

Tls = Literal["strict", "legacy"]

#: Socket options as httpcore passes them on.
_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

#: OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, which Python names only from 3.12 on.
_OP_LEGACY_SERVER_CONNECT = 0x4

#: Addresses of one name that are tried in turn.
_ADDRESSES_TRIED = 3


def tls_context(tls: Tls, *, verify: bool) -> ssl.SSLContext:
    """The TLS rules of a host. `legacy` lets in unsafe renegotiation, TLS 1.0, SHA-1 and short keys, as
    old portals need them (portals.md §10); certificates are still checked unless `verify` is False."""
    context = ssl.create_default_context()
    if tls == "legacy":
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", _OP_LEGACY_SERVER_CONNECT)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to others only when `allowed(address)` says so."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect. Raises `Unreachable` (dns) and `Refused` (address)."""
        addresses = await self._resolve(host, port, timeout)
        usable = [address for address in addresses if is_public_address(address) or self._allowed(address)]
        if not usable:
            raise Refused(
                f"{host} is at {', '.join(addresses)}: a private or local address. If it is meant to be, give the host "
                "address_allowed = true and a why in config.toml",
                reason="address",
                evidence=", ".join(addresses),
            )
        for address in usable[: _ADDRESSES_TRIED - 1]:
            if address is usable[-1]:
                break
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(usable[-1], port, timeout, local_address, socket_options)

    async def _resolve(self, host: str, port: int, limit: float | None) -> list[str]:
        if find_address(host) is not None:
            return [host.strip("[]")]
        try:
            async with asyncio.timeout(limit):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise Unreachable(f"{host}: the name server did not answer in time", reason="dns") from None
        except (socket.gaierror, UnicodeError) as error:
            raise Unreachable(f"{host}: the name cannot be resolved ({error})", reason="dns") from error
        # IPv4 first: many portals have AAAA records that lead nowhere.
        found.sort(key=lambda item: item[0] != socket.AF_INET)
        return list(dict.fromkeys(str(item[4][0]) for item in found))

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Never: portals are not files."""
        raise Refused("a unix socket is not a portal", reason="address")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore's own retries would (they are off)."""
        await self._backend.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over guarded connections: one at a time, since one host is asked one thing at
    a time. httpx has no parameter for the backend, so the pool it made is replaced."""

    def __init__(self, context: ssl.SSLContext, allowed: Callable[[str], bool]) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=2,
            max_keepalive_connections=1,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(allowed),
        )

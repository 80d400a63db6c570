"""Ports of their own for faults that begin with the connection: plain, behind TLS, in HTTP/2."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from functools import partial
from pathlib import Path

from tests.site.faults.frames import serve_http2
from tests.site.faults.registry import FAULTS, GONE, Fault

_LOOPBACK = "127.0.0.1"
_HELD: list[socket.socket] = []


async def open_doors(certificates: Path) -> tuple[dict[str, int], list[asyncio.Server]]:
    """The port of each fault that has one, and the servers that listen there; `certificates`: the folder of them."""
    ports, servers = {}, []
    for fault in FAULTS.values():
        if fault.door == "site":
            continue
        if fault.name == "refused":
            ports[fault.name] = _closed_port()
            continue
        context = None if fault.door == "port" else _context(fault, certificates)
        serve = serve_http2(fault) if fault.door == "h2" else partial(_serve, fault)
        server = await asyncio.start_server(serve, _LOOPBACK, 0, ssl=context)
        ports[fault.name] = server.sockets[0].getsockname()[1]
        servers.append(server)
    return ports, servers


def _closed_port() -> int:
    """A port that stays free of listeners, because a socket that does not listen holds it."""
    _HELD.append(socket.socket())
    _HELD[-1].bind((_LOOPBACK, 0))
    port: int = _HELD[-1].getsockname()[1]
    return port


async def _serve(fault: Fault, reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(*GONE):
        await fault.does(reader, writer)
    writer.close()


def _context(fault: Fault, certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if fault.certificate == "old":
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    file = certificates / f"{'server' if fault.certificate == 'old' else fault.certificate}.pem"
    context.load_cert_chain(file)
    context.set_alpn_protocols(["h2"] if fault.door == "h2" else ["http/1.1"])
    return context

"""A site on loopback with a given latency and size of pages, for measuring what a client costs by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import uvloop

from crawler.core.errors import BadInput

MOST_HOSTS = 200
START_S = 10.0


@dataclass(frozen=True, slots=True)
class LocalSite:
    """What is served: on each of `hosts` loopback addresses a page that links to all others of that host.

    page_bytes: size of each body, the linking page apart, which is as large as its links need.
    """

    hosts: int = 4
    pages_per_host: int = 50
    page_bytes: int = 20_000
    latency_s: float = 0.0

    def body(self, path: str) -> bytes | None:
        """The page at `path`: `/`, or `/1` up to the last one; None for all others."""
        number = 0 if path == "/" else int(path[1:]) if path[1:].isdecimal() and path[1] != "0" else -1
        if not 0 <= number < self.pages_per_host:
            return None
        links = "".join(f'<a href="/{other}">{other}</a> ' for other in range(1, self.pages_per_host))
        text = f"<!doctype html><title>Page {number}</title><p>{links if number == 0 else ''}"
        return text.encode().ljust(self.page_bytes, b".")


@contextmanager
def running_local_site(site: LocalSite) -> Iterator[list[str]]:
    """Serves `site` in a thread while the block runs; the URLs of its hosts. Raises BadInput where this machine has no
    such addresses."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local site", daemon=True)
    thread.start()
    servers: list[asyncio.Server] = []
    try:
        listening = asyncio.run_coroutine_threadsafe(_listen(site, servers), loop)
        yield listening.result(START_S)
    except OSError as error:
        raise BadInput(f"cannot serve {site.hosts} hosts on loopback: {error.strerror or error}") from None
    finally:
        asyncio.run_coroutine_threadsafe(_close(servers), loop).result(START_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_S)


async def _listen(site: LocalSite, servers: list[asyncio.Server]) -> list[str]:
    loop, urls = asyncio.get_running_loop(), []
    for number in range(1, site.hosts + 1):
        server = await loop.create_server(lambda: _Connection(site), f"127.0.0.{number}", 0, backlog=1024)
        servers.append(server)
        host, port = server.sockets[0].getsockname()
        urls.append(f"http://{host}:{port}/")
    return urls


async def _close(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()


class _Connection(asyncio.Protocol):
    """Answers GET requests, each after the latency; reads no bodies."""

    def __init__(self, site: LocalSite) -> None:
        self._site = site
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one in all but its ancestry

    def data_received(self, data: bytes) -> None:
        *heads, self._received = (self._received + data).split(b"\r\n\r\n")
        for head in heads:
            answer = _answer(self._site.body(head.split(b" ", 2)[1].decode("ascii", "replace")))
            asyncio.get_running_loop().call_later(self._site.latency_s, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def _answer(body: bytes | None) -> bytes:
    if body is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body

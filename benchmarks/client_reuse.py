"""Many requests with one client, or with a client for each: `python client_reuse.py aiohttp once 500 URL…`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
import httpx

_AT_ONCE = 16


async def aiohttp_once(urls: list[str]) -> None:
    """One session for all."""
    async with aiohttp.ClientSession() as session:
        await _bounded(urls, lambda url: _read(session, url))


async def aiohttp_each(urls: list[str]) -> None:
    """A session for each request."""

    async def fetch(url: str) -> None:
        async with aiohttp.ClientSession() as session:
            await _read(session, url)

    await _bounded(urls, fetch)


async def httpx_once(urls: list[str]) -> None:
    """One client for all."""
    async with httpx.AsyncClient() as client:
        await _bounded(urls, lambda url: _get(client, url))


async def httpx_each(urls: list[str]) -> None:
    """A client for each request."""

    async def fetch(url: str) -> None:
        async with httpx.AsyncClient() as client:
            await _get(client, url)

    await _bounded(urls, fetch)


async def _read(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url) as response:
        response.raise_for_status()
        await response.read()


async def _get(client: httpx.AsyncClient, url: str) -> None:
    (await client.get(url)).raise_for_status()


async def _bounded(urls: list[str], fetch: Callable[[str], Awaitable[None]]) -> None:
    semaphore = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str) -> None:
        async with semaphore:
            await fetch(url)

    await asyncio.gather(*map(one, urls))


WAYS = {
    "aiohttp": {"once": aiohttp_once, "each": aiohttp_each},
    "httpx": {"once": httpx_once, "each": httpx_each},
}


def main() -> int:
    """Prints requests a second and CPU milliseconds a request as JSON."""
    library, way, number, *bases = sys.argv[1:]
    urls = [bases[index % len(bases)] for index in range(int(number))]
    wall, cpu = time.monotonic(), time.process_time()
    asyncio.run(WAYS[library][way](urls))
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    print(json.dumps({"requests_per_s": len(urls) / wall, "cpu_ms": 1000 * cpu / len(urls)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

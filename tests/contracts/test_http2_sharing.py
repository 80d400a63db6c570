"""A page that breaks an HTTP/2 connection costs those that share it one attempt: their retries are out of its reach."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from crawler.core.errors import FetchFailed
from crawler.core.visit import Response

from .client_servers import Http2Connection, Page, Seen, http2
from .test_client_contract import HTML, Trust, client, exchange, trust

__all__ = ["trust"]  # a fixture
QUICK_S = 10.0


@pytest.mark.parametrize("name", ["httpx", "httpx2", "curl"])
async def test_a_retry_is_out_of_reach_of_a_page_that_breaks_connections(name: str, trust: Trust) -> None:
    broken = asyncio.Event()
    ways: Counter[str] = Counter()
    places: dict[str, list[int]] = {}

    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        places.setdefault(seen.target, []).append(seen.connection)
        ways[seen.target] += 1
        if seen.target == "/bad":
            connection.hang_up()
            broken.set()
        elif seen.target == "/slow" and ways[seen.target] == 1:
            await broken.wait()  # its answer never comes
        elif seen.target == "/slow":
            await asyncio.sleep(0.3)
            connection.reply(stream, Page(HTML))
        else:
            connection.reply(stream, Page(HTML))

    async with (
        http2(answer, trust.server()) as server,
        client(name, http2=True, ca_file=trust.ca_file) as it,
        asyncio.timeout(QUICK_S),
    ):
        origin = f"https://127.0.0.1:{server.port}"

        async def ask(path: str, *, retry: bool = False) -> Response | FetchFailed:
            try:
                response: Response = await it.send(exchange(origin + path, is_retry=retry))
            except FetchFailed as failure:
                return failure
            return response

        assert isinstance(await ask("/first"), Response)
        slow = asyncio.create_task(ask("/slow"))
        while not places.get("/slow"):
            await asyncio.sleep(0.005)
        assert isinstance(await ask("/bad"), FetchFailed)
        assert isinstance(await slow, FetchFailed)
        again = asyncio.create_task(ask("/slow", retry=True))
        while len(places["/slow"]) < 2:
            await asyncio.sleep(0.005)
        assert isinstance(await ask("/bad", retry=True), FetchFailed)
        assert isinstance(await again, Response)
        assert places["/slow"][1] != places["/bad"][1]

"""Our clients, made from a configuration as a crawl makes them, with all they promise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from benchmarks.alone.job import Answer, Ask, Job
from crawler.config.model import Config
from crawler.core.visit import Exchange
from crawler.runner.assembly import build_client, build_identity


@asynccontextmanager
async def asking(client_type: str, job: Job) -> AsyncIterator[Ask]:
    """Through the client of that type."""
    config = Config.model_validate(
        {
            "name": "alone",
            "seeds": [{"url": job.url}],
            "client": {"type": client_type, "http2": job.http2, "ca_file": job.ca_file},
        }
    )
    client, name_host = build_client(config, build_identity(config), job.at_once)
    name_host(job.url)
    exchange = Exchange(job.url, config.limits.max_response_size)

    async def ask() -> Answer:
        response = await client.send(exchange)
        return Answer(response.status, len(response.body), response.http_version)

    async with client:
        yield ask


aiohttp, httpx, httpx2, curl = (partial(asking, name) for name in ("aiohttp", "httpx", "httpx2", "curl"))

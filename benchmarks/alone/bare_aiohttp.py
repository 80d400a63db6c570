"""aiohttp's own session, as its documentation shows it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.alone.job import Answer, Ask, Job


@asynccontextmanager
async def asking(job: Job) -> AsyncIterator[Ask]:
    """Through one session."""
    connector = aiohttp.TCPConnector(limit=job.at_once, ssl=ssl.create_default_context(cafile=job.ca_file))
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask() -> Answer:
            async with session.get(job.url) as response:
                body, version = await response.read(), response.version
                return Answer(response.status, len(body), f"HTTP/{version.major}.{version.minor}" if version else "")

        yield ask

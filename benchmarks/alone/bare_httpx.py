"""The own client of httpx and of httpx2, as their documentation shows it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module

from benchmarks.alone.job import Answer, Ask, Job


@asynccontextmanager
async def asking(library: str, job: Job) -> AsyncIterator[Ask]:
    """Through one client, whose pool keeps as many connections as may be open (else it closes some all the time)."""
    httpx = import_module(library)
    limits = httpx.Limits(max_connections=job.at_once, max_keepalive_connections=job.at_once)
    context = ssl.create_default_context(cafile=job.ca_file)
    async with httpx.AsyncClient(http2=job.http2, verify=context, limits=limits, trust_env=False) as client:

        async def ask() -> Answer:
            response = await client.get(job.url)
            return Answer(response.status_code, len(response.content), response.http_version)

        yield ask


httpx, httpx2 = (partial(asking, library) for library in ("httpx", "httpx2"))

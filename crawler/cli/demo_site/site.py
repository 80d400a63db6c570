"""The demo site as a web server on loopback, with the weak spots that real sites have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from aiohttp import web

from crawler.cli.demo_site.pages import Page, all_pages, html, month, paragraph

DEMO_CONFIG = files(__package__).joinpath("demo.yaml").read_text(encoding="utf-8")  # {base}: the site's URL

_SLOW_S = 1.5
_MOVES = 3


@asynccontextmanager
async def serve_demo(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves the demo site while the block runs; its URL, which ends in a slash. Port 0: any free one."""
    pages: dict[str, Page] = {}
    runner = web.AppRunner(_application(pages), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        base_url = f"http://{host}:{runner.addresses[0][1]}/"
        pages |= all_pages(base_url)
        yield base_url
    finally:
        await runner.cleanup()


def _application(pages: dict[str, Page]) -> web.Application:
    async def static(request: web.Request) -> web.Response:
        return _answer(pages.get(request.path_qs))

    application = web.Application()
    application.router.add_get("/old-shop", _old_shop)
    application.router.add_get("/moved/{step}", _moved)
    application.router.add_get("/partner", _partner)
    application.router.add_get("/slow", _slow)
    application.router.add_get("/flaky", _Flaky().answer)
    application.router.add_get("/events/{year:[0-9]{4}}/{month:[0-9]{1,2}}", _events)
    application.router.add_get("/{path:.*}", static)
    return application


def _answer(page: Page | None) -> web.Response:
    if page is None:
        return _html_response(html("Not here", paragraph("The tide took it.")), status=404)
    headers = {"Content-Type": page.content_type}
    if page.content_encoding:
        headers["Content-Encoding"] = page.content_encoding
    return web.Response(body=page.body, headers=headers)


def _html_response(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)


async def _old_shop(request: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": "/books/"})


async def _moved(request: web.Request) -> web.Response:
    step = request.match_info["step"]
    if step.isdigit() and int(step) < _MOVES:
        return web.Response(status=302, headers={"Location": f"/moved/{int(step) + 1}"})
    return _html_response(html("The new office", paragraph("Third door on the left, this time for good.")))


async def _partner(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://partner.example/"})


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(_SLOW_S)
    return _html_response(html("Slow but sure", paragraph("Thank you for waiting.")))


async def _events(request: web.Request) -> web.Response:
    return _html_response(month(int(request.match_info["year"]), int(request.match_info["month"])))


class _Flaky:
    """Fails at every odd visit."""

    def __init__(self) -> None:
        self._visits = 0

    async def answer(self, request: web.Request) -> web.Response:
        self._visits += 1
        if self._visits % 2:
            return _html_response(html("Out of order", paragraph("Please try again.")), status=500)
        return _html_response(html("Back in order", paragraph("It works at the second knock.")))

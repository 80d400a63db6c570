"""RFC 9113, HTTP/2: what a client must bear, what it must refuse, and what it may send again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from crawler.clients import CLIENTS
from crawler.core.errors import FetchFailed
from crawler.core.visit import Response
from tests.contracts.client_servers import Reader, Writer, raw
from tests.contracts.test_client_contract import HTTP2_CLIENTS, asked, client, exchange
from tests.site import Certificates
from tests.site.faults import FAULTS, Fault
from tests.site.faults.frames import END_HEADERS, END_STREAM, HEADERS, Peer, serve_http2

standard = pytest.mark.standard
every_http2_client = pytest.mark.parametrize("name", HTTP2_CLIENTS)
Does = Callable[[Peer, int], Awaitable[None]]


async def outcome(name: str, certificates: Certificates, does: Does) -> Response | FetchFailed:
    """What a client makes of a server that does so at /fault/x; a good page at / must survive it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    context.set_alpn_protocols(["h2"])
    serve: Callable[[Reader, Writer], Awaitable[None]] = serve_http2(Fault("x", "ok", does, "h2", "x"))
    async with raw(serve, context) as port, client(name, http2=True, ca_file=str(certificates.ca)) as it:
        result = await result_of(it, f"https://127.0.0.1:{port}/fault/x")
        good = await asked(it, exchange(f"https://127.0.0.1:{port}/"))
        assert good.http_version == "HTTP/2"
    return result


async def result_of(it: Any, url: str) -> Response | FetchFailed:
    try:
        return await asyncio.wait_for(asked(it, exchange(url)), 20)
    except FetchFailed as failure:
        return failure


BORNE = {
    "h2-unknown-frames": "4.1",
    "h2-padded": "6.1",
    "h2-one-stream-at-a-time": "5.1.2",
    "h2-trailers": "8.1",
    "h2-goes-away-once": "6.8",
    "h2-goes-away-and-finishes": "6.8",
    "h2-stream-refused-once": "8.7",
}
REFUSED = {
    "h2-frame-too-long": "4.2",
    "h2-header-block-broken": "4.3",
    "h2-data-on-stream-0": "6.1",
    "h2-settings-of-5-bytes": "6.5",
    "h2-push": "6.6",
    "h2-ping-of-3-bytes": "6.7",
    "h2-goaway-of-2-bytes": "6.8",
    "h2-window-update-of-0": "6.9",
    "h2-window-overflow": "6.9.1",
    "h2-length-mismatch": "8.1.1",
    "h2-field-in-capitals": "8.2.1",
    "h2-connection-field": "8.2.2",
    "h2-status-not-a-number": "8.3.2",
    "h2-continuation-flood": "10.5",
    "h2-settings-flood": "10.5",
    "h2-ping-flood": "10.5",
    "h2-empty-data-flood": "10.5",
    "h2-header-bomb": "10.5.1",
}


@every_http2_client
@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=standard("RFC 9113", part)) for name, part in BORNE.items()]
)
async def test_it_is_borne(name: str, fault: str, certificates: Certificates) -> None:
    result = await outcome(name, certificates, FAULTS[fault].does)
    assert isinstance(result, Response), result
    assert (result.status, result.http_version) == (200, "HTTP/2")


# libcurl says nothing of a connection that it has given up; the request ends with its deadline, as `timeout`.
CURL_WAITS = {
    *("h2-header-block-broken", "h2-data-on-stream-0", "h2-settings-of-5-bytes", "h2-ping-of-3-bytes"),
    *("h2-goaway-of-2-bytes", "h2-window-update-of-0", "h2-window-overflow", "h2-settings-flood", "h2-ping-flood"),
}


def deviates(where: bool, reason: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(run=False, reason=reason)] if where else []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(
            *(name, fault),
            marks=[
                standard("RFC 9113", part),
                *deviates(name == "curl" and fault in CURL_WAITS, "libcurl tells nobody; a deadline ends it"),
            ],
        )
        for name in HTTP2_CLIENTS
        for fault, part in REFUSED.items()
    ],
)
async def test_it_is_refused_and_the_next_page_is_fetched(name: str, fault: str, certificates: Certificates) -> None:
    result = await outcome(name, certificates, FAULTS[fault].does)
    assert isinstance(result, FetchFailed), result
    assert result.type == "protocol"


async def no_status(peer: Peer, stream: int) -> None:
    peer.frame(HEADERS, peer.packed(("content-type", "x/y")), flags=END_HEADERS | END_STREAM, stream=stream)


@pytest.mark.parametrize("name", HTTP2_CLIENTS)
@standard("RFC 9113", "8.3.2")
async def test_an_answer_without_a_status_is_refused(name: str, certificates: Certificates) -> None:
    assert isinstance(await outcome(name, certificates, no_status), FetchFailed)


async def reset_with(code: int, peer: Peer, stream: int) -> None:
    peer.reset(stream, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param(
            *(name, code),
            marks=deviates(name == "curl" and code == 13, "libcurl takes HTTP_1_1_REQUIRED for a refused stream"),
        )
        for name in HTTP2_CLIENTS
        for code in (0, 1, 2, 8, 11, 13, 4711)
    ],
)
@standard("RFC 9113", "8.7")
async def test_a_stream_reset_with_any_other_code_is_a_failure(
    name: str, code: int, certificates: Certificates
) -> None:
    result = await outcome(name, certificates, partial(reset_with, code))
    assert isinstance(result, FetchFailed)
    assert (result.type, result.unheard) == ("protocol", False)


@standard("RFC 9113", "3.2")
def test_who_does_not_speak_it_is_known() -> None:
    assert set(CLIENTS) - set(HTTP2_CLIENTS) == {"aiohttp"}

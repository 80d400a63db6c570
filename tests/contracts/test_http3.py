"""HTTP/3: how it is offered and given up, and that nothing else holds less over QUIC than over TCP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trustme

from crawler.clients.address_guard import AddressGuard
from crawler.clients.curl.options import speaks_http3
from crawler.core.errors import FetchFailed
from crawler.core.visit import Response

from .client_servers import Http3Connection, Page, Seen, http1, http2, http3, site, site2, site3
from .test_client_contract import HTML, MIB, QUICK, Names, Trust, client, exchange, failure, told, trust

pytestmark = pytest.mark.skipif(not speaks_http3(), reason="this libcurl was built without HTTP/3")
OVER_QUIC = {"http3": True}
__all__ = ["trust"]  # a fixture


@asynccontextmanager
async def datagrams(port: int) -> AsyncIterator[Callable[[], int]]:
    """A hole for UDP, and a function that counts what has fallen into it since it was asked last."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", port))
        hole.setblocking(False)

        def heard() -> int:
            count = 0
            with suppress(BlockingIOError):
                while hole.recv(2000):
                    count += 1
            return count

        yield heard


@pytest.mark.parametrize("version", ["HTTP/2", "HTTP/1.1"])
async def test_a_host_without_http3_is_asked_in_what_it_speaks_and_quic_is_tried_once(
    version: str, trust: Trust
) -> None:
    pages = {"/": Page(HTML)}
    older = http2(site2(pages), trust.server()) if version == "HTTP/2" else http1(site(pages), trust.server())
    async with (
        older as server,
        client("curl", **OVER_QUIC, ca_file=trust.ca_file, connections=1) as it,
        datagrams(server.port) as heard,
    ):
        tried = []
        for _ in range(3):
            response: Response = await it.send(exchange(f"https://127.0.0.1:{server.port}/", new_connection=True))
            assert (response.http_version, response.body) == (version, HTML)
            tried.append(heard() > 0)
    assert tried == [True, False, False]


async def test_plain_http_is_not_offered_it() -> None:
    async with http1(site({"/": Page(HTML)})) as server, client("curl", **OVER_QUIC) as it:
        assert (await it.send(exchange(f"http://127.0.0.1:{server.port}/"))).http_version == "HTTP/1.1"


class Turncoat(AddressGuard):
    """Admits an address once."""

    def __init__(self, allow_private: bool | Collection[str] = True) -> None:
        super().__init__(allow_private, ())
        self.asked = 0

    def check(self, host: str, addresses: Iterable[str]) -> list[str]:
        self.asked += 1
        if self.asked > 1:
            raise FetchFailed("private_address", "no", reached=False)
        return list(addresses)


async def test_the_address_that_a_socket_of_udp_is_for_is_checked(trust: Trust) -> None:
    async with http3(site3({"/": Page(HTML)}), trust.file) as server:
        url = f"https://site.test:{server.port}/"
        for guard in (AddressGuard(False, ()), Turncoat()):
            error = await failure("curl", url, **OVER_QUIC, ca_file=trust.ca_file, guard=guard)
            assert error.type == "private_address"
        assert server.connections == 0


async def test_names_are_looked_up_by_the_one_resolver(trust: Trust) -> None:
    names = Names()
    async with (
        http3(site3({"/": Page(HTML)}), trust.file) as server,
        client("curl", **OVER_QUIC, ca_file=trust.ca_file, names=names) as it,
    ):
        for _ in range(3):
            response = await it.send(exchange(f"https://site.test:{server.port}/"))
        counts = it.counts()
    assert (response.http_version, names.asked, server.connections) == ("HTTP/3", ["site.test"], 1)
    assert counts["connections_opened"] == 1


async def test_silence_ends_at_the_deadlines_and_neighbours_go_on(trust: Trust) -> None:
    def answer(seen: Seen, connection: Http3Connection, stream: int) -> None:
        if seen.target == "/head":
            connection.head(stream, Page())
        elif seen.target == "/ok":
            connection.reply(stream, Page(b"ok"))

    async with (
        http3(answer, trust.file) as server,
        client("curl", **OVER_QUIC, ca_file=trust.ca_file, timeouts=QUICK) as it,
    ):
        origin = f"https://127.0.0.1:{server.port}"
        paths = ["/none", "/ok", "/head", "/ok"]
        results = await asyncio.gather(*(it.send(exchange(origin + path)) for path in paths), return_exceptions=True)
        later = await it.send(exchange(f"{origin}/ok"))
    assert [told(r) if isinstance(r, FetchFailed) else getattr(r, "body", r) for r in results] == [
        ("timeout", "no answer within 0.4 s (read)"),
        b"ok",
        ("timeout", "no more of the body within 0.4 s (read)"),
        b"ok",
    ]
    assert (later.body, server.connections) == (b"ok", 1)


async def test_a_host_that_answers_nothing_over_udp_is_given_up(trust: Trust) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole, socket.socket() as other:
        hole.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", hole.getsockname()[1]))
        other.listen()  # and never accepts
        url = f"https://127.0.0.1:{hole.getsockname()[1]}/"
        error = await failure("curl", url, **OVER_QUIC, ca_file=trust.ca_file, timeouts=QUICK)
    assert told(error) == ("timeout", "no connection within 0.4 s (connect)")


async def test_a_host_that_listens_to_nothing_refuses_the_connection(trust: Trust) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    error = await failure("curl", f"https://127.0.0.1:{port}/", **OVER_QUIC, ca_file=trust.ca_file)
    assert told(error) == ("connect", f"connection refused by 127.0.0.1:{port}")


async def test_a_certificate_that_is_not_trusted_is_refused(trust: Trust, tmp_path: Path) -> None:
    strange = tmp_path / "strange.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(strange))
    async with http3(site3({"/": Page(HTML)}), str(strange)) as server:
        error = await failure("curl", f"https://127.0.0.1:{server.port}/", **OVER_QUIC, ca_file=trust.ca_file)
    assert (error.type, server.requests) == ("tls", [])


async def test_a_stream_that_is_reset_fails_alone_and_is_not_sent_again(trust: Trust) -> None:
    def answer(seen: Seen, connection: Http3Connection, stream: int) -> None:
        if seen.target == "/ok":
            connection.reply(stream, Page(b"ok"))
            return
        if seen.target == "/cut":
            connection.reply(stream, Page(b"begin"), ended=False)
        connection.reset(stream, 0x0102)  # H3_INTERNAL_ERROR

    async with http3(answer, trust.file) as server, client("curl", **OVER_QUIC, ca_file=trust.ca_file) as it:
        origin = f"https://127.0.0.1:{server.port}"
        paths = ["/cut", "/ok", "/none"]
        results = await asyncio.gather(*(it.send(exchange(origin + path)) for path in paths), return_exceptions=True)
    assert [told(r) if isinstance(r, FetchFailed) else getattr(r, "body", r) for r in results] == [
        ("protocol", "HTTP/3 stream reset"),
        b"ok",
        ("protocol", "HTTP/3 stream reset"),
    ]
    assert sorted(seen.target for seen in server.requests) == ["/cut", "/none", "/ok"]


async def test_a_rejected_request_was_not_heard(trust: Trust) -> None:
    def reject(seen: Seen, connection: Http3Connection, stream: int) -> None:
        connection.reset(stream, 0x010B)  # H3_REQUEST_REJECTED

    async with http3(reject, trust.file) as server:
        error = await failure("curl", f"https://127.0.0.1:{server.port}/", **OVER_QUIC, ca_file=trust.ca_file)
    assert (told(error), error.unheard, len(server.requests)) == (("protocol", "HTTP/3 stream reset"), True, 1)


@pytest.mark.parametrize("idle_s", [1.3, 0.1])
async def test_a_closed_connection_is_replaced_and_costs_an_attempt_before_libcurl_has_looked(
    idle_s: float, trust: Trust
) -> None:
    open_ones: list[Http3Connection] = []

    def answer(seen: Seen, connection: Http3Connection, stream: int) -> None:
        open_ones.append(connection)
        connection.reply(stream, Page(b"ok"))

    async with (
        http3(answer, trust.file) as server,
        client("curl", **OVER_QUIC, ca_file=trust.ca_file, timeouts=QUICK) as it,
    ):
        url = f"https://127.0.0.1:{server.port}/"
        await it.send(exchange(url))
        open_ones[0].close()
        await asyncio.sleep(idle_s)
        failed: list[FetchFailed] = []
        while len(open_ones) < 2:
            try:
                assert (await it.send(exchange(url))).body == b"ok"
            except FetchFailed as error:
                failed.append(error)
    assert {error.type for error in failed} <= {"protocol"}
    assert sum(not error.unheard for error in failed) <= (idle_s < 1)
    assert server.connections == 2


async def test_a_body_beyond_the_limit_is_stopped(trust: Trust) -> None:
    async with (
        http3(site3({"/long": Page(b"x" * (4 * MIB)), "/ok": Page(HTML)}), trust.file) as server,
        client("curl", **OVER_QUIC, ca_file=trust.ca_file) as it,
    ):
        origin = f"https://127.0.0.1:{server.port}"
        for _ in range(3):
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange(f"{origin}/long"))
            assert caught.value.type == "body_too_large"
        assert (await it.send(exchange(f"{origin}/ok"))).body == HTML
    assert server.connections == 1

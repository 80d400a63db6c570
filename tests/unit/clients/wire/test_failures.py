"""The sentences of failures."""

from __future__ import annotations

import errno
import ssl

import pytest

from crawler.clients.wire.failures import broken, connect_failure, proxy_failure, unexpected


@pytest.mark.parametrize(
    ("number", "tls", "expected"),
    [
        (errno.ECONNREFUSED, False, ("connect", "connection refused by h:1")),
        (errno.ECONNREFUSED, True, ("connect", "connection refused by h:1")),
        (errno.EHOSTUNREACH, False, ("connect", "no route to h:1")),
        (errno.ENETUNREACH, True, ("connect", "network of h:1 unreachable")),
        (errno.ECONNRESET, False, ("connect", "connection reset by h:1")),
        (errno.ECONNRESET, True, ("tls", "connection closed during the TLS handshake")),
        (errno.EMFILE, False, ("connect", "cannot connect to h:1: too many open files")),
        (None, False, ("connect", "cannot connect to h:1: no address could be reached")),
    ],
)
def test_what_the_system_says_becomes_a_sentence(number: int | None, tls: bool, expected: tuple[str, str]) -> None:
    failure = connect_failure(OSError(number, "0xdeadbeef") if number else OSError("many"), "h:1", tls=tls)
    assert (failure.type, failure.message, failure.reached) == (*expected, True)


def test_tls_says_its_reason_without_the_line_of_its_source() -> None:
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
    error.reason = "WRONG_VERSION_NUMBER"
    failure = connect_failure(error, "h:1", tls=True)
    assert (failure.type, failure.message) == ("tls", "TLS handshake failed: wrong version number")


def test_a_standing_connection_that_breaks_is_a_protocol_failure() -> None:
    reset = broken(ConnectionResetError())
    assert reset is not None
    assert (reset.type, reset.message) == ("protocol", "connection reset")
    assert broken(ValueError()) is None


def test_proxies_and_bugs_are_told_apart() -> None:
    assert proxy_failure("it answered 407").type == "connect"
    assert (unexpected(TypeError("x")).type, unexpected(TypeError("x")).message) == (
        "internal",
        "unexpected TypeError in the HTTP client",
    )

from __future__ import annotations

import errno
from typing import Any

import pycurl
import pytest

from crawler.clients.curl.errors import failure_of
from crawler.clients.identity import Identity
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire.transfer import Transfer
from crawler.core.visit import Exchange


class Easy:
    """What an easy handle says of itself after a transfer."""

    def __init__(self, number: int = 0, connect_status: int = 0) -> None:
        self._known = {pycurl.OS_ERRNO: number, pycurl.HTTP_CONNECTCODE: connect_status}

    def getinfo(self, what: int) -> int:
        return self._known[what]


def told(code: int, said: str = "", url: str = "https://host.test/", easy: Easy | None = None, **options: Any) -> Any:
    transfer = Transfer(Exchange(url, 1), Identity(user_agent="me"), Watch(Timeouts()))
    failure = failure_of(code, said, transfer, easy or Easy(), **{"proxied": False} | options)
    return failure.type, failure.message


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (pycurl.E_GOT_NOTHING, "Empty reply from server", "connection closed before the end of the response headers"),
        (pycurl.E_PARTIAL_FILE, "transfer closed with 7 bytes left", "connection closed before the end of the body"),
        (pycurl.E_RECV_ERROR, "Recv failure: Connection reset by peer", "connection reset"),
        (pycurl.E_RECV_ERROR, "Too large response headers: 307244 > 307200", "response headers too large"),
        (pycurl.E_RECV_ERROR, "invalid chunk size: 'xyz'", "malformed chunked body"),
        (pycurl.E_FTP_WEIRD_SERVER_REPLY, "Header without colon", "malformed HTTP response"),
        (pycurl.E_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", "malformed HTTP response"),
        (92, "HTTP/2 stream 1 reset by server (error 0x1 PROTOCOL_ERROR)", "HTTP/2 stream reset"),
        (92, "HTTP/2 stream 5 reset by curl (error 0xb ENHANCE_YOUR_CALM)", "HTTP/2 connection ended by the server"),
        (92, "HTTP/2 stream 1 reset by curl (error 0x1 PROTOCOL_ERROR)", "HTTP/2 stream reset"),
        (95, "HTTP/3 stream 8 reset by server (error 0x102 INTERNAL_ERROR)", "HTTP/3 stream reset"),
        (pycurl.E_PARTIAL_FILE, "HTTP/3 stream 0 reset by server (error 0x102 INTERNAL_ERROR)", "HTTP/3 stream reset"),
        (
            pycurl.E_RECV_ERROR,
            "ngtcp2_conn_writev_stream returned error: ERR_DRAINING",
            "connection closed before the end of the response headers",
        ),
    ],
)
def test_a_broken_answer_is_told_in_the_sentences_of_all_clients(code: int, said: str, expected: str) -> None:
    assert told(code, said) == ("protocol", expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("SSL certificate OpenSSL verify result: self-signed certificate (18)", "self-signed certificate"),
        ("SSL certificate problem: Certificate has expired", "certificate has expired"),
        (
            "SSL: no alternative certificate subject name matches target hostname 'host.test'",
            "hostname mismatch, certificate is not valid for 'host.test'",
        ),
        (
            "TLS connect error: error:0A00010B:SSL routines::wrong version number",
            "TLS handshake failed: wrong version number",
        ),
        ("Recv failure: Connection reset by peer", "connection closed during the TLS handshake"),
    ],
)
def test_tls_failures_say_what_openssl_said(said: str, expected: str) -> None:
    assert told(pycurl.E_SSL_CONNECT_ERROR, said) == ("tls", expected)


def test_an_address_that_is_not_reached_is_told_by_its_error_number() -> None:
    refused = told(pycurl.E_COULDNT_CONNECT, url="http://[::1]:9/", easy=Easy(errno.ECONNREFUSED))
    assert refused == ("connect", "connection refused by [::1]:9")
    assert told(pycurl.E_COULDNT_CONNECT)[1] == "cannot connect to host.test:443: no address could be reached"


def test_what_libcurl_cannot_take_for_a_host_is_no_name() -> None:
    assert told(pycurl.E_URL_MALFORMAT) == ("dns", "not a usable host name: host.test")


@pytest.mark.parametrize(
    ("code", "easy", "expected"),
    [
        (pycurl.E_COULDNT_CONNECT, Easy(), "it cannot be reached"),
        (pycurl.E_COULDNT_CONNECT, Easy(connect_status=407), "it answered 407"),
        (97, Easy(), "it refused the connection"),
    ],
)
def test_a_proxy_that_fails_is_named_as_the_one_that_failed(code: int, easy: Easy, expected: str) -> None:
    said = "cannot complete SOCKS5 connection for user:geheim"
    assert told(code, said, easy=easy, proxied=True) == ("connect", f"the proxy failed: {expected}")


def test_a_host_behind_a_proxy_fails_as_any_other() -> None:
    assert told(pycurl.E_GOT_NOTHING, easy=Easy(connect_status=200), proxied=True)[0] == "protocol"


def test_a_port_that_refuses_udp_is_told_like_one_that_refuses_tcp() -> None:
    said = "Failed to connect to host.test:443 after 1 ms: Could not connect to server"
    expected = ("connect", "connection refused by host.test:443")
    assert told(pycurl.E_SEND_ERROR, said, easy=Easy(errno.ECONNREFUSED)) == expected

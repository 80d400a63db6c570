"""One sentence for each way a connection can fail, the same whatever the client."""

from __future__ import annotations

import errno
import os
import ssl
from typing import Final

from crawler.core.errors import FetchFailed

CLOSED_BEFORE_HEAD: Final = "connection closed before the end of the response headers"
CLOSED_IN_BODY: Final = "connection closed before the end of the body"
RESET: Final = "connection reset"
STREAM_RESET: Final = "HTTP/2 stream reset"
STREAM_RESET_3: Final = "HTTP/3 stream reset"
FLOODED: Final = "flood of HTTP/2 frames"
GONE_AWAY: Final = "HTTP/2 connection ended by the server"
MALFORMED: Final = "malformed HTTP response"
MALFORMED_CHUNK: Final = "malformed chunked body"
HEAD_TOO_LARGE: Final = "response headers too large"

_SENTENCES: Final = {
    errno.ECONNREFUSED: "connection refused by {peer}",
    errno.EHOSTUNREACH: "no route to {peer}",
    errno.ENETUNREACH: "network of {peer} unreachable",
    errno.ETIMEDOUT: "{peer} does not answer",
    errno.ECONNRESET: "connection reset by {peer}",
}


class Offended(Exception):
    """A server does on a connection what nobody has to bear; the sentence says what."""


def connect_failure(error: BaseException, peer: str, *, tls: bool) -> FetchFailed:
    """Why no connection to `peer` (host:port) came about; `tls`: one was wanted with TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailed("tls", _certificate(error))
    if isinstance(error, ssl.SSLError):
        return FetchFailed("tls", f"TLS handshake failed: {_reason(error)}")
    number = error.errno if isinstance(error, OSError) else None
    if tls and (isinstance(error, ConnectionError) and number != errno.ECONNREFUSED):
        return FetchFailed("tls", "connection closed during the TLS handshake")
    if number in _SENTENCES:
        return FetchFailed("connect", _SENTENCES[number].format(peer=peer))
    why = os.strerror(number).lower() if number else "no address could be reached"
    return FetchFailed("connect", f"cannot connect to {peer}: {why}")


def proxy_failure(why: str) -> FetchFailed:
    """What the proxy, rather than the host behind it, did wrong."""
    return FetchFailed("connect", f"the proxy failed: {why}")


def broken(error: BaseException) -> FetchFailed | None:
    """The failure behind an error of the socket or of TLS on a connection that stood; None if it is neither."""
    if isinstance(error, Offended):
        return FetchFailed("protocol", str(error))
    if isinstance(error, ssl.SSLError):
        return FetchFailed("protocol", f"TLS broke off: {_reason(error)}")
    return FetchFailed("protocol", RESET) if isinstance(error, OSError) else None


def unexpected(error: BaseException) -> FetchFailed:
    """A bug, here or in the library; what it is shows in the cause that the failure is raised from."""
    return FetchFailed("internal", f"unexpected {type(error).__name__} in the HTTP client")


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    text = (error.verify_message or "certificate refused").strip(". ")
    return text[:1].lower() + text[1:] if not text.startswith("IP") else text


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "connection closed").replace("_", " ").lower()

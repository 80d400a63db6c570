"""What libcurl calls a failure, in the sentences that all clients share."""

from __future__ import annotations

import re
from typing import Any, Final

import pycurl  # type: ignore[import-untyped]

from crawler.clients.wire import failures
from crawler.clients.wire.transfer import Transfer
from crawler.core.errors import FetchFailed

# Codes that pycurl has no names for
_HTTP2_STREAM: Final = 92
_PROXY: Final = 97
_TOO_LARGE: Final = 100

_TLS: Final = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_ISSUER_ERROR,
}
_NAMES: Final = {pycurl.E_URL_MALFORMAT, pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY}
_SENTENCES: Final = {
    pycurl.E_GOT_NOTHING: failures.CLOSED_BEFORE_HEAD,
    pycurl.E_PARTIAL_FILE: failures.CLOSED_IN_BODY,
    pycurl.E_HTTP2: failures.GONE_AWAY,
    _HTTP2_STREAM: failures.STREAM_RESET,
    _TOO_LARGE: failures.HEAD_TOO_LARGE,
}
_SAYINGS: Final = {
    "reset by peer": failures.RESET,
    "Broken pipe": failures.RESET,
    "Too large response headers": failures.HEAD_TOO_LARGE,
    "chunk": failures.MALFORMED_CHUNK,
    "hex": failures.MALFORMED_CHUNK,
}
_VERIFICATION: Final = re.compile(r"(?:verify result|certificate problem): (.+?)(?: \(\d+\))?$")
_CLOSED: Final = ("reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof", "closed abruptly")
_NOT_CONNECTED: Final = "Failed to connect to"
_QUIC_ENDED: Final = ("ERR_DRAINING", "ERR_CLOSING")
_STREAM_OF_HTTP3: Final = "HTTP/3 stream"
_REJECTED: Final = "REQUEST_REJECTED"
_NAME_MISMATCH: Final = "no alternative certificate subject name"


def failure_of(code: int, said: str, transfer: Transfer, easy: Any, *, proxied: bool) -> FetchFailed:
    """The failure behind libcurl's `code` and what it `said`, of which nothing but known phrases is passed on."""
    if proxied and (failure := _proxy_failure(code, easy)):
        return failure
    if code == pycurl.E_COULDNT_CONNECT:
        reason = OSError(easy.getinfo(pycurl.OS_ERRNO), "")
        return failures.connect_failure(reason, transfer.origin.peer, tls=transfer.origin.tls)
    if code in _NAMES:
        return FetchFailed("dns", f"not a usable host name: {transfer.origin.host}", reached=False)
    if code in _TLS:
        return FetchFailed("tls", _tls_sentence(said, transfer))
    if _NOT_CONNECTED in said:  # over UDP, where it is sending that fails
        return failures.connect_failure(OSError(easy.getinfo(pycurl.OS_ERRNO), ""), transfer.origin.peer, tls=False)
    return _broken(code, said, transfer)


def _broken(code: int, said: str, transfer: Transfer) -> FetchFailed:
    if code == _HTTP2_STREAM and "reset by curl" in said and "PROTOCOL_ERROR" not in said:
        return FetchFailed("protocol", failures.GONE_AWAY, unheard=True)  # the server serves earlier streams only
    if any(state in said for state in _QUIC_ENDED):
        return FetchFailed("protocol", failures.CLOSED_IN_BODY if transfer.has_head else failures.CLOSED_BEFORE_HEAD)
    if _STREAM_OF_HTTP3 in said:
        return FetchFailed("protocol", failures.STREAM_RESET_3, unheard=_REJECTED in said)  # RFC 9114 4.1.1
    if sentence := _SENTENCES.get(code):
        return FetchFailed("protocol", sentence)
    said_of = (sentence for phrase, sentence in _SAYINGS.items() if phrase in said)
    return FetchFailed("protocol", next(said_of, failures.MALFORMED))


def _proxy_failure(code: int, easy: Any) -> FetchFailed | None:
    if (status := easy.getinfo(pycurl.HTTP_CONNECTCODE)) >= 300:
        return failures.proxy_failure(f"it answered {status}")
    if code in (pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_PROXY):
        return failures.proxy_failure("it cannot be reached")
    return failures.proxy_failure("it refused the connection") if code == _PROXY else None


def _tls_sentence(said: str, transfer: Transfer) -> str:
    if _NAME_MISMATCH in said:
        kind = "IP address" if transfer.origin.literal else "hostname"
        return f"{kind} mismatch, certificate is not valid for '{transfer.origin.host}'"
    if found := _VERIFICATION.search(said):
        return found[1][:1].lower() + found[1][1:]
    if any(phrase in said for phrase in _CLOSED):
        return "connection closed during the TLS handshake"
    return f"TLS handshake failed: {said.rpartition(':')[2].strip() or 'no reason given'}"

"""What every easy handle of a client is told once: versions, trust, proxy, and what libcurl shall not do of its own."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import certifi
import pycurl  # type: ignore[import-untyped]

from crawler.clients.wire.proxies import Proxy
from crawler.clients.wire.tls import system_has_authorities

KEEPALIVE_S: Final = 30
_BUFFER_BYTES: Final = 128 * 1024
_SUPPRESS_CONNECT_HEADERS: Final = 265  # pycurl has no name for it
_PROXY_TYPES: Final = {
    "http": pycurl.PROXYTYPE_HTTP,
    "https": 2,  # CURLPROXY_HTTPS
    "socks5": pycurl.PROXYTYPE_SOCKS5_HOSTNAME,  # names are resolved there
}

_NEVER_S: Final = 1_000_000  # libcurl counts milliseconds in 31 bits

VERSIONS: Final = {  # to offer with TLS, each with those before it
    "HTTP/1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "HTTP/2": pycurl.CURL_HTTP_VERSION_2TLS,
    "HTTP/3": 30,  # CURL_HTTP_VERSION_3, for which pycurl has a name where libcurl speaks it
}

Options = Iterator[tuple[int, Any]]


def common_options(*, newest: str, total_s: float) -> Options:
    """What is the same for all. newest: version of HTTP that is offered. total_s: the deadline of an exchange, which
    may be put off by as much again; an address told to libcurl outlives it."""
    yield pycurl.NOSIGNAL, 1
    yield pycurl.NOPROXY, ""  # and none of the environment's
    yield pycurl.PROXY, ""
    yield pycurl.NETRC, pycurl.NETRC_IGNORED
    yield pycurl.FOLLOWLOCATION, 0
    yield pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    yield pycurl.HTTP09_ALLOWED, 0
    yield pycurl.HTTP_CONTENT_DECODING, 0
    yield pycurl.PATH_AS_IS, 1
    yield pycurl.BUFFERSIZE, _BUFFER_BYTES
    yield pycurl.MAXAGE_CONN, KEEPALIVE_S
    yield pycurl.DNS_CACHE_TIMEOUT, min(2 * int(total_s) + 2, _NEVER_S)
    yield pycurl.CONNECTTIMEOUT, _NEVER_S  # not libcurl's to tell: it counts what is nobody's silence
    yield _SUPPRESS_CONNECT_HEADERS, 1
    yield pycurl.PIPEWAIT, int(newest != "HTTP/1.1")


def speaks_http3() -> bool:
    """Whether this libcurl does: not every build."""
    return bool(pycurl.version_info()[4] & getattr(pycurl, "VERSION_HTTP3", 0))


@contextmanager
def trust_options(*, verify: bool, ca_file: str | None) -> Iterator[list[tuple[int, Any]]]:
    """Whom to trust, the host and the proxy alike: the system's authorities (else certifi's) and `ca_file`.

    Of use while the context is entered. libcurl reads a file of authorities once for all connections, anything else
    for each of them, which takes 16 ms and 1.2 MiB with those of a system.
    """
    if not verify:
        hosts = [(pycurl.SSL_VERIFYPEER, 0), (pycurl.SSL_VERIFYHOST, 0)]
        yield [*hosts, (pycurl.PROXY_SSL_VERIFYPEER, 0), (pycurl.PROXY_SSL_VERIFYHOST, 0)]
        return
    paths = ssl.get_default_verify_paths()
    bundle = paths.cafile if system_has_authorities() else certifi.where()
    folder = paths.capath if bundle is None else None  # with both, libcurl would read the bundle for each connection
    if bundle and ca_file:
        with _together(bundle, ca_file) as options:
            yield options
        return
    file = ca_file or bundle
    trusted = [(pycurl.CAINFO, file), (pycurl.PROXY_CAINFO, file)] if file else []
    yield [*trusted, *([(pycurl.CAPATH, folder), (pycurl.PROXY_CAPATH, folder)] if folder else [])]


@contextmanager
def _together(bundle: str, ca_file: str) -> Iterator[list[tuple[int, Any]]]:
    """Two files as one: a file without a name, which nobody has to tidy up, where the system has such files."""
    both = Path(bundle).read_bytes() + b"\n" + Path(ca_file).read_bytes()
    if not hasattr(os, "memfd_create"):
        yield [(pycurl.CAINFO_BLOB, both), (pycurl.PROXY_CAINFO_BLOB, both)]
        return
    with open(os.memfd_create("authorities"), "wb") as file:
        file.write(both)
        file.flush()
        path = f"/proc/self/fd/{file.fileno()}"
        yield [(pycurl.CAINFO, path), (pycurl.PROXY_CAINFO, path)]


def proxy_options(proxy: Proxy | None) -> Options:
    """The way through `proxy`; None: there is none."""
    if proxy is None:
        return
    yield pycurl.PROXY, f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    yield pycurl.PROXYPORT, proxy.port
    yield pycurl.PROXYTYPE, _PROXY_TYPES[proxy.scheme]
    if proxy.username is not None:
        yield pycurl.PROXYUSERNAME, proxy.username.encode()
        yield pycurl.PROXYPASSWORD, (proxy.password or "").encode()

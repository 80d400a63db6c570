"""TLS contexts: whom to trust, which HTTP versions to offer."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import certifi

from crawler.core.errors import BadInput

_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # where OpenSSL looks, if they are set


@cache
def tls_context(*, verify: bool, ca_file: str | None, http2: bool) -> ssl.SSLContext:
    """A client's context. `ca_file` (PEM) is trusted besides the system's authorities. Raises BadInput. 25 to 60 ms."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not system_has_authorities():
        context.load_verify_locations(certifi.where())
    if ca_file is not None:
        trust(context, ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    return context


def trust(context: ssl.SSLContext, ca_file: str) -> None:
    """Has `context` trust the authorities in the PEM file `ca_file`. Raises BadInput."""
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "not PEM"
        raise BadInput(f"client.ca_file: {ca_file} holds no usable certificates ({why})") from None


@contextmanager
def without_authorities() -> Iterator[None]:
    """Default contexts that are made meanwhile trust nobody. aiohttp makes two as soon as it is imported, which takes
    50 ms of reading the system's authorities; with https the clients use `tls_context` in their place."""
    before = {name: os.environ.get(name) for name in _AUTHORITIES}
    os.environ.update(dict.fromkeys(_AUTHORITIES, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def system_has_authorities() -> bool:
    """False on bare machines and in small containers, where the default context would refuse every host."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and bool(os.listdir(paths.capath)))

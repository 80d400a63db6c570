"""Proxies taken apart: where they are, and the credentials they want."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from crawler.core.errors import BadInput

DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080}


class Proxy(NamedTuple):
    """One proxy. The credentials are in no text that is made of it."""

    scheme: str  # http | https | socks5
    host: str  # IPv6 without brackets
    port: int
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({self.scheme}, {self.host}, {self.port})"


def octets_of(credential: str | None) -> str | None:
    """`credential` in UTF-8, each octet as one character: for libraries that encode no more than Latin-1."""
    return None if credential is None else credential.encode().decode("latin-1")


def proxy_of(url: str) -> Proxy:
    """The proxy that `url` names. Raises BadInput, without the URL in its text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise BadInput("client.proxy: must be http://host:port, https://host:port or socks5://host:port")
    username = unquote(parts.username) if parts.username is not None else None
    password = unquote(parts.password or "") if username is not None else None
    return Proxy(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme], username, password)

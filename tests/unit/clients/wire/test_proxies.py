"""Proxies taken apart, their secrets kept."""

from __future__ import annotations

import pytest

from crawler.clients.wire.proxies import Proxy, proxy_of
from crawler.core.errors import BadInput


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://host:3128", Proxy("http", "host", 3128)),
        ("https://host", Proxy("https", "host", 443)),
        ("socks5://[::1]", Proxy("socks5", "::1", 1080)),
        ("http://us%40er:p%3Ass@host:1", Proxy("http", "host", 1, "us@er", "p:ss")),
        ("http://user@host:1", Proxy("http", "host", 1, "user", "")),
    ],
)
def test_a_url_becomes_a_proxy(url: str, proxy: Proxy) -> None:
    assert proxy_of(url) == proxy


@pytest.mark.parametrize("url", ["ftp://geheim@host", "geheim", "http://geheim:99999", "http://"])
def test_a_mistake_is_told_without_the_url(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        proxy_of(url)
    assert "geheim" not in str(caught.value)


def test_no_text_of_a_proxy_holds_its_credentials() -> None:
    assert "geheim" not in repr(proxy_of("http://geheim:geheim@host"))

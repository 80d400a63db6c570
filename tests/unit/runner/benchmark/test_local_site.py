"""The site that `--local` measures with: as many hosts, as large pages and as slow as asked for."""

from __future__ import annotations

import http.client
import socket
import time
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from crawler.runner.benchmark.local_site import LocalSite, running_local_site

OPENER = build_opener(ProxyHandler({}))


def test_each_host_links_to_all_its_pages_which_have_the_given_size() -> None:
    with running_local_site(LocalSite(hosts=2, pages_per_host=4, page_bytes=5000)) as urls:
        assert len({urlsplit(url).hostname for url in urls}) == 2
        for url in urls:
            first = OPENER.open(url, timeout=10).read()
            assert [f'href="/{number}"'.encode() in first for number in range(1, 5)] == [True, True, True, False]
            assert len(OPENER.open(f"{url}3", timeout=10).read()) == len(first) == 5000


@pytest.mark.parametrize("path", ["robots.txt", "4", "0", "03", "-1", "1/2", "²"])
def test_other_paths_are_not_found(path: str) -> None:
    assert LocalSite(pages_per_host=4).body(f"/{path}") is None
    if path.isascii():
        with running_local_site(LocalSite(hosts=1, pages_per_host=4)) as urls, pytest.raises(HTTPError, match="404"):
            OPENER.open(f"{urls[0]}{path}", timeout=10)


def test_a_connection_is_kept_and_each_answer_takes_its_time() -> None:
    with running_local_site(LocalSite(hosts=1, latency_s=0.2)) as urls:
        connection = http.client.HTTPConnection(urlsplit(urls[0]).netloc, timeout=10)
        began = time.monotonic()
        for path in ("/", "/1"):
            connection.request("GET", path)
            assert connection.getresponse().read()
        assert 0.4 <= time.monotonic() - began < 5
        connection.close()


def test_it_is_gone_afterwards() -> None:
    with running_local_site(LocalSite(hosts=1)) as urls:
        place = urlsplit(urls[0])
    with socket.socket() as probe:
        assert probe.connect_ex((place.hostname, place.port)) != 0

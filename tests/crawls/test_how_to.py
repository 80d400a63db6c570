"""Configurations of the how-to pages that need a host of a special kind: each does what its page says."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.crawls.running import Crawl, sections_of
from tests.site import Answer, Certificates, Nginx, Site, html

MakeCrawl = Callable[..., Crawl]


class Forwarding(StreamRequestHandler):
    """Forwards one request for an absolute URL, if the proxy's credentials are right."""

    server: ForwardProxy

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
            head += line
        if not head:
            return
        self.server.heads.append(head)
        if self.server.wanted not in head.lower():
            self.wfile.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        method, target, rest = head.split(b" ", 2)
        url = urlsplit(target.decode())
        with socket.create_connection((url.hostname or "", url.port or 80)) as there:
            path = url.path + (f"?{url.query}" if url.query else "")
            fields = rest.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            there.sendall(b" ".join([method, path.encode(), fields]))
            while part := there.recv(65536):
                self.wfile.write(part)


class ForwardProxy(ThreadingTCPServer):
    """A proxy on loopback that wants a name and a password."""

    daemon_threads = True

    def __init__(self, credentials: str) -> None:
        super().__init__(("127.0.0.1", 0), Forwarding)
        self.heads: list[bytes] = []
        self.wanted = b"proxy-authorization: basic " + b64encode(credentials.encode()).lower()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextmanager
def forwarding(credentials: str) -> Iterator[ForwardProxy]:
    with ForwardProxy(credentials) as proxy:
        Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()


def test_only_the_pages_of_a_sitemap(crawl: MakeCrawl, site: Site) -> None:
    listed = [site.url(path) for path in ("/list/5", "/leaf/a", "/leaf/b")]
    body = f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in listed)}</urlset>".encode()
    site.answer("/sitemap.xml", Answer(body, content_type="application/xml"))
    crawled = crawl(**sections_of("sitemap-only.yaml", sitemaps=[site.url("/sitemap.xml")]))
    assert crawled.run().exit_code == 0
    assert {record["url"] for record in crawled.records()} == set(listed)
    assert {hit.target for hit in site.hits()} == {"/robots.txt", "/sitemap.xml", "/list/5", "/leaf/a", "/leaf/b"}


def test_a_session_and_a_key_go_along(crawl: MakeCrawl, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORUM_SESSION", "s3cret")
    monkeypatch.setenv("FORUM_KEY", "k3y")
    page = html("Forum", ["/leaf/inside", "/logout"]).replace(b"</body>", b"<p class=member>Ann</p></body>")
    assert b"Ann" in page
    renewed = (("Set-Cookie", "session=renewed; Path=/"),)
    site.answer("/forum/", Answer(page, headers=renewed))
    members = crawl(**sections_of("login.yaml", seeds=[site.url("/forum/")]))
    assert members.run().exit_code == 0
    assert {path: record["data"].get("member") for path, record in members.by_path().items()} == {
        "/forum/": "Ann",
        "/leaf/inside": None,
    }
    assert members.summary()["missing_fields"] == {"member": 1}
    hits = {hit.target: hit.headers for hit in site.hits()}
    assert hits["/forum/"]["cookie"] == "session=s3cret"
    assert hits["/leaf/inside"]["cookie"] == "session=renewed"
    assert {fields["x-api-key"] for fields in hits.values()} == {"k3y"}


def test_no_session_no_request(crawl: MakeCrawl, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORUM_SESSION", raising=False)
    crawled = crawl(**sections_of("login.yaml", seeds=[site.url("/forum/")]))
    outcome = crawled.run()
    assert outcome.exit_code == 2
    assert "FORUM_SESSION" in outcome.stderr
    assert site.hits() == []


def test_http2_is_spoken(crawl: MakeCrawl, front: Nginx, certificates: Certificates) -> None:
    sections = sections_of("http2.yaml", seeds=[front.url("/tiny/100/0", "h2")])
    crawled = crawl(**sections | {"client": sections["client"] | {"ca_file": str(certificates.ca)}})
    assert crawled.run().exit_code == 0
    assert {record["http_version"] for record in crawled.records()} == {"HTTP/2"}
    assert len(crawled.records()) == 100


def test_everything_goes_through_both_proxies(
    crawl: MakeCrawl, site: Site, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_USER", "ann")
    monkeypatch.setenv("GATEWAY_PASSWORD", "p%40ss")
    with forwarding("ann:p@ss") as first, forwarding("ann:p@ss") as second:
        sections = sections_of("proxy.yaml", seeds=[site.url("/list/6")])
        names = ["proxy-a.example.net:3128", "proxy-b.example.net:3128"]
        addresses = [first.address, second.address]
        proxies = [
            url.replace(name, address)
            for url, name, address in zip(sections["client"]["proxy"], names, addresses, strict=True)
        ]
        crawled = crawl(**sections | {"client": {"type": client, "proxy": proxies}})
        assert crawled.run().exit_code == 0
        asked = [head.split(b" ")[1].decode() for head in first.heads + second.heads]
    assert len(crawled.records()) == 7
    assert {record["ok"] for record in crawled.records()} == {True}
    assert sorted(asked) == sorted(site.url(hit.target) for hit in site.hits())
    assert abs(len(first.heads) - len(second.heads)) <= 2

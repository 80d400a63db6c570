"""RFC 9110, HTTP Semantics: redirects, Location, codings, statuses without a body, Retry-After, in whole crawls."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.crawls.running import Crawl
from tests.site import Answer, Site

standard = pytest.mark.standard
PAGE = b"<!doctype html><title>Arrived</title>"
MOVED = b"<title>Moved</title>"

LOCATIONS = {  # below /dir/from, and where that leads
    "/arrived": "/arrived",
    "arrived": "/dir/arrived",
    "./arrived": "/dir/arrived",
    "../arrived": "/arrived",
    "?arrived": "/dir/from?arrived",
    "//{host}/arrived": "/arrived",
    "http://{host}/arrived": "/arrived",
    "HTTP://{host}/arrived#part": "/arrived",
    "/arrived#": "/arrived",
    " /arrived ": "/arrived",
    "/arr%69ved": "/arrived",
    "/caf\xe9": "/caf%E9",
    "/caf\xc3\xa9": "/caf%C3%A9",
    "/a b": "/a%20b",
    "/x/../arrived": "/arrived",
    "\\arrived": "/arrived",
}


def crawled(folder: Path, site: Site, *paths: str, **sections: Any) -> dict[str, dict[str, Any]]:
    """The records of a crawl of the pages at `paths` alone, by path."""
    folder.mkdir(exist_ok=True)
    crawl = Crawl(folder, seeds=[site.url(path) for path in paths], limits={"max_depth": 0}, **sections)
    crawl.run()
    return crawl.by_path()


@standard("RFC 9110", "10.2.2")
def test_every_form_of_location_is_resolved(site: Site, tmp_path: Path) -> None:
    for number, (location, target) in enumerate(LOCATIONS.items()):
        field = location.replace("{host}", site.host())
        site.answer(f"/dir{number}/from", Answer(MOVED, 302, (("Location", field),)))
        site.answer(target.replace("/dir/", f"/dir{number}/"), Answer(PAGE))
    for number, (location, target) in enumerate(LOCATIONS.items()):
        path = f"/dir{number}/from"
        record = crawled(tmp_path / str(number), site, path)[path]
        expected = site.url(target.replace("/dir/", f"/dir{number}/"))
        assert (location, record["final_url"], record["title"]) == (location, expected, "Arrived")
        assert (record["redirects"], record["attempts"]) == ([site.url(path)], 1)


@standard("RFC 9110", "15.4")
def test_only_five_statuses_order_a_redirect(site: Site, tmp_path: Path) -> None:
    statuses = [300, 301, 302, 303, 304, 305, 306, 307, 308, 399, 201, 404]
    for status in statuses:
        site.answer(f"/from/{status}", Answer(MOVED, status, (("Location", f"/to/{status}"),)))
        site.answer(f"/to/{status}", Answer(PAGE))
    records = crawled(tmp_path, site, *(f"/from/{status}" for status in statuses))
    followed = [status for status in statuses if records[f"/from/{status}"]["redirects"]]
    assert followed == [301, 302, 303, 307, 308]
    assert records["/from/201"]["ok"]
    assert {records[f"/from/{status}"]["error"]["type"] for status in (300, 304, 305, 306, 399, 404)} == {"http_status"}


CODED: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("gzip", gzip.compress, "8.4.1.3"),
    ("X-GZIP", gzip.compress, "8.4.1.3"),
    ("deflate", zlib.compress, "8.4.1.2"),
    ("deflate", lambda data: zlib.compress(data)[2:-4], "8.4.1.2"),
    ("br", brotli.compress, "8.4"),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data)), "8.4"),
    ("identity", bytes, "12.5.3"),
    ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]), "8.4.1.3"),
]


@pytest.mark.parametrize(
    ("number", "coding"), [pytest.param(n, c[0], marks=standard("RFC 9110", c[2])) for n, c in enumerate(CODED)]
)
def test_codings_are_undone_in_their_order(site: Site, tmp_path: Path, number: int, coding: str) -> None:
    body = CODED[number][1](PAGE * 50)
    site.answer("/coded", Answer(body, headers=(("Content-Encoding", coding),)))
    record = crawled(tmp_path, site, "/coded")["/coded"]
    assert (record["title"], record["bytes"], record["body_bytes"]) == ("Arrived", len(body), 50 * len(PAGE))


@standard("RFC 9110", "6.4.1")
def test_statuses_that_have_no_body_have_none(site: Site, tmp_path: Path) -> None:
    site.answer("/204", Answer(status=204, content_type=None))
    site.answer("/304", Answer(status=304, content_type=None))
    records = crawled(tmp_path, site, "/204", "/304")
    assert [
        (records[path]["ok"], records[path]["body_bytes"], records[path]["sha256"]) for path in ("/204", "/304")
    ] == [
        (True, 0, None),
        (False, 0, None),
    ]


@standard("RFC 9110", "8.3")
def test_a_page_without_a_type_is_looked_into(site: Site, tmp_path: Path, client: str) -> None:
    site.answer("/page", Answer(PAGE, content_type=None))
    site.answer("/image", Answer(b"\x89PNG\r\n\x1a\n" + bytes(20), content_type=None))
    records = crawled(tmp_path, site, "/page", "/image", client={"type": client})
    assert (records["/page"]["title"], records["/page"]["content_type"]) == ("Arrived", "text/html")
    assert records["/image"]["title"] is None


@pytest.fixture(params=["aiohttp", "httpx", "httpx2"])
def client(request: pytest.FixtureRequest) -> str:
    """Each client in turn."""
    name: str = request.param
    return name

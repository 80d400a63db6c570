"""A file that answers like a server."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, FetchFailed
from crawler.core.visit import Exchange
from crawler.runner.probe.local_file import LocalFile

URL = "http://a.test/page"


async def test_the_url_is_answered_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "page.xhtml"
    path.write_bytes(b"<title>x</title>")
    sent: list[bool] = []
    async with LocalFile(path, URL) as client:
        response = await client.send(Exchange(URL, 100, on_sent=lambda: sent.append(True)))
    assert (response.status, response.body, response.headers.get("content-type")) == (
        200, b"<title>x</title>", "application/xhtml+xml"
    )  # fmt: skip
    assert (response.body_bytes, response.sha256) == (16, hashlib.sha256(response.body).hexdigest())
    assert sent == [True]


async def test_nothing_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    assert (await LocalFile(tmp_path / "x", URL).send(Exchange("http://a.test/robots.txt", 100))).status == 404


async def test_limits_hold_for_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"12345")
    client = LocalFile(path, URL)
    with pytest.raises(FetchFailed):
        await client.send(Exchange(URL, 4))
    assert (await client.send(Exchange(URL, 5, keep_body=lambda status, headers: False))).body == b""


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read"):
        LocalFile(tmp_path, URL)

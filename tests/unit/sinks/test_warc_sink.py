"""WARC that `warcio check` accepts: what was asked, what came, what was stored before, and no secrets."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.core.visit import Headers, Response, Visit, VisitError
from crawler.sinks import warc_sink
from crawler.sinks.warc_sink import WarcSink
from tests.unit.sinks.visits import a_visit

TYPES = {
    "content-type": "text/html",
    "content-encoding": "gzip",
    "content-length": "9",
    "set-cookie": "sid=s3cret; Path=/",
}


def answered(url: str, body: bytes, status: int = 200, version: str = "HTTP/1.1", **changes: Any) -> Visit:
    headers = Headers(TYPES.items())
    response = Response(url, status, version, headers, body, 9, len(body), sha256(body).hexdigest())
    return a_visit(url=url, response=response, **changes)


def archived(path: Path, *visits: Visit, **options: Any) -> list[tuple[str, Any, bytes]]:
    sink = WarcSink(path=str(path), user_agent="Bot/1", **options)
    sink.open(None)
    for visit in visits:
        sink.write(visit)
    sink.flush()
    sink.close()
    subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(path)], check=True)
    with path.open("rb") as file:
        return [(one.rec_type, one, one.content_stream().read()) for one in ArchiveIterator(file)]


def kinds(records: list[tuple[str, Any, bytes]]) -> list[str]:
    return [kind for kind, _, _ in records]


def header(record: tuple[str, Any, bytes], name: str) -> str | None:
    value: str | None = record[1].rec_headers.get_header(name)
    return value


@pytest.mark.standard("ISO 28500:2017", "5, 6")
@pytest.mark.parametrize("compress", ["gzip", "none"])
def test_a_visit_is_response_request_and_metadata(tmp_path: Path, compress: str) -> None:
    url = "https://example.org/a?b=1"
    info, response, request, about = archived(tmp_path / "a", answered(url, b"<p>hello"), compress=compress)
    assert [record[0] for record in (info, response, request, about)] == ["warcinfo", "response", "request", "metadata"]
    assert response[2] == b"<p>hello"
    assert header(response, "WARC-Target-URI") == header(request, "WARC-Target-URI") == url
    assert header(request, "WARC-Concurrent-To") == header(about, "WARC-Concurrent-To")
    assert header(response, "WARC-Date") == "2026-11-22T17:34:00.123Z"
    assert request[1].http_headers.to_str() == "GET /a?b=1 HTTP/1.1\r\nHost: example.org\r\nUser-Agent: Bot/1\r\n"
    assert b"via: https://example.org/\r\nhopsFromSeed: 1\r\n" in about[2]
    assert response[1].rec_headers.protocol == "WARC/1.1"


def test_a_body_stands_as_decoded_and_its_fields_say_so(tmp_path: Path) -> None:
    records = archived(tmp_path / "a", answered("https://example.org/", b"decoded", version="HTTP/2"))
    http = records[1][1].http_headers
    assert http.statusline == "200 OK"
    assert http.get_header("content-length") == "7"
    assert http.get_header("content-encoding") is None
    assert header(records[1], "WARC-Protocol") == "h2"


def test_cookies_are_masked(tmp_path: Path) -> None:
    records = archived(tmp_path / "a", answered("https://example.org/", b"x"), compress="none")
    assert records[1][1].http_headers.get_header("set-cookie") == "sid=***; Path=/"
    assert b"s3cret" not in (tmp_path / "a").read_bytes()


def test_a_body_that_was_stored_before_is_referred_to(tmp_path: Path) -> None:
    records = archived(
        tmp_path / "a", answered("https://example.org/1", b"same"), answered("https://example.org/2", b"same")
    )
    assert kinds(records)[1:] == ["response", "request", "metadata", "revisit", "request", "metadata"]
    revisit = records[4]
    assert header(revisit, "WARC-Refers-To-Target-URI") == "https://example.org/1"
    assert header(revisit, "WARC-Payload-Digest") == header(records[1], "WARC-Payload-Digest")
    assert revisit[2] == b""


def test_a_body_that_a_later_304_may_refer_to_is_stored_again(tmp_path: Path) -> None:
    def kinds_of(**changes: Any) -> list[str]:
        visits = [answered(f"https://example.org/{n}", b"same")._replace(**changes) for n in range(2)]
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return kinds(archived(folder / "a", *visits))

    tagged = {"etag": '"1"', "last_modified": None}
    assert kinds_of(**tagged, change="new").count("response") == 2
    assert kinds_of(etag=None, last_modified="Sun", change="changed").count("response") == 2
    assert kinds_of(**tagged, change=None).count("revisit") == 1
    assert kinds_of(etag=None, last_modified=None, change="new").count("revisit") == 1


def test_bodies_without_content_are_no_duplicates(tmp_path: Path) -> None:
    records = archived(tmp_path / "a", *(answered(f"https://example.org/{n}", b"") for n in range(2)))
    assert kinds(records).count("revisit") == 0


def test_only_so_many_bodies_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_sink, "MOST_KNOWN", 2)
    records = archived(tmp_path / "a", *(answered("https://example.org/", body) for body in (b"1", b"2", b"3", b"1")))
    assert kinds(records).count("response") == 4


def test_a_page_that_was_not_modified_is_a_revisit_of_what_came_first(tmp_path: Path) -> None:
    since = "2026-11-20T01:02:03.456Z"
    visit = answered("https://example.org/", b"", status=304, change="unchanged")
    records = archived(tmp_path / "a", visit._replace(unchanged_since=since), visit)
    assert kinds(records)[1:] == ["revisit", "request", "metadata"] * 2
    assert header(records[1], "WARC-Profile") == warc_sink.NOT_MODIFIED
    assert header(records[1], "WARC-Refers-To-Target-URI") == "https://example.org/"
    assert [header(records[at], "WARC-Refers-To-Date") for at in (1, 4)] == [since, None]
    assert header(records[1], "WARC-Payload-Digest") is None
    assert (records[1][1].http_headers, header(records[1], "Content-Length")) == (None, "0")
    assert b"httpStatus: 304\r\n" in records[3][2]


def test_a_hop_has_no_metadata_and_a_failure_nothing_else(tmp_path: Path) -> None:
    hop = answered("https://example.org/", b"moved", status=301, is_hop=True)
    failed = a_visit(error=VisitError("dns", "no such\r\nhost"), ok=False)
    records = archived(tmp_path / "a", hop, failed)
    assert kinds(records) == ["warcinfo", "response", "request", "metadata"]
    assert b"error: dns: no such  host\r\n" in records[3][2]


def test_every_file_of_a_series_begins_with_its_warcinfo(tmp_path: Path) -> None:
    sink = WarcSink(path=str(tmp_path / "a.warc.gz"), most_records=1)
    sink.open(None)
    for number in range(2):
        sink.write(answered(f"https://example.org/{number}", b"x"))
    sink.flush(final=True)
    sink.close()
    for path in sorted(tmp_path.iterdir()):
        with path.open("rb") as file:
            first = next(iter(ArchiveIterator(file)))
            assert first.rec_headers.get_header("WARC-Filename") == path.name
    assert len(list(tmp_path.iterdir())) == 2

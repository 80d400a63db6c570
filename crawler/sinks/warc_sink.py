"""WARC 1.1 (ISO 28500:2017): every request and answer, for replay and for keeping."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler import __version__
from crawler.core.visit import Response, Visit
from crawler.sinks.files.compression import COMPRESSIONS
from crawler.sinks.files.file_sink import FileSink
from crawler.sinks.files.form import form_of
from crawler.sinks.files.record_file import RecordFile
from crawler.sinks.record import without_secret

VERSION = "1.1"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
MOST_KNOWN = 100_000  # bodies of which is remembered where they were stored: some 300 bytes each
_HOW_IT_CAME = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})
_PROTOCOLS = {"HTTP/2": "h2", "HTTP/3": "h3"}
_UNSAFE = str.maketrans({"\r": " ", "\n": " ", "\0": " "})


class Stored(NamedTuple):
    """Where a body was stored first."""

    url: str
    date: str
    digest: str


class WarcSink(FileSink):
    """Visits as WARC records, each a gzip member of its own: response (or revisit, where a body was stored before),
    request, and metadata with depth, parent and error.

    Bodies are kept as the client hands them over, decoded; the fields that say how they came over the wire are left out
    and Content-Length is made to fit. The request is told as far as it holds no secrets. Cookie values are masked.
    """

    def __init__(self, *, compress: str = "gzip", user_agent: str = "", **file: Any) -> None:
        """compress: gzip or none. user_agent: as sent. file: path and the rest that a RecordFile takes."""
        self._pack = COMPRESSIONS[compress]
        self._user_agent = user_agent
        self._known: dict[str, Stored] = {}
        self._build = RecordBuilder(warc_version=VERSION)
        form = form_of("warc", ())
        super().__init__(RecordFile(compress=compress, is_packed=True, head=self._info, form=form, **file))

    def open(self, position: str | None) -> None:
        """Begins the output, or continues the one that `position` names. Raises BadInput, Locked, OutputFailed."""
        self._known = {}
        super().open(position)

    def write(self, visit: Visit) -> None:
        """Takes one visit. Raises OutputFailed, OutputClosed if it makes too much to hold back and writing fails."""
        records = [] if visit.response is None else self._exchange(visit, visit.response)
        if not visit.is_hop:
            records.append(self._metadata(visit, records[0] if records else None))
        self._file.add(self._packed(records))

    def _info(self, path: str) -> bytes:
        info = {"software": f"crawlfile/{__version__}", "format": f"WARC File Format {VERSION}"}
        agent = {"http-header-user-agent": self._user_agent} if self._user_agent else {}
        return self._packed([self._build.create_warcinfo_record(os.path.basename(path), info | agent)])

    def _exchange(self, visit: Visit, response: Response) -> list[Any]:
        answer = self._answer(visit, response)
        fields = [("Host", urlsplit(response.url).netloc), ("User-Agent", self._user_agent)]
        parts = urlsplit(response.url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        request = self._build.create_warc_record(
            response.url,
            "request",
            warc_headers_dict={"WARC-Date": visit.fetched_at, "WARC-Concurrent-To": _id(answer)},
            http_headers=StatusAndHeaders(
                f"GET {target} HTTP/1.1", [(name, value) for name, value in fields if value], is_http_request=True
            ),
        )
        return [answer, request]

    def _answer(self, visit: Visit, response: Response) -> Any:
        """The response record, or a revisit where its body is that of an earlier record, or did not change."""
        http, about = _http(response), {"WARC-Date": visit.fetched_at}
        if protocol := _PROTOCOLS.get(response.http_version):
            about["WARC-Protocol"] = protocol
        if response.status == 304:  # without its fields, which replay tools would show in place of the page's own
            about |= {"WARC-Profile": NOT_MODIFIED, "WARC-Refers-To-Target-URI": response.url}
            if visit.unchanged_since is not None:
                about["WARC-Refers-To-Date"] = visit.unchanged_since
            return self._build.create_warc_record(response.url, "revisit", warc_headers_dict=about)
        known = self._known.get(response.sha256 or "") if response.body and not _may_be_referred_to(visit) else None
        if known is not None:
            return self._build.create_revisit_record(
                response.url, known.digest, known.url, known.date, http_headers=http, warc_headers_dict=about
            )
        record = self._build.create_warc_record(
            response.url, "response", io.BytesIO(response.body), http_headers=http, warc_headers_dict=about
        )
        if response.body and response.sha256:
            self._build.ensure_digest(record, block=False, payload=True)
            self._remember(response, visit.fetched_at, record.rec_headers.get_header("WARC-Payload-Digest"))
        return record

    def _remember(self, response: Response, date: str, digest: str) -> None:
        self._known[response.sha256 or ""] = Stored(response.url, date, digest)
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def _metadata(self, visit: Visit, answer: Any) -> Any:
        fields = {
            "via": visit.parent,
            "hopsFromSeed": visit.depth,
            "fetchTimeMs": round(visit.elapsed_s * 1000),
            "attempts": visit.attempts,
            "httpStatus": 304 if visit.response is not None and visit.response.status == 304 else None,
            "error": None if visit.error is None else f"{visit.error.type}: {visit.error.message}",
            "duplicateOf": visit.duplicate_of,
            "change": visit.change,
            "title": visit.title,
        }
        text = "".join(
            f"{key}: {str(value).translate(_UNSAFE)}\r\n" for key, value in fields.items() if value is not None
        )
        about = {"WARC-Date": visit.fetched_at}
        if answer is not None:
            about["WARC-Concurrent-To"] = _id(answer)
        return self._build.create_warc_record(
            visit.url,
            "metadata",
            io.BytesIO(text.encode("utf-8", "replace")),
            warc_content_type="application/warc-fields",
            warc_headers_dict=about,
        )

    def _packed(self, records: Iterable[Any]) -> bytes:
        return b"".join(self._pack(_serialised(record)) for record in records)


def _may_be_referred_to(visit: Visit) -> bool:
    """Whether a later run may archive a 304 for this page. Replay tools look for what that means under the page's own
    URL and pass by revisits, so that the body has to be there even if it was stored for another one."""
    return visit.change is not None and (visit.etag is not None or visit.last_modified is not None)


def _serialised(record: Any) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=False, warc_version=VERSION).write_record(record)
    return out.getvalue()


def _id(record: Any) -> str:
    return str(record.rec_headers.get_header("WARC-Record-ID"))


def _http(response: Response) -> Any:
    """Status line and fields of an answer whose body was decoded."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    fields = [(name, without_secret(name, value)) for name, value in response.headers if name not in _HOW_IT_CAME]
    fields.append(("content-length", str(len(response.body))))
    return StatusAndHeaders(f"{response.status} {phrase}".rstrip(), fields, protocol="HTTP/1.1")

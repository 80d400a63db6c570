"""The helper answers with pages, or with why there is none; it needs no more memory than it may."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.core.visit import Headers, Response
from crawler.engine.reading import ReadingRules
from crawler.runner.reading.reading_process import serve
from crawler.runner.workers.channel import frame, receive
from crawler.runner.workers.packing import packed_response, unpacked_page

RULES = ReadingRules(max_links=10, want_text=True, product_token="", obey_nofollow=True)
HTML = Headers([("content-type", "text/html; charset=utf-8")])


def asked(body: bytes) -> bytes:
    return frame([(tuple(RULES), packed_response(Response("http://a.test/", 200, "HTTP/1.1", HTML, body)))])


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """The other end of what `serve` serves."""
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve, args=(theirs, 5.0))
    serving.start()
    yield ours
    ours.close()
    serving.join(timeout=5)
    assert not serving.is_alive()
    theirs.close()


def test_it_reads_one_page_after_the_other(sock: socket.socket) -> None:
    for number in range(3):
        sock.sendall(asked(b"<title>%d</title><a href=/x>x</a>" % number))
        [(is_read, found)] = receive(sock)
        page = unpacked_page(found)
        assert (is_read, page.title, page.links) == (True, str(number), ("http://a.test/x",))


def test_a_bug_is_told_and_the_next_page_read(sock: socket.socket) -> None:
    sock.sendall(frame([(tuple(RULES), ("no response",))]))
    [(is_read, why)] = receive(sock)
    assert (is_read, why.partition(":")[0]) == (False, "TypeError")
    sock.sendall(asked(b"<title>Well</title>"))
    assert receive(sock)[0][0] is True


@pytest.mark.skipif(sys.platform != "linux", reason="the system must know the limit")
def test_as_a_process_it_has_bounded_memory_and_ends_with_its_channel() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "crawler.runner.reading.reading_process", str(os.getpid()), "5"]
    process = subprocess.Popen(command, stdin=theirs.fileno())
    theirs.close()
    ours.sendall(asked(b"<title>Here</title>"))
    assert receive(ours)[0][0] is True
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert re.search(r"^Max data size +536870912 ", limits, re.MULTILINE)
    ours.close()
    assert process.wait(timeout=5) == 0

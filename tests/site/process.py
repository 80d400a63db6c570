"""The test site seen from a test: start it as a process, tell it what to answer, ask it what it saw."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.site.faults import Fault
from tests.site.server import CONTROL
from tests.site.wire import HTML, Answer, Hit

_ROOT = Path(__file__).parents[2]


class Site:
    """A running test site. Hosts are 127.0.0.1 … 127.0.0.9 and localhost."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """The URL of `path` at one of the site's hosts."""
        return f"{scheme}://{host}:{self.ports[scheme]}{path}"

    def host(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """A host as it stands in Host fields and in hits: with its port."""
        return f"{host}:{self.ports[scheme]}"

    @property
    def refused_url(self) -> str:
        """A URL whose port refuses connections."""
        return f"http://127.0.0.1:{self.ports['refused']}/"

    def fault_url(self, fault: Fault) -> str:
        """The URL at which `fault` happens."""
        port = self.ports["http"] if fault.door == "site" else self.ports[f"fault/{fault.name}"]
        return f"{fault.scheme}://127.0.0.1:{port}{fault.path}"

    def answer(self, target: str, *answers: Answer, host: str | None = None) -> None:
        """From now on `target` (path and query) gets these answers, one a request, the last one for ever."""
        name = None if host is None else self.host(host)
        described = [answer.as_json() for answer in answers]
        self._control("answer", {"host": name, "target": target, "answers": described})

    def page(self, target: str, text: str, **fields: Any) -> None:
        """From now on `target` is an HTML page with this text; `fields` are those of Answer."""
        self.answer(target, Answer(text.encode(), **{"content_type": HTML} | fields))

    def robots(self, text: str, host: str | None = None, **fields: Any) -> None:
        """From now on robots.txt says this; `fields` are those of Answer."""
        self.answer("/robots.txt", Answer(text.encode(), **{"content_type": "text/plain"} | fields), host=host)

    def hits(self, prefix: str = "/", host: str | None = None, since: int = 0) -> list[Hit]:
        """All requests in the order of their arrival."""
        found = map(Hit.from_json, self._control(f"hits?since={since}"))
        return [hit for hit in found if hit.target.startswith(prefix) and host in (None, hit.host.rpartition(":")[0])]

    def counts(self) -> dict[str, int]:
        """How often each URL was asked for."""
        counts: dict[str, int] = self._control("counts")
        return counts

    def size(self) -> int:
        """How many requests came so far."""
        return int(self._control("size"))

    def reset(self) -> None:
        """Forgets hits and answers."""
        self._control("reset")

    def _control(self, verb: str, fields: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=30)
        try:
            connection.request("POST", CONTROL + verb, json.dumps(fields or {}))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def running_site(certificate: Path | None = None) -> Iterator[Site]:
    """A test site in a process of its own, so that its clock is not disturbed by the client's event loop."""
    command = [sys.executable, "-m", "tests.site", "--watch-stdin"]
    command += ["--certificate", str(certificate)] if certificate else []
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield Site(json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=10)

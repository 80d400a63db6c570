"""`crawl` with a stand-in for the operating system's name lookup: hN.test is 127.0.0.N, found after NAMES_S seconds."""

from __future__ import annotations

import os
import re
import socket
import time
from typing import Any

_LOOK_UP = socket.getaddrinfo
_NAME = re.compile(r"h(\d+)\.test")


def look_up(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    """As socket.getaddrinfo."""
    match = _NAME.fullmatch(str(host))
    if match is None:
        return _LOOK_UP(host, port, *rest, **options)
    time.sleep(float(os.environ["NAMES_S"]))
    return _LOOK_UP(f"127.0.0.{match[1]}", port, *rest, **options)


socket.getaddrinfo = look_up  # before the crawler is imported, which takes it from there

from crawler.__main__ import leave  # noqa: E402

if __name__ == "__main__":
    leave()

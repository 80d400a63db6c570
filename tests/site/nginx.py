"""Debian's nginx on loopback: serves real documentation, or stands before the test site to speak HTTP/2."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

NGINX = "/usr/sbin/nginx"
DOCS = {"python": Path("/usr/share/doc/python3.11/html"), "postgresql": Path("/usr/share/doc/postgresql-doc-15/html")}

_CONFIG = """
{user}
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format asked '$msec $server_protocol $http_host $request_uri $status';
  access_log {folder}/access.log asked;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  sendfile on; tcp_nodelay on; keepalive_requests 1000000; keepalive_timeout 75s;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_buffering off;
  server {{
    listen 127.0.0.1:{http};
    {tls_listen}
    {body}
  }}
}}
"""
_TLS_LISTEN = """listen 127.0.0.1:{https} ssl; listen 127.0.0.1:{h2} ssl http2;
    ssl_certificate {pem}; ssl_certificate_key {pem};"""


class Nginx(NamedTuple):
    """A running nginx: its ports and where it logs."""

    http: int
    https: int  # HTTP/1.1 only
    h2: int  # HTTP/2 and HTTP/1.1 by ALPN
    access_log: Path

    def url(self, path: str = "/", kind: str = "http") -> str:
        """The URL of `path`; kind: http, https or h2."""
        return f"{'http' if kind == 'http' else 'https'}://127.0.0.1:{getattr(self, kind)}{path}"

    def asked(self) -> list[tuple[str, str]]:
        """Protocol and path of every request so far."""
        lines = [line.split() for line in self.access_log.read_text().splitlines()]
        return [(line[1], line[3]) for line in lines]


def nginx_installed() -> bool:
    """Whether nginx and the documentation it should serve are on this machine."""
    return Path(NGINX).exists() and all(folder.is_dir() for folder in DOCS.values())


def serving_docs() -> str:
    """Configuration that serves each documentation below its name, robots.txt absent."""
    places = [f"location /{name}/ {{ alias {folder}/; }}" for name, folder in DOCS.items()]
    return "\n".join(["index index.html; absolute_redirect off;", *places])


def standing_before(port: int) -> str:
    """Configuration that passes every request on to the test site at `port`."""
    return f"location / {{ proxy_pass http://127.0.0.1:{port}; }}"


@contextmanager
def running_nginx(folder: Path, body: str, certificate: Path | None = None) -> Iterator[Nginx]:
    """An nginx with `body` as its server block, files below `folder`; TLS ports only with a certificate."""
    http, https, h2 = _free_ports(3)
    tls = _TLS_LISTEN.format(https=https, h2=h2, pem=certificate) if certificate else ""
    user = f"user {getpass.getuser()};" if getpass.getuser() == "root" else ""
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, user=user, http=http, tls_listen=tls, body=body))
    process = subprocess.Popen([NGINX, "-c", str(config), "-p", str(folder), "-e", str(folder / "error.log")])
    try:
        _wait_until_open(http, process, folder)
        yield Nginx(http, https, h2, folder / "access.log")
    finally:
        process.terminate()
        process.wait(timeout=10)


def copy_docs(folder: Path) -> None:
    """A private, writable copy of the documentation, for tests that change pages."""
    for name, source in DOCS.items():
        shutil.copytree(source, folder / name)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait_until_open(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()}")

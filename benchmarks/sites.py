"""What is crawled: Debian's documentation, one by one or together, over plain HTTP or TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.site import Nginx, running_nginx, serving_docs, write_certificates
from tests.site.nginx import DOCS

DJANGO = Path("/usr/share/doc/python-django-doc/html")
_TOGETHER = {
    **{name: (folder, "index.html") for name, folder in DOCS.items()},
    "django": (DJANGO, "index.html"),
}


@dataclass(frozen=True)
class DocSite:
    """One crawl: where it begins, and over what."""

    title: str
    path: str
    over: str = "http"  # http, or h2: TLS, with HTTP/2 for who asks for it


SITES = {
    "postgresql": DocSite("PostgreSQL docs", "/postgresql/index.html"),
    "python": DocSite("Python docs", "/python/index.html"),
    "all": DocSite("Python + PostgreSQL + Django docs", "/all/index.html"),
    "tls": DocSite("PostgreSQL docs over TLS", "/postgresql/index.html", over="h2"),
}


@dataclass(frozen=True)
class Served:
    """The running server and the certificate authority that a client should trust."""

    nginx: Nginx
    authority: Path

    def seed(self, site: DocSite) -> str:
        """The URL to begin at."""
        return self.nginx.url(site.path, site.over)


def missing(name: str) -> str | None:
    """Why the site `name` cannot be served here, or None."""
    if name == "all" and not DJANGO.is_dir():
        return "needs Debian's python-django-doc (apt install python-django-doc)"
    return None


@contextmanager
def serving() -> Iterator[Served]:
    """nginx with all sites."""
    with TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificates = write_certificates(folder)
        body = serving_docs() + _together(folder)
        with running_nginx(folder, body, certificates.server) as nginx:
            yield Served(nginx, certificates.ca)


def _together(folder: Path) -> str:
    if missing("all") is not None:
        return ""
    links = "".join(f'<a href="{name}/{first}">{name}</a> ' for name, (_, first) in _TOGETHER.items())
    (folder / "all").mkdir()
    (folder / "all/index.html").write_text(f"<!doctype html><title>Documentation</title><p>{links}")
    places = [f"location /all/{name}/ {{ alias {source}/; }}" for name, (source, _) in _TOGETHER.items()]
    return "\n".join(["", *places, f"location /all/ {{ alias {folder / 'all'}/; }}"])

"""Fixtures for all tests: the test site, nginx before it, nginx with real documentation."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import (
    Certificates,
    Nginx,
    Site,
    nginx_installed,
    running_nginx,
    running_site,
    serving_docs,
    standing_before,
    write_certificates,
)

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as shells have it for jobs in the background, and for all below
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.conformance.report"]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A test authority, and a server certificate for all loopback names."""
    return write_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def _site_process(certificates: Certificates) -> Iterator[Site]:
    with running_site(certificates.server) as site:
        yield site


@pytest.fixture
def site(_site_process: Site) -> Site:
    """The test site, with nothing recorded and nothing set."""
    _site_process.reset()
    return _site_process


@pytest.fixture(scope="session")
def needs_nginx() -> None:
    """Skips where nginx or the documentation is missing, but fails in CI: there it must have been installed."""
    if not nginx_installed():
        missing = "needs nginx, python3.11-doc and postgresql-doc-15 from Debian"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


@pytest.fixture(scope="session")
def docs(needs_nginx: None, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Nginx]:
    """nginx serving /python/ and /postgresql/ over http, https and HTTP/2."""
    with running_nginx(nginx_folder(tmp_path_factory), serving_docs(), certificates.server) as nginx:
        yield nginx


@pytest.fixture(scope="session")
def front(
    needs_nginx: None, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, _site_process: Site
) -> Iterator[Nginx]:
    """nginx before the test site: the same pages over TLS and HTTP/2."""
    before = standing_before(_site_process.ports["http"])
    with running_nginx(nginx_folder(tmp_path_factory), before, certificates.server) as nginx:
        yield nginx


def nginx_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder for an nginx of one's own."""
    return factory.mktemp("nginx")

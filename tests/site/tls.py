"""A certificate authority for tests, and one certificate for every loopback name and address."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import trustme

from tests.site.server import ADDRESSES


class Certificates(NamedTuple):
    """Files in PEM form."""

    ca: Path  # what a client should trust
    server: Path  # key and chain for a server


def write_certificates(folder: Path) -> Certificates:
    """Makes a new authority and a certificate for localhost and 127.0.0.1 … 127.0.0.9, written below `folder`."""
    authority = trustme.CA()
    files = Certificates(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(files.ca)
    authority.issue_cert("localhost", *ADDRESSES).private_key_and_cert_chain_pem.write_to_path(files.server)
    return files

"""A certificate authority for tests, a certificate for every loopback name and address, and bad ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import trustme

from tests.site.server import ADDRESSES

_DAY = timedelta(days=1)


class Certificates(NamedTuple):
    """Files in PEM form."""

    ca: Path  # what a client should trust
    server: Path  # key and chain for a server; bad ones for faults lie beside it


def write_certificates(folder: Path) -> Certificates:
    """Makes a new authority and a certificate for localhost and 127.0.0.1 … 127.0.0.9, written below `folder`."""
    authority, stranger = trustme.CA(), trustme.CA()
    files = Certificates(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(files.ca)
    names, now = ("localhost", *ADDRESSES), datetime.now(UTC)
    for name, made in {
        "server": authority.issue_cert(*names),
        "expired": authority.issue_cert(*names, not_before=now - 3 * _DAY, not_after=now - _DAY),
        "too-early": authority.issue_cert(*names, not_before=now + _DAY, not_after=now + 3 * _DAY),
        "wrong-host": authority.issue_cert("other.test"),
        "unknown-authority": stranger.issue_cert(*names),
    }.items():
        made.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
    self_signed = folder / "self-signed.pem"
    self_signed.write_bytes(stranger.private_key_pem.bytes() + stranger.cert_pem.bytes())
    return files

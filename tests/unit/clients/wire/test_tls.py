"""TLS contexts."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
import trustme

from crawler.clients.wire.tls import system_has_authorities, tls_context, without_authorities
from crawler.core.errors import BadInput


def test_hosts_are_verified_unless_told_otherwise() -> None:
    strict = tls_context(verify=True, ca_file=None, http2=False)
    loose = tls_context(verify=False, ca_file=None, http2=False)
    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (loose.verify_mode, loose.check_hostname) == (ssl.CERT_NONE, False)
    assert strict.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_further_authorities_are_trusted_besides_the_systems(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = tls_context(verify=True, ca_file=str(tmp_path / "ca.pem"), http2=True)
    plain = tls_context(verify=True, ca_file=None, http2=True)
    assert context.cert_store_stats()["x509_ca"] == plain.cert_store_stats()["x509_ca"] + 1


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_useless_file_is_told_by_name(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(BadInput, match=r"ca\.pem holds no usable certificates"):
        tls_context(verify=True, ca_file=str(path), http2=False)


def test_a_machine_without_authorities_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert not system_has_authorities()
    (tmp_path / "one.0").touch()
    assert system_has_authorities()


def test_contexts_made_without_authorities_trust_nobody_and_the_environment_is_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "before")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with without_authorities():
        assert ssl.create_default_context().get_ca_certs() == []
    assert os.environ["SSL_CERT_FILE"] == "before"
    assert "SSL_CERT_DIR" not in os.environ

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import pycurl
import pytest

from crawler.clients.curl.options import common_options, proxy_options, trust_options
from crawler.clients.wire.proxies import proxy_of

Paths = ssl.DefaultVerifyPaths


def system(monkeypatch: pytest.MonkeyPatch, cafile: str | None, capath: str | None) -> None:
    paths = Paths(cafile, capath, "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.pem").write_text("own")
    return str(tmp_path / "own.pem")


def test_every_option_is_one_that_this_libcurl_takes() -> None:
    easy = pycurl.Curl()
    proxies = [f"{scheme}://me:s@[::1]:1" for scheme in ("http", "https", "socks5")]
    for http2 in (False, True):
        for option, value in common_options(http2=http2, total_s=1e9):
            easy.setopt(option, value)
    for option, value in (pair for url in proxies for pair in proxy_options(proxy_of(url))):
        easy.setopt(option, value)
    for option, value in trust_options(verify=False, ca_file=None):
        easy.setopt(option, value)


def test_addresses_outlive_the_exchange_they_are_for() -> None:
    assert dict(common_options(http2=False, total_s=60))[pycurl.DNS_CACHE_TIMEOUT] > 60


def test_trust_in_the_systems_bundle_or_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("system")
    system(monkeypatch, str(bundle), str(tmp_path))
    trusted = dict(trust_options(verify=True, ca_file=None))
    assert trusted == {pycurl.CAINFO: str(bundle), pycurl.PROXY_CAINFO: str(bundle)}
    system(monkeypatch, None, str(tmp_path))
    trusted = dict(trust_options(verify=True, ca_file=None))
    assert trusted == {pycurl.CAPATH: str(tmp_path), pycurl.PROXY_CAPATH: str(tmp_path)}


def test_a_file_of_ones_own_comes_beside_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: str) -> None:
    system(monkeypatch, None, str(tmp_path))
    trusted = dict(trust_options(verify=True, ca_file=own))
    assert (trusted[pycurl.CAINFO], trusted[pycurl.CAPATH]) == (own, str(tmp_path))
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("system")
    system(monkeypatch, str(bundle), None)
    assert dict(trust_options(verify=True, ca_file=own))[pycurl.CAINFO_BLOB] == b"system\nown"


def test_a_bare_machine_trusts_what_certifi_does(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, None, None)
    assert dict(trust_options(verify=True, ca_file=None))[pycurl.CAINFO] == certifi.where()


def test_without_verification_nothing_is_read(own: str) -> None:
    options = dict(trust_options(verify=False, ca_file=own))
    assert set(options.values()) == {0}
    assert {pycurl.SSL_VERIFYPEER, pycurl.SSL_VERIFYHOST} <= options.keys()


def test_a_proxy_has_its_credentials_beside_its_address() -> None:
    options = dict(proxy_options(proxy_of("socks5://us%40er:p%3Aw@[::1]:9")))
    assert (options[pycurl.PROXY], options[pycurl.PROXYPORT]) == ("[::1]", 9)
    assert (options[pycurl.PROXYUSERNAME], options[pycurl.PROXYPASSWORD]) == (b"us@er", b"p:w")
    assert options[pycurl.PROXYTYPE] == pycurl.PROXYTYPE_SOCKS5_HOSTNAME
    assert dict(proxy_options(None)) == {}

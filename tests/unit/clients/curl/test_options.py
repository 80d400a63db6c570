from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any

import certifi
import pycurl
import pytest

from crawler.clients.curl.options import VERSIONS, common_options, proxy_options, speaks_http3, trust_options
from crawler.clients.wire.proxies import proxy_of

Paths = ssl.DefaultVerifyPaths


def system(monkeypatch: pytest.MonkeyPatch, cafile: str | None, capath: str | None) -> None:
    paths = Paths(cafile, capath, "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.pem").write_text("own")
    return str(tmp_path / "own.pem")


def trusted(*, verify: bool, ca_file: str | None) -> dict[int, Any]:
    with trust_options(verify=verify, ca_file=ca_file) as options:
        return dict(options)


def test_every_option_is_one_that_this_libcurl_takes() -> None:
    easy = pycurl.Curl()
    proxies = [f"{scheme}://me:s@[::1]:1" for scheme in ("http", "https", "socks5")]
    for newest in ("HTTP/1.1", "HTTP/2", *(["HTTP/3"] if speaks_http3() else [])):
        for option, value in common_options(newest=newest, total_s=1e9):
            easy.setopt(option, value)
        easy.setopt(pycurl.HTTP_VERSION, VERSIONS[newest])
    for option, value in (pair for url in proxies for pair in proxy_options(proxy_of(url))):
        easy.setopt(option, value)
    for options in (trusted(verify=False, ca_file=None), trusted(verify=True, ca_file=None)):
        for option, value in options.items():
            easy.setopt(option, value)


def test_addresses_outlive_the_exchange_they_are_for_even_one_that_was_put_off() -> None:
    assert dict(common_options(newest="HTTP/1.1", total_s=60))[pycurl.DNS_CACHE_TIMEOUT] > 2 * 60


def test_trust_in_the_systems_bundle_or_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("system")
    system(monkeypatch, str(bundle), str(tmp_path))
    assert trusted(verify=True, ca_file=None) == {pycurl.CAINFO: str(bundle), pycurl.PROXY_CAINFO: str(bundle)}
    system(monkeypatch, None, str(tmp_path))
    assert trusted(verify=True, ca_file=None) == {pycurl.CAPATH: str(tmp_path), pycurl.PROXY_CAPATH: str(tmp_path)}


def test_a_file_of_ones_own_comes_beside_the_systems_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: str
) -> None:
    system(monkeypatch, None, str(tmp_path))
    options = trusted(verify=True, ca_file=own)
    assert (options[pycurl.CAINFO], options[pycurl.CAPATH]) == (own, str(tmp_path))


@pytest.mark.parametrize("nameless", [True, False])
def test_a_file_of_ones_own_is_joined_to_the_systems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: str, nameless: bool
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("system")
    system(monkeypatch, str(bundle), None)
    if not nameless:
        monkeypatch.delattr(os, "memfd_create")
    with trust_options(verify=True, ca_file=own) as pairs:
        options = dict(pairs)
        file = options.get(pycurl.CAINFO)
        assert (file is not None) is nameless
        assert (Path(file).read_bytes() if file else options[pycurl.CAINFO_BLOB]) == b"system\nown"
    assert file is None or not Path(file).exists()


def test_a_bare_machine_trusts_what_certifi_does(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, None, None)
    assert trusted(verify=True, ca_file=None)[pycurl.CAINFO] == certifi.where()


def test_without_verification_nothing_is_read(own: str) -> None:
    options = trusted(verify=False, ca_file=own)
    assert set(options.values()) == {0}
    assert {pycurl.SSL_VERIFYPEER, pycurl.SSL_VERIFYHOST} <= options.keys()


def test_a_proxy_has_its_credentials_beside_its_address() -> None:
    options = dict(proxy_options(proxy_of("socks5://us%40er:p%3Aw@[::1]:9")))
    assert (options[pycurl.PROXY], options[pycurl.PROXYPORT]) == ("[::1]", 9)
    assert (options[pycurl.PROXYUSERNAME], options[pycurl.PROXYPASSWORD]) == (b"us@er", b"p:w")
    assert options[pycurl.PROXYTYPE] == pycurl.PROXYTYPE_SOCKS5_HOSTNAME
    assert dict(proxy_options(None)) == {}

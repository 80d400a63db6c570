from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crawler import __version__
from crawler.clients import CLIENTS
from crawler.clients.curl import options
from crawler.clients.section import AuthSection, ClientSection, DnsSection, TimeoutsSection
from crawler.core.section_types import revealed


def client(**keys: Any) -> ClientSection:
    return ClientSection.model_validate(keys)


@pytest.mark.parametrize("name", CLIENTS)
def test_every_client_of_the_table_is_a_type(name: str) -> None:
    assert client(type=name).type == name


def test_a_client_whose_library_is_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(sys.modules, "pycurl", raising=False)
    with pytest.raises(ValidationError, match=r"needs pycurl, which is not installed: pip install 'crawlfile\[curl\]'"):
        client(type="curl")
    assert client(type="aiohttp").type == "aiohttp"


def test_http2_with_aiohttp_says_why_not() -> None:
    with pytest.raises(ValidationError, match=r"HTTP/1.1 only; choose curl, httpx2 or httpx"):
        client(http2=True)
    assert client(type="httpx2", http2=True).http2
    assert client(type="httpx", http2=True).http2
    assert client(type="curl", http2=True).http2


def test_http3_is_for_curl_where_its_library_was_built_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match=r"must be false with client\.type httpx2, which does not speak HTTP/3"):
        client(type="httpx2", http3=True)
    monkeypatch.setattr(options, "speaks_http3", lambda: True)
    assert client(type="curl", http3=True).http3
    with pytest.raises(ValidationError, match="goes through no proxy"):
        client(type="curl", http3=True, proxy="http://proxy.test:1")
    monkeypatch.setattr(options, "speaks_http3", lambda: False)
    with pytest.raises(ValidationError, match="was built without HTTP/3"):
        client(type="curl", http3=True)


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        (None, "crawlfile"),
        ("MyBot/1.0 (+https://example.org/bot)", "MyBot"),
        ("My_Own-Bot", "My_Own-Bot"),
        ("Mozilla/5.0 (compatible; OtherBot/1.0)", "Mozilla"),
        ("bot2/1.0", "bot"),
    ],
)
def test_the_product_token_is_the_user_agents_first_name(user_agent: str | None, token: str) -> None:
    assert client(user_agent=user_agent).product_token == token


def test_without_a_user_agent_ours_is_sent() -> None:
    assert client().sent_user_agent == f"crawlfile/{__version__}"
    assert client(user_agent="a/1").sent_user_agent == "a/1"


@pytest.mark.parametrize("user_agent", ["", " a", "a ", "a\r\nX: y", "a\0", "ü", "/1.0", "1bot", "(x)"])
def test_a_user_agent_that_cannot_be_sent_or_matched_is_refused(user_agent: str) -> None:
    with pytest.raises(ValidationError, match=r"user_agent"):
        client(user_agent=user_agent)


def test_credentials_have_exactly_one_form() -> None:
    assert AuthSection.model_validate({"username": "a", "password": ""}).username is not None
    assert AuthSection.model_validate({"bearer": "abc.def"}).bearer is not None
    for bad in (
        {},
        {"username": "a"},
        {"password": "a"},
        {"username": "a", "password": "b", "bearer": "c"},
        {"username": "a", "bearer": "c"},
        {"bearer": ""},
        {"bearer": "Bearer abc"},
        {"bearer": "a\r\nb"},
        {"username": "a:b", "password": "c"},
        {"username": "a", "password": "b\n"},
        {"bearer": None},
    ):
        with pytest.raises(ValidationError):
            AuthSection.model_validate(bad)


def test_cookies_are_a_switch_or_a_mapping() -> None:
    assert client().cookies is True
    assert client(cookies=False).cookies is False
    cookies = client(cookies={"sid": "hunter2"}).cookies
    assert isinstance(cookies, dict)
    assert revealed(cookies) == {"sid": "hunter2"}
    for bad in (1, "sid=1", ["a"], None, {"a": 1}, {"a b": "c"}):
        with pytest.raises(ValidationError):
            client(cookies=bad)


@pytest.mark.parametrize(
    "proxy", ["http://h:3128", "https://h", "socks5://u:p@h:1080", "http://[::1]:3128", "http://u:p@h:1/"]
)
def test_a_proxy_is_one_or_a_list(proxy: str) -> None:
    assert [one.get_secret_value() for one in client(proxy=proxy).proxy] == [proxy]
    assert [one.get_secret_value() for one in client(proxy=[proxy, proxy]).proxy] == [proxy, proxy]


def test_no_proxy_is_none() -> None:
    assert client().proxy == client(proxy=None).proxy == client(proxy=[]).proxy == ()


@pytest.mark.parametrize(
    "proxy",
    ["h:3128", "ftp://h", "http://", "http://h:99999", "http://h:x", "http://h:0", "", "http://h h", 3, {"http": "x"}],
)
def test_anything_else_is_no_proxy(proxy: object) -> None:
    with pytest.raises(ValidationError):
        client(proxy=proxy)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (True, True),
        (False, False),
        (
            ["Localhost", "10.0.0.1/8", "::1", "[fe80::1]", "192.168.0.1", "*.Lan"],
            ("localhost", "10.0.0.0/8", "::1", "fe80::1", "192.168.0.1", "*.lan"),
        ),
    ],
)
def test_private_addresses_are_allowed_by_switch_name_address_or_network(value: object, result: object) -> None:
    assert client(allow_private=value).allow_private == result


@pytest.mark.parametrize("value", ["localhost", 1, None, ["10.0.0.0/99"], ["a/b"], ["http://a"], ["a b"], [""], [1]])
def test_anything_else_allows_nothing(value: object) -> None:
    with pytest.raises(ValidationError):
        client(allow_private=value)


def test_a_ca_file_must_exist_and_hold_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    assert client(ca_file=str(tmp_path / "ca.pem")).ca_file == str(tmp_path / "ca.pem")
    with pytest.raises(ValidationError, match="does not exist"):
        client(ca_file=str(tmp_path / "no.pem"))
    (tmp_path / "text.pem").write_text("x")
    with pytest.raises(ValidationError, match="without certificates in PEM form"):
        client(ca_file=str(tmp_path / "text.pem"))


def test_secrets_are_not_in_the_text_of_a_section() -> None:
    section = client(
        headers={"Authorization": "hunter2"},
        cookies={"sid": "hunter2"},
        auth={"username": "hunter2", "password": "hunter2"},
        proxy="http://hunter2:hunter2@h:1",
    )
    assert "hunter2" not in f"{section!r} {section} {section.model_dump()} {section.model_dump_json()}"


def test_a_null_timeout_is_as_long_as_the_whole_request() -> None:
    timeouts = TimeoutsSection.model_validate({"read": None, "pool": None, "total": "90s"})
    assert (timeouts.connect, timeouts.read, timeouts.write, timeouts.pool, timeouts.total) == (10, 90, 20, 90, 90)
    assert TimeoutsSection.model_validate({"connect": None}).connect == 60


@pytest.mark.parametrize("bad", [{"total": None}, {"drain": None}, {"read": 0}, {"total": 0}, {"connect": -1}])
def test_every_wait_has_a_deadline(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TimeoutsSection.model_validate(bad)


def test_a_drain_of_zero_waits_for_nothing() -> None:
    assert TimeoutsSection(drain=0).drain == 0


def test_dns_may_go_without_a_cache() -> None:
    assert DnsSection(ttl=0, negative_ttl=0).ttl == 0
    with pytest.raises(ValidationError):
        DnsSection(max_entries=0)

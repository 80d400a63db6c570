"""Who asks: which fields go where."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.clients.identity import Identity, basic_authorization, bearer_authorization, merged

SEED = "https://example.org/start"
COMMON = {"User-Agent", "Accept", "Accept-Encoding"}


def fields(identity: Identity, url: str) -> dict[str, str]:
    return dict(identity.headers_for(url))


def secretive(**options: Any) -> Identity:
    return Identity(
        user_agent="me/1", headers={"X-Key": "k"}, authorization=bearer_authorization("t"), seeds=[SEED], **options
    )


def test_everybody_gets_user_agent_and_accepted_forms() -> None:
    found = fields(Identity(user_agent="me/1"), "https://any.test/")
    assert found.keys() == COMMON
    assert found["User-Agent"] == "me/1"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/",
        "http://example.org/start",
        "https://example.org:8443/start",
        "https://example.org.evil.test/start",
        "https://evil.test/https://example.org/start",
    ],
)
def test_secrets_go_to_no_other_origin(url: str) -> None:
    identity = secretive(seed_headers={SEED: {"X-Own": "o"}})
    assert fields(identity, url).keys() == COMMON


def test_secrets_go_to_the_origins_of_all_seeds_and_own_fields_to_one_url() -> None:
    identity = secretive(seed_headers={"https://two.test/": {"X-Own": "o", "x-key": "other"}})
    identity.add_seed("https://three.test/deep")
    for url in ("https://example.org/any", "https://two.test/page", "https://three.test/"):
        assert fields(identity, url).keys() == COMMON | {"X-Key", "Authorization"}
    own = fields(identity, "https://two.test/")
    assert (own["X-Own"], own["x-key"], "X-Key" in own) == ("o", "other", False)


def test_configured_fields_replace_common_ones_for_the_seeds() -> None:
    identity = Identity(user_agent="me/1", headers={"accept": "text/plain"}, seeds=[SEED])
    assert "Accept" not in fields(identity, SEED)
    assert fields(identity, SEED)["accept"] == "text/plain"
    assert fields(identity, "https://any.test/").keys() == COMMON


def test_first_cookies_go_to_hosts_of_seeds_and_join_a_configured_cookie() -> None:
    identity = Identity(user_agent="me/1", headers={"Cookie": "x=0"}, cookies={"sid": "1"}, seeds=[SEED])
    assert fields(identity, SEED)["Cookie"] == "x=0; sid=1"
    assert fields(identity, "http://example.org/")["Cookie"] == "sid=1"
    assert "Cookie" not in fields(identity, "https://www.example.org/")


def test_without_a_jar_no_cookie_is_kept() -> None:
    for cookies, expected in ((False, None), (True, "a=1")):
        identity = Identity(user_agent="me/1", cookies=cookies)
        identity.receive(SEED, ["a=1"])
        assert fields(identity, SEED).get("Cookie") == expected


def test_authorization_fields_are_those_of_the_standards() -> None:
    assert basic_authorization("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert bearer_authorization("abc") == "Bearer abc"


def test_merging_ignores_case_and_keeps_order() -> None:
    assert merged([("A", "1"), ("B", "2")], [("a", "3"), ("C", "4")]) == {"a": "3", "B": "2", "C": "4"}


def test_no_secret_is_in_the_text_of_an_identity() -> None:
    assert "secret" not in repr(Identity(user_agent="me", authorization="Basic secret", seeds=[SEED]))


def test_cookies_that_are_received_are_passed_on_and_those_that_are_adopted_are_not() -> None:
    told: list[tuple[str, list[str]]] = []
    one, other = Identity(user_agent="me"), Identity(user_agent="me")
    one.pass_cookies_to(lambda url, fields: told.append((url, list(fields))))
    one.receive(SEED, iter(["a=1", "b=2"]))
    one.adopt(SEED, ["c=3"])
    assert told == [(SEED, ["a=1", "b=2"])]
    other.restore(one.cookies())
    assert fields(other, SEED)["Cookie"] == "a=1; b=2; c=3"


def test_without_a_jar_there_is_nothing_to_share() -> None:
    told: list[str] = []
    identity = Identity(user_agent="me", cookies=False)
    identity.pass_cookies_to(lambda url, fields: told.append(url))
    identity.receive(SEED, ["a=1"])
    identity.adopt(SEED, ["a=1"])
    identity.restore([("a", "1", "example.org", "/", True, False, None)])
    assert (identity.cookies(), told) == ([], [])
    assert "Cookie" not in fields(identity, SEED)

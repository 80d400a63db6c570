from __future__ import annotations

import pytest

from crawler.clients.curl.kept import Kept
from crawler.clients.wire.transfer import Origin


def origin(host: str) -> Origin:
    return Origin(False, host, 80, host, None)


def test_a_connection_can_be_taken_as_often_as_it_was_given_back() -> None:
    kept = Kept(10)
    assert not kept.take(origin("a"))
    kept.give_back(origin("a"))
    kept.give_back(origin("a"))
    assert [kept.take(origin("a")) for _ in range(3)] == [True, True, False]


def test_a_shared_connection_is_never_used_up() -> None:
    kept = Kept(10)
    kept.give_back(origin("a"))
    kept.share(origin("a"))
    kept.give_back(origin("a"))
    assert [kept.take(origin("a")) for _ in range(3)] == [True] * 3
    assert kept.is_shared(origin("a"))
    assert not kept.is_shared(origin("b"))


def test_only_shared_connections_take_others_along_when_they_break() -> None:
    kept = Kept(2)
    for host in ("a", "b", "c"):
        kept.share(origin(host))
    for host in ("alone", "a", "b", "c"):
        kept.break_off(origin(host))
    assert [kept.has_broken(origin(host)) for host in ("alone", "a", "b", "c")] == [False, False, True, True]


def test_an_older_version_of_http_is_remembered_of_some_origins() -> None:
    kept = Kept(2)
    for host in ("a", "b", "c"):
        kept.remember_version(origin(host), "HTTP/2")
    assert [kept.version(origin(host)) for host in ("a", "b", "c", "d")] == [None, "HTTP/2", "HTTP/2", None]


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    kept = Kept(2)
    for host in ("a", "b", "a", "c"):
        kept.give_back(origin(host))
    assert [kept.take(origin(host)) for host in ("a", "b", "c")] == [True, False, True]
    for host in ("d", "e", "f"):
        kept.share(origin(host))
    assert [kept.is_shared(origin(host)) for host in ("d", "e", "f")] == [False, True, True]


def test_after_a_loss_libcurl_is_not_trusted_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("crawler.clients.curl.kept.monotonic", lambda: now)
    kept = Kept(2)
    kept.give_back(origin("a"))
    kept.lose(origin("a"))
    assert (kept.is_doubtful(origin("a")), kept.is_doubtful(origin("b")), kept.take(origin("a"))) == (
        True,
        False,
        False,
    )
    now += 1.2
    assert not kept.is_doubtful(origin("a"))
    kept.share(origin("b"))
    kept.lose(origin("b"))
    assert (kept.is_doubtful(origin("b")), kept.take(origin("b"))) == (False, True)

"""One class of error for each answer that a caller can give."""

from __future__ import annotations

import pytest

from crawler.core import errors
from crawler.core.errors import ERROR_TYPES, CrawlError, ExitCode, FetchFailed, UnusableUrl

FATAL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CrawlError)]


def test_exit_codes_are_those_that_cron_is_promised() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "COMPLETE": 0,
        "BUG": 1,
        "BAD_INPUT": 2,
        "THRESHOLD": 3,
        "NOTHING_FETCHED": 4,
        "BUDGET": 5,
        "LOCKED": 6,
        "OUTPUT_FAILED": 7,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_the_types_of_failed_records_are_those_that_are_promised() -> None:
    promised = """dns connect tls timeout protocol body_too_large decoding too_many_redirects redirect_refused
        private_address http_status robots retry_after_too_long unsupported_scheme internal"""
    assert list(ERROR_TYPES) == promised.split()


def test_every_fatal_error_knows_its_exit_code() -> None:
    assert {kind.__name__: int(kind.exit_code) for kind in FATAL} == {
        "CrawlError": 1,
        "BadInput": 2,
        "Locked": 6,
        "OutputFailed": 7,
        "OutputClosed": 0,
    }


@pytest.mark.parametrize("kind", FATAL)
def test_a_fatal_errors_text_is_its_message_and_names_no_place_in_a_configuration(kind: type[CrawlError]) -> None:
    assert str(kind("why")) == "why"
    assert kind("why").mistakes == ()


def test_a_failed_fetch_was_on_the_network_unless_it_says_otherwise() -> None:
    failure = FetchFailed("dns", "no such host")
    assert (failure.type, failure.message, str(failure)) == ("dns", "no such host", "no such host")
    assert (failure.reached, failure.response) == (True, None)
    assert not FetchFailed("private_address", "", reached=False).reached


def test_a_failed_fetch_is_no_fatal_error() -> None:
    assert not issubclass(FetchFailed, CrawlError)
    assert not issubclass(UnusableUrl, CrawlError)


def test_an_unusable_url_can_be_counted_by_its_reason() -> None:
    refusal = UnusableUrl("scheme", "ftp is no scheme that can be crawled")
    assert refusal.reason == "scheme"
    assert str(refusal) == "ftp is no scheme that can be crawled"
    assert isinstance(refusal, ValueError)

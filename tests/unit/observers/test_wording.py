"""Events in words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from crawler.core import events
from crawler.core.errors import ExitCode
from crawler.core.visit import Request
from crawler.observers.wording import TELLERS, notable, outcome, tell_status, wait_text
from tests.unit.observers.occasions import HOSTILE, STARTED, a_snapshot, a_visit, an_end, waiting

NOW = datetime(2026, 11, 22, 17, 34, 0)
REQUEST = Request("https://example.org/a", "https://example.org/b", "example.org")
EXAMPLES: list[tuple[events.Event, str, str]] = [
    (STARTED, "info", "site begins run 20261122T173400Z; records go to out/site.jsonl, state to .crawl/site"),
    (
        STARTED._replace(resumed=True, done_before=1234),
        "info",
        "site resumes run 20261122T173400Z, 1,234 pages done before; records go to out/site.jsonl, "
        "state to .crawl/site",
    ),
    (a_visit(), "debug", "200 https://example.org/a, 0.5 s, 0 B"),
    (a_visit(duplicate_of="https://example.org/b"), "debug", "same as https://example.org/b https://example.org/a, "),
    (a_visit("timeout", attempts=3), "warning", "failed after 3 attempts: https://example.org/a: timeout: it went"),
    (a_visit("http_status", status=404), "info", "failed: https://example.org/a: http_status: it went wrong"),
    (a_visit("http_status", status=503), "warning", "failed: https://example.org/a: http_status"),
    (a_visit("robots", attempts=0), "info", "failed: https://example.org/a: robots"),
    (
        events.Postponed(REQUEST, "backoff", 1.7, "http_status: 503"),
        "info",
        "again in 1.7 s (backoff after errors): https://example.org/b: http_status: 503",
    ),
    (
        events.HostBlocked("example.org", "retry-after", 125.0),
        "info",
        "example.org is left alone for 2 min 5 s (Retry-After)",
    ),
    (
        events.RobotsLoaded("https://example.org", "rules", "200", 5.0, 1),
        "info",
        "robots.txt of https://example.org: rules (200), Crawl-delay 5.0 s, 1 sitemap",
    ),
    (
        events.RobotsLoaded("https://example.org", "disallow all", "503"),
        "warning",
        "robots.txt of https://example.org: could not be read, so nothing is asked there (503)",
    ),
    (
        events.SitemapRead("https://example.org/s.xml", 1200, 7),
        "info",
        "sitemap https://example.org/s.xml: 1,200 entries, 7 new",
    ),
    (
        events.SitemapRead("https://example.org/s.xml", 1, 1, "not well-formed"),
        "warning",
        "sitemap https://example.org/s.xml: 1 entries, 1 new; not well-formed",
    ),
    (events.FellBack("example.org", "HTTP/1.1"), "info", "example.org was offered HTTP/2 and answered in HTTP/1.1"),
    (
        events.ScopeWidened("https://example.org/", "https://www.example.org/"),
        "info",
        "seed https://example.org/ redirects to https://www.example.org/; the scope goes along",
    ),
    (events.Warned("the disk is nearly full"), "warning", "the disk is nearly full"),
    (events.Stopping("SIGINT", 8.0, 12), "info", "stopping (SIGINT): waiting at most 8.0 s for 12 requests in flight"),
    (events.Stopping("max_bytes", 8.0, 0), "info", "stopping (max_bytes): nothing in flight"),
    (an_end(), "info", "complete after 2 min 3 s, exit 0: 1,234 pages, 34 failed"),
    (
        an_end(5, "max_duration"),
        "info",
        "stopped by a budget (max_duration) after 2 min 3 s, exit 5: 1,234 pages, 34 failed; the same command resumes",
    ),
    (
        an_end(143, "SIGTERM"),
        "warning",
        "terminated (SIGTERM) after 2 min 3 s, exit 143: 1,234 pages, 34 failed; the same command resumes",
    ),
]


@pytest.mark.parametrize(("event", "level", "text"), EXAMPLES)
def test_an_event_is_told_so(event: events.Event, level: str, text: str) -> None:
    told = TELLERS[type(event)](event)
    assert (told.level, told.text[: len(text)]) == (level, text)


def test_every_event_but_the_snapshot_and_its_waits_has_words() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)}
    assert kinds - {events.Event, events.Snapshot, events.Wait} == set(TELLERS)
    assert {type(event) for event, _, _ in EXAMPLES} == set(TELLERS)


@pytest.mark.parametrize("event", [event for event, _, _ in EXAMPLES])
def test_fields_are_json_values(event: events.Event) -> None:
    json.dumps(dict(TELLERS[type(event)](event).fields))


def hostile(event: Any) -> Any:
    """`event` with every string in it replaced by control characters."""
    changes: dict[str, Any] = {}
    for name, value in event._asdict().items():
        if isinstance(value, str):
            changes[name] = HOSTILE
        elif name in {"visit", "error"} and value is not None:
            changes[name] = hostile(value)
        elif isinstance(value, Request):
            changes[name] = value._replace(url=HOSTILE, target=HOSTILE, host=HOSTILE)
    return event._replace(**changes)


@pytest.mark.parametrize("event", [event for event, _, _ in EXAMPLES])
def test_no_text_has_a_control_character_whatever_the_web_sent(event: events.Event) -> None:
    assert TELLERS[type(event)](hostile(event)).text.isprintable()


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (waiting(), "12 s for example.org (Retry-After) until 17:34:12, 400 queued"),
        (waiting(None, "robots"), "for robots.txt of example.org, 400 queued"),
        (waiting(None, "in flight"), "for requests in flight of example.org, 400 queued"),
        (waiting(7200, "crawl-delay"), "2 h for example.org (Crawl-delay) until 19:34:00, 400 queued"),
        (waiting(3.0, "a\x1bb", "h\x9b")._replace(queued=0), r"3.0 s for h\x9b (a\x1bb) until 17:34:03"),
    ],
)
def test_a_wait_names_host_reason_and_end(wait: events.Wait, text: str) -> None:
    assert wait_text(wait, NOW) == text


def test_the_ordinary_delay_between_two_requests_is_not_worth_a_word() -> None:
    long, endless = waiting(2.0), waiting(None)
    assert notable([waiting(0.5, "delay"), long, endless]) == [long, endless]


def test_the_status_line_has_all_figures() -> None:
    told = tell_status(a_snapshot(max_pages=10000, eta_s=4800.0), NOW)
    assert told.text == (
        "1,234 done (34 failed), 8,766 queued, 12 in flight, 23.4 pages/s, 12.3 MB, 34 hosts, 1 h 20 min to go; "
        "errors: http_status 30, timeout 4"
    )
    assert told.fields["errors"] == {"timeout": 4, "http_status": 30}
    assert (told.fields["rate"], told.fields["eta_s"], told.fields["waits"]) == (23.4, 4800.0, [])


def test_the_status_line_says_what_is_waited_for_and_until_when() -> None:
    waits = [waiting(0.3, "delay", "fast.example"), *(waiting(12.0 + n, host=f"{n}.example") for n in range(4))]
    told = tell_status(a_snapshot(waits=waits, in_flight=0, rate=0.0, errors={}), NOW)
    assert "; waiting 12 s for 0.example (Retry-After) until 17:34:12, 400 queued; 13 s for 1.example" in told.text
    assert told.text.endswith("; and for more hosts")
    assert "3.example" not in told.text
    assert told.fields["waits"][0] == {"host": "0.example", "reason": "retry-after", "wait_s": 12.0, "queued": 400}


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_has_words(code: ExitCode) -> None:
    assert outcome(an_end(code, "because")).endswith(" (because)")
    assert outcome(an_end(code, "")).isprintable()


def test_an_outcome_does_not_repeat_itself() -> None:
    assert outcome(an_end(0, "complete")) == "complete"
    assert outcome(an_end(0, "max_pages reached")) == "complete (max_pages reached)"
    assert outcome(an_end(77, "x\x1b")) == r"ended with 77 (x\x1b)"

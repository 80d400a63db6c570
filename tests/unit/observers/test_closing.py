"""The closing summary."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.events import RunEnded
from crawler.observers.closing import WIDTH, closing_summary
from tests.unit.observers.occasions import HOSTILE, an_end

GOLDEN = """\
site: terminated (SIGTERM) after 2 min 3 s, exit 143
  pages     1,234 · 1,200 ok · 34 failed · 10.0 pages/s · 12.3 MB received
  status    200: 1,190 · 404: 30
  errors    http_status: 30 · timeout: 4
  refused   scope: 23,456 · exclude: 12
  protocol  HTTP/2: 1,190 · HTTP/1.1: 44 · 1 host without HTTP/2
  hosts     h0.example: 100 · h1.example: 99 (1 failed) ·
            h2.example: 98 (2 failed) · h3.example: 97 (3 failed) ·
            h4.example: 96 (4 failed) · 4 more
  dns       12 lookups · 1,222 hits · 12 misses
  output    out/site.jsonl
  next      the same command resumes this run; with --fresh it begins a new one
"""


def test_a_run_that_was_stopped_is_summed_up_so() -> None:
    assert closing_summary(an_end(143, "SIGTERM")) == GOLDEN


def test_a_complete_run_has_nothing_to_resume() -> None:
    text = closing_summary(an_end())
    assert text.startswith("site: complete after 2 min 3 s, exit 0\n")
    assert "next" not in text


def test_figures_that_are_missing_are_left_out() -> None:
    text = closing_summary(RunEnded(4, "no seed answered", True, {}))
    assert text.splitlines()[:2] == [
        "crawl: nothing could be fetched (no seed answered) after 0.0 s, exit 4",
        "  pages     0",
    ]
    empty: dict[str, Any] = {
        "statuses": None,
        "hosts": None,
        "outputs": None,
        "dns": {},
        "elapsed_s": None,
        "rate": None,
    }
    assert "None" not in closing_summary(RunEnded(0, "complete", False, empty))


@pytest.mark.parametrize("many", [0, 1, 50])
def test_no_line_is_wider_than_a_terminal(many: int) -> None:
    counts = {f"reason_{n}": 10 ** min(n, 9) for n in range(many)}
    text = closing_summary(an_end(5, "max_duration", refused=counts, statuses=counts, errors=counts))
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_nothing_from_the_web_is_printed_raw() -> None:
    hosts = {HOSTILE: {"pages": 1, "failed": 1}}
    text = closing_summary(an_end(1, HOSTILE, crawl=HOSTILE, hosts=hosts, outputs=[HOSTILE], statuses={HOSTILE: 1}))
    assert text.replace("\n", "").isprintable()


def test_required_fields_that_pages_lack_are_ranked() -> None:
    text = closing_summary(an_end(missing_fields={"price": 3, "variants.sku": 1}))
    assert "  missing   price: 3 · variants.sku: 1\n" in text


def test_what_changed_is_counted_where_that_was_asked() -> None:
    ended = RunEnded(0, "complete", False, {"pages": 3, "changes": {"unchanged": 2, "gone": 1}})
    assert "changes   unchanged: 2 · gone: 1" in closing_summary(ended)
    assert "changes" not in closing_summary(ended._replace(summary={"pages": 3, "changes": {}}))

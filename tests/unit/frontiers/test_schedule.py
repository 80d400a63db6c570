"""Hosts in line and on timers, at any number of them."""

from __future__ import annotations

import sys
from math import log2
from types import FrameType

from crawler.core.visit import Request
from crawler.frontiers.host_clock import Pace
from crawler.frontiers.host_queue import Host
from crawler.frontiers.schedule import Schedule, Timetable
from tests.unit.frontiers.fake_time import FakeTime

A_REQUEST = Request("https://a.example/", "https://a.example/", "a.example")


def a_host(name: str = "a.example") -> Host:
    host = Host(name, Pace(1.0, 0.0, 1))
    host.fresh.add((1, A_REQUEST), 9)
    return host


def test_an_overtaken_timer_does_not_ring() -> None:
    timetable, host = Timetable(), a_host()
    host.block(50.0, "backoff")
    timetable.place(host, 0.0)
    host.block(80.0, "retry-after")
    timetable.place(host, 1.0)
    assert not timetable.ring(60.0)
    assert timetable.next_ring() == 80.0
    assert timetable.ring(80.0)
    assert list(timetable.line) == [host]


def test_overtaken_timers_do_not_pile_up() -> None:
    timetable, host = Timetable(), a_host()
    for until in range(10_000):
        host.block(10.0 + until, "backoff")
        timetable.place(host, 0.0)
    assert len(timetable._timers) < 200
    assert timetable.ring(1e6)


def test_the_work_of_reserving_grows_with_the_logarithm_of_hosts() -> None:
    few, many = (calls_per_request(hosts) for hosts in (100, 10_000))
    assert many < few * log2(10_000) / log2(100)


def calls_per_request(hosts: int) -> float:
    """Function calls that one reserve, sent and settle take, with that many hosts waiting for their delay."""
    time = FakeTime()
    schedule = Schedule(Pace(1.0), time.now)
    for number in range(hosts):
        name = f"h{number}"
        for page in range(2):
            url = f"https://{name}/{page}"
            schedule._add(schedule._host(name), page, Request(url, url, name))
    requests = schedule.reserve(hosts)
    for request in requests:
        schedule.sent(request)
        schedule._settle(request)
    time.go_on(2.0)
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        requests = [request for _ in range(hosts // 32) for request in schedule.reserve(32)]
        for request in requests:
            schedule.sent(request)
            schedule._settle(request)
    finally:
        sys.setprofile(None)
    return calls / len(requests)

"""RFC 9309 2.4: how long rules are kept, and what holds while robots.txt is unreachable."""

from __future__ import annotations

from crawler.politeness.robots import ALLOW_ALL, DISALLOW_ALL, RobotsRules
from crawler.politeness.robots_cache import UNREACHABLE_TTL_S, RobotsCache

DAY_S = 86400.0
RULES = RobotsRules.parse(b"User-agent: *\nDisallow: /a\nDisallow: /b\n", "x")
NEWER = RobotsRules.parse(b"User-agent: *\nDisallow: /c\n", "x")


class Clock:
    def __init__(self) -> None:
        self.time_s = 1000.0

    def __call__(self) -> float:
        return self.time_s


def new_cache(ttl_s: float = DAY_S, max_entries: int = 100, max_rules: int = 1000) -> tuple[RobotsCache, Clock]:
    clock = Clock()
    return RobotsCache(ttl_s, max_entries, max_rules, now=clock), clock


def test_rules_are_known_until_their_time_is_over() -> None:
    cache, clock = new_cache()
    assert cache.get("https://e.org") is None
    assert cache.put("https://e.org", RULES) is RULES
    clock.time_s += DAY_S - 1
    assert cache.get("https://e.org") is RULES
    assert cache.get("http://e.org") is None
    clock.time_s += 1
    assert cache.get("https://e.org") is None


def test_an_unreachable_file_is_due_again_after_ten_minutes() -> None:
    cache, clock = new_cache()
    assert cache.put("https://e.org", DISALLOW_ALL) is DISALLOW_ALL
    assert cache.get("https://e.org") is DISALLOW_ALL
    clock.time_s += UNREACHABLE_TTL_S
    assert cache.get("https://e.org") is None


def test_a_shorter_time_to_live_holds_for_unreachable_files_too() -> None:
    cache, clock = new_cache(ttl_s=60)
    cache.put("https://e.org", DISALLOW_ALL)
    clock.time_s += 60
    assert cache.get("https://e.org") is None


def test_the_copy_goes_on_to_hold_while_the_file_is_unreachable() -> None:
    cache, clock = new_cache()
    cache.put("https://e.org", RULES)
    for _ in range(3):
        clock.time_s += DAY_S
        assert cache.get("https://e.org") is None
        assert cache.put("https://e.org", DISALLOW_ALL) is RULES
        assert cache.get("https://e.org") is RULES
        clock.time_s += UNREACHABLE_TTL_S
        assert cache.get("https://e.org") is None
    assert cache.put("https://e.org", NEWER) is NEWER
    clock.time_s += DAY_S - 1
    assert cache.get("https://e.org") is NEWER


def test_a_file_that_was_absent_leaves_no_copy_to_go_by() -> None:
    cache, _ = new_cache()
    cache.put("https://e.org", ALLOW_ALL)
    assert cache.put("https://e.org", DISALLOW_ALL) is DISALLOW_ALL
    assert cache.put("https://e.org", ALLOW_ALL) is ALLOW_ALL


def test_the_least_recently_used_origin_is_forgotten_first() -> None:
    cache, _ = new_cache(max_entries=2)
    cache.put("a", RULES)
    cache.put("b", RULES)
    assert cache.get("a") is RULES
    cache.put("c", RULES)
    assert [cache.get(origin) for origin in "abc"] == [RULES, None, RULES]
    assert len(cache) == 2


def test_memory_is_bounded_by_the_number_of_rules_too() -> None:
    cache, _ = new_cache(max_rules=5)
    for origin in "abc":
        cache.put(origin, RULES)
    assert [cache.get(origin) for origin in "abc"] == [None, RULES, RULES]
    cache.put("c", RULES)
    assert len(cache) == 2
    huge = RobotsRules.parse(b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % n for n in range(50)), "x")
    cache.put("d", huge)
    assert [cache.get(origin) for origin in "bcd"] == [None, None, huge]
    cache.put("e", RULES)
    assert [cache.get(origin) for origin in "de"] == [None, RULES]

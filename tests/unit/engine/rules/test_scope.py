"""Scope: what a link must share with a seed, further hosts, patterns; one by one and in bulk."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.engine.rules import scope as scope_module
from crawler.engine.rules.scope import Scope, ScopeType

SEED = "https://www.example.org/docs/intro.html"


@pytest.mark.parametrize(
    ("type", "url", "inside"),
    [
        ("page", SEED, True),
        ("page", "https://www.example.org/docs/", False),
        ("page", "http://www.example.org/docs/intro.html", False),
        ("prefix", "https://www.example.org/docs/", True),
        ("prefix", "http://www.example.org/docs/a/b?c=/d", True),
        ("prefix", "https://www.example.org/docs", False),
        ("prefix", "https://www.example.org/docs2/", False),
        ("prefix", "https://www.example.org/?/docs/", False),
        ("prefix", "https://example.org/docs/", False),
        ("prefix", "https://www.example.org:8443/docs/", False),
        ("host", "https://www.example.org/", True),
        ("host", "http://www.example.org/other", True),
        ("host", "https://www.example.org:8443/", False),
        ("host", "https://example.org/", False),
        ("host", "https://a.www.example.org/", False),
        ("domain", "https://example.org/", True),
        ("domain", "http://shop.example.org:8080/", True),
        ("domain", "https://example.com/", False),
        ("domain", "https://notexample.org/", False),
        ("any", "http://anywhere.test/", True),
    ],
)
def test_a_link_must_share_with_a_seed_what_the_type_says(type: ScopeType, url: str, inside: bool) -> None:
    assert Scope(type, [SEED]).refusal(url) == (None if inside else "scope")


def test_the_seed_itself_is_in_every_scope() -> None:
    for type in ("page", "prefix", "host", "domain", "any"):
        assert Scope(type, [SEED]).refusal(SEED) is None


@pytest.mark.parametrize(
    ("seed", "url", "inside"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:9000/", True),
        ("http://127.0.0.1:8000/", "http://1.0.0.1/", False),
        ("http://[::1]:8000/", "http://[::1]/", True),
        ("http://[::1]:8000/", "http://[::2]/", False),
        ("http://localhost/", "http://localhost:81/", True),
        ("https://a.github.io/", "https://b.github.io/", False),
        ("https://shop.example.co.uk/", "https://example.co.uk/", True),
        ("https://shop.example.co.uk/", "https://other.co.uk/", False),
    ],
)
def test_a_registrable_domain_is_that_of_the_public_suffix_list_and_an_address_is_itself(
    seed: str, url: str, inside: bool
) -> None:
    assert (Scope("domain", [seed]).refusal(url) is None) is inside


@pytest.mark.parametrize(
    ("entry", "host", "inside"),
    [
        ("cdn.test", "cdn.test", True),
        ("cdn.test", "cdn.test:8080", True),
        ("CDN.test", "cdn.test", True),
        ("cdn.test", "a.cdn.test", False),
        ("cdn.test:8080", "cdn.test:8080", True),
        ("cdn.test:8080", "cdn.test", False),
        ("cdn.test:443", "cdn.test", True),
        ("cdn.test:443", "cdn.test:8443", False),
        ("*.cdn.test", "a.cdn.test", True),
        ("*.cdn.test", "a.b.cdn.test:8080", True),
        ("*.cdn.test", "cdn.test", False),
        ("*.cdn.test", "acdn.test", False),
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("::1", "[::1]:8080", True),
        ("[::1]", "[::1]", True),
        ("[::1]:8080", "[::1]:8080", True),
        ("[::1]:8080", "[::1]", False),
    ],
)
def test_further_hosts_are_in_scope_whatever_its_type(entry: str, host: str, inside: bool) -> None:
    for type in ("page", "prefix", "host", "domain"):
        scope = Scope(type, [SEED], hosts=[entry])
        assert (scope.refusal(f"http://{host}/x") is None) is inside
        assert scope.refusal("https://stranger.test/") == "scope"


def test_include_restricts_what_is_followed_and_exclude_wins() -> None:
    scope = Scope("host", [SEED], include=["/docs/", "/blog/"], exclude=[r"\.pdf$", "/docs/old"])
    assert scope.refusal("https://www.example.org/blog/1") is None
    assert scope.refusal("https://www.example.org/shop/1") == "include"
    assert scope.refusal("https://www.example.org/docs/a.pdf") == "exclude"
    assert scope.refusal("https://www.example.org/docs/old/1") == "exclude"


def test_exclude_goes_before_scope_and_scope_before_include() -> None:
    scope = Scope("host", [SEED], include=["/docs/"], exclude=["/x"])
    assert scope.refusal("https://stranger.test/x") == "exclude"
    assert scope.refusal("https://stranger.test/y") == "scope"
    assert scope.refusal("https://www.example.org/y") == "include"


def test_patterns_see_the_whole_url() -> None:
    scope = Scope("any", [], exclude=["^http:", r"[?&]sort="])
    assert scope.refusal("http://e.test/") == "exclude"
    assert scope.refusal("https://e.test/?a=1&sort=2") == "exclude"
    assert scope.refusal("https://e.test/") is None


def test_a_pattern_that_takes_too_long_refuses_the_url_and_no_other() -> None:
    scope = Scope("any", [], exclude=[r"(?=a)(a|aa)+$"])
    assert scope.refusal(f"https://e.test/{'a' * 60}b") == "pattern_timeout"
    assert scope.refusal("https://e.test/b") is None
    assert scope.sort([f"https://e.test/{'a' * 61}b"]) == ([], Counter(pattern_timeout=1), [])


def test_a_bad_pattern_is_told_when_the_scope_is_made() -> None:
    with pytest.raises(ValueError, match="at position"):
        Scope("any", [], include=["("])


@pytest.mark.parametrize("type", ["page", "prefix", "host", "domain"])
def test_a_seed_that_was_redirected_takes_the_scope_along(type: ScopeType) -> None:
    scope = Scope(type, [SEED])
    target = "https://docs.example.net/start/"
    assert scope.refusal(target) == "scope"
    scope.add_seed(target)
    assert scope.refusal(target) is None
    assert scope.refusal(SEED) is None


def test_folders_of_several_seeds_count_each_for_itself() -> None:
    scope = Scope("prefix", ["https://e.test/a/b/", "https://e.test/c/x", "https://f.test/"])
    inside = ["/a/b/", "/a/b/c/d", "/c/", "/c/y/z"]
    assert [scope.refusal(f"http://e.test{path}") for path in inside] == [None] * 4
    assert [scope.refusal(f"http://e.test{path}") for path in ["/", "/a/", "/a/c/", "/d/"]] == ["scope"] * 4
    assert scope.refusal("https://f.test/any/where") is None


def test_links_of_a_page_are_sorted_into_inside_refused_and_outside() -> None:
    scope = Scope("host", [SEED], include=["/keep"], exclude=["/no"])
    inside, refused, outside = scope.sort(
        [
            "https://www.example.org/keep/1",
            "https://other.test/keep/2",
            "https://www.example.org/other",
            "https://other.test/other",
            "https://other.test/keep/no",
            "https://www.example.org/keep/3",
        ]
    )
    assert inside == ["https://www.example.org/keep/1", "https://www.example.org/keep/3"]
    assert outside == ["https://other.test/keep/2"]
    assert refused == Counter(include=1, scope=1, exclude=1)


HOSTS = st.sampled_from(["e.test", "www.e.test", "e.test:81", "f.test", "a.b.f.test", "127.0.0.1", "[::1]"])
URLS = st.builds(
    "{}://{}/{}".format, st.sampled_from(["http", "https"]), HOSTS, st.sampled_from(["", "a", "a/", "a/b/c", "c?a/b/"])
)
PATTERNS = st.lists(st.sampled_from(["a/", r"\?", "^https", "b", "(?!x)c"]), max_size=2)


@settings(deadline=None)
@given(
    st.sampled_from(["page", "prefix", "host", "domain", "any"]),
    st.lists(URLS, max_size=3),
    st.lists(st.sampled_from(["f.test", "*.f.test", "e.test:81", "::1"]), max_size=2),
    PATTERNS,
    PATTERNS,
    st.lists(URLS, max_size=12),
)
def test_sorting_in_bulk_gives_what_asking_one_by_one_gives(
    type: ScopeType, seeds: list[str], hosts: list[str], include: list[str], exclude: list[str], urls: list[str]
) -> None:
    scope = Scope(type, seeds, hosts, include, exclude)
    inside, refused, outside = scope.sort(urls)
    fresh = Scope(type, seeds, hosts, include, exclude)
    reasons = [fresh.refusal(url) for url in urls]
    assert inside == [url for url, reason in zip(urls, reasons, strict=True) if reason is None]
    assert sum(refused.values()) + len(inside) + len(outside) == len(urls)
    assert refused + Counter(scope=len(outside)) == Counter(reason for reason in reasons if reason is not None)
    anywhere = Scope("any", [], (), include, exclude)
    assert all(fresh.refusal(url) == "scope" and anywhere.refusal(url) is None for url in outside)


def test_what_is_remembered_is_bounded_and_forgetting_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope_module, "MOST_REMEMBERED", 10)
    monkeypatch.setattr(scope_module, "MOST_PAGES", 10)
    scope = Scope("domain", [SEED], exclude=["never"])
    for n in range(100):
        assert scope.refusal(f"https://h{n}.example.org/") is None
        assert scope.refusal(f"https://h{n}.test/") == "scope"
    assert len(scope._answers) <= 10
    assert len(scope._pattern_answers) <= 10
    pages = Scope("page", (f"https://e.test/{n}" for n in range(100)))
    assert len(pages._shared) == 10
    assert pages.refusal("https://e.test/99") is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://a.test/docs/x", "in scope: scope.type host, and include has '/docs/'"),
        ("http://b.test/docs/x", "in scope: b.test is named in scope.hosts, and include has '/docs/'"),
        (
            "http://c.test/docs/",
            "refused: outside of scope.type host as the seeds have it, and not named in scope.hosts",
        ),
        ("http://a.test/other", "refused: no pattern of include matches"),
        ("http://a.test/docs/private", "refused: exclude has 'private'"),
    ],
)
def test_the_rule_that_decides_is_named(url: str, said: str) -> None:
    scope = Scope("host", ["http://a.test/"], ["b.test"], ["/docs/"], ["never", "private"])
    assert scope.explanation(url) == said
    assert said.startswith("in scope") == (scope.refusal(url) is None)

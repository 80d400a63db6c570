"""Malformed, hostile and mistaken configuration files: exit 2, the place, what is wrong, and nothing touched."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from crawler.__main__ import main
from crawler.config.model import Config
from crawler.config.model_keys import all_keys
from crawler.config.schema import json_schema

SEEDS = "seeds: https://example.org/\n"
SECRET = "hunter2"
HUGE = "1" + "0" * 400
Complain = Callable[..., list[str]]
Abuse = tuple[str, int, str, str]  # text, line, what stands behind the line, a phrase


@pytest.fixture
def complain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Complain:
    """Starts the crawl of a bad file in an empty folder; what it says, a line each, the file's name as `f`."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("X_", "SECRET")):
            monkeypatch.delenv(name)

    def run(text: str | bytes, *overrides: str) -> list[str]:
        before = sorted(tmp_path.iterdir())
        config = tmp_path / "f.yaml"
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
        settings = [word for setting in overrides for word in ("--set", setting)]
        started = time.process_time()
        code = main(["f.yaml", *settings])
        taken_s = time.process_time() - started
        said = capfd.readouterr()
        assert (code, said.out) == (2, ""), said
        assert "Traceback" not in said.err
        assert said.err.isprintable() or all(line.isprintable() for line in said.err.splitlines())
        assert taken_s < 2
        assert sorted(tmp_path.iterdir()) in (before, sorted([*before, config])), "nothing else was made"
        return [line.removeprefix("crawl: ").replace("f.yaml", "f") for line in said.err.splitlines()]

    return run


def written(key: str, value: str) -> tuple[str, int]:
    """A file in which `key` has the YAML `value`, and the line where."""
    *above, last = key.split(".")
    lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(above)]
    text = "\n".join([*lines, f"{'  ' * len(above)}{last}: {value}"]) + "\n"
    return (text if key == "seeds" else SEEDS + text), len(above) + (1 if key == "seeds" else 2)


# What is wrong wherever a value of that kind is wanted.
NO_NUMBER = [
    "true",
    "'1'",
    "ten",
    "''",
    "[1]",
    "{a: 1}",
    ".nan",
    ".inf",
    "-.inf",
    "-1",
    HUGE,
    "1:30",
    "1e400",
    "2026-11-22",
]
WRONG = {
    "whole": [*NO_NUMBER, "1.5", "1e3", "010", "0o17", "10s"],
    "number": NO_NUMBER,
    "duration": [
        *NO_NUMBER[:1],
        *NO_NUMBER[2:],
        "-1s",
        "5 minutes",
        "1h30m",
        "'1:30'",
        "10MB",
        "' '",
        f"'{HUGE}d'",
        "1e400d",
    ],
    "size": [*NO_NUMBER[:1], *NO_NUMBER[2:], "10XB", "-1MB", "10 m", "5s", f"'{HUGE}TiB'", "1 0"],
    "bool": ["1", "0", "'true'", "'yes'", "maybe", "''", "null", "[true]", "{a: 1}", "1.0"],
    "choice": ["null", "3", "1.5", "true", "''", "nonsense", "[a]", "{a: 1}", ".nan"],
    "text": ["3", "1.5", "true", "no", "[a]", "{a: 1}", ".nan"],
    "path": ["3", "true", "[a]", "{a: 1}", "''", "' '", '"a\\0b"', "~/x", "x" * 256, "f.yaml/x"],
    "list": ["abc", "3", "true", "null", "{a: 1}", "''", "[null]", "[true]", "[[a]]", "[{a: 1}]", "[1.5]"],
    "mapping": ["3", "abc", "[a]", "[{a: b}]", "1.5", "{a: 1}", "{a: [b]}", "{a: null}", "{a: {b: c}}"],
    "section": ["null", "3", "abc", "true", "''", "[a]", "[]", "{xyzzy: 1}", "{1: 2}", "{null: 1}"],
    "seeds": [
        *("3", "true", "1.5", ".nan", "''", "[]", "[null]", "[3]", "[[https://a/]]", "{depth: 1}", "{}", "example.org"),
        *(
            "//a/",
            "ftp://a/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "'https://'",
            "'https://a b/'",
            "https://a:99999/",
        ),
        *("https://*.a/", "https://u:p@a/", "'https://a/ https://b/'", '"https://a/\\nhttps://b/"', "[https://a/, '']"),
        *(
            "{url: https://a/, depth: -1}",
            "{url: https://a/, depth: 1.5}",
            "{url: https://a/, headers: [a]}",
            "[{url: 3}]",
        ),
        *(
            "https://[::1/",
            "https://1.2.3.4.5/",
            "https://999.1.1.1/",
            "'https://exa%00mple/'",
            "'http:/\\\\'",
            "mailto:a@b",
        ),
    ],
    "sitemaps": [
        "null",
        "3",
        "maybe",
        "''",
        "{a: 1}",
        "[3]",
        "[null]",
        "[a]",
        "[ftp://a/]",
        "['https://a/ https://b/']",
        "1.5",
    ],
    "auth": [
        "3",
        "abc",
        "[a]",
        "true",
        "{}",
        "{username: a}",
        "{password: b}",
        "{bearer: ''}",
        "{bearer: 3}",
        "{token: a}",
    ],
    "proxy": [
        "3",
        "true",
        "''",
        "host:3128",
        "ftp://a/",
        "'http://'",
        "'http://a b:1'",
        '"http://a\\r\\nb:1"',
        "[3]",
        "{a: 1}",
    ],
    "cookies": [
        "null",
        "3",
        "abc",
        "[a]",
        "{a: 1}",
        "{a: null}",
        "{'a b': c}",
        "{a: 'b;c'}",
        '{a: "b\\r\\nc"}',
        "{'': a}",
    ],
    "allow_private": [
        "null",
        "3",
        "abc",
        "10.0.0.0/8",
        "{a: 1}",
        "[3]",
        "[null]",
        "['']",
        "[10.0.0.0/99]",
        "['http://a/']",
    ],
    "latest": ["null", "3", "''", "[a]", "{a: 1}", "a/", "'{nope}'"],
    "outputs": [
        "null",
        "3",
        "true",
        "''",
        "[]",
        "{}",
        "[null]",
        "[3]",
        "[a, a]",
        "[a, ./a]",
        "a/",
        "'{nope}'",
        "'{'",
        "f.yaml/x",
    ],
}
KEYS = {
    "text": "name client.user_agent",
    "path": "seed_file client.ca_file output.path frontier.path logging.file",
    "seeds": "seeds",
    "sitemaps": "sitemaps",
    "section": "scope limits client concurrency politeness timeouts dns retry retry.backoff recrawl frontier fail_if "
    "logging output.rotate",
    "outputs": "output",
    "choice": "scope.type client.type recrawl.mode output.type output.on_exists output.compress output.body "
    "frontier.type logging.level logging.format",
    "list": "scope.hosts scope.include scope.exclude retry.statuses",
    "whole": "scope.extra_hops limits.max_pages limits.max_pages_per_host limits.max_depth limits.max_redirects "
    "limits.max_url_length limits.max_path_segments limits.max_path_repeats limits.max_query_params "
    "limits.max_links_per_page concurrency.total concurrency.per_host concurrency.connections concurrency.workers "
    "dns.max_entries retry.max_retries fail_if.failed_pages output.rotate.records",
    "number": "politeness.jitter retry.backoff.factor fail_if.failed_ratio",
    "duration": "limits.max_duration politeness.delay politeness.max_crawl_delay politeness.robots_ttl "
    "timeouts.connect timeouts.read timeouts.write timeouts.pool timeouts.total timeouts.drain dns.ttl "
    "dns.negative_ttl retry.backoff.initial retry.backoff.max retry.max_retry_after",
    "size": "limits.max_bytes limits.min_free_disk limits.max_response_size output.rotate.bytes",
    "latest": "output.latest",
    "bool": "client.http2 client.http3 client.verify_tls politeness.adaptive politeness.obey_robots "
    "politeness.obey_crawl_delay retry.backoff.jitter retry.respect_retry_after output.links output.headers "
    "output.unchanged",
    "mapping": "client.headers",
    "auth": "client.auth",
    "proxy": "client.proxy",
    "cookies": "client.cookies",
    "allow_private": "client.allow_private",
}
NOT_NULL = (
    "scope.extra_hops limits.max_redirects concurrency.total concurrency.per_host concurrency.workers dns.max_entries "
    "retry.max_retries politeness.jitter retry.backoff.factor politeness.delay politeness.robots_ttl timeouts.total "
    "timeouts.drain dns.ttl dns.negative_ttl retry.backoff.initial retry.backoff.max limits.max_response_size "
    "output.path frontier.path"
)
NOT_ZERO = (
    "limits.max_pages limits.max_pages_per_host limits.max_url_length limits.max_path_segments limits.max_path_repeats "
    "concurrency.total concurrency.per_host concurrency.connections concurrency.workers dns.max_entries "
    "retry.backoff.factor limits.max_duration limits.max_bytes limits.min_free_disk limits.max_response_size "
    "politeness.robots_ttl timeouts.connect timeouts.read timeouts.write timeouts.pool timeouts.total "
    "output.rotate.bytes output.rotate.records"
)


def wrong_values() -> dict[str, list[str]]:
    """What is wrong for each key."""
    found = {key: list(WRONG[kind]) for kind, keys in KEYS.items() for key in keys.split()}
    for key in NOT_NULL.split():
        found[key].append("null")
    for key in NOT_ZERO.split():
        found[key].append("0")
    return found


def test_the_table_of_wrong_values_names_every_key_there_is() -> None:
    tabled = set(wrong_values())
    parts = {"seeds.url", "seeds.depth", "seeds.headers", "client.auth.username", "client.auth.password"}
    in_the_loader = {key for key in all_keys(Config) if key.startswith(("extract", "follow"))}
    assert set(all_keys(Config)) - tabled - parts - in_the_loader == {"client.auth.bearer"}


@pytest.mark.parametrize(("key", "values"), wrong_values().items(), ids=list(wrong_values()))
def test_a_wrong_value_is_told_with_its_line_and_key(complain: Complain, key: str, values: list[str]) -> None:
    for value in values:
        text, line = written(key, value)
        said = complain(text)
        assert len(said) == 1, (value, said)
        place, _, problem = said[0].partition(f"f:{line}: {key}")
        assert place == "", (value, said)
        assert len(problem) > 12, value


def test_the_schema_refuses_wrong_types_too() -> None:
    validator = Draft202012Validator(json_schema(Config))
    wrong = {
        kind: ["[[1]]", "{a: {b: 1}}"] for kind in ("whole", "number", "bool", "choice", "list", "section", "text")
    }
    for kind, value in {
        "whole": "true",
        "number": "true",
        "bool": "3",
        "choice": "3",
        "section": "a",
        "text": "3",
    }.items():
        wrong[kind].append(value)
    pairs = [(key, value) for kind, values in wrong.items() for key in KEYS[kind].split() for value in values]
    accepted = [pair for pair in pairs if validator.is_valid(yaml.safe_load(written(*pair)[0]))]
    assert accepted == []


def test_the_schema_accepts_every_file_that_is_delivered() -> None:
    validator = Draft202012Validator(json_schema(Config))
    files = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
    assert len(files) >= 6
    for file in files:
        validator.validate(yaml.safe_load(file.read_text()))


def misspelt(key: str) -> str:
    """`key` without the letter in the middle of its last name."""
    above, dot, last = key.rpartition(".")
    middle = len(last) // 2
    return above + dot + last[:middle] + last[middle + 1 :]


NEAR = [
    key for key in all_keys(Config) if len(key.rpartition(".")[2]) > 4 and not key.startswith(("extract.", "seeds."))
]


@pytest.mark.parametrize("key", NEAR)
def test_a_misspelt_key_brings_the_right_one_to_mind(complain: Complain, key: str) -> None:
    text, line = written(misspelt(key), "1")
    said = [complaint for complaint in complain(text) if "unknown key" in complaint]
    assert len(said) == 1
    assert said[0].startswith(f"f:{line}: ")
    assert said[0].endswith((f"did you mean {key.rpartition('.')[2]}?", f"did you mean {key}?", f"→ {key}"))


@pytest.mark.parametrize("key", [key for key in all_keys(Config) if not key.startswith("extract.")])
def test_a_key_given_twice_is_refused(complain: Complain, key: str) -> None:
    text, line = written(key, "{}")
    last_line = text.splitlines()[-1]
    said = complain(f"{text}{last_line}\n")
    assert any(
        complaint.startswith(f"f:{line + 1}: {key}: is given twice (first in line {line})") for complaint in said
    )


FOREIGN = {
    "seeds": "start_urls startUrls start_url seed_urls domains StartURLs",
    "seed_file": "input_file urlFile url_file",
    "sitemaps": "sitemap_urls useSitemap sitemap_discovery_disabled",
    "scope.hosts": "allowed_domains AllowedDomains ALLOWED_DOMAINS",
    "scope.include": "crawl_rules URLFilters accept_regex globs scopeIncludeRx",
    "scope.exclude": "DisallowedURLFilters reject_regex blockRules exclude_domains scopeExcludeRx",
    "scope.type": "enqueueStrategy scopeType span_hosts no_parent",
    "limits.max_pages": "CLOSESPIDER_PAGECOUNT maxRequestsPerCrawl max_unique_url_count pageLimit MaxRequests limit",
    "limits.max_depth": "DEPTH_LIMIT max_crawl_depth maxCrawlDepth MaxDepth recursive",
    "limits.max_duration": "CLOSESPIDER_TIMEOUT timeLimit",
    "limits.max_bytes": "quota sizeLimit",
    "limits.max_response_size": "DOWNLOAD_MAXSIZE max_body_size MaxBodySize",
    "limits.max_redirects": "REDIRECT_MAX_TIMES max_redirect REDIRECT_ENABLED",
    "limits.max_url_length": "URLLENGTH_LIMIT",
    "client.user_agent": "USER_AGENT UserAgent userAgent",
    "client.headers": "DEFAULT_REQUEST_HEADERS header",
    "client.cookies": "COOKIES_ENABLED load_cookies",
    "client.auth": "http_user",
    "client.auth.password": "http_password",
    "client.proxy": "proxyConfiguration proxyServer http_proxy_host",
    "client.allow_private": "loopback_allowed private_networks_allowed",
    "client.verify_tls": "ssl_verification_mode no_check_certificate ignoreSslErrors",
    "client.ca_file": "ca_certificate ssl_certificate_authorities",
    "concurrency.total": "CONCURRENT_REQUESTS maxConcurrency Parallelism threads_per_crawl",
    "concurrency.per_host": "CONCURRENT_REQUESTS_PER_DOMAIN CONCURRENT_REQUESTS_PER_IP",
    "politeness.delay": "DOWNLOAD_DELAY sameDomainDelaySecs Delay wait pageExtraDelay maxRequestsPerMinute",
    "politeness.jitter": "RANDOMIZE_DOWNLOAD_DELAY random_wait RandomDelay",
    "politeness.adaptive": "AUTOTHROTTLE_ENABLED",
    "politeness.obey_robots": "ROBOTSTXT_OBEY IgnoreRobotsTxt respectRobotsTxtFile robots",
    "timeouts.total": "DOWNLOAD_TIMEOUT request_timeout timeout requestHandlerTimeoutSecs pageLoadTimeout",
    "timeouts.connect": "connect_timeout DNS_TIMEOUT",
    "timeouts.read": "read_timeout socket_timeout",
    "retry.max_retries": "RETRY_TIMES maxRequestRetries tries",
    "retry.statuses": "RETRY_HTTP_CODES retry_on_http_error",
    "retry.backoff": "waitretry",
    "dns.max_entries": "DNSCACHE_SIZE",
    "output": "FEEDS FEED_URI output_dir output_document ITEM_PIPELINES",
    "output.type": "FEED_FORMAT",
    "output.on_exists": "no_clobber",
    "frontier.path": "JOBDIR HTTPCACHE_DIR CacheDir saveState",
    "logging.level": "LOG_LEVEL",
    "logging.file": "LOG_FILE",
    "fail_if.failed_pages": "CLOSESPIDER_ERRORCOUNT failOnFailedLimit",
    "extract": "extraction_rulesets",
    "recrawl": "HTTPCACHE_ENABLED timestamping",
    "name": "BOT_NAME collection output_index",
}


@pytest.mark.parametrize(("key", "names"), FOREIGN.items(), ids=list(FOREIGN))
def test_a_name_of_another_tool_leads_to_ours(complain: Complain, key: str, names: str) -> None:
    for name in names.split():
        (said,) = complain(f"{SEEDS}{name}: 1\n")
        assert said.startswith(f"f:2: {name}: unknown key; allowed: name, seeds")
        assert said.endswith(f"→ {key}"), said


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
YAML: list[Abuse] = [
    ("", 1, "", "is empty; a complete file is"),
    ("# nothing but this\n\n", 1, "", "is empty"),
    ("---\n", 1, "", "is empty"),
    ("---\n...\n", 1, "", "is empty"),
    ("null\n", 1, "", "must hold a mapping"),
    ("~\n", 1, "", "must hold a mapping"),
    ("3\n", 1, "", "must hold a mapping"),
    ("https://example.org/\n", 1, "", "must hold a mapping"),
    ("- seeds\n- https://example.org/\n", 1, "", "must hold a mapping"),
    ("{}\n", 1, "seeds", "is missing: where to begin?"),
    ("seeds:\n", 1, "seeds", "is missing"),
    ("name: x\nlimits: {}\n", 1, "seeds", "is missing"),
    (SEEDS + "name: 'abc\n", 2, "", "a quote is not closed"),
    (SEEDS + 'name: "abc\n', 2, "", "a quote is not closed"),
    (SEEDS + "name: [a, b\n", 2, "", "check quotes and brackets"),
    (SEEDS + "limits: {max_pages: 3\n", 2, "", "check quotes and brackets"),
    (SEEDS + "limits: }\n", 2, "", "at column 9"),
    (SEEDS + "limits:\n\tmax_pages: 3\n", 3, "", "spaces, not tabs"),
    (SEEDS + "limits:\n    max_pages: 3\n  max_depth: 1\n", 4, "", "check indentation"),
    (SEEDS + "name: a: b\n", 2, "", "put text that holds ': ' in quotes"),
    (SEEDS + "name: @abc\n", 2, "", "in quotes"),
    (SEEDS + "name: `abc`\n", 2, "", "in quotes"),
    (SEEDS + "name: %abc\n", 2, "", "in quotes"),
    (SEEDS + "name x\n", 2, "", "a key needs a colon"),
    (SEEDS + 'name: "\\q"\n', 2, "", "'single quotes'"),
    (SEEDS + "scope: {hosts: [*.example.org]}\n", 2, "", '"*.example.org"'),
    (SEEDS + "name: *nothing\n", 2, "name", "is an alias of nothing"),
    (SEEDS + "limits: &a {max_pages: *a}\n", 2, "limits.max_pages", "an alias of something that holds it"),
    (BOMB + SEEDS, 5, "e.", "an alias that makes the file too large"),
    (SEEDS + "limits:\n  <<: 3\n", 3, "limits", "has a merge key <<"),
    (SEEDS + "limits:\n  <<: [3]\n", 3, "limits", "has a merge key <<"),
    (SEEDS + "limits:\n  <<: *no\n", 3, "limits.…", "is an alias of nothing"),
    (SEEDS + "limits: {<<: {max_page: 3}}\n", 2, "limits.max_page", "did you mean max_pages?"),
    (SEEDS + "name: !!python/object/apply:os.system ['id']\n", 2, "name", "a YAML tag that is not allowed"),
    (SEEDS + "name: !!python/name:os.system\n", 2, "name", "a YAML tag that is not allowed"),
    (SEEDS + "name: !env HOME\n", 2, "name", "a YAML tag that is not allowed"),
    (SEEDS + "name: !include x.yaml\n", 2, "name", "a YAML tag that is not allowed"),
    (SEEDS + "name: !!binary aGVsbG8=\n", 2, "name", "a YAML tag that is not allowed"),
    (SEEDS + "limits: !!omap [a: 1]\n", 2, "limits", "a YAML tag that is not allowed"),
    (SEEDS + "limits: !!set {a}\n", 2, "limits", "a YAML tag that is not allowed"),
    (SEEDS + "limits: {max_pages: !!int x}\n", 2, "limits.max_pages", "does not look like its tag"),
    ("%TAG ! tag:x,2000:\n---\nseeds: !y https://a/\n", 3, "seeds", "a YAML tag that is not allowed"),
    ("%YAML 3.0\n---\n" + SEEDS, 1, "", "is not YAML"),
    (SEEDS + "---\nname: b\n", 2, "", "second document"),
    (SEEDS + "...\nname: b\n", 3, "", "nothing may stand behind"),
    (SEEDS + "? {a: b}\n: c\n", 2, "", "keys are text"),
    (SEEDS + "? [a]\n: c\n", 2, "", "keys are text"),
    (SEEDS + "3: x\n", 2, "3", "unknown key"),
    (SEEDS + "null: x\n", 2, "null", "unknown key"),
    (SEEDS + "'': x\n", 2, "''", "unknown key"),
    (SEEDS + "on: x\n", 2, "on", "unknown key"),
    (SEEDS + '"a\\e[2J": x\n', 2, "a…", "unknown key"),
    (SEEDS + "limits:3\n", 2, "", "a space is missing behind the colon"),
    (SEEDS + "name: " + "[" * 1000 + "]" * 1000, 2, "name.0.0", "nested more than 32 levels deep"),
    (SEEDS + "name: " + "{a: " * 1000 + "}" * 1000, 2, "name.a.a", "nested more than 32 levels deep"),
    (SEEDS + "".join(" " * depth + "a:\n" for depth in range(1000)), 34, "a.a.a", "nested more than 32 levels deep"),
    (SEEDS + "".join(f"k{number}: 1\n" for number in range(100_000)), 25_000, "", "holds more than 50000 values"),
    ("seeds:\n" + "- https://a/\n" * 100_000, 49_999, "seeds", "belong in a seed_file"),
    (SEEDS + f"{'k' * 200_000}: 1\n", 2, "", "a key needs a colon"),
    (SEEDS.replace("\n", "\r\n") + "limits:\r\n  max_pages: 0\r\n", 3, "limits.max_pages", "must be at least 1"),
    (SEEDS.replace("\n", "\r") + "limits:\r  max_pages: 0\r", 3, "limits.max_pages", "must be at least 1"),
    ("\ufeff" + SEEDS + "limits: {max_pages: 0}\n", 2, "limits.max_pages", "must be at least 1"),
]


@pytest.mark.parametrize(("text", "line", "key", "phrase"), YAML, ids=range(len(YAML)))
def test_what_is_no_proper_yaml_is_told_with_its_line(
    complain: Complain, text: str, line: int, key: str, phrase: str
) -> None:
    (said,) = complain(text)
    assert said.startswith(f"f:{line}: {key}"), said
    assert phrase in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SEEDS.encode("utf-16"), "f:1: is UTF-16; save it as UTF-8"),
        (SEEDS.encode("utf-16-be"), "f:1: "),
        (SEEDS.encode("utf-32"), "f:1: "),
        (SEEDS.encode() + b"name: caf\xe9\n", "f:2: is not UTF-8"),
        (SEEDS.encode() + b"name: \xed\xa0\x80\n", "f:2: is not UTF-8"),
        (SEEDS.encode() + b"name: a\x00b\n", "f:2: holds the control character U+0000"),
        (SEEDS.encode() + b"name: a\x1b[2Jb\n", "f:2: holds the control character U+001B"),
        (SEEDS.encode() + b"name: a\x7fb\n", "f:2: holds the control character U+007F"),
        (SEEDS.encode() + "name: a\x9bb\n".encode(), "f:2: holds the control character U+009B"),
        (SEEDS.encode() + "name: a\ufffeb\n".encode(), "f:2: holds the control character U+FFFE"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 100, "f:"),
        (b"\x1f\x8b\x08\x00" + b"\x9c" * 100, "f:1: is not UTF-8"),
        (b"seeds: [" + b"x" * (10 << 20) + b"]", "f: is larger than 10 MiB"),
        (b"# " + b"x" * (11 << 20), "f: is larger than 10 MiB"),
        (b"[" * (5 << 20), "f:1: "),
        (b"a: &a " * (1 << 20), "f:1: "),
        (b"- " * (4 << 20), "f:1: "),
        (b"!" * (4 << 20), "f:1: "),
        (b"${X_A}" * (1 << 20), "f:1: "),
        (b"'" * ((4 << 20) + 1), "f:1: "),
    ],
    ids=range(20),
)
def test_what_is_no_text_is_told(complain: Complain, content: bytes, words: str) -> None:
    assert complain(content)[0].startswith(words)


INJECTIONS = ["a\\r\\nX: y", "a\\nX: y", "a\\rX", "a\\0b", "a\\x7fb", "café", "\\x01"]


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize(
    "key",
    [
        "client.headers.A",
        "client.user_agent",
        "client.cookies.a",
        "client.auth.bearer",
        "client.proxy",
        "seeds.headers.A",
    ],
)
def test_no_header_can_be_broken_apart(complain: Complain, key: str, value: str) -> None:
    if key.startswith("seeds"):
        (said,) = complain(f'seeds:\n  url: https://a/\n  headers:\n    A: "{value}"\n')
        assert said.startswith("f:4: seeds.headers.A: ")
    else:
        text, line = written(key, f'"{value}"')
        (said,) = complain(text)
        assert said.startswith(f"f:{line}: {key}: ")


@pytest.mark.parametrize(
    "name",
    ["A b", "A:", "A\\r\\nB", "", "Ä", "A(b)", "Host", "content-length", "Transfer-Encoding", "User-Agent", "TE"],
)
def test_no_header_has_a_name_that_is_none_or_not_ours_to_set(complain: Complain, name: str) -> None:
    (said,) = complain(f'{SEEDS}client:\n  headers:\n    "{name}": x\n')
    assert said.startswith("f:4: client.headers.")


PATTERNS = [
    *("(", "[a", "a)", "*", "*.html", "?x", "a{2}{3}**", "(?P<x", "\\", "[z-a]", "(?<=a*)b(", "(?x"),
    *(
        "a{1001}{1001}",
        "(?=a)(?:a{1000}){1000}",
        "((((a{99}){99}){99}){99})",
        "(?=a)" + "(" * 4000,
        "x" * 9000,
        "(?z)a",
    ),
]


@pytest.mark.parametrize("key", ["include", "exclude"])
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda text: text[:30])
def test_a_pattern_that_cannot_be_used_is_told_by_its_place(complain: Complain, key: str, pattern: str) -> None:
    (said,) = complain(f"{SEEDS}scope:\n  {key}:\n    - fine\n    - '{pattern}'\n")
    assert said.startswith(f"f:5: scope.{key}.1: is not a regular expression that can be used: ")


def test_a_shell_pattern_is_told_to_be_none(complain: Complain) -> None:
    (said,) = complain(f"{SEEDS}scope: {{exclude: ['*.pdf']}}\n")
    assert said.endswith("a regular expression is no shell pattern: .* stands for anything")


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        ("name: ${X_NO}", {}, "needs the environment variable X_NO, which is not set"),
        ("name: a${X_NO}b", {}, "needs the environment variable X_NO"),
        ("limits: {max_pages: ${X_NO}}", {}, "needs the environment variable X_NO"),
        ("limits: ${X_NO}", {}, "needs the environment variable X_NO"),
        ("scope: {hosts: ['${X_NO}']}", {}, "needs the environment variable X_NO"),
        ("name: ${}", {}, "${ that is not ${NAME}"),
        ("name: ${ X_A }", {"X_A": "b"}, "${ that is not ${NAME}"),
        ("name: ${X-A}", {}, "${ that is not ${NAME}"),
        ("name: ${1X}", {}, "${ that is not ${NAME}"),
        ("name: ${X_A", {"X_A": "b"}, "${ that is not ${NAME}"),
        ("name: ${X_A:-${X_B}}", {}, "${ that is not ${NAME}"),
        ("name: ${X_A:?no}", {}, "${ that is not ${NAME}"),
        ("name: $${X_A}", {"X_A": "b"}, "must be usable as a file name"),
        ("limits: {max_pages: ${X_A}}", {"X_A": "ten"}, "must be a whole number"),
        ("limits: {max_pages: ${X_A}}", {"X_A": "1.5"}, "must be a whole number"),
        ("limits: {max_pages: '${X_A}'}", {"X_A": "10"}, "must be a whole number"),
        ("limits: {max_pages: ${X_A}}", {"X_A": "[10]"}, "must be a whole number"),
        ("limits: ${X_A}", {"X_A": "{max_pages: 3}"}, "must be a mapping"),
        ("name: ${X_A}", {"X_A": "x\nlimits: 3"}, "must be usable as a file name"),
        ("name: '${X_A}'", {"X_A": "x'\nlimits: 3"}, "must be usable as a file name"),
        ("name: ${X_A}", {"X_A": "*x"}, "must be usable as a file name"),
        ("name: ${X_A}", {"X_A": "!!python/object:os.x"}, "must be usable as a file name"),
        ("name: ${X_A}", {"X_A": "${X_A}"}, "must be usable as a file name"),
        ("client: {user_agent: '${X_A}'}", {"X_A": "Bot\r\nX: y"}, "must be printable ASCII"),
        ("client: {http2: ${X_A}}", {"X_A": "1"}, "must be true or false"),
        ("scope: {include: ['${X_A}']}", {"X_A": "("}, "is not a regular expression"),
        ("politeness: {delay: ${X_A}}", {"X_A": "-1"}, "is not a duration"),
        ("politeness: {delay: ${X_A}}", {"X_A": "nan"}, "is not a duration"),
        ("output: ${X_A}", {"X_A": "{nope}"}, "has a placeholder that is not known"),
        ("${X_A}: 3", {"X_A": "name"}, "unknown key"),
    ],
)
def test_a_variable_that_is_missing_or_does_not_fit_is_told(
    complain: Complain, monkeypatch: pytest.MonkeyPatch, text: str, environ: dict[str, str], words: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (said,) = complain(f"{SEEDS}{text}\n")
    assert said.startswith("f:2: ")
    assert words in said


@pytest.mark.parametrize("key", [key for keys in KEYS.values() for key in keys.split()])
def test_the_value_of_a_variable_is_shown_nowhere(
    complain: Complain, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET", f"{{{SECRET}: [{SECRET}")
    text, _ = written(key, "${SECRET}")
    said = complain(f"{text}limts: 3\n")
    assert SECRET not in "\n".join(said)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("foo", "--set foo: must be key.path=value"),
        ("=3", "--set: must be key.path=value"),
        ("", "--set: must be key.path=value"),
        (".=3", "--set: must be key.path=value"),
        ("limits..max_pages=3", "--set: must be key.path=value"),
        ("limits.=3", "--set: must be key.path=value"),
        ("limits.max_pages", "--set limits.max_pages: must be key.path=value"),
        ("limits.max_page=3", "--set limits.max_page: unknown key"),
        ("max_pages=3", "--set max_pages: unknown key"),
        ("DEPTH_LIMIT=3", "--set DEPTH_LIMIT: unknown key"),
        ("limits=3", "--set limits: must be a mapping"),
        ("limits=", "--set limits: must be a mapping, not null"),
        ("limits.max_pages=ten", "--set limits.max_pages: must be a whole number"),
        ("limits.max_pages=[1", "--set limits.max_pages: is not YAML"),
        ("limits.max_pages={a: b}", "--set limits.max_pages: must be a whole number, not a mapping"),
        ("limits.max_pages.x=3", "--set limits.max_pages: must be a whole number"),
        ("limits.0=3", "--set limits: must be a mapping, not a list"),
        ("seeds.x=3", "--set seeds.x: cannot be set inside a single value"),
        ("seeds.5=https://a/", "--set seeds.5: must be a number from 0 to 1"),
        ("seeds.0=nonsense", "--set seeds.0: is not a complete URL"),
        ("output.0.path=", "--set output.0.path: must be text, not null"),
        ("scope.hosts=a", "--set scope.hosts: must be a list"),
        ("name=\x1b[2J", "--set name: holds the control character U+001B"),
        ("name=a\nlimits: 3", "--set name: is not YAML"),
        ("name=!!python/object:os.x 1", "--set name: has a YAML tag"),
        ("name=*x", "--set name: is an alias of nothing"),
        ("name=${X_NO}", "--set name: needs the environment variable X_NO"),
        ("politeness.delay=1:30", "--set politeness.delay: has digits with colons"),
        ("a.b.c.d.e.f=1", "--set a: unknown key"),
        (".".join("a" * 50) + "=1", "--set a.a.a"),
    ],
    ids=range(30),
)
def test_a_bad_setting_is_told_by_its_option(complain: Complain, setting: str, words: str) -> None:
    said = complain(SEEDS, setting)
    assert len(said) == 1
    assert said[0].startswith(words), said


@pytest.mark.parametrize(
    "setting",
    [
        *(
            "client.auth=hunter2",
            "client.auth.bearer=hunter2 hunter2",
            "client.auth.bearer=[hunter2",
            "client.auth.bearr=hunter2",
        ),
        *(
            "client.auth.bearer:hunter2",
            "client.headers=hunter2",
            "client.headers.A=[hunter2]",
            "client.cookies=hunter2",
        ),
        *(
            "client.proxy=ftp://u:hunter2@h",
            "client.proxy.url=http://u:hunter2@h",
            "seeds=https://u:hunter2@a/",
            "name=*hunter2",
        ),
        *("client.auth.username=a:hunter2", "Authorization=hunter2", "client.headers.Authorization=!hunter2 x"),
    ],
)
def test_no_setting_shows_its_value(complain: Complain, setting: str) -> None:
    assert SECRET not in "\n".join(complain(SEEDS, setting))


PLACES = {
    "folder": lambda path: path.mkdir(),
    "named pipe": os.mkfifo,
    "dangling link": lambda path: path.symlink_to("nowhere/at/all"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", ["seed_file", "client.ca_file"])
def test_a_file_to_read_that_is_none_is_told_and_not_waited_for(
    complain: Complain, tmp_path: Path, key: str, place: str
) -> None:
    PLACES[place](tmp_path / "there")
    text, line = written(key, "there")
    (said,) = complain(text)
    assert said.startswith(f"f:{line}: {key}: names ")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        *[("output", "folder"), ("output.path", "folder"), ("logging.file", "folder")],
        *[("frontier.path", place) for place in ("named pipe", "dangling link", "link to itself", "device")],
    ],
)
def test_a_place_to_write_that_is_none_is_told(complain: Complain, tmp_path: Path, key: str, place: str) -> None:
    PLACES[place](tmp_path / "there")
    text, line = written(key, "there")
    (said,) = complain(text)
    assert said.startswith(f"f:{line}: {key}: must name a f")


def test_an_output_that_is_also_the_seed_file_is_refused(complain: Complain, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("https://a/\n")
    (said,) = complain("seed_file: urls.txt\noutput: {path: ./urls.txt, on_exists: replace}\n")
    assert said == "f:2: output: is the same file as seed_file"
    assert (tmp_path / "urls.txt").read_text() == "https://a/\n"


def test_all_mistakes_of_a_file_and_of_settings_come_at_once(complain: Complain) -> None:
    text = "seeds: nonsense\nlimits:\n  max_pages: 0\n  max_dept: 3\nclient: {http2: true}\nname: ${X_NO}\nname: b\n"
    said = complain(text, "dns.tll=3", "retry=5")
    places = [complaint.split(": ")[0] + " " + complaint.split(": ")[1].split(";")[0] for complaint in said[:-2]]
    assert places == [
        "f:1 seeds",
        "f:3 limits.max_pages",
        "f:4 limits.max_dept",
        "f:5 client.http2",
        "f:6 name",
        "f:7 name",
    ]
    assert [complaint.split(": ")[0] for complaint in said[-2:]] == ["--set dns.tll", "--set retry"]


def test_of_very_many_mistakes_the_first_hundred_are_told(complain: Complain) -> None:
    said = complain(SEEDS + "".join(f"key{number}: 1\n" for number in range(20_000)))
    assert len(said) == 101
    assert said[-1] == "and 19900 mistakes more"


def test_validate_checks_several_files_a_line_for_each_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"a.yaml": SEEDS, "b.yaml": "seeds: x\nlimits: 3\n", "c.yaml": "", "d.yaml": SEEDS}.items():
        Path(name).write_text(text)
    assert main(["validate", "a.yaml", "b.yaml", "c.yaml", "none.yaml", ".", "d.yaml"]) == 2
    said = capfd.readouterr()
    assert said.out == "a.yaml: ok\nd.yaml: ok\n"
    assert [line.split(": ")[0] for line in said.err.splitlines()] == [
        "b.yaml:1",
        "b.yaml:2",
        "c.yaml:1",
        "none.yaml",
        ".",
    ]


def test_validate_of_a_hostile_pattern_and_url_takes_no_time(complain: Complain) -> None:
    started = time.process_time()
    complain(f"{SEEDS}scope: {{include: ['(a+)+$', '(a|a)*b', '(?=(a+)+$)x', '(.*)*\\1'], exclude: ['(']}}\n")
    assert time.process_time() - started < 2


def process(*words: str, stdin: int | bytes = subprocess.DEVNULL, folder: Path) -> tuple[int, str, float]:
    """Exit code, what was said, and the processor time of `crawl` as a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *words],
        cwd=folder,
        capture_output=True,
        timeout=30,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        **given,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, done.stderr.decode(), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


HOSTILE: dict[str, Callable[[Path], object]] = {
    "folder": lambda path: path.mkdir(),
    "named pipe": os.mkfifo,
    "socket": a_socket,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "10 MB": lambda path: path.write_bytes(b"seeds: [" + b"x, " * 3_400_000),
    "bomb": lambda path: path.write_text(BOMB + SEEDS),
    "100,000 keys": lambda path: path.write_text(SEEDS + "".join(f"k{number}: 1\n" for number in range(100_000))),
    "noise": lambda path: path.write_bytes(os.urandom(3_000_000)),
}


@pytest.mark.parametrize(
    ("name", "command"), [*((name, ()) for name in HOSTILE), ("named pipe", ("validate",)), ("named pipe", ("status",))]
)
def test_a_process_says_so_within_two_seconds(tmp_path: Path, name: str, command: tuple[str, ...]) -> None:
    HOSTILE[name](tmp_path / "site.yaml")
    code, said, processor_s = process(*command, "site.yaml", folder=tmp_path)
    assert code == 2
    assert said.startswith("site.yaml")
    assert said.count("\n") == 1
    assert processor_s < 2
    assert [path.name for path in tmp_path.iterdir()] == ["site.yaml"]


def test_standard_input_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with (tmp_path / "write only").open("wb") as unreadable:
        code, said, _ = process("-", stdin=unreadable.fileno(), folder=tmp_path)
    assert (code, said) == (2, "standard input: cannot be read: Bad file descriptor\n")
    assert process("-", stdin=b"seeds: x\n", folder=tmp_path)[:2] == (
        2,
        "standard input:1: seeds: is not a complete URL such as https://example.org/\n",
    )


def test_what_init_writes_is_valid(tmp_path: Path) -> None:
    for number, url in enumerate(["https://example.org/", "https://example.org/?q=${HOME}&x='\"#{a}"]):
        name = f"{number}.yaml"
        assert process("init", url, "-o", name, folder=tmp_path)[0] == 0
        assert process("validate", name, folder=tmp_path)[0] == 0


def test_the_printed_schema_is_a_schema() -> None:
    done = subprocess.run([sys.executable, "-m", "crawler", "schema"], capture_output=True, check=True)
    Draft202012Validator.check_schema(json.loads(done.stdout))

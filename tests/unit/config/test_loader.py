from __future__ import annotations

import io
import time
from collections.abc import Mapping

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.config.loader import load
from crawler.config.mistake import BadConfig
from crawler.config.model import Config
from crawler.core.errors import BadInput

SEEDS = "seeds: https://example.org/\n"
SECRET = "hunter2"


def loaded(text: str, *overrides: str, environ: Mapping[str, str] | None = None) -> Config:
    return load(
        "-",
        Config,
        overrides,
        environ=environ or {},
        stdin=io.BytesIO(text.encode()),
        presets={"name": "stem"},
        short_forms={"output": "path"},
    )


def complaints(text: str, *overrides: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        loaded(text, *overrides, environ=environ)
    return str(caught.value).replace("standard input", "f").splitlines()


# What is behind `seeds` (line 1), the line of the mistake, its key path, a phrase of its message.
MALFORMED = [
    # unknown keys
    ("politeness: {dellay: 1}", 2, "politeness.dellay", "unknown key; allowed: delay, jitter"),
    ("politeness: {dellay: 1}", 2, "politeness.dellay", "did you mean delay?"),
    ("DOWNLOAD_DELAY: 2", 2, "DOWNLOAD_DELAY", "→ politeness.delay"),
    ("allowed_domains: [a]", 2, "allowed_domains", "→ scope.hosts"),
    ("max_crawl_depth: 2", 2, "max_crawl_depth", "→ limits.max_depth"),
    ("timeout: 2", 2, "timeout", "→ timeouts.total"),
    ("limits:\n  max_pages: 1\n  max_page: 2", 4, "limits.max_page", "did you mean max_pages?"),
    ("retry:\n  backoff:\n    inital: 2", 4, "retry.backoff.inital", "did you mean initial?"),
    ("output: {gzip: true}", 2, "output.gzip", "→ output.compress"),
    ("output:\n  - path: a\n  - pth: b", 4, "output.1.pth", "did you mean path?"),
    ("client: {auth: {user: x, password: y}}", 2, "client.auth.user", "→ client.auth.username"),
    ("extract: {fields: {a: {each: b, fields: {c: {css: d}}, e: {css: f}}}}", 2, "extract.fields.a.e", "under fields"),
    # keys without a space behind the colon
    ("politeness:\n  delay:1", 3, "politeness", "allowed: delay, jitter"),
    ("politeness:\n\n  delay:1\n  jitter:1", 4, "politeness", "a space is missing behind the colon"),
    ("politeness:\n  delay:1\n\n  jitter: 1", 3, "", "a space is missing behind the colon"),
    ("timeouts: total:30s", 2, "timeouts", "a space is missing behind the colon"),
    ("client:\n  auth:\n    bearer:hunter2", 4, "client.auth", "a space is missing behind the colon"),
    ("output:\n  type:csv", 3, "output", "a space is missing behind the colon"),
    ("output: [a, path:x]", 2, "output.1", "a space is missing behind the colon"),
    ("name:x", 2, "", "a space is missing behind the colon"),
    ("name:x\nlimits: {}", 2, "", "a space is missing behind the colon"),
    ("scope: {hosts: [a]\n  b: c}", 3, "", "check quotes and brackets"),
    # duplicates
    ("seeds: https://b.example/", 2, "seeds", "is given twice (first in line 1)"),
    ("limits:\n  max_depth: 1\n  max_depth: 2", 4, "limits.max_depth", "first in line 3"),
    # wrong types
    ("limits: 3", 2, "limits", "must be a mapping, not a number"),
    ("limits: [3]", 2, "limits", "must be a mapping, not a list"),
    ("client: curl", 2, "client", "not text; allowed: type, http2, http3, user_agent"),
    ("client: curl", 2, "client", "for example client: {type: curl}"),
    ("extract: {fields: {name: h1}}", 2, "extract.fields.name", "for example {css: h1}"),
    ("limits:", 2, "limits", "leave the key out to get the defaults"),
    ("limits: {max_pages: ten}", 2, "limits.max_pages", "must be a whole number, not text"),
    ("limits: {max_pages: '10'}", 2, "limits.max_pages", "must be a whole number, not text"),
    ("limits: {max_pages: 1.0}", 2, "limits.max_pages", "not a decimal number"),
    ("limits: {max_pages: yes}", 2, "limits.max_pages", "not true or false"),
    ("limits: {max_pages: [1]}", 2, "limits.max_pages", "not a list"),
    ("concurrency: {total: true}", 2, "concurrency.total", "must be a whole number"),
    ("concurrency: {total: null}", 2, "concurrency.total", "not null"),
    ("client: {http2: 1}", 2, "client.http2", "must be true or false"),
    ("client: {http2: 'yes'}", 2, "client.http2", "must be true or false"),
    ("client: {user_agent: no}", 2, "client.user_agent", "put it in quotes if text is meant"),
    ("client: {headers: [a]}", 2, "client.headers", "must be a mapping"),
    ("client: {headers: {A: 1}}", 2, "client.headers.A", "must be text"),
    ("scope: {include: a}", 2, "scope.include", "must be a list, not text"),
    ("retry: {statuses: 500}", 2, "retry.statuses", "must be a list"),
    ("retry: {statuses: [500, x]}", 2, "retry.statuses.1", "must be a whole number"),
    ("name: 2", 2, "name", "must be text"),
    # numbers
    ("limits: {max_pages: 0}", 2, "limits.max_pages", "must be at least 1"),
    ("limits: {max_depth: -1}", 2, "limits.max_depth", "must be at least 0"),
    ("politeness: {jitter: 1.5}", 2, "politeness.jitter", "must be at most 1"),
    ("politeness: {jitter: .nan}", 2, "politeness.jitter", "must be a finite number"),
    ("politeness: {jitter: .inf}", 2, "politeness.jitter", "must be a"),
    ("politeness: {jitter: true}", 2, "politeness.jitter", "must be a number"),
    ("retry: {backoff: {factor: 0.5}}", 2, "retry.backoff.factor", "must be at least 1"),
    ("retry: {backoff: {initial: 90}}", 2, "retry.backoff.max", "must not be less than retry.backoff.initial"),
    ("retry: {statuses: [200]}", 2, "retry.statuses.0", "must be at least 400"),
    ("concurrency: {per_host: 0}", 2, "concurrency.per_host", "must be at least 1"),
    ("concurrency: {total: 1000000}", 2, "concurrency.total", "must be at most 10000"),
    ("fail_if: {failed_ratio: 50}", 2, "fail_if.failed_ratio", "must be at most 1"),
    ("limits: {max_pages: 010}", 2, "limits.max_pages", "octal"),
    ("limits: {max_pages: 1:30}", 2, "limits.max_pages", "base-60"),
    ("limits: {max_pages: 99999999999999999999}", 2, "limits.max_pages", "too many digits"),
    # durations and sizes
    ("politeness: {delay: -1}", 2, "politeness.delay", "must not be negative"),
    ("politeness: {delay: .nan}", 2, "politeness.delay", "is not a duration; allowed: seconds"),
    ("politeness: {delay: .inf}", 2, "politeness.delay", "is not a duration"),
    ("politeness: {delay: true}", 2, "politeness.delay", "is not a duration"),
    ("politeness: {delay: 5 minutes}", 2, "politeness.delay", "is not a duration"),
    ("politeness: {delay: 2026-11-22}", 2, "politeness.delay", "is not a duration"),
    ("timeouts: {connect: 0}", 2, "timeouts.connect", "must be more than 0"),
    ("timeouts: {total: null}", 2, "timeouts.total", "is not a duration"),
    ("limits: {max_bytes: 10XB}", 2, "limits.max_bytes", "is not a size; allowed: bytes"),
    ("limits: {max_response_size: null}", 2, "limits.max_response_size", "is not a size"),
    ("limits: {max_bytes: '" + "9" * 400 + "GB'}", 2, "limits.max_bytes", "is not a size"),
    ("limits: {max_bytes: '" + "9" * 306 + "TiB'}", 2, "limits.max_bytes", "is too large"),
    # names to choose from
    ("scope: {type: hosts}", 2, "scope.type", "did you mean host?"),
    ("scope: {type: hosts}", 2, "scope.type", "allowed: page, prefix, host, domain, any"),
    ("client: {type: requests}", 2, "client.type", "allowed: aiohttp, curl, httpx, httpx2"),
    ("frontier: {type: redis}", 2, "frontier.type", "allowed: memory, sqlite"),
    ("output: {type: json}", 2, "output.type", "did you mean jsonl?"),
    ("output: {compress: gz}", 2, "output.compress", "allowed: none, gzip, zstd"),
    ("logging: {level: warn}", 2, "logging.level", "did you mean warning?"),
    ("logging: {level: off}", 2, "logging.level", "YAML reads yes, no, on and off as true and false"),
    ("sitemaps: maybe", 2, "sitemaps", "must be auto, off or a list of URLs"),
    ("sitemaps: 3", 2, "sitemaps", "must be auto, off or a list of URLs"),
    ("sitemaps: [ftp://a/]", 2, "sitemaps.0", "must begin with http:// or https://"),
    # declared fields
    ("extract: [{match: x}]", 2, "extract.0.fields", "is missing"),
    ("extract:\n  fields:\n    a: {css: 'a['}", 4, "extract.fields.a.css", "is no CSS selector that can be used"),
    ("extract:\n  fields:\n    a: {typ: int, css: a}", 4, "extract.fields.a.typ", "did you mean type?"),
    ("extract:\n  fields:\n    a: {each: b, fields: {c: {cs: a}}}", 4, "extract.fields.a.fields.c.cs", "mean css?"),
    ("extract:\n  fields:\n    a: {each: b, fields: {c: {xpath: a}}}", 4, "extract.fields.a.fields.c", "found by css"),
    ("follow: [{css: [a, 'b::']}]", 2, "follow.0.css.1", "is no CSS selector that can be used"),
    ("follow: {match: '(', css: a}", 2, "follow.match", "missing )"),
    # not available yet
    ("recrawl: {mode: some}", 2, "recrawl.mode", "all"),
    ("concurrency: {workers: 0}", 2, "concurrency.workers", "must be at least 1"),
    ("concurrency: {workers: many}", 2, "concurrency.workers", "must be a whole number or auto"),
    # what fits a place in itself, but not there
    ("client: {http2: true}", 2, "client.http2", "speaks HTTP/1.1 only; choose curl, httpx2 or httpx"),
    ("client: {auth: {username: a}}", 2, "client.auth", "must be {username, password} or {bearer}"),
    ("client: {auth: {username: a, password: b, bearer: c}}", 2, "client.auth", "not both"),
    ("client: {auth: {}}", 2, "client.auth", "must be {username, password} or {bearer}"),
    ("client: {proxy: ftp://a/}", 2, "client.proxy", "must be a proxy such as"),
    ("client: {proxy: ['http://a:1', 'http://']}", 2, "client.proxy.1", "must be a proxy such as"),
    ("client: {allow_private: [10.0.0.0/99]}", 2, "client.allow_private.0", "a network such as"),
    ("client: {allow_private: maybe}", 2, "client.allow_private", "must be true, false or a list"),
    ("client: {cookies: [a]}", 2, "client.cookies", "must be true, false or a mapping"),
    ("client: {user_agent: 3bot}", 2, "client.user_agent", "robots.txt can address"),
    ("client: {headers: {Host: a}}", 2, "client.headers.Host", "the client sets it itself"),
    ('client:\n  headers:\n    A: "b\\r\\nX: y"', 4, "client.headers.A", "line break"),
    ('client:\n  headers:\n    "A b": c', 4, "client.headers.A…", "is not a header name"),
    ("client: {ca_file: /nonexistent.pem}", 2, "client.ca_file", "does not exist"),
    ("seed_file: /", 2, "seed_file", "names a folder"),
    ("output: {path: 'a/{nmae}'}", 2, "output.path", "allowed: {name}, {started}, {date}"),
    ("output: a/", 2, "output", "must name a file"),
    ("output: []", 2, "output", "at least one"),
    ("output: [a, b, a]", 2, "output.2", "the same path"),
    ("frontier: {path: '{started}'}", 2, "frontier.path", "allowed: {name}"),
    ("scope: {include: ['(']}", 2, "scope.include.0", "is not a regular expression"),
    ("scope: {hosts: ['http://a/']}", 2, "scope.hosts.0", "must be a host name"),
    ("name: ../x", 2, "name", "must be usable as a file name"),
    ("name: ''", 2, "name", "must be usable as a file name"),
    # variables
    ("name: ${NOT_SET}", 2, "name", "environment variable NOT_SET, which is not set"),
    ("client: {auth: {bearer: ${}}}", 2, "", "is not YAML"),
    ("name: ${NAME", 2, "name", "write $${"),
    # YAML itself
    ("limits: !!python/object:os.x {}", 2, "limits", "tag that is not allowed"),
    ("name: [", 2, "", "is not YAML"),
    ("limits:\n\tmax_pages: 1", 3, "", "spaces, not tabs"),
    ("scope: {hosts: [*.example.org]}", 2, "", '"*.example.org"'),
    ("name: *nothing", 2, "name", "is an alias of nothing"),
    ("---\nname: b", 2, "", "second document"),
    ("? {a: b}\n: c", 2, "", "keys are text"),
]


@pytest.mark.parametrize(("text", "line", "path", "phrase"), MALFORMED)
def test_a_mistake_is_told_with_its_line_key_and_reason(text: str, line: int, path: str, phrase: str) -> None:
    found = complaints(SEEDS + text)
    assert len(found) == 1, found
    assert found[0].startswith(f"f:{line}: {path}: " if path else f"f:{line}: ")
    assert phrase in found[0]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("---\n", "is empty"),
        ("https://example.org/", "must hold a mapping"),
        ("- a\n", "must hold a mapping"),
        ("seeds:https://a/", "must hold a mapping (key: value lines) at the top; a space is missing behind the colon"),
        ("\nseeds:https://a/\nname: x", "f:2: is not YAML; a space is missing behind the colon"),
        ("seeds:\n  - url:https://a/", "f:2: seeds.0: must begin with http:// or https://; allowed: url, depth"),
        ("seeds:\n  https://a/\n  name: x", "f:3: is not YAML at column 7"),
        ("{}", "seeds: is missing"),
        ("seeds: []", "seeds: is missing"),
        ("seeds:", "seeds: is missing"),
        ("sitemaps: auto", "seeds: is missing"),
        ("seeds: example.org", "is not a complete URL"),
        ("seeds: ftp://example.org/", "must begin with http"),
        ("seeds: [{depth: 1}]", "seeds.0.url: is missing"),
        ("seeds: {url: 'https://a/', depth: -1}", "seeds.depth: must be at least 0"),
        ("seeds: [https://a/, {ulr: 'https://b/'}]", "seeds.1.ulr: unknown key"),
        ("seeds: 3", "f:1: seeds: must be a URL, or a mapping"),
        ("seeds: [null]", "f:1: seeds.0: must be a URL, or a mapping"),
        ("seeds: |\n  https://a/\n  https://b/\n", "f:1: seeds: must be one URL; write several as a list"),
        ("seeds: https://a/, https://b/", "f:1: seeds: must be one URL"),
        ("seeds: https://*.example.org/", "f:1: seeds: must name one host"),
        ("\n\nseeds: ]", "f:3: is not YAML at column 8"),
    ],
)
def test_a_file_without_a_usable_beginning_is_refused(text: str, phrase: str) -> None:
    assert any(phrase in line for line in complaints(text))


def test_all_mistakes_come_in_one_go_in_the_order_of_lines() -> None:
    text = "limits: {max_pages: 0}\nclient:\n  http2: true\n  heders: {}\nname: ${NO}\nname: b\nsitemaps: maybe\n"
    assert [line.split(": ")[:2] for line in complaints(text, "dns.tll=1")] == [
        ["f:1", "limits.max_pages"],
        ["f:3", "client.http2"],
        ["f:4", "client.heders"],
        ["f:5", "name"],
        ["f:6", "name"],
        ["f:7", "sitemaps"],
        ["--set dns.tll", "unknown key; allowed"],
    ]


def test_all_variables_that_one_value_misses_are_named() -> None:
    assert [line.partition(", which")[0] for line in complaints(SEEDS + "client: {proxy: 'http://${A}:${B}@c:1'}")] == [
        "f:2: client.proxy: needs the environment variable A",
        "f:2: client.proxy: needs the environment variable B",
    ]


def test_all_bad_header_fields_and_cookies_are_told() -> None:
    text = (
        'client:\n  headers:\n    X-A: "hunter2\\nb"\n    Host: a\n    X: ü\n    Y: fine\n'
        "  cookies:\n    a: b;hunter2\n    c: 'd;e'\n"
    )
    assert [line.split(": ")[:2] for line in complaints(SEEDS + text)] == [
        ["f:4", "client.headers.X-A"],
        ["f:5", "client.headers.Host"],
        ["f:6", "client.headers.X"],
        ["f:9", "client.cookies.a"],
        ["f:10", "client.cookies.c"],
    ]


def test_all_outputs_that_are_other_files_are_told() -> None:
    text = f"seed_file: {__file__}\noutput: [a.log, {__file__}]\nlogging: {{file: a.log}}\n"
    assert complaints(text) == [
        "f:2: output: is the same file as logging.file",
        "f:2: output: is the same file as seed_file",
    ]


def test_a_null_name_and_a_missing_one_are_preset() -> None:
    assert loaded(SEEDS).name == loaded(SEEDS + "name: null").name == "stem"
    assert loaded(SEEDS + "name: mine").name == "mine"


@pytest.mark.parametrize("word", ["off", "no", "false", "Off", "NO", "'off'"])
def test_sitemaps_off_works_however_yaml_reads_it(word: str) -> None:
    assert loaded(SEEDS + f"sitemaps: {word}").sitemaps == "off"
    assert loaded(SEEDS, f"sitemaps={word}").sitemaps == "off"


@pytest.mark.parametrize("word", ["auto", "on", "yes", "true"])
def test_sitemaps_on_is_auto(word: str) -> None:
    assert loaded(SEEDS + f"sitemaps: {word}").sitemaps == "auto"


def test_settings_win_over_the_file() -> None:
    config = loaded(SEEDS + "politeness: {delay: 1}\noutput: a.jsonl", "politeness.delay=2s", "output.body=html")
    assert config.politeness.delay == 2.0
    assert [(output.path, output.body) for output in config.output] == [("a.jsonl", "html")]


def test_variables_become_numbers_unless_quoted_or_text_is_wanted() -> None:
    text = "politeness: {delay: ${D:-2}}\nclient: {headers: {A: ${T}}, user_agent: ${U:-}, proxy: ${P:-}}\nname: ${N}"
    config = loaded(SEEDS + text, environ={"T": "0123", "N": "7"})
    assert config.politeness.delay == 2.0
    assert config.client.headers["A"].get_secret_value() == "0123"
    assert config.client.proxy == ()
    assert config.name == "7"


@pytest.mark.parametrize(
    "text",
    [
        "client: {auth: hunter2}",
        "client: {auth: [hunter2]}",
        "client: {auth: {hunter2}}",
        "client: {auth: {bearer:hunter2}}",
        "client: {auth: {bearer: 'hunter2 hunter2'}}",
        "client: {auth: {username: 'a:hunter2', password: b}}",
        'client: {auth: {username: a, password: "hunter2\\n"}}',
        "client: {auth: {username: a, password: *hunter2}}",
        "client: {auth: {username: a, password: !hunter2}}",
        "client: {auth: {username: a, password: 'hunter2}}",
        "client: {headers: 'Authorization: hunter2'}",
        "client: {headers: ['Authorization: hunter2']}",
        "client: {headers: {'Authorization: hunter2': }}",
        'client: {headers: {Authorization: "hunter2\\n", Host: hunter2, X: "hunter2 ü"}}',
        "client: {headers: {Authorization: [hunter2]}}",
        "client: {cookies: sid=hunter2}",
        "client: {cookies: {sid=hunter2: }}",
        "client: {cookies: {sid: 'hunter2;x'}}",
        "client: {proxy: 'ftp://user:hunter2@host'}",
        "client: {proxy: {url: 'http://user:hunter2@host'}}",
        "client: {http2: hunter2}",
        "name: {auth: hunter2}",
        "scope: {type: hunter2}",
        "seeds: [{url: 'https://me:hunter2@example.org/'}]",
        "seeds: 'hunter2://x'",
        "seed_file: /hunter2",
        "limits: {max_pages: ${SECRET}}",
        "politeness: {delay: ${SECRET}}",
        "scope: {include: ['(${SECRET}']}",
        "output: '${SECRET}/'",
        "Authorization: Bearer hunter2",
    ],
)
def test_secrets_and_values_of_variables_never_appear_in_a_message(text: str) -> None:
    found = "\n".join(complaints(("" if text.startswith("seeds") else SEEDS) + text, environ={"SECRET": SECRET}))
    assert SECRET not in found


def test_a_file_with_thousands_of_mistakes_is_told_soon() -> None:
    start = time.process_time()
    found = complaints("".join(f"kye{n}: {{a: 1}}\n" for n in range(10_000)))
    assert len(found) == 101
    assert time.process_time() - start < 5


KEYS = st.sampled_from(
    [
        *Config.model_fields,
        "delay",
        "type",
        "path",
        "url",
        "<<",
        "auth",
        "headers",
        "body",
        "backoff",
        "bearer",
        "0",
        "",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.sampled_from(
        ["auto", "https://a/", "${X}", "${X:-1}", "$${", "10s", "\ue0f00\ue0f1", "0x1", "1e999", "9" * 500]
    ),
)
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
    ),
    max_size=6,
)

SURROUNDINGS = st.sampled_from(["", "1", "auto", "https://a/", "\udcff", "\x1b[31m", "a\nb: c", "${X}"])


def outcome(text: bytes, *overrides: str, environ: Mapping[str, str] | None = None) -> str:
    """What is said about a file that is no configuration; nothing if it is one."""
    try:
        load("-", Config, overrides, environ=environ or {"X": "\x1b 1"}, stdin=io.BytesIO(text))
    except BadInput as error:
        return str(error)
    return "fine"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, SURROUNDINGS)
def test_any_document_is_a_configuration_or_bad_input(document: dict[str, object], variable: str) -> None:
    text = yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass")
    said = outcome(text, environ={"X": variable})
    assert said.replace("\n", "").isprintable()


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("seds:\n -[]{}&*!|>'\"%@`#,?$\\\tab1é\ud800\0"), max_size=60))
def test_any_text_is_a_configuration_or_bad_input(text: str) -> None:
    assert outcome(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet=st.sampled_from("seds.limt0=12[]{}: &*'\"\udcff\x1b"), max_size=20), max_size=3))
def test_any_setting_is_used_or_bad_input(overrides: list[str]) -> None:
    assert outcome(SEEDS.encode(), *overrides)

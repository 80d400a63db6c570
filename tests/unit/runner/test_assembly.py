"""The parts of a run, made from its configuration: every option reaches a part, and the right adapter is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from crawler.clients.address_guard import AddressGuard
from crawler.clients.identity import Identity
from crawler.config.model import Config
from crawler.core.ports import FrontierStats, SavedRun
from crawler.engine.accounts.tally import Tally
from crawler.engine.crawl import Crawl
from crawler.engine.throttle import Throttle
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.runner import assembly, outlets
from crawler.runner.assembly import (
    Engine,
    build_client,
    build_fetcher,
    build_frontier,
    build_identity,
    build_lock,
    build_recrawl,
    named_urls,
)
from crawler.runner.outlets import build_observers, build_sink
from crawler.runner.reading.composition import build_heavy_reader
from crawler.runner.workers.shares import shares_of

STARTED = "20261122T173400Z"
SEED = "https://example.org/a"
# Each option with a value that is not its default, and what must hold besides for it to count.
CHANGES: dict[str, Any] = {
    "name": "other",
    "seeds": "https://example.com/",
    "seed_file": "urls.txt",
    "sitemaps": ["https://example.org/map.xml"],
    "scope.type": "any",
    "scope.hosts": ["example.net"],
    "scope.include": ["a"],
    "scope.exclude": ["b"],
    "scope.extra_hops": 1,
    "limits.max_pages": 1,
    "limits.max_pages_per_host": 1,
    "limits.max_depth": 1,
    "limits.max_duration": 1,
    "limits.min_free_disk": 1,
    "limits.max_bytes": 1,
    "limits.max_response_size": 1,
    "limits.max_redirects": 1,
    "limits.max_url_length": 100,
    "limits.max_path_segments": 2,
    "limits.max_path_repeats": 2,
    "limits.max_query_params": 1,
    "limits.max_links_per_page": 1,
    "client.type": "httpx2",
    "client.http2": True,
    "client.http3": True,
    "client.user_agent": "Bot/2",
    "client.headers": {"X-One": "1"},
    "client.cookies": {"one": "1"},
    "client.auth": {"bearer": "one"},
    "client.proxy": "http://127.0.0.1:3128",
    "client.allow_private": ["10.0.0.0/8"],
    "client.verify_tls": False,
    "client.ca_file": "ca.pem",
    "concurrency.total": 5,
    "concurrency.per_host": 1,
    "concurrency.connections": 7,
    "concurrency.workers": 2,
    "politeness.delay": 7,
    "politeness.jitter": 0.7,
    "politeness.obey_robots": False,
    "politeness.obey_crawl_delay": False,
    "politeness.max_crawl_delay": 7,
    "politeness.robots_ttl": 7,
    "timeouts.connect": 7,
    "timeouts.read": 7,
    "timeouts.write": 7,
    "timeouts.pool": 7,
    "timeouts.total": 7,
    "timeouts.drain": 7,
    "dns.ttl": 7,
    "dns.negative_ttl": 7,
    "dns.max_entries": 7,
    "retry.max_retries": 7,
    "retry.statuses": [503],
    "retry.backoff.initial": 7,
    "retry.backoff.factor": 7,
    "retry.backoff.max": 7,
    "retry.backoff.jitter": False,
    "retry.respect_retry_after": False,
    "retry.max_retry_after": 7,
    "extract": {"fields": {"name": {"css": "h1"}}},
    "follow": {"css": "a"},
    "recrawl.mode": "changed",
    "output": "o.jsonl",
    "frontier.type": "memory",
    "frontier.path": "elsewhere",
    "logging.level": "debug",
    "logging.format": "console",
    "logging.file": "run.log",
}
IN_THE_RUNNER = {"politeness.adaptive", "fail_if.failed_ratio", "fail_if.failed_pages"}
ONE_VALUE_SO_FAR = set[str]()
TOGETHER: dict[str, dict[str, Any]] = {
    "client.http2": {"client.type": "httpx2"},
    "client.http3": {"client.type": "curl"},
}
OUTPUT_CHANGES = {"path": "x-{started}", "on_exists": "append", "compress": "gzip", "links": True, "headers": True}
OUTPUT_CHANGES |= {"type": "csv", "body": "html", "rotate": {"records": 5}, "latest": True}


class Part:
    """Stands for any part; its text says how it was made."""

    def __init__(self, kind: str, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.text = f"{kind}({args!r}, {named!r})"

    def __repr__(self) -> str:
        return self.text

    def __getattr__(self, name: str) -> Any:
        return f"{self.text}.{name}"


class FakeFrontier:
    """As much of a frontier as the engine asks for while it is made."""

    def __repr__(self) -> str:
        return "frontier"

    pages = host_counts = "pages"

    def stats(self) -> FrontierStats:
        return FrontierStats(0, 0, 0, 0, taken_up=3)


def config_with(changes: dict[str, Any] | None = None) -> Config:
    """A valid configuration in which the options of `changes` have other values, given by their dotted names."""
    tree: dict[str, Any] = {"seeds": SEED}
    for path, value in (changes or {}).items():
        *sections, key = path.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return Config.model_validate(tree)


def options_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    """The dotted names of all options, those within lists left out."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        section = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
        is_section = section is not None and name not in {"seeds", "output", "extract", "follow", "auth"}
        names |= options_of(section, f"{prefix}{name}.") if section and is_section else {prefix + name}
    return names


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Config], str]:
    """How everything is made from a configuration, as text."""
    (tmp_path / "urls.txt").write_text("")
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.chdir(tmp_path)

    def recorded(kind: str) -> Callable[..., Part]:
        return lambda *args, **named: Part(kind, args, named)

    rooms = ("crawler.clients", "crawler.engine", "crawler.sinks", "crawler.frontiers", "crawler.observers")
    for module in (assembly, outlets):
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__.startswith(rooms):
                monkeypatch.setattr(module, name, recorded(name))
        monkeypatch.setattr(module, "load", lambda table, name: recorded(f"{sorted(table)}:{name}"))
    monkeypatch.setattr(outlets, "is_lively", lambda stream: False)

    def describe(config: Config) -> str:
        folder = Path(config.frontier.path.replace("{name}", config.name))
        shares = shares_of(config.concurrency)
        client, name_host = build_client(config, build_identity(config), shares[0])
        heavy = build_heavy_reader(config)
        saved = SavedRun(STARTED, resumed=False)
        recrawl = build_recrawl(config, FakeFrontier())  # type: ignore[arg-type]
        engine = Engine(
            config,
            client,
            fetcher := build_fetcher(config, client, heavy.read),
            FakeFrontier(),  # type: ignore[arg-type]
            Part("Throttle", (), {}),  # type: ignore[arg-type]
            saved,
            tally=Tally(),
            notify=print,
            name_host=name_host,
            recrawl=recrawl,
        )
        parts = [
            build_observers(config, folder / "runs", None, quiet=False, progress=True),
            build_lock(folder),
            build_frontier(config, folder),
            sink := build_sink(config, STARTED, print),
            client,
            heavy,
            fetcher,
            shares,
            engine.build_crawl(sink),
        ]
        return re.sub(r" at 0x[0-9a-f]+", "", repr(parts))

    return describe


def test_the_table_of_options_is_complete() -> None:
    assert CHANGES.keys() | IN_THE_RUNNER | ONE_VALUE_SO_FAR == options_of(Config)


def test_the_same_configuration_makes_the_same_parts(described: Callable[[Config], str]) -> None:
    assert described(config_with()) == described(config_with())


@pytest.mark.parametrize("option", CHANGES)
def test_every_option_reaches_a_part(described: Callable[[Config], str], option: str) -> None:
    besides = TOGETHER.get(option, {})
    assert described(config_with(besides | {option: CHANGES[option]})) != described(config_with(besides))


@pytest.mark.parametrize("option", OUTPUT_CHANGES)
def test_every_option_of_an_output_reaches_its_sink(described: Callable[[Config], str], option: str) -> None:
    plain = described(config_with({"output": [{"path": "a"}, {"path": "b"}]}))
    changed = described(config_with({"output": [{"path": "a"}, {"path": "b", option: OUTPUT_CHANGES[option]}]}))
    assert changed != plain


def test_unchanged_pages_and_hops_are_kept_from_outputs_that_leave_them_out(described: Callable[[Config], str]) -> None:
    outputs = [{"path": "a"}, {"path": "b", "unchanged": False}, {"type": "warc"}]
    text = described(config_with({"recrawl.mode": "changed", "output": outputs}))
    for asked in ("'unchanged': True, 'hops': False", "'unchanged': False, 'hops': False", "'hops': True"):
        assert asked in text
    assert "'keep_response': True" in text
    assert "'keep_response': False" in described(config_with())


@pytest.mark.parametrize(
    ("option", "shapes"),
    [
        *((option, True) for option in ("extract", "follow", "limits.max_links_per_page", "politeness.obey_robots")),
        ("client.user_agent", True),  # it names whose rules pages are asked for
        *((option, False) for option in ("scope.type", "limits.max_depth", "concurrency.total", "client.headers")),
    ],
)
def test_pages_are_remembered_by_the_options_that_shape_them(
    described: Callable[[Config], str], option: str, shapes: bool
) -> None:
    def recipe(changes: dict[str, Any]) -> str:
        (found,) = set(re.findall(r"'recipe': '(\w+)'", described(config_with({"recrawl.mode": "changed"} | changes))))
        return str(found)

    assert (recipe({option: CHANGES[option]}) != recipe({})) is shapes


def test_only_where_an_output_asks_for_bodies_are_they_kept(described: Callable[[Config], str]) -> None:
    assert "'keep_body': False" in described(config_with())
    assert "'keep_body': True" in described(config_with({"output": [{"path": "a"}, {"path": "b", "body": "html"}]}))


def test_a_robots_gate_is_made_only_where_robots_txt_is_obeyed(described: Callable[[Config], str]) -> None:
    assert "RobotsGate" in described(config_with())
    assert "RobotsGate" not in described(config_with({"politeness.obey_robots": False}))


def test_urls_that_an_earlier_execution_took_up_hold_places_from_the_start(described: Callable[[Config], str]) -> None:
    assert "'taken_up': 3" in described(config_with())


def test_as_many_sockets_are_pooled_as_requests_are_in_flight_unless_said(described: Callable[[Config], str]) -> None:
    assert "'connections': 5" in described(config_with({"concurrency.total": 5}))
    assert "'connections': 2" in described(config_with({"concurrency.total": 5, "concurrency.connections": 2}))


@pytest.mark.parametrize(("kind", "adapter"), [("sqlite", SqliteFrontier), ("memory", MemoryFrontier)])
def test_the_frontier_is_the_named_one(tmp_path: Path, kind: str, adapter: type) -> None:
    frontier = build_frontier(config_with({"frontier.type": kind}), tmp_path)
    assert type(frontier) is adapter
    assert list(tmp_path.iterdir()) == [], "it is not opened yet"


def test_the_lock_lies_in_the_frontiers_folder(tmp_path: Path) -> None:
    assert build_lock(tmp_path).path == tmp_path / "lock"


def test_secrets_and_private_addresses_are_for_hosts_that_were_named_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(assembly, "Identity", lambda **named: made.setdefault("identity", Identity(**named)))
    monkeypatch.setattr(assembly, "AddressGuard", lambda *args: made.setdefault("guard", AddressGuard(*args)))
    settings = {"client.auth": {"username": "me", "password": "pw"}, "client.headers": {"X-Key": "k"}}
    config = config_with(settings)
    _, name_host = build_client(config, build_identity(config), 1)
    guard, identity = made["guard"], made["identity"]
    assert not guard.admits("intern.example", "10.0.0.1")
    assert {"X-Key", "Authorization"}.isdisjoint(dict(identity.headers_for("http://intern.example/a")))
    name_host("http://intern.example/")
    assert guard.admits("intern.example", "10.0.0.1")
    assert not guard.admits("other.example", "10.0.0.1")
    fields = dict(identity.headers_for("http://intern.example/a"))
    assert (fields["X-Key"], fields["Authorization"]) == ("k", "Basic bWU6cHc=")
    assert {"X-Key", "Authorization"}.isdisjoint(dict(identity.headers_for("http://other.example/a")))


@pytest.mark.parametrize("seeds", [["http://www.example/"], []])
def test_a_sitemap_sees_secrets_only_where_it_stands_for_seeds(
    monkeypatch: pytest.MonkeyPatch, seeds: list[str]
) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(assembly, "Identity", lambda **named: made.setdefault("identity", Identity(**named)))
    sitemap = "http://maps.example/map.xml"
    config = config_with({"seeds": seeds, "sitemaps": [sitemap], "client.headers": {"X-Key": "k"}})
    _, name_host = build_client(config, build_identity(config), 1)
    name_host(sitemap)
    assert ("X-Key" in dict(made["identity"].headers_for(sitemap))) is not bool(seeds)


def test_what_is_stored_with_a_commit_is_json_and_can_be_gone_on_from(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, {})
    state = json.loads(json.dumps(engine.state()))
    assert state.keys() == {"tally", "widened", "seed_file"}
    again = engine_over(tmp_path, state | {"widened": ["https://www.example.org/"]})
    assert again.state()["widened"] == ["https://www.example.org/"]
    assert isinstance(again.build_crawl(build_sink(config_with({"output": "-"}), STARTED, print)), Crawl)


def engine_over(folder: Path, notes: dict[str, Any]) -> Engine:
    """A real engine that goes on from `notes`."""
    config = config_with({"frontier.type": "memory"})
    frontier = build_frontier(config, folder)
    client, name_host = build_client(config, build_identity(config), 1)
    fetcher = build_fetcher(config, client, build_heavy_reader(config).read)
    saved = SavedRun(STARTED, resumed=bool(notes), notes=notes)
    throttle = Throttle(frontier, floor_s=0.5, adaptive=False)
    tally = Tally(notes.get("tally"))
    return Engine(config, client, fetcher, frontier, throttle, saved, tally=tally, notify=print, name_host=name_host)


def test_named_are_seeds_and_listed_sitemaps() -> None:
    assert named_urls(config_with()) == [SEED]
    listed = config_with({"sitemaps": ["https://example.com/map.xml"]})
    assert named_urls(listed) == [SEED, "https://example.com/map.xml"]
    assert named_urls(config_with({"sitemaps": "off"})) == [SEED]


@pytest.mark.parametrize(("total", "visits"), [(1, 1), (2, 1), (8, 6), (32, 24)])
def test_what_a_kill_repeats_stays_below_twice_what_is_in_flight(total: int, visits: int) -> None:
    assert assembly.commit_size(total) == visits
    assert total + visits - 1 < 2 * total or total == 1

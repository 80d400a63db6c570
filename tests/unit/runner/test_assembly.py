"""The parts of a run, made from its configuration: every option reaches a part, and the right adapter is taken."""

from __future__ import annotations

import io
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
from crawler.core.events import Event, RunEnded, RunStarted, Snapshot
from crawler.core.ports import FrontierStats, SavedRun
from crawler.engine.accounts.tally import Tally
from crawler.engine.crawl import Crawl
from crawler.engine.throttle import Throttle
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.observers.log_observer import LogObserver
from crawler.observers.progress_observer import ProgressObserver
from crawler.observers.report_observer import ReportObserver
from crawler.observers.summary_observer import SummaryObserver
from crawler.runner import assembly
from crawler.runner.assembly import (
    Engine,
    build_client,
    build_frontier,
    build_lock,
    build_observers,
    build_sink,
    named_urls,
)

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
    "output": "o.jsonl",
    "frontier.type": "memory",
    "frontier.path": "elsewhere",
    "logging.level": "debug",
    "logging.format": "console",
    "logging.file": "run.log",
}
IN_THE_RUNNER = {"politeness.adaptive", "fail_if.failed_ratio", "fail_if.failed_pages"}
ONE_VALUE_SO_FAR = {"extract", "recrawl.mode", "concurrency.workers"}
TOGETHER: dict[str, dict[str, Any]] = {"client.http2": {"client.type": "httpx2"}}
OUTPUT_CHANGES = {"path": "x-{started}", "on_exists": "append", "compress": "gzip", "links": True, "headers": True}


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


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
        is_section = section is not None and name not in {"seeds", "output", "extract", "auth"}
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
    for name, value in list(vars(assembly).items()):
        if isinstance(value, type) and value.__module__.startswith(rooms):
            monkeypatch.setattr(assembly, name, recorded(name))
    monkeypatch.setattr(assembly, "load", lambda table, name: recorded(f"{sorted(table)}:{name}"))
    monkeypatch.setattr(assembly, "is_lively", lambda stream: False)

    def describe(config: Config) -> str:
        folder = Path(config.frontier.path.replace("{name}", config.name))
        client, name_host = build_client(config)
        saved = SavedRun(STARTED, resumed=False)
        engine = Engine(
            config,
            client,
            FakeFrontier(),  # type: ignore[arg-type]
            Part("Throttle", (), {}),  # type: ignore[arg-type]
            saved,
            tally=Tally(),
            notify=print,
            name_host=name_host,
        )
        parts = [
            build_observers(config, folder / "runs", None, quiet=False, progress=True),
            build_lock(folder),
            build_frontier(config, folder),
            sink := build_sink(config, STARTED),
            client,
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


def test_outputs_are_named_after_crawl_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = config_with({"name": "site", "output": ["{name}-{started}.jsonl", "{date}/{{x}}.jsonl"]})
    sink = build_sink(config, "20261122T235959Z")
    assert sink.describe() == "site-20261122T235959Z.jsonl, 2026-11-22/{x}.jsonl"
    assert list(tmp_path.iterdir()) == [], "it is not opened yet"


def test_the_lock_lies_in_the_frontiers_folder(tmp_path: Path) -> None:
    assert build_lock(tmp_path).path == tmp_path / "lock"


def test_secrets_and_private_addresses_are_for_hosts_that_were_named_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(assembly, "Identity", lambda **named: made.setdefault("identity", Identity(**named)))
    monkeypatch.setattr(assembly, "AddressGuard", lambda *args: made.setdefault("guard", AddressGuard(*args)))
    settings = {"client.auth": {"username": "me", "password": "pw"}, "client.headers": {"X-Key": "k"}}
    _, name_host = build_client(config_with(settings))
    guard, identity = made["guard"], made["identity"]
    assert not guard.admits("intern.example", "10.0.0.1")
    assert {"X-Key", "Authorization"}.isdisjoint(dict(identity.headers_for("http://intern.example/a")))
    name_host("http://intern.example/")
    assert guard.admits("intern.example", "10.0.0.1")
    assert not guard.admits("other.example", "10.0.0.1")
    fields = dict(identity.headers_for("http://intern.example/a"))
    assert (fields["X-Key"], fields["Authorization"]) == ("k", "Basic bWU6cHc=")
    assert {"X-Key", "Authorization"}.isdisjoint(dict(identity.headers_for("http://other.example/a")))


def test_what_is_stored_with_a_commit_is_json_and_can_be_gone_on_from(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, {})
    state = json.loads(json.dumps(engine.state()))
    assert state.keys() == {"tally", "widened", "seed_file"}
    again = engine_over(tmp_path, state | {"widened": ["https://www.example.org/"]})
    assert again.state()["widened"] == ["https://www.example.org/"]
    assert isinstance(again.build_crawl(build_sink(config_with({"output": "-"}), STARTED)), Crawl)


def engine_over(folder: Path, notes: dict[str, Any]) -> Engine:
    """A real engine that goes on from `notes`."""
    config = config_with({"frontier.type": "memory"})
    frontier = build_frontier(config, folder)
    client, name_host = build_client(config)
    saved = SavedRun(STARTED, resumed=bool(notes), notes=notes)
    throttle = Throttle(frontier, floor_s=0.5, adaptive=False)
    tally = Tally(notes.get("tally"))
    return Engine(config, client, frontier, throttle, saved, tally=tally, notify=print, name_host=name_host)


def test_named_are_seeds_and_listed_sitemaps() -> None:
    assert named_urls(config_with()) == [SEED]
    listed = config_with({"sitemaps": ["https://example.com/map.xml"]})
    assert named_urls(listed) == [SEED, "https://example.com/map.xml"]
    assert named_urls(config_with({"sitemaps": "off"})) == [SEED]


def test_without_a_terminal_there_are_log_and_summary(tmp_path: Path) -> None:
    observers, lively = build_observers(config_with(), tmp_path, io.StringIO(), quiet=False, progress=True)
    assert [type(observer) for observer in observers] == [ReportObserver, SummaryObserver, LogObserver]
    assert not lively


@pytest.mark.parametrize(
    ("quiet", "progress", "shown"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_on_a_terminal_there_is_a_display_unless_it_is_unwanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool, progress: bool, shown: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    observers, lively = build_observers(config_with(), tmp_path, Terminal(), quiet=quiet, progress=progress)
    assert (lively, any(isinstance(observer, ProgressObserver) for observer in observers)) == (shown, shown)


def test_records_and_a_display_do_not_share_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", Terminal())
    _, lively = build_observers(config_with({"output": "-"}), tmp_path, Terminal(), quiet=False, progress=True)
    assert not lively
    monkeypatch.setattr("sys.stdout", io.StringIO())
    _, lively = build_observers(config_with({"output": "-"}), tmp_path, Terminal(), quiet=False, progress=True)
    assert lively


def test_status_lines_are_written_where_no_display_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    to_file = {"logging.file": str(tmp_path / "run.log"), "logging.format": "json"}
    beside_display, terminal = Terminal(), Terminal()
    tell_everyone(config_with(), tmp_path, beside_display)
    assert "in flight" in beside_display.getvalue(), "the display says it"
    assert "status" not in beside_display.getvalue()
    tell_everyone(config_with(to_file), tmp_path, terminal)
    logged = [json.loads(line)["event"] for line in (tmp_path / "run.log").read_text().splitlines()]
    assert logged == ["run_started", "status"]


def tell_everyone(config: Config, folder: Path, stream: io.StringIO) -> None:
    """Tells all observers of a beginning and of two snapshots half a minute apart."""
    observers, _ = build_observers(config, folder, stream, quiet=False, progress=True)
    events: list[Event] = [RunStarted("site", STARTED, False, "out", "state")]
    events += [Snapshot(at, 1, 0, 1, 1, 2, 0, 1.0, 1, {}, []) for at in (1.0, 31.0)]
    for event in events:
        for observer in observers:
            observer.notice(event)
    for observer in observers:
        observer.close()


def test_a_summary_that_cannot_be_written_is_a_warning_in_the_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    (tmp_path / "runs").write_text("in the way")
    observers, _ = build_observers(config_with(), tmp_path / "runs", stream, quiet=True, progress=True)
    for observer in observers:
        observer.notice(RunEnded(0, "complete", False, {"started": STARTED}))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["warning"]
    assert "could not be written" in lines[0]["message"]


@pytest.mark.parametrize(("total", "visits"), [(1, 1), (2, 1), (8, 6), (32, 24)])
def test_what_a_kill_repeats_stays_below_twice_what_is_in_flight(total: int, visits: int) -> None:
    assert assembly.commit_size(total) == visits
    assert total + visits - 1 < 2 * total or total == 1

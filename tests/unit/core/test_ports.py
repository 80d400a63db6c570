"""The borders: every adapter of a table keeps the signatures of its port."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from crawler.clients import CLIENTS
from crawler.core.ports import Client, Frontier, FrontierStats, HostWait, Observer, SavedRun, Sink
from crawler.core.registry import load
from crawler.engine.accounts.meter import MeteredClient
from crawler.frontiers import FRONTIERS
from crawler.observers import OBSERVERS
from crawler.sinks import SINKS
from crawler.sinks.fan_out import FanOut

TABLES: list[tuple[type, dict[str, str]]] = [
    (Client, CLIENTS),
    (Frontier, FRONTIERS),
    (Sink, SINKS),
    (Observer, OBSERVERS),
]
ADAPTERS = [(port, load(table, name)) for port, table in TABLES for name in table]
WRAPPERS = [(Client, MeteredClient), (Sink, FanOut)]


def verbs_of(port: type) -> dict[str, Any]:
    """What a port asks for: its own methods, those that `async with` calls among them."""
    return {
        name: member
        for name, member in vars(port).items()
        if inspect.isfunction(member) and (not name.startswith("_") or name in {"__aenter__", "__aexit__"})
    }


def shape_of(verb: Any) -> tuple[bool, list[tuple[str, Any, Any]]]:
    """Whether it is awaited; names, kinds and defaults of its parameters."""
    parameters = inspect.signature(verb).parameters.values()
    return inspect.iscoroutinefunction(verb), [(one.name, one.kind, one.default) for one in parameters]


@pytest.mark.parametrize(("port", "adapter"), [*ADAPTERS, *WRAPPERS])
def test_every_adapter_has_each_verb_of_its_port_with_the_same_parameters(port: type, adapter: type) -> None:
    found = {name: shape_of(getattr(adapter, name)) for name in verbs_of(port) if hasattr(adapter, name)}
    assert found == {name: shape_of(verb) for name, verb in verbs_of(port).items()}


def test_ports_are_small_enough_to_be_implemented() -> None:
    sizes = {port.__name__: len(verbs_of(port)) for port, _ in TABLES}
    assert sizes["Client"] <= 5
    assert sizes["Sink"] <= 5
    assert sizes["Observer"] <= 2
    assert sizes["Frontier"] <= 24


def test_a_new_run_has_neither_position_nor_notes() -> None:
    saved = SavedRun("20261122T173400Z", resumed=False)
    assert saved.position is None
    assert saved.notes == {}
    with pytest.raises(TypeError):  # what all new runs share nobody can write into
        saved.notes["tally"] = {}  # type: ignore[index]


def test_figures_are_read_by_name() -> None:
    assert FrontierStats(queued=1, in_flight=2, done=3, known=6, taken_up=0).known == 6
    assert HostWait("a.example", "robots", until=None, queued=1).until is None

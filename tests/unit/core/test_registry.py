"""Adapters by name, imported when used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crawler.core.registry import load


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that can be imported and was not yet."""
    (tmp_path / "registered_lately.py").write_text("class Adapter: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "registered_lately", raising=False)
    return "registered_lately"


def test_nothing_is_imported_but_what_is_named(module: str) -> None:
    table = {"good": f"{module}:Adapter", "other": "no_such_module:Adapter"}
    assert module not in sys.modules
    adapter = load(table, "good")
    assert adapter is sys.modules[module].Adapter


def test_a_path_without_a_colon_is_the_module_itself(module: str) -> None:
    assert load({"good": module}, "good") is sys.modules[module]


def test_what_the_table_does_not_list_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="missing"):
        load({"good": "json:loads"}, "missing")


@pytest.mark.parametrize(
    ("path", "error"), [("no_such_module:x", ModuleNotFoundError), ("json:no_such_name", AttributeError)]
)
def test_a_wrong_line_in_a_table_is_not_hidden(path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        load({"bad": path}, "bad")

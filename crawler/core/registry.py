"""Adapters by name: tables of dotted paths, imported when used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load(table: Mapping[str, str], name: str) -> Any:
    """What `table` lists under `name`: "package.module:attribute", or "package.module" for the module itself; imported
    now. Raises KeyError."""
    path, _, attribute = table[name].partition(":")
    module = import_module(path)
    return getattr(module, attribute) if attribute else module

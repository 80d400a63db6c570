"""The house stays as it was drawn: arrows between rooms, cycles, hidden imports, sizes, names, tables, a test a module.

Rooms are the folders below crawler/ and the modules beside them. Lists here are exact: what is new must be added, and
what is gone must be taken out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crawler"

ARROWS = {
    "__main__": {"core"},
    "cli": {"config", "core", "runner"},
    "runner": {"clients", "config", "core", "engine", "extractors", "frontiers", "observers", "sinks"},
    "config": {"clients", "core", "engine", "extractors", "frontiers", "observers", "politeness", "sinks"},
    "clients": {"core"},
    "frontiers": {"core"},
    "extractors": {"core"},
    "sinks": {"core"},
    "observers": {"core"},
    "engine": {"core", "parsing", "politeness"},
    "politeness": {"core"},
    "parsing": {"core"},
    "core": set(),
}
MOST_ARROWS = 30

TABLES = {  # plural folder: the table in its __init__, and how the file of an adapter ends
    "clients": ("CLIENTS", "_client"),
    "frontiers": ("FRONTIERS", "_frontier"),
    "extractors": ("EXTRACTORS", "_extractor"),
    "sinks": ("SINKS", "_sink"),
    "observers": ("OBSERVERS", "_observer"),
}
LOADS_BY_NAME = {"crawler.core.registry"}  # the only modules that may import what a string names
LONG_FUNCTIONS: set[str] = set()  # at most three: module:function
TESTED_ELSEWHERE: dict[str, str] = {}  # module: the test file that covers it
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


class Module:
    """One file of the package, parsed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        parts = path.relative_to(ROOT).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.room = parts[1]
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.count("\n")
        self.tree = ast.parse(self.text)

    def imported(self) -> set[str]:
        """Dotted names that import statements of this module may mean, the package's own only."""
        return {name for node in ast.walk(self.tree) for name in _names(node) if name.startswith("crawler.")}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules() -> dict[str, Module]:
    """All modules of the package by dotted name."""
    return {module.name: module for module in map(Module, sorted(PACKAGE.rglob("*.py")))}


def imports_of(module: Module) -> set[str]:
    """The modules of the package that `module` imports; a package counts only where it is meant itself."""
    found = {name for name in module.imported() if name in modules()}
    return {name for name in found if not any(other.startswith(f"{name}.") for other in found)} - {module.name}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions that do something: a Protocol's are left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.body[-1]
            if not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant)):
                yield node


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, the docstring left out."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


def test_arrows_between_rooms_are_exactly_those_drawn() -> None:
    found: dict[str, set[str]] = {module.room: set() for module in modules().values() if module.room != "__init__"}
    for module in modules().values():
        found.setdefault(module.room, set()).update(modules()[name].room for name in imports_of(module))
    undrawn = {f"{room} → {to}" for room, targets in found.items() for to in targets - ARROWS.get(room, set()) - {room}}
    gone = {f"{room} → {to}" for room, targets in ARROWS.items() for to in targets - found.get(room, set())}
    assert (undrawn, gone) == (set(), set())


def test_the_drawing_has_no_cycle_and_few_arrows() -> None:
    assert cycle_in(ARROWS) is None
    assert sum(map(len, ARROWS.values())) <= MOST_ARROWS


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycle_in({name: imports_of(module) for name, module in modules().items()}) is None


def cycle_in(graph: dict[str, set[str]]) -> list[str] | None:
    """One cycle of the graph, or None."""
    finished: set[str] = set()

    def follow(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in finished:
            return None
        found = (follow(other, [*path, name]) for other in sorted(graph.get(name, ())))
        cycle = next((one for one in found if one), None)
        finished.add(name)
        return cycle

    return next((cycle for name in graph if (cycle := follow(name, []))), None)


def test_a_cycle_would_be_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_every_import_stands_at_the_top_of_its_file() -> None:
    hidden = [
        f"{module.name}:{node.lineno}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in module.tree.body
        if not in_try_at_the_top(module.tree, node)
    ]
    assert hidden == []


def in_try_at_the_top(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a module-level `try: import … except ImportError` or version check holds the import."""
    blocks = [
        block for block in tree.body if isinstance(block, ast.Try | ast.If) and "TYPE_CHECKING" not in ast.dump(block)
    ]
    return any(node in block.body or node in block.orelse for block in blocks) or any(
        node in handler.body for block in blocks if isinstance(block, ast.Try) for handler in block.handlers
    )


def test_only_the_registry_imports_by_name() -> None:
    def by_name(module: Module) -> bool:
        calls = (node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call))
        return any(getattr(call, "id", getattr(call, "attr", "")) in {"import_module", "__import__"} for call in calls)

    assert {name for name, module in modules().items() if by_name(module)} == LOADS_BY_NAME


def test_functions_are_short() -> None:
    sizes = {
        f"{name}:{node.name}": code_lines(node) for name, module in modules().items() for node in functions(module.tree)
    }
    assert median(sizes.values()) <= 7
    assert {name for name, lines in sizes.items() if lines > 60} == LONG_FUNCTIONS
    assert len(LONG_FUNCTIONS) <= 3


def test_classes_are_of_moderate_size() -> None:
    classes = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, module in modules().items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: lines for name, lines in classes.items() if lines > 200} == {}


def test_modules_are_of_moderate_size() -> None:
    sizes = {name: module.lines for name, module in modules().items() if module.path.name != "__init__.py"}
    assert {name: lines for name, lines in sizes.items() if lines > 350} == {}
    assert median(sizes.values()) <= 100


def test_no_folder_is_crowded() -> None:
    folders = [folder for folder in PACKAGE.rglob("*") if folder.is_dir() and folder.name != "__pycache__"]
    crowds = {
        folder.name: len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) for folder in folders
    }
    assert {name: files for name, files in crowds.items() if files > 10} == {}


def test_names_say_something() -> None:
    words = {name: set(name.replace("_", ".").split(".")) for name in modules()}
    assert {name for name, parts in words.items() if parts & SAYS_NOTHING} == set()


def test_every_module_says_in_one_line_what_it_is() -> None:
    first_lines = {
        name: (ast.get_docstring(module.tree) or "").partition("\n")[0] for name, module in modules().items()
    }
    assert {name for name, line in first_lines.items() if len(line) < 10} == set()


def test_every_module_has_its_test() -> None:
    missing = [
        name
        for name, module in modules().items()
        if module.path.name != "__init__.py" and name not in TESTED_ELSEWHERE
        if not (ROOT / "tests" / "unit" / module.path.relative_to(PACKAGE).parent / f"test_{module.path.name}").exists()
    ]
    assert missing == []


def test_the_map_of_modules_tested_elsewhere_is_true() -> None:
    assert TESTED_ELSEWHERE.keys() <= modules().keys()
    assert [path for path in TESTED_ELSEWHERE.values() if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("room", TABLES)
def test_a_table_lists_exactly_the_adapters_of_its_folder(room: str) -> None:
    table_name, ending = TABLES[room]
    table = getattr(import_module(f"crawler.{room}"), table_name)
    targets = [path.partition(":") for path in table.values()]
    assert [path for path in targets if not hasattr(import_module(path[0]), path[2])] == []
    files = {f"crawler.{room}.{path.stem}" for path in (PACKAGE / room).glob(f"*{ending}.py")}
    assert {module for module, _, _ in targets} == files


def test_the_engine_knows_ports_only() -> None:
    rooms = {
        modules()[name].room for module in modules().values() if module.room == "engine" for name in imports_of(module)
    }
    assert rooms & TABLES.keys() == set()

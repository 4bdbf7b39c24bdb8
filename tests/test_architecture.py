"""The rules of the house, read from the sources."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE, WINDOW = "shared_modules", "tradebot_gui"

# from the top down; rooms of one line stand on one floor and do not know each other
FLOORS = (
    ("cli",),
    ("system_integration",),
    ("monitoring",),
    ("optimization", "sl_ai", "rl_ai"),
    ("backtester", "trading_interfaces"),
    ("strategies", "risk"),
    ("data_collection", "market_analysis"),
    ("exchanges", "indicators"),
    ("matching", "storage"),
    ("core",),
)
FLOOR_OF = {room: len(FLOORS) - i for i, rooms in enumerate(FLOORS) for room in rooms}
SCREEN = {"PySide6", "PySide6QtAds", "shiboken6", "qasync", WINDOW}
WINDOW_MAY_USE = {"core", "system_integration", "indicators", "strategies", "exchanges"}
DOORS_OF_THE_WINDOW = ([WINDOW, "app"], [WINDOW, "options"])
LONGEST = 500


def sources(*packages: str) -> list[Path]:
    return [p for package in packages for p in sorted((ROOT / package).rglob("*.py")) if "__pycache__" not in p.parts]


ENGINE_FILES, WINDOW_FILES = sources(ENGINE), sources(WINDOW)
SHIPPED = [*ENGINE_FILES, *WINDOW_FILES, *sorted(ROOT.glob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    """The room of an engine file: 'core' for shared_modules/core/bars.py."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if len(parts) > 2 else ""


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of every import in the file, at the top or inside a function."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            # `from package import name` may name a module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def run_at_import(path: Path) -> set[int]:
    """Lines of the imports that run when the module is imported: outside functions, and not for type checkers alone."""
    lines: set[int] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, (ast.Import, ast.ImportFrom)):
                lines.add(child.lineno)
            visit(child)

    visit(tree(path))
    return lines


def engine_room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == ENGINE and len(parts) > 1 and parts[1] in FLOOR_OF else None


def test_every_room_of_the_engine_has_a_floor() -> None:
    rooms = {p.parent.name for p in (ROOT / ENGINE).glob("*/__init__.py")}
    assert rooms <= FLOOR_OF.keys(), f"give these rooms a floor: {sorted(rooms - FLOOR_OF.keys())}"


def test_no_module_of_the_engine_lies_outside_the_rooms() -> None:
    loose = [place(p) for p in ENGINE_FILES if not room(p) and p.name != "__init__.py"]
    assert loose == []


def test_imports_only_go_down_the_floors() -> None:
    wrong = []
    for path in ENGINE_FILES:
        here = room(path)
        for line, name in imported(path):
            there = engine_room(name)
            if here and there and there != here and FLOOR_OF[there] >= FLOOR_OF[here]:
                wrong.append(f"{place(path)}:{line}: {here} imports {there}")
    assert wrong == []


def test_rooms_are_reached_by_absolute_imports() -> None:
    wrong = []
    for path in ENGINE_FILES:
        depth = len(path.relative_to(ROOT / ENGINE).parts) - 1
        wrong += [
            f"{place(path)}:{node.lineno}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.level > depth
        ]
    assert wrong == []


def test_the_engine_knows_no_screen() -> None:
    wrong = []
    for path in ENGINE_FILES:
        early = run_at_import(path)
        for line, name in imported(path):
            if name.split(".")[0] not in SCREEN:
                continue
            # the command `gui` is where the two packages meet: it opens the window from inside a function
            meets = room(path) == "cli" and name.split(".")[:2] in DOORS_OF_THE_WINDOW and line not in early
            if not meets:
                wrong.append(f"{place(path)}:{line}: {name}")
    assert wrong == []


def test_the_window_takes_only_what_is_meant_for_it() -> None:
    wrong = [
        f"{place(path)}:{line}: {name}"
        for path in WINDOW_FILES
        for line, name in imported(path)
        if name.split(".")[0] == ENGINE and engine_room(name) not in WINDOW_MAY_USE
    ]
    assert wrong == []


def test_the_window_does_not_reach_into_the_cells_of_the_engine() -> None:
    """Names with a leading underscore belong to the module that has them."""
    wrong = [
        f"{place(path)}:{line}: {name}"
        for path in WINDOW_FILES
        for line, name in imported(path)
        if name.split(".")[0] == ENGINE and any(part.startswith("_") for part in name.split("."))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", [p for p in [*ENGINE_FILES, *WINDOW_FILES] if p.name == "__init__.py"], ids=place)
def test_a_package_says_in_one_sentence_what_it_is(path: Path) -> None:
    text = ast.get_docstring(tree(path)) or ""
    first = text.split("\n\n")[0]
    assert first.endswith("."), f"{place(path)} needs a docstring of one sentence"
    assert len(re.findall(r"\.(?=\s|$)", first)) == 1, f"one sentence first, not several: {first!r}"


def test_no_module_is_longer_than_a_person_reads() -> None:
    files = [*SHIPPED, *sources("tests", "benchmarks")]
    long = {place(p): n for p in files if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST}
    assert long == {}


def test_no_except_catches_everything_unseen() -> None:
    wrong = []
    for path in SHIPPED:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            silent = all(isinstance(s, ast.Pass) for s in node.body)
            broad = isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            if node.type is None or (broad and silent):
                wrong.append(f"{place(path)}:{node.lineno}")
    assert wrong == []


def test_only_the_command_line_prints() -> None:
    wrong = []
    for path in [p for p in [*ENGINE_FILES, *WINDOW_FILES] if room(p) != "cli"]:
        wrong += [
            f"{place(path)}:{node.lineno}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
    assert wrong == []


POSIX_ONLY = {
    ("os", "rename"): "core.paths.replace does it on Windows too",
    ("os", "fork"): "Windows cannot fork",
    ("os", "getuid"): "Windows has no uid",
    ("signal", "SIGKILL"): "Windows has no SIGKILL",
    ("signal", "SIGUSR1"): "Windows has no SIGUSR1",
    ("signal", "SIGALRM"): "Windows has no SIGALRM",
}
POSIX_MODULES = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty"}


def test_nothing_works_on_linux_alone() -> None:
    wrong = []
    for path in [*ENGINE_FILES, *WINDOW_FILES]:
        wrong += [
            f"{place(path)}:{line}: {name}" for line, name in imported(path) if name.split(".")[0] in POSIX_MODULES
        ]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                why = POSIX_ONLY.get((node.value.id, node.attr))
                if why:
                    wrong.append(f"{place(path)}:{node.lineno}: {why}")
    assert wrong == []


def texts() -> list[Path]:
    """Everything of the project that people read or run, tests included."""
    folders = ("shared_modules", "tradebot_gui", "tests", "docs", "resources", "benchmarks")
    kinds = {".py", ".md", ".toml", ".txt", ".json", ".qss", ".spec", ".yml", ".yaml"}
    inside = [p for f in folders for p in sorted((ROOT / f).rglob("*")) if "__pycache__" not in p.parts]
    return [p for p in [*inside, *sorted(ROOT.glob("*"))] if p.is_file() and p.suffix in kinds]


def test_no_path_of_one_machine_is_written_down() -> None:
    # put together here, so that this file does not find itself
    machine = re.compile(r"(?<![\w.<>/-])/" + "(?:work|root|home/[a-z])" + r"\b|[A-Z]:\\+Users\\+(?!<|%|you\b|me\b)\w")
    wrong = [
        f"{place(path)}:{n}"
        for path in texts()
        for n, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if machine.search(line)
    ]
    assert wrong == []


def test_nothing_shipped_is_left_for_later() -> None:
    later = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    wrong = [
        f"{place(path)}:{n}"
        for path in SHIPPED
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if later.search(line)
    ]
    assert wrong == []


def loaded_after(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter holds after ``statement``."""
    code = f"{statement}\nimport sys\nsys.stdout.write(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_importing_the_whole_engine_loads_no_screen() -> None:
    """What the import walk cannot see: a library that brings Qt along."""
    names = [module_name(p) for p in ENGINE_FILES if p.name != "__main__.py" and room(p) != "cli"]
    assert loaded_after("\n".join(f"import {n}" for n in names)) & SCREEN == set()


def test_core_is_imported_without_anything_heavy() -> None:
    # who imports these means to compile
    core = [module_name(p) for p in ENGINE_FILES if room(p) == "core" and p.name not in ("compiling.py", "lanes.py")]
    loaded = loaded_after("\n".join(f"import {n}" for n in core))
    assert loaded & {"pandas", "numba", "talib", "pybit", "aiohttp", "websockets", "picows"} == set()


@pytest.mark.parametrize("package", ["system_integration", "cli"])
def test_a_door_is_opened_without_loading_the_house(package: str) -> None:
    if not (ROOT / ENGINE / package / "__init__.py").exists():
        pytest.skip(f"there is no {package}")
    names = f"import {ENGINE}.{package}"
    if package == "cli" and (ROOT / ENGINE / "cli" / "app.py").exists():
        names += f"\nimport {ENGINE}.cli.app"
    assert loaded_after(names) & {"PySide6", "pyqtgraph", "numba", "pandas", "talib"} == set()

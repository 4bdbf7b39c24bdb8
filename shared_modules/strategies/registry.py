"""Which strategies there are: the built-in ones and those in the user's folder."""

import importlib.util
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from shared_modules.core.errors import UnknownName
from shared_modules.core.parameters import declared
from shared_modules.core.paths import DataPaths, default_data_dir

from .base import Strategy

_MARK = "_registered_in"


@dataclass(frozen=True, slots=True)
class BrokenStrategy:
    """A user's file that could not be used; ``line`` is 0 where none is to blame."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line else ""
        return f"{self.path.name}{at}: {self.message}"


def register(cls: type[Strategy]) -> type[Strategy]:
    """List ``cls`` under its ``name``; raises TypeError for what is no complete, frozen dataclass with defaults."""
    for attribute in ("name", "title"):
        if not isinstance(getattr(cls, attribute, None), str):
            raise TypeError(f"strategy class {cls.__name__} needs a text '{attribute}'")
    # the base is a dataclass, so only the class's own entry tells
    own = cls.__dict__.get("__dataclass_params__")
    if own is None or not own.frozen:
        raise TypeError(f"put @dataclass(frozen=True) between @register and class {cls.__name__}")
    if getattr(cls, "__abstractmethods__", None):
        raise TypeError(f"strategy class {cls.__name__} needs a method 'signals'")
    declared(cls)
    setattr(cls, _MARK, cls.__module__)
    return cls


def strategies(folder: Path | None = None) -> dict[str, type[Strategy]]:
    """All strategies by name: the built-in ones and those of the user's ``folder`` (that of the default data folder).

    Files that can't be used are left out; `broken_strategies` tells which and why.
    """
    found = dict(_builtin())
    for classes, _ in _user_files(folder):
        found.update((cls.name, cls) for cls in classes if cls.name not in found)
    return found


def strategy(name: str, folder: Path | None = None) -> type[Strategy]:
    """The strategy called ``name``; raises `UnknownName` with the nearest names."""
    found = _builtin().get(name) or strategies(folder).get(name)
    if found is None:
        raise UnknownName.of("strategy", name, strategies(folder))
    return found


def broken_strategies(folder: Path | None = None) -> tuple[BrokenStrategy, ...]:
    """The user's files that could not be used, each with its line and reason."""
    broken = []
    taken = set(_builtin())
    for classes, error in _user_files(folder):
        if error is not None:
            broken.append(error)
        for cls in classes:
            if cls.name in taken:
                path = Path(sys.modules[cls.__module__].__file__ or "")
                broken.append(BrokenStrategy(path, 0, f"the name '{cls.name}' is taken by another strategy"))
            taken.add(cls.name)
    return tuple(broken)


@lru_cache(maxsize=1)
def _builtin() -> dict[str, type[Strategy]]:
    from .builtin import MODULES

    return {cls.name: cls for module in MODULES for cls in _registered(module)}


def _registered(module: ModuleType) -> Iterable[type[Strategy]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Strategy) and value.__dict__.get(_MARK) == module.__name__:
            yield value


Loaded = tuple[tuple[type[Strategy], ...], BrokenStrategy | None]


def _user_files(folder: Path | None) -> list[Loaded]:
    folder = DataPaths(default_data_dir()).strategies if folder is None else folder
    if not folder.is_dir():
        return []
    loaded = []
    for path in sorted(folder.glob("*.py")):
        stat = path.stat()
        loaded.append(_load(path, stat.st_mtime_ns, stat.st_size))
    return loaded


# keyed by stamp too, so that a changed file is read again and an unchanged one keeps its classes
@lru_cache(maxsize=256)
def _load(path: Path, mtime_ns: int, size: int) -> Loaded:
    name = f"user_strategies.{path.stem}_{mtime_ns:x}_{size:x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        return (), BrokenStrategy(path, 0, "this is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        classes = tuple(_registered(module))
    except Exception as error:  # noqa: BLE001 - a user's file may raise anything, and must not stop the others
        del sys.modules[name]
        return (), BrokenStrategy(path, line_in(path, error), f"{type(error).__name__}: {error}")
    if not classes:
        return (), BrokenStrategy(path, 0, "there is no class under @register in it")
    return classes, None


def line_in(path: Path, error: BaseException) -> int:
    """The last line of ``path`` that ``error`` passed through; 0 when it did not."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename) == path:
        return error.lineno or 0
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    return (lines[-1] if lines else 0) or 0

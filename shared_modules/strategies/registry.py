"""Which strategies there are: the built-in ones and those in the user's folder."""

import sys
from functools import lru_cache
from pathlib import Path

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.parameters import declared
from shared_modules.core.paths import DataPaths, default_data_dir

from .base import Strategy
from .user_folder import MARK, BrokenStrategy, registered, user_files

__all__ = ["BrokenStrategy", "broken_strategies", "register", "source_file", "strategies", "strategy"]


def register(cls: type[Strategy]) -> type[Strategy]:
    """List ``cls`` under its ``name``; raises TypeError for what is no complete, frozen dataclass with defaults."""
    for attribute in ("name", "title"):
        if not isinstance(getattr(cls, attribute, None), str):
            raise TypeError(f"strategy class {cls.__name__} needs a text '{attribute}'")
    # the base is a dataclass, so only the class's own entry tells
    own = cls.__dict__.get("__dataclass_params__")
    if own is None or not own.frozen:
        raise TypeError(f"put @dataclass(frozen=True) between @register and class {cls.__name__}")
    if all(getattr(cls, way) is getattr(Strategy, way) for way in ("signals", "stepper", "on_bar")):
        raise TypeError(f"strategy class {cls.__name__} needs a method 'signals', 'stepper' or 'on_bar'")
    for parameter in declared(cls):
        try:
            parameter.parse(parameter.default)
        except InvalidInput as error:
            raise TypeError(f"strategy class {cls.__name__} has a default that it does not allow: {error}") from error
    setattr(cls, MARK, cls.__module__)
    return cls


def strategies(folder: Path | None = None) -> dict[str, type[Strategy]]:
    """All strategies by name: the built-in ones and those of the user's ``folder`` (that of the default data folder).

    Files that can't be used are left out, or stand with their version before; `broken_strategies` tells which and why.
    """
    found = dict(_builtin())
    for file in user_files(_folder(folder)):
        found.update((cls.name, cls) for cls in file.classes if cls.name not in found)
    return found


def strategy(name: str, folder: Path | None = None) -> type[Strategy]:
    """The strategy called ``name``; raises `UnknownName` with the nearest names, `InvalidInput` for a broken file."""
    found = _builtin().get(name) or _named(name, folder) or strategies(folder).get(name)
    if found is None:
        mine = next((broken for broken in broken_strategies(folder) if broken.path.stem == name), None)
        if mine is not None:
            if not mine.line:
                raise InvalidInput(f"the strategy file {mine.path.name} can't be used: {mine.message}")
            raise InvalidInput(f"the strategy file {mine.path.name} can't be used, line {mine.line}: {mine.message}")
        raise UnknownName.of("strategy", name, strategies(folder))
    return found


def _named(name: str, folder: Path | None) -> type[Strategy] | None:
    """The user's strategy ``name``, where a file that works has the word in it; no other file is run for it."""
    classes = (cls for file in user_files(_folder(folder), naming=name) for cls in file.classes)
    return next((cls for cls in classes if cls.name == name), None)


def broken_strategies(folder: Path | None = None) -> tuple[BrokenStrategy, ...]:
    """The user's files that could not be used, each with its line and reason."""
    broken = []
    taken = set(_builtin())
    for file in user_files(_folder(folder)):
        if file.error is not None:
            broken.append(file.error)
        for cls in file.classes:
            if cls.name in taken:
                broken.append(BrokenStrategy(file.path, 0, f"the name '{cls.name}' is taken by another strategy"))
            taken.add(cls.name)
    return tuple(broken)


def source_file(cls: type[Strategy]) -> Path:
    """The file that ``cls`` was read from."""
    return Path(sys.modules[cls.__module__].__file__ or "")


@lru_cache(maxsize=1)
def _builtin() -> dict[str, type[Strategy]]:
    from .builtin import MODULES

    return {cls.name: cls for module in MODULES for cls in registered(module)}


def _folder(folder: Path | None) -> Path:
    return DataPaths(default_data_dir()).strategies if folder is None else folder

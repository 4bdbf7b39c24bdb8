"""Every indicator there is, as one declaration: parameters, inputs, outputs, pane, warm-up, source."""

from collections.abc import Mapping
from functools import cache

from shared_modules.core.errors import UnknownName

from .entry import Indicator, Kind, Pane
from .extra import extra_indicators
from .house import house_indicators
from .talib_entries import talib_indicators

__all__ = ["Indicator", "Kind", "Pane", "catalogue", "categories", "indicator"]


@cache
def catalogue() -> Mapping[str, Indicator]:
    """All indicators by name."""
    return {i.name: i for i in (*house_indicators(), *extra_indicators(), *talib_indicators())}


def categories() -> dict[str, tuple[Indicator, ...]]:
    """All indicators by category, for menus and documents."""
    found: dict[str, list[Indicator]] = {}
    for entry in catalogue().values():
        found.setdefault(entry.category, []).append(entry)
    return {category: tuple(entries) for category, entries in found.items()}


def indicator(name: str) -> Indicator:
    """The indicator called ``name``; raises `UnknownName` with the nearest names."""
    found = catalogue().get(name)
    if found is None:
        raise UnknownName.of("indicator", name, catalogue())
    return found

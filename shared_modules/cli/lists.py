"""`strategies` and `indicators`: what there is, with parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared_modules.core.parameters import Parameter, declared

from .options import DataDir, Json
from .output import complain, emit, reported, say


def list_strategies(data_dir: DataDir = None, json: Json = None) -> None:
    """List the strategies with their parameters, and which of your files cannot be used."""
    with reported(json):
        from shared_modules.core.paths import DataPaths
        from shared_modules.strategies.registry import broken_strategies, strategies

        folder = None if data_dir is None else DataPaths(data_dir).strategies
        found = [
            {"name": name, "title": cls.title, "summary": _first_line(cls.__doc__), "parameters": _rows(declared(cls))}
            for name, cls in strategies(folder).items()
        ]
        _show(found, json)
        for broken in broken_strategies(folder):
            complain(f"not usable: {broken}")


def list_indicators(json: Json = None) -> None:
    """List the indicators with their parameters."""
    with reported(json):
        from shared_modules.indicators.catalogue import catalogue

        found = [
            {
                "name": i.name,
                "title": i.title,
                "inputs": list(i.inputs),
                "outputs": list(i.outputs),
                "pane": i.pane,
                "parameters": _rows(i.parameters),
            }
            for i in catalogue().values()
        ]
        _show(found, json)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n")[0]


def _rows(parameters: Iterable[Parameter]) -> list[dict[str, Any]]:
    return [
        {
            "name": p.name,
            "type": p.type.__name__,
            "default": p.default,
            "low": p.low,
            "high": p.high,
            "step": p.step,
            "choices": list(p.choices),
            "allowed": p.allowed,
            "unit": p.unit,
            "percent": p.percent,
            "zero": p.zero,
            "help": p.help,
            "shown": p.shown(p.default),
        }
        for p in parameters
    ]


def _show(found: list[dict[str, Any]], json: str | None) -> None:
    emit(found, json)
    if json == "-":
        return
    for item in found:
        say(f"{item['name']}: {item['title']}" + (f". {item['summary']}" if item.get("summary") else ""))
        for p in item["parameters"]:
            say(f"    {p['name']} = {p['shown']}  ({p['allowed']})  {p['help']}")

"""`strategies` and `indicators`: what there is, with parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared_modules.core.parameters import Parameter, declared

from .options import Json
from .output import emit, reported, say


def list_strategies(json: Json = None) -> None:
    """List the strategies with their parameters."""
    with reported(json):
        from shared_modules.strategies.registry import strategies

        found = [
            {"name": name, "title": cls.title, "summary": _first_line(cls.__doc__), "parameters": _rows(declared(cls))}
            for name, cls in strategies().items()
        ]
        _show(found, json)


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
            "unit": p.unit,
            "help": p.help,
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
            bounds = ", ".join(map(str, p["choices"])) or f"{p['low']} to {p['high']}"
            say(f"    {p['name']} = {p['default']}  ({bounds})  {p['help']}")

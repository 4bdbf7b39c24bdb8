"""Looks and indicators of a chart under a name, for any chart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared_modules.core.errors import InvalidInput, TradeBotError
from shared_modules.core.paths import safe_name, write_whole
from shared_modules.indicators.catalogue import indicator
from tradebot_gui.charts import OverlaySpec

PARTS = ("overlays", "look")


class Templates:
    """One JSON file each in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def save(self, name: str, state: dict[str, Any]) -> str:
        """Keep what of a chart's ``state`` belongs to a template; returns the name as it could be used for a file."""
        name = safe_name(name.strip())
        if not name:
            raise InvalidInput("a template needs a name")
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {part: state[part] for part in PARTS if part in state}
        # the height of a brick is a price: on another symbol it means something else
        kept["look"] = {name: value for name, value in kept.get("look", {}).items() if name != "box"}
        write_whole(self._folder / f"{name}.json", json.dumps(kept, indent=1).encode())
        return name

    def load(self, name: str) -> dict[str, Any]:
        """The state kept under ``name``; raises `InvalidInput` with the reason."""
        try:
            state = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the template '{name}' could not be read: {error}") from None
        if not isinstance(state, dict):
            raise InvalidInput(f"the template '{name}' is damaged")
        return {part: state[part] for part in PARTS if part in state}

    def delete(self, name: str) -> None:
        (self._folder / f"{name}.json").unlink(missing_ok=True)


def saved_specs(saved: list[Any]) -> list[OverlaySpec]:
    """Saved indicators that the catalogue still has, with parameters it still takes."""
    kept = []
    for entry in saved:
        try:
            found = indicator(str(entry["indicator"]))
            colours = {o: str(c) for o, c in dict(entry.get("colours", {})).items() if o in found.outputs}
            params = found.checked(dict(entry.get("params", {})))
            share = min(max(float(entry.get("share", 0.0)), 0.0), 1.0)
            hidden = entry.get("hidden") is True
            kept.append(OverlaySpec(found.name, params, colours.get(found.outputs[0], ""), colours, share, hidden))
        except (TradeBotError, KeyError, TypeError, ValueError):
            continue
    return kept

"""The kinds of drawing a person can choose."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .model import Anchor, Drawing


@dataclass(frozen=True, slots=True)
class Kind:
    """``clicks`` place it and ``anchors`` hold it; ``endless`` ones reach over the whole view; ``hint`` says how."""

    name: str
    title: str
    clicks: int
    anchors: int
    endless: bool = False
    keys: str = ""
    hint: str = ""


_ALL = (
    Kind("trend", "Trend line", 2, 2, keys="Alt+T", hint="Click its beginning and its end"),
    Kind("ray", "Ray", 2, 2, endless=True, hint="Click its beginning and a point it goes through"),
    Kind("horizontal", "Horizontal line", 1, 1, endless=True, keys="Alt+H", hint="Click a price"),
    Kind("vertical", "Vertical line", 1, 1, endless=True, keys="Alt+V", hint="Click a time"),
    Kind("channel", "Channel", 3, 3, hint="Click both ends of one side, then a point of the other"),
    Kind("rectangle", "Rectangle", 2, 2, hint="Click two corners"),
    Kind("fibonacci", "Fibonacci retracement", 2, 2, hint="Click the beginning and the end of a move"),
    Kind("measure", "Measure", 2, 2, keys="Shift+drag", hint="Click the beginning and the end"),
    Kind("position", "Position planner", 2, 3, hint="Click the entry, then the stop; the target is two risks away"),
    Kind("text", "Text", 1, 1, hint="Click where it should stand"),
)
KINDS = {kind.name: kind for kind in _ALL}


def completed(drawing: Drawing) -> Drawing:
    """``drawing`` after its last click, with the anchors that follow from the others."""
    if drawing.kind == "position" and len(drawing.anchors) == 2:
        entry, stop = drawing.anchors
        target = Anchor(stop.time, round(entry.price + 2 * (entry.price - stop.price), 10))
        return replace(drawing, anchors=(entry, stop, target))
    return drawing


def sound(drawing: Drawing) -> bool:
    """Whether ``drawing`` is of a kind that is known and has its anchors."""
    kind = KINDS.get(drawing.kind)
    return kind is not None and len(drawing.anchors) == kind.anchors

"""What a drawing is: a kind, its anchors in time and price, and how it is drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import uuid4

from shared_modules.core.errors import DataFormatError
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe

DASHES = ("solid", "dash", "dot")
WIDEST = 5
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MOST_TEXT = 2000
MOST_LEVELS = 24
FARTHEST_LEVEL = 100.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of a drawing: ``time`` in ms UTC, whatever bars are shown, and a price."""

    time: int
    price: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """How lines are drawn: '#rrggbb' or empty for the theme's, 1 to 5 pixels, one of `DASHES`."""

    colour: str = ""
    width: int = 1
    dash: str = "solid"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing; it never changes, a change is another with the same ``id``.

    ``levels`` are the shares of a retracement, empty for the usual ones; ``frames`` the shortest and the longest
    timeframe that it is shown on, empty for no limit; ``pane`` names the indicator whose pane it lies in, empty for the
    prices'.
    """

    kind: str
    anchors: tuple[Anchor, ...]
    stroke: Stroke = Stroke()
    text: str = ""
    locked: bool = False
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    levels: tuple[float, ...] = ()
    frames: tuple[str, str] = ("", "")
    pane: str = ""

    def shown_on(self, timeframe: Timeframe) -> bool:
        """Whether it is drawn on a chart of ``timeframe``."""
        least, most = self.frames
        after = not least or TIMEFRAMES[least].ms <= timeframe.ms
        return after and (not most or timeframe.ms <= TIMEFRAMES[most].ms)

    def with_anchor(self, number: int, anchor: Anchor) -> Drawing:
        anchors = list(self.anchors)
        anchors[number] = anchor
        return replace(self, anchors=tuple(anchors))

    def copied(self) -> Drawing:
        """The same drawing as a new one."""
        return replace(self, id=uuid4().hex[:12], locked=False)

    def saved(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id, "kind": self.kind, "anchors": [[a.time, a.price] for a in self.anchors],
            "colour": self.stroke.colour, "width": self.stroke.width, "dash": self.stroke.dash,
            "text": self.text, "locked": self.locked,
            **({"levels": list(self.levels)} if self.levels else {}),
            **({"frames": list(self.frames)} if any(self.frames) else {}),
            **({"pane": self.pane} if self.pane else {}),
        }  # fmt: skip

    @classmethod
    def restored(cls, saved: Any) -> Self:
        """The drawing in ``saved``; raises `DataFormatError` for what is none."""
        if not isinstance(saved, Mapping) or not isinstance(saved.get("kind"), str):
            raise DataFormatError("a drawing has no kind")
        stroke = Stroke(_colour(saved.get("colour")), _width(saved.get("width")), _dash(saved.get("dash")))
        name = saved.get("id")
        return cls(
            saved["kind"], _anchors(saved.get("anchors")), stroke, str(saved.get("text") or "")[:_MOST_TEXT],
            saved.get("locked") is True, name if isinstance(name, str) and name else uuid4().hex[:12],
            _levels(saved.get("levels")), _frames(saved.get("frames")), str(saved.get("pane") or "")[:80],
        )  # fmt: skip


def _anchors(saved: Any) -> tuple[Anchor, ...]:
    try:
        found = tuple(Anchor(int(time), float(price)) for time, price in saved)
    except (TypeError, ValueError, OverflowError):
        raise DataFormatError("a drawing's anchors are pairs of a time and a price") from None
    if not found or not all(math.isfinite(a.price) and abs(a.time) < 1 << 53 for a in found):
        raise DataFormatError("a drawing needs anchors of numbers")
    return found


def _colour(saved: Any) -> str:
    return saved if isinstance(saved, str) and _COLOUR.fullmatch(saved) else ""


def _width(saved: Any) -> int:
    return min(WIDEST, max(1, saved)) if isinstance(saved, int) and not isinstance(saved, bool) else 1


def _dash(saved: Any) -> str:
    return saved if saved in DASHES else "solid"


def levels_of(text: str) -> tuple[float, ...]:
    """The levels in ``text``, apart by spaces; raises `ValueError` for what is no level."""
    found = [float(part.strip(",;").replace(",", ".")) for part in text.split() if part.strip(",;")]
    if not all(abs(level) <= FARTHEST_LEVEL for level in found):  # not a number is beyond it too
        raise ValueError("a level lies too far away")
    if len(found) > MOST_LEVELS:
        raise ValueError("there are too many levels")
    return tuple(sorted(set(found)))


def _levels(saved: Any) -> tuple[float, ...]:
    try:
        return levels_of(" ".join(str(float(level)) for level in saved or ()))
    except (TypeError, ValueError):
        return ()


def _frames(saved: Any) -> tuple[str, str]:
    if not isinstance(saved, list | tuple) or len(saved) != 2:
        return ("", "")
    least, most = (name if isinstance(name, str) and name in TIMEFRAMES else "" for name in saved)
    return least, most

"""Indicators on the chart: computed whole away from the event loop, continued bar by bar on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.indicators.catalogue import Indicator, indicator
from tradebot_gui.view_models.lod import LinePyramid

from .data import ChartData

GUIDES: dict[str, tuple[float, ...]] = {"rsi": (30.0, 70.0), "stoch_rsi": (20.0, 80.0), "macd": (0.0,)}


@dataclass(frozen=True)
class OverlaySpec:
    """An indicator of the catalogue with its parameters; ``colour`` empty takes the theme's next.

    ``colours`` are those of single outputs by name, where a person chose them; ``share`` is the height of its own pane
    as a share of the chart's, 0 for the usual one. A ``hidden`` one is kept and computed, but not drawn.
    """

    indicator: str
    params: Mapping[str, Any] = field(default_factory=dict)
    colour: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    share: float = 0.0
    hidden: bool = False


class Overlay:
    """One indicator's lines over the bars of a chart."""

    def __init__(self, spec: OverlaySpec) -> None:
        self.spec = spec
        self.indicator: Indicator = indicator(spec.indicator)
        defaults = {p.name: p.default for p in self.indicator.parameters}
        self.params = defaults | dict(spec.params)
        self.lines: dict[str, LinePyramid] = {}

    @property
    def key(self) -> tuple[Any, ...]:
        """What its values depend on."""
        return (self.indicator.name, *sorted(self.params.items()))

    @property
    def label(self) -> str:
        """The name and its numbers, such as 'EMA 50'."""
        numbers = [f"{v:g}" for v in self.params.values() if isinstance(v, (int, float)) and not isinstance(v, bool)]
        return " ".join((self.indicator.name.replace("_", " ").upper(), *numbers))

    @property
    def guides(self) -> tuple[float, ...]:
        """Levels that are marked in a pane of its own."""
        return GUIDES.get(self.indicator.name, ())

    @property
    def is_pattern(self) -> bool:
        """Whether it marks bars rather than draws a line."""
        return self.indicator.kind == "pattern"

    @property
    def in_price_pane(self) -> bool:
        return self.indicator.pane == "price" or self.is_pattern

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.indicator.outputs

    def line(self, output: str) -> LinePyramid | None:
        return self.lines.get(output)

    def compute(self, bars: Bars, first: int) -> dict[str, LinePyramid]:
        """The lines over ``bars``, of which the oldest stands at x ``first``; touches nothing of this object."""
        found = self.indicator.compute(bars, **self.params)
        return {name: LinePyramid(found[name], first) for name in self.outputs}

    def keep(self, by: int, end: int) -> None:
        """Have each value stand ``by`` bars further left, and none at x ``end`` or after it."""
        for name, line in self.lines.items():
            self.lines[name] = LinePyramid(line.rows(line.first, end + by)[0], line.first - by)

    def continue_to(self, data: ChartData) -> bool:
        """Compute the bars that changed since; False when that needs the whole history.

        The newest bars are computed from a stretch long enough for recursive means to settle. Where the result does
        not meet the known line - as for sums since the beginning - the caller must compute the whole.
        """
        line = next(iter(self.lines.values()), None)
        if line is None or data.last - line.end > 2000:
            return False
        start = min(line.end, data.last) - 2
        stretch = max(line.first, start - 200 - 12 * self.indicator.warmup(**self.params))
        found = self.indicator.compute(data.pyramid.bars(stretch, None), **self.params)
        start = max(start, stretch)
        tails = {name: found[name][start - stretch :] for name in self.outputs}
        if not all(_meets(self.lines[n].value(start), t[0]) for n, t in tails.items()):
            return False
        for name, tail in tails.items():
            self.lines[name].write(start + 1, tail[1:].reshape(1, -1))
        return True

    def extremes(self, x0: float, x1: float) -> tuple[float, float] | None:
        found = [e for line in self.lines.values() if (e := line.extremes(x0, x1))]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def _meets(known: float, new: float) -> bool:
    if np.isnan(known) or np.isnan(new):
        return bool(np.isnan(known) and np.isnan(new))
    return bool(abs(known - new) <= 1e-6 * max(1e-12, abs(known)))

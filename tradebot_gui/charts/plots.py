"""The lines that a strategy's wishes rest on, drawn over the bars of the backtest that they were computed for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats, Times
from tradebot_gui.view_models.lod import TIME, LinePyramid

from .data import ChartData
from .overlays import Overlay, OverlaySpec


@dataclass(frozen=True)
class PlotLine:
    """A line by its name, one value a bar; ``of_prices``: whether it is drawn among the candles."""

    name: str
    values: Floats
    of_prices: bool


class StrategyLines(Overlay):
    """Lines of a strategy that share a pane: those of prices among the candles, the others in one below."""

    def __init__(self, time: Times, lines: Sequence[PlotLine]) -> None:
        # an overlay without an indicator: its values are given, and stay as they are
        self.spec, self.params = OverlaySpec(""), {}
        self.lines: dict[str, LinePyramid] = {}
        self._time, self._given = time, tuple(lines)

    @property
    def key(self) -> tuple[Any, ...]:
        return ("strategy", *self.outputs)

    @property
    def label(self) -> str:
        return self._given[0].name

    @property
    def is_pattern(self) -> bool:
        return False

    @property
    def in_price_pane(self) -> bool:
        return self._given[0].of_prices

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(line.name for line in self._given)

    @property
    def guides(self) -> tuple[float, ...]:
        return ()

    def align(self, data: ChartData) -> None:
        """Put each value at the bar of its time, as far as ``data`` has that bar; none on bars that are not the run's.

        Only bars that the chart shows have a value: a replay hides what is to come.
        """
        self.lines = {}
        times = data.pyramid.rows()[TIME]
        if not len(times) or not len(self._time):
            return
        a, b = self._time.searchsorted([int(times[0]), int(times[-1]) + 1])
        if b <= a:
            return
        start, end = times.searchsorted([self._time[a], self._time[b - 1] + 1])
        shown = times[start:end]
        if np.array_equal(shown, self._time[a:b]):
            found = {line.name: line.values[a:b] for line in self._given}
        else:  # candles that came or were mended since
            rows = np.minimum(self._time.searchsorted(shown), len(self._time) - 1)
            there = self._time[rows] == shown
            found = {line.name: np.where(there, line.values[rows], np.nan) for line in self._given}
        self.lines = {name: LinePyramid(values, data.first + int(start)) for name, values in found.items()}

    def follow(self, data: ChartData) -> None:
        """Take in the bar that was added last."""
        time = int(data.time_of(data.last))
        row = int(self._time.searchsorted(time))
        if row < len(self._time) and self._time[row] == time:
            for line in self._given:
                kept = self.lines.get(line.name)
                if kept is not None and kept.end == data.last:
                    kept.append([float(line.values[row])])


def strategy_lines(time: Times, lines: Sequence[PlotLine]) -> list[StrategyLines]:
    """``lines`` over bars that open at ``time``, sorted into panes."""
    groups = [[line for line in lines if line.of_prices == of_prices] for of_prices in (True, False)]
    return [StrategyLines(time, group) for group in groups if group]

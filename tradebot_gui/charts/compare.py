"""Other symbols over the bars of a chart: their closes, drawn so that all begin at one point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.market import Candle
from tradebot_gui.view_models.lod import TIME, Columns, LinePyramid

from .data import ChartData
from .lines import Line
from .pane import Pane


class Compared:
    """One other symbol: what it cost at the time of each bar of the chart.

    Where it has no candle its last close holds. ``factor`` turns its prices into the chart's, so that both meet at the
    first bar in view where both are known.
    """

    def __init__(self, title: str, data: ChartData) -> None:
        self.title = title
        self._data = data
        self._time: Times = np.empty(0, np.int64)
        self._close: Floats = np.empty(0)
        self.line: LinePyramid | None = None
        self.base, self.factor = math.nan, math.nan
        self.until: int | None = None  # a candle that closes after this time (ms UTC) is not to be seen

    @property
    def known_from(self) -> int | None:
        """Open time of the oldest candle given, ms UTC."""
        return int(self._time[0]) if len(self._time) else None

    def set(self, bars: Bars) -> None:
        """Take these candles in place of all."""
        self._time, self._close = bars.time, bars.close
        self.align()

    def update(self, candle: Candle) -> None:
        """Take the newest state of ``candle``."""
        if not len(self._time) or candle.time > self._time[-1]:
            self._time = np.append(self._time, np.int64(candle.time))
            self._close = np.append(self._close, candle.close)
        else:
            row = int(np.searchsorted(self._time, candle.time))
            if self._time[row] == candle.time:
                self._close = self._close.copy() if not self._close.flags.writeable else self._close
                self._close[row] = candle.close
        self.follow()

    def align(self) -> None:
        """Find the value of every bar of the chart anew, after the bars changed."""
        data = self._data
        self.line = LinePyramid(self._values(data.first, data.last + 1), data.first) if len(data) else None

    def follow(self) -> None:
        """Take in the newest bars of the chart."""
        data, line = self._data, self.line
        if line is None or not len(data) or line.first != data.first:
            self.align()
            return
        start = max(data.first, min(line.end, data.last) - 1)
        line.write(start, self._values(start, data.last + 1).reshape(1, -1))

    def fit(self, x0: float, x1: float) -> None:
        """Begin where the chart begins in view: at the first bar of [x0, x1] where both are known."""
        self.base = self.factor = math.nan
        data, line = self._data, self.line
        if line is None or not len(data):
            return
        first = min(max(round(x0 + 0.5), data.first), max(data.first, data.last - 1))
        known = np.flatnonzero(~np.isnan(line.rows(first, max(first, math.ceil(x1)) + 1)[0]))
        candle = data.candle(first + int(known[0])) if len(known) else None
        if candle is not None:
            self.base = line.value(first + int(known[0]))
            self.factor = candle.close / self.base if self.base > 0 else math.nan

    def share(self, x: int) -> float:
        """The change since the first bar in view at bar ``x``, in per cent."""
        return math.nan if self.line is None else (self.line.value(x) / self.base - 1) * 100

    def extremes(self, x0: float, x1: float) -> tuple[float, float] | None:
        """Least and greatest value in [x0, x1], in prices of the chart."""
        found = None if self.line is None else self.line.extremes(x0, x1)
        return None if found is None or math.isnan(self.factor) else (found[0] * self.factor, found[1] * self.factor)

    def _values(self, x0: int, x1: int) -> Floats:
        times = self._data.pyramid.rows(x0, x1)[TIME]
        rows = np.searchsorted(self._time, times, side="right") - 1
        if self.until is not None:
            rows = np.minimum(rows, np.searchsorted(self._time + self._data.timeframe.ms, self.until, side="right") - 1)
        if not len(self._close):
            return np.full(len(times), np.nan)
        return np.where(rows >= 0, self._close[np.maximum(rows, 0)], np.nan)


class CompareSet:
    """All symbols that a chart is compared with, in the order they were added."""

    def __init__(self, data: ChartData) -> None:
        self._data = data
        self.items: list[Compared] = []

    def set_titles(self, titles: Sequence[str]) -> None:
        """Compare with these and no others; those that are there keep their candles."""
        kept = {item.title: item for item in self.items}
        self.items = [kept.get(title) or Compared(title, self._data) for title in titles]

    def find(self, title: str) -> Compared | None:
        return next((item for item in self.items if item.title == title), None)

    def align(self) -> None:
        for item in self.items:
            item.align()

    def follow(self) -> None:
        for item in self.items:
            item.follow()

    def show_until(self, time: int | None) -> None:
        """Use no candle that closes after ``time`` (ms UTC)."""
        for item in self.items:
            if item.until != time:
                item.until = time
                item.follow()


class CompareLine(Line):
    """The line of one compared symbol, in prices of the chart."""

    def __init__(self, pane: Pane, theme, compared: Compared, colour: str) -> None:
        super().__init__(pane, theme, lambda: compared.line, colour)
        self._compared = compared

    def scaled(self, columns: Columns) -> Columns:
        return replace(columns, values=columns.values * self._compared.factor)

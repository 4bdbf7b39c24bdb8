"""Other symbols over the bars of a chart: their closes, drawn so that all begin at one point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.market import Candle
from tradebot_gui.view_models.lod import TIME, Columns, LinePyramid

from .aside import Aside
from .data import ChartData
from .lines import Line
from .pane import Pane

AT_ONCE = 100_000  # bars that are looked up within a frame


class Compared:
    """One other symbol: what it cost at the time of each bar of the chart.

    Where it has no candle its last close holds. ``factor`` turns its prices into the chart's, so that both meet at the
    first bar in view where both are known.
    """

    def __init__(self, title: str, data: ChartData, changed: Callable[[], None]) -> None:
        self.title = title
        self._data, self._changed = data, changed
        self._work = Aside()
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
        data, first = self._data, self._data.first
        self.line = None
        self._work.drop()
        if not len(data):
            return
        look_up = self._looked_up(data.first, data.last + 1)
        if len(data) <= AT_ONCE:
            self.line = LinePyramid(look_up(), first)
        else:
            self._work.start(lambda: LinePyramid(look_up(), first), self._take)

    def stop(self) -> None:
        """End what is computed in the thread."""
        self._work.stop()

    def _take(self, line: LinePyramid) -> None:
        self.line = line
        self.follow()
        self._changed()

    def follow(self) -> None:
        """Take in the newest bars of the chart."""
        data, line = self._data, self.line
        if self._work.busy:
            return
        if line is None or not len(data) or line.first != data.first:
            self.align()
            return
        start = max(data.first, min(line.end, data.last) - 1)
        line.write(start, self._looked_up(start, data.last + 1)().reshape(1, -1))

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

    def _looked_up(self, x0: int, x1: int) -> Callable[[], Floats]:
        """What finds the values of bars x0 to x1 (exclusive), in whichever thread."""
        times, time, close = self._data.pyramid.rows(x0, x1)[TIME], self._time, self._close
        last = len(time) - 1
        if self.until is not None:
            last = int(np.searchsorted(time, self.until - self._data.timeframe.ms, side="right")) - 1

        def values() -> Floats:
            if last < 0:
                return np.full(len(times), np.nan)
            rows = np.minimum(np.searchsorted(time, times, side="right") - 1, last)
            return np.where(rows >= 0, close[np.maximum(rows, 0)], np.nan)

        return values


class CompareSet:
    """All symbols that a chart is compared with, in the order they were added."""

    def __init__(self, data: ChartData, changed: Callable[[], None]) -> None:
        """``changed`` is called when a line came from the thread that made it."""
        self._data, self._changed = data, changed
        self.items: list[Compared] = []

    def set_titles(self, titles: Sequence[str]) -> None:
        """Compare with these and no others; those that are there keep their candles."""
        kept = {item.title: item for item in self.items}
        self.items = [kept.pop(title, None) or Compared(title, self._data, self._changed) for title in titles]
        for item in kept.values():
            item.stop()

    def stop(self) -> None:
        """End what is computed in threads."""
        for item in self.items:
            item.stop()

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

"""The candles of one chart: bar index to time and back, the unfinished bar, holes in time."""

from __future__ import annotations

import math

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from tradebot_gui.view_models.lod import TIME, BarPyramid

from .heikin import HeikinAshi

_STRETCH = 16_384  # bars that are looked through at a time


class ChartData:
    """Bars at indexes x; the first bar ever set is 0, older ones that come later are negative."""

    def __init__(self, timeframe: Timeframe | None = None) -> None:
        self.timeframe = timeframe or TIMEFRAMES["1m"]
        self.pyramid = BarPyramid(Bars.empty())
        self._given = Bars.empty()  # the bars that were set, while they are the oldest as they were given
        self.unfinished = False
        self.stamp = 0  # another one whenever bars may have got another time
        self.even = True  # whether bars follow each other at the timeframe's length: then a longer way is a hole
        self._reach = 0.0  # where they do not: the open time of the newest candle, which the last bar holds
        self._smooth: HeikinAshi | None = None
        self._gaps = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.pyramid)

    @property
    def first(self) -> int:
        return self.pyramid.first

    @property
    def last(self) -> int:
        """The x of the newest bar; -1 while there is none."""
        return self.pyramid.end - 1

    def set(self, bars: Bars, unfinished: Candle | None, levels: BarPyramid | None = None) -> None:
        """Show ``bars`` and, after them, the candle that is still moving; ``levels`` when they are made already."""
        shared = self._shared(bars) if levels is None else 0
        if shared:  # a replay that jumps: to copy all of them would keep the window up
            self.pyramid = self.pyramid.cut(shared)
            self.pyramid.append_bars(bars[shared:])
            known, later = self._gaps[self._gaps < shared], self._holes(bars.time[shared - 1 :])
            self._gaps = np.concatenate((known, later + shared - 1))
        else:
            self.pyramid = BarPyramid(bars) if levels is None else levels
            self._gaps = self._holes(bars.time)
        self._given = bars
        self.stamp += 1
        self._smooth = None
        self.unfinished = False
        if unfinished is not None:
            self.update(unfinished)

    def update(self, candle: Candle) -> bool:
        """Put ``candle`` at its time: over the bar that is there or after the newest; True when one was added.

        A candle from before the newest bar that is not there is left out: a hole is filled by a reload.
        """
        if not len(self) or candle.time > self._time(self.last):
            ahead = candle.time - self._time(self.last) if len(self) else 0.0
            if self._is_hole(ahead):
                self._gaps = np.append(self._gaps, self.last + 1)
            # a bar where one was expected moves no mark
            self.stamp += ahead != self.timeframe.ms
            self.pyramid.append(_row(candle))
            self._changed(self.last)
            self.unfinished = not candle.confirmed
            return True
        x = self.bar_at(candle.time)
        if x is not None:
            self.pyramid.write(x, np.array(_row(candle)).reshape(-1, 1))
            if x < len(self._given):
                self._given = Bars.empty()
            self._changed(x)
            if x == self.last:
                self.unfinished = not candle.confirmed
        return False

    def prepend(self, bars: Bars) -> int:
        """Put older ``bars`` in front; the number of those that were new."""
        older = bars.between(None, int(self._time(self.first))) if len(self) else bars
        if not len(older):
            return 0
        if len(self):
            times = np.append(older.time, np.int64(self._time(self.first)))
            self._gaps = np.concatenate((self._holes(times) + self.first - len(older), self._gaps))
        self.pyramid.prepend_bars(older)
        self._given = Bars.empty()
        self.stamp += 1
        if self._smooth is not None:
            self._smooth.prepended(len(older))
        return len(older)

    @property
    def newest(self) -> float:
        """When the newest candle opened, ms UTC: the last bar's time, or a later one that an uneven bar holds."""
        last = self._time(self.last)
        return last if self.even else max(last, self._reach)

    def reach_to(self, time: float) -> bool:
        """The newest candle opened at ``time``; whether what lies beyond the last bar has another place now."""
        moved = not self.even and time > self._reach
        self._reach = time
        self.stamp += moved
        return moved

    def smooth_with(self, candles: HeikinAshi | None) -> None:
        """Keep these Heikin-Ashi candles beside the plain ones until others are set; None keeps none."""
        self._smooth = candles

    @property
    def prices(self) -> BarPyramid:
        """The candles as they are drawn: plain, or Heikin-Ashi."""
        return self.pyramid if self._smooth is None else self._smooth.pyramid

    def candle(self, x: int) -> Candle | None:
        """The bar at index ``x``; None where there is none."""
        if not self.first <= x <= self.last:
            return None
        o, h, lo, c, v, q, t = self.pyramid.rows(x, x + 1)[:, 0].tolist()
        return Candle(int(t), o, h, lo, c, v, q, not (self.unfinished and x == self.last))

    def time_of(self, x: float) -> float:
        """Open time in ms of the bar at ``x``, continued evenly beyond both ends."""
        if not len(self):
            return 0.0
        bar = math.floor(x + 0.5)
        if bar > self.last:
            return self.newest + (bar - self.last) * self.timeframe.ms
        inside = max(bar, self.first)
        return self._time(inside) + (bar - inside) * self.timeframe.ms

    def pace(self, x0: float, x1: float) -> float:
        """How much time a bar of [x0, x1] takes, in ms: the timeframe's length, or the mean where bars are uneven."""
        if self.even or not len(self):
            return float(self.timeframe.ms)
        a, b = max(x0, float(self.first)), min(x1, float(self.last))
        return max(1.0, (self.time_of(b) - self.time_of(a)) / (b - a)) if b > a else float(self.timeframe.ms)

    def bar_after(self, time: float) -> float:
        """The x of the first bar that opens at or after ``time``, continued evenly beyond the newest."""
        times = self._times()
        if not len(times):
            return 0.0
        if time > times[-1]:
            return self.last + max(1, math.ceil((time - self.newest) / self.timeframe.ms))
        if time < times[0]:
            return self.first + math.ceil((time - times[0]) / self.timeframe.ms)
        return self.first + int(np.searchsorted(times, time))

    def bar_holding(self, time: float) -> int:
        """The x of the bar in whose span ``time`` lies, or the one before it; may lie outside what is there."""
        return int(self.bars_holding(np.array([time]))[0])

    def bars_holding(self, moments: np.ndarray) -> np.ndarray:
        """The same for many times at once."""
        times = self._times()
        if not len(times):
            return np.zeros(len(moments), np.int64)
        inside = np.searchsorted(times, moments, side="right") - 1
        before = np.floor((moments - times[0]) / self.timeframe.ms)
        return self.first + np.where(inside < 0, before, inside).astype(np.int64)

    def place_of(self, time: float) -> int:
        """The x for what is anchored at ``time``: the bar that holds it, counted on evenly beyond both ends."""
        if not len(self):
            return 0
        times, step = self._times(), self.timeframe.ms
        if time < times[0]:
            return self.first + math.floor((time - times[0]) / step)
        if time >= times[-1] + step:
            return self.last + max(0, math.floor((time - self.newest) / step))
        return self.first + int(times.searchsorted(time, side="right")) - 1

    def bar_at(self, time: int) -> int | None:
        """The x of the bar that opens exactly at ``time``."""
        x = self.bar_holding(time)
        return x if self.first <= x <= self.last and self._time(x) == time else None

    @property
    def has_gaps(self) -> bool:
        """Whether candles are missing anywhere."""
        return len(self._gaps) > 0

    def gaps(self, x0: float, x1: float) -> np.ndarray:
        """The x of visible bars in front of which candles are missing."""
        a, b = np.searchsorted(self._gaps, (math.floor(x0), math.ceil(x1) + 1))
        return self._gaps[a:b]

    def finished(self) -> Bars:
        """All bars but the newest, as views that no later update changes."""
        return self._oldest(len(self) - 1)

    def bars(self) -> Bars:
        """All bars, as views."""
        return self._oldest(len(self))

    def _oldest(self, count: int) -> Bars:
        # those that were given need no times of their own
        return self._given[:count] if 0 < count <= len(self._given) else self.pyramid.bars(None, self.first + count)

    def _shared(self, bars: Bars) -> int:
        """How many of the oldest bars are, in the same memory, those that were set before."""
        pairs = [(getattr(bars, name), getattr(self._given, name)) for name in COLUMNS]
        same = all(a.ctypes.data == b.ctypes.data and a.strides == b.strides for a, b in pairs)
        return min(len(bars), len(self._given)) if same else 0

    def _changed(self, x: int) -> None:
        if self._smooth is not None:
            self._smooth.follow(x)

    def _times(self) -> np.ndarray:
        return self.pyramid.rows()[TIME]

    def _time(self, x: int) -> float:
        return float(self.pyramid.rows(x, x + 1)[TIME, 0])

    def _is_hole(self, ms: float) -> bool:
        # months are up to a day longer than their nominal length
        return self.even and ms > self.timeframe.ms * (1.07 if self.timeframe.is_month else 1.0)

    def _holes(self, times: np.ndarray) -> np.ndarray:
        if not self.even:
            return np.empty(0, np.int64)
        limit = self.timeframe.ms * (1.07 if self.timeframe.is_month else 1.0)
        # by stretches that stay in the processor's cache: of a million bars at once it is 15 ms, not 2
        starts = range(0, len(times) - 1, _STRETCH)
        parts = [a + 1 + np.flatnonzero(np.diff(times[a : a + _STRETCH + 1]) > limit) for a in starts]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _row(c: Candle) -> list[float]:
    return [c.open, c.high, c.low, c.close, c.volume, c.turnover, float(c.time)]

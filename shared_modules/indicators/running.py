"""Windows one value at a time, in the very order of additions in which `windows` sums them all at once."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs
from .incremental import Steps, Values
from .talib_entries import talib_steps
from .windows import ROUNDING

NAN = math.nan


class Running(Protocol):
    """What a window keeps between two bars."""

    def update(self, values: Values) -> Values:
        """The lines at the next bar."""

    def peek(self, values: Values) -> Values:
        """What `update` would give, without going on."""


class RunningSteps:
    """The steps of an indicator whose value depends on the newest ``memory`` bars, kept by what ``start`` makes.

    Many bars at once are left to ``function``, which computes whole columns, and gives the very same numbers.
    """

    exact = True

    def __init__(
        self,
        start: Callable[[], Running],
        function: Callable[..., Floats | Outputs],
        params: Mapping[str, Any],
        memory: int,
    ) -> None:
        self._start, self._function, self._params = start, function, params
        self.running = start()
        self._recent: deque[Values] = deque(maxlen=memory)

    def update(self, values: Values) -> Values:
        self._recent.append(values)
        return self.running.update(values)

    def peek(self, values: Values) -> Values:
        return self.running.peek(values)

    def extend(self, columns: Floats) -> Outputs:
        before = len(self._recent)
        rows = np.concatenate((np.array(self._recent).reshape(before, len(columns)).T, columns), axis=1)
        found = self._function(*rows, **self._params)
        self.running = self._start()
        self._recent.extend(map(tuple, columns[:, -(self._recent.maxlen or 1) :].T.tolist()))
        for values in self._recent:
            self.running.update(values)
        return tuple(line[before:] for line in (found if isinstance(found, tuple) else (found,)))


class RunningSum:
    """Sum of the newest ``period`` values; NaN until there are so many.

    Sums of two make sums of four and so on, each kept as long as a longer one needs it: a dozen additions for a
    thousand bars, no error carried along, and the same last bit as `windows.window_sums`.
    """

    def __init__(self, period: int) -> None:
        # for each width 1, 2, 4 …: its sums one width back, and those that stand in the window where its bit is set
        self._rungs: list[tuple[deque[float] | None, deque[float] | None]] = []
        start, width = 0, 1
        while width <= period:
            here = None
            if period & width:
                start += width
                here = _late(period - start)
            self._rungs.append((_late(width) if 2 * width <= period else None, here))
            width *= 2

    def update(self, value: float) -> float:
        total, block = 0.0, value
        for back, here in self._rungs:
            if here is not None:
                here.append(block)
                total += here.popleft()
            if back is not None:
                back.append(block)
                block = back.popleft() + block
        return total

    def peek(self, value: float) -> float:
        total, block = 0.0, value
        for back, here in self._rungs:
            if here is not None:
                total += here[0] if here else block
            if back is not None:
                block = back[0] + block
        return total


def _late(bars: int) -> deque[float]:
    """What comes out so many values after it went in; NaN before."""
    return deque([NAN] * bars)


class RunningMean:
    """Mean of the newest ``period`` values."""

    def __init__(self, period: int) -> None:
        self._period, self._sum = period, RunningSum(period)

    def update(self, values: Values) -> Values:
        return (self._sum.update(values[0]) / self._period,)

    def peek(self, values: Values) -> Values:
        return (self._sum.peek(values[0]) / self._period,)


class RunningSpread:
    """Mean and population standard deviation of the newest ``period`` values, as a pair."""

    def __init__(self, period: int) -> None:
        self._period, self._sum = period, RunningSum(period)
        self._values: deque[float] = deque(maxlen=period)

    def update(self, value: float) -> tuple[float, float]:
        mean = self._sum.update(value) / self._period
        self._values.append(value)
        return mean, self._spread(mean, self._values)

    def peek(self, value: float) -> tuple[float, float]:
        mean = self._sum.peek(value) / self._period
        values = deque(self._values, self._period)
        values.append(value)
        return mean, self._spread(mean, values)

    def _spread(self, mean: float, values: deque[float]) -> float:
        if mean != mean:
            return NAN
        total = 0.0
        for value in values:
            off = value - mean
            total += off * off
        spread = math.sqrt(total / self._period)
        return 0.0 if spread <= ROUNDING * abs(mean) else spread


class RunningScore:
    """Distance of the newest value from the window's mean in its deviations; 0 where nothing moved."""

    def __init__(self, period: int) -> None:
        self._spread = RunningSpread(period)

    def update(self, values: Values) -> Values:
        return (_score(values[0], *self._spread.update(values[0])),)

    def peek(self, values: Values) -> Values:
        return (_score(values[0], *self._spread.peek(values[0])),)


def _score(value: float, mean: float, spread: float) -> float:
    return 0.0 if spread == 0.0 else (value - mean) / spread


class RunningWidth:
    """Distance of the Bollinger bands in percent of their middle."""

    def __init__(self, period: int, width: float) -> None:
        self._width, self._spread = width, RunningSpread(period)

    def update(self, values: Values) -> Values:
        return self._of(*self._spread.update(values[0]))

    def peek(self, values: Values) -> Values:
        return self._of(*self._spread.peek(values[0]))

    def _of(self, mean: float, spread: float) -> Values:
        share = 0.0 if mean == 0.0 else spread / mean
        return (200.0 * self._width * share,)


class RunningRange:
    """Highest of the first and lowest of the second input over ``period`` values."""

    def __init__(self, period: int) -> None:
        # TA-Lib knows no extremes of a single value
        self._high: Steps | None = talib_steps("MAX", period) if period > 1 else None
        self._low: Steps | None = talib_steps("MIN", period) if period > 1 else None

    def update(self, high: float, low: float) -> tuple[float, float]:
        if self._high is None or self._low is None:
            return high, low
        return self._high.update((high,))[0], self._low.update((low,))[0]

    def peek(self, high: float, low: float) -> tuple[float, float]:
        if self._high is None or self._low is None:
            return high, low
        return self._high.peek((high,))[0], self._low.peek((low,))[0]


class RunningChannel:
    """Highest high, lowest low and the middle of both."""

    def __init__(self, period: int) -> None:
        self._range = RunningRange(period)

    def update(self, values: Values) -> Values:
        top, bottom = self._range.update(*values)
        return top, (top + bottom) / 2.0, bottom

    def peek(self, values: Values) -> Values:
        top, bottom = self._range.peek(*values)
        return top, (top + bottom) / 2.0, bottom


class RunningPlace:
    """K and D of a line: where it stands between its own extremes, smoothed twice."""

    def __init__(self, stoch: int, smooth_k: int, smooth_d: int) -> None:
        self._range = RunningRange(stoch)
        self._k, self._d = RunningMean(smooth_k), RunningMean(smooth_d)

    def update(self, values: Values) -> Values:
        place = _place(values[0], *self._range.update(values[0], values[0]))
        if place != place:
            return NAN, NAN
        k = self._k.update((place,))
        return (k[0], NAN) if k[0] != k[0] else (k[0], self._d.update(k)[0])

    def peek(self, values: Values) -> Values:
        place = _place(values[0], *self._range.peek(values[0], values[0]))
        if place != place:
            return NAN, NAN
        k = self._k.peek((place,))
        return (k[0], NAN) if k[0] != k[0] else (k[0], self._d.peek(k)[0])


def _place(value: float, high: float, low: float) -> float:
    span = high - low
    return 50.0 if span == 0.0 else 100.0 * ((value - low) / span)


class RunningChoppiness:
    """Path over range of the newest ``period`` bars on a scale of logarithms."""

    def __init__(self, period: int) -> None:
        self._period, self._scale = period, math.log(period)
        self._path, self._range = RunningSum(period), RunningRange(period)
        self._close = NAN

    def update(self, values: Values) -> Values:
        high, low, close = values
        before, self._close = self._close, close
        if before != before:
            return (NAN,)
        return self._of(self._path.update(_true_range(high, low, before)), *self._range.update(high, low))

    def peek(self, values: Values) -> Values:
        high, low, _ = values
        if self._close != self._close:
            return (NAN,)
        return self._of(self._path.peek(_true_range(high, low, self._close)), *self._range.peek(high, low))

    def _of(self, path: float, high: float, low: float) -> Values:
        if path != path:
            return (NAN,)
        reach = high - low
        share = float(self._period) if reach == 0.0 else path / reach
        return (100.0 * math.log(share) / self._scale if share > 0.0 else NAN,)


def _true_range(high: float, low: float, before: float) -> float:
    return max(high - low, abs(high - before), abs(low - before))

"""Averages whose length follows the market's dominant cycle."""

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .incremental import Steps, Values
from .talib_entries import talib_lookback, talib_steps
from .talib_table import AVERAGES

NAN = float("nan")


def variable_average(
    values: Floats, periods: Floats, shortest: int = 2, longest: int = 30, kind: str = "sma"
) -> Floats:
    """At each bar the average over as many bars as ``periods`` says there, kept between ``shortest`` and ``longest``.

    TA-Lib's MAVP; ``kind`` is one of its moving averages. A longest period below the shortest counts as the shortest.
    """
    arguments = _arguments(shortest, longest, kind)
    return on_finite(lambda x, p: (ta().MAVP(x, p, *arguments),), 1, values, periods)[0]


def cycle_average(values: Floats, shortest: int = 6, longest: int = 50, average: str = "sma") -> Floats:
    """Average of as many bars as the dominant cycle has, kept between the shortest and the longest period.

    The cycle is that of the Hilbert transform (Ehlers, Rocket Science for Traders, 2001).
    """

    def line(x: Floats) -> Outputs:
        begin = talib_lookback("HT_DCPERIOD")
        found = np.full(len(x), np.nan)
        if len(x) > begin:
            found[begin:] = variable_average(x[begin:], ta().HT_DCPERIOD(x)[begin:], shortest, longest, average)
        return (found,)

    return on_finite(line, 1, values)[0]


def cycle_lookback(shortest: int, longest: int, average: str) -> int:
    """Bars before the first value of `cycle_average`."""
    return talib_lookback("HT_DCPERIOD") + talib_lookback("MAVP", *_arguments(shortest, longest, average))


class CycleSteps:
    """`cycle_average` bar by bar: the cycle's period and the value go on to the average together."""

    def __init__(self, shortest: int, longest: int, average: str) -> None:
        self._period = talib_steps("HT_DCPERIOD")
        self._average: Steps = talib_steps("MAVP", *_arguments(shortest, longest, average))

    def update(self, values: Values) -> Values:
        period = self._period.update(values)[0]
        return (NAN,) if period != period else self._average.update((values[0], period))

    def peek(self, values: Values) -> Values:
        period = self._period.peek(values)[0]
        return (NAN,) if period != period else self._average.peek((values[0], period))

    def extend(self, columns: Floats) -> Outputs:
        periods = np.asarray(self._period.extend(columns)[0])
        begin = int(np.isnan(periods).sum())  # they are missing at the beginning alone
        line = np.full(len(periods), np.nan)
        if begin < len(periods):
            line[begin:] = self._average.extend(np.array([columns[0, begin:], periods[begin:]]))[0]
        return (line,)


def _arguments(shortest: int, longest: int, kind: str) -> tuple[int, int, int]:
    return shortest, max(shortest, longest), AVERAGES[kind]

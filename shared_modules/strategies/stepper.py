"""A strategy bar by bar: the state that the frozen strategy itself can't have."""

from abc import ABC, abstractmethod

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import Timeframe

from .base import Decision, Higher, MarketView, Strategy


class Stepper(ABC):
    """Follows one symbol through one run; made by `Strategy.stepper`, forgotten with the run.

    It is given each finished bar once, in order, those that only warm up too. Backtest and live call the same methods.
    """

    @abstractmethod
    def on_bar(self, bar: Candle) -> Decision | None:
        """The wishes at the close of ``bar``; None where nothing is wanted."""

    def begin(self) -> None:
        """Told before the first bar that is traded; those before it only warmed up, their wishes came to nothing."""
        return

    def on_higher(self, timeframe: Timeframe, bar: Candle) -> None:
        """Take in a bar of one of the strategy's longer timeframes, which has just finished.

        It comes before the `on_bar` of the bar that closes with it.
        """
        return


class Recomputing(Stepper):
    """The stepper of a strategy without one of its own: asks its `on_bar` with all bars so far, each time anew."""

    def __init__(self, strategy: Strategy, symbol: str, timeframe: Timeframe) -> None:
        self._strategy, self._symbol, self._timeframe = strategy, symbol, timeframe
        self._bars, self._first = _Growing(), 0
        self._higher = {frame: _Growing() for frame in strategy.timeframes}

    def on_bar(self, bar: Candle) -> Decision | None:
        self._bars.add(bar)
        higher = Higher(self._strategy.name, {frame: bars.all() for frame, bars in self._higher.items()})
        return self._strategy.on_bar(MarketView(self._symbol, self._timeframe, self._bars.all(), higher, self._first))

    def begin(self) -> None:
        self._first = len(self._bars)

    def on_higher(self, timeframe: Timeframe, bar: Candle) -> None:
        self._higher[timeframe].add(bar)


class _Growing:
    """Bars of which there is one more each time; those given out are views and stay as they are."""

    def __init__(self) -> None:
        self._n = 0
        self._time = np.empty(256, np.int64)
        self._rest = np.empty((len(COLUMNS) - 1, 256))

    def __len__(self) -> int:
        return self._n

    def add(self, bar: Candle) -> None:
        if self._n == len(self._time):
            self._time = np.concatenate((self._time, np.empty_like(self._time)))
            self._rest = np.concatenate((self._rest, np.empty_like(self._rest)), axis=1)
        self._time[self._n] = bar.time
        self._rest[:, self._n] = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.turnover)
        self._n += 1

    def all(self) -> Bars:
        return Bars(self._time[: self._n], *self._rest[:, : self._n])

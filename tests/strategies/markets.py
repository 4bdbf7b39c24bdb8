"""Made-up markets for strategies."""

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.strategies import MarketView, Signals, Strategy

M5 = TIMEFRAMES["5m"]
START = 1_700_006_400_000  # a full day, UTC


def random_bars(n: int, seed: int = 1, frame: Timeframe = M5, spread: float = 0.004) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, spread, n)))
    open_ = np.r_[100.0, close[:-1]][:n]
    high = np.maximum(open_, close) * (1 + rng.random(n) * spread)
    low = np.minimum(open_, close) * (1 - rng.random(n) * spread)
    return Bars.of(START + np.arange(n) * frame.ms, open_, high, low, close, rng.random(n) * 10)


def bars_of(closes: list[float], frame: Timeframe = M5) -> Bars:
    """Bars that open at the close before and have no wicks."""
    close = np.array(closes, np.float64)
    open_ = np.r_[close[0], close[:-1]]
    time = START + np.arange(len(close)) * frame.ms
    return Bars.of(time, open_, np.maximum(open_, close), np.minimum(open_, close), close)


def view_of(strategy: Strategy, bars: Bars, frame: Timeframe = M5) -> MarketView:
    return MarketView("TEST", frame, bars, {longer: bars.resampled(longer) for longer in strategy.timeframes})


def signals_of(strategy: Strategy, bars: Bars, frame: Timeframe = M5) -> Signals:
    return strategy.signals(view_of(strategy, bars, frame))

"""A made-up market for where nobody gave candles: calm and wild times, trends, volume that comes and goes."""

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import Timeframe

_START = 1_704_067_200_000  # 2024-01-01, a Monday


def made_up_bars(count: int, frame: Timeframe, seed: int = 7) -> Bars:
    """``count`` bars of ``frame``; the same for the same seed."""
    rng = np.random.default_rng(seed)
    size = 0.0008 * np.sqrt(frame.ms / 60_000)
    mood = np.exp(0.5 * np.sin(np.arange(count) / 170.0) + 0.4 * np.sin(np.arange(count) / 31.0))
    drift = 0.15 * np.sin(np.arange(count) / 240.0)
    close = 30_000.0 * np.exp(np.cumsum(size * mood * (rng.standard_normal(count) + drift)))
    open_ = np.r_[30_000.0, close[:-1]]
    reach = size * mood * close
    high = np.maximum(open_, close) + reach * rng.random(count)
    low = np.maximum(np.minimum(open_, close) - reach * rng.random(count), 0.01)
    volume = 20.0 * mood * rng.lognormal(0.0, 0.6, count)
    time = _START + np.arange(count, dtype=np.int64) * frame.ms
    return Bars.of(time, open_, high, low, close, volume)

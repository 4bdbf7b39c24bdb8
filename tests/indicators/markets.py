"""Made-up markets for indicators."""

import numpy as np

from shared_modules.core.bars import Bars

HOUR = 3_600_000
START = 1_735_689_600_000 - 5 * HOUR  # 19:00 UTC: sessions begin inside the data


def random_bars(n: int, seed: int, step: int = HOUR, start: int = START) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    open_ = np.r_[100.0, close[:-1]][:n]
    high = np.maximum(open_, close) * (1 + rng.random(n) * 0.005)
    low = np.minimum(open_, close) * (1 - rng.random(n) * 0.005)
    return Bars.of(start + np.arange(n) * step, open_, high, low, close, rng.random(n) * 10)


def ticks(n: int, seed: int) -> Bars:
    """Prices on a coarse grid, with stretches that do not move and bars without volume."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-1, 2, n) * rng.integers(0, 2, n)
    steps[n // 3 : n // 3 + 40] = 0
    close = 100.0 + 0.5 * np.cumsum(steps)
    open_ = np.r_[100.0, close[:-1]][:n]
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    volume = rng.integers(0, 3, n).astype(float)
    return Bars.of(START + np.arange(n) * HOUR, open_, high, low, close, volume)

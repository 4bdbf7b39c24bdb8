"""The bars that every contestant is given: real minutes where they are at hand, else a walk from a seed."""

from pathlib import Path
from typing import Any

import numpy as np

BARS = 525_600
REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "binance_spot" / "BTCUSDT_1m.csv.gz"
COLUMNS = ("time", "open", "high", "low", "close", "volume")


def walk(bars: int, seed: int, step_ms: int = 60_000) -> dict[str, Any]:
    """A geometric walk with highs and lows around it; the same seed gives the same bars."""
    rng = np.random.default_rng(seed)
    close = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0007, bars)))
    opened = np.r_[30_000.0, close[:-1]]
    spread = np.abs(rng.normal(0.0, 0.0004, (2, bars)))
    high, low = np.maximum(opened, close) * (1.0 + spread[0]), np.minimum(opened, close) * (1.0 - spread[1])
    time = 1_700_000_000_000 // 86_400_000 * 86_400_000 + np.arange(bars, dtype=np.int64) * step_ms
    return dict(zip(COLUMNS, (time, opened, high, low, close, rng.uniform(1.0, 100.0, bars)), strict=True))


def minutes() -> dict[str, Any]:
    """A year of one-minute bars."""
    if not REAL.exists():
        return walk(BARS, 1)
    rows = np.loadtxt(REAL, delimiter=",", skiprows=1, max_rows=BARS)
    found: dict[str, Any] = {name: np.ascontiguousarray(rows[:, k]) for k, name in enumerate(COLUMNS)}
    return found | {"time": found["time"].astype(np.int64)}


def universe(symbols: int = 50, bars: int = 105_120) -> list[dict[str, Any]]:
    """A year of five-minute bars of many symbols."""
    return [walk(bars, 100 + k, 300_000) for k in range(symbols)]

"""Stops and targets some average true ranges away, as several strategies use them."""

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.indicators import atr


def range_stops(bars: Bars, enter_short: Flags, ranges: float, period: int = 14) -> Floats | None:
    """Prices ``ranges`` average true ranges under each close, over it where a short is entered; None for 0."""
    if ranges == 0.0:
        return None
    away = ranges * atr(bars.high, bars.low, bars.close, period)
    return np.where(enter_short, bars.close + away, bars.close - away)


def range_targets(bars: Bars, enter_short: Flags, ranges: float, period: int = 14) -> Floats | None:
    """Prices ``ranges`` average true ranges over each close, under it where a short is entered; None for 0."""
    return range_stops(bars, ~enter_short, ranges, period)

"""Longer timeframes read from shorter ones, without a look ahead."""

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.timeframes import Timeframe


def close_times(times: Times, frame: Timeframe) -> Times:
    """When the bars that open at ``times`` close, in ms UTC."""
    if frame.is_month:
        return np.array([frame.next(int(t)) for t in times], np.int64)
    return times + frame.ms


def align(values: Floats, higher_time: Times, higher: Timeframe, times: Times, base: Timeframe) -> Floats:
    """The value of the last finished ``higher`` bar at the close of each ``base`` bar; NaN before there is one.

    ``values`` belong to the higher bars that open at ``higher_time``; ``times`` are the open times of the base bars. A
    higher bar is finished when its time is over, so a base bar that closes with it sees it already.
    """
    row = np.searchsorted(close_times(higher_time, higher), close_times(times, base), side="right") - 1
    aligned = np.full(len(times), np.nan)
    known = row >= 0
    aligned[known] = np.asarray(values, np.float64)[row[known]]
    return aligned

"""Heikin-Ashi candles: each opens in the middle of the one before and closes at the mean of its own four prices."""

from __future__ import annotations

import numpy as np

from shared_modules.core.bars import Floats
from tradebot_gui.view_models.lod import CLOSE, HIGH, LOW, OPEN, VOLUME, BarPyramid

# a candle's weight halves with each that follows: after so many it is beyond what a float can hold
REACH = 64


def heikin_ashi(rows: Floats, opened: float | None = None) -> Floats:
    """Rows open, high, low, close, volume of Heikin-Ashi candles from such ``rows`` of plain ones.

    ``opened`` is the open of the first, where a candle before it is known.
    """
    plain = rows[: VOLUME + 1]
    close = plain[: CLOSE + 1].mean(axis=0)
    start = (plain[OPEN, 0] + plain[CLOSE, 0]) / 2 if opened is None else opened
    opens = np.r_[start, close[:-1] / 2]
    # o[i] = o[i-1] / 2 + close[i-1] / 2, doubled up: six passes reach 64 candles back
    step = 1
    while step < min(REACH, len(opens)):
        later = opens[step:] + opens[:-step] * 0.5**step
        opens = np.r_[opens[:step], later]
        step *= 2
    out = np.empty((VOLUME + 1, plain.shape[1]))
    out[OPEN], out[CLOSE], out[VOLUME] = opens, close, plain[VOLUME]
    out[HIGH] = np.maximum(plain[HIGH], np.maximum(opens, close))
    out[LOW] = np.minimum(plain[LOW], np.minimum(opens, close))
    return out


class HeikinAshi:
    """The Heikin-Ashi candles of a chart, made when first asked for and continued bar by bar."""

    def __init__(self, plain: BarPyramid, made: BarPyramid | None = None) -> None:
        """``made`` are the candles of ``plain``, where they were made before."""
        self._plain = plain
        self.pyramid = self._made() if made is None else made

    def follow(self, x: int) -> None:
        """Take in that the plain bars from ``x`` on have changed."""
        if self.pyramid is self._plain:  # it was empty until now
            self.pyramid = self._made()
            return
        x = max(x, self._plain.first)
        before = self.pyramid.rows(x - 1, x) if x > self._plain.first else None
        opened = None if before is None or not before.shape[1] else (before[OPEN, 0] + before[CLOSE, 0]) / 2
        self.pyramid.write(x, heikin_ashi(self._plain.rows(x, None), opened))

    def prepended(self, count: int) -> None:
        """Take in ``count`` older bars: they, and the few newer ones that they still reach."""
        first = self._plain.first
        made = heikin_ashi(self._plain.rows(first, first + count + REACH))
        self.pyramid.write(first, made)

    def _made(self) -> BarPyramid:
        plain = self._plain
        return BarPyramid.of_rows(heikin_ashi(plain.rows()), plain.first) if len(plain) else plain

"""Candles rebuilt from the exchange's newest trades, held against its own candles and against ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars, Times
from shared_modules.core.market import PublicTrade, Series
from shared_modules.core.timeframes import Timeframe

from .trade_candles import CandleBuilder

_PRICE, _VOLUME = 1e-9, 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ThreeWay:
    """What three sources say of the candles that the newest trades cover whole; open times.

    ``compared``: all of them. ``ours``: those that we have otherwise than the exchange and the trades.
    ``exchange``: those that the exchange has otherwise than its own trades, and we as it. ``unclear``: all differ.
    """

    compared: int
    ours: Times
    exchange: Times
    unclear: Times

    @property
    def wrong(self) -> Times:
        """Ours that the trades contradict."""
        return np.union1d(np.union1d(self.ours, self.exchange), self.unclear)


def rebuilt(trades: Sequence[PublicTrade], timeframe: Timeframe) -> Bars:
    """The candles that ``trades`` (all there were from the first to the last) cover from their open to their end."""
    if not trades:
        return Bars.empty()
    times = [trade.time for trade in trades]
    builder = CandleBuilder(timeframe, since=timeframe.next(min(times)), grace_ms=0)
    built = builder.add(sorted(trades, key=lambda trade: trade.time))
    closed = {one.candle.time: one for one in (*built.closed, *built.revised)}
    return Bars.from_candles(closed[t].candle for t in sorted(closed) if closed[t].complete and closed[t].trades)


def compared(built: Bars, theirs: Bars, ours: Bars) -> ThreeWay:
    """``ours`` and ``theirs`` held against ``built``, where all three have a candle."""
    both = np.intersect1d(np.intersect1d(built.time, theirs.time), ours.time)
    a, b, c = (bars_at(bars, both) for bars in (built, theirs, ours))
    trades_theirs, trades_ours, theirs_ours = _differ(a, b), _differ(a, c), _differ(b, c)
    return ThreeWay(
        len(both),
        both[trades_ours & ~trades_theirs],
        both[trades_theirs & trades_ours & ~theirs_ours],
        both[trades_theirs & trades_ours & theirs_ours],
    )


def bars_at(bars: Bars, times: Times) -> Bars:
    """The rows of ``bars`` at ``times``, all of which it has."""
    rows = np.searchsorted(bars.time, times)
    return Bars(*(getattr(bars, name)[rows] for name in COLUMNS))


def span_of(trades: Sequence[PublicTrade], series: Series) -> tuple[int, int] | None:
    """The open times that ``trades`` may cover whole, as [first, after the last); None for none."""
    if not trades:
        return None
    times = [trade.time for trade in trades]
    first, end = series.timeframe.next(min(times)), series.timeframe.floor(max(times))
    return (first, end) if first < end else None


def _differ(a: Bars, b: Bars) -> np.ndarray:
    wrong = np.zeros(len(a), np.bool_)
    for name, tolerance in (
        ("open", _PRICE),
        ("high", _PRICE),
        ("low", _PRICE),
        ("close", _PRICE),
        ("volume", _VOLUME),
    ):
        x, y = getattr(a, name), getattr(b, name)
        wrong |= np.abs(x - y) > tolerance * np.maximum(np.abs(x), np.abs(y))
    return wrong

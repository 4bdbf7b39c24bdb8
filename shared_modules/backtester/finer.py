"""Playing on the shorter bars, for decisions that reach the market between two opens (F106 of docs/fills.md).

Each bar becomes the same number of parts, so that what is counted in bars still can be. The strategy knows nothing of
it: it decides at the closes of its own bars. Results are told in those bars too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars, Times
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe
from shared_modules.matching.feed import PRICES, Feed, new_feed
from shared_modules.matching.state import CASH_KINDS, Codes, Ledger, Records, Rules, State

from .data import SymbolData
from .extras import detail_rows
from .play import Played, filled, play, times_of
from .request import BacktestRequest
from .wishes import LISTS, VALUES

_AT_ONCE = [CASH_KINDS.index(kind) for kind in ("fee", "realised")]


def is_within_a_bar(request: BacktestRequest, frame: Timeframe) -> bool:
    """Whether decisions of ``request`` reach the market between two opens of ``frame``."""
    return bool(request.latency_ms % frame.ms)


def grid_of(request: BacktestRequest, data: Sequence[SymbolData]) -> Grid | None:
    """The parts to play ``request`` on; None where its own bars tell as much, or no shorter ones that fit are given."""
    frame, details = data[0].frame, [d.extras.detail for d in data]
    if frame.is_month or not is_within_a_bar(request, frame):
        return None
    steps = [int(np.diff(detail.time).min()) for detail in details if detail is not None and len(detail) > 1]
    step = max(steps, default=frame.ms)
    if step >= frame.ms or frame.ms % step:
        return None
    part, late = Timeframe(f"{step} ms", step), math.ceil(request.latency_ms / step)
    cut = [_parts(d.traded, d.extras.detail, frame, part) for d in data]
    parts = frame.ms // step
    return Grid(
        parts, request.latency * parts + late, step, tuple(bars for bars, _ in cut), sum(holes for _, holes in cut)
    )


@dataclass(frozen=True)
class Grid:
    """Bars cut into ``parts`` of ``step`` ms each; a decision is ``late`` parts late.

    ``bars``: the parts of each symbol. ``holes``: in how many bars the shorter ones are missing.
    """

    parts: int
    late: int
    step: int
    bars: tuple[Bars, ...]
    holes: int

    def play(self, feed: Feed, state: State, rules: Rules, progress: Progress) -> Played:
        """As `play.play`, of the parts of the bars in ``feed``; what comes back is told in those bars."""
        fine = self._feed(feed)
        rules = rules._replace(
            latency=self.late, max_bars=rules.max_bars * self.parts, valid_bars=rules.valid_bars * self.parts
        )
        played, times = play(fine, state, rules, progress), times_of(feed.kept["time"])
        at = np.searchsorted(played.time, times + (self.parts - 1) * self.step)
        ledger = _told_in_bars(played.ledger, feed.kept["time"])
        return replace(played, ledger=ledger, time=times, equity=played.equity[at], wished=played.wished // self.parts)

    def _feed(self, feed: Feed) -> Feed:
        columns = {name: self._at_closes(getattr(feed, name), np.nan) for name in (*VALUES, *LISTS)}
        columns["max_bars"] *= self.parts
        columns["wishes"] = self._at_closes(filled(feed).wishes, 0)
        # what is known of a whole bar only holds for each of its parts
        for name in ("unit", "impact", "mark_high", "mark_low"):
            columns[name] = np.repeat(getattr(feed, name), self.parts)
        if len(feed.volume):
            columns["volume"] = np.concatenate([b.volume for b in self.bars])
        for name in ("fund_time", "fund_rate", "fund_price", "fund_begin", "fund_end", "fund_borrow"):
            columns[name] = getattr(feed, name)
        own = {name: [getattr(b, name) for b in self.bars] for name in ("time", *PRICES)}
        return new_feed(own, **columns, begin=feed.begin * self.parts, end=feed.end * self.parts)

    def _at_closes(self, values: NDArray[Any], missing: float) -> NDArray[Any]:
        """``values`` of the bars at the last parts of these, ``missing`` at all others."""
        spread = np.full((len(values) * self.parts, *values.shape[1:]), missing, values.dtype)
        spread[self.parts - 1 :: self.parts] = values
        return spread


def _parts(own: Bars, detail: Bars | None, frame: Timeframe, part: Timeframe) -> tuple[Bars, int]:
    """The parts of the bars ``own`` and in how many of these the shorter ones are missing.

    A part without a trade stands at the next open, which is what an order gets that waits for one. A bar whose
    shorter ones are missing is its first part; the others stand at its close.
    """
    parts = frame.ms // part.ms
    columns = np.full((5, len(own), parts), np.nan)
    if detail is not None and len(detail):
        detail = detail.resampled(part)
        rows = detail_rows(own, detail, frame)
        kept = rows >= 0
        rows, places = rows[kept], (detail.time[kept] - own.time[rows[kept]]) // part.ms
        for column, name in zip(columns, (*PRICES, "volume"), strict=True):
            column[rows, places] = getattr(detail, name)[kept]
    missing = np.isnan(columns[0]).all(axis=1)
    for column, name in zip(columns, (*PRICES, "volume"), strict=True):
        column[missing, 0] = getattr(own, name)[missing]
    return _filled(own, columns, part.ms), int(missing.sum())


def _filled(own: Bars, columns: NDArray[np.float64], step: int) -> Bars:
    opens, following = columns[0], own.close
    for k in range(columns.shape[2] - 1, -1, -1):
        empty = np.isnan(opens[:, k])
        for column in columns[:4]:
            column[empty, k] = following[empty]
        columns[4][empty, k] = 0.0
        following = opens[:, k]
    times = own.time[:, None] + step * np.arange(columns.shape[2])
    return Bars.of(times.ravel(), *(column.ravel() for column in columns))


def _told_in_bars(ledger: Ledger, times: Sequence[Times]) -> Ledger:
    """``ledger`` with the open times of the symbols' own bars in place of those of their parts (F4)."""
    trades, fills, cash = ledger.trades.copy(), ledger.fills.copy(), ledger.cash.copy()
    for s, own in enumerate(times):
        mine = trades["symbol"] == s
        entered, left = (_rows(own, trades[name][mine]) for name in ("entry_time", "exit_time"))
        trades["entry_time"][mine], trades["exit_time"][mine] = own[entered], own[left]
        trades["bars"][mine] = left - entered
        for records, those in ((fills, fills["symbol"] == s), (cash, _at_bars(cash, s))):
            records["time"][those] = own[_rows(own, records["time"][those])]
    # a funding within a bar comes after what the bar's open time now stands for
    return ledger._replace(trades=trades, fills=fills, cash=cash[np.argsort(cash["time"], kind="stable")])


def _at_bars(cash: Records, s: int) -> NDArray[np.bool_]:
    mine: NDArray[np.bool_] = (cash["symbol"] == s) & np.isin(cash["kind"], _AT_ONCE)
    return mine


def _rows(own: Times, times: Times) -> Codes:
    rows: Codes = np.maximum(np.searchsorted(own, times, side="right") - 1, 0)
    return rows

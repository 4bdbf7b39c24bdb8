"""Deciding bar by bar: strategies are handed one finished bar after the other, and know nothing else.

What they wish becomes the same `Signals` that the whole computation gives, so the kernel that fills is the same too.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import Cancelled, InvalidInput, TradeBotError
from shared_modules.core.market import Candle
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe
from shared_modules.core.trading import TimeInForce
from shared_modules.indicators.align import close_times
from shared_modules.matching.state import LEVELS
from shared_modules.strategies.base import Decision, Signals, Strategy
from shared_modules.strategies.stepper import Stepper

from .data import SymbolData
from .wishes import blame, checked, higher_bars

_BLOCK = 8192  # bars between two looks at the progress; as Python's numbers they would fill the memory all at once
_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short", "cancel")
_VALUES = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_share",
    "confidence",
)  # fmt: skip


def stepped(strategy: Strategy, data: SymbolData, progress: Progress) -> Signals:
    """What ``strategy`` wishes at the traded rows of ``data``, asked bar by bar; earlier bars only warm it up.

    Raises `InvalidInput` with file and line when the strategy fails, or for a decision that can't be right.
    """
    higher = higher_bars(strategy, data)
    written = Written(data.last)
    try:
        stepper = strategy.stepper(data.symbol, data.frame)
        follow = _follow_higher(stepper, data, higher) if higher else _follow(stepper, data)
        for first, rows, decisions in follow:
            progress.step(first / data.last, f"{strategy.title} on {data.symbol}: bar {first:,} of {data.last:,}")
            written.add(rows, decisions)
    except (TradeBotError, Cancelled):
        raise
    except Exception as error:
        raise InvalidInput(blame(strategy, error), strategy=strategy.name) from error
    return checked(strategy, written.signals(), data)


Block = tuple[int, list[int], list[Decision]]


def candles(bars: Bars, first: int, last: int) -> Iterator[Candle]:
    """The rows ``first`` to ``last`` of ``bars`` as finished candles."""
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)
    for t, o, h, lo, c, v, q in zip(*(column[first:last].tolist() for column in columns), strict=True):
        yield Candle(t, o, h, lo, c, v, q, True)


def _follow(stepper: Stepper, data: SymbolData) -> Iterator[Block]:
    """The first row of each block of bars, the rows with decisions in it, and these."""
    on_bar = stepper.on_bar
    for first in range(0, data.last, _BLOCK):
        rows: list[int] = []
        decisions: list[Decision] = []
        for row, bar in enumerate(candles(data.bars, first, min(first + _BLOCK, data.last)), first):
            decision = on_bar(bar)
            if decision is not None:
                rows.append(row)
                decisions.append(decision)
        yield first, rows, decisions


def _follow_higher(stepper: Stepper, data: SymbolData, higher: dict[Timeframe, Bars]) -> Iterator[Block]:
    """As `_follow`, with each longer bar handed over when it is finished."""
    waiting = [_Finished(frame, bars) for frame, bars in higher.items()]
    on_bar = stepper.on_bar
    for first in range(0, data.last, _BLOCK):
        rows: list[int] = []
        decisions: list[Decision] = []
        last = min(first + _BLOCK, data.last)
        closes = close_times(data.bars.time[first:last], data.frame).tolist()
        for row, bar in enumerate(candles(data.bars, first, last), first):
            close = closes[row - first]
            for one in waiting:
                while one.closes <= close:
                    stepper.on_higher(one.frame, one.take())
            decision = on_bar(bar)
            if decision is not None:
                rows.append(row)
                decisions.append(decision)
        yield first, rows, decisions


class _Finished:
    """The bars of a longer timeframe, and when the next of them closes."""

    def __init__(self, frame: Timeframe, bars: Bars) -> None:
        self.frame, self._bars, self._next = frame, bars, 0
        self._closes = [*close_times(bars.time, frame).tolist(), float("inf")]
        self.closes = self._closes[0]

    def take(self) -> Candle:
        bar = self._bars.candle(self._next)
        self._next += 1
        self.closes = self._closes[self._next]
        return bar


class Written:
    """Decisions written down as `Signals` of ``n`` bars."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._flags = {name: np.zeros(n, np.bool_) for name in _FLAGS}
        self._values: dict[str, Floats] = {}
        self._ladder: list[Floats] = []
        self._terms: tuple[tuple[float, ...], TimeInForce, int] | None = None
        self._reason = ""

    def add(self, rows: Sequence[int], decisions: Sequence[Decision]) -> None:
        """Take in ``decisions`` at the closes of ``rows``."""
        if not rows:
            return
        at = np.array(rows, np.int64)
        for name in _FLAGS:
            self._flags[name][at] = np.fromiter((bool(getattr(d, name)) for d in decisions), np.bool_, len(rows))
        for name in _VALUES:
            self._write(name, at, np.fromiter((getattr(d, name) for d in decisions), np.float64, len(rows)))
        self._keep_terms(decisions)
        if self._terms is not None and self._terms[0]:
            self._write_ladder(at, decisions)
        self._reason = self._reason or next((d.reason for d in decisions if d.reason), "")

    def _write(self, name: str, at: NDArray[np.int64], values: Floats) -> None:
        if name not in self._values:
            if np.isnan(values).all():
                return
            self._values[name] = np.full(self._n, np.nan)
        self._values[name][at] = values

    def _keep_terms(self, decisions: Sequence[Decision]) -> None:
        """Notice how long orders stand and what a ladder's steps sell: one for the whole run, as the kernel has it."""
        entering = {
            (d.ladder_shares, d.time_in_force, d.valid_bars) for d in decisions if d.enter_long or d.enter_short
        }
        if self._terms is not None:
            entering.add(self._terms)
        if len(entering) > 1:
            raise InvalidInput(
                "the shares of the ladder, the time in force and valid_bars must be the same in all decisions of a run"
            )
        self._terms = next(iter(entering), None)

    def _write_ladder(self, at: NDArray[np.int64], decisions: Sequence[Decision]) -> None:
        steps = max(len(d.ladder) for d in decisions)
        if steps > LEVELS:
            raise InvalidInput(f"a decision gives {steps} ladder prices; there may be {LEVELS}")
        while len(self._ladder) < steps:
            self._ladder.append(np.full(self._n, np.nan))
        for k, column in enumerate(self._ladder):
            column[at] = [d.ladder[k] if k < len(d.ladder) else np.nan for d in decisions]

    def signals(self) -> Signals:
        shares, time_in_force, valid_bars = self._terms or ((), TimeInForce.GTC, 0)
        cancel = self._flags["cancel"]
        found: dict[str, Any] = {name: self._flags[name] for name in _FLAGS[:4]} | self._values
        return Signals(
            **found,
            cancel=cancel if cancel.any() else None,
            ladder=tuple(self._ladder),
            ladder_shares=shares,
            time_in_force=time_in_force,
            valid_bars=valid_bars,
            reason=self._reason,
        )

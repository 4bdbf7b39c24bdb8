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
from shared_modules.indicators.foresight import Foresight, foresight
from shared_modules.strategies.base import Decision, Signals, Strategy
from shared_modules.strategies.stepper import Stepper

from .data import SymbolData
from .wishes import LISTS, blame, checked, higher_bars

_BLOCK = 8192  # bars between two looks at the progress; as Python's numbers they would fill the memory all at once
_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short", "cancel")
_VALUES = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
    "exit_share", "confidence",
)  # fmt: skip


def stepped(strategy: Strategy, data: SymbolData, progress: Progress) -> Signals:
    """What ``strategy`` wishes at the traded rows of ``data``, asked bar by bar; earlier bars only warm it up.

    Raises `InvalidInput` with file and line when the strategy fails, or for a decision that can't be right.
    """
    higher = higher_bars(strategy, data)
    written = Written(len(data.bars))
    try:
        with foresight(data.bars) as ahead:
            stepper = strategy.stepper(data.symbol, data.frame)
        if not isinstance(stepper, Stepper):
            raise InvalidInput(f"strategy '{strategy.name}' must make a Stepper, not {type(stepper).__name__}")
        follow = _follow_higher(stepper, data, higher, ahead) if higher else _follow(stepper, data, ahead)
        for first, rows, decisions in follow:
            progress.step(first / data.last, f"{strategy.title} on {data.symbol}: bar {first:,} of {data.last:,}")
            written.add(rows, decisions)
    except (TradeBotError, Cancelled):
        raise
    except (Exception, SystemExit) as error:
        raise InvalidInput(blame(strategy, error), strategy=strategy.name) from error
    return checked(strategy, written.signals(), data)


Block = tuple[int, list[int], list[Decision]]


def candles(bars: Bars, first: int, last: int) -> Iterator[Candle]:
    """The rows ``first`` to ``last`` of ``bars`` as finished candles."""
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)
    for t, o, h, lo, c, v, q in zip(*(column[first:last].tolist() for column in columns), strict=True):
        yield Candle(t, o, h, lo, c, v, q, True)


def _blocks(stepper: Stepper, data: SymbolData, ahead: Foresight) -> Iterator[tuple[int, int]]:
    """First and last row of each block; the stepper is told when the traded ones begin, its lines what comes next."""
    for begin, end in ((0, data.first), (data.first, data.last)):
        if end == data.last:
            stepper.begin()
        for first in range(begin, end, _BLOCK):
            last = min(first + _BLOCK, end)
            ahead.block(first, last)
            yield first, last


def _follow(stepper: Stepper, data: SymbolData, ahead: Foresight) -> Iterator[Block]:
    """The first row of each block of bars, the rows with decisions in it, and these."""
    on_bar = stepper.on_bar
    for first, last in _blocks(stepper, data, ahead):
        rows: list[int] = []
        decisions: list[Decision] = []
        for row, bar in enumerate(candles(data.bars, first, last), first):
            decision = on_bar(bar)
            if decision is not None:
                rows.append(row)
                decisions.append(decision)
        yield first, rows, decisions


def _follow_higher(
    stepper: Stepper, data: SymbolData, higher: dict[Timeframe, Bars], ahead: Foresight
) -> Iterator[Block]:
    """As `_follow`, with each longer bar handed over when it is finished."""
    waiting = [_Finished(frame, bars) for frame, bars in higher.items()]
    on_bar = stepper.on_bar
    for first, last in _blocks(stepper, data, ahead):
        rows: list[int] = []
        decisions: list[Decision] = []
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


Terms = tuple[tuple[float, ...], TimeInForce, int, tuple[float, ...], bool, bool]

_NO_TERMS: Terms = ((), TimeInForce.GTC, 0, (), False, False)


class Written:
    """Decisions written down as `Signals` of ``n`` bars."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._flags = {name: np.zeros(n, np.bool_) for name in _FLAGS}
        self._values: dict[str, Floats] = {}
        self._lists: dict[str, list[Floats]] = {name: [] for name in LISTS}
        self._terms: Terms | None = None
        self._reason = ""

    def add(self, rows: Sequence[int], decisions: Sequence[Decision]) -> None:
        """Take in ``decisions`` at the closes of ``rows``."""
        if not rows:
            return
        for decision in decisions:
            if type(decision) is not Decision:
                raise InvalidInput(f"a stepper must give a Decision or None at each bar, not {decision!r:.40}")
        at = np.array(rows, np.int64)
        for name in _FLAGS:
            self._flags[name][at] = np.fromiter((bool(getattr(d, name)) for d in decisions), np.bool_, len(rows))
        for name in _VALUES:
            self._write(name, at, np.fromiter((getattr(d, name) for d in decisions), np.float64, len(rows)))
        self._keep_terms(decisions)
        for name in LISTS:
            self._write_list(name, at, [getattr(d, name) for d in decisions])
        self._reason = self._reason or next((d.reason for d in decisions if d.reason), "")

    def _write(self, name: str, at: NDArray[np.int64], values: Floats) -> None:
        if name not in self._values:
            if np.isnan(values).all():
                return
            self._values[name] = np.full(self._n, np.nan)
        self._values[name][at] = values

    def _keep_terms(self, decisions: Sequence[Decision]) -> None:
        """Notice how long orders stand and how they are shared out: one for the whole run, as the kernel has it."""
        found = {
            (d.ladder_shares, d.time_in_force, d.valid_bars, d.grid_shares, d.grid_repeat, d.market_targets)
            for d in decisions
            if d.enter_long or d.enter_short
        }
        if self._terms is not None:
            found.add(self._terms)
        if len(found) > 1:
            raise InvalidInput(
                "the shares of ladder and grid, grid_repeat, market_targets, time_in_force and valid_bars must be the "
                "same in all decisions of a run"
            )
        self._terms = next(iter(found), None)

    def _write_list(self, name: str, at: NDArray[np.int64], prices: Sequence[tuple[float, ...]]) -> None:
        longest = max(map(len, prices))
        if longest > LISTS[name]:
            raise InvalidInput(f"a decision gives {longest} prices in '{name}'; there may be {LISTS[name]}")
        columns = self._lists[name]
        columns += [np.full(self._n, np.nan) for _ in range(longest - len(columns))]
        for k, column in enumerate(columns):
            column[at] = [row[k] if k < len(row) else np.nan for row in prices]

    def signals(self) -> Signals:
        shares, time_in_force, valid_bars, grid_shares, grid_repeat, market_targets = self._terms or _NO_TERMS
        cancel = self._flags["cancel"]
        found: dict[str, Any] = {name: self._flags[name] for name in _FLAGS[:4]} | self._values
        found |= {name: tuple(columns) for name, columns in self._lists.items()}
        return Signals(
            **found,
            cancel=cancel if cancel.any() else None,
            ladder_shares=shares,
            time_in_force=time_in_force,
            valid_bars=valid_bars,
            grid_shares=grid_shares,
            grid_repeat=grid_repeat,
            market_targets=market_targets,
            reason=self._reason,
        )

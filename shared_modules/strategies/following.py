"""A strategy that only its stepper tells: each bar handed over, its decisions written down as `Signals`."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import InvalidInput
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import Timeframe
from shared_modules.core.trading import TimeInForce
from shared_modules.indicators.align import close_times
from shared_modules.indicators.foresight import Foresight, foresight
from shared_modules.matching.state import LEVELS, SLOTS

from .base import Decision, MarketView, Signals, Strategy
from .stepper import Stepper

LISTS = {"ladder": LEVELS, "grid": SLOTS, "grid_targets": SLOTS}
_BLOCK = 8192  # bars between two looks at the progress; as Python's numbers they would fill the memory all at once
_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short", "cancel")
_VALUES = (
    "stop", "target", "strength", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
    "exit_share", "confidence",
)  # fmt: skip


def followed(strategy: Strategy, view: MarketView) -> Signals:
    """What a stepper of ``strategy`` wishes at each bar of ``view``."""
    written = Written(len(view.bars))
    for _, rows, decisions in follow(strategy, view):
        written.add(rows, decisions)
    return written.signals()


Block = tuple[int, list[int], list[Decision]]


def candles(bars: Bars, first: int, last: int) -> Iterator[Candle]:
    """The rows ``first`` to ``last`` of ``bars`` as finished candles."""
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)
    for t, o, h, lo, c, v, q in zip(*(column[first:last].tolist() for column in columns), strict=True):
        yield Candle(t, o, h, lo, c, v, q, True)


def follow(strategy: Strategy, view: MarketView, last: int | None = None) -> Iterator[Block]:
    """Ask a new stepper of ``strategy`` at each bar of ``view`` up to the row ``last``.

    Each block of bars gives its first row, the rows with decisions in it, and these.
    """
    with foresight(view.bars) as ahead:
        stepper = strategy.stepper(view.symbol, view.timeframe)
    if not isinstance(stepper, Stepper):
        raise InvalidInput(f"strategy '{strategy.name}' must make a Stepper, not {type(stepper).__name__}")
    last = len(view.bars) if last is None else last
    yield from (_follow_higher if view.higher else _follow)(stepper, view, last, ahead)


def _blocks(stepper: Stepper, view: MarketView, last: int, ahead: Foresight) -> Iterator[tuple[int, int]]:
    """First and last row of each block; the stepper is told when the traded ones begin, its lines what comes next."""
    for begin, end in ((0, view.first), (view.first, last)):
        if end == last:
            stepper.begin()
        for first in range(begin, end, _BLOCK):
            stop = min(first + _BLOCK, end)
            ahead.block(first, stop)
            yield first, stop


def _follow(stepper: Stepper, view: MarketView, last: int, ahead: Foresight) -> Iterator[Block]:
    on_bar = stepper.on_bar
    for first, stop in _blocks(stepper, view, last, ahead):
        rows: list[int] = []
        decisions: list[Decision] = []
        for row, bar in enumerate(candles(view.bars, first, stop), first):
            decision = on_bar(bar)
            if decision is not None:
                rows.append(row)
                decisions.append(decision)
        yield first, rows, decisions


def _follow_higher(stepper: Stepper, view: MarketView, last: int, ahead: Foresight) -> Iterator[Block]:
    """As `_follow`, with each longer bar handed over when it is finished."""
    waiting = [_Finished(frame, bars) for frame, bars in view.higher.items()]
    on_bar = stepper.on_bar
    for first, stop in _blocks(stepper, view, last, ahead):
        rows: list[int] = []
        decisions: list[Decision] = []
        closes = close_times(view.bars.time[first:stop], view.timeframe).tolist()
        for row, bar in enumerate(candles(view.bars, first, stop), first):
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

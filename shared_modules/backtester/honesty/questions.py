"""The checks that need no backtest: a strategy, or an indicator of the catalogue, asked by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from shared_modules.backtester.data import SymbolData
from shared_modules.backtester.wishes import sound, wishes
from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput
from shared_modules.core.parameters import build
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe, timeframe
from shared_modules.indicators.catalogue import indicator
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.registry import strategy
from shared_modules.strategies.user_folder import user_file

from .ground import Ground
from .lookahead import look_ahead, moment, probe
from .made_up import made_up_bars
from .verdict import Verdict
from .warmup import warm_up

MADE_UP = 6_000  # bars


@dataclass(frozen=True)
class Market:
    """Candles to ask about; ``bars`` are of ``frame``, the strategy trades on ``traded`` (the same where None)."""

    symbol: str
    bars: Bars
    frame: Timeframe
    traded: Timeframe | None = None


def made_up_market(traded: Timeframe | None = None) -> Market:
    """A market that nobody traded, of ``traded`` bars (5 minutes where None)."""
    frame = timeframe("5m") if traded is None else traded
    return Market("MADE-UP", made_up_bars(MADE_UP, frame), frame)


def strategy_of(named: str, folder: Path | None = None) -> type[Strategy]:
    """The strategy called ``named``, or the last one in the file ``named``; raises `InvalidInput` without one."""
    path = Path(named)
    if path.suffix != ".py":
        return strategy(named, folder)
    if not path.is_file():
        raise InvalidInput(f"there is no file {path.name} in {path.parent}")
    found = user_file(path)
    if found.error is not None:
        raise InvalidInput(str(found.error))
    return found.classes[-1]


def check_strategy(
    cls: type[Strategy],
    parameters: Mapping[str, Any],
    markets: Sequence[Market] = (),
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """The verdicts on look-ahead and warm-up of ``cls`` over ``markets`` (a made-up one where there is none).

    Raises `InvalidInput` and its kin for parameters that can't be, and what the strategy raises.
    """
    progress = Progress() if progress is None else progress
    asked = sound(build(cls, parameters))
    if not markets:
        shortest = min((frame.ms for frame in asked.timeframes), default=None)
        markets = (made_up_market(timeframe("1m") if shortest is not None and shortest <= 300_000 else None),)
    grounds = [Ground(m.symbol, m.bars, m.frame, m.traded or m.frame, asked.timeframes) for m in markets]
    for ground in grounds:
        _check_frames(asked, ground)
        # as before a backtest: what can't be used is refused with its file and line
        bars = ground.bars()
        wishes(asked, SymbolData(ground.symbol, ground.source, ground.source_frame, bars, ground.frame, 0, len(bars)))
    return (
        look_ahead(asked, grounds, progress.part(0.0, 0.8)),
        warm_up(asked, grounds, progress.part(0.8, 1.0)),
    )


def _check_frames(asked: Strategy, ground: Ground) -> None:
    for frame in asked.timeframes:
        if frame.ms <= ground.frame.ms:
            raise InvalidInput(f"'{asked.name}' reads {frame} bars, so it can't be asked on {ground.frame} bars")
    if not len(ground.bars()):
        raise InvalidInput(f"{ground.symbol} has no whole {ground.frame} bar")


@dataclass(frozen=True)
class _Drawn(Strategy):
    """An indicator as a strategy that wishes for nothing and only draws."""

    name: ClassVar[str] = "indicator"
    title: ClassVar[str] = "Indicator"
    of: str = ""
    given: tuple[tuple[str, Any], ...] = ()

    def signals(self, view: MarketView) -> Signals:
        none = Signals.none(len(view.bars))
        lines = indicator(self.of).compute(view.bars, **dict(self.given))
        return Signals(none.enter_long, none.exit_long, none.enter_short, none.exit_short, plots=lines)


def check_indicator(
    name: str, parameters: Mapping[str, Any], market: Market | None = None, progress: Progress | None = None
) -> Verdict:
    """Whether the indicator ``name`` keeps to what its entry says: that no value depends on later bars."""
    entry = indicator(name)
    market = made_up_market() if market is None else market
    drawn = _Drawn(name, tuple(entry.checked(parameters).items()))
    found = probe(drawn, Ground(market.symbol, market.bars, market.frame, market.frame), progress)
    check = f"indicator {name}"
    if found.failed:
        return Verdict(check, "bad", f"{found.failed}.")
    if found.unsteady:
        return Verdict(check, "bad", f"Two runs over the same bars give another '{found.unsteady}'.")
    if not found.leaks:
        text = f"{found.runs} runs with other futures changed nothing before them."
        if entry.causal:
            return Verdict(check, "good", text)
        return Verdict(check, "warning", f"It is said to need later bars, but does not: {text}")
    leak = found.leaks[0]
    text = f"{leak.column.removeprefix('plot ')} at {moment(leak.time)} knows later bars"
    if entry.causal:
        return Verdict(check, "bad", f"{text}, though its entry says that it does not.")
    return Verdict(check, "good", f"{text}, as its entry says: for the chart alone, not for strategies.")

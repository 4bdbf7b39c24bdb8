"""The lines that a strategy's wishes in a result rest on, found again for whoever draws them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.errors import InvalidInput
from shared_modules.core.progress import Progress

from .request import BarSource
from .result import BacktestResult

_LIKE_PRICES = 0.9  # the share of its values that makes a line one of prices
_FAR = 2.0  # times the highest price and a share of the lowest: further away is no price


@dataclass(frozen=True)
class PlottedLine:
    """One line by its name, a value for each bar (NaN for none); ``of_prices``: whether it is one of prices."""

    name: str
    values: Floats
    of_prices: bool


@dataclass(frozen=True)
class Plotted:
    """The ``lines`` of one symbol over bars that open at ``time`` (ms UTC)."""

    time: Times
    lines: tuple[PlottedLine, ...]


def plotted(
    stored: BacktestResult, symbol: str, sources: tuple[BarSource, ...] = (), progress: Progress | None = None
) -> Plotted:
    """The ``plots`` that the strategy of ``stored`` gives for ``symbol``, asked again over the candles of that run.

    They are not kept with a result: they are as long as its candles. ``sources`` stand in for candles that were handed
    over as bars. A strategy that decides bar by bar gives none. Raises `InvalidInput` when the strategy is not as it
    was, and whatever a backtest raises.
    """
    from .data import load
    from .passport import code_hash
    from .run import strategy_of
    from .wishes import wishes

    progress = Progress() if progress is None else progress
    request = stored.request
    if request.decide_by == "on_bar":
        return Plotted(np.empty(0, np.int64), ())
    own = tuple(source for source in sources or request.sources if source.symbol in ("", symbol))
    missing = InvalidInput(f"the candles of {symbol} are not kept with this result; its lines can't be drawn")
    if not own or any(source.bars is not None and not len(source.bars) for source in own):
        raise missing
    request = replace(request, sources=own, parameters=dict(stored.parameters))
    strategy = strategy_of(request)
    if stored.code and code_hash(type(strategy)) != stored.code:
        raise InvalidInput(
            f"'{strategy.title}' was changed since this result was made; run it again to see its lines on the chart"
        )
    found = [data for data in load(request, progress.part(0.0, 0.5))[0] if data.symbol == symbol]
    if not found:
        raise missing
    progress.step(0.5, f"Computing the lines of {strategy.title}")
    bars = found[0].bars
    lines = ((name, np.asarray(line, np.float64)) for name, line in wishes(strategy, found[0]).plots.items())
    return Plotted(
        bars.time, tuple(PlottedLine(n, v, _of_prices(v, bars)) for n, v in lines if v.shape == (len(bars),))
    )


def _of_prices(line: Floats, bars: Bars) -> bool:
    """Whether nearly all of ``line`` lies where prices could: nothing else tells an average from an oscillator."""
    known = ~np.isnan(line)
    if not known.any():
        return False
    near = (line >= bars.low / _FAR) & (line <= bars.high * _FAR)
    return bool(near[known].mean() >= _LIKE_PRICES)

"""Deciding bar by bar: strategies are handed one finished bar after the other, and know nothing else.

What they wish becomes the same `Signals` that the whole computation gives, so the kernel that fills is the same too.
"""

from shared_modules.core.errors import Cancelled, InvalidInput, TradeBotError
from shared_modules.core.progress import Progress
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.following import Written, follow

from .data import SymbolData
from .wishes import blame, checked, higher_bars


def stepped(strategy: Strategy, data: SymbolData, progress: Progress) -> Signals:
    """What ``strategy`` wishes at the traded rows of ``data``, asked bar by bar; earlier bars only warm it up.

    Raises `InvalidInput` with file and line when the strategy fails, or for a decision that can't be right.
    """
    view = MarketView(data.symbol, data.frame, data.bars, higher_bars(strategy, data), data.first)
    written = Written(len(data.bars))
    try:
        for first, rows, decisions in follow(strategy, view, data.last):
            progress.step(first / data.last, f"{strategy.title} on {data.symbol}: bar {first:,} of {data.last:,}")
            written.add(rows, decisions)
    except (TradeBotError, Cancelled):
        raise
    except (Exception, SystemExit) as error:
        raise InvalidInput(blame(strategy, error), strategy=strategy.name) from error
    return checked(strategy, written.signals(), data)

"""`engine.choice`: which series are collected, remembered over restarts.

Symbols and timeframes are chosen as two lists; single series of them may be stopped, by name such as 'BTCUSDT:5m'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shared_modules.core.errors import UnknownName
from shared_modules.core.market import Series
from shared_modules.core.timeframes import timeframe

if TYPE_CHECKING:
    from .engine import Engine

STOPPED = "collector.stopped"


class Choice:
    """Changes what is collected, and the settings with it; belongs on the event loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def stopped(self) -> tuple[Series, ...]:
        """The series that were stopped one by one; none of markets that the exchange does not list."""
        found = []
        for name in self._engine.settings.collector.stopped:
            symbol, _, frame = name.rpartition(":")
            try:
                found.append(Series(self._engine.market(symbol), timeframe(frame)))
            except UnknownName:
                continue
        return tuple(found)

    def series(self, symbols: Iterable[str], timeframes: Sequence[str]) -> list[Series]:
        """Each of ``symbols`` at each of ``timeframes``, without what was stopped; raises `UnknownName`."""
        stopped = set(self.stopped)
        chosen = [Series(self._engine.market(s), timeframe(t)) for s in symbols for t in timeframes]
        return [series for series in chosen if series not in stopped]

    async def apply(self, symbols: Sequence[str], timeframes: Sequence[str]) -> None:
        """Collect each of ``symbols`` at each of ``timeframes``, also what was stopped, and remember the choice."""
        await self._engine.start_collecting(symbols, timeframes)
        await self._engine.change("collector.symbols", tuple(symbols))
        await self._engine.change("collector.timeframes", tuple(timeframes))
        await self._note(())

    async def stop(self, series: Sequence[Series]) -> None:
        """Collect ``series`` no longer, after a restart neither; what is stored stays."""
        await self._engine.collector.remove(series)
        await self._note(dict.fromkeys((*self._engine.settings.collector.stopped, *map(name_of, series))))

    async def begin(self, series: Sequence[Series]) -> None:
        """Collect ``series`` anew, whether they were stopped or have failed."""
        collector = self._engine.collector
        await collector.remove(series)
        await collector.add(series, self._engine.settings.collector.history)
        again = set(map(name_of, series))
        await self._note(name for name in self._engine.settings.collector.stopped if name not in again)

    async def _note(self, names: Iterable[str]) -> None:
        stopped = tuple(names)
        if stopped != self._engine.settings.collector.stopped:
            await self._engine.change(STOPPED, stopped)


def name_of(series: Series) -> str:
    """How ``series`` is called in the settings: 'BTCUSDT:5m'."""
    return f"{series.market.symbol}:{series.timeframe.name}"

"""Where the small curves of the market watch come from: the last 24 hours of the symbols in sight, and what moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from shared_modules.core.errors import TradeBotError
from shared_modules.core.market import Series, Ticker
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.desk import Desk
from tradebot_gui.view_models.trails import POINTS, Trail

# how often it is looked which symbols are in sight, ms
LOOK = 1_000
HALF_HOUR = TIMEFRAMES["30m"]


class TrailFeed(QObject):
    """Keeps a trail of every symbol; the past is asked for one symbol at a time, and only for those in sight."""

    def __init__(self, desk: Desk, in_sight: Callable[[], Sequence[str]], parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._in_sight = desk, in_sight
        self.trails: dict[str, Trail] = {}
        self.changed: Callable[[], None] = lambda: None
        self._asked: set[str] = set()
        self._task: asyncio.Task[object] | None = None
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def move(self, ticker: Ticker) -> None:
        """Take the newest price along."""
        trail = self.trails.get(ticker.symbol)
        if trail is None:
            trail = self.trails[ticker.symbol] = Trail()
        trail.move(ticker.time, ticker.last)

    def _look(self) -> None:
        self.changed()
        if (self._task is not None and not self._task.done()) or not self._desk.engine.ready:
            return
        # what was refused once is asked for again when all others have had their turn
        wanted = [s for s in self._in_sight() if not (t := self.trails.get(s)) or not t.complete]
        fresh = [s for s in wanted if s not in self._asked]
        if wanted and not fresh:
            self._asked.clear()
        elif fresh:
            self._task = self._desk.spawn(self._fetch(fresh))

    async def _fetch(self, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            self._asked.add(symbol)
            try:
                series = Series(self._desk.engine.market(symbol), HALF_HOUR)
                bars = await self._desk.engine.bars(series, limit=POINTS)
            except TradeBotError:
                # a curve is no news: the chart and the status bar say that the exchange does not answer
                return
            self.trails.setdefault(symbol, Trail()).begin_with(bars.time.tolist(), bars.close.tolist())

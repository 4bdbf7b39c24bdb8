"""Older candles of the chart, fetched when somebody looks to its left end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Rejected, TradeBotError
from shared_modules.core.market import Series
from tradebot_gui.charts import ChartView
from tradebot_gui.desk import Desk

# candles that are fetched at a time
STRETCH = 1500
# after a refusal the exchange is asked again so much later, ms
AGAIN_MS = 5_000


class OlderCandles(QObject):
    """Asks store and exchange for what came before, one question at a time; ``told`` hears what goes wrong, or ''."""

    def __init__(self, desk: Desk, view: ChartView, came: Callable[[], None], told: Callable[[str], None]) -> None:
        super().__init__(view)
        self._desk, self._view, self._came, self._told = desk, view, came, told
        self.series: Series | None = None
        self._task: asyncio.Task[Any] | None = None
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(view.ask_again)
        view.older_wanted.connect(self._wanted)

    def show(self, series: Series) -> None:
        """Fetch candles of ``series`` from now on."""
        self.series = series
        self._again.stop()

    def _wanted(self, before: int) -> None:
        if self.series is not None and (self._task is None or self._task.done()):
            self._task = self._desk.spawn(self._fetch(self.series, before))

    async def _fetch(self, series: Series, before: int) -> None:
        try:
            older = await self._before(series, before)
        except Rejected:  # the exchange does not have the series: what is stored is all there is
            return
        except TradeBotError as error:
            self._told(f"Older candles did not come: {error}")
            self._again.start()
            return
        self._told("")
        if series != self.series:
            # the chart may have asked for others meanwhile, and was not heard
            self._view.ask_again()
        elif len(older):
            self._view.prepend(older)
            self._came()

    async def _before(self, series: Series, before: int) -> Bars:
        start = max(0, before - STRETCH * series.timeframe.ms)
        found = await self._desk.engine.bars(series, start, before)
        if len(found) or not start:
            return found
        # nothing for so long: a hole in what is stored, or the beginning
        return (await self._desk.engine.bars(series)).between(None, before).tail(STRETCH)

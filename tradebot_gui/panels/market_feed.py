"""The base of panels that receive something of the chosen symbol only while somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import InstrumentsChanged
from shared_modules.core.market import Instrument
from tradebot_gui.desk import Desk

from .base import Panel


class MarketFeedPanel(Panel):
    """Follows the desk's symbol; watches its feed while in sight, and lets go of it when hidden or at another symbol.

    A panel says how in `watch`, and shows in `left`, `chosen` and `refused` where it stands. It calls `begin` once it
    is made.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.instrument: Instrument | None = None
        self.watching = ""
        self._undo: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Follow the desk from now on."""
        self.desk.symbol_selected.connect(lambda _: self._follow())
        self.desk.bridge.every(InstrumentsChanged, lambda _: self._follow(), self)
        self._follow()

    # -- what a panel says --------------------------------------------------------------------------------------------

    def watch(self, instrument: Instrument) -> Callable[[], None]:
        """Begin to receive; the returned function ends it. Raises what the engine raises."""
        raise NotImplementedError

    def without(self) -> None:
        """There is no symbol to show: say why. Called again and again, for the reason changes."""

    def chosen(self, instrument: Instrument) -> None:
        """Another symbol, or other rules of it, from now on."""

    def left(self) -> None:
        """Nothing is received any more: what is shown is no longer the market's."""

    def refused(self, error: TradeBotError) -> None:
        """The feed could not be watched."""

    # -- following ----------------------------------------------------------------------------------------------------

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        # what nobody sees costs messages all the same
        self._leave()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._follow()

    def set_offline(self, since: str) -> None:
        if self.instrument is None:
            self.without()

    def _follow(self) -> None:
        symbol = self.desk.symbol
        instrument = self.desk.engine.instrument(symbol) if symbol else None
        if instrument is None:
            if self.instrument is None:
                self.without()
            return
        if instrument != self.instrument:
            self._leave()
            self.instrument = instrument
            self.chosen(instrument)
        if self.isVisible() and self.watching != symbol:
            self.watching = symbol
            try:
                self._undo = self.watch(instrument)
            except TradeBotError as error:
                self.watching = ""
                self.refused(error)

    def _leave(self) -> None:
        self._undo()
        self._undo = lambda: None
        self.watching = ""
        self.left()

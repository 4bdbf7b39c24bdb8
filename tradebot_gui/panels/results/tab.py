"""The base of every tab of a result: computed in a thread, filled when somebody looks at it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from shared_modules.core.errors import TradeBotError
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.veil import Veiled

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

NO_RESULT = "No backtest yet. Press Start (F5) in the Backtest panel, or open a run of its history."


class ResultTab(QWidget, Veiled):
    """One view of a result. `compute` runs in a thread, `fill` on the loop, and only once the tab is in sight."""

    title: ClassVar[str] = ""
    tip: ClassVar[str] = ""

    explain_wanted = Signal(str)  # name of a metric
    filled = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.result: BacktestResult | None = None
        self._pending = False
        self.veiled = False
        self.setAccessibleName(tr("Result: {tab}").format(tab=tr(self.title)))

    @property
    def zone(self) -> str:
        """The zone of its tables: whichever is chosen when they are painted."""
        return texts.CHOSEN

    def show_result(self, result: BacktestResult) -> None:
        """Take over ``result``; it is computed and shown when the tab is in sight."""
        self.result, self._pending = result, True
        if self.isVisible():
            self._begin()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._pending:
            self._begin()

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of the amounts that stand in words, or show them again."""
        if on != self.veiled:
            self.veiled = on
            self.again()

    def amount(self, value: float, sign: bool = False) -> str:
        """``value`` in quote coin, as streamer mode lets it be seen."""
        return texts.VEIL if self.veiled else texts.number(value, 2, sign=sign)

    def again(self) -> None:
        """Compute anew, when a field of the tab has changed."""
        if self.result is not None:
            self.show_result(self.result)

    def _begin(self) -> None:
        self._pending = False
        self.desk.spawn(self._load())

    async def _load(self) -> None:
        result = self.result
        if result is None:
            return
        try:
            data = await asyncio.to_thread(self.compute, result, self.asked())
        except TradeBotError as error:
            if result is self.result and isValid(self):
                self.failed(str(error))
            return
        # meanwhile another result may have come, or the window may be gone
        if result is self.result and isValid(self):
            self.fill(result, data)
            self.filled.emit()

    def asked(self) -> Any:
        """What the tab's own fields say, for `compute`, which may not read them."""
        return None

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        """What `fill` needs, made without touching a widget."""
        return None

    def fill(self, result: BacktestResult, data: Any) -> None:
        """Show ``result`` and what was computed of it."""
        raise NotImplementedError

    def failed(self, sentence: str) -> None:
        """Say why there is nothing to see."""
        self.desk.notice.emit("warning", sentence)

    def set_theme(self, theme: Theme) -> None:
        """Take over colours that the style sheet does not reach."""

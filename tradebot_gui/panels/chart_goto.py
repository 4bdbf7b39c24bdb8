"""Taking a chart to a time: that of a trade or a gap, or a date that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.market import Series
from shared_modules.core.trading import Trade
from tradebot_gui.charts import ChartView
from tradebot_gui.charts.ticks import Zone
from tradebot_gui.forms.moment import MomentBox
from tradebot_gui.language import phrase, tr

from .chart_trades import Moment

if TYPE_CHECKING:
    from tradebot_gui.desk import Desk

# candles around a time that are fetched when it lies before what is shown
AROUND = 300
MOST_BACK = 200_000


class Owner(Protocol):
    """What is needed of the chart."""

    desk: Desk
    view: ChartView
    series: Series | None


class GoTo:
    """Shows a time of a chart's series, fetching the candles it has not loaded."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def ask(self, parent: QWidget) -> GoToDialog | None:
        """Ask for a date and go there; None while the chart has no candles."""
        view = self._owner.view
        if not len(view.data):
            return None
        dialog = GoToDialog(view.zone, int(view.data.time_of(round((view.span.x0 + view.span.x1) / 2))), parent)
        dialog.accepted.connect(lambda: self.go(dialog.when.moment()))
        dialog.open()
        return dialog

    def go(self, time: int) -> None:
        """Put the candle of ``time`` (ms UTC) into the middle; a time to come is that of the newest."""
        view = self._owner.view
        view.setFocus()
        if time >= view.data.newest:
            view.snap_to_last()
        else:
            self._owner.desk.spawn(self.show(Moment(time, time)))

    async def show(self, wanted: Trade | Moment) -> None:
        """Put ``wanted`` into the middle."""
        owner, view = self._owner, self._owner.view
        series, data, say = owner.series, view.data, owner.desk.notice.emit
        if series is None or not len(data):
            return
        first = int(data.time_of(data.first))
        begin = max(0, wanted.entry_time - AROUND * series.timeframe.ms)
        if begin < first:
            if (first - begin) / series.timeframe.ms > MOST_BACK:
                say("warning", "That time lies too far back for this timeframe; choose a longer one.")
                return
            try:
                older = await owner.desk.engine.bars(series, begin, first)
            except TradeBotError as error:
                say("warning", f"Older candles did not come: {error}")
                return
            if owner.series != series:
                return
            view.prepend(older)
        if int(data.time_of(data.first)) > wanted.entry_time:
            say("warning", f"There are no candles of {series} at that time; the chart begins after it.")
            view.show_first()
            return
        view.show_between(wanted.entry_time, wanted.exit_time)


class GoToDialog(QDialog):
    """A date with its time in the zone of the chart; Enter goes there."""

    def __init__(self, zone: Zone, time: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Go to a date"))
        self.when = MomentBox(zone)
        self.when.setAccessibleName(tr("Time to go to"))
        self.when.set_moment(time)
        words = QLabel(phrase(f"Date and time in {zone.label(time)}. End comes back to the newest candle."))
        words.setProperty("role", "muted")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.button(kinds.Ok).setText(tr("Go there"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for part in (self.when, words, self.buttons):
            layout.addWidget(part)
        self.when.setFocus()

"""The form of an alert: what to look at, what it must cross, and how to be told."""

from __future__ import annotations

from dataclasses import replace
from time import time
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.errors import InvalidInput, TradeBotError
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.indicators.catalogue import catalogue, indicator
from shared_modules.system_integration import Alert, Crossing, Line, watchable
from tradebot_gui.charts.ticks import Zone
from tradebot_gui.desk import Desk
from tradebot_gui.forms.fields import Field, of_parameter
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import set_text

from .alert_manner import EndRow, SoundRow

EVERY_TRADE = "at every trade"
PRICE = "Closing price"
MOST_DIGITS = 8
DRAWN = 2  # the kind of goal that is offered for alerts on drawings


class LineForm(QWidget):
    """A line: the price, or an indicator with its parameters and one of its lines."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fields: dict[str, Field] = {}
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr(name))
        self.kind.setToolTip(tr("The price, or an indicator of the catalogue; type to find it"))
        self.kind.setEditable(True)
        _size_without_reading_all(self.kind)
        self.kind.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.kind.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.kind.completer().setCompletionMode(self.kind.completer().CompletionMode.PopupCompletion)
        self.kind.addItem(tr(PRICE), "close")
        self.output = QComboBox()
        self.output.setAccessibleName(tr("{name}: which of its lines").format(name=tr(name)))
        self.form.addRow(self.kind)
        self.kind.currentIndexChanged.connect(lambda _: self._chosen())
        self._chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._list)  # once the form stands

    def _list(self) -> None:
        """Offer the catalogue, once: hundreds of entries are not made for a form that nobody sees."""
        if self.kind.count() > 1:
            return
        found = sorted(filter(watchable, catalogue().values()), key=lambda e: e.title)
        for entry in found:
            self.kind.addItem(f"{tr(entry.title)} ({entry.name})", entry.name)

    @property
    def name(self) -> str:
        return str(self.kind.currentData() or "close")

    def line(self) -> Line:
        params = {name: field.value() for name, field in self._fields.items()}
        output = self.output.currentText().replace(" ", "_") if self.output.count() > 1 else ""
        return Line(self.name, params, output)

    def set_line(self, line: Line) -> None:
        if line.name != "close":
            self._list()
        self.kind.setCurrentIndex(max(0, self.kind.findData(line.name)))
        for name, value in line.params.items():
            if name in self._fields:
                self._fields[name].set(value)
        self.output.setCurrentIndex(max(0, self.output.findText(line.output.replace("_", " "))))

    def _chosen(self) -> None:
        while self.form.rowCount() > 1:
            row = self.form.takeRow(1)
            for item in (row.labelItem, row.fieldItem):
                if item is not None and item.widget() is not None and item.widget() is not self.output:
                    item.widget().deleteLater()
        self._fields = {}
        self.output.setParent(None)
        self.output.clear()
        if self.name != "close":
            self._parameters()
        self.changed.emit()

    def _parameters(self) -> None:
        found = indicator(self.name)
        for parameter in found.parameters:
            field = of_parameter(parameter)
            self._fields[parameter.name] = field
            self.form.addRow(tr(parameter.title), field.widget)
        self.output.addItems([o.replace("_", " ") for o in found.outputs])
        if len(found.outputs) > 1:
            self.form.addRow(tr("Line"), self.output)


class LevelBox(QDoubleSpinBox):
    """Shows a price with all the digits that prices have, and other values without idle zeros at their end."""

    def textFromValue(self, value: float) -> str:
        shown, point = super().textFromValue(value), self.locale().decimalPoint()
        return shown if self.decimals() < MOST_DIGITS or point not in shown else shown.rstrip("0").rstrip(point)


class AlertDialog(QDialog):
    """Makes a new alert or changes one; what can't be is said in a sentence below the form."""

    def __init__(self, desk: Desk, alert: Alert | None = None, start: dict[str, Any] | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.desk = desk
        self._alert = alert
        self.setWindowTitle(tr("Change alert") if alert else tr("New alert"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(430)
        self._parts()
        self._lay_out()
        self._fill(alert, start or {})
        self.when.currentIndexChanged.connect(lambda _: self._fit())
        self.against_kind.currentIndexChanged.connect(lambda _: self._fit())
        self.line.changed.connect(self._fit)
        self._fit()

    def _parts(self) -> None:
        self.symbol = QComboBox()
        self.symbol.setEditable(True)
        _size_without_reading_all(self.symbol)
        self.symbol.addItems(sorted(i.symbol for i in self.desk.engine.instruments))
        self.when = QComboBox()
        self.when.addItem(tr(EVERY_TRADE), "")
        for name in TIMEFRAMES:
            self.when.addItem(tr("at the close of a {timeframe} candle").format(timeframe=name), name)
        self.line, self.against = LineForm("What is watched"), LineForm("The line it must cross")
        self.crossing = QComboBox()
        for crossing in Crossing:
            words = {"above": "crosses above", "below": "crosses below", "either": "crosses either way"}
            self.crossing.addItem(tr(words[crossing.value]), crossing)
        self.against_kind = QComboBox()
        self.against_kind.addItems([tr("a price or value"), tr("another line")])
        self.level = LevelBox()
        self.level.setDecimals(MOST_DIGITS)
        self.level.setRange(-1e12, 1e12)
        self.level.setGroupSeparatorShown(True)
        self.note = QLineEdit()
        self.note.setPlaceholderText(tr("What to do then"))
        self.repeat = QCheckBox(tr("Tell every time, not only once"))
        self.sound = SoundRow(lambda name: self.desk.sounds.listen(name or self.desk.engine.settings.sounds.alert))
        self.end = EndRow(Zone(self.desk.engine.settings.appearance.time_zone), self._now())
        self.drawn = QLabel(tr("The line drawn on the chart; it goes on to the right, and the alert with it."))
        self.drawn.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setProperty("tone", "loss")
        self.problem.setWordWrap(True)
        for part, name in (
            (self.symbol, "Symbol"), (self.when, "When it is judged"), (self.crossing, "How it must cross"),
            (self.against_kind, "What it must cross"), (self.level, "Price or value"), (self.note, "Note"),
        ):  # fmt: skip
            part.setAccessibleName(tr(name))
            part.setToolTip(tr(name))

    def _lay_out(self) -> None:
        self.goal = QStackedWidget()
        self.goal.addWidget(self.level)
        self.goal.addWidget(self.against)
        self.goal.addWidget(self.drawn)
        form = QFormLayout()
        form.addRow(tr("Symbol"), self.symbol)
        form.addRow(tr("Judged"), self.when)
        form.addRow(tr("Watch"), self.line)
        form.addRow(tr("When it"), self.crossing)
        form.addRow("", self.against_kind)
        form.addRow("", self.goal)
        form.addRow(tr("Note"), self.note)
        form.addRow("", self.repeat)
        form.addRow("", self.sound)
        form.addRow("", self.end)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.buttons.button(kinds.Save).setProperty("primary", True)
        self.buttons.accepted.connect(lambda: self.desk.spawn(self.save()))
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def _fill(self, alert: Alert | None, start: dict[str, Any]) -> None:
        if alert is None:
            alert = Alert(
                str(start.get("symbol") or self.desk.symbol or "?"), level=float(start.get("level") or 0.0),
                crossing=Crossing.EITHER, line=start.get("line") or Line(), timeframe=str(start.get("timeframe") or ""),
                drawn=start.get("drawn"), drawing=str(start.get("drawing") or ""),
            )  # fmt: skip
        self._on = alert
        if alert.drawn is not None:
            self.against_kind.addItem(tr("a drawn line"))
        self.symbol.setCurrentText("" if alert.symbol == "?" else alert.symbol)
        self.when.setCurrentIndex(max(0, self.when.findData(alert.timeframe)))
        self.line.set_line(alert.line)
        self.crossing.setCurrentIndex(list(Crossing).index(alert.crossing))
        self.against_kind.setCurrentIndex(1 if alert.against is not None else 0 if alert.drawn is None else DRAWN)
        if alert.against is not None:
            self.against.set_line(alert.against)
        elif alert.drawn is None:
            self._fit_decimals(alert.symbol, alert.level)
            self.level.setValue(alert.level)
        self.note.setText(alert.note)
        self.repeat.setChecked(alert.repeat)
        self.sound.show_choice(alert.sound, alert.tone)
        self.end.show_time(alert.expires)

    def _fit_decimals(self, symbol: str, level: float) -> None:
        """Show the digits that prices of ``symbol`` have, and more only when ``level`` has them."""
        known = self.desk.engine.instrument(symbol)
        digits = MOST_DIGITS if known is None else known.price_decimals
        price = round(level, digits) == level and self.line.name == "close"
        self.level.setDecimals(digits if price else MOST_DIGITS)

    def _fit(self) -> None:
        """An indicator needs a candle's close, so every trade is no choice for it."""
        self.goal.setCurrentIndex(self.against_kind.currentIndex())
        if self.line.name != "close":
            # a value of an indicator is no price
            self.level.setDecimals(MOST_DIGITS)
        lines = self.line.name != "close" or self.against_kind.currentIndex() == 1
        if lines and not self.when.currentData():
            self.when.setCurrentIndex(self.when.findData("1m"))

    def alert(self) -> Alert:
        """The alert as the form has it; raises `InvalidInput` and its kin for what can't be."""
        values: dict[str, Any] = {
            "symbol": self.symbol.currentText().strip().upper(),
            "timeframe": self.when.currentData(),
            "line": self.line.line(),
            "crossing": Crossing(self.crossing.currentData()),
            "note": self.note.text().strip(),
            "repeat": self.repeat.isChecked(),
            "sound": self.sound.on.isChecked(),
            "tone": self.sound.name,
            "expires": self.end.time(),
        }
        values |= self._goal(self.against_kind.currentIndex())
        if values["expires"] is not None and values["expires"] <= self._now():
            raise InvalidInput("the time until which the alert waits is over; choose a later one")
        if self._alert is None:
            return Alert(**values)
        # what waits for something else looks at it afresh
        return replace(self._alert, **values, last=None, active=True)

    def _goal(self, kind: int) -> dict[str, Any]:
        """What must be crossed, as fields of an alert."""
        level = float("nan") if kind else self.level.value()
        drawn = self._on.drawn if kind == DRAWN else None
        # who types another price lets go of the drawing that the first one came from
        follows = drawn is not None or level == self._on.level
        return {"against": self.against.line() if kind == 1 else None, "level": level, "drawn": drawn,
                "drawing": self._on.drawing if follows else ""}  # fmt: skip

    def _now(self) -> int:
        """Ms UTC on the exchange's clock, on this machine's while that is not known."""
        return int(self.desk.engine.hybrid.exchange_time or time() * 1000)

    async def save(self) -> None:
        try:
            await self.desk.engine.alerts.put(self.alert())
        except TradeBotError as error:
            text = str(error)
            set_text(self.problem, text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))
            return
        self.accept()


def _size_without_reading_all(box: QComboBox) -> None:
    """Have ``box`` as wide as its row: to find its widest entry Qt measures every one of hundreds."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

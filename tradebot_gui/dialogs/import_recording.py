"""The form of the import of a recording: which of its markets, as candles of which timeframe, and where they go."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QListWidget, QListWidgetItem, QWidget

from shared_modules.core.market import Category
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.system_integration import RecordedSeries, RecordingMapping, RecordingPreview
from tradebot_gui import texts
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import heading
from tradebot_gui.view_models.stored import plural

AS_TOLD = "as the messages tell"
_MOMENT = "%Y-%m-%d %H:%M:%S"


def described(one: RecordedSeries) -> str:
    """One market of a recording in a line."""
    kind, symbol = one.market
    candles = plural(len(one.bars), "candle") if len(one.bars) else "no whole candle"
    return f"{symbol} {kind.value}: {plural(one.trades, 'trade')}, {candles}"


class RecordingForm(QWidget):
    """``frame_changed``: the candles have to be built anew; ``changed``: something else was chosen."""

    frame_changed = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.timeframe = _choice({name: name for name in TIMEFRAMES}, "Timeframe")
        self.category = _choice({AS_TOLD: None, **{c.value: c.value for c in Category}}, "Market")
        self.exchange = QComboBox()
        self.exchange.setEditable(True)
        self.exchange.setAccessibleName(tr("Exchange"))
        self.exchange.setToolTip(tr("Choose the exchange of the terminal to see the candles on its charts"))
        self.markets = QListWidget()
        self.markets.setAccessibleName(tr("Markets in the recording; Space takes one in or leaves it out"))
        self.markets.setToolTip(tr("What is ticked is brought in; choose one to see its candles"))
        self.replace = QCheckBox(tr("The recording wins where a candle is stored already"))
        self._found: tuple[RecordedSeries, ...] = ()
        layout = QFormLayout(self)
        layout.setContentsMargins(2, 2, 10, 2)
        layout.setVerticalSpacing(4)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow(heading("Goes to"))
        for title, box in (("Timeframe", self.timeframe), ("Exchange", self.exchange), ("Market", self.category)):
            layout.addRow(tr(title), box)
        layout.addRow(heading("Markets"))
        layout.addRow(self.markets)
        layout.addRow(self.replace)
        self.timeframe.currentIndexChanged.connect(lambda _: self.frame_changed.emit())
        self.markets.currentRowChanged.connect(lambda _: self.changed.emit())
        self.markets.itemChanged.connect(lambda _: self.changed.emit())

    def show_preview(self, found: RecordingPreview, exchange: str) -> None:
        """Show the markets of ``found``; ``exchange`` is offered as where the candles go."""
        left_out = {one.market for one, item in self._items() if item.checkState() != Qt.CheckState.Checked}
        again = {one.market for one in self._found} == {one.market for one in found.found}
        current = max(0, self.markets.currentRow()) if again else 0
        with QSignalBlocker(self):
            if not again:
                self.exchange.clear()
                self.exchange.addItems(list(dict.fromkeys((RecordingMapping().exchange, exchange))))
            self._found = found.found
            self.markets.clear()
            for one in found.found:
                item = QListWidgetItem(phrase(described(one)))
                item.setToolTip(" – ".join(texts.when(t, "UTC", _MOMENT) for t in (one.first, one.last)) + " UTC")
                wanted = not (again and one.market in left_out)
                item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
                self.markets.addItem(item)
            self.markets.setCurrentRow(current)

    @property
    def frame(self) -> str:
        return str(self.timeframe.currentData())

    @property
    def shown(self) -> RecordedSeries | None:
        """The market whose candles a person looks at."""
        row = self.markets.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    @property
    def wanted(self) -> list[RecordedSeries]:
        """The ticked markets."""
        return [one for one, item in self._items() if item.checkState() == Qt.CheckState.Checked]

    def _items(self) -> list[tuple[RecordedSeries, QListWidgetItem]]:
        return [(one, self.markets.item(n)) for n, one in enumerate(self._found)]

    def mapping(self) -> RecordingMapping:
        """What the form says."""
        markets = frozenset(one.market for one in self.wanted)
        return RecordingMapping(
            self.frame, self.exchange.currentText(), self.category.currentData(), markets, self.replace.isChecked()
        )


def _choice(values: dict[str, str] | dict[str, str | None], name: str) -> QComboBox:
    box = QComboBox()
    for words, value in values.items():
        box.addItem(tr(words), value)
    box.setAccessibleName(tr(name))
    return box

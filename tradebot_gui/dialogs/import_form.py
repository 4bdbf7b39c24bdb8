"""The form of an import: columns, times, and the series that the candles go to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from shared_modules.core.market import Category
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.system_integration import ImportMapping, ImportPreview
from shared_modules.system_integration.data_words import COLUMNS, NEEDED, TIME_FORMATS, Layout
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import heading

# fields that are put into sight in one step
AT_ONCE = 4
CLOCK = "clock"
NOTHING = "—"
ZONES = ("UTC", "+01:00", "+08:00", "-05:00", "Europe/London", "Europe/Berlin", "America/New_York",
         "America/Chicago", "Asia/Tokyo", "Asia/Hong_Kong", "Asia/Singapore")  # fmt: skip
FORMAT_WORDS = {
    "auto": "found out by itself", "s": "seconds since 1970", "ms": "milliseconds since 1970",
    "us": "microseconds since 1970", "ns": "nanoseconds since 1970", "day": "milliseconds since midnight",
    "text": "dates, year first", "day first": "dates, day first", "month first": "dates, month first",
}  # fmt: skip
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
COLUMN_WORDS = {"time": "Time", CLOCK: "Hour, if apart", "open": "Opening price", "close": "Closing price"}


class ImportForm(QWidget):
    """Shows an `ImportMapping`, once `build` has run, and reads it back; ``changed`` when a person changes it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mapping = ImportMapping()
        self.columns = {key: QComboBox() for key in (COLUMNS[0], CLOCK, *COLUMNS[1:])}
        self.time_format, self.zone = _choice(TIME_FORMATS, FORMAT_WORDS), _editable(ZONES)
        self.closing = QCheckBox(tr("Times are those of the close"))
        self.day = QLineEdit()
        self.day.setPlaceholderText("2023-03-24")
        self.exchange, self.category = _editable(()), _choice([c.value for c in Category], {})
        self.symbol, self.timeframe = QLineEdit(), _choice(["", *TIMEFRAMES], {"": "found out by itself"})
        self.symbol.setPlaceholderText("BTCUSDT")
        self.replace = QCheckBox(tr("The file wins where a candle is stored already"))
        self.skip_bad = QCheckBox(tr("Leave out rows that cannot be read"))
        self.separator, self.decimal = _choice(list(SEPARATORS), SEPARATORS), _choice([".", ","], {})
        self.header = QCheckBox(tr("The first row has the names"))
        self.skip = QSpinBox()
        self.skip.setRange(0, 1000)
        for box in (self.closing, self.header, self.replace, self.skip_bad):
            box.setAccessibleName(box.text())

    def build(self) -> Iterator[None]:
        """Lay the fields out, which are in no place before, some of them a step."""
        yield from self._lay_out()
        self._listen()

    def _lay_out(self) -> Iterator[None]:
        layout = QFormLayout(self)
        layout.setContentsMargins(2, 2, 10, 2)
        layout.setVerticalSpacing(4)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        layout.addRow(heading("Goes to"))
        for title, widget in (("Symbol", self.symbol), ("Timeframe", self.timeframe), ("Exchange", self.exchange),
                              ("Market", self.category)):  # fmt: skip
            _line(layout, title, widget)
        self.exchange.setToolTip(tr("Choose the exchange of the terminal to see the candles on its charts"))
        yield
        layout.addRow(heading("Columns"))
        for n, (key, box) in enumerate(self.columns.items(), 1):
            _line(layout, COLUMN_WORDS.get(key, key.capitalize()) + (" *" if key in NEEDED else ""), box)
            if n % AT_ONCE == 0:
                yield
        yield
        layout.addRow(heading("Times"))
        _line(layout, "Written as", self.time_format)
        _line(layout, "Time zone", self.zone)
        self.zone.setToolTip(tr("Of times written without an offset: UTC, +01:00 or a name like Europe/Berlin"))
        _line(layout, "Day", self.day)
        self.day.setToolTip(tr("Of times that count from midnight"))
        layout.addRow(self.closing)
        yield
        layout.addRow(heading("How it is written"))
        _line(layout, "Separator", self.separator)
        _line(layout, "Decimal point", self.decimal)
        _line(layout, "Rows before", self.skip)
        layout.addRow(self.header)
        yield
        layout.addRow(heading("Rows"))
        layout.addRow(self.replace)
        layout.addRow(self.skip_bad)

    def _listen(self) -> None:
        fixed = (self.time_format, self.category, self.timeframe, self.separator, self.decimal)
        for box in (*self.columns.values(), *fixed):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        for box in (self.zone, self.exchange):
            box.currentTextChanged.connect(lambda _: self.changed.emit())
        for line in (self.day, self.symbol):
            line.textChanged.connect(lambda _: self.changed.emit())
        for check in (self.closing, self.header, self.replace, self.skip_bad):
            check.toggled.connect(lambda _: self.changed.emit())
        self.skip.valueChanged.connect(lambda _: self.changed.emit())

    # -- to and from a mapping ----------------------------------------------------------------------------------------

    def show_preview(self, found: ImportPreview, exchange: str) -> None:
        """Show what was guessed of a file; ``exchange`` is offered as where the candles go."""
        mapping = found.mapping
        with QSignalBlocker(self):
            self._mapping = mapping
            for key, box in self.columns.items():
                _offer(box, (NOTHING, *found.columns), mapping.columns.get(key) or NOTHING)
            _offer(self.exchange, tuple(dict.fromkeys((mapping.exchange, exchange))), mapping.exchange)
            for box, value in ((self.time_format, mapping.time_format), (self.category, mapping.category),
                               (self.timeframe, mapping.timeframe), (self.separator, mapping.layout.separator),
                               (self.decimal, mapping.layout.decimal)):  # fmt: skip
                box.setCurrentIndex(max(0, box.findData(value)))
            self.zone.setCurrentText(mapping.time_zone)
            self.day.setText(mapping.day)
            self.symbol.setText(mapping.symbol)
            for check, on in ((self.closing, mapping.closing), (self.header, mapping.layout.header),
                              (self.replace, mapping.replace), (self.skip_bad, mapping.skip_bad)):  # fmt: skip
                check.setChecked(on)
            self.skip.setValue(mapping.layout.skip)
        self._of_layout(mapping.layout.format == "csv")

    def hint(self, mapping: ImportMapping) -> None:
        """Say what was found out where nothing was chosen."""
        if not self.timeframe.currentData() and mapping.timeframe:
            with QSignalBlocker(self):
                self.timeframe.setCurrentIndex(max(0, self.timeframe.findData(mapping.timeframe)))

    def mapping(self) -> ImportMapping:
        """What the form says."""
        named = {key: box.currentText() for key, box in self.columns.items()}
        columns = {key: name for key, name in named.items() if name not in ("", NOTHING)}
        layout = self._mapping.layout
        if layout.format == "csv":
            layout = Layout(
                "csv", self.separator.currentData(), self.decimal.currentData(), self.header.isChecked(),
                self.skip.value(),
            )  # fmt: skip
        return replace(
            self._mapping, layout=layout, columns=columns, time_format=self.time_format.currentData(),
            time_zone=self.zone.currentText(), closing=self.closing.isChecked(), day=self.day.text().strip(),
            exchange=self.exchange.currentText(), category=self.category.currentData(), symbol=self.symbol.text(),
            timeframe=self.timeframe.currentData(), replace=self.replace.isChecked(),
            skip_bad=self.skip_bad.isChecked(),
        )  # fmt: skip

    def _of_layout(self, csv: bool) -> None:
        for widget in (self.separator, self.decimal, self.header, self.skip):
            widget.setEnabled(csv)


def _line(layout: QFormLayout, title: str, widget: QWidget) -> None:
    words = tr(title.removesuffix(" *"))
    widget.setAccessibleName(words)
    layout.addRow(words + title[len(title.removesuffix(" *")) :], widget)


def _choice(values: Sequence[str], words: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for value in values:
        box.addItem(tr(words.get(value, value)), value)
    return box


def _editable(values: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(values))
    return box


def _offer(box: QComboBox, texts: Sequence[str], chosen: str) -> None:
    box.clear()
    box.addItems(list(texts))
    place = box.findText(chosen)
    if place >= 0:
        box.setCurrentIndex(place)
    elif box.isEditable():
        box.setCurrentText(chosen)

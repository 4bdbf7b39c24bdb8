"""Small dialogs about stored series: what to export, what to delete, what to build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.market import Series
from shared_modules.core.timeframes import DAY, TIMEFRAMES, Timeframe
from shared_modules.system_integration import SeriesInfo
from shared_modules.system_integration.data_words import FORMATS, TIMES, file_name, nests
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import button, muted, row
from tradebot_gui.view_models.stored import plural

from .files import ask_folder

FORM_WORDS = {"csv": "CSV", "csv.gz": "CSV, packed (gzip)", "parquet": "Parquet"}
TIME_WORDS = {"ms": "milliseconds since 1970 (UTC)", "iso": "dates (UTC)"}


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """Candles in [start, end) of ``series``, each into a file of its own in ``folder``."""

    series: tuple[Series, ...]
    folder: Path
    form: str
    times: str
    start: int | None = None
    end: int | None = None

    def files(self) -> list[tuple[Series, Path]]:
        """Each series with the file it goes to; markets of several exchanges get folders of their own."""
        markets = {(s.market.exchange, s.market.category.value) for s in self.series}
        found = []
        for series in self.series:
            market = series.market
            under = self.folder / market.exchange / market.category.value if len(markets) > 1 else self.folder
            found.append((series, under / file_name(series, self.form)))
        return found


class Ask(QDialog):
    """A form with a button that does it; ``chosen`` is called once, with what the form says."""

    def __init__(self, title: str, does: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton(tr(does), QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setProperty("primary", True)
        self.buttons.rejected.connect(self.reject)
        self.buttons.accepted.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.addLayout(self.form)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(430)

    def line(self, title: str, widget: QWidget, tip: str = "") -> None:
        """A line of the form."""
        widget.setAccessibleName(tr(title))
        widget.setToolTip(tr(tip))
        self.form.addRow(tr(title), widget)


class Span:
    """Two dates that may be left open; days are whole ones in UTC."""

    def __init__(self, infos: Sequence[SeriesInfo]) -> None:
        firsts = [i.first for i in infos if i.first is not None]
        lasts = [i.last for i in infos if i.last is not None]
        self.whole = QCheckBox(tr("All candles"))
        self.whole.setChecked(True)
        self.first, self.last = _date(min(firsts, default=0)), _date(max(lasts, default=0))
        for edit in (self.first, self.last):
            edit.setEnabled(False)
            self.whole.toggled.connect(edit.setDisabled)

    def add_to(self, ask: Ask) -> None:
        ask.line("Candles", self.whole)
        ask.line("From day", self.first, "First day, in UTC")
        ask.line("To day", self.last, "Last day, in UTC, taken whole")

    @property
    def times(self) -> tuple[int | None, int | None]:
        """Start, and end (not included), in ms UTC; None for open."""
        if self.whole.isChecked():
            return None, None
        return _ms(self.first), _ms(self.last) + DAY


class ExportDialog(Ask):
    """Which format, where to, and which days."""

    def __init__(
        self, infos: Sequence[SeriesInfo], folder: Path, chosen: Callable[[ExportChoice], object], parent: QWidget
    ) -> None:
        super().__init__("Export candles", "Export", parent)
        self._series = tuple(info.series for info in infos)
        self._chosen = chosen
        self.kind = QComboBox()
        for form in FORMATS:
            self.kind.addItem(tr(FORM_WORDS.get(form, form)), form)
        self.times = QComboBox()
        for times in TIMES:
            self.times.addItem(tr(TIME_WORDS.get(times, times)), times)
        self.folder = QLineEdit(str(folder))
        self.folder.textChanged.connect(lambda _: self._judge())
        browse = button("Choose…", "Choose the folder", self._browse)
        self.files = muted(wrap=True)
        self.span = Span(infos)
        self.line("Format", self.kind)
        self.line("Times as", self.times)
        self.span.add_to(self)
        place = QWidget()
        place.setLayout(row(self.folder, browse))
        self.line("Folder", place)
        self.folder.setAccessibleName(tr("Folder"))
        self.form.addRow("", self.files)
        self.kind.currentIndexChanged.connect(lambda _: self._judge())
        self._judge()

    def accept(self) -> None:
        start, end = self.span.times
        choice = ExportChoice(
            self._series, Path(self.folder.text()), self.kind.currentData(), self.times.currentData(), start, end
        )
        super().accept()
        self._chosen(choice)

    def _browse(self) -> None:
        ask_folder(self, "Folder for the candles", self.folder.text(), lambda path: self.folder.setText(str(path)))

    def _judge(self) -> None:
        name = file_name(self._series[0], self.kind.currentData())
        more = f" and {len(self._series) - 1} more" if len(self._series) > 1 else ""
        there = bool(self.folder.text().strip())
        self.files.setText(
            phrase(f"Writes {name}{more}; files of these names are replaced." if there else "Choose a folder.")
        )
        self.go.setEnabled(there)


class DeleteDialog(Ask):
    """Which days of the chosen series are deleted."""

    def __init__(
        self, infos: Sequence[SeriesInfo], chosen: Callable[[int | None, int | None], object], parent: QWidget
    ) -> None:
        super().__init__("Delete candles", "Delete", parent)
        self._chosen = chosen
        names = ", ".join(str(info.series) for info in infos[:4]) + (" …" if len(infos) > 4 else "")
        said = QLabel(phrase(f"{plural(len(infos), 'series')}: {names}"))
        said.setWordWrap(True)
        self.form.addRow(said)
        self.span = Span(infos)
        self.span.add_to(self)
        self.form.addRow(
            muted("What is deleted is kept aside: Undo, or History, brings it back. A running collector writes on.",
                  wrap=True)
        )  # fmt: skip

    def accept(self) -> None:
        times = self.span.times
        super().accept()
        self._chosen(*times)


class ResampleDialog(Ask):
    """Which longer timeframe is built."""

    def __init__(self, series: Series, chosen: Callable[[Timeframe], object], parent: QWidget) -> None:
        super().__init__("Build a longer timeframe", "Build", parent)
        self._chosen = chosen
        self.target = QComboBox()
        for frame in TIMEFRAMES.values():
            if frame != series.timeframe and nests(series.timeframe, frame):
                self.target.addItem(frame.name, frame)
        self.form.addRow(QLabel(phrase(f"From {series}")))
        self.line("Build", self.target)
        self.form.addRow(muted("Candles whose every part is stored are built; those stored already stay.", wrap=True))
        self.go.setEnabled(self.target.count() > 0)

    def accept(self) -> None:
        frame = self.target.currentData()
        super().accept()
        self._chosen(frame)


def _date(ms: int) -> QDateEdit:
    edit = QDateEdit()
    day = datetime.fromtimestamp(ms / 1000, UTC)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setCalendarPopup(True)
    edit.setDate(QDate(day.year, day.month, day.day))
    return edit


def _ms(edit: QDateEdit) -> int:
    day = edit.date()
    return int(datetime(day.year(), day.month(), day.day(), tzinfo=UTC).timestamp() * 1000)

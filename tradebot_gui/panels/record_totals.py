"""The line below a table with the sums of its columns, for the rows that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tradebot_gui.language import tr
from tradebot_gui.texts import VEIL

from .parts import column
from .record_paint import PAD, ROW_HEIGHT

if TYPE_CHECKING:
    from .record_view import RecordView

# how long changes are gathered before they are summed, ms
GATHER = 200
# a table lower than this needs its height for its rows, pixels
LEAST_ROOM = 8 * ROW_HEIGHT


def with_totals(view: RecordView) -> QWidget:
    """``view`` with its sums below, as one part of a layout."""
    both = QWidget()
    layout = column(both, 0, 0)
    layout.addWidget(view, 1)
    layout.addWidget(TotalsRow(view))
    return both


class TotalsRow(QWidget):
    """Stands below ``view``, each sum under its column; gone while there are fewer than two rows, or little room."""

    def __init__(self, view: RecordView) -> None:
        super().__init__()
        self._view = view
        self.shown: dict[int, str] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr("Sums of the rows that are shown"))
        self.setVisible(False)
        self._due = QTimer(self, interval=GATHER, singleShot=True)
        self._due.timeout.connect(self.add_up)
        view.installEventFilter(self)
        # rows out of sight are summed too
        view.table.sight = None
        rows, header = view.rows, view.horizontalHeader()
        for changed in (rows.dataChanged, rows.modelReset, rows.rowsInserted, rows.rowsRemoved, rows.layoutChanged):
            changed.connect(lambda *_: self._due.isActive() or self._due.start())
        for moved in (header.sectionResized, header.sectionMoved, view.horizontalScrollBar().valueChanged):
            moved.connect(lambda *_: self.update())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and not self._due.isActive():
            self._due.start()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        return QSize(0, ROW_HEIGHT + 1)

    def add_up(self) -> None:
        """Sum the columns anew."""
        view = self._view
        shown = {
            n: VEIL if view.table.veiled and of.private else of.total(view.rows.total(n))
            for n, of in enumerate(view.table.columns)
            if of.total is not None
        }
        if shown != self.shown:
            self.shown = shown
            said = (f"{tr(view.table.columns[n].title)} {words}" for n, words in shown.items())
            self.setAccessibleName(f"{tr('Sum')}: {', '.join(said)}")
            self.update()
        room = view.height() + (self.height() if self.isVisible() else 0)
        self.setVisible(view.rows.rowCount() > 1 and bool(shown) and room >= LEAST_ROOM)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self.palette()
        painter.fillRect(self.rect(), colours.base())
        painter.fillRect(0, 0, self.width(), 1, colours.mid())
        painter.setPen(colours.placeholderText().color())
        columns = self._view.columns_in_sight()
        first = min(columns, key=lambda c: c[1], default=None)
        if first is not None and first[0] not in self.shown:
            self._cell(painter, first, tr("Sum"), Qt.AlignmentFlag.AlignLeft, colours.base().color())
        for place in columns:
            if place[0] in self.shown:
                self._cell(painter, place, self.shown[place[0]], Qt.AlignmentFlag.AlignRight, colours.base().color())
        painter.end()

    def _cell(
        self, painter: QPainter, place: tuple[int, int, int], words: str, side: Qt.AlignmentFlag, ground: QColor
    ) -> None:
        _, left, width = place
        painter.fillRect(left, 1, width, ROW_HEIGHT, ground)
        room = QRect(left + PAD, 1, width - 2 * PAD, ROW_HEIGHT)
        short = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, (side | Qt.AlignmentFlag.AlignVCenter).value, short)

"""Pages to read: about, keys, the report on stored data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from tradebot_gui import texts
from tradebot_gui.panels.parts import heading, muted
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine, SeriesReport


class Sheet(QDialog):
    """A titled page with a Close button; it does not hold up the window."""

    def __init__(self, title: str, body: QWidget, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*size)
        self.body = body
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(body)
        layout.addWidget(buttons)


def about(engine: Engine, version: str, parent: QWidget) -> Sheet:
    """What this program is and where it keeps things."""
    body = QWidget()
    layout = QVBoxLayout(body)
    layout.addWidget(heading(f"TradeBot Terminal {version}"))
    layout.addWidget(muted("Live charts, a data collector, honest backtests."))
    facts = QLabel(
        f"Mode: {engine.mode}\nExchange: {engine.settings.exchange.name}\n"
        f"Data folder: {engine.paths.root}\nLogs: {engine.paths.logs}"
    )
    facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    facts.setWordWrap(True)
    layout.addWidget(facts)
    layout.addStretch(1)
    return Sheet("About", body, (460, 240), parent)


def data_report(reports: Sequence[SeriesReport], zone: str, theme: Theme, parent: QWidget) -> Sheet:
    """The findings on every stored series."""
    bad = sum(not r.clean for r in reports)
    body = QWidget()
    layout = QVBoxLayout(body)
    layout.setContentsMargins(0, 0, 0, 0)
    words = f"{bad} of {len(reports)} series have something to look at." if bad else (
        f"All {len(reports)} stored series are in order." if reports else "Nothing is stored yet."
    )  # fmt: skip
    layout.addWidget(heading(words))
    view = _table(
        _report_columns(zone), reports, "Stored series", "Nothing is stored yet. Start the collector (F7).", theme
    )
    layout.addWidget(view)
    layout.addWidget(muted(f"Checked at {datetime.now():%H:%M:%S}"))
    return Sheet("Stored data", body, (860, 460), parent)


def _report_columns(zone: str) -> tuple[Column[SeriesReport], ...]:
    def count(title: str, name: str) -> Column[SeriesReport]:
        return Column(
            title, lambda r: getattr(r, name), lambda r: texts.number(getattr(r, name), 0),
            lambda r: "warning" if getattr(r, name) else None, True, 84,
        )  # fmt: skip

    return (
        Column("Series", lambda r: str(r.series), width=120),
        Column("Rows", lambda r: r.rows, lambda r: texts.number(r.rows, 0), None, True, 80),
        Column("First", lambda r: r.first or 0, lambda r: texts.when(r.first, zone), width=120),
        Column("Last", lambda r: r.last or 0, lambda r: texts.when(r.last, zone), width=120),
        count("Missing", "missing"),
        count("Duplicates", "duplicates"),
        count("Disorder", "disorder"),
        count("Bad OHLC", "bad_ohlc"),
        Column("Notes", lambda r: "; ".join(r.notes), width=160, hint=lambda r: "\n".join(r.notes)),
    )


def _table(columns: Sequence[Column], records: Sequence, name: str, empty: str, theme: Theme) -> RecordView:
    table: RecordTable = RecordTable(columns, id)
    table.set_theme(theme)
    table.replace(records)
    view = RecordView(table, name, empty)
    table.setParent(view)
    return view

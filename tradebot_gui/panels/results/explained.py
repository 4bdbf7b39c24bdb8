"""'Explain this number': how a metric is made, down to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget

from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import column, heading, muted
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.texts import typeset
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

if TYPE_CHECKING:
    from shared_modules.system_integration.backtesting import Explanation

Line = tuple[int, str, str]
COLUMNS: tuple[Column[Line], ...] = (
    Column("Row", lambda w: w[1], width=380, hint=lambda w: w[1]),
    Column("Value", lambda w: w[2], lambda w: typeset(w[2]), numeric=True, width=130, private=True),
)


class ExplainDialog(QDialog):
    """One metric, its sentence, its formula, its rows; stays open beside the window."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.resize(560, 420)
        self.title = heading("")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.formula = QLabel()
        self.formula.setWordWrap(True)
        self.formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.source = muted(wrap=True)
        self.table: RecordTable[Line] = RecordTable(COLUMNS, lambda w: w[0], self)
        self.table.set_theme(theme)
        self.view = RecordView(self.table, "Rows of the figure", "This figure has no rows.")
        self.view.setToolTip(tr("What the figure is made of, the figure itself last; Ctrl+C copies"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = column(self, 6, 10)
        for part in (self.title, self.text, self.formula, self.source):
            layout.addWidget(part)
        layout.addWidget(self.view, 1)
        layout.addWidget(buttons)

    def show_explanation(self, found: Explanation) -> None:
        """Show ``found`` and come to the front."""
        self.setWindowTitle(tr("{title} explained").format(title=tr(found.title)))
        self.title.setText(tr(found.title))
        self.text.setText(phrase(found.text))
        self.formula.setText(f"= {phrase(found.formula)}")
        self.source.setText(tr("Made from {source}.").format(source=phrase(found.source)))
        self.table.replace((n, *row) for n, row in enumerate(found.rows))
        self.show()
        self.raise_()
        self.view.scrollToBottom()

"""The list of runs: what waits and runs now, and the history, with what can be done to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget
from shiboken6 import isValid

from shared_modules.core.events import RunChanged, RunHistoryChanged
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import ask, button, column, heading, row, search_box
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import RecordTable

from .run_rows import RunRow, of_run, rows_of, run_columns

EMPTY = "No runs yet. Start (F5) puts one here; it stays in the history until it is deleted."


class RunsView(QWidget):
    """A table of runs, newest first; several can be chosen to compare or delete them."""

    open_wanted = Signal(str)
    compare_wanted = Signal(object)  # ids

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setAccessibleName(tr("Runs"))
        self.table: RecordTable[RunRow] = RecordTable(run_columns(texts.CHOSEN),
                                                      lambda r: r.id, self)  # fmt: skip
        self.table.set_theme(desk.theme)
        self.view = RecordView(self.table, "Runs", EMPTY)
        self.view.setToolTip(tr("Double-click or Enter opens a run; choose several to compare them"))
        self.view.activated_record.connect(self._open)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self.refresh_buttons())
        self._reading = False
        self._stale = False
        self._build()
        desk.bridge.newest(RunChanged, lambda e: e.run, self._run_changed, self, most_per_second=8)
        desk.bridge.every(RunHistoryChanged, lambda _: self.reload(), self)
        desk.engine_ready.connect(self.reload)
        self.reload()

    def _build(self) -> None:
        self.open_button = button("Open", "Show the result of the chosen run (Enter)", self.open_chosen)
        self.compare_button = button("Compare", "Show the chosen runs side by side", self.compare_chosen)
        self.rename_button = button("Rename…", "Give the chosen run another name (F2)", self.rename_chosen)
        self.delete_button = button("Delete", "Forget the chosen runs (Del)", self.delete_chosen)
        for words, keys, run in (("Rename", "F2", self.rename_chosen), ("Delete", "Del", self.delete_chosen)):
            action = QAction(tr(words), self.view, triggered=run)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.view.addAction(action)
        self.search = search_box("Find a run", self.view.rows.search)
        self.search.setMaximumWidth(160)
        layout = column(self, 4, 0)
        layout.addLayout(row(heading("Runs"), None, self.search))
        layout.addWidget(self.view, 1)
        layout.addLayout(row(self.open_button, self.compare_button, None, self.rename_button, self.delete_button))
        self.refresh_buttons()

    # -- what is there --------------------------------------------------------------------------------------------

    def chosen(self) -> list[RunRow]:
        """The chosen runs, from the top."""
        rows = sorted({i.row() for i in self.view.selectionModel().selectedRows()})
        return [self.view.rows.record(self.view.rows.index(n, 0)) for n in rows]

    def choose(self, run: str) -> None:
        self.view.select_record(lambda r: r.id == run)

    def reload(self) -> None:
        """Read the history anew; while it is being read, once more afterwards."""
        if not self.desk.engine.ready:
            return
        self._stale = True
        if not self._reading:
            self._reading = True
            if self.desk.spawn(self._reload()) is None:
                self._reading = False

    async def _reload(self) -> None:
        backtests = self.desk.engine.backtests
        try:
            while self._stale:
                self._stale = False
                history = await backtests.history()
                if not isValid(self):
                    return
                rows = rows_of(history, backtests.runs)
                if [r.id for r in self.table.records] == [r.id for r in rows]:
                    self.table.show(rows)
                else:
                    chosen = [r.id for r in self.chosen()]
                    self.table.replace(rows)
                    for run in chosen[:1]:
                        self.choose(run)
            self.refresh_buttons()
        finally:
            self._reading = False

    def _run_changed(self, event: RunChanged) -> None:
        run = next((r for r in self.desk.engine.backtests.runs if r.id == event.run), None)
        if run is None or self.table.record(run.id) is None:
            self.reload()
        else:
            self.table.put(of_run(run, self.table.record(run.id)))
            self.refresh_buttons()

    def refresh_buttons(self) -> None:
        """Enable what can be done to the chosen runs."""
        chosen = self.chosen()
        ready = [r for r in chosen if r.has_result]
        self.open_button.setEnabled(len(ready) == 1)
        self.compare_button.setEnabled(len(ready) >= 2)
        self.rename_button.setEnabled(len(chosen) == 1)
        self.delete_button.setEnabled(bool(chosen) and not any(r.active for r in chosen))

    # -- what is done ---------------------------------------------------------------------------------------------

    def open_chosen(self) -> None:
        for row_ in self.chosen()[:1]:
            self._open(row_)

    def _open(self, row_: RunRow) -> None:
        if row_.has_result:
            self.open_wanted.emit(row_.id)
        else:
            self.desk.notice.emit("info", row_.error or f"'{row_.title}' has no result: it is {row_.state}.")

    def compare_chosen(self) -> None:
        runs = [r.id for r in self.chosen() if r.has_result]
        if len(runs) >= 2:
            self.compare_wanted.emit(runs)
        else:
            self.desk.notice.emit("info", "Choose two or more finished runs in the list (Ctrl+click), then compare.")

    def rename_chosen(self) -> None:
        """Ask for another name of the chosen run."""
        for row_ in self.chosen()[:1]:
            self._ask_name(row_.title, lambda name, run=row_.id: self.rename(run, name))

    def _ask_name(self, present: str, then: Callable[[str], Any]) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(tr("Rename run"))
        dialog.setLabelText(tr("Name of the run:"))
        dialog.setTextValue(present)
        dialog.findChild(QLineEdit).setAccessibleName(tr("Name of the run"))
        dialog.textValueSelected.connect(then)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def rename(self, run: str, name: str) -> None:
        if name.strip():
            self.desk.spawn(self.desk.engine.backtests.rename(run, name.strip()))

    def delete_chosen(self) -> None:
        """Ask, then forget the chosen runs."""
        chosen = [r for r in self.chosen() if not r.active]
        if not chosen:
            return
        what = f"'{chosen[0].title}'" if len(chosen) == 1 else f"{len(chosen)} runs"
        ids = [r.id for r in chosen]
        ask(self, "Delete", f"Delete {what} and what was found?", "Delete", lambda: self.delete(ids))

    def delete(self, runs: Sequence[str]) -> None:
        self.desk.spawn(self.desk.engine.backtests.delete(*runs))

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

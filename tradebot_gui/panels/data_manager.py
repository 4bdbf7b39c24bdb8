"""The data manager: what is stored, how whole it is, and everything that can be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QLabel, QTabWidget, QWidget

from shared_modules.core.events import DataChecked, Gap, HistoryChanged
from shared_modules.core.market import Series
from shared_modules.system_integration import Coverage, Entry, SeriesInfo
from shared_modules.system_integration.data_words import Finding, write_report
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.files import ask_open, ask_save
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.stored import (
    UNDOABLE,
    entry_columns,
    finding_columns,
    gap_columns,
    info_columns,
    megabytes,
    plural,
)
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .coverage import CoverageCalendar, legend
from .data_work import DataWork
from .parts import ElidedLabel, button, column, restore_sizes, row, search_box, set_text
from .record_keep import restore_tables, save_tables
from .record_totals import with_totals
from .record_view import RecordView
from .splitter import Splitter
from .tools import ToolRow

# how often the list is read again while it is in sight, ms; what has not changed is not read
EVERY = 15_000
EMPTY = "Nothing is stored yet. Start the collector (F7), or bring files: press Import, or drop them on the window."
READING = "What is stored is being read …"
KINDS = "Candle files and recordings (*.csv *.gz *.zip *.zst *.json *.parquet *.txt *.tsv);;All files (*)"
FILTERS = {
    "All series": lambda info: True,
    "With unexplained gaps": lambda info: info.unexplained > 0,
    "Not checked": lambda info: info.report is None,
    "Checked, not clean": lambda info: info.report is not None and not info.report.clean,
    "With trouble": lambda info: bool(info.error),
}
NONE_CHOSEN = "Choose a series in the list to see this of it."


class DataPanel(Panel):
    """The list of stored series at the left, the chosen one in detail at the right."""

    id = "data"
    title = "Data manager"
    room = 0.44

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        zone = texts.CHOSEN
        self.work = DataWork(desk, self)
        self.infos: RecordTable[SeriesInfo] = RecordTable(info_columns(zone), lambda i: i.series, self)
        self.view = RecordView(self.infos, "Stored series", READING)
        self.gaps = self._table(gap_columns(zone), lambda g: (g.start, g.end), "Gaps", NONE_CHOSEN)
        self.findings = self._table(finding_columns(zone), lambda f: f.fault, "Findings", NONE_CHOSEN)
        self.history = self._table(entry_columns(zone), lambda e: e.id, "History", NONE_CHOSEN)
        self.calendar = CoverageCalendar(desk.theme)
        self._current: Series | None = None
        self._reading = False
        self._build()
        self.set_theme(desk.theme)
        self.view.chosen.connect(lambda info: self._choose(info.series))
        self.view.activated_record.connect(lambda info: self._show(info.series, info.last))
        self.calendar.chosen.connect(lambda day: self._show(self._current, day))
        self.gaps.activated_record.connect(lambda gap: self._show(gap.series, gap.start))
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.work.changed.connect(self.refresh)
        desk.engine_ready.connect(self.refresh)
        desk.bridge.every(DataChecked, lambda _: self.refresh(), self)
        desk.bridge.newest(HistoryChanged, lambda _: None, lambda _: self.refresh(), self, 1.0)
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self._enable()

    def _table(self, columns: Sequence[Column[Any]], key: Any, name: str, empty: str) -> RecordView:
        table: RecordTable[Any] = RecordTable(columns, key, self)
        return RecordView(table, name, empty)

    # -- layout -------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.tools = ToolRow("Stored data", self)
        self.search = search_box("Find series", self.view.rows.search)
        self.search.setFixedWidth(130)
        self.filter = QComboBox()
        for name in FILTERS:
            self.filter.addItem(tr(name), name)
        self.filter.setAccessibleName(tr("Which series"))
        self.filter.setToolTip(tr("Show only some series"))
        self.filter.currentIndexChanged.connect(
            lambda _: self.view.rows.accept_only(FILTERS[self.filter.currentData()])
        )
        self.tools.addWidget(self.search)
        self.tools.addWidget(self.filter)
        self._add_tools()
        self.summary = ElidedLabel()
        self.summary.setProperty("role", "muted")
        self.summary.setContentsMargins(8, 2, 8, 3)
        left = QWidget()
        layout = column(left, 0, 0)
        layout.addWidget(with_totals(self.view), 1)
        layout.addWidget(self.summary)
        self.split = Splitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(self._details())
        self.split.setSizes([560, 400])
        self.split.setStretchFactor(0, 1)
        whole = column(self, 0, 0)
        whole.addWidget(self.tools)
        whole.addWidget(self.split, 1)

    def _add_tools(self) -> None:
        tool = self.tools.tool
        tool(
            "Import…",
            "Bring candles out of files of any vendor, or out of recordings of other exchanges",
            self.ask_import,
        )
        self.export_tool = tool("Export…", "Write the chosen series as CSV or Parquet", self.ask_export)
        self.verify_tool = tool("Verify", "Check the chosen series, all when none is chosen", self.verify)
        self.repair_tool = tool(
            "Repair", "Fetch again what is missing or wrong in the chosen series, or all", self.repair
        )
        self.thorough_tool = tool(
            "Repair thoroughly", "Compare every candle of the chosen series with the exchange",
            lambda: self.work.repair(self.chosen_series, thorough=True),
        )  # fmt: skip
        self.build_tool = tool("Build…", "Build a longer timeframe from the chosen series", self.ask_resample)
        self.delete_tool = tool("Delete…", "Delete candles of the chosen series; can be taken back", self.ask_delete)
        self.keep_tool = tool("Keep…", "How many candles of the chosen series are kept", self.ask_keep)
        self.undo_tool = tool("Undo", "Take the last change back", self.work.take_last_back, "Ctrl+Z")
        self.report_tool = tool("Report…", "Write the last check of all series as CSV or JSON", self.ask_report)

    def _details(self) -> QWidget:
        self.legend = ElidedLabel()
        self.legend.setContentsMargins(8, 4, 8, 2)
        self.day = QLabel()
        self.day.setProperty("role", "muted")
        self.day.setContentsMargins(8, 2, 8, 4)
        self.day.setMinimumWidth(1)
        self.calendar.told.connect(lambda text: set_text(self.day, text))
        coverage = QWidget()
        layout = column(coverage, 0, 0)
        layout.addWidget(self.legend)
        layout.addWidget(self.calendar, 1)
        layout.addWidget(self.day)
        self.take_back = button("Take back", "Put back what stood there before the chosen change", self._take_back)
        past = QWidget()
        layout = column(past, 0, 0)
        layout.addWidget(self.history, 1)
        layout.addLayout(row(self.take_back, None, margins=(6, 4, 6, 4)))
        self.history.chosen.connect(lambda _: self._enable())
        self.tabs = QTabWidget()
        self.tabs.tabBar().setAccessibleName(tr("What is shown of the series"))
        self.tabs.setAccessibleName(tr("Details of the series"))
        for title, page in (
            ("Coverage", coverage), ("Gaps", with_totals(self.gaps)), ("Findings", self.findings), ("History", past),
        ):  # fmt: skip
            self.tabs.addTab(page, tr(title))
        self.tabs.setMinimumWidth(240)
        return self.tabs

    # -- what is there ------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> list[SeriesInfo]:
        """The selected series as they stand."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return [self.view.rows.record(self.view.rows.index(r, 0)) for r in rows]

    @property
    def chosen_series(self) -> list[Series] | None:
        """The selected series; None for all, when none is."""
        return [info.series for info in self.chosen] or None

    def refresh(self) -> None:
        """Read the list again."""
        if self._reading or not self.isVisible() or not self.desk.engine.ready:
            return
        self._reading = True
        if self.desk.spawn(self._read()) is None:
            self._reading = False

    async def _read(self) -> None:
        try:
            infos = await self.desk.engine.data.overview()
        finally:
            self._reading = False
        self.infos.show(infos)
        self.view.set_empty_text(EMPTY)
        self.view.bring_in_order()
        rows, size = sum(i.rows for i in infos), sum(i.size for i in infos)
        missing = sum(i.unexplained for i in infos)
        words = f"{plural(len(infos), 'series')}   {rows:,} candles   {megabytes(size)}"
        set_text(self.summary, words + (f"   {missing:,} missing without an explanation" if missing else ""))
        self._enable()
        if infos and not self.view.currentIndex().isValid():
            self.view.select_record(lambda _: True)
        elif self._current is not None:
            await self._detail(self._current)

    def _choose(self, series: Series) -> None:
        if series != self._current:
            self._current = series
            self.calendar.show_coverage(None, f"Reading {series} …")
            self.desk.spawn(self._detail(series))

    async def _detail(self, series: Series) -> None:
        """Show everything of ``series``, unless another was chosen meanwhile."""
        info = self.infos.record(series)
        if info is None:
            self._show_detail(None, None, [])
            self._current = None
            return
        data = self.desk.engine.data
        covered = await data.coverage(series) if not info.error else None
        entries = await data.history(series)
        if series == self._current:
            self._show_detail(info, covered, entries)

    def _show_detail(self, info: SeriesInfo | None, covered: Coverage | None, entries: list[Entry]) -> None:
        same = covered is not None and self.calendar.coverage is not None and (
            self.calendar.coverage.series == covered.series and len(self.calendar.coverage.days) == len(covered.days)
        )  # fmt: skip
        keep = self.calendar.current if same else -1
        self.calendar.show_coverage(covered, "" if info is None else info.error)
        if keep >= 0:
            self.calendar.move_to(keep)
        set_text(self.legend, legend(covered))
        if covered is None:
            set_text(self.day, "")
        gaps: tuple[Gap, ...] = () if covered is None else covered.gaps
        report = None if info is None else info.report
        findings: tuple[Finding, ...] = () if report is None else report.findings
        self.gaps.table.show(gaps)
        self.findings.table.show(findings)
        self._say_empty(info, report is not None)
        self.history.table.show(entries)
        for place, count in ((1, len(gaps)), (2, len(findings)), (3, len(entries))):
            title = tr(("Coverage", "Gaps", "Findings", "History")[place])
            self.tabs.setTabText(place, f"{title} {count}" if count else title)
        self._enable()

    def _say_empty(self, info: SeriesInfo | None, checked: bool) -> None:
        """What the lists say while nothing is in them."""
        found = "The check found nothing wrong." if checked else "Press Verify to have the series checked."
        for view, said in (
            (self.gaps, "There are no gaps."), (self.findings, found), (self.history, "Nothing was done to it so far."),
        ):  # fmt: skip
            view.set_empty_text(NONE_CHOSEN if info is None else said)

    def _enable(self) -> None:
        ready, chosen = self.desk.engine.ready, self.chosen
        there = ready and bool(self.infos.records)
        for tool in (self.verify_tool, self.repair_tool, self.report_tool):
            tool.setEnabled(there)
        for tool in (self.export_tool, self.delete_tool, self.thorough_tool, self.keep_tool):
            tool.setEnabled(ready and bool(chosen))
        self.build_tool.setEnabled(ready and len(chosen) == 1)
        last = self.work.last
        self.undo_tool.setEnabled(last is not None)
        self.undo_tool.setToolTip(
            phrase(f"Take back {last[1]} (Ctrl+Z)" if last else "Nothing was changed since the start")
        )
        entry = self._entry()
        self.take_back.setEnabled(entry is not None and entry.kind in UNDOABLE)

    def _entry(self) -> Entry | None:
        index = self.history.currentIndex()
        return self.history.rows.record(index) if index.isValid() else None

    def _show(self, series: Series | None, time: int | None) -> None:
        """Show ``series`` in the chart, which knows the exchange of the terminal alone."""
        if series is None or time is None:
            return
        ours = self.desk.engine.settings.exchange.name
        if series.market.exchange != ours:
            self.desk.notice.emit(
                "info", f"The chart shows {ours}; candles of {series.market.exchange} can be tested and exported."
            )
        else:
            self.desk.show_time.emit(series, time)

    # -- what a person does -------------------------------------------------------------------------------------------

    def verify(self) -> None:
        self.work.verify(self.chosen_series)

    def verify_all(self) -> None:
        self.work.verify(None)

    def repair(self) -> None:
        self.work.repair(self.chosen_series)

    def _take_back(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.work.take_back(entry.id)

    def ask_import(self) -> None:
        ask_open(self, "Files with candles", KINDS, self.import_files)

    def import_files(self, paths: Sequence[Path]) -> None:
        """Ask, file after file, what it holds and where it goes."""
        from tradebot_gui.dialogs.import_dialog import ImportDialog

        if not self.desk.engine.ready:
            self.desk.notice.emit("warning", "The terminal is still starting; drop the files again in a moment.")
            return
        self.dialog = ImportDialog(self.desk, paths, self.work.import_file, self.window())
        self.dialog.open()

    def ask_export(self) -> None:
        from tradebot_gui.dialogs.data_dialogs import ExportDialog

        folder = self.desk.engine.paths.root / "exports"
        self.dialog = ExportDialog(self.chosen, folder, self.work.export, self.window())
        self.dialog.open()

    def ask_delete(self) -> None:
        from tradebot_gui.dialogs.data_dialogs import DeleteDialog

        chosen = self.chosen
        series = [info.series for info in chosen]
        self.dialog = DeleteDialog(chosen, lambda a, b: self.work.delete(series, a, b), self.window())
        self.dialog.open()

    def ask_keep(self) -> None:
        """Ask how many candles of the chosen series are kept."""
        from tradebot_gui.dialogs.keep_dialog import KeepDialog

        data, series = self.desk.engine.data, [info.series for info in self.chosen]
        kept = {one: data.retention(one) for one in series}
        usual = self.desk.engine.settings.data.retention
        self.dialog = KeepDialog(kept, usual, lambda rows: self.work.keep(series, rows), self.window())
        self.dialog.open()

    def ask_resample(self) -> None:
        from tradebot_gui.dialogs.data_dialogs import ResampleDialog

        series = self.chosen[0].series
        self.dialog = ResampleDialog(series, lambda frame: self.work.resample(series, frame), self.window())
        self.dialog.open()

    def ask_report(self) -> None:
        ask_save(self, "Write the report", "data-report.csv", "CSV file (*.csv);;JSON file (*.json)", self.report)

    def report(self, path: Path) -> None:
        """Write the last checks to ``path``; what was not checked is checked first."""
        self.desk.spawn(self._report(path))

    async def _report(self, path: Path) -> None:
        import asyncio

        if any(info.report is None for info in self.infos.records):
            job = self.desk.engine.data.verify(None)
            self.desk.job_started.emit(job)
            await job.result()
            self.refresh()
        reports = [self.desk.engine.data.report(info.series) for info in self.infos.records]
        found = [report for report in reports if report is not None]
        await asyncio.to_thread(write_report, found, path)
        self.desk.notice.emit("info", f"The report on {plural(len(found), 'series')} was written to {path}.")

    # -- state --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        for view in (self.view, self.gaps, self.findings, self.history):
            view.table.set_theme(theme)
        self.calendar.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "split": self.split.sizes(), "tab": self.tabs.currentIndex(),
                "details": save_tables(self.tabs)}  # fmt: skip

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        restore_tables(self.tabs, state.get("details"))
        restore_sizes(self.split, state.get("split"))
        tab = state.get("tab")
        if isinstance(tab, int) and 0 <= tab < self.tabs.count():
            self.tabs.setCurrentIndex(tab)

    def first_focus(self) -> QWidget:
        return self.view

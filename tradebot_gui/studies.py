"""What lies between the Backtest panel and the Results panel: opening, comparing, exporting, reproducing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from shared_modules.core.errors import Cancelled, InvalidInput, TradeBotError
from shared_modules.core.paths import safe_name
from tradebot_gui.language import phrase

from .desk import Desk
from .dialogs.files import ask_save
from .panels.results.compared import ComparisonTab
from .panels.results.settings import SettingsTab
from .report_language import translate_file

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

    from .docks import Docks
    from .panels.backtest.panel import BacktestPanel
    from .panels.results.panel import ResultsPanel

# of the height of the window's middle that a result gets when it is opened
ROOM = 0.46
# kind: words, ending; CSV files go into a folder
KINDS = {"html": ("report", ".html"), "xlsx": ("workbook", ".xlsx"), "json": ("JSON", ".json"), "csv": ("tables", "")}


class Studies(QObject):
    """Listens to both panels and asks the engine."""

    def __init__(
        self, desk: Desk, docks: Docks, backtest: BacktestPanel, results: ResultsPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk, self._docks, self._backtest, self._results = desk, docks, backtest, results
        self.run = ""
        backtest.result_opened.connect(self.show_result)
        backtest.compare_wanted.connect(self.compare)
        results.export_wanted.connect(self.export)
        results.reproduce_wanted.connect(self.reproduce)
        results.comparison_report_wanted.connect(self.report_comparison)

    def show_result(self, result: BacktestResult, run: str, title: str) -> None:
        """Show ``result`` in its panel and its trades on the chart."""
        self.run = run
        self._bring_results()
        self._results.show_result(result, title)
        self._desk.shown_run = (result, run)
        self._desk.result_ready.emit(result)

    def _bring_results(self) -> None:
        self._docks.show("results")
        self._docks.make_room("results", ROOM)

    def show_history(self) -> None:
        self._docks.show("backtest")
        self._backtest.runs.view.setFocus()

    def clear(self) -> None:
        """Stop the runs that have not begun."""
        self._desk.engine.backtests.clear()

    def compare_chosen(self) -> None:
        self._docks.show("backtest")
        self._backtest.runs.compare_chosen()

    def compare(self, runs: list[str]) -> None:
        """Show ``runs`` side by side."""
        self._desk.spawn(self._compare(runs))

    async def _compare(self, runs: list[str]) -> None:
        job = self._desk.engine.backtests.compare(runs)
        self._desk.job_started.emit(job)
        comparison = await job.result()
        self._bring_results()
        self._results.show_comparison(comparison)

    def report_comparison(self) -> None:
        """Ask where to, then write the shown comparison there as a page."""
        tab = self._results.tab(ComparisonTab)
        ask_save(tab, "Write the comparison", "comparison.html", "Page (*.html)",
                 lambda path: self._desk.spawn(self.write_comparison(path)))  # fmt: skip

    async def write_comparison(self, target: Path) -> None:
        """Write the shown comparison to ``target``."""
        from shared_modules.system_integration.backtesting import write_comparison

        comparison = self._results.tab(ComparisonTab).comparison
        if comparison is not None:
            path = await asyncio.to_thread(write_comparison, comparison, target)
            await asyncio.to_thread(translate_file, path)
            self._desk.notice.emit("info", f"Written: {path}")

    def export(self, kind: str) -> None:
        """Ask where to, then write the shown result there."""
        if not self.run:
            self._desk.notice.emit("info", "There is no result to write; run a backtest or open a run first.")
            return
        words, ending = KINDS[kind]
        dialog = QFileDialog(self._results, phrase(f"Write {words}"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if ending:
            dialog.setFileMode(QFileDialog.FileMode.AnyFile)
            dialog.setNameFilter(f"{words.capitalize()} (*{ending})")
            dialog.setDefaultSuffix(ending[1:])
            dialog.selectFile(_file_name(self._results.name) + ending)
        else:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda path: self.write(kind, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write(self, kind: str, target: Path) -> None:
        """Write the shown result to ``target``, a folder for tables."""
        self._desk.spawn(self._write(self.run, kind, target))

    async def _write(self, run: str, kind: str, target: Path) -> None:
        job = self._desk.engine.backtests.export(run, target, kind)
        self._desk.job_started.emit(job)
        written = await job.result()
        if kind == "html":
            await asyncio.to_thread(translate_file, written[0])
        where = str(written[0]) if len(written) == 1 else f"{len(written)} files in {target}"
        self._desk.notice.emit("info", f"Written: {where}")

    def reproduce(self) -> None:
        """Make the shown result again and say whether it is the same."""
        if self.run:
            self._results.go_to(SettingsTab).say("Making it again …", "muted")
            self._desk.spawn(self._reproduce(self.run))

    async def _reproduce(self, run: str) -> None:
        tab = self._results.tab(SettingsTab)
        try:
            job = await self._desk.engine.backtests.reproduce(run)
            self._desk.job_started.emit(job)
            found = await job.result()
        except Cancelled:
            tab.say("Stopped.", "warning")
            return
        except TradeBotError as error:
            text = str(error)
            tab.say(f"It can't be made again: {text}.", "loss")
            return
        tab.say(*reproduction_words(found))


def reproduction_words(found: Any) -> tuple[str, str]:
    """What a `Reproduction` says, and its tone."""
    differences = " ".join(found.differences)
    if found.same:
        return (f"The same bytes. But note: {differences}" if differences else "The same bytes."), "gain"
    return f"Not the same. {differences}", "loss"


def _file_name(title: str) -> str:
    plain = (
        "".join("-" if c == "·" else c if c.isalnum() or c in " -_." else "_" for c in title).strip(" .") or "backtest"
    )
    try:
        return safe_name(plain[:80])
    except InvalidInput:
        return "backtest"

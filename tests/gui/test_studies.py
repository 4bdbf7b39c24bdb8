"""From a finished run to its result, a comparison, a file, and the same run again."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QFileDialog

from shared_modules.core.errors import DataSourceError
from shared_modules.system_integration.backtesting import compare
from tests.gui.fake_engine import FakeEngine, FakeRun, result
from tests.gui.fixtures import until
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.results.compared import ComparisonTab
from tradebot_gui.panels.results.overview import OverviewTab
from tradebot_gui.panels.results.settings import SettingsTab
from tradebot_gui.panels.results.trades import TradesTab
from tradebot_gui.studies import reproduction_words


async def finished(window: MainWindow, engine: FakeEngine) -> FakeRun:
    """A run that was started in the window and has ended well."""
    count = len(engine.backtests.runs)
    window.start_backtest()
    await until(lambda: len(engine.backtests.runs) > count)
    run = engine.backtests.runs[-1]
    run.finish(result(run.request))
    await until(lambda: window.results.result is run.result)
    return run


async def test_a_run_that_is_done_shows_its_result_with_room(window: MainWindow, engine: FakeEngine) -> None:
    await finished(window, engine)
    area = window.docks.docks["results"].dockAreaWidget()
    assert window.docks.docks["results"].isCurrentTab()
    assert area.height() > 0.35 * window.height()
    await until(lambda: window.results.tab(OverviewTab).figures.records)


async def test_the_trades_of_a_result_are_marked_on_the_chart(window: MainWindow, engine: FakeEngine) -> None:
    window.chart.select_symbol("BTCUSDT")
    await finished(window, engine)
    await until(lambda: len(window.chart.view.panes.markers) == 2)


async def test_the_last_result_is_opened_by_its_command(window: MainWindow, engine: FakeEngine) -> None:
    first = await finished(window, engine)
    second = await finished(window, engine)
    await until(lambda: len([r for r in window.backtest.runs.table.records if r.has_result]) == 2)
    window.backtest.runs.open_wanted.emit(first.id)
    await until(lambda: window.results.result is first.result)
    window.commands.by_id["backtest.open_last"].trigger()
    await until(lambda: window.results.result is second.result)


async def test_two_runs_are_compared_and_written_as_a_page(
    window: MainWindow, engine: FakeEngine, tmp_path: Path
) -> None:
    runs = [await finished(window, engine) for _ in range(2)]
    await until(lambda: len([r for r in window.backtest.runs.table.records if r.has_result]) == 2)
    window.backtest.runs.view.selectAll()
    window.commands.by_id["backtest.compare"].trigger()
    await until(lambda: engine.backtests.jobs_made)
    assert engine.backtests.asked[-1] == ("compare", (runs[1].id, runs[0].id))
    engine.backtests.jobs_made[-1].finish(compare([r.result for r in runs]))
    await until(lambda: window.results.tab(ComparisonTab).comparison)
    assert window.results.current is window.results.tab(ComparisonTab)
    page = tmp_path / "pages" / "two.html"
    await window.studies.write_comparison(page)
    assert "runs side by side" in page.read_text(encoding="utf-8")


async def test_comparing_nothing_says_what_to_do(window: MainWindow, engine: FakeEngine) -> None:
    told: list[str] = []
    window.desk.notice.connect(lambda _, text: told.append(text))
    window.commands.by_id["backtest.compare"].trigger()
    assert "Choose two or more finished runs" in told[-1]


@pytest.mark.parametrize(("kind", "name"), [("html", "report.html"), ("xlsx", "book.xlsx"), ("csv", "tables")])
async def test_a_result_is_written_where_asked(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, kind: str, name: str
) -> None:
    run = await finished(window, engine)
    told: list[str] = []
    window.desk.notice.connect(lambda _, text: told.append(text))
    window.results.export_wanted.emit(kind)
    dialog = window.results.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / name))
    dialog.reject()
    await until(lambda: engine.backtests.jobs_made)
    assert engine.backtests.asked[-1] == ("export", run.id, tmp_path / name, kind)
    engine.backtests.jobs_made[-1].finish([tmp_path / name])
    await until(lambda: told)
    assert str(tmp_path / name) in told[-1]


async def test_nothing_is_written_before_there_is_a_result(window: MainWindow) -> None:
    told: list[str] = []
    window.desk.notice.connect(lambda _, text: told.append(text))
    window.studies.export("html")
    assert "no result to write" in told[-1]
    assert not window.commands.by_id["backtest.report"].isEnabled()


async def test_reproducing_says_whether_it_is_the_same(window: MainWindow, engine: FakeEngine) -> None:
    await finished(window, engine)
    window.commands.refresh()
    window.commands.by_id["backtest.reproduce"].trigger()
    await until(lambda: engine.backtests.jobs_made)
    said = window.results.tab(SettingsTab).said
    assert said.text() == "Making it again …"
    await until(lambda: window.results.tab(SettingsTab).settings.records)
    engine.backtests.jobs_made[-1].finish(SimpleNamespace(same=True, differences=()))
    await until(lambda: said.text() == "The same bytes.")


async def test_what_can_not_be_made_again_says_why(
    window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(window, engine)

    async def refuses(run: str) -> None:
        raise DataSourceError("the candles are gone")

    monkeypatch.setattr(engine.backtests, "reproduce", refuses)
    window.studies.reproduce()
    await until(lambda: "the candles are gone" in window.results.tab(SettingsTab).said.text())


def test_differences_are_told() -> None:
    text, tone = reproduction_words(SimpleNamespace(same=False, differences=("The fee differs.", "So does cash.")))
    assert (text, tone) == ("Not the same. The fee differs. So does cash.", "loss")
    text, tone = reproduction_words(SimpleNamespace(same=True, differences=("numpy is newer.",)))
    assert tone == "gain"
    assert "numpy is newer." in text


async def test_trades_are_copied_as_a_table(window: MainWindow, engine: FakeEngine, qapp) -> None:
    await finished(window, engine)
    window.results.go_to(TradesTab)
    await until(lambda: window.results.tab(TradesTab).rows.rowCount() == 2)
    window.commands.by_id["backtest.copy_trades"].trigger()
    lines = qapp.clipboard().text().splitlines()
    assert lines[0].startswith("#\tSide\tEntry")
    assert len(lines) == 3

from itertools import combinations
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from shared_modules.core.events import SeriesState
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tests.gui.unblocked import Turns
from tradebot_gui.desk import Desk
from tradebot_gui.panels.collector import CollectorPanel


def tick(panel: CollectorPanel, *symbols: str) -> None:
    for n in range(panel.chooser.symbols.count()):
        item = panel.chooser.symbols.item(n)
        item.setCheckState(Qt.CheckState.Checked if item.text() in symbols else Qt.CheckState.Unchecked)


async def test_what_is_ticked_is_collected_and_remembered(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    tick(panel, "ETHUSDT", "XRPUSDT")
    for name, box in panel.chooser.timeframes.items():
        box.setChecked(name == "1h")
    panel.start_button.click()
    await until(lambda: engine.collector.running)
    assert {str(s) for s in engine.collector.series} == {"ETHUSDT 1h", "XRPUSDT 1h"}
    await until(lambda: engine.settings.collector.timeframes == ("1h",))
    assert set(engine.settings.collector.symbols) == {"ETHUSDT", "XRPUSDT"}


async def test_a_first_start_has_the_configured_ticks(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    assert set(panel.chooser.chosen_symbols) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    assert panel.chooser.chosen_timeframes == ("1m", "5m", "15m")


async def test_the_stop_button_stops(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    assert not panel.stop_button.isEnabled()
    panel.start()
    await until(lambda: panel.stop_button.isEnabled())
    assert "Collecting" in panel.state.text()
    panel.stop_button.click()
    await until(lambda: not engine.collector.running)
    assert panel.state.text() == "Stopped"


async def test_nothing_ticked_is_said_and_nothing_starts(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    tick(panel)
    panel.start()
    assert "at least one symbol" in said[0]
    assert not engine.collector.running


async def test_all_ticks_only_what_the_search_shows(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    tick(panel)
    panel.chooser.find("xrp")
    panel.chooser.tick_shown(Qt.CheckState.Checked)
    assert panel.chooser.chosen_symbols == ("XRPUSDT",)


async def test_a_new_list_of_symbols_keeps_the_ticks(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    tick(panel, "XRPUSDT")
    engine.list_instruments(("XRPUSDT", "ADAUSDT"))
    assert panel.chooser.chosen_symbols == ("XRPUSDT",)


async def test_every_series_has_a_row_while_it_is_collected(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    panel.show()
    await engine.start_collecting(["BTCUSDT"], ["1m", "5m"])
    rows = panel.view.rows
    assert [rows.index(n, 1).data() for n in range(rows.rowCount())] == ["1m", "5m"]
    assert "collecting 2 series" in panel.side.activity.toPlainText()
    panel.hide()


def column_of(panel: CollectorPanel, column: int, grouped: bool = False) -> list[str]:
    rows = (panel.group_view if grouped else panel.view).rows
    return [rows.index(n, column).data() for n in range(rows.rowCount())]


async def collecting(
    desk: Desk,
    engine: FakeEngine,
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT"),
    names: tuple[str, ...] = ("1m", "5m"),
) -> CollectorPanel:
    panel = CollectorPanel(desk)
    engine.list_instruments()
    panel.show()
    await engine.start_collecting(symbols, names)
    return panel


async def test_series_are_searched_and_filtered(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    engine.collector.differs[engine.collector.series[3]] = {"state": SeriesState.STALE}
    panel.refresh()
    panel.filter.setCurrentText("Not live")
    assert column_of(panel, 0) == ["ETHUSDT"]
    # what is out of date is grey, its state is not
    stale = panel.view.rows.record(panel.view.rows.index(0, 0))
    symbol, state = panel.table.columns[0], panel.table.columns[2]
    assert panel.table.colour(symbol, stale).name() == desk.theme.muted
    assert panel.table.colour(state, stale).name() == desk.theme.warning
    panel.filter.setCurrentText("All series")
    panel.search.setText("btc 5m")
    assert (column_of(panel, 0), column_of(panel, 1)) == (["BTCUSDT"], ["5m"])
    panel.search.setText("nothing")
    assert "Clear them" in panel.view.empty_text
    panel.hide()


async def test_one_row_a_symbol_and_enter_opens_its_series(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    engine.collector.differs[engine.collector.series[1]] = {"state": SeriesState.STALE, "gaps": 2}
    panel.refresh()
    panel.by_symbol.trigger()
    assert column_of(panel, 0, grouped=True) == ["BTCUSDT", "ETHUSDT"]
    assert column_of(panel, 1, grouped=True) == ["1 of 2", "2 of 2"]
    assert column_of(panel, 2, grouped=True) == ["stale", "live"]
    panel.group_view.select_record(lambda g: g.symbol == "ETHUSDT")
    QTest.keyClick(panel.group_view, Qt.Key.Key_Return)
    assert not panel.by_symbol.isChecked()
    assert column_of(panel, 0) == ["ETHUSDT", "ETHUSDT"]
    panel.hide()


async def test_chosen_series_are_stopped_and_begun_again(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    panel.view.select_record(lambda s: str(s.series) == "BTCUSDT 5m")
    panel.end_tool.trigger()
    await until(lambda: len(engine.collector.series) == 3)
    panel.refresh()
    assert "stopped" in column_of(panel, 2)
    panel.view.select_record(lambda s: s.state is SeriesState.STOPPED)
    assert not panel.end_tool.isEnabled()
    panel.begin_tool.trigger()
    await until(lambda: len(engine.collector.series) == 4)
    panel.refresh()
    assert set(column_of(panel, 2)) == {"live"}
    panel.hide()


async def test_a_series_stopped_before_a_restart_is_listed_as_stopped(desk: Desk, engine: FakeEngine) -> None:
    await engine.change("collector.stopped", ("BTCUSDT:5m",))
    panel = await collecting(desk, engine)
    engine.collector.become(tuple(s for s in engine.collector.series if str(s) != "BTCUSDT 5m"))
    panel.refresh()
    panel.view.select_record(lambda s: s.state is SeriesState.STOPPED)
    assert [str(s.series) for s in panel.chosen] == ["BTCUSDT 5m"]
    panel.begin_tool.trigger()
    await until(lambda: len(engine.collector.series) == 4)
    assert engine.settings.collector.stopped == ()
    panel.hide()


async def test_what_is_overdue_is_told_once_and_listed_with_what_can_be_done(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    engine.collector.differs = {s: {"state": SeriesState.STALE} for s in engine.collector.series}
    passed = 0.0
    panel.now = lambda: passed
    for passed in (0.0, 5.0, 9.0):  # noqa: B007 - the panel reads it
        panel.refresh()
    assert said == []  # it may pass
    for passed in (10.0, 20.0):  # noqa: B007
        panel.refresh()
    assert len(said) == 1
    assert "4 series" in said[0]
    assert panel.side.tabText(panel.side.count() - 3) == "Troubles 1"
    panel.side.troubles.select_record(lambda _: True)
    asked: list[bool] = []
    panel.show_connections.connect(lambda: asked.append(True))
    panel.side.do.click()
    assert asked == [True]
    engine.collector.differs = {}
    panel.refresh()
    assert panel.side.tabText(panel.side.count() - 3) == "Troubles"
    assert not panel.side.do.isEnabled()
    panel.hide()


async def test_a_look_that_takes_long_is_told_all_the_same(
    desk: Desk, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradebot_gui.panels.collector_sweep.BUDGET", -1.0)
    panel = await collecting(desk, engine)
    panel.refresh()
    assert panel.view.rows.rowCount() == 4
    panel.hide()


async def test_while_offline_nobody_is_told_of_what_is_overdue(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    engine.connections.offline = (0, 9.0)
    engine.collector.differs = {s: {"state": SeriesState.STALE} for s in engine.collector.series}
    panel.refresh()
    assert said == []
    assert "connection is away" in panel.side.table.records[0].words
    panel.hide()


async def test_a_series_that_failed_is_tried_again(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    failed = engine.collector.series[0]
    engine.collector.differs = {failed: {"state": SeriesState.FAILED, "last_error": "no such symbol"}}
    panel.refresh()
    (trouble,) = panel.side.table.records
    assert "BTCUSDT 1m failed: no such symbol" in trouble.words
    panel.side.troubles.select_record(lambda _: True)
    QTest.keyClick(panel.side.troubles, Qt.Key.Key_Return)
    await until(lambda: engine.collector.series[-1] == failed)
    panel.hide()


async def test_missing_candles_ask_for_repair_and_a_full_disk_for_its_folder(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    engine.collector.differs = {engine.collector.series[0]: {"gaps": 2, "missing": 3}}
    engine.disk = "the disk is full"
    panel.refresh()
    assert [t.action for t in panel.side.table.records] == ["folder", "repair"]
    repaired: list[object] = []
    panel.repair.connect(repaired.append)
    panel.side.troubles.select_record(lambda t: t.action == "repair")
    panel.side.do.click()
    assert repaired == [[engine.collector.series[0]]]
    panel.hide()


async def test_holes_that_were_fetched_again_are_no_trouble(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    engine.collector.differs = {engine.collector.series[0]: {"gaps": 2}}
    panel.refresh()
    assert not panel.side.table.records
    panel.hide()


async def test_the_figures_tell_of_messages_candles_and_the_disk(desk: Desk, engine: FakeEngine) -> None:
    panel = await collecting(desk, engine)
    panel.show_load(12.0, 300.0)
    panel.refresh()
    assert panel.figures.text() == (
        "44 msg/s   4 candles/min   0 waiting for the disk   last write 9 series in 12 ms, worst 34   CPU 12 %   300 MB"
    )
    panel.hide()


async def test_how_much_is_kept_is_set_beside_the_series(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    panel.side.fields["data.retention"].set(None)
    await until(lambda: engine.settings.data.retention is None)
    panel.side.fields["collector.history"].set(900)
    await until(lambda: engine.settings.collector.history == 900)


async def test_1650_series_move_every_second_and_no_turn_of_the_loop_is_long(
    desk: Desk, engine: FakeEngine, turns: Turns
) -> None:
    symbols = tuple(f"S{n:03}USDT" for n in range(550))
    panel = CollectorPanel(desk)
    panel.resize(900, 500)
    panel.show()
    engine.list_instruments(symbols)
    asked: list[int] = []
    status = engine.collector.status
    engine.collector.status = lambda only=None: (asked.append(len(only or ())), status(only))[1]
    await engine.start_collecting(symbols, ("1m", "5m", "15m"))
    await until(lambda: panel.view.rows.rowCount() == 1650)
    assert max(asked) <= 40
    assert "1,650 of 1,650 series live" in panel.state.text()
    panel.view.sort_by(6)
    for second in range(3):
        engine.collector.differs = {s: {"last_candle_age": float((n * 7919 + second) % 1650)}
                                    for n, s in enumerate(engine.collector.series)}  # fmt: skip
        before = len(asked)
        panel.refresh()
        await turns.until(lambda before=before: len(asked) >= before + 42)
        panel.view.rows.resort()
    panel.by_symbol.trigger()
    await turns.until(lambda: panel.group_view.rows.rowCount() == 550)
    panel.hide()


async def test_the_recorder_is_begun_ended_and_a_recording_replayed(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    panel.show()
    panel.side.setCurrentWidget(panel.side.recorder)
    page = panel.side.recorder
    assert not page.play.isEnabled()
    page.toggle.click()
    await until(lambda: page.table.records)
    assert page.toggle.text() == "Stop"
    assert page.said.text() == "Recording: 1,200 messages, 1.0 MB, 7.0 times packed."
    page.toggle.click()
    await until(lambda: page.toggle.text() == "Record")
    page.view.select_record(lambda _: True)
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    page.play.click()
    await until(lambda: engine.recorder.jobs)
    engine.recorder.jobs[0].finish(SimpleNamespace(rows={"x": 40}, seconds=600.0, took=2.0))
    await until(lambda: said)
    assert "10 min 0 s of messages played in 2.0 s: 40 candles of 1 series" in said[0]
    page.limit.setValue(500)
    await until(lambda: engine.settings.recorder.megabytes == 500)
    panel.hide()


async def test_a_recording_is_looked_into_and_deleted_when_that_is_meant(desk: Desk, engine: FakeEngine) -> None:
    panel = CollectorPanel(desk)
    panel.show()
    panel.side.setCurrentWidget(panel.side.recorder)
    page = panel.side.recorder
    await engine.recorder.start()
    await engine.recorder.stop()
    await until(lambda: page.table.records)
    assert not page.remove.isEnabled()
    page.view.select_record(lambda _: True)
    page.preview.click()
    await until(lambda: getattr(page, "dialog", None) is not None and "second" in page.dialog.lines.toPlainText())
    words = page.dialog.findChild(QLabel).text()
    assert "1,200 records" in words
    assert "2 symbols at 1m, 5m" in words
    page.dialog.reject()
    page.remove.click()
    page.asked.button(QMessageBox.StandardButton.Cancel).click()
    await until(lambda: True)
    assert page.table.records
    page.remove.click()
    next(b for b in page.asked.buttons() if b.text() == "Delete").click()
    await until(lambda: not page.table.records)
    assert not page.play.isEnabled()
    panel.hide()


async def test_a_narrow_panel_has_its_choice_among_the_tabs_and_overlaps_nothing(desk, engine, qtbot) -> None:
    engine.list_instruments()
    panel = CollectorPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    for width, beside in ((1100, True), (660, False), (1100, True)):
        panel.resize(width, 300)
        QApplication.processEvents()
        assert panel.chooses_in_tab is not beside
        panel.first_focus().setFocus()
        assert panel.chooser.symbols.isVisible()
        parts = [QRect(part.mapTo(panel, QPoint(0, 0)), part.size()) for part in (panel.side, panel.pages)]
        parts += [QRect(panel.chooser.mapTo(panel, QPoint(0, 0)), panel.chooser.size())] if beside else []
        assert not any(one.intersects(other) for one, other in combinations(parts, 2))
        assert all(panel.rect().contains(part) for part in parts)
    assert [panel.side.tabText(n) for n in range(2)] == ["Activity", "Troubles"]

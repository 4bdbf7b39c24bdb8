from PySide6.QtCore import Qt

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
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

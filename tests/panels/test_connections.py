from dataclasses import replace
from pathlib import Path

from shared_modules.core.events import ConnectionState, Disconnected, LostMessages
from shared_modules.system_integration import Outage
from tests.gui.fake_engine import START, FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.connections import ConnectionsPanel

CUT = Outage("public linear", START, START + 2_500, 2.5, "the line was cut", 2, LostMessages.REFETCHED, 3, 2)


def shown(view) -> list[list[str]]:
    rows = view.rows
    return [[str(rows.index(r, c).data()) for c in range(rows.columnCount())] for r in range(rows.rowCount())]


async def test_every_socket_and_the_requests_have_a_row(desk: Desk, engine: FakeEngine) -> None:
    panel = ConnectionsPanel(desk)
    panel.show()
    rows = shown(panel.now)
    assert [row[:3] for row in rows] == [["public linear", "connected", "36"], ["requests", "connected", "—"]]
    assert panel.summary.text().startswith("1 of 1 sockets connected   36 topics   44 msg/s")
    panel.hide()


async def test_an_outage_becomes_a_row_with_its_cost(desk: Desk, engine: FakeEngine) -> None:
    panel = ConnectionsPanel(desk)
    panel.show()
    assert shown(panel.log) == []
    engine.connections.outages = [CUT]
    engine.bus.publish(Disconnected("public linear", START, START + 2_500, 2.5, "cut", 2, LostMessages.REFETCHED))
    (row,) = shown(panel.log)
    assert row[1:] == ["public linear", "2.5 s", "the line was cut", "2", "3 candles of 2 series fetched again"]
    panel.hide()


async def test_one_that_lasts_says_so_and_the_newest_is_on_top(desk: Desk, engine: FakeEngine) -> None:
    lasting = replace(CUT, started=START + 60_000, ended=None, candles=0)
    engine.connections.outages = [CUT, lasting]
    panel = ConnectionsPanel(desk)
    panel.show()
    assert "still away" in shown(panel.log)[0][-1]
    panel.hide()


async def test_the_log_of_one_connection_is_shown_alone(desk: Desk, engine: FakeEngine) -> None:
    engine.connections.outages = [CUT, replace(CUT, name="requests", started=START + 1)]
    panel = ConnectionsPanel(desk)
    panel.show()
    panel.which.setCurrentText("requests")
    assert [row[1] for row in shown(panel.log)] == ["requests"]
    panel.hide()


async def test_the_log_is_copied_and_written_to_a_file(desk: Desk, engine: FakeEngine, tmp_path: Path) -> None:
    engine.connections.outages = [CUT]
    panel = ConnectionsPanel(desk)
    panel.show()
    assert "the line was cut" in panel.log.as_tsv()
    target = tmp_path / "log.csv"
    panel.export(target)
    await until(target.exists)
    assert target.read_text().splitlines()[1].startswith("public linear,")
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    panel.export(tmp_path / "no folder" / "log.csv")
    await until(lambda: said)
    panel.hide()


async def test_offline_is_said_with_what_works_greys_the_prices_and_goes_by_itself(
    window: MainWindow, engine: FakeEngine
) -> None:
    engine.move("BTCUSDT", 100.0)
    window.refresh()
    assert not window.offline.isVisible()
    engine.connections.offline = (START, 45.0)
    window.refresh()
    assert window.offline.isVisible()
    assert "45 s" in window.offline.label.text()
    assert "backtests work on" in window.offline.label.text()
    assert window.watchlist.age.isVisible()
    table = window.watchlist.table
    colour = table.colour(table.columns[1], table.records[0])
    assert colour is not None
    assert colour.name() == window.desk.theme.muted
    tape, details = (window.docks.panels[name] for name in ("tape", "details"))
    for said in (tape.away, details.away):
        assert said.text().startswith("Offline since ")
    assert details.values["last"].property("tone") == "muted"
    assert details.values["tick"].property("tone") != "muted"
    engine.connections.offline = None
    window.refresh()
    assert not window.offline.isVisible()
    assert not window.watchlist.age.isVisible()
    assert tape.away.text() == details.away.text() == ""
    assert details.values["last"].property("tone") != "muted"


async def test_a_short_drop_is_not_announced(window: MainWindow, engine: FakeEngine) -> None:
    engine.connections.offline = (START, 1.0)
    window.refresh()
    assert not window.offline.isVisible()


async def test_a_service_that_is_down_alone_is_told_as_that(window: MainWindow, engine: FakeEngine) -> None:
    engine.connections.rest = ConnectionState.DOWN
    window.refresh()
    assert "history cannot be fetched" in window.offline.label.text()

"""Every panel without a symbol says why there is none and what can be done now."""

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from shared_modules.core.events import ConnectionState
from tests.gui.fake_engine import FakeEngine
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import ASKED, AWAY, DEMO_AWAY
from tradebot_gui.panels.chart import ChartPanel
from tradebot_gui.panels.collector import CollectorPanel
from tradebot_gui.panels.data_manager import DataPanel
from tradebot_gui.panels.log import LogPanel
from tradebot_gui.panels.market_details import MarketDetailsPanel
from tradebot_gui.panels.order_book import OrderBookPanel
from tradebot_gui.panels.record_view import FILTERED
from tradebot_gui.panels.tape import TapePanel
from tradebot_gui.panels.watchlist import WatchlistPanel

SAID = {
    OrderBookPanel: lambda p: p.ladder.empty_text,
    TapePanel: lambda p: p.view.empty_text,
    MarketDetailsPanel: lambda p: p.empty.text(),
    ChartPanel: lambda p: p.view.marks.message,
    WatchlistPanel: lambda p: p.view.empty_text,
    CollectorPanel: lambda p: p.view.empty_text,
}


def told(panel: Any, since: str = "") -> str:
    """What ``panel`` says after the window has told it how the connection is."""
    panel.set_offline(since)
    if isinstance(panel, WatchlistPanel):
        panel.refresh_age(bool(since))
    return SAID[type(panel)](panel)


@pytest.mark.parametrize("kind", SAID, ids=lambda k: k.id)
async def test_a_panel_without_symbols_says_what_can_be_done(desk: Desk, engine: FakeEngine, qtbot, kind: type) -> None:
    panel = kind(desk)
    qtbot.addWidget(panel)
    assert told(panel) == ASKED
    engine.connections.offline = (1, 5.0)
    assert told(panel, "Offline") == DEMO_AWAY
    engine.connections.offline, engine.connections.rest = None, ConnectionState.DOWN
    engine.mode = "LIVE DATA"
    assert told(panel) == AWAY
    assert all(way in AWAY for way in ("Data manager", "Backtest", "View, Connections", "Help, Set up"))
    engine.connections.rest = ConnectionState.CONNECTED
    engine.list_instruments()
    assert told(panel) not in (ASKED, AWAY, DEMO_AWAY)
    await desk.close()


async def test_a_search_that_fits_nothing_is_not_taken_for_an_empty_table(desk: Desk, engine, qtbot) -> None:
    panel = LogPanel(desk)
    qtbot.addWidget(panel)
    empty = panel.view.empty_text
    panel.table.extend([(1, _line("one")), (2, _line("two"))])
    panel.search.setText("nothing")
    assert panel.view.rows.rowCount() == 0
    assert panel.view.empty_text == FILTERED.format(n=2) != empty


async def test_stored_data_is_not_said_to_be_none_before_it_was_read(desk: Desk, engine, qtbot) -> None:
    panel = DataPanel(desk)
    qtbot.addWidget(panel)
    assert panel.view.empty_text == "What is stored is being read …"
    panel.show()
    await _until_read(panel)
    assert panel.view.empty_text.startswith("Nothing is stored yet.")


async def _until_read(panel: DataPanel) -> None:
    from tests.gui.fixtures import until

    await until(lambda: not panel.view.empty_text.endswith("…"))
    QApplication.processEvents()


def _line(text: str) -> Any:
    from shared_modules.core.log import LogLine

    return LogLine(1_700_000_000_000, "INFO", "x", text)

from PySide6.QtWidgets import QApplication

from tests.gui.fake_engine import FakeEngine
from tradebot_gui.desk import Desk
from tradebot_gui.panels.log import MOST_LINES, LogPanel


def shown(panel: LogPanel) -> list[str]:
    rows = panel.view.rows
    return [rows.index(n, 3).data() for n in range(rows.rowCount())]


async def test_lines_appear_by_level(desk: Desk, engine: FakeEngine) -> None:
    panel = LogPanel(desk)
    for level in ("DEBUG", "INFO", "WARNING", "ERROR"):
        engine.log.write(level, f"a {level} line")
    panel.take()
    assert shown(panel) == ["a INFO line", "a WARNING line", "a ERROR line"]
    panel.level.setCurrentText("ERROR")
    assert shown(panel) == ["a ERROR line"]
    panel.level.setCurrentText("DEBUG")
    assert len(shown(panel)) == 4


async def test_the_search_finds_words(desk: Desk, engine: FakeEngine) -> None:
    panel = LogPanel(desk)
    engine.log.write("INFO", "candles loaded")
    engine.log.write("INFO", "feed connected")
    panel.take()
    panel.search.setText("feed")
    assert shown(panel) == ["feed connected"]


async def test_pause_holds_the_list_and_loses_nothing(desk: Desk, engine: FakeEngine) -> None:
    panel = LogPanel(desk)
    panel.pause.setChecked(True)
    engine.log.write("INFO", "meanwhile")
    panel.take()
    assert shown(panel) == []
    panel.pause.click()
    assert shown(panel) == ["meanwhile"]


async def test_copy_puts_lines_on_the_clipboard(desk: Desk, engine: FakeEngine) -> None:
    panel = LogPanel(desk)
    engine.log.write("WARNING", "look here")
    panel.take()
    panel.view.copy()
    assert "look here" in QApplication.clipboard().text()


async def test_a_flood_keeps_the_newest_lines(desk: Desk, engine: FakeEngine) -> None:
    panel = LogPanel(desk)
    for n in range(3):
        for k in range(MOST_LINES - 100):
            engine.log.write("INFO", f"{n}-{k}")
        panel.take()
    assert len(panel.table.records) == MOST_LINES
    assert shown(panel)[-1] == f"2-{MOST_LINES - 101}"

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.drill import DrillPanel


def active(engine: FakeEngine) -> list[str]:
    return [s.drill.name for s in engine.drills.active]


async def test_enter_begins_the_chosen_drill_and_enter_again_ends_it(desk: Desk, engine: FakeEngine) -> None:
    panel = DrillPanel(desk)
    panel.view.select_record(lambda s: s.drill.name == "silence")
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    await until(lambda: active(engine) == ["silence"])
    await until(lambda: panel.table.record("silence").active)
    assert panel.view.rows.index(2, 1).data() == "strikes"
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    await until(lambda: active(engine) == [])


async def test_a_seed_goes_along_and_any_is_none(desk: Desk, engine: FakeEngine) -> None:
    panel = DrillPanel(desk)
    panel.begin_button.click()
    await until(lambda: engine.drills.seeds == [None])
    panel.seed.setValue(42)
    panel.end_button.click()
    await until(lambda: not engine.drills.active)
    await until(lambda: panel.begin_button.isEnabled())
    panel.begin_button.click()
    await until(lambda: engine.drills.seeds == [None, 42])


async def test_a_drill_whose_time_has_passed_begins_anew(desk: Desk, engine: FakeEngine) -> None:
    panel = DrillPanel(desk)
    first = engine.drills.states[0]
    engine.drills.states = (replace(first, begun=True, active=False, hits=1), *engine.drills.states[1:])
    await panel._looked()
    assert panel.view.rows.index(0, 1).data() == "over"
    panel.toggle("drop")
    await until(lambda: engine.drills.seeds)


async def test_an_exchange_that_does_not_answer_is_no_reason_to_complain_each_second(
    desk: Desk, engine: FakeEngine
) -> None:
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    engine.drills.away = True
    panel = DrillPanel(desk)
    await panel._looked()
    assert said == []


async def test_the_menu_begins_a_drill_and_the_status_bar_says_so(window: MainWindow, engine: FakeEngine) -> None:
    act = window.commands.by_id["drill.maintenance"]
    act.trigger()
    await until(lambda: window.status.drill.isVisible())
    assert window.status.drill.text() == "DRILL Maintenance"
    assert act.isChecked()
    window.commands.by_id["drill.end_all"].trigger()
    await until(lambda: not window.status.drill.isVisible())
    assert active(engine) == []


async def test_with_a_real_exchange_there_is_no_drill(desk: Desk, engine: FakeEngine) -> None:
    engine.mode = "LIVE DATA"
    engine.drills.possible = False
    window = MainWindow(desk, (1000, 700))
    assert "Drill" not in [a.text() for a in window.menuBar().actions()]
    assert "drill" not in window.docks.docks
    window.deleteLater()

"""Alerts on drawings, with an end and a sound of their own, made as a person does it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from shared_modules.core.timeframes import DAY
from shared_modules.system_integration import Alert
from tests.charts.test_drawing import RIGHT, click, drag
from tests.gui.fake_engine import START, FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.alert_dialog import AlertDialog
from tradebot_gui.drawings import Drawing
from tradebot_gui.panels.alerts import AlertsPanel
from tradebot_gui.panels.chart import ChartPanel

A, B = QPoint(200, 120), QPoint(400, 180)


@pytest_asyncio.fixture
async def chart(desk: Desk, engine: FakeEngine, qtbot) -> AsyncIterator[ChartPanel]:
    engine.list_instruments()
    await engine.alerts.start()
    made = ChartPanel(desk)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    await until(lambda: len(made.view.data) and not made._feed.loading)
    made.view.grab()
    yield made
    made.view.stop()


@pytest.fixture
def alerts(desk: Desk, chart: ChartPanel, qtbot) -> AlertsPanel:
    panel = AlertsPanel(desk, lambda _: None)
    qtbot.addWidget(panel)
    panel.show()
    chart.alert_wanted.connect(lambda at: panel.make_for(chart, at))
    return panel


def press_save(dialog: AlertDialog) -> None:
    QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)


def by_hand(chart: ChartPanel, kind: str, *points: QPoint) -> Drawing:
    chart._strip.tools[kind].trigger()
    for point in points:
        click(chart.view, point)
    return chart.view.drawings.board.items[-1]


async def asked(chart: ChartPanel, alerts: AlertsPanel, at: QPoint) -> AlertDialog:
    """The form that the drawing's menu opens."""
    opened: list[str] = []
    chart.view.tools.menu_wanted.connect(lambda name, _: opened.append(name))
    click(chart.view, at, button=RIGHT)
    menu = chart._drawings.menu(opened[0])
    next(a for a in menu.actions() if a.text() == "Alert on this line…").trigger()
    menu.close()
    return alerts.findChildren(AlertDialog)[-1]


def only(engine: FakeEngine) -> Alert:
    (found,) = engine.alerts.alerts
    return found


async def test_an_alert_on_a_trend_line_follows_it_and_rests_when_it_is_removed(chart, alerts, engine, qtbot) -> None:
    made = by_hand(chart, "trend", A, B)
    press_save(await asked(chart, alerts, (A + B) / 2))
    await until(lambda: engine.alerts.alerts)
    first = only(engine)
    assert (first.drawn.start, first.drawn.end) == tuple((a.time, a.price) for a in made.anchors)
    chart.view.grab()
    assert "Alert" in [label.text for p in chart.view.drawings.placed for label in p.shape.labels]
    middle = (A + B) / 2
    drag(chart.view, middle, middle + QPoint(0, 50))
    await until(lambda: only(engine).drawn != first.drawn)
    assert only(engine).drawn.start[1] == chart.view.drawings.board.items[0].anchors[0].price
    assert only(engine).id == first.id
    qtbot.keyClick(chart.view, Qt.Key.Key_Delete)
    await until(lambda: not only(engine).active)


async def test_an_alert_on_a_level_follows_it_and_draws_no_second_line(chart, alerts, engine) -> None:
    made = by_hand(chart, "horizontal", A)
    press_save(await asked(chart, alerts, A))
    await until(lambda: engine.alerts.alerts)
    assert only(engine).level == made.anchors[0].price
    assert chart.view.marks.levels == []
    drag(chart.view, A, A + QPoint(0, 60))
    await until(lambda: only(engine).level == chart.view.drawings.board.items[0].anchors[0].price)
    chart.view.drawings.board.undo()
    await until(lambda: only(engine).level == made.anchors[0].price)


async def test_another_price_typed_for_it_lets_go_of_the_drawing(chart, alerts, engine) -> None:
    by_hand(chart, "horizontal", A)
    dialog = await asked(chart, alerts, A)
    dialog.level.setValue(55.0)
    press_save(dialog)
    await until(lambda: engine.alerts.alerts)
    assert (only(engine).level, only(engine).drawing) == (55.0, "")


async def test_what_has_no_one_price_offers_no_alert(chart, alerts) -> None:
    made = by_hand(chart, "rectangle", A, B)
    menu = chart._drawings.menu(made.id)
    assert "Alert on this line…" not in [a.text() for a in menu.actions()]
    menu.close()


async def test_an_alert_has_an_end_and_a_sound(chart, alerts, engine, desk) -> None:
    dialog = alerts.make("BTCUSDT", 100.0)
    QTest.mouseClick(dialog.end.on, Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.end.on.height() // 2))
    dialog.sound.show_choice(True, "alarm")
    press_save(dialog)
    await until(lambda: engine.alerts.alerts)
    made = only(engine)
    assert made.tone == "alarm"
    assert made.expires == pytest.approx(START + DAY, abs=60_000)
    again = AlertDialog(desk, made, None, alerts)
    assert again.end.time() == made.expires // 60_000 * 60_000
    assert again.sound.name == "alarm"
    again.close()


async def test_an_end_that_is_over_is_refused_with_a_sentence(chart, alerts, engine) -> None:
    dialog = alerts.make("BTCUSDT", 100.0)
    dialog.end.show_time(START - DAY)
    press_save(dialog)
    await until(lambda: "later one" in dialog.problem.text())
    assert not engine.alerts.alerts
    dialog.close()

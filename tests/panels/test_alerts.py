"""Alerts as a person makes, hears and deletes them."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from shared_modules.system_integration import Alert, Crossing, Line
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.alert_dialog import AlertDialog
from tradebot_gui.panels.alerts import AlertsPanel
from tradebot_gui.panels.chart import ChartPanel


async def opened(desk: Desk, engine: FakeEngine, qtbot, chimes: list[int]) -> AlertsPanel:
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    await engine.alerts.start()
    panel = AlertsPanel(desk, lambda _: chimes.append(1))
    qtbot.addWidget(panel)
    panel.resize(800, 300)
    panel.show()
    return panel


def press_save(dialog: AlertDialog) -> None:
    QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)


async def test_a_price_alert_is_made_heard_and_listed_as_told(desk, engine, qtbot) -> None:
    chimes: list[int] = []
    panel = await opened(desk, engine, qtbot, chimes)
    told: list[tuple[str, str]] = []
    desk.notice.connect(lambda level, text: told.append((level, text)))
    dialog = panel.make("BTCUSDT", 100.0)
    dialog.note.setText("sell half")
    press_save(dialog)
    await until(lambda: panel.table.records)
    engine.move("BTCUSDT", 99.0)
    engine.move("BTCUSDT", 101.0)
    await until(lambda: panel.told.records)
    assert chimes == [1]
    assert told[0][0] == "alert"
    assert "sell half" in told[0][1]
    assert panel.view.rows.index(0, 1).data() == "told"


async def test_an_indicator_needs_a_candles_close(desk, engine, qtbot) -> None:
    panel = await opened(desk, engine, qtbot, [])
    dialog = panel.make("BTCUSDT", 70.0)
    await until(lambda: dialog.line.kind.count() > 1)
    dialog.line.kind.setCurrentIndex(dialog.line.kind.findData("rsi"))
    assert dialog.when.currentData() == "1m"
    press_save(dialog)
    await until(lambda: panel.table.records)
    made = panel.table.records[0]
    assert (made.line.name, made.timeframe, made.level) == ("rsi", "1m", 70.0)
    assert made.line.params == {"period": 14}


async def test_one_average_may_wait_for_another(desk, engine, qtbot) -> None:
    panel = await opened(desk, engine, qtbot, [])
    dialog = panel.make("BTCUSDT")
    dialog.against_kind.setCurrentIndex(1)
    for form, name in ((dialog.line, "sma"), (dialog.against, "ema")):
        await until(lambda form=form: form.kind.count() > 1)
        form.kind.setCurrentIndex(form.kind.findData(name))
    press_save(dialog)
    await until(lambda: panel.table.records)
    assert panel.table.records[0].against.name == "ema"
    again = AlertDialog(desk, panel.table.records[0], None, panel)
    assert again.against.line().name == "ema"
    again.close()


async def test_what_cannot_be_is_said_and_the_form_stays(desk, engine, qtbot) -> None:
    panel = await opened(desk, engine, qtbot, [])
    dialog = panel.make("BTCUSDT", 100.0)
    dialog.symbol.setCurrentText("NOPE")
    press_save(dialog)
    await until(lambda: "NOPE" in dialog.problem.text())
    assert dialog.isVisible()
    assert not panel.table.records
    dialog.close()


async def test_alerts_rest_and_are_deleted(desk, engine, qtbot) -> None:
    panel = await opened(desk, engine, qtbot, [])
    await engine.alerts.put(Alert("BTCUSDT", level=100.0, crossing=Crossing.ABOVE))
    await until(lambda: panel.table.records)
    panel.view.selectRow(0)
    QTest.mouseClick(panel.arm, Qt.MouseButton.LeftButton)
    await until(lambda: not panel.table.records[0].active)
    panel.view.selectRow(0)
    assert panel.arm.text() == "Arm"
    QTest.mouseClick(panel.drop, Qt.MouseButton.LeftButton)
    await until(lambda: not panel.table.records)
    assert "Alt+A" in panel.view.empty_text


async def test_waiting_prices_are_lines_of_the_chart(desk, engine, qtbot) -> None:
    await opened(desk, engine, qtbot, [])
    chart = ChartPanel(desk)
    qtbot.addWidget(chart)
    chart.resize(700, 400)
    chart.show()
    await until(lambda: len(chart.view.data))
    await engine.alerts.put(Alert("BTCUSDT", level=100.0, note="support"))
    await engine.alerts.put(Alert("ETHUSDT", level=50.0))
    await until(lambda: chart.view.marks.levels)
    assert [(price, words) for _, price, words in chart.view.marks.levels] == [(100.0, "Alert support")]
    await engine.alerts.set_active(engine.alerts.alerts[0].id, False)
    await until(lambda: not chart.view.marks.levels)


async def test_a_line_is_dragged_to_another_price(desk, engine, qtbot) -> None:
    await opened(desk, engine, qtbot, [])
    chart = ChartPanel(desk)
    qtbot.addWidget(chart)
    chart.resize(700, 400)
    chart.show()
    await until(lambda: len(chart.view.data))
    chart.view.grab()
    level = round(chart.view.panes.price.value_at(120), 1)
    await engine.alerts.put(Alert("BTCUSDT", level=level, last=-1.0))
    await until(lambda: chart.view.marks.levels)
    viewport = chart.view.surface
    held = QPoint(150, round(chart.view.panes.price.y_of(level)))
    wanted = round(chart.view.panes.price.value_at(held.y() + 40), 1)
    for point, keep in ((QPoint(150, held.y() + 60), False), (QPoint(150, held.y() + 40), True)):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=held)
        press = QMouseEvent(QEvent.Type.MouseMove, QPointF(point), viewport.mapToGlobal(QPointF(point)),
                            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(viewport, press)
        if not keep:  # given up: it stands where it was
            QTest.keyClick(chart.view, Qt.Key.Key_Escape)
            assert chart.view.marks.levels[0][1] == level
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=point)
    await until(lambda: engine.alerts.alerts[0].level == wanted)
    assert engine.alerts.alerts[0].last is None
    assert chart.view.marks.levels[0][1] == wanted


async def shown_chart(desk, qtbot) -> ChartPanel:
    chart = ChartPanel(desk)
    qtbot.addWidget(chart)
    chart.resize(700, 500)
    chart.show()
    await until(lambda: len(chart.view.data) and all(o.lines for o in chart.view.overlays))
    chart.view.grab()
    return chart


def drag(chart: ChartPanel, start: QPoint, end: QPoint, let_go: bool = True) -> None:
    surface = chart.view.surface
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=start)
    moved = QMouseEvent(QEvent.Type.MouseMove, QPointF(end), surface.mapToGlobal(QPointF(end)),
                        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(surface, moved)
    if let_go:
        QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=end)


async def test_an_indicators_alert_is_a_line_of_its_pane_and_is_dragged_there(desk, engine, qtbot) -> None:
    await opened(desk, engine, qtbot, [])
    chart = await shown_chart(desk, qtbot)
    (pane,) = chart.view.panes.subs
    level = pane.rounded((pane.low + pane.high) / 2)
    rsi = Line("rsi", {"period": 14})
    await engine.alerts.put(Alert("BTCUSDT", rsi, level=level, timeframe="1m"))
    await engine.alerts.put(Alert("BTCUSDT", rsi, level=level, timeframe="1h"))
    await engine.alerts.put(Alert("BTCUSDT", Line("rsi", {"period": 9}), level=level, timeframe="1m"))
    await until(lambda: chart.view.marks.levels)
    assert [(of, value) for of, value, _ in chart.view.marks.levels] == [(pane, level)]
    held = QPoint(150, round(pane.y_of(level)))
    wanted = pane.rounded(pane.value_at(held.y() + 20))
    drag(chart, held, held + QPoint(0, 20))
    await until(lambda: engine.alerts.alerts[0].level == wanted)
    assert [a.level for a in engine.alerts.alerts[1:]] == [level, level]
    chart._indicators.set_specs([])
    assert chart.view.marks.levels == []


async def test_an_alert_begins_with_the_indicator_under_the_mouse(desk, engine, qtbot) -> None:
    panel = await opened(desk, engine, qtbot, [])
    chart = await shown_chart(desk, qtbot)
    pane = chart.view.panes.subs[0]
    chart.view.set_cursor(QPoint(200, round(pane.rect.center().y())))
    entries = {a.text(): a for a in chart.menu.menu().actions()}
    (entry,) = (text for text in entries if text.startswith("Alert on Relative strength index 14 at"))
    chart.alert_wanted.connect(lambda at: panel.make_for(chart, at))
    entries[entry].trigger()
    form = panel.findChild(AlertDialog)
    made = form.alert()
    assert (made.line, made.timeframe, made.symbol) == (Line("rsi", {"period": 14}, "rsi"), "1m", "BTCUSDT")
    assert pane.low < made.level < pane.high
    assert form.level.text() == f"{made.level:g}"
    form.reject()


async def test_an_alert_that_is_told_while_another_is_dragged_moves_none(desk, engine, qtbot) -> None:
    await opened(desk, engine, qtbot, [])
    chart = await shown_chart(desk, qtbot)
    price = chart.view.panes.price
    first, second = (round(price.value_at(y), 1) for y in (100, 160))
    await engine.alerts.put(Alert("BTCUSDT", level=first))
    await engine.alerts.put(Alert("BTCUSDT", level=second))
    await until(lambda: len(chart.view.marks.levels) == 2)
    held = QPoint(150, round(price.y_of(first)))
    drag(chart, held, held + QPoint(0, 30), let_go=False)
    await engine.alerts.set_active(engine.alerts.alerts[0].id, False)
    await until(lambda: len(chart.view.marks.levels) == 1)
    QTest.mouseRelease(chart.view.surface, Qt.MouseButton.LeftButton, pos=held + QPoint(0, 60))
    await until(lambda: True)
    assert [a.level for a in engine.alerts.alerts] == [first, second]

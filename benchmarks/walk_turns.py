"""Everything a person can open, click and switch in the terminal, one step after the other, for `walk.py --blocks`.

Each step is a name and what is done. What has opened at a step, a dialog, a menu or a list, is closed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QMenu, QTabWidget, QToolButton, QWidget
from shiboken6 import isValid

Step = tuple[str, Callable[[], object]]
# what would end the walk or leave the program
NOT_TAKEN = ("file.exit", "file.restart", "file.data_folder", "strategy.folder", "strategy.edit", "help.tour")
CHART_STYLES = ("hollow", "heikin_ashi", "bars", "line", "area", "renko", "candles")


def steps(window: Any) -> Iterator[Step]:
    """All steps, in an order in which each finds what it needs."""
    yield from _settings(window)
    yield from _menus(window)
    yield from _commands(window)
    yield from _panels(window)
    yield from _chart(window)
    yield from _replay(window)
    yield from _links(window)
    yield from _workspaces(window)


def _settings(window: Any) -> Iterator[Step]:
    change = window.desk.engine.change
    for path, values in (
        ("appearance.theme", ("light", "dark")),
        ("appearance.rising", ("blue", "red", "green")),
        ("appearance.time_zone", ("UTC", "local")),
        ("appearance.streamer", (True, False)),
    ):
        for value in values:
            yield f"set {path}={value}", lambda p=path, v=value: window.desk.spawn(change(p, v))


def _menus(window: Any) -> Iterator[Step]:
    for action in window.menuBar().actions():
        if action.menu() is not None:
            yield f"menu {action.text()}", partial(action.menu().popup, window.mapToGlobal(QPoint(40, 30)))


def _commands(window: Any) -> Iterator[Step]:
    for name, action in list(window.commands.by_id.items()):
        if name not in NOT_TAKEN and not name.startswith("drill."):
            yield f"command {name}", action.trigger
    yield "tour", window.start_tour
    yield "tour ends", lambda: window._tour.stop()


def _panels(window: Any) -> Iterator[Step]:
    """Every list, menu, tab and heading in every panel."""
    for name, panel in list(window.docks.panels.items()):
        yield f"{name} shown", partial(window.show_panel, name)
        parts = (*panel.findChildren(QTabWidget), *panel.findChildren(QComboBox), *panel.findChildren(QToolButton))
        for part in parts:
            # what was floating and has been docked again may have other buttons
            if isValid(part) and part.isVisible() and part.isEnabled():
                yield from _part(name, part)
        for table in panel.findChildren(QWidget):
            if isValid(table) and hasattr(table, "horizontalHeader") and table.isVisible():
                for section in range(min(3, table.model().columnCount())):
                    yield f"{name} sorted by {section}", partial(_click_heading, table.horizontalHeader(), section)
        yield f"{name} floats", partial(_float, window, name, True)
        yield f"{name} docked", partial(_float, window, name, False)
        if name != "chart":
            yield f"{name} closed", partial(window.docks.docks[name].toggleView, False)
            yield f"{name} reopened", partial(window.docks.docks[name].toggleView, True)


def _part(panel: str, part: QWidget) -> Iterator[Step]:
    name = f"{panel} {part.accessibleName() or part.objectName() or type(part).__name__}"
    if isinstance(part, QTabWidget):
        for n in (*range(1, part.count()), 0):
            yield f"{name} tab {part.tabText(n)}", partial(part.setCurrentIndex, n)
    elif isinstance(part, QComboBox):
        yield f"{name} list", part.showPopup
    elif isinstance(part, QToolButton) and part.menu() is not None:
        yield f"{name} menu", partial(_menu_of, part)


def _menu_of(button: QToolButton) -> None:
    button.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))


def _click_heading(header: Any, section: int) -> None:
    at = QPoint(header.sectionViewportPosition(section) + 12, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def _float(window: Any, name: str, out: bool) -> None:
    dock = window.docks.docks[name]
    if dock.isFloating() != out:
        dock.widget().setFocus()
        window.moves.float_or_dock()


def _chart(window: Any) -> Iterator[Step]:
    chart = window.chart
    view, surface = chart.view, chart.view.surface
    yield "chart shown", partial(window.show_panel, "chart")
    for name in ("5m", "15m", "1h", "1d", "1m"):
        yield f"timeframe {name}", partial(chart.select_timeframe, name)
    for action in chart._look.menu().actions():
        if action.isCheckable():
            yield f"look {action.text()}", action.trigger
    yield "look candles", chart._look.menu().actions()[0].trigger
    symbols = [i.symbol for i in window.desk.engine.instruments]
    for n in (1, 2, 0):
        yield f"symbol {n}", partial(window.desk.select_symbol, symbols[n])
    yield "letter typed", partial(QTest.keyClicks, view, "E")
    yield "escape", partial(QTest.keyClick, QApplication.focusWidget() or view, Qt.Key.Key_Escape)
    yield "digit typed", partial(QTest.keyClicks, view, "5")
    for n in range(3):
        yield f"crosshair {n}", partial(QTest.mouseMove, surface, QPoint(200 + 90 * n, 120 + 40 * n))
    yield "wheel in", partial(_wheel, surface, 120)
    yield "wheel out", partial(_wheel, surface, -600)
    yield "dragged", partial(_drag, surface, QPoint(300, 150), QPoint(500, 170))
    yield "newest", partial(QTest.keyClick, view, Qt.Key.Key_End)
    for name in ("bollinger", "macd", "ichimoku", "supertrend"):
        yield f"indicator {name}", partial(_add_indicator, chart, name)
    yield "indicator form", lambda: chart._indicators.edit(0)
    yield "indicators gone", lambda: chart._indicators.set_specs([])
    yield "compared", lambda: chart.compare.set_symbols(symbols[1:3])
    yield "compared no more", lambda: chart.compare.set_symbols([])
    for name, tool in chart._strip.tools.items():
        yield f"tool {name}", tool.trigger
        yield f"drawn {name}", partial(_drag, surface, QPoint(260, 140), QPoint(420, 200))
        yield f"escape {name}", partial(QTest.keyClick, view, Qt.Key.Key_Escape)
    yield "all hidden", chart._strip.hide_all.trigger
    yield "all shown", chart._strip.hide_all.trigger
    yield "undo", chart._strip.undo.trigger
    yield "chart menu", lambda: chart.menu.menu().popup(surface.mapToGlobal(QPoint(300, 200)))


def _add_indicator(chart: Any, name: str) -> None:
    from shared_modules.indicators.catalogue import catalogue

    chart._indicators.add(next(n for n in catalogue() if name in n))


def _wheel(surface: QWidget, step: int) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    at = QPointF(300, 150)
    event = QWheelEvent(at, QPointF(surface.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, step),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                        False)  # fmt: skip
    QApplication.sendEvent(surface, event)


def _drag(surface: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(surface, (start + end) / 2)
    QTest.mouseMove(surface, end)
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=end)


def _replay(window: Any) -> Iterator[Step]:
    replay = window.chart.replay
    data = window.chart.view.data
    yield "replay chosen", replay.choose
    yield "replay from there", lambda: replay.go(int(data.time_of(max(data.first, data.last - 200))))
    yield "replay step", lambda: replay.step(1)
    yield "replay far", lambda: replay.step(20)
    yield "replay fast", lambda: (replay.set_speed(1000), replay.play(True))
    yield "replay left", replay.leave


def _links(window: Any) -> Iterator[Step]:
    symbols = [i.symbol for i in window.desk.engine.instruments]
    for n in range(3):
        yield f"new chart {n}", window.charts.new
    yield "grid", window.charts.grid
    for group in ("A", "B"):
        yield f"charts in group {group}", lambda g=group: [c._link.join(g) for c in window.charts.charts.values()]
    yield "symbol of a group", lambda: next(iter(window.charts.charts.values())).select_symbol(symbols[2])
    yield "timeframe of a group", lambda: next(iter(window.charts.charts.values()))._timeframe_picked("5m")
    yield "set theme light, four charts", window.switch_theme
    yield "set theme dark, four charts", window.switch_theme


def _workspaces(window: Any) -> Iterator[Step]:
    control = window.workspaces
    yield "saved four charts", lambda: control.save_as("four")
    yield "reset", window.reset_layout
    yield "saved usual", lambda: control.save_as("usual")
    yield "opened four charts", lambda: control.open("four")
    yield "opened usual", lambda: control.open("usual")
    yield "rolled back", control.roll_back
    yield "autosave", control.autosave
    for n in range(1, 10):
        yield f"workspace {n}", partial(control.open_slot, n)
    yield "narrow window", lambda: window.resize(1366, 728)
    yield "wide window", lambda: window.resize(1900, 1040)


def close_what_opened(known: set[QWidget]) -> None:
    """Close every dialog, menu and list that was not there before."""
    for popup in iter(QApplication.activePopupWidget, None):
        popup.close()
    for widget in QApplication.topLevelWidgets():
        if widget not in known and widget.isVisible() and isinstance(widget, QDialog | QMenu):
            widget.close()

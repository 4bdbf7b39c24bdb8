"""Every control of every panel and dialog has a name, can be reached with the keys, and can be read."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QToolBar,
    QWidget,
)

from shared_modules.core.market import Series
from shared_modules.core.paths import resources
from shared_modules.core.timeframes import TIMEFRAMES
from tests.gui.fake_engine import market
from tests.gui.fixtures import until
from tradebot_gui.charts.paint import blend, ink, veil
from tradebot_gui.dialogs.data_dialogs import DeleteDialog, ExportDialog, ResampleDialog
from tradebot_gui.drawings import Anchor, Drawing, Stroke
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.book_ladder import BAR
from tradebot_gui.panels.drawing_editor import DrawingEditor
from tradebot_gui.panels.results.panel import TABS
from tradebot_gui.theme.sheet import palette
from tradebot_gui.theme.theme import DARK, LIGHT, Theme, contrast

CONTROLS = (
    QAbstractButton,
    QComboBox,
    QAbstractSpinBox,
    QLineEdit,
    QAbstractItemView,
    QTabBar,
    QTextEdit,
    QPlainTextEdit,
    QKeySequenceEdit,
)
STORED = SimpleNamespace(series=Series(market("BTCUSDT"), TIMEFRAMES["1m"]), first=None, last=None, rows=0)
THEMES = [theme.with_rising(rising) for theme in (DARK, LIGHT) for rising in ("green", "red", "blue")]


def controls(root: QWidget) -> Iterator[QWidget]:
    """What a person presses, fills or walks through; not the inner parts of such a thing."""
    for widget in root.findChildren(QWidget):
        inside = widget.parent()
        while inside is not None and inside is not root and not isinstance(inside, (*CONTROLS, QScrollBar)):
            inside = inside.parent()
        part = inside is not None and inside is not root
        if isinstance(widget, CONTROLS) and not part and not isinstance(widget, QHeaderView):
            yield widget


def said(widget: QWidget) -> str:
    """What a screen reader would say of ``widget``."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text.replace("&", "")


def faults(root: QWidget) -> list[str]:
    found = []
    for widget in controls(root):
        name = f"{type(widget).__name__} '{said(widget) or widget.objectName()}' of {root.objectName() or root}"
        if not said(widget):
            found.append(f"{name} has no name")
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(f"{name} is not reached with Tab")
    for area in root.findChildren(QScrollArea):
        if area.focusPolicy() & Qt.FocusPolicy.TabFocus and not area.accessibleName():
            found.append(f"{type(area).__name__} '{area.objectName()}' in {area.parent()} has no name")
    return found


async def test_every_control_of_every_panel_has_a_name_and_is_reached_with_tab(window: MainWindow) -> None:
    for kind in TABS:
        window.results.tab(kind)
    found = [fault for panel in window.docks.panels.values() for fault in faults(panel)]
    assert "\n".join(found) == ""


async def test_every_button_of_the_toolbar_is_in_a_menu_with_keys_of_its_own(window: MainWindow) -> None:
    """The toolbar itself is left out of the Tab walk, as toolbars are: the menu bar (Alt) has it all."""
    for bar in window.findChildren(QToolBar, "toolbar"):
        for action in bar.actions():
            assert action.isSeparator() or not action.shortcut().isEmpty()


OPENED: dict[str, Callable[[MainWindow], object]] = {
    "settings": lambda w: w.open_settings(),
    "set-up": lambda w: w.open_setup(),
    "keys": lambda w: w.open_shortcuts(),
    "workspaces": lambda w: w.open_workspaces(),
    "about": lambda w: w.open_about(),
    "guide": lambda w: w.open_guide(),
    "alert": lambda w: w.alerts.make("BTCUSDT", 1.0),
    "indicators": lambda w: w.chart._indicators.ask(),
    "an indicator": lambda w: w.chart._indicators.edit(0),
    "palette": lambda w: w.palette_control.open(),
    "a drawing": lambda w: DrawingEditor(Drawing("text", (Anchor(0, 1.0),), stroke=Stroke()), w.desk.theme, w).show(),
    "export": lambda w: ExportDialog((STORED,), w.desk.engine.paths.root, print, w).open(),
    "delete": lambda w: DeleteDialog((STORED,), print, w).open(),
    "longer candles": lambda w: ResampleDialog(Series(market("BTCUSDT"), TIMEFRAMES["1m"]), print, w).open(),
    "group": lambda w: w.watchlist.groups._ask("BTCUSDT"),
}


async def test_every_control_of_every_dialog_has_a_name_and_is_reached_with_tab(window: MainWindow) -> None:
    found: list[str] = []
    for name, opened in OPENED.items():
        known = set(QApplication.topLevelWidgets())
        opened(window)
        dialogs = [d for d in QApplication.topLevelWidgets() if isinstance(d, QDialog) and d not in known]
        assert dialogs, name
        for dialog in dialogs:
            dialog.setObjectName(name)
            for tabs in dialog.findChildren(QTabWidget):
                for place in range(tabs.count()):
                    tabs.setCurrentIndex(place)  # pages are made when they are looked at
            found += faults(dialog)
            dialog.close()
    tour = window.start_tour()
    found += faults(tour)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_words_in_every_tone_can_be_read_on_every_ground(theme: Theme) -> None:
    for ground in ("surface", "panel", "raised", "selection"):
        for tone in ("text", "muted", "accent", "gain", "loss", "warning"):
            assert contrast(getattr(theme, tone), getattr(theme, ground)) >= 4.5, (tone, ground)
    # lines of the chart carry their names in their colours
    assert min(contrast(colour, theme.panel) for colour in theme.overlays) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_words_of_the_chart_can_be_read_over_candles(theme: Theme) -> None:
    between = veil(theme.panel)
    for below in (theme.gain, theme.loss):
        ground = blend(between.name(), below, between.alphaF()).name()
        for tone in (theme.text, theme.muted, theme.gain, theme.loss, theme.warning, theme.accent, *theme.overlays):
            assert contrast(tone, ground) >= 4.5, (tone, below)


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_words_can_be_read_on_every_shade_of_a_heat_map_and_on_tags(theme: Theme) -> None:
    shades = [blend(colour, theme.panel, n / 200) for colour in (theme.gain, theme.loss) for n in range(201)]
    for ground in (*(shade.name() for shade in shades), theme.warning, theme.crosshair, theme.muted):
        assert contrast(ink(ground).name(), ground) >= 4.5, ground


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_numbers_of_the_order_book_can_be_read_on_its_bars(theme: Theme) -> None:
    for bar in (theme.gain, theme.loss):
        for tone in (theme.text, theme.muted, bar):
            assert contrast(tone, blend(bar, theme.panel, BAR / 255).name()) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_what_is_disabled_or_a_link_or_waits_for_words_can_be_read_also_where_it_is_chosen(theme: Theme) -> None:
    colours, groups, roles = palette(theme), QPalette.ColorGroup, QPalette.ColorRole
    for group in (groups.Active, groups.Inactive, groups.Disabled):
        for words in (roles.WindowText, roles.Text, roles.ButtonText, roles.PlaceholderText, roles.Link,
                      roles.LinkVisited, roles.HighlightedText):  # fmt: skip
            for ground in (roles.Window, roles.Base, roles.Button, roles.AlternateBase, roles.Highlight):
                pair = colours.color(group, words).name(), colours.color(group, ground).name()
                assert contrast(*pair) >= 4.5, (group, words, ground)


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_what_the_style_sheet_puts_on_each_other_can_be_read(theme: Theme) -> None:
    sheet = (resources() / "theme" / "window.qss").read_text(encoding="utf-8")
    pairs = 0
    for selector, body in re.findall(r"([^{}]+){([^{}]*)}", sheet):
        ground, words = (re.search(rf"(?:^|;)\s*{what}:\s*\$(\w+)", body) for what in ("background", "color"))
        if ground is not None and words is not None:
            pairs += 1
            assert contrast(getattr(theme, words[1]), getattr(theme, ground[1])) >= 4.5, selector.strip()
    assert pairs > 5


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: f"{t.name}-{t.gain}")
def test_a_button_that_is_filled_shows_the_keyboard_in_another_colour_than_its_own(theme: Theme) -> None:
    sheet = (resources() / "theme" / "window.qss").read_text(encoding="utf-8")
    mark = re.search(r'QPushButton\[primary="true"\]:focus {[^}]*solid \$(\w+)', sheet)
    assert mark is not None
    colour = getattr(theme, mark[1])
    # what is no text needs a contrast of 3, to the button or to what it lies on
    assert max(contrast(colour, ground) for ground in (theme.accent, theme.panel)) >= 3


@pytest.mark.parametrize("kind", ["QToolButton", "QPushButton", "QLineEdit", "QComboBox", "QCheckBox", "QRadioButton"])
def test_the_control_with_the_keyboard_can_be_seen(kind: str) -> None:
    sheet = (resources() / "theme" / "window.qss").read_text(encoding="utf-8")
    marks = [body for selector, body in re.findall(r"([^{}]+){([^{}]*)}", sheet) if f"{kind}:focus" in selector]
    assert any("$accent" in body for body in marks)


def reading_order(window: MainWindow, panel: QWidget) -> list[QWidget]:
    """The controls of ``panel``, as Tab goes through them."""
    stops: list[QWidget] = []
    at = walked_to(window)
    while at not in stops:
        stops.append(at)
        at = walked_to(window)
    inside = [panel.isAncestorOf(stop) for stop in stops]
    # Tab goes round: the panel may be begun at the end of the walk and ended at its start
    begun = next((n for n, now in enumerate(inside) if now and not inside[n - 1]), 0)
    return [stop for stop in stops[begun:] + stops[:begun] if panel.isAncestorOf(stop)]


def walked_to(window: MainWindow) -> QWidget:
    """What has the keyboard after one more Tab."""
    window.focusNextPrevChild(True)
    found = window.focusWidget()
    assert found is not None
    return found


def goes_back(one: QRect, after: QRect) -> bool:
    """Whether who reads down, and then from left to right, has been at ``after`` before coming to ``one``."""
    # a border reaches a little into what lies beside it
    if one.contains(after) or after.contains(one) or after.top() > one.bottom() - 4:
        return False
    # above or beside: only what lies further right comes later
    return after.left() <= one.left()


async def test_tab_goes_through_every_panel_as_it_is_read(window: MainWindow) -> None:
    window.resize(1600, 900)
    window.backtest.build()
    found = []
    for name, panel in window.docks.panels.items():
        window.show_panel(name)
        await until(panel.isVisible)
        QApplication.processEvents()
        chain = reading_order(window, panel)
        places = [QRect(w.mapTo(panel, QPoint(0, 0)), w.size()) for w in chain]
        found += [
            f"{name}: from {said(one)} back to {said(after)}"
            for (one, here), (after, there) in pairwise(zip(chain, places, strict=True))
            if goes_back(here, there)
        ]
        assert len(chain) > 0
    assert "\n".join(found) == ""

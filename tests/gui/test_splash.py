import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tradebot_gui.splash import Splash
from tradebot_gui.theme.theme import DARK, LIGHT, Theme

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pandas", "pyqtgraph", "PySide6QtAds", "shared_modules.system_integration")


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_splash_is_painted_in_the_colours_of_the_theme_when_open_returns(qapp: QApplication, theme: Theme) -> None:
    splash = Splash(theme)
    splash.open()
    shown = splash.grab().toImage()
    colours = {shown.pixelColor(x, y).name() for x in range(shown.width()) for y in range(0, shown.height(), 3)}
    assert splash.isVisible()
    assert {theme.panel, theme.edge, theme.text} <= colours
    assert QColor(theme.panel) == shown.pixelColor(3, 3)
    splash.close()


def test_a_click_leaves_the_splash_where_it_is(qapp: QApplication) -> None:
    splash = Splash(DARK)
    splash.open()
    QTest.mouseClick(splash, Qt.MouseButton.LeftButton)
    assert splash.isVisible()
    splash.close()


def test_nothing_heavy_is_loaded_before_the_splash() -> None:
    code = "import sys, tradebot_gui.app, tradebot_gui.splash, tradebot_gui.theme.theme; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())

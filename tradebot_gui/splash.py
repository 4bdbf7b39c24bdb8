"""The first sign of life: a small picture, shown while engine and window are still being loaded."""

from __future__ import annotations

from time import monotonic, sleep

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

from shared_modules.core.paths import resources

from .language import tr
from .theme.theme import Theme

WIDTH, HEIGHT = 380, 150
ICON = 64
# how long the screen is given to show it, seconds
PATIENCE = 0.1


class Splash(QSplashScreen):
    """Name and icon of the program in the colours of ``theme``; a click does not close it early."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(_picture(theme))
        self.setAccessibleName(tr("TradeBot Terminal is starting"))

    def open(self) -> None:
        """Show it and have it painted: nothing else happens on this thread for a while."""
        self.show()
        end = monotonic() + PATIENCE
        while monotonic() < end:
            QApplication.processEvents()
            window = self.windowHandle()
            if window is not None and window.isExposed():
                break
            sleep(0.002)
        self.repaint()

    def mousePressEvent(self, _: object) -> None:
        """Stay: what is closed here leaves nothing to look at."""


def _picture(theme: Theme) -> QPixmap:
    screen = QGuiApplication.primaryScreen()
    ratio = screen.devicePixelRatio() if screen is not None else 1.0
    picture = QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(theme.panel))
    painter = QPainter(picture)
    painter.setPen(QColor(theme.edge))
    painter.drawRect(0, 0, WIDTH - 1, HEIGHT - 1)
    icon = QIcon(str(resources() / "icons" / "terminal.svg")).pixmap(ICON, ICON)
    painter.drawPixmap(28, (HEIGHT - ICON) // 2, icon)
    font = painter.font()
    font.setPointSizeF(15.0)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    left = 28 + ICON + 22
    painter.drawText(QRect(left, 38, WIDTH - left - 12, 34), Qt.AlignmentFlag.AlignVCenter, "TradeBot Terminal")
    font.setPointSizeF(9.5)
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRect(left, 76, WIDTH - left - 12, 24), Qt.AlignmentFlag.AlignVCenter, tr("Starting…"))
    painter.end()
    return picture

"""The user guide, read inside the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLayout, QTextBrowser, QWidget

from tradebot_gui.help_pages import FIRST
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, column, muted, row, search_box

from .sheets import Sheet

SIZE = (880, 700)
# said over it in every other language
IN_ENGLISH = "This guide is written in English."
# the widest picture that fits beside the scroll bar and the margins of the sheet
PICTURE = SIZE[0] - 76


class GuideBrowser(QTextBrowser):
    """A browser that shows pictures wider than the page as wide as the page."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        found = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return found
        image = QImage(QUrl(name).toLocalFile()) if found is None else QImage.fromData(found)
        return _fitted(image, self.devicePixelRatioF())


def _fitted(image: QImage, ratio: float) -> QImage:
    """``image`` at most as wide as the page, sharp on a screen with ``ratio`` pixels in one."""
    if image.width() > PICTURE * ratio:
        image = image.scaledToWidth(round(PICTURE * ratio), Qt.TransformationMode.SmoothTransformation)
    if image.width() > PICTURE:
        image.setDevicePixelRatio(image.width() / PICTURE)
    return image


class GuideSheet(Sheet):
    """Pages of Markdown; links to other pages open in their place, those to the web in the browser."""

    def __init__(self, parent: QWidget) -> None:
        self.page = GuideBrowser()
        self.page.setAccessibleName(tr("User guide"))
        self.page.setOpenExternalLinks(True)
        self._folder = Path()
        body = QWidget()
        layout = column(body, 6, 0)
        layout.addLayout(self._tools())
        note = tr(IN_ENGLISH)
        if note != IN_ENGLISH:
            layout.addWidget(muted(note))
        layout.addWidget(self.page, 1)
        super().__init__("User guide", body, SIZE, parent)

    def _tools(self) -> QLayout:
        self.back = button("Back", "The page before (Alt+Left)", self.page.backward)
        self.forward = button("Forward", "The page after (Alt+Right)", self.page.forward)
        for made, available in ((self.back, self.page.backwardAvailable), (self.forward, self.page.forwardAvailable)):
            made.setEnabled(False)
            available.connect(made.setEnabled)
        self.contents = button("Contents", "The first page of the guide", lambda: self.turn_to(self._folder / FIRST))
        self.search = search_box("Find in the page", lambda _: self.find(again=False))
        self.search.setMaximumWidth(220)
        self.search.returnPressed.connect(self.find)
        return row(self.back, self.forward, self.contents, None, self.search)

    def turn_to(self, path: Path) -> None:
        """Show the page at ``path``."""
        self._folder = path.parent
        self.page.setSearchPaths([str(path.parent)])
        self.page.setSource(QUrl.fromLocalFile(str(path)), QTextDocument.ResourceType.MarkdownResource)
        self.page.setFocus()

    def find(self, again: bool = True) -> None:
        """Go to where the searched words stand next, from the top again after the last; with ``again`` further on."""
        if not again:
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
        if not self.page.find(self.search.text()):
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
            self.page.find(self.search.text())

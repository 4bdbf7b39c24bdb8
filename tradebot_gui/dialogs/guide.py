"""The user guide, read inside the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialogButtonBox, QTextBrowser, QWidget

from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button

from .sheets import Sheet

SIZE = (860, 680)
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
        super().__init__("User guide", self.page, SIZE, parent)
        self.page.setAccessibleName(tr("User guide"))
        self.page.setOpenExternalLinks(True)
        contents = button("Contents", "The first page of the guide", lambda: self.turn_to(self._folder / "index.md"))
        back = button("Back", "The page before (Alt+Left)", self.page.backward)
        back.setEnabled(False)
        self.page.backwardAvailable.connect(back.setEnabled)
        self.buttons.addButton(contents, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(back, QDialogButtonBox.ButtonRole.ActionRole)

    def turn_to(self, path: Path) -> None:
        """Show the page at ``path``."""
        self._folder = path.parent
        self.page.setSearchPaths([str(path.parent)])
        self.page.setSource(QUrl.fromLocalFile(str(path)), QTextDocument.ResourceType.MarkdownResource)
        self.page.setFocus()

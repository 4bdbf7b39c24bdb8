"""The user guide, read inside the terminal."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from .sheets import Sheet


def guide_page(path: Path, parent: QWidget) -> Sheet:
    """The Markdown page at ``path``; links to other pages open in their place, those to the web in the browser."""
    page = QTextBrowser()
    page.setAccessibleName("User guide")
    page.setOpenExternalLinks(True)
    page.setSearchPaths([str(path.parent)])
    page.setSource(QUrl.fromLocalFile(str(path)), QTextDocument.ResourceType.MarkdownResource)
    return Sheet("User guide", page, (820, 640), parent)

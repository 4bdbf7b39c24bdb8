"""What a window says in words: every text that a person reads, or that is read to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QTabBar,
    QTableView,
    QWidget,
)

# letters of a language, not names that are the same in all of them
WORDS = re.compile(r"[A-Za-z]{2,}")


def spoken(root: QWidget) -> Iterator[tuple[str, str]]:
    """Each text below ``root`` with words for where it is."""
    for widget in (root, *root.findChildren(QWidget)):
        where = f"{type(widget).__name__} '{widget.objectName()}'"
        for kind, text in (
            ("name", widget.accessibleName()), ("about", widget.accessibleDescription()), ("tip", widget.toolTip()),
            ("title", widget.windowTitle()), *_own(widget),
        ):  # fmt: skip
            if WORDS.search(text):
                yield f"{kind} of {where}", text


def _own(widget: QWidget) -> Iterator[tuple[str, str]]:
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield "text", widget.text()
    elif isinstance(widget, QGroupBox):
        yield "text", widget.title()
    elif isinstance(widget, QLineEdit):
        yield "placeholder", widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (("choice", widget.itemText(n)) for n in range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from (("tab", widget.tabText(n)) for n in range(widget.count()))
    elif isinstance(widget, QMenu):
        yield from (("menu", action.text()) for action in widget.actions())
    elif isinstance(widget, QListWidget):
        yield from (("row", widget.item(n).text()) for n in range(widget.count()))
    elif isinstance(widget, QTableView) and widget.model() is not None:
        across = range(widget.model().columnCount())
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            yield from (
                ("head", str(widget.model().headerData(n, Qt.Orientation.Horizontal, role) or "")) for n in across
            )
        yield "empty", getattr(widget, "empty_text", "")

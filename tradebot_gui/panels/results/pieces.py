"""Small parts of the result: tiles of single figures, the strip of verdicts, tables of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QLayoutItem, QToolButton, QVBoxLayout, QWidget

from tradebot_gui import texts
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import set_tone
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.texts import VEIL, veiled
from tradebot_gui.veil import Veiled
from tradebot_gui.view_models.figures import Figure
from tradebot_gui.view_models.table import Column

LEVELS = {"good": ("✓", "gain", "good"), "warning": ("!", "warning", "look at it"), "bad": ("✕", "loss", "bad"),
          "unknown": ("?", "muted", "not known"), "note": ("·", "muted", "note")}  # fmt: skip
FEW_GOOD = 2  # so many good verdicts have buttons of their own
Words = tuple[str, str]


def word_columns(first: str, second: str, width: int = 190) -> tuple[Column[Words], ...]:
    """A table of two columns of words."""
    return (
        Column(first, lambda w: w[0], width=width, hint=lambda w: w[0]),
        Column(second, lambda w: w[1], width=110, hint=lambda w: w[1], elastic=True),
    )


def left_aligned(view: RecordView) -> RecordView:
    """``view`` with its columns as wide as declared: figures stay beside each other in a wide panel."""
    view.horizontalHeader().setStretchLastSection(False)
    view.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    return view


def check_title(check: str) -> str:
    """The name of a check as a title: 'look_ahead' becomes 'Look ahead'."""
    words = check.replace("_", " ").strip()
    return tr(words[:1].upper() + words[1:])


class Tile(QToolButton, Veiled):
    """One figure, large; a click explains it."""

    def __init__(self, explain: Callable[[str], object]) -> None:
        super().__init__()
        self._name = ""
        self._figure: Figure | None = None
        self._veiled = False
        self.title, self.value = QLabel(), QLabel()
        self.title.setProperty("role", "muted")
        self.value.setProperty("role", "figure")
        for label in (self.title, self.value):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 3, 8, 4)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.value)
        self.setProperty("role", "tile")
        self.clicked.connect(lambda: explain(self._name))

    def show_figure(self, figure: Figure) -> None:
        self._name, self._figure = figure.name, figure
        shown = VEIL if self._veiled and figure.is_money else figure.shown
        self.title.setText(tr(figure.title))
        self.value.setText(shown)
        tone = ""
        if figure.signed and figure.value:
            tone = "gain" if figure.value > 0 else "loss" if figure.value < 0 else ""
        set_tone(self.value, tone)
        self.setAccessibleName(f"{tr(figure.title)}: {shown}")
        self.setToolTip(f"{tr(figure.help)}\n{tr('Click: how this number is made')}".strip())
        self.updateGeometry()

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of an amount of money, or show it again."""
        self._veiled = on
        if self._figure is not None:
            self.show_figure(self._figure)

    def sizeHint(self) -> QSize:
        return self.layout().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.layout().minimumSize()


class VerdictStrip(QFrame, Veiled):
    """One button for each check, its level in sign, word and colour."""

    chosen = Signal(str)  # the check

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Verdicts on this result"))
        self._flow = Flow(self)
        self.buttons: list[QToolButton] = []
        self._shown: tuple[Sequence[Any], str] | None = None
        self._veiled = False

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of the amounts in the words of the checks, or show them again."""
        self._veiled = on
        if self._shown is not None:
            self.show_verdicts(*self._shown)

    def show_verdicts(self, verdicts: Sequence[Any], missing: str) -> None:
        """Show ``verdicts``, the worst first, or the words ``missing`` where there are none."""
        self._shown = verdicts, missing
        for button in self.buttons:
            self._flow.removeWidget(button)
            button.deleteLater()
        worst = ("bad", "warning", "unknown", "good")
        ordered = sorted(verdicts, key=lambda v: worst.index(v.level) if v.level in worst else 9)
        good = [v for v in ordered if v.level == "good"]
        # what is well takes little room: the strip is for what is not
        several = len(good) > FEW_GOOD
        self.buttons = [self._button(v.check, v.level, v.text) for v in ordered if not several or v.level != "good"]
        if several:
            listed = "\n".join(f"{check_title(v.check)}: {phrase(v.text)}" for v in good)
            self.buttons.append(self._button(good[0].check, "good", listed, tr("{n} good").format(n=len(good))))
        if not self.buttons:
            self.buttons = [self._button("", "unknown", missing)]
        for button in self.buttons:
            self._flow.addWidget(button)
        self.updateGeometry()

    def _button(self, check: str, level: str, text: str, title: str = "") -> QToolButton:
        sign, tone, word = LEVELS.get(level, LEVELS["unknown"])
        text = texts.typeset(phrase(veiled(text) if self._veiled else text))
        made = QToolButton()
        made.setText(f"{sign} {title or (check_title(check) if check else text)}")
        made.setProperty("role", "verdict")
        made.setProperty("tone", tone)
        made.setToolTip(text)
        made.setAccessibleName(f"{title or check_title(check)}: {tr(word)}. {text}")
        made.clicked.connect(lambda: self.chosen.emit(check))
        return made


class Flow(QLayout):
    """Widgets side by side, in as many lines as the width needs."""

    def __init__(self, owner: QWidget, gap: int = 4) -> None:
        super().__init__(owner)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize(0, 0)
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def _arrange(self, rect: QRect, move: bool) -> int:
        x, y, height = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, height = rect.x(), y + height + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            height = max(height, size.height())
        return y + height - rect.y()

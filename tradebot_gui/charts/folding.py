"""Levels of a chart that nobody has looked at yet are folded while it rests, so that zooming out finds them ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

from tradebot_gui.view_models.lod import Pyramid

_REST_MS = 40  # between two turns of folding: frames and keys come first
_TURN = 0.002  # seconds of a turn


class Folding(QObject):
    """Folds what ``pyramids`` says, some each turn of the loop, until nothing is left."""

    def __init__(self, pyramids: Callable[[], Iterable[Pyramid]], parent: QObject) -> None:
        super().__init__(parent)
        self._pyramids = pyramids
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._fold)

    @property
    def busy(self) -> bool:
        """Whether something may be left."""
        return self._timer.isActive()

    def wake(self) -> None:
        """There is something new to fold."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _fold(self) -> None:
        end = perf_counter() + _TURN
        for pyramid in self._pyramids():
            while pyramid.fold_next():
                if perf_counter() > end:
                    self._timer.start()
                    return

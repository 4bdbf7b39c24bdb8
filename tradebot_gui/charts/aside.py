"""What would hold the window up is computed in a thread, and taken when it comes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal

_log = logging.getLogger(__name__)
_FAILED = object()
T = TypeVar("T")


class Aside(QObject):
    """One thing after the other in a thread; only the newest wish is answered, on the window's loop."""

    _done = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._asked = 0
        self._take: Callable[[Any], object] | None = None
        self._failed: Callable[[], object] = lambda: None
        self._done.connect(self._finished)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._take is not None

    def start(
        self, work: Callable[[], T], take: Callable[[T], None], failed: Callable[[], None] = lambda: None
    ) -> None:
        """Have ``work`` done, which touches nothing that changes meanwhile; ``take`` is given what it returns."""
        self._asked += 1
        number, self._take, self._failed = self._asked, take, failed
        self._pool.clear()
        self._pool.start(lambda: self._work(work, number))

    def drop(self) -> None:
        """Answer nothing that was asked for."""
        self._asked += 1
        self._take = None
        self._pool.clear()

    def stop(self) -> None:
        """Drop all and wait for what is under way."""
        self.drop()
        self._pool.waitForDone(5000)

    def _work(self, work: Callable[[], Any], number: int) -> None:
        if number != self._asked:
            return
        found = _FAILED
        try:
            found = work()
        except (ArithmeticError, ValueError, MemoryError):
            _log.exception("something of a chart could not be computed")
        try:
            self._done.emit(found, number)
        except RuntimeError:  # the chart was closed while this was computed
            _log.debug("a chart closed before it had its answer")

    def _finished(self, found: Any, number: int) -> None:
        if number != self._asked or self._take is None:
            return
        take, self._take = self._take, None
        if found is _FAILED:
            self._failed()
        else:
            take(found)

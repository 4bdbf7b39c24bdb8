"""All boards in use: opened when first looked at, written in the background when they change."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Self

from PySide6.QtCore import QCoreApplication, QObject, QThreadPool, QTimer, Signal

from shared_modules.core.market import Market

from .board import Board
from .model import Drawing
from .storage import DrawingStore

_log = logging.getLogger(__name__)
_QUIET_MS = 300


class Shelf(QObject):
    """One board for each symbol, so that every chart of a symbol shows the same drawings."""

    noticed = Signal(str)  # a sentence for a person

    def __init__(self, store: DrawingStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._boards: dict[Market, Board] = {}
        self._saved: dict[Market, tuple[tuple[Drawing, ...], bool, bool]] = {}
        self._changed: set[Market] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_QUIET_MS)
        self._timer.timeout.connect(self.write)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.flush)

    @classmethod
    def of(cls, owner: QObject, folder: Path) -> Self:
        """The shelf of ``owner``, over ``folder``; made when it has none yet."""
        found = owner.findChild(cls)
        return cls(DrawingStore(folder), owner) if found is None else found

    def board(self, market: Market) -> Board:
        """The board of ``market``, read from disk the first time."""
        board = self._boards.get(market)
        if board is None:
            page = self._store.load(market)
            board = self._boards[market] = Board(page.items, page.hidden, page.locked, self, str(market))
            self._saved[market] = (board.items, board.hidden, board.locked)
            if page.readable:
                board.changed.connect(lambda: self._note(market))
            if page.notice:
                _log.warning("%s", page.notice)
                self.noticed.emit(page.notice)
        return board

    def flush(self) -> None:
        """Write what has changed and wait until it is on disk."""
        self._timer.stop()
        self.write()
        self._pool.waitForDone(10_000)

    def _note(self, market: Market) -> None:
        self._changed.add(market)
        self._timer.start()

    def write(self) -> None:
        """Begin to write what has changed."""
        changed, self._changed = self._changed, set()
        for market in changed:
            board = self._boards[market]
            if board.dragging:
                self._note(market)
                continue
            state = (board.items, board.hidden, board.locked)
            if state != self._saved[market]:  # a mere selection is nothing to write
                self._saved[market] = state
                self._pool.start(lambda market=market, state=state: self._save(market, *state))

    def _save(self, market: Market, items: tuple[Drawing, ...], hidden: bool, locked: bool) -> None:
        try:
            self._store.save(market, items, hidden, locked)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            _log.error("the drawings of %s were not saved: %s", market.symbol, reason)
            self.noticed.emit(f"The drawings of {market.symbol} were not saved ({reason}). Is the disk full?")

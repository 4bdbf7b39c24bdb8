"""One terminal for one data folder; a second start brings the first to the front."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from shared_modules.core.errors import StateError, StoreError


class Instance:
    """Holds the lock of a data folder; raises `StateError` where another terminal has it."""

    def __init__(self, folder: Path) -> None:
        self._name = "tradebot-" + sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._server: QLocalServer | None = None
        self._lock = QLockFile(str(folder / "terminal.lock"))
        self._lock.setStaleLockTime(0)
        if not self._lock.tryLock(100):
            if self._lock.error() != QLockFile.LockError.LockFailedError:
                raise StoreError(
                    f"cannot write to the data folder {folder}; free some room there, or choose another with --data-dir"
                )
            holder = self._lock.getLockInfo()[0] if self._lock.getLockInfo() else 0
            self._call_first(holder)
            raise StateError(
                f"a terminal is already open with the data folder {folder} (process {holder}); "
                "it was brought to the front. Choose another folder with --data-dir to open a second one"
            )

    def listen(self, raise_window: Callable[[], None]) -> None:
        """Call ``raise_window`` when a second start asks for it."""
        QLocalServer.removeServer(self._name)
        self._server = server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

        def called() -> None:
            while (socket := server.nextPendingConnection()) is not None:
                socket.disconnectFromServer()
                socket.deleteLater()
                raise_window()

        server.newConnection.connect(called)
        server.listen(self._name)

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _call_first(self, process: int) -> None:
        if sys.platform == "win32":
            import ctypes

            # only who was started by the person just now may hand the foreground on
            ctypes.windll.user32.AllowSetForegroundWindow(process)
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        socket.waitForConnected(500)
        socket.abort()

"""Four doors for what nobody caught (Python, threads, the loop, Qt), and one log behind them."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# what some platforms say about things they cannot do, which harm nobody
_IDLE = ("This plugin does not support", "Could not register app ID", "QFont::fromString")


class Guards:
    """In force between `install` and `remove`; `errors` holds a sentence for each thing that was caught."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.errors: list[str] = []
        self.told: Callable[[str], None] = lambda _: None
        self._crash_file: TextIO | None = None

    def install(self) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        # kept open for the life of the process: a crash has no time to open it
        self._crash_file = open(self._logs / "crash.txt", "a", encoding="utf-8")  # noqa: SIM115
        faulthandler.enable(self._crash_file, all_threads=True)
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._exception
        threading.excepthook = lambda args: self._caught(args.exc_value, f"thread {getattr(args.thread, 'name', '?')}")
        qInstallMessageHandler(_qt_message)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear what tasks of ``loop`` do not handle."""
        loop.set_exception_handler(self._loop_error)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._crash_file is not None:
            self._crash_file.close()

    def _exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        self._caught(error.with_traceback(trace), "the window")

    def _loop_error(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._caught(error, "the event loop")
        else:
            self._say(str(context.get("message", "the event loop complained")))

    def _caught(self, error: BaseException | None, where: str) -> None:
        _log.error("unhandled error in %s", where, exc_info=error)
        self._say(f"Something went wrong inside ({type(error).__name__}: {error}). The log has the details.")

    def _say(self, sentence: str) -> None:
        self.errors.append(sentence)
        self.told(sentence)


def _qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    if not text.startswith(_IDLE):
        _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)

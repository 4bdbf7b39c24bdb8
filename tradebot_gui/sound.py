"""A sound that something happened: the system's own, so that its volume and silence hold."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication


def chime() -> None:
    """Play the system's notification sound."""
    if sys.platform == "win32":
        import winsound

        winsound.MessageBeep(winsound.MB_ICONEXCLAMATION)
    else:
        QApplication.beep()

"""A sound that something happened: the system's own, so that its volume and silence hold."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

PAUSE_MS = 600


@dataclass(frozen=True, slots=True)
class Tone:
    """What a person can choose: a sound of the system, so many times."""

    title: str
    system: str  # Windows' name of it
    times: int = 1


TONES = {
    "": Tone("Usual sound", "MB_ICONEXCLAMATION"),
    "soft": Tone("Soft", "MB_OK"),
    "twice": Tone("Twice", "MB_ICONASTERISK", 2),
    "alarm": Tone("Alarm", "MB_ICONHAND", 4),
}


def chime(tone: str = "") -> None:
    """Play the system's sound called ``tone`` in `TONES`; the usual one where it is not known."""
    found = TONES.get(tone, TONES[""])
    for turn in range(found.times):
        QTimer.singleShot(turn * PAUSE_MS, lambda: _play(found.system))


def _play(system: str) -> None:
    if sys.platform == "win32":
        import winsound

        winsound.MessageBeep(getattr(winsound, system))
    else:
        QApplication.beep()

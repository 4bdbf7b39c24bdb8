"""Sounds that something happened: short tones made here, or the system's own."""

from __future__ import annotations

import asyncio
import io
import math
import shutil
import subprocess
import sys
import wave
from array import array
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from shared_modules.core.events import RunChanged
from shared_modules.core.paths import write_whole

if TYPE_CHECKING:
    from .desk import Desk

RATE = 22_050  # samples a second
# each tone as its pitch in Hz and its length in seconds
TONES: Mapping[str, Sequence[tuple[float, float]]] = MappingProxyType({
    "bell": ((880.0, 0.45),),
    "soft": ((587.0, 0.3),),
    "twice": ((880.0, 0.2), (880.0, 0.35)),
    "alarm": ((988.0, 0.14), (740.0, 0.14)) * 3,
    "rise": ((523.0, 0.12), (784.0, 0.25)),
    "fall": ((784.0, 0.12), (440.0, 0.3)),
    "knock": ((196.0, 0.07), (196.0, 0.07)),
})  # fmt: skip
# what an alert may have of its own, and how it is called; "" is what the settings have for alerts
OF_ALERTS: Mapping[str, str] = MappingProxyType({"": "Usual sound", "soft": "Soft", "twice": "Twice", "alarm": "Alarm"})
# where they are no part of the system, the first of these that is there plays them
PLAYERS = ("paplay", "pw-play", "aplay", "afplay")


def tones(name: str) -> bytes:
    """The sound called ``name`` as a WAV file of one channel with 16 bits; each tone dies away."""
    samples = array("h")
    for pitch, length in TONES[name]:
        count = int(RATE * length)
        samples.extend(
            int(9_000 * math.exp(-5 * n / count) * min(1.0, n / 120) * math.sin(2 * math.pi * pitch * n / RATE))
            for n in range(count)
        )
    if sys.byteorder == "big":
        samples.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


async def play(name: str, folder: Path) -> None:
    """Begin to play the sound called ``name``, kept in ``folder``; 'none' is silence."""
    if name == "none":
        return
    file = await asyncio.to_thread(_kept, name, folder) if name in TONES else None
    if file is None or not _played(file):
        chime()


def chime() -> None:
    """Play the system's notification sound."""
    if sys.platform == "win32":
        import winsound

        winsound.MessageBeep(winsound.MB_ICONEXCLAMATION)
    else:
        QApplication.beep()


def _kept(name: str, folder: Path) -> Path | None:
    """The file of a sound, made when it is first wanted; None where it cannot be written."""
    file = folder / f"{name}.wav"
    try:
        if not file.exists():
            write_whole(file, tones(name))
    except OSError:
        return None
    return file


def _played(file: Path) -> bool:
    """Whether something here could begin to play ``file``."""
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        except RuntimeError:
            return False
        return True
    player = next((found for name in PLAYERS if (found := shutil.which(name))), None)
    if player is None:
        return False
    quiet = subprocess.DEVNULL
    subprocess.Popen([player, str(file)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    return True


class Sounds(QObject):
    """What is heard of what happens, as the settings say; nothing but errors while nobody is to be disturbed."""

    def __init__(self, desk: Desk, play: Callable[[str, Path], Coroutine[Any, Any, None]] = play) -> None:
        super().__init__(desk)
        self._desk, self._play = desk, play
        self._offline = False
        self._heard: set[str] = set()
        desk.notice.connect(lambda level, _: self.tell("error") if level == "error" else None)
        desk.bridge.every(RunChanged, self._run_changed, self)

    def tell(self, event: str, sound: str = "") -> None:
        """Play ``sound`` for ``event``, or what the settings have for that."""
        settings = self._desk.engine.settings
        if event == "error" or not settings.appearance.quiet:
            self.listen(sound if sound in TONES else getattr(settings.sounds, event))

    def listen(self, sound: str) -> None:
        """Play the sound called ``sound``."""
        self._desk.spawn(self._play(sound, self._desk.engine.paths.root / "cache" / "sounds"))

    def follow(self, offline: bool) -> None:
        """Tell when the connections are lost and when they are back; called once a second."""
        if offline != self._offline:
            self._offline = offline
            self.tell("lost" if offline else "back")

    def _run_changed(self, event: RunChanged) -> None:
        run = next((r for r in self._desk.engine.backtests.runs if r.id == event.run), None)
        if run is not None and run.state.final and run.id not in self._heard:
            self._heard.add(run.id)
            self.tell("backtest")

"""Which sound is heard of what, and that each can be listened to before."""

import io
import wave
from array import array
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from shared_modules.core import settings
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui import sound
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.settings_dialog import SECTIONS, SettingsDialog
from tradebot_gui.main_window import MainWindow
from tradebot_gui.sound import RATE, TONES, Sounds, tones


class Heard(list[str]):
    async def play(self, name: str, folder: Path) -> None:
        self.append(name)


@pytest.mark.parametrize("name", TONES)
def test_a_sound_is_short_and_ends_in_silence(name: str) -> None:
    with wave.open(io.BytesIO(tones(name))) as file:
        samples = array("h", file.readframes(file.getnframes()))
    assert 0.1 < len(samples) / RATE < 0.9
    assert max(samples) > 3_000
    assert max(abs(n) for n in samples[-40:]) < 200


def test_every_sound_of_the_settings_can_be_played() -> None:
    assert set(get_args(settings.Sound)) == {"none", "system", *TONES}


async def test_what_happens_is_heard_as_the_settings_say(desk: Desk, engine: FakeEngine) -> None:
    heard = Heard()
    sounds = Sounds(desk, heard.play)
    for offline in (False, True, True, False):
        sounds.follow(offline)
    await engine.change("sounds.error", "knock")
    desk.notice.emit("error", "It broke.")
    desk.notice.emit("warning", "Slow.")
    sounds.tell("alert")
    await until(lambda: heard == ["fall", "rise", "knock", "bell"])
    sounds.tell("alert", "twice")
    await until(lambda: heard.pop() == "twice")
    await engine.change("appearance.quiet", True)
    sounds.follow(True)
    sounds.tell("alert")
    desk.notice.emit("error", "It broke again.")
    await until(lambda: heard == ["fall", "rise", "knock", "bell", "knock"])


async def test_the_end_of_a_backtest_is_heard_once(window: MainWindow, engine: FakeEngine) -> None:
    heard = Heard()
    sounds = Sounds(window.desk, heard.play)
    await engine.change("sounds.backtest", "rise")
    window.start_backtest()
    await until(lambda: engine.backtests.runs)
    engine.backtests.runs[0].tell(0.5)
    engine.backtests.runs[0].fail("no")
    engine.backtests.runs[0].fail("no")
    await until(lambda: heard == ["rise"])
    sounds.deleteLater()


async def test_each_sound_is_listened_to_beside_its_choice(
    desk: Desk, engine: FakeEngine, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[Path] = []
    monkeypatch.setattr(sound, "_played", lambda file: played.append(file) or True)
    dialog = SettingsDialog(desk)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.tabs.setCurrentIndex(list(SECTIONS).index("sounds"))
    form = dialog.forms["sounds"]
    form.fields["alert"].set("knock")
    play = next(b for b in form.findChildren(QPushButton) if b.accessibleName() == "Listen: Alert")
    QTest.mouseClick(play, Qt.MouseButton.LeftButton)
    await until(lambda: played)
    assert played[0].name == "knock.wav"
    assert played[0].read_bytes() == tones("knock")
    assert form.changes() == {"sounds.alert": "knock"}

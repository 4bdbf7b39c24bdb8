import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QInputDialog

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.strategies import StrategiesPanel


def said(desk: Desk) -> list[str]:
    texts: list[str] = []
    desk.notice.connect(lambda _, text: texts.append(text))
    return texts


async def test_every_strategy_has_a_form_of_its_parameters(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    assert panel.choice.count() >= 4
    for n in range(panel.choice.count()):
        panel.choice.setCurrentIndex(n)
        assert panel.form is not None
        assert panel.about.text()
        assert panel.form.value() == panel._classes[panel.name]()


async def test_a_preset_comes_back(desk: Desk, engine: FakeEngine) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross", {"fast": 11})
    panel.presets.save("quick one")
    panel.reset()
    assert panel.values()["fast"] == 20
    panel.presets.list.setCurrentText("quick one")
    panel.presets.take()
    assert panel.values()["fast"] == 11
    assert (engine.paths.presets / "sma_cross" / "quick one.json").exists()


async def test_a_preset_name_cannot_leave_the_folder(desk: Desk, engine: FakeEngine) -> None:
    panel = StrategiesPanel(desk)
    texts = said(desk)
    panel.presets.save("../../evil")
    assert "not saved" in texts[0]
    assert not engine.paths.presets.exists()


async def test_a_damaged_preset_is_said_and_changes_nothing(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross")
    panel.presets.save("broken")
    panel.presets.folder.joinpath("broken.json").write_text("[1", encoding="utf-8")
    texts = said(desk)
    panel.presets.list.setCurrentText("broken")
    before = panel.values()
    panel.presets.take()
    assert "cannot be read" in texts[0]
    assert panel.values() == before


async def test_values_survive_a_look_at_another_strategy_and_a_restart(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross", {"fast": 13})
    panel.choose("rsi_reversal")
    panel.choose("sma_cross")
    assert panel.values()["fast"] == 13
    again = StrategiesPanel(desk)
    again.restore_state(panel.save_state())
    assert (again.name, again.values()["fast"]) == ("sma_cross", 13)


async def test_the_presets_that_a_strategy_brings_stand_beside_the_saved_ones(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross", {"stop_loss": 0.1})
    panel.presets.save("mine")
    listed = [panel.presets.list.itemText(n) for n in range(panel.presets.list.count())]
    assert listed == ["No preset", "slow, both ways", "quick with a stop", "", "mine"]
    panel.presets.list.setCurrentText("slow, both ways")
    panel.presets.take()
    assert panel.values() == {"fast": 50, "slow": 200, "side": "both", "stop_loss": 0.0, "take_profit": 0.0}
    panel.presets.delete()
    assert panel.presets.list.findText("slow, both ways") > 0


async def test_a_preset_is_saved_under_the_name_that_is_typed(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross")
    panel.name_preset()
    dialog = panel.findChild(QInputDialog)
    dialog.setTextValue("typed")
    dialog.accept()
    assert panel.presets.list.currentText() == "typed"


async def test_a_preset_of_the_strategys_own_is_not_overwritten(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross")
    texts = said(desk)
    panel.presets.save("slow, both ways")
    assert "taken by a preset" in texts[0]


MINE = '''
from dataclasses import dataclass
from typing import ClassVar
from shared_modules.core.parameters import param
from shared_modules.strategies import Signals, Strategy, register

@register
@dataclass(frozen=True)
class Mine(Strategy):
    """Do nothing."""
    name: ClassVar[str] = "mine"
    title: ClassVar[str] = "My own"
    period: int = param(5, "Bars", low=1, high=9)

    def signals(self, view):
        return Signals.none(len(view.bars))
'''


@pytest_asyncio.fixture
async def watching(desk: Desk, engine: FakeEngine) -> AsyncIterator[StrategiesPanel]:
    """The panel beside a folder that is watched."""
    panel = StrategiesPanel(desk)
    engine.paths.strategies.mkdir()
    engine.strategy_watch.start()
    yield panel
    engine.strategy_watch.stop()


def write(engine: FakeEngine, text: str, name: str = "mine.py") -> Path:
    path = engine.paths.strategies / name
    path.write_text(text, encoding="utf-8")
    return path


async def test_a_file_put_into_the_folder_is_in_the_list_and_a_change_to_it_in_the_form(
    watching: StrategiesPanel, desk: Desk, engine: FakeEngine
) -> None:
    texts = said(desk)
    write(engine, MINE)
    await until(lambda: watching.choice.findText("My own") >= 0)
    watching.choose("mine", {"period": 7})
    assert watching.edit_button.isEnabled()
    write(engine, MINE.replace("high=9)", "high=9)\n    more: int = param(1, 'More', low=0, high=3)"))
    await until(lambda: "more" in watching.values())
    assert watching.values() == {"period": 7, "more": 1}
    assert texts == ["My own was read anew from its file."]


async def test_a_broken_file_is_told_with_its_line_and_leaves_the_version_before_it(
    watching: StrategiesPanel, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr("tradebot_gui.panels.strategies.edit_file", opened.append)
    path = write(engine, MINE)
    await until(lambda: watching.choice.findText("My own") >= 0)
    watching.choose("mine", {"period": 8})
    write(engine, MINE + "\ndef broken(:\n")
    await until(lambda: not watching.broken.isHidden())
    assert re.search("mine.py</a>, line 18: SyntaxError: .* The version before it goes on.", watching.broken.text())
    assert watching.choice.findText("My own") >= 0
    assert watching.values() == {"period": 8}
    watching.broken.linkActivated.emit(re.search('href="(.*?)"', watching.broken.text()).group(1))
    assert opened == [path]
    write(engine, MINE)
    await until(watching.broken.isHidden)


async def test_a_file_that_never_worked_is_left_out_and_told(watching: StrategiesPanel, engine: FakeEngine) -> None:
    write(engine, "import this_is_not_there\n")
    await until(lambda: not watching.broken.isHidden())
    assert "line 1: ModuleNotFoundError" in watching.broken.text()
    assert "It is left out." in watching.broken.text()


async def test_a_renamed_file_keeps_its_strategy_and_a_deleted_one_loses_it(
    watching: StrategiesPanel, desk: Desk, engine: FakeEngine
) -> None:
    texts = said(desk)
    path = write(engine, MINE)
    await until(lambda: watching.choice.findText("My own") >= 0)
    watching.choose("mine", {"period": 3})
    path = path.rename(path.with_name("other.py"))
    await until(lambda: engine.strategy_watch.file_of("mine") == path)
    assert (watching.name, watching.values()) == ("mine", {"period": 3})
    path.unlink()
    await until(lambda: watching.name != "mine")
    assert "gone with its file" in texts[-1]
    assert watching.broken.isHidden()


async def test_typing_goes_on_while_another_file_changes(watching: StrategiesPanel, engine: FakeEngine) -> None:
    watching.choose("sma_cross")
    form = watching.form
    write(engine, MINE)
    await until(lambda: watching.choice.findText("My own") >= 0)
    assert watching.form is form


async def test_a_new_strategy_is_a_lesson_that_opens_and_is_chosen(
    watching: StrategiesPanel, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr("tradebot_gui.panels.strategies.edit_file", opened.append)
    watching.name_strategy()
    dialog = watching.findChild(QInputDialog)
    dialog.setTextValue("Morning star")
    dialog.accept()
    await until(lambda: watching.name == "morning_star")
    assert opened == [engine.paths.strategies / "morning_star.py"]
    assert watching.choice.currentText() == "Morning star"
    assert "channel" in watching.values()
    assert watching.broken.isHidden()


async def test_a_strategy_that_is_there_already_is_not_written_over(
    watching: StrategiesPanel, desk: Desk, engine: FakeEngine
) -> None:
    texts = said(desk)
    watching.new_strategy("SMA cross")
    watching.new_strategy("  1 × 1 ")
    assert "already" in texts[0]
    assert "begin with a letter" in texts[1]
    assert not list(engine.paths.strategies.glob("*.py"))


async def test_the_users_strategy_is_chosen_again_once_it_is_loaded_after_a_restart(
    watching: StrategiesPanel, engine: FakeEngine
) -> None:
    watching.restore_state({"strategy": "mine", "values": {"period": 9}})
    assert watching.save_state() == {"strategy": "mine", "values": {"period": 9}}
    write(engine, MINE)
    await until(lambda: watching.name == "mine")
    assert watching.values() == {"period": 9}

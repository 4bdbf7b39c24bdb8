from tests.gui.fake_engine import FakeEngine
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
    panel.save_preset("quick one")
    panel.reset()
    assert panel.values()["fast"] == 20
    panel.presets.setCurrentText("quick one")
    panel._load_preset()
    assert panel.values()["fast"] == 11
    assert (engine.paths.presets / "sma_cross" / "quick one.json").exists()


async def test_a_preset_name_cannot_leave_the_folder(desk: Desk, engine: FakeEngine) -> None:
    panel = StrategiesPanel(desk)
    texts = said(desk)
    panel.save_preset("../../evil")
    assert "not saved" in texts[0]
    assert not engine.paths.presets.exists()


async def test_a_damaged_preset_is_said_and_changes_nothing(desk: Desk) -> None:
    panel = StrategiesPanel(desk)
    panel.choose("sma_cross")
    panel.save_preset("broken")
    panel._folder.joinpath("broken.json").write_text("[1", encoding="utf-8")
    texts = said(desk)
    panel.presets.setCurrentText("broken")
    before = panel.values()
    panel._load_preset()
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


async def test_a_user_strategy_that_is_broken_is_said(desk: Desk, engine: FakeEngine) -> None:
    texts = said(desk)
    engine.paths.strategies.mkdir()
    (engine.paths.strategies / "mine.py").write_text("def broken(:\n", encoding="utf-8")
    StrategiesPanel(desk)
    assert any("mine.py" in text for text in texts)

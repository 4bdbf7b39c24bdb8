"""Whether the chosen strategy looks ahead, as a person sees and asks it."""

import asyncio

import pytest

from shared_modules.core.errors import Cancelled
from shared_modules.core.progress import ProgressReport
from shared_modules.system_integration.strategy_checks import StrategyChecks
from tests.gui.fake_engine import FakeEngine
from tests.system_integration.test_strategy_checks import BAD, GOOD, WARM, HeldJobs, settled
from tradebot_gui.desk import Desk
from tradebot_gui.panels.strategies import StrategiesPanel


@pytest.fixture
def panel(desk: Desk, engine: FakeEngine) -> StrategiesPanel:
    jobs = HeldJobs()
    engine.strategy_watch.checks = StrategyChecks(engine.paths.strategies, engine.bus, jobs)
    made = StrategiesPanel(desk)
    made.jobs = jobs
    made.choose("sma_cross")
    return made


async def test_the_button_asks_shows_progress_and_then_the_verdict(panel: StrategiesPanel) -> None:
    line = panel.check
    assert line.text.text() == "Not yet checked for look-ahead."
    line.button.click()
    assert (line.button.text(), line.text.text()) == ("Stop", "Looking for a look ahead…")
    panel.jobs.made[0]._reported(ProgressReport(0.5, "", 1.0, 3.0))
    assert line.text.text() == "Looking for a look ahead: 50%, 3 s to go"
    panel.jobs.made[0]._ended((GOOD, WARM), None)
    await settled()
    assert (line.button.text(), line.text.text()) == ("Check", "✓ None.")


async def test_stop_ends_the_check_and_leaves_the_button_to_ask_again(panel: StrategiesPanel) -> None:
    panel.check.button.click()
    panel.check.button.click()
    await settled()
    assert isinstance(panel.jobs.made[0].error, Cancelled)
    assert panel.check.button.text() == "Check"
    assert panel.check.text.text() == "Not yet checked for look-ahead."


async def test_a_look_ahead_is_told_wherever_one_is_and_stands_beside_its_own_strategy_alone(
    panel: StrategiesPanel, desk: Desk, engine: FakeEngine
) -> None:
    said: list[tuple[str, str]] = []
    desk.notice.connect(lambda level, text: said.append((level, text)))
    engine.strategy_watch.checks.check("rsi_reversal")
    panel.jobs.made[0]._ended((BAD, WARM), None)
    await settled()
    assert said == [("warning", "rsi_reversal looks ahead: It does.")]
    assert panel.check.text.text() == "Not yet checked for look-ahead."
    panel.choose("rsi_reversal")
    assert panel.check.text.text() == "✕ It does."
    assert panel.check.text.toolTip() == "It does.\nWhy."


async def test_without_an_engine_that_checks_there_is_no_line(desk: Desk) -> None:
    assert StrategiesPanel(desk).check.isHidden()
    await asyncio.sleep(0)

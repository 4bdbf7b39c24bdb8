import pytest

from tests.gui.fake_engine import FakeEngine, result
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.backtest import BacktestPanel
from tradebot_gui.panels.strategies import StrategiesPanel


@pytest.fixture
def panel(desk: Desk, engine: FakeEngine) -> BacktestPanel:
    made = BacktestPanel(desk, StrategiesPanel(desk))
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    return made


async def test_start_asks_for_what_the_forms_say(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel._strategies.choose("sma_cross", {"fast": 7})
    panel.form.fields["fee"].set(0.1)
    panel.form.fields["stop_loss"].set(2.0)
    panel.start_button.click()
    await until(lambda: engine.requests)
    request = engine.requests[0]
    assert (request.strategy, request.parameters["fast"]) == ("sma_cross", 7)
    assert request.fee == pytest.approx(0.001)
    assert request.stop_loss == pytest.approx(0.02)
    assert request.take_profit is None
    assert (request.size.kind, request.size.value) == ("equity", 1.0)
    assert request.sources[0].symbol == "BTCUSDT"
    assert len(request.sources[0].bars) == panel.form.wish().bars
    panel.stop()
    await until(lambda: not panel.running)


async def test_progress_is_shown_and_stop_keeps_nothing(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel.start()
    assert not panel.start_button.isEnabled()
    await until(lambda: engine.jobs_made)
    job = engine.jobs_made[0]
    job.tell(0.25)
    assert panel.progress.value() == 250
    assert "25%" in panel.progress.format()
    assert "left" in panel.progress.format()
    panel.stop_button.click()
    assert job.cancelled
    await until(lambda: not panel.running)
    assert panel.result is None
    assert "Stopped" in panel.outcome.text()
    assert panel.start_button.isEnabled()


async def test_a_result_is_shown_and_told(panel: BacktestPanel, desk: Desk, engine: FakeEngine) -> None:
    told: list[object] = []
    desk.result_ready.connect(told.append)
    panel.start()
    await until(lambda: engine.jobs_made)
    engine.jobs_made[0].finish(result(engine.requests[0]))
    await until(lambda: told)
    assert len(panel.trades.records) == 2
    assert panel.plot.points == 50
    figures = {f.title: f.shown for f in panel.figures.records}
    assert figures["Total return"] == "+10.00 %"
    assert figures["Sharpe ratio"] == "—"
    assert "+10.00 %" in panel.outcome.text()


async def test_a_double_click_on_a_trade_shows_it_on_the_chart(
    panel: BacktestPanel, desk: Desk, engine: FakeEngine
) -> None:
    panel.start()
    await until(lambda: engine.jobs_made)
    engine.jobs_made[0].finish(result(engine.requests[0]))
    await until(lambda: panel.result)
    shown: list[tuple[object, str]] = []
    desk.show_trade.connect(lambda trade, series: shown.append((trade, str(series))))
    panel.trades_view.doubleClicked.emit(panel.trades_view.rows.index(1, 0))
    assert shown == [(panel.result.trades[1], "BTCUSDT 5m")]


async def test_an_unknown_symbol_is_one_sentence(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel.form.symbol.setCurrentText("BTCUSTD")
    panel.start()
    await until(lambda: not panel.running)
    assert "did you mean 'BTCUSDT'" in panel.outcome.text()
    assert engine.requests == []


async def test_a_form_comes_back_after_a_restart(panel: BacktestPanel, desk: Desk) -> None:
    panel.form.fields["kind"].set("quantity")
    panel.form.fields["size"].set(0.5)
    again = BacktestPanel(desk, StrategiesPanel(desk))
    again.restore_state(panel.save_state())
    assert again.form.wish().size_kind == "qty"
    assert again.form.wish().size_value == pytest.approx(0.5)
    again.restore_state({"form": {"cash": "much", "gone": 1}})

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import InvalidInput
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from tests.gui.fake_engine import START, FakeEngine, result
from tests.gui.fixtures import until
from tests.gui.unblocked import Turns, turns
from tests.strategies.markets import random_bars
from tradebot_gui.desk import Desk
from tradebot_gui.panels.backtest.panel import BacktestPanel
from tradebot_gui.panels.backtest.presets import FOLDER
from tradebot_gui.panels.backtest.runs import RunsView
from tradebot_gui.panels.backtest.sections import Section
from tradebot_gui.panels.backtest.setup import SetupForm
from tradebot_gui.panels.backtest.terms import problems, terms_of, wanted_of
from tradebot_gui.panels.strategies import StrategiesPanel

__all__ = ["turns"]

DAY = 86_400_000


@pytest.fixture
def panel(desk: Desk, engine: FakeEngine) -> BacktestPanel:
    made = BacktestPanel(desk, StrategiesPanel(desk))
    made.build()
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    return made


async def started(panel: BacktestPanel, engine: FakeEngine, count: int = 1):
    """Start once more; the run that came of it."""
    panel.start_button.click()
    await until(lambda: len(engine.backtests.runs) == count)
    return engine.backtests.runs[-1]


async def test_start_asks_for_what_the_forms_say(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel._strategies.choose("sma_cross", {"fast": 7})
    set_all(panel, fee=0.1, maker_fee=0.02, stop_loss=2.0, trailing_stop=1.5, max_bars=30, latency=2, max_positions=3)
    set_all(panel, margin="cross", leverage=5.0, fill_rule="share of volume", fill_share=20.0, kind="% at risk", size=2)
    set_all(panel, slippage="bps spread", slippage_value=4.0, risk_free=3.0, max_entries=2)
    request = (await started(panel, engine)).request
    assert (request.strategy, request.parameters["fast"]) == ("sma_cross", 7)
    assert (request.fee, request.maker_fee) == (pytest.approx(0.001), pytest.approx(0.0002))
    assert (request.stop_loss, request.take_profit) == (pytest.approx(0.02), None)
    assert (request.trailing_stop, request.max_bars, request.latency) == (pytest.approx(0.015), 30, 2)
    assert (request.max_positions, request.max_entries) == (3, 2)
    assert (request.margin.mode, request.margin.leverage) == ("cross", 5.0)
    assert (request.fill_rule.kind, request.fill_rule.share) == ("volume", pytest.approx(0.2))
    assert (request.size.kind, request.size.value) == ("risk", pytest.approx(0.02))
    assert (request.slippage.kind, request.slippage.value) == ("spread", 4.0)
    assert request.risk_free == pytest.approx(0.03)
    assert [s.symbol for s in request.sources] == ["BTCUSDT"]
    assert len(request.sources[0].bars) == panel.form.fields["bars"].value()
    assert request.instruments[0].symbol == "BTCUSDT"


def set_all(panel: BacktestPanel, **values) -> None:
    for name, value in values.items():
        panel.form.fields[name].set(value)


async def test_terms_of_single_symbols_and_of_the_market_go_into_the_run(
    panel: BacktestPanel, engine: FakeEngine
) -> None:
    set_all(panel, fees="btcusdt=0.01%:0.05%", borrow=8.0, margin="isolated", tiers="BTCUSDT=1000:0.01:50, inf:0.1:5")
    set_all(panel, latency_ms=250.0, target_order="at the market", decide_by="candle by candle")
    request = (await started(panel, engine)).request
    assert request.fees["BTCUSDT"].taker == pytest.approx(0.0005)
    assert [tier.max_leverage for tier in request.risk_tiers["BTCUSDT"]] == [50.0, 5.0]
    assert request.borrow == pytest.approx(0.08)
    assert (request.latency_ms, request.target_order, request.decide_by) == (250.0, "market", "on_bar")


async def test_candles_are_put_together_from_shorter_ones(panel: BacktestPanel, engine: FakeEngine) -> None:
    set_all(panel, timeframe="1h", base="5m", bars=50, detail="5m")
    request = (await started(panel, engine)).request
    assert (request.timeframe, request.detail) == ("1h", True)
    (source,) = request.sources
    assert (source.timeframe, len(source.bars), source.detail) == ("5m", 600, None)


async def test_files_dropped_on_the_form_are_tested(panel: BacktestPanel, engine: FakeEngine, tmp_path: Path) -> None:
    for symbol in ("ADAUSDT", "XRPUSDT"):
        write_candle_file(tmp_path / f"{symbol}_5m.csv", random_bars(200, 1))
    funding = tmp_path / "rates" / "ADAUSDT.csv"
    funding.parent.mkdir()
    funding.write_text("timestamp,funding_rate\n1700006400000,0.0001\n", encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / f"{symbol}_5m.csv")) for symbol in ("ADAUSDT", "XRPUSDT")])
    panel.form.dropEvent(QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                    Qt.KeyboardModifier.NoModifier))  # fmt: skip
    set_all(panel, file_timeframe="1h", bars=50, rules="ADAUSDT=tick:0.1,step:0.5", detail="5m")
    set_all(panel, funding_files=(str(funding.parent),))
    request = (await started(panel, engine)).request
    assert not panel.form.fields["symbols"].widget.isVisibleTo(panel.form)
    assert [(s.symbol, s.path is not None) for s in request.sources] == [("ADAUSDT", True), ("XRPUSDT", True)]
    assert [s.funding_path is not None for s in request.sources] == [True, False]
    assert (request.timeframe, request.newest, request.detail) == ("1h", 50, True)
    assert float(request.instruments[0].qty_step) == 0.5


async def test_files_stand_in_for_what_is_stored_beside_the_candles_of_the_terminal(
    panel: BacktestPanel, engine: FakeEngine, tmp_path: Path
) -> None:
    write_candle_file(tmp_path / "BTCUSDT_1m.csv", random_bars(200, 1, TIMEFRAMES["1m"]))
    (tmp_path / "BTCUSDT.csv").write_text("timestamp,funding_rate\n1700006400000,0.0001\n", encoding="utf-8")
    shorter, rates = str(tmp_path / "BTCUSDT_1m.csv"), str(tmp_path / "BTCUSDT.csv")
    set_all(panel, detail_files=(shorter,), funding_files=(rates,), mark_files=(shorter,), funding=True)
    (source,) = (await started(panel, engine)).request.sources
    assert (source.detail_path, source.funding_path, source.mark_path) == (shorter, rates, shorter)
    assert source.bars is not None
    assert source.funding_time is None


async def test_quantities_of_dear_coins_keep_their_digits(panel: BacktestPanel, engine: FakeEngine) -> None:
    set_all(panel, kind="quantity", size=0.00002)
    assert (await started(panel, engine)).request.size.value == 0.00002


async def test_a_run_without_a_trade_says_why_below_the_button(panel: BacktestPanel, engine: FakeEngine) -> None:
    run = await started(panel, engine)
    found = result(run.request)
    why = "No trade was made: below the smallest quantity (7)."
    run.finish(replace(found, trades=(), bars=1, notes=("Rules.", why)))
    await until(lambda: "No trade" in panel.outcome.text())
    assert "0 trades · 1 candle. " in panel.outcome.text()
    assert panel.outcome.text().endswith(why)


async def test_dates_begin_with_a_month_that_can_be_run(panel: BacktestPanel) -> None:
    set_all(panel, range="dates")
    assert panel.form.check() is None


async def test_hours_can_bound_the_range(panel: BacktestPanel, engine: FakeEngine) -> None:
    set_all(panel, range="dates", start="2024-05-01 08:30", end="2024-05-01 20:15")
    wanted = wanted_of(panel.form.values())
    assert (wanted.start, wanted.end) == (1714552200000, 1714594500000)
    set_all(panel, start="2024-05-01")
    assert panel.form.values()["start"] == "2024-05-01 00:00"
    assert terms_of(panel.form.values())["start"] == 1714521600000


async def test_the_honesty_checks_can_be_left_out(panel: BacktestPanel, engine: FakeEngine) -> None:
    assert (await started(panel, engine)).checks
    set_all(panel, checks=False)
    assert not (await started(panel, engine, 2)).checks
    panel.form._changed()
    assert "unchecked" in panel.form.sections[5].said.text()


async def test_several_symbols_with_detail_are_one_portfolio(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel.form.symbols.line.setText("btcusdt, ETHUSDT")
    set_all(panel, detail="1m", bars=100)
    request = (await started(panel, engine)).request
    assert [s.symbol for s in request.sources] == ["BTCUSDT", "ETHUSDT"]
    assert all(s.detail is not None and len(s.detail) == 500 for s in request.sources)


async def test_dates_are_fetched_with_the_candles_that_warm_up(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel._strategies.choose("sma_cross", {"fast": 5, "slow": 10})
    set_all(panel, range="dates", start="2023-11-15", end="2023-11-16", timeframe="1h")
    request = (await started(panel, engine)).request
    assert request.start == 1_700_006_400_000
    bars = request.sources[0].bars
    assert bars.time[-1] < request.start + DAY
    assert bars.time[0] < request.start or bars.time[0] == START


async def test_missing_funding_is_one_sentence(panel: BacktestPanel, engine: FakeEngine) -> None:
    set_all(panel, funding=True)
    panel.start()
    await until(lambda: not panel.running)
    assert "no funding rates of BTCUSDT" in panel.outcome.text()
    assert engine.backtests.runs == ()


async def test_stored_funding_goes_into_the_run(panel: BacktestPanel, engine: FakeEngine) -> None:
    folder = engine.paths.market_dir(engine.market("BTCUSDT"))
    folder.mkdir(parents=True)
    (folder / "funding.csv").write_text("timestamp,funding_rate\n1700006400000,0.0001\n")
    set_all(panel, funding=True)
    request = (await started(panel, engine)).request
    assert request.sources[0].funding_time.tolist() == [1_700_006_400_000]
    assert request.sources[0].funding_rate.tolist() == [0.0001]


async def test_progress_is_shown_and_a_run_pauses_goes_on_and_stops(panel: BacktestPanel, engine: FakeEngine) -> None:
    run = await started(panel, engine)
    run.tell(0.25)
    panel.desk.bridge.flush()
    assert panel.progress.value() == 250
    assert "25%" in panel.progress.format()
    assert "left" in panel.progress.format()
    panel.pause_button.click()
    panel.desk.bridge.flush()
    assert run.state.value == "paused"
    assert (panel.pause_button.text(), panel.progress.format()) == ("Resume", "paused")
    panel.pause_button.click()
    assert run.state.value == "running"
    panel.stop_button.click()
    await until(lambda: not panel.running)
    await until(lambda: "Stopped" in panel.outcome.text())
    panel.desk.bridge.flush()
    assert not panel.stop_button.isEnabled()
    assert panel.start_button.isEnabled()


async def test_a_second_start_waits_in_the_queue_and_each_is_in_the_list(
    panel: BacktestPanel, engine: FakeEngine
) -> None:
    await started(panel, engine)
    await started(panel, engine, 2)
    await until(lambda: len(panel.runs.table.records) == 2)
    assert "1 more" in panel.progress.format()


async def test_a_run_that_is_done_opens_and_is_told(panel: BacktestPanel, engine: FakeEngine) -> None:
    opened: list[tuple[object, str, str]] = []
    panel.result_opened.connect(lambda *told: opened.append(told))
    run = await started(panel, engine)
    run.finish(result(run.request))
    await until(lambda: opened)
    assert opened[0][0] is run.result
    assert opened[0][1] == run.id
    assert "+10.00 %" in panel.outcome.text()
    await until(lambda: panel.runs.table.record(run.id) and panel.runs.table.record(run.id).has_result)
    assert panel.runs.table.record(run.id).total_return == pytest.approx(0.1)


async def test_a_failure_is_one_sentence(panel: BacktestPanel, engine: FakeEngine) -> None:
    run = await started(panel, engine)
    run.fail("strategy 'mine' raised ValueError in line 12: no such column")
    await until(lambda: panel.outcome.text())
    assert panel.outcome.text() == "Strategy 'mine' raised ValueError in line 12: no such column."
    await until(lambda: panel.runs.table.record(run.id).state == "failed")


async def test_an_unknown_symbol_is_told_at_its_field(panel: BacktestPanel, engine: FakeEngine) -> None:
    panel.form.symbols.line.setText("BTCUSTD")
    panel.start()
    assert "did you mean 'BTCUSDT'" in panel.outcome.text()
    said = panel.form.sections[0]._problems["symbols"]
    assert "did you mean 'BTCUSDT'" in said.text()
    assert engine.backtests.runs == ()
    panel.form.symbols.line.setText("BTCUSDT")
    panel.form.check()
    assert said.text() == ""


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"symbols": ()}, "symbols", "Choose a symbol"),
        ({"symbols": ("A", "A")}, "symbols", "named twice"),
        ({"range": "dates", "start": "2025-02-01", "end": "2025-01-01"}, "end", "after the start"),
        ({"size": 101.0}, "size", "up to 100 %"),
        ({"slippage": "by size", "slippage_table": "many"}, "slippage_table", "notional up to"),
        ({"slippage": "by size", "slippage_table": "10: 1, 5: 2"}, "slippage_table", "rising"),
        ({"detail": "1h"}, "detail", "shorter than 5m"),
        ({"break_even": 5.0, "take_profit": 3.0}, "break_even", "never reached"),
        ({"detail": "1m", "detail_files": ("a.csv",)}, "detail_files", "a timeframe already"),
        ({"funding_files": ("nowhere.csv",)}, "funding_files", "no file nowhere.csv"),
        ({"base": "1h"}, "base", "cannot be made of 1h"),
        ({"source": "of files"}, "files", "Choose candle files"),
        ({"source": "of files", "files": ("nowhere.csv",)}, "files", "no file nowhere.csv"),
        ({"source": "of files", "rules": "BTCUSDT=tik:1"}, "rules", "'tick'"),
        ({"fees": "BTCUSDT=1%"}, "fees", "SYMBOL=maker:taker"),
        ({"fees": "ETHUSDT=1%:1%"}, "fees", "not among the symbols"),
        ({"fees": "BTCUSDT=-1%:1%"}, "fees", "0 to 0.05"),
        ({"margin": "cross", "tiers": "BTCUSDT=1"}, "tiers", "LIMIT:RATE:LEVERAGE"),
    ],
)
async def test_what_does_not_go_together_is_told_at_the_field(
    panel: BacktestPanel, values: dict[str, object], field: str, words: str
) -> None:
    found = problems({**panel.form.values(), **values})
    assert words in found[field]


async def test_the_defaults_of_the_form_are_fine(panel: BacktestPanel) -> None:
    assert problems(panel.form.values()) == {}
    assert terms_of(panel.form.values())["margin"] is None
    with pytest.raises(InvalidInput, match="choose a symbol"):
        wanted_of({**panel.form.values(), "symbols": ()})


async def test_completing_a_symbol_keeps_those_before_it(panel: BacktestPanel) -> None:
    line, completer = panel.form.symbols.line, panel.form.symbols.completer
    line.setText("BTCUSDT, sol")
    assert completer.splitPath(line.text()) == ["sol"]
    completer.setCompletionPrefix("sol")
    assert completer.currentCompletion() == "BTCUSDT, SOLUSDT"


async def test_the_market_watch_changes_one_symbol_but_not_a_portfolio(panel: BacktestPanel, desk: Desk) -> None:
    desk.select_symbol("ETHUSDT")
    assert panel.form.symbols.value() == ("ETHUSDT",)
    panel.form.symbols.set(("BTCUSDT", "ETHUSDT"))
    desk.select_symbol("SOLUSDT")
    assert panel.form.symbols.value() == ("BTCUSDT", "ETHUSDT")


async def test_a_form_comes_back_after_a_restart(panel: BacktestPanel, desk: Desk) -> None:
    set_all(panel, kind="quantity", size=0.5, max_bars=12, funding=True, range="dates", start="2024-05-01")
    panel.form.sections[3].set_open(True)
    again = BacktestPanel(desk, StrategiesPanel(desk))
    again.build()
    state = json.loads(json.dumps(panel.save_state()))
    again.restore_state(state)
    assert again.form.values() == panel.form.values()
    assert again.form.sections[3].is_open
    again.restore_state({"form": {"cash": "much", "gone": 1, "max_bars": "x"}, "sections": 3, "split": "wide"})
    assert again.form.values() == panel.form.values()


async def test_settings_are_kept_under_a_name(panel: BacktestPanel, engine: FakeEngine) -> None:
    set_all(panel, fee=0.02, stop_loss=3.0)
    panel.presets.save("tight")
    assert (engine.paths.presets / FOLDER / "tight.json").exists()
    set_all(panel, fee=0.5, stop_loss=0.0)
    panel.presets.choice.setCurrentIndex(panel.presets.choice.findText("tight"))
    panel.presets.load()
    assert panel.form.fields["fee"].value() == pytest.approx(0.02)
    assert panel.form.fields["stop_loss"].value() == pytest.approx(3.0)
    panel.presets.delete()
    assert panel.presets.choice.count() == 1


async def test_folded_sections_say_what_is_set_in_them(panel: BacktestPanel) -> None:
    set_all(panel, stop_loss=2.0, take_profit=4.0)
    panel.form._changed()
    assert panel.form.sections[3].said.text() == "stop 2 %, target 4 %"


async def history_of(panel: BacktestPanel, engine: FakeEngine, count: int) -> None:
    for n in range(count):
        run = await started(panel, engine, n + 1)
        run.finish(result(run.request))
    await until(lambda: len([r for r in panel.runs.table.records if r.has_result]) == count)


async def test_the_history_is_there_after_a_restart(panel: BacktestPanel, desk: Desk, engine: FakeEngine) -> None:
    await history_of(panel, engine, 2)
    engine.backtests.runs = ()
    again = BacktestPanel(desk, StrategiesPanel(desk))
    opened: list[object] = []
    again.result_opened.connect(lambda found, *_: opened.append(found))
    again.open_last()
    await until(lambda: opened)
    again.build()
    await until(lambda: len(again.runs.table.records) == 2)


async def test_runs_are_renamed_deleted_and_chosen_to_compare(panel: BacktestPanel, engine: FakeEngine) -> None:
    await history_of(panel, engine, 3)
    runs = panel.runs
    runs.view.selectRow(0)
    assert (runs.open_button.isEnabled(), runs.compare_button.isEnabled()) == (True, False)
    runs.rename(runs.chosen()[0].id, "the best")
    await until(lambda: any(r.title == "the best" for r in runs.table.records))
    runs.view.selectAll()
    asked: list[object] = []
    panel.compare_wanted.connect(asked.append)
    runs.compare_button.click()
    assert len(asked[0]) == 3
    runs.delete([r.id for r in runs.chosen()[:2]])
    await until(lambda: len(runs.table.records) == 1)


async def test_the_rows_of_runs_stay_sorted_by_time(panel: BacktestPanel, engine: FakeEngine) -> None:
    await history_of(panel, engine, 3)
    created = [r.created for r in panel.runs.table.records]
    assert np.diff(created).max() < 0


async def test_what_was_kept_waits_until_the_panel_is_looked_at(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = BacktestPanel(desk, StrategiesPanel(desk))
    kept = {"form": {"cash": 777.0}}
    panel.restore_state(kept)
    assert panel.findChildren(QWidget) == []
    assert panel.save_state() == kept
    qtbot.addWidget(panel)
    panel.show()
    assert panel.form.values()["cash"] == 777.0
    assert panel.save_state()["form"]["cash"] == 777.0


async def test_the_panel_is_made_in_turns_when_it_comes_into_sight(
    desk: Desk, engine: FakeEngine, turns: Turns
) -> None:
    panel = BacktestPanel(desk, StrategiesPanel(desk))
    panel.restore_state({"form": {"fee": 0.2}})
    panel.show()
    assert panel.findChild(RunsView) is None
    await turns.until(lambda: panel.findChild(RunsView) is not None and panel.form.fields["fee"].value() == 0.2)
    panel.hide()


async def test_what_is_filled_in_while_the_panel_is_made_is_not_overwritten(desk: Desk, engine: FakeEngine) -> None:
    panel = BacktestPanel(desk, StrategiesPanel(desk))
    panel.restore_state({"form": {"fee": 0.2, "cash": 500.0, "symbols": ["ETHUSDT"]}})
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    panel.show()
    while (form := panel.findChild(SetupForm)) is None or not form.fields:
        next(panel._making)
    assert not panel._built
    form.fields["cash"].set(777.0)
    await until(lambda: panel._built)
    assert panel.form.fields["cash"].value() == 777.0
    assert panel.form.fields["fee"].value() == 0.2
    assert panel.form.fields["symbols"].value() == ("ETHUSDT",)
    panel.hide()


def test_a_new_form_counts_no_field_as_filled_in(qapp: QApplication) -> None:
    form = SetupForm(lambda symbol: symbol)
    for _ in form.build(Settings()):
        pass
    assert form.filled == frozenset()


async def test_who_starts_before_the_panel_is_whole_runs_what_was_kept(desk: Desk, engine: FakeEngine) -> None:
    panel = BacktestPanel(desk, StrategiesPanel(desk))
    panel.restore_state({"form": {"fee": 0.2}})
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    panel.show()
    panel.start()
    await until(lambda: engine.backtests.runs)
    assert engine.backtests.runs[-1].request.fee == pytest.approx(0.002)
    panel.hide()


@pytest.fixture
def unmade(desk: Desk, engine: FakeEngine) -> Iterator[BacktestPanel]:
    """A panel in sight of which a turn of the loop made the first part only."""
    made = BacktestPanel(desk, StrategiesPanel(desk))
    engine.list_instruments()
    desk.select_symbol("BTCUSDT")
    made.show()
    yield made
    made.hide()


async def test_a_start_before_the_panel_is_whole_holds_no_turn_up_and_counts_once(
    unmade: BacktestPanel, engine: FakeEngine, turns: Turns
) -> None:
    unmade.start()
    unmade.start_button.click()
    assert unmade.running
    assert unmade.findChild(RunsView) is None
    await turns.until(lambda: engine.backtests.runs)
    await turns.until(lambda: not unmade.fetching)
    assert len(engine.backtests.runs) == 1


async def test_a_start_that_waits_for_the_panel_can_be_stopped(unmade: BacktestPanel, engine: FakeEngine) -> None:
    unmade.start()
    unmade.stop()
    assert not unmade.running
    await until(lambda: unmade.findChild(RunsView) is not None)
    assert unmade.start_button.isEnabled()
    assert not unmade.running


async def test_a_section_folds_while_the_next_one_is_being_made(unmade: BacktestPanel) -> None:
    await until(lambda: [s.title for s in unmade.findChildren(Section)] == ["Market", "Money"])
    money = unmade.findChildren(Section)[1]
    money.head.click()
    assert money.said.text() == ""
    await until(lambda: money.said.text())
    assert not money.is_open
    assert "10,000" in money.said.text()

"""Every tab on a result of two symbols."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from shared_modules.backtester import METRICS, BacktestRequest, BarSource, Outcome, SignalOutcomes
from shared_modules.backtester.honesty.verdict import Verdict
from shared_modules.core.bars import Bars
from shared_modules.core.market import Side
from shared_modules.core.trading import ExitReason, Trade
from shared_modules.matching.orders import CODES
from shared_modules.system_integration import BacktestResult
from shared_modules.system_integration.backtesting import compare
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.results.compared import ComparisonTab, told_apart
from tradebot_gui.panels.results.costs import CostsTab
from tradebot_gui.panels.results.distribution import BreakdownTab, DistributionTab, MonthsTab, RollingTab
from tradebot_gui.panels.results.equity import EquityTab
from tradebot_gui.panels.results.honesty import HonestyTab
from tradebot_gui.panels.results.overview import OverviewTab
from tradebot_gui.panels.results.panel import TABS, ResultsPanel
from tradebot_gui.panels.results.settings import SettingsTab
from tradebot_gui.panels.results.signals import SignalsTab
from tradebot_gui.panels.results.tab import ResultTab
from tradebot_gui.panels.results.trades import TradesTab, reason_words
from tradebot_gui.texts import VEIL
from tradebot_gui.theme.theme import LIGHT

HOUR = 3_600_000
START = 1_735_689_600_000
VERDICTS = (
    Verdict("few_trades", "good", "There are 80 trades."),
    Verdict("look_ahead", "bad", "The signal 'enter' changes at the bar of 2025-01-05.", ("line 12: shift(-1)",)),
)


def bars(seed: int, n: int = 2_000) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opened = np.r_[100.0, close[:-1]]
    high, low = np.maximum(opened, close) * 1.004, np.minimum(opened, close) * 0.996
    return Bars.of(START + np.arange(n, dtype=np.int64) * HOUR, opened, high, low, close, np.full(n, 1e6))


def trades() -> tuple[Trade, ...]:
    """Eighty round trips, a day apart, of both symbols in turn."""
    rng = np.random.default_rng(7)
    reasons = (ExitReason.SIGNAL, ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT)
    return tuple(
        Trade(
            ("BTCUSDT", "ETHUSDT")[n % 2], Side.BUY if n % 3 else Side.SELL, 2.0, START + n * 24 * HOUR, 100.0,
            START + (n * 24 + 5) * HOUR, 101.0, 0.22, float(rng.normal(1.0, 8.0)), reasons[n % 3], bars=5, mae=-0.01,
            mfe=0.02,
        )
        for n in range(80)
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> BacktestResult:
    """A result made by hand, as a backtest would give it."""
    sources = tuple(BarSource(s, "1h", bars=bars(n)) for n, s in enumerate(("BTCUSDT", "ETHUSDT")))
    request = BacktestRequest("sma_cross", {"fast": 5, "slow": 20}, sources, stop_loss=0.02, max_positions=1)
    made, time = trades(), sources[0].bars.time
    at = np.searchsorted(time, [t.exit_time for t in made])
    equity = 10_000.0 + np.cumsum(np.bincount(at, [t.pnl for t in made], len(time)))
    fees, n = sum(t.fees for t in made), len(made)
    wished = np.arange(0, 2 * n, dtype=np.int64)
    codes = np.where(wished % 2, CODES[Outcome.MAX_POSITIONS], CODES[Outcome.FILLED]).astype(np.int64)
    values = {m.name: 0.5 for m in METRICS} | {"trades": float(n), "profit_factor": 1.25, "max_drawdown": -0.1}
    return BacktestResult(
        request=request, symbols=("BTCUSDT", "ETHUSDT"), timeframe="1h", parameters={"fast": 5, "slow": 20}, bars=4_000,
        trades=made, time=time, equity=equity, metrics=values,
        costs={"fees": fees, "entry_fees": fees / 2, "exit_fees": fees / 2, "slippage": 1.0, "total": fees + 1.0},
        final_equity=float(equity[-1]), seconds=0.1, ambiguous_bars=2, notes=("The rules.", "Only few."),
        equity_best=equity + 5.0, equity_worst=equity,
        outcomes=SignalOutcomes(("BTCUSDT", "ETHUSDT"), START + wished * HOUR, wished % 2, np.ones_like(wished), codes),
        held_time=time[23::24] + HOUR, held=np.linspace(10_000, 11_000, len(time[23::24])), honesty=VERDICTS,
    )  # fmt: skip


@pytest.fixture
def panel(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> ResultsPanel:
    engine.list_instruments()
    made = ResultsPanel(desk)
    qtbot.addWidget(made)
    made.resize(1200, 480)
    made.show()
    return made


async def looked_at(panel: ResultsPanel, tab: ResultTab) -> None:
    """Wait until ``tab``, brought to the front, is filled."""
    filled: list[bool] = []
    tab.filled.connect(lambda: filled.append(True))
    waiting = tab._pending
    panel.go_to(type(tab))
    if waiting:
        await until(lambda: filled)


async def shown(panel: ResultsPanel, found: BacktestResult, tab: ResultTab) -> None:
    panel.go_to(EquityTab if not isinstance(tab, EquityTab) else CostsTab)
    panel.show_result(found, "my run")
    await looked_at(panel, tab)


async def test_only_the_tab_in_sight_is_computed(panel: ResultsPanel, found: BacktestResult) -> None:
    panel.show_result(found, "my run")
    await until(lambda: panel.tab(OverviewTab).figures.records)
    assert panel.tab(TradesTab).rows.rowCount() == 0
    assert panel.tab(CostsTab).kinds.records == []
    assert panel.head.text().startswith("my run   BTCUSDT, ETHUSDT   1h   2025-01-01 to")


async def test_the_overview_shows_verdicts_tiles_curve_and_metrics(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(OverviewTab))
    assert [b.text() for b in panel.tab(OverviewTab).strip.buttons] == ["✕ Look ahead", "✓ Few trades"]
    tiles = {t.title.text(): t.value.text() for t in panel.tab(OverviewTab).tiles}
    assert tiles["Trades"] == f"{len(found.trades)}"
    assert panel.tab(OverviewTab).plot.points == len(found.time)
    names = [f.name for f in panel.tab(OverviewTab).figures.records]
    assert names[0] == "final_equity"
    assert set(found.metrics) <= set(names)


async def test_a_verdict_leads_to_its_details(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(OverviewTab))
    panel.tab(OverviewTab).strip.buttons[0].click()
    assert panel.current is panel.tab(HonestyTab)
    await until(lambda: "shift(-1)" in panel.tab(HonestyTab).details.toPlainText())
    notes = [c for c in panel.tab(HonestyTab).table.records if c[1] == "note"]
    assert len(notes) == len(found.notes)


async def test_a_run_without_checks_says_so(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, replace(found, honesty=()), panel.tab(OverviewTab))
    assert "was not checked" in panel.tab(OverviewTab).strip.buttons[0].text()


async def test_a_click_on_a_figure_unrolls_it_to_its_rows(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(OverviewTab))
    tile = next(t for t in panel.tab(OverviewTab).tiles if t.title.text() == "Profit factor")
    tile.click()
    await until(lambda: panel.explaining)
    assert panel.explaining.title.text() == "Profit factor"
    assert "sum of profits" in panel.explaining.formula.text()
    assert panel.explaining.table.records[-1][2] == f"{found.metrics['profit_factor']:,.2f}"
    panel.explaining.close()


async def test_every_metric_can_be_explained(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(OverviewTab))
    for figure in panel.tab(OverviewTab).figures.records:
        title = "Net profit" if figure.name == "final_equity" else figure.title
        panel.explain(figure.name)
        await until(lambda title=title: panel.explaining and panel.explaining.title.text() == title)
        assert panel.explaining.table.records
    panel.explaining.close()


async def test_trades_are_filtered_and_sorted(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(TradesTab))
    tab = panel.tab(TradesTab)
    assert tab.rows.rowCount() == len(found.trades)
    tab.outcome.setCurrentText("winners")
    won = sum(t.pnl > 0 for t in found.trades)
    assert tab.rows.rowCount() == won
    assert f"{won} of {len(found.trades)} trades" in tab.total.text()
    tab.symbol.setCurrentText("ETHUSDT")
    assert {tab.rows.record(tab.rows.index(n, 0))[1].symbol for n in range(tab.rows.rowCount())} == {"ETHUSDT"}
    tab.symbol.setCurrentIndex(0)
    tab.outcome.setCurrentIndex(0)
    reasons = {reason_words(t.exit_reason.value) for t in found.trades}
    assert [tab.reason.itemText(n) for n in range(tab.reason.count())] == ["All", *sorted(reasons)]
    tab.reason.setCurrentIndex(1)
    left = {tab.rows.record(tab.rows.index(n, 0))[1].exit_reason.value for n in range(tab.rows.rowCount())}
    assert {reason_words(one) for one in left} == {tab.reason.currentText()}
    assert tab.view.isColumnHidden(tab.place["Funding"])
    assert not tab.view.isColumnHidden(tab.place["Fees"])
    tab.reason.setCurrentIndex(0)
    tab.view.sort_by(5, Qt.SortOrder.DescendingOrder)
    pnl = [tab.rows.record(tab.rows.index(n, 0))[1].pnl for n in range(tab.rows.rowCount())]
    assert pnl == sorted((t.pnl for t in found.trades), reverse=True)


async def test_a_click_on_a_trade_asks_the_chart_for_it(panel: ResultsPanel, desk: Desk, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(TradesTab))
    asked: list[tuple[object, str]] = []
    desk.show_trade.connect(lambda trade, series: asked.append((trade, str(series))))
    panel.tab(TradesTab).view.clicked.emit(panel.tab(TradesTab).rows.index(1, 0))
    assert asked == [(found.trades[1], f"{found.trades[1].symbol} 1h")]


async def test_a_trade_of_a_symbol_that_is_gone_is_one_sentence(
    panel: ResultsPanel, desk: Desk, engine: FakeEngine, found: BacktestResult
) -> None:
    await shown(panel, found, panel.tab(TradesTab))
    engine.list_instruments(("XRPUSDT",))
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    panel.tab(TradesTab).view.activated_record.emit((1, found.trades[0]))
    assert "symbol" in said[0]


async def test_months_and_their_totals(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(MonthsTab))
    assert panel.tab(MonthsTab).map._years == (2025,)
    cell = panel.tab(MonthsTab).map._cell(0, 0).center().toPoint()
    assert panel.tab(MonthsTab).map.tip_at(cell).startswith("Jan 2025: ")
    assert "not traded" in panel.tab(MonthsTab).map.tip_at(panel.tab(MonthsTab).map._cell(0, 11).center().toPoint())


async def test_the_histogram_counts_every_trade(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(DistributionTab))
    assert panel.tab(DistributionTab).plot._counts.sum() == len(found.trades)
    panel.tab(DistributionTab).kind.setCurrentIndex(1)
    await until(lambda: not panel.tab(DistributionTab).plot._fraction)
    assert panel.tab(DistributionTab).plot._counts.sum() == len(found.trades)


@pytest.mark.parametrize("by", ["symbol", "side", "month", "hour", "weekday", "exit_reason"])
async def test_groups_hold_all_trades(panel: ResultsPanel, found: BacktestResult, by: str) -> None:
    panel.tab(BreakdownTab).by.setCurrentIndex(panel.tab(BreakdownTab).by.findData(by))
    await shown(panel, found, panel.tab(BreakdownTab))
    assert sum(g.trades for g in panel.tab(BreakdownTab).table.records) == len(found.trades)


async def test_the_rolling_sharpe_says_when_the_run_is_too_short(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(RollingTab))
    assert panel.tab(RollingTab).plot.points > 20
    panel.tab(RollingTab).days.setValue(365)
    await until(lambda: panel.tab(RollingTab).plot.points == 0)
    assert "shorter than 365 days" in panel.tab(RollingTab).plot.message


async def test_the_rolling_sharpe_looks_back_over_a_third_of_a_short_run(
    panel: ResultsPanel, found: BacktestResult
) -> None:
    days = int(found.time[-1] - found.time[0]) // 86_400_000
    await shown(panel, found, panel.tab(RollingTab))
    assert panel.tab(RollingTab).days.value() == min(30, days // 3)


async def test_signals_say_why_there_was_no_trade(panel: ResultsPanel, desk: Desk, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(SignalsTab))
    counts = {c[0]: c[1] for c in panel.tab(SignalsTab).counts.records}
    assert counts["as many positions as allowed"] > 0
    assert sum(counts.values()) == len(found.outcomes)
    panel.tab(SignalsTab).counts_view.select_record(lambda c: c[0] == "as many positions as allowed")
    assert panel.tab(SignalsTab).rows.rowCount() == counts["as many positions as allowed"]
    asked: list[int] = []
    desk.show_time.connect(lambda _, time: asked.append(time))
    panel.tab(SignalsTab).view.clicked.emit(panel.tab(SignalsTab).rows.index(0, 0))
    assert asked[0] in found.outcomes.time


async def test_wishes_stand_in_order_of_time_and_what_is_left_out_is_said(
    panel: ResultsPanel, found: BacktestResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradebot_gui.panels.results.signals.MOST", 30)
    outcomes = found.outcomes
    by_symbol = np.argsort(outcomes.symbol, kind="stable")  # as a run tells them
    columns = (getattr(outcomes, name)[by_symbol] for name in ("time", "symbol", "side", "code"))
    await shown(panel, replace(found, outcomes=SignalOutcomes(outcomes.symbols, *columns)), panel.tab(SignalsTab))
    tab = panel.tab(SignalsTab)
    times = [tab.rows.record(tab.rows.index(n, 0)).time for n in range(tab.rows.rowCount())]
    assert times == sorted(outcomes.time.tolist())[-30:]
    assert tab.cut.text() == "The newest 30 of 160 wishes stand one by one; the CSV export has all."
    assert not tab.cut.isHidden()


async def test_a_symbol_that_is_not_listed_has_prices_with_figures(panel: ResultsPanel, found: BacktestResult) -> None:
    small = tuple(replace(t, symbol="PEPEUSDT", entry_price=1.2345e-5, qty=81e6, funding=-2.5) for t in found.trades)
    await shown(panel, replace(found, trades=small, symbols=("PEPEUSDT",)), panel.tab(TradesTab))
    tab = panel.tab(TradesTab)
    row = {column.title: column for column in tab.table.columns}
    told = {name: row[name].shown((1, small[0])) for name in ("Price in", "Quantity", "Funding")}
    assert told == {"Price in": "0.000012345", "Quantity": "81,000,000", "Funding": "2.50"}


async def test_funding_is_a_cost_of_one_sign_in_both_tables(panel: ResultsPanel, found: BacktestResult) -> None:
    paid = tuple(replace(t, funding=-1.0) for t in found.trades)
    costs = {**found.costs, "funding": float(len(paid))}
    await shown(panel, replace(found, trades=paid, costs=costs), panel.tab(CostsTab))
    kinds = {c.name: c.amount for c in panel.tab(CostsTab).kinds.records}
    assert kinds["funding"] == sum(s.funding for s in panel.tab(CostsTab).symbols.records) == 80.0


async def test_costs_by_kind_and_by_symbol(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(CostsTab))
    kinds = {c.name: c.amount for c in panel.tab(CostsTab).kinds.records}
    assert kinds["fees"] == pytest.approx(sum(s.fees for s in panel.tab(CostsTab).symbols.records))
    assert [s.symbol for s in panel.tab(CostsTab).symbols.records] == ["BTCUSDT", "ETHUSDT"]


async def test_settings_and_passport(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.tab(SettingsTab))
    settings = dict(panel.tab(SettingsTab).settings.records)
    assert settings["Stop loss"] == "2 %"
    assert settings["   fast"] == "5"
    assert dict(panel.tab(SettingsTab).passport.records)["Outcome"] == found.passport.outcome
    asked: list[bool] = []
    panel.reproduce_wanted.connect(lambda: asked.append(True))
    panel.tab(SettingsTab).reproduce.click()
    assert asked == [True]


async def test_two_runs_side_by_side(panel: ResultsPanel, found: BacktestResult) -> None:
    other = replace(found, metrics={**found.metrics, "sharpe": 9.0})
    panel.show_comparison(compare([found, other], ["one", "two"]))
    assert panel.current is panel.tab(ComparisonTab)
    tab = panel.tab(ComparisonTab)
    sharpe = next(m for m in tab.metrics.records if m.metric.name == "sharpe")
    assert [tab.metrics.columns[n].shown(sharpe) for n in (0, 2)] == ["Sharpe ratio", "9.00"]
    assert tab.metrics.columns[2].tone(sharpe) == "gain"
    assert len(tab.plot.curves["growth"]) == 2
    assert tab.correlation.records[0][1][1] == pytest.approx(1.0)
    asked: list[bool] = []
    panel.comparison_report_wanted.connect(lambda: asked.append(True))
    tab.report.click()
    assert asked == [True]


async def test_without_a_result_every_table_says_what_to_do(panel: ResultsPanel) -> None:
    views = [view for kind in TABS[:-1] for view in panel.tab(kind).findChildren(RecordView)]
    assert len(views) > 8
    assert [v.accessibleName() for v in views if "Press Start" not in v.empty_text] == []


async def test_a_run_without_trades_says_what_to_do(panel: ResultsPanel, found: BacktestResult) -> None:
    empty = replace(found, trades=(), outcomes=type(found.outcomes)(), ambiguous_bars=0)
    for tab in [panel.tab(kind) for kind in TABS[:-1]]:
        await shown(panel, empty, tab)
    assert "made no trade" in panel.tab(TradesTab).view.empty_text
    assert "never wished" in panel.tab(SignalsTab).view.empty_text


async def test_a_theme_reaches_every_tab(panel: ResultsPanel, found: BacktestResult) -> None:
    for tab in [panel.tab(kind) for kind in TABS[:-1]]:
        await shown(panel, found, tab)
    panel.set_theme(LIGHT)
    assert panel.tab(OverviewTab).plot.surface.ground == LIGHT.panel
    panel.go_to(OverviewTab)
    assert panel.tab(OverviewTab).plot.grab().toImage().pixelColor(5, 5).lightness() > 200


async def test_the_tab_in_front_is_kept(panel: ResultsPanel, desk: Desk, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(3)
    again = ResultsPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    assert again.tabs.currentIndex() == 3
    again.restore_state({"tab": 99, "tables": "wide"})
    assert again.tabs.currentIndex() == 3


async def test_streamer_mode_hides_amounts_in_sentences_and_on_the_axis(
    panel: ResultsPanel, found: BacktestResult
) -> None:
    for kind, words in ((TradesTab, "total"), (CostsTab, "words"), (DistributionTab, "words")):
        tab = panel.tab(kind)
        if isinstance(tab, DistributionTab):
            tab.kind.setCurrentIndex(1)  # what trades earned; returns tell no amount
        await shown(panel, found, tab)
        label = getattr(tab, words)
        assert VEIL not in label.text()
        panel.set_streamer(True)
        await until(lambda label=label: VEIL in label.text())
        panel.set_streamer(False)
        await until(lambda label=label: VEIL not in label.text())
    histogram = panel.tab(DistributionTab).plot
    histogram.show_bins(np.array([-5.0, 5.0]), np.array([2]), fraction=False)
    assert "5.00" in histogram.tip_at(histogram.rect().center())
    histogram.set_veiled(True)
    assert "5.00" not in histogram.tip_at(histogram.rect().center())
    histogram.show_bins(np.array([-0.5, 0.5]), np.array([2]), fraction=True)
    assert "50.00" in histogram.tip_at(histogram.rect().center())


async def test_the_cash_among_the_settings_is_hidden_too(panel: ResultsPanel, found: BacktestResult) -> None:
    tab = panel.tab(SettingsTab)
    panel.set_streamer(True)
    await shown(panel, found, tab)
    assert dict(tab.settings.records)["Cash"] == VEIL


def test_compared_runs_of_the_same_symbols_are_told_apart_by_their_strategies() -> None:
    names = ["SMA crossover · BTCUSDT", "Buy and hold · BTCUSDT"]
    assert told_apart(names) == ["SMA crossover", "Buy and hold"]
    for kept in (["SMA · BTCUSDT", "SMA · ETHUSDT"], ["SMA · BTCUSDT", "SMA · BTCUSDT"], ["My run", "Other"]):
        assert told_apart(kept) == kept

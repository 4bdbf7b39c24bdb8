"""Every tab on a real result of two symbols."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from shared_modules.backtester import BacktestRequest, BarSource, Sizing, run_backtest
from shared_modules.backtester.honesty.verdict import Verdict
from shared_modules.core.bars import Bars
from shared_modules.system_integration import BacktestResult
from shared_modules.system_integration.backtesting import compare
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.results.panel import ResultsPanel
from tradebot_gui.panels.results.tab import ResultTab
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


@pytest.fixture(scope="module")
def found() -> BacktestResult:
    sources = tuple(BarSource(s, "1h", bars=bars(n)) for n, s in enumerate(("BTCUSDT", "ETHUSDT")))
    request = BacktestRequest(
        "sma_cross", {"fast": 5, "slow": 20}, sources, size=Sizing("equity", 0.4), stop_loss=0.02, take_profit=0.02,
        max_positions=1,
    )  # fmt: skip
    return replace(run_backtest(request), honesty=VERDICTS)


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
    panel.tabs.setCurrentWidget(tab)
    if waiting or tab is panel.overview:
        await until(lambda: filled)


async def shown(panel: ResultsPanel, found: BacktestResult, tab: ResultTab) -> None:
    panel.tabs.setCurrentWidget(panel.equity if tab is not panel.equity else panel.costs)
    panel.show_result(found, "my run")
    await looked_at(panel, tab)


async def test_only_the_tab_in_sight_is_computed(panel: ResultsPanel, found: BacktestResult) -> None:
    panel.show_result(found, "my run")
    await until(lambda: panel.overview.figures.records)
    assert panel.trades.rows.rowCount() == 0
    assert panel.costs.kinds.records == []
    assert panel.head.text().startswith("my run   BTCUSDT, ETHUSDT   1h   2025-01-01 to")


async def test_the_overview_shows_verdicts_tiles_curve_and_metrics(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.overview)
    assert [b.text() for b in panel.overview.strip.buttons] == ["✕ Look ahead", "✓ Few trades"]
    tiles = {t.title.text(): t.value.text() for t in panel.overview.tiles}
    assert tiles["Trades"] == f"{len(found.trades)}"
    assert panel.overview.plot.points == len(found.time)
    names = [f.name for f in panel.overview.figures.records]
    assert names[0] == "final_equity"
    assert set(found.metrics) <= set(names)


async def test_a_verdict_leads_to_its_details(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.overview)
    panel.overview.strip.buttons[0].click()
    assert panel.tabs.currentWidget() is panel.honesty
    await until(lambda: "shift(-1)" in panel.honesty.details.toPlainText())
    notes = [c for c in panel.honesty.table.records if c[1] == "note"]
    assert len(notes) == len(found.notes)


async def test_a_run_without_checks_says_so(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, replace(found, honesty=()), panel.overview)
    assert "was not checked" in panel.overview.strip.buttons[0].text()


async def test_a_click_on_a_figure_unrolls_it_to_its_rows(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.overview)
    tile = next(t for t in panel.overview.tiles if t.title.text() == "Profit factor")
    tile.click()
    await until(lambda: panel.explaining)
    assert panel.explaining.title.text() == "Profit factor"
    assert "sum of profits" in panel.explaining.formula.text()
    assert panel.explaining.table.records[-1][2] == f"{found.metrics['profit_factor']:,.2f}"
    panel.explaining.close()


async def test_every_metric_can_be_explained(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.overview)
    for figure in panel.overview.figures.records:
        title = "Net profit" if figure.name == "final_equity" else figure.title
        panel.explain(figure.name)
        await until(lambda title=title: panel.explaining and panel.explaining.title.text() == title)
        assert panel.explaining.table.records
    panel.explaining.close()


async def test_trades_are_filtered_and_sorted(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.trades)
    tab = panel.trades
    assert tab.rows.rowCount() == len(found.trades)
    tab.outcome.setCurrentText("winners")
    won = sum(t.pnl > 0 for t in found.trades)
    assert tab.rows.rowCount() == won
    assert f"{won} of {len(found.trades)} trades" in tab.total.text()
    tab.symbol.setCurrentText("ETHUSDT")
    assert {tab.rows.record(tab.rows.index(n, 0))[1].symbol for n in range(tab.rows.rowCount())} == {"ETHUSDT"}
    tab.symbol.setCurrentIndex(0)
    tab.outcome.setCurrentIndex(0)
    tab.view.sort_by(5, Qt.SortOrder.DescendingOrder)
    pnl = [tab.rows.record(tab.rows.index(n, 0))[1].pnl for n in range(tab.rows.rowCount())]
    assert pnl == sorted((t.pnl for t in found.trades), reverse=True)


async def test_a_click_on_a_trade_asks_the_chart_for_it(panel: ResultsPanel, desk: Desk, found: BacktestResult) -> None:
    await shown(panel, found, panel.trades)
    asked: list[tuple[object, str]] = []
    desk.show_trade.connect(lambda trade, series: asked.append((trade, str(series))))
    panel.trades.view.clicked.emit(panel.trades.rows.index(1, 0))
    assert asked == [(found.trades[1], f"{found.trades[1].symbol} 1h")]


async def test_a_trade_of_a_symbol_that_is_gone_is_one_sentence(
    panel: ResultsPanel, desk: Desk, engine: FakeEngine, found: BacktestResult
) -> None:
    await shown(panel, found, panel.trades)
    engine.list_instruments(("XRPUSDT",))
    said: list[str] = []
    desk.notice.connect(lambda _, text: said.append(text))
    panel.trades.view.activated_record.emit((1, found.trades[0]))
    assert "symbol" in said[0]


async def test_months_and_their_totals(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.months)
    assert panel.months.map._years == (2025,)
    cell = panel.months.map._cell(0, 0).center().toPoint()
    assert panel.months.map.tip_at(cell).startswith("Jan 2025: ")
    assert "not traded" in panel.months.map.tip_at(panel.months.map._cell(0, 11).center().toPoint())


async def test_the_histogram_counts_every_trade(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.distribution)
    assert panel.distribution.plot._counts.sum() == len(found.trades)
    panel.distribution.kind.setCurrentIndex(1)
    await until(lambda: not panel.distribution.plot._fraction)
    assert panel.distribution.plot._counts.sum() == len(found.trades)


@pytest.mark.parametrize("by", ["symbol", "side", "month", "hour", "weekday", "exit_reason"])
async def test_groups_hold_all_trades(panel: ResultsPanel, found: BacktestResult, by: str) -> None:
    panel.breakdown.by.setCurrentIndex(panel.breakdown.by.findData(by))
    await shown(panel, found, panel.breakdown)
    assert sum(g.trades for g in panel.breakdown.table.records) == len(found.trades)


async def test_the_rolling_sharpe_says_when_the_run_is_too_short(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.rolling)
    assert panel.rolling.plot.points > 20
    panel.rolling.days.setValue(365)
    await until(lambda: panel.rolling.plot.points == 0)
    assert "shorter than 365 days" in panel.rolling.plot.message


async def test_signals_say_why_there_was_no_trade(panel: ResultsPanel, desk: Desk, found: BacktestResult) -> None:
    await shown(panel, found, panel.signals)
    counts = {c[0]: c[1] for c in panel.signals.counts.records}
    assert counts["as many positions as allowed"] > 0
    assert sum(counts.values()) == len(found.outcomes)
    panel.signals.counts_view.select_record(lambda c: c[0] == "as many positions as allowed")
    assert panel.signals.rows.rowCount() == counts["as many positions as allowed"]
    asked: list[int] = []
    desk.show_time.connect(lambda _, time: asked.append(time))
    panel.signals.view.clicked.emit(panel.signals.rows.index(0, 0))
    assert asked[0] in found.outcomes.time


async def test_costs_by_kind_and_by_symbol(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.costs)
    kinds = {c.name: c.amount for c in panel.costs.kinds.records}
    assert kinds["fees"] == pytest.approx(sum(s.fees for s in panel.costs.symbols.records))
    assert [s.symbol for s in panel.costs.symbols.records] == ["BTCUSDT", "ETHUSDT"]


async def test_settings_and_passport(panel: ResultsPanel, found: BacktestResult) -> None:
    await shown(panel, found, panel.settings)
    settings = dict(panel.settings.settings.records)
    assert settings["Stop loss"] == "2 %"
    assert settings["   fast"] == "5"
    assert dict(panel.settings.passport.records)["Outcome"] == found.passport.outcome
    asked: list[bool] = []
    panel.reproduce_wanted.connect(lambda: asked.append(True))
    panel.settings.reproduce.click()
    assert asked == [True]


async def test_two_runs_side_by_side(panel: ResultsPanel, found: BacktestResult) -> None:
    other = replace(found, metrics={**found.metrics, "sharpe": 9.0})
    panel.show_comparison(compare([found, other], ["one", "two"]))
    assert panel.tabs.currentWidget() is panel.comparison
    tab = panel.comparison
    sharpe = next(m for m in tab.metrics.records if m.metric.name == "sharpe")
    assert [tab.metrics.columns[n].shown(sharpe) for n in (0, 2)] == ["Sharpe ratio", "9.00"]
    assert tab.metrics.columns[2].tone(sharpe) == "gain"
    assert len(tab.plot.curves["growth"]) == 2
    assert tab.correlation.records[0][1][1] == pytest.approx(1.0)


async def test_a_run_without_trades_says_what_to_do(panel: ResultsPanel, found: BacktestResult) -> None:
    empty = replace(found, trades=(), outcomes=type(found.outcomes)(), ambiguous_bars=0)
    for tab in panel.shown:
        await shown(panel, empty, tab)
    assert "made no trade" in panel.trades.view.empty_text


async def test_a_theme_reaches_every_tab(panel: ResultsPanel, found: BacktestResult) -> None:
    for tab in panel.shown:
        await shown(panel, found, tab)
    panel.set_theme(LIGHT)
    assert panel.overview.plot.surface.ground == LIGHT.panel
    assert panel.grab().toImage().pixelColor(5, 200).lightness() > 200


async def test_the_tab_in_front_is_kept(panel: ResultsPanel, desk: Desk, qtbot: QtBot) -> None:
    panel.tabs.setCurrentIndex(3)
    again = ResultsPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    assert again.tabs.currentIndex() == 3
    again.restore_state({"tab": 99, "trades": "wide"})
    assert again.tabs.currentIndex() == 3

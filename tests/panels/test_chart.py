"""The chart panel on an engine of known candles."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.errors import Rejected, UnknownName, Unreachable
from shared_modules.core.events import CandleClosed, CandleUpdated, HistoryChanged, InstrumentsChanged, SeriesState
from shared_modules.core.market import Candle, Category, Instrument, InstrumentStatus, Market, Series, Side
from shared_modules.core.paths import DataPaths
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.core.trading import ExitReason, Trade
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.chart import ChartPanel

MINUTE = 60_000
END = 1_700_000_040_000 // MINUTE * MINUTE
SYMBOLS = ("BTCUSDT", "ETHUSDT")


def market(symbol: str) -> Market:
    return Market("fake", Category.LINEAR, symbol)


def series(symbol: str = "BTCUSDT", timeframe: str = "1m") -> Series:
    return Series(market(symbol), TIMEFRAMES[timeframe])


def instrument(symbol: str) -> Instrument:
    d = Decimal
    return Instrument(
        market(symbol), symbol[:3], "USDT", "USDT", "LinearPerpetual", InstrumentStatus.TRADING,
        d("0.1"), d("0.001"), d("0.001"), d(100), d(50), d(5), d("0.1"), d(10**6), d(1), d(100), d("0.01"), 480, 0,
    )  # fmt: skip


def candle(time: int, close: float, confirmed: bool) -> Candle:
    return Candle(time, 100.0, max(100.0, close), min(100.0, close), close, 1.0, close, confirmed)


class FakeEngine:
    """10,000 past candles of every series, and whatever a test publishes."""

    def __init__(self, folder: Path) -> None:
        self.paths = DataPaths(folder)
        self.bus = EventBus()
        self.settings = Settings()
        self.instruments = tuple(instrument(s) for s in SYMBOLS)
        self.hybrid = SimpleNamespace(state=lambda _: SeriesState.LIVE, exchange_time=END + 15_000)
        self.alerts = SimpleNamespace(alerts=())
        self.store = SimpleNamespace(series=list)
        self.watched: list[Series] = []
        self.answers = True
        self.during_load = lambda: None
        self.shift = 0.0

    def instrument(self, symbol: str) -> Instrument | None:
        return next((i for i in self.instruments if i.symbol == symbol), None)

    def market(self, symbol: str) -> Market:
        if symbol not in SYMBOLS:
            raise UnknownName.of("symbol", symbol, SYMBOLS)
        return market(symbol)

    async def watch(self, wanted: Series, history: int = 0):
        await asyncio.sleep(0)
        self.watched.append(wanted)
        return lambda: self.watched.remove(wanted)

    async def bars(self, wanted: Series, start=None, end=None, limit=None) -> Bars:
        await asyncio.sleep(0)
        if not self.answers and limit is not None:
            raise Unreachable("the exchange does not answer")
        step = wanted.timeframe.ms
        last = END // step * step
        time = last - np.arange(10_000)[::-1] * step
        x = np.arange(10_000)
        close = 100 + 10 * np.sin(x / 50) + self.shift
        found = Bars.of(time, close - 0.5, close + 1, close - 1, close, 1 + x % 5).between(start, end)
        self.during_load()
        return found if limit is None else found.tail(limit)

    def unfinished(self, wanted: Series) -> Candle | None:
        step = wanted.timeframe.ms
        return candle(END // step * step + step, 101.0, False)


@pytest.fixture
async def engine(tmp_path) -> FakeEngine:
    return FakeEngine(tmp_path)


@pytest.fixture
async def desk(qtbot, engine) -> Desk:
    desk = Desk(engine)
    yield desk
    await desk.close()


@pytest.fixture
async def panel(qtbot, desk) -> Iterator[ChartPanel]:
    panel = ChartPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    await loaded(panel)
    yield panel
    panel.view.stop()


async def loaded(panel: ChartPanel) -> None:
    for _ in range(60):
        await asyncio.sleep(0)
    assert not panel._feed.loading


def last(panel: ChartPanel) -> Candle:
    return panel.view.data.candle(panel.view.data.last)


def trade(symbol: str = "BTCUSDT", back: int = 100) -> Trade:
    time = END - back * MINUTE
    return Trade(symbol, Side.BUY, 1.0, time, 100.0, time + 5 * MINUTE, 101.0, 0.1, 0.9, ExitReason.SIGNAL)


async def test_it_opens_the_first_collected_symbol_with_history_and_the_running_candle(panel, engine):
    assert panel.series == series("BTCUSDT")
    assert engine.watched == [series("BTCUSDT")]
    assert len(panel.view.data) == 1501
    assert not last(panel).confirmed
    assert panel.view.price_decimals == 1
    assert [o.label for o in panel.view.overlays] == ["SMA 20", "EMA 50", "RSI 14"]


async def test_it_waits_for_the_instruments_and_says_so(qtbot, engine, desk):
    known, engine.instruments = engine.instruments, ()
    panel = ChartPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.series is None
    assert "Waiting" in panel._state.text()
    engine.instruments = known
    engine.bus.publish(InstrumentsChanged("fake", known))
    await loaded(panel)
    assert panel.series == series("BTCUSDT")
    panel.view.stop()


async def test_live_candles_arrive_and_a_late_update_does_not_undo_a_close(panel, engine, desk):
    time = END + MINUTE
    engine.bus.publish(CandleUpdated(series(), candle(time, 105.0, False)))
    desk.bridge.flush()
    assert last(panel).close == 105.0
    engine.bus.publish(CandleUpdated(series(), candle(time, 106.0, False)))
    engine.bus.publish(CandleClosed(series(), candle(time, 107.0, True)))
    desk.bridge.flush()
    assert last(panel).close == 107.0
    assert last(panel).confirmed
    engine.bus.publish(CandleUpdated(series(), candle(time + MINUTE, 108.0, False)))
    desk.bridge.flush()
    assert last(panel).time == time + MINUTE


async def test_candles_of_other_series_are_not_drawn(panel, engine, desk):
    before = last(panel)
    engine.bus.publish(CandleUpdated(series("ETHUSDT"), candle(END + MINUTE, 1.0, False)))
    engine.bus.publish(CandleClosed(series(timeframe="5m"), candle(END + MINUTE, 1.0, True)))
    desk.bridge.flush()
    assert last(panel) == before


async def test_a_candle_that_closes_while_loading_is_not_lost(panel, engine):
    def close_one() -> None:
        engine.during_load = lambda: None
        engine.bus.publish(CandleClosed(series("ETHUSDT"), candle(END + MINUTE, 104.0, True)))

    engine.during_load = close_one
    panel.select_symbol("ETHUSDT")
    await loaded(panel)
    assert last(panel).time == END + MINUTE
    assert last(panel).close == 104.0
    assert last(panel).confirmed


async def test_another_symbol_lets_go_of_the_one_before(panel, engine, desk):
    desk.select_symbol("ETHUSDT")
    await loaded(panel)
    assert panel.series == series("ETHUSDT")
    assert engine.watched == [series("ETHUSDT")]
    assert panel.view.title == "ETHUSDT 1m"


async def test_another_timeframe_keeps_the_symbol(panel, engine):
    panel._timeframes.chosen.emit("5m")
    await loaded(panel)
    assert panel.series == series(timeframe="5m")
    assert engine.watched == [series(timeframe="5m")]


async def test_quick_changes_end_with_the_last_and_watch_only_it(panel, engine):
    panel.select_symbol("ETHUSDT")
    panel.select_timeframe("5m")
    panel.select_symbol("BTCUSDT")
    await loaded(panel)
    assert panel.series == series(timeframe="5m")
    assert engine.watched == [series(timeframe="5m")]


async def test_an_unknown_symbol_is_said_and_changes_nothing(panel):
    panel.select_symbol("BTCUSD")
    assert "did you mean 'BTCUSDT'" in panel._state.text()
    assert panel.series == series()


async def test_stored_candles_are_shown_when_the_exchange_does_not_answer(panel, engine):
    engine.answers = False
    panel.select_symbol("ETHUSDT")
    await loaded(panel)
    assert len(panel.view.data) > 1000
    assert "does not answer" in panel._state.text()


async def test_looking_back_fetches_older_candles(panel):
    panel.view.older_wanted.emit(int(panel.view.data.time_of(panel.view.data.first)))
    await loaded(panel)
    assert panel.view.data.first == -1500


async def test_older_candles_that_were_refused_are_asked_for_again_after_a_while(panel, engine, monkeypatch):
    answer = engine.bars

    async def refuse(*_, **__):
        raise Unreachable("the line is cut")

    monkeypatch.setattr(engine, "bars", refuse)
    panel.view.show_first()
    await until(lambda: "the line is cut" in panel._state.text())
    monkeypatch.setattr(engine, "bars", answer)
    panel._older._again.setInterval(1)
    panel._older._again.start()
    await until(lambda: panel.view.data.first == -1500)
    assert panel._state.text().startswith("Live")


async def test_a_long_hole_in_what_is_stored_does_not_end_the_way_back(panel, engine, monkeypatch):
    answer, hole = engine.bars, (END - 5000 * MINUTE, END - 1400 * MINUTE)

    async def holed(*given, **named):
        found = await answer(*given, **named)
        return found.between(None, hole[0]).merged(found.between(hole[1], None))

    monkeypatch.setattr(engine, "bars", holed)
    panel.select_symbol("ETHUSDT")
    await loaded(panel)
    for _ in range(2):
        before = panel.view.data.first
        panel.view.show_first()
        await until(lambda before=before: panel.view.data.first < before)
    assert panel.view.data.time_of(panel.view.data.first) < hole[0]
    assert len(panel.view.data.gaps(panel.view.data.first, panel.view.data.last)) == 1


async def test_older_candles_of_another_series_are_asked_for_though_the_first_question_is_under_way(panel, engine):
    panel.view.show_first()
    await until(lambda: panel._older._task is not None)
    panel.select_symbol("ETHUSDT")
    await loaded(panel)
    panel.view.show_first()
    await until(lambda: panel.view.data.first <= -1500)
    assert panel.series == series("ETHUSDT")


async def test_repaired_history_is_read_again(panel, engine, desk):
    engine.shift = 7.0
    engine.bus.publish(HistoryChanged(series()))
    desk.bridge.flush()
    await loaded(panel)
    assert panel.view.data.candle(0).close == pytest.approx(100 + 10 * np.sin(8500 / 50) + 7)


async def test_a_candle_that_closes_while_history_is_read_again_is_not_lost(panel, engine, desk):
    closing = candle(END + MINUTE, 102.5, True)

    def close_one() -> None:
        engine.during_load = lambda: None
        engine.bus.publish(CandleClosed(series(), closing))
        desk.bridge.flush()

    engine.unfinished = lambda _: None
    engine.during_load = close_one
    engine.bus.publish(HistoryChanged(series()))
    desk.bridge.flush()
    await loaded(panel)
    await until(lambda: not panel._feed.reading)
    assert last(panel) == closing


async def test_a_trade_is_brought_into_the_middle_even_from_before_what_is_loaded(panel, desk):
    shown = trade(back=4000)
    desk.show_trade.emit(shown, series())
    await loaded(panel)
    middle = panel.view.data.time_of((panel.view.span.x0 + panel.view.span.x1) / 2)
    assert abs(middle - shown.entry_time) <= 5 * MINUTE
    assert panel.view.panes.markers.chosen.entry_time == shown.entry_time


async def test_a_trade_in_another_series_changes_the_series(panel, desk):
    desk.show_trade.emit(trade("ETHUSDT"), series("ETHUSDT"))
    await loaded(panel)
    assert panel.series == series("ETHUSDT")
    assert panel.view.panes.markers.chosen is not None


async def test_a_result_marks_the_trades_of_the_symbol_shown(panel, desk):
    trades = (trade(), replace(trade(), entry_time=END), trade("ETHUSDT"))
    desk.result_ready.emit(SimpleNamespace(trades=trades))
    await until(lambda: len(panel.view.panes.markers) == 2)
    desk.select_symbol("ETHUSDT")
    await loaded(panel)
    assert len(panel.view.panes.markers) == 1


async def test_a_result_draws_the_lines_of_its_strategy_where_the_chart_shows_its_bars(panel, engine, desk):
    asked, bars = [], panel.view.data.bars()

    async def plotted(run, symbol):
        asked.append((run, symbol))
        lines = (SimpleNamespace(name="My average", values=bars.close * 1.01, of_prices=True),)
        answer = asyncio.Future()
        answer.set_result(SimpleNamespace(time=bars.time, lines=lines))
        return SimpleNamespace(result=lambda: answer)

    engine.backtests = SimpleNamespace(plotted=plotted)
    result = SimpleNamespace(trades=(trade(),), symbols=("BTCUSDT",), timeframe="1m")
    desk.shown_run = (result, "run 7")
    desk.result_ready.emit(result)
    await until(lambda: len(panel.view.panes.plots) == 1)
    assert asked == [("run 7", "BTCUSDT")]
    assert panel.view.panes.lines_of(panel.view.panes.price)[-1][0] == "My average"
    panel.select_timeframe("5m")
    await loaded(panel)
    assert panel.view.panes.plots == []
    panel.select_timeframe("1m")
    await loaded(panel)
    assert len(panel.view.panes.plots) == 1
    assert len(asked) == 1


async def test_its_state_survives_a_restart(panel, qtbot, desk):
    panel.select_symbol("ETHUSDT")
    panel.select_timeframe("15m")
    panel._indicators.add("bollinger", {"period": 30})
    panel._indicators.remove(0)
    state = panel.save_state()
    again = ChartPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(state | {"unknown": 1})
    await loaded(again)
    assert again.save_state() == state
    assert again.series == series("ETHUSDT", "15m")
    assert [o.indicator.name for o in again.view.overlays] == ["ema", "rsi", "bollinger"]
    again.view.stop()


async def test_a_damaged_state_is_ignored(panel):
    panel.restore_state({"symbol": 3, "timeframe": "7q", "overlays": [{"indicator": "none"}, 5]})
    assert panel.series == series()
    assert panel.view.overlays == []


async def test_painted_candles_are_counted(panel, qtbot):
    with qtbot.waitSignal(panel.first_painted, raising=False, timeout=1000):
        panel.grab()
    assert panel.candles_drawn > 40


async def test_the_state_line_counts_down_to_the_close(panel):
    panel._write_state()
    assert panel._state.text() == "Live · closes in 1:45"


async def test_the_indicator_menu_lists_what_is_shown(panel):
    panel._indicators._fill()
    texts = [a.text() for a in panel._indicators.menu().actions()]
    assert "Simple moving average 20" in texts
    assert "Add an indicator…" in texts


async def test_a_price_that_is_old_is_grey_and_the_chart_says_for_how_long(panel, engine):
    await loaded(panel)
    engine.connections = SimpleNamespace(offline=(0, 14.0))
    engine.hybrid.state = lambda _: SeriesState.STALE
    panel._write_state()
    assert panel._state.text().startswith("Stale for 14 s")
    assert panel.view.marks.stale
    engine.hybrid.state = lambda _: SeriesState.LIVE
    panel._write_state()
    assert not panel.view.marks.stale


async def test_a_symbol_that_is_traded_no_more_shows_what_is_stored_of_it(panel, engine, qtbot):
    gone = Market(engine.settings.exchange.name, Category.LINEAR, "OLDUSDT")
    candles = await engine.bars(series(), limit=400)
    engine.store = SimpleNamespace(series=lambda: [Series(gone, TIMEFRAMES["1m"])], read=lambda s, limit: candles)

    async def refuse(wanted: Series, history: int = 0):
        raise Rejected("symbol invalid")

    engine.watch, engine.unfinished = refuse, lambda _: None
    qtbot.keyClick(panel.view, Qt.Key.Key_O)
    qtbot.keyClicks(panel._symbols.lineEdit(), "LDUSDT")
    qtbot.keyClick(panel._symbols.lineEdit(), Qt.Key.Key_Return)
    await until(lambda: panel.series is not None and panel.series.market == gone and len(panel.view.data))
    await loaded(panel)
    assert len(panel.view.data) == 400
    assert "OLDUSDT" in panel._state.text()
    assert "does not trade" in panel._state.text()
    engine.store.read = lambda s, limit: Bars.empty()
    panel.select_timeframe("5m")
    await until(lambda: "are stored" in panel.view.marks.message)

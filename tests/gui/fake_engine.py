"""An engine of known instruments, candles and jobs; its bus and settings are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.errors import UnknownName
from shared_modules.core.events import (
    ConnectionState,
    InstrumentsChanged,
    RunChanged,
    RunHistoryChanged,
    SeriesState,
    SettingsChanged,
    TickerUpdated,
)
from shared_modules.core.market import Candle, Category, Instrument, InstrumentStatus, Market, Series, Side, Ticker
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import ProgressReport
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import timeframe
from shared_modules.core.trading import ExitReason, Trade
from shared_modules.data_collection.store_health import StoreHealth
from shared_modules.monitoring import AlertBook, AlertWatch
from shared_modules.system_integration import (
    BacktestResult,
    EngineStatus,
    SeriesReport,
    StreamHealth,
)
from shared_modules.system_integration.backtesting import RunRecord, run_title
from shared_modules.system_integration.backtests import RunState
from shared_modules.system_integration.choice import Choice
from shared_modules.system_integration.strategy_watch import StrategyWatch

from .fake_rooms import (
    START,
    FakeCollector,
    FakeConnections,
    FakeData,
    FakeDrills,
    FakeFeeds,
    FakeJob,
    FakeLog,
    FakeRecorder,
)

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
D = Decimal


def market(symbol: str) -> Market:
    return Market("fake", Category.LINEAR, symbol)


def instrument(symbol: str) -> Instrument:
    return Instrument(
        market(symbol), symbol[:3], "USDT", "USDT", "LinearPerpetual", InstrumentStatus.TRADING,
        D("0.1"), D("0.001"), D("0.001"), D(100), D(50), D(5), D("0.1"), D(10**6), D(1), D(100), D("0.01"), 480, 0,
    )  # fmt: skip


def ticker(symbol: str, last: float, change: float = 0.01) -> Ticker:
    return Ticker(
        symbol, START, last, last - 0.1, 1.0, last + 0.1, 1.0, last, last, last, last, last, change, 10.0, 10.0 * last,
        5.0, 0.0001, START,
    )  # fmt: skip


def trade(n: int = 0) -> Trade:
    entry = START + n * 600_000
    return Trade(
        "BTCUSDT", Side.BUY, 0.5, entry, 100.0, entry + 300_000, 101.0 - 2 * n, 0.1, 0.4 - n, ExitReason.SIGNAL
    )


class FakeRun:
    """A queued backtest that a test moves on."""

    def __init__(self, backtests: FakeBacktests, request: Any, title: str) -> None:
        self._backtests = backtests
        self.id = f"run{len(backtests.runs)}"
        self.title = title or run_title(request.strategy, [s.symbol for s in request.sources])
        self.request = request
        self.created = START + len(backtests.runs) * 1000
        self.ended: int | None = None
        self.state = RunState.RUNNING
        self.report: ProgressReport | None = None
        self.error = ""
        self.result: Any = None
        self._final = asyncio.Event()

    async def done(self) -> RunState:
        await self._final.wait()
        return self.state

    def tell(self, share: float) -> None:
        self.report = ProgressReport(share, "", 1.0, 3.0)
        self.become(self.state)

    def become(self, state: RunState) -> None:
        self.state = state
        if state.final:
            self._final.set()
            self._backtests.write(self)
        self._backtests.bus.publish(RunChanged(self.id))

    def finish(self, value: Any) -> None:
        self.result = value
        self.become(RunState.DONE)

    def fail(self, sentence: str) -> None:
        self.error = sentence
        self.become(RunState.FAILED)


class FakeBacktests:
    """The queue and a history in memory; exporting and reproducing are jobs that a test ends."""

    def __init__(self, bus: EventBus) -> None:
        self.bus = bus
        self.runs: tuple[FakeRun, ...] = ()
        self.records: dict[str, RunRecord] = {}
        self.results: dict[str, Any] = {}
        self.jobs_made: list[FakeJob] = []
        self.asked: list[tuple[Any, ...]] = []

    def start(self, request: Any, title: str = "", checks: bool = True) -> FakeRun:
        run = FakeRun(self, request, title)
        run.checks = checks
        self.runs = (*self.runs, run)
        self.bus.publish(RunChanged(run.id))
        return run

    def write(self, run: FakeRun) -> None:
        summary = {} if run.result is None else {
            "symbols": list(run.result.symbols), "timeframe": run.result.timeframe, "metrics": run.result.metrics,
        }  # fmt: skip
        self.results[run.id] = run.result
        self.records[run.id] = RunRecord(run.id, "backtest", run.title, "", run.state.value, run.error, run.created,
                                         run.created, summary, 1)  # fmt: skip
        self.bus.publish(RunHistoryChanged())

    def _run(self, run: str) -> FakeRun:
        return next(r for r in self.runs if r.id == run)

    def pause(self, run: str) -> None:
        self._run(run).become(RunState.PAUSED)

    def resume(self, run: str) -> None:
        self._run(run).become(RunState.RUNNING)

    def stop(self, run: str) -> None:
        self._run(run).become(RunState.STOPPED)

    def clear(self) -> None:
        self.asked.append(("clear",))

    async def history(self) -> tuple[RunRecord, ...]:
        return tuple(sorted(self.records.values(), key=lambda r: -r.created))

    async def load(self, run: str) -> Any:
        return self.results[run]

    async def rename(self, run: str, title: str) -> None:
        self.records[run] = replace(self.records[run], title=title)
        for found in self.runs:
            if found.id == run:
                found.title = title
        self.bus.publish(RunHistoryChanged())

    async def delete(self, *runs: str) -> None:
        for run in runs:
            del self.records[run]
        self.runs = tuple(r for r in self.runs if r.id not in runs)
        self.bus.publish(RunHistoryChanged())

    def _job(self, *asked: Any) -> FakeJob:
        self.asked.append(asked)
        self.jobs_made.append(FakeJob())
        return self.jobs_made[-1]

    def compare(self, runs: Sequence[str]) -> FakeJob:
        return self._job("compare", tuple(runs))

    def export(self, run: str, target: Path, kind: str = "") -> FakeJob:
        return self._job("export", run, target, kind)

    async def reproduce(self, run: str) -> FakeJob:
        return self._job("reproduce", run)


class FakeEngine:
    """What the window needs of the engine, without a network or a process."""

    mode = "DEMO"
    ready = True

    def __init__(self, folder: Path) -> None:
        self.paths = DataPaths(folder)
        self.bus = EventBus()
        self.strategy_watch = StrategyWatch(self.paths.strategies, self.bus, every=0.01)
        self.settings = Settings()
        self.log = FakeLog()
        self.drills = FakeDrills()
        self.recorder = FakeRecorder(self.bus, folder / "recordings")
        self.data: Any = FakeData()
        self.choice = Choice(self)
        self.store: Any = SimpleNamespace(health=lambda: StoreHealth(0, 0, 0.012, 0.034, 9, self.disk))
        self.disk = ""
        self.connections = FakeConnections()
        self.collector = FakeCollector(self.bus)
        self.hybrid = SimpleNamespace(state=lambda _: SeriesState.LIVE, exchange_time=START)
        self.feeds = FakeFeeds()
        self.alerts = AlertWatch(self, AlertBook(self.paths.alerts))
        self.told: list[str] = []
        self.tasks: list[Any] = []
        self.feed_state = ConnectionState.CONNECTED
        self.instruments: tuple[Instrument, ...] = ()
        self.tickers: dict[str, Ticker] = {}
        self.watched: tuple[str, ...] = ()
        self.backtests = FakeBacktests(self.bus)
        self.jobs_made: list[FakeJob] = []
        self.reports: list[SeriesReport] = []

    def list_instruments(self, symbols: Sequence[str] = SYMBOLS) -> None:
        self.instruments = tuple(instrument(s) for s in symbols)
        self.bus.publish(InstrumentsChanged("fake", self.instruments))

    def move(self, symbol: str, last: float, change: float = 0.01) -> None:
        self.tickers[symbol] = ticker(symbol, last, change)
        self.bus.publish(TickerUpdated(market(symbol), self.tickers[symbol]))

    async def change(self, path: str, value: Any) -> None:
        self.settings = self.settings.changed(path, value)
        self.bus.publish(SettingsChanged(path))

    def instrument(self, symbol: str) -> Instrument | None:
        return next((i for i in self.instruments if i.symbol == symbol), None)

    def market(self, symbol: str) -> Market:
        if self.instrument(symbol) is None:
            raise UnknownName.of("symbol", symbol, [i.symbol for i in self.instruments])
        return market(symbol)

    def ticker(self, symbol: str) -> Ticker | None:
        return self.tickers.get(symbol)

    def watch_tickers(self, symbols: Iterable[str]) -> Callable[[], None]:
        self.watched = tuple(symbols)
        return lambda: None

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars:
        n = limit or (300 if end is None else max(0, (end - START) // series.timeframe.ms + 1))
        time = START + np.arange(n, dtype=np.int64) * series.timeframe.ms
        close = 100 + np.sin(np.arange(n) / 9.0)
        return Bars.of(time, close, close + 1, close - 1, close).between(start, end)

    def unfinished(self, series: Series) -> Candle | None:
        return None

    async def watch(self, series: Series, history: int = 0) -> Callable[[], None]:
        return lambda: None

    async def start_collecting(self, symbols: Sequence[str], timeframes: Sequence[str]) -> None:
        self.collector.become(tuple(Series(self.market(s), timeframe(t)) for s in symbols for t in timeframes))

    async def stop_collecting(self) -> None:
        self.collector.become(())

    def notice(self, level: str, text: str) -> None:
        self.told.append(text)

    def spawn(self, work: Any) -> None:
        self.tasks.append(asyncio.ensure_future(work))

    def status(self) -> EngineStatus:
        feed = StreamHealth(self.feed_state, 3, 100, 44.0, 0.2, 0, (), START, 1.0)
        return EngineStatus(feed, ConnectionState.CONNECTED, 12.0, START, 1.0, 20.0, 300.0, 0, 0)

    async def verify_data(self) -> list[SeriesReport]:
        return self.reports


def result(request: Any, trades: int = 2) -> BacktestResult:
    """A result of ``request`` that any backtest could have."""
    n = 50
    equity = request.cash * (1 + np.linspace(0, 0.1, n))
    return BacktestResult(
        request=request, symbols=("BTCUSDT",), timeframe="5m", parameters=dict(request.parameters), bars=n,
        trades=tuple(trade(k) for k in range(trades)), time=START + np.arange(n, dtype=np.int64) * 300_000,
        equity=equity, metrics={"total_return": 0.1, "sharpe": float("nan"), "trades": trades},
        costs={"fees": 0.2}, final_equity=float(equity[-1]), seconds=0.01, ambiguous_bars=0, notes=(),
    )  # fmt: skip

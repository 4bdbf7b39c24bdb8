"""The engine: builds and owns every room, starts them in order, closes them in reverse.

async with Engine(EngineOptions(venue=VenueOptions())) as engine:
    bars = await engine.bars(Series(engine.market("BTCUSDT"), timeframe("1m")), limit=500)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import ExchangeError, UnknownName
from shared_modules.core.events import (
    ConnectionChanged,
    ConnectionState,
    InstrumentsChanged,
    Notice,
    SettingsChanged,
    TickerUpdated,
)
from shared_modules.core.log import LogSystem, operation
from shared_modules.core.market import Candle, Category, Instrument, Market, Series, Ticker
from shared_modules.core.paths import DataPaths, default_data_dir
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.base import Delivery, MarketData, MarketStream, TickerTopic, Topic
from shared_modules.monitoring import AlertBook, AlertWatch

from . import work
from .backtests import Backtests
from .choice import Choice
from .configuration import Configuration
from .connections import Connections
from .data_care import DataCare
from .drills import Drills
from .exchange_clock import RETRY, ExchangeClock
from .jobs import Job, Jobs
from .listing import Listing
from .market_feeds import MarketFeeds
from .recorder import FlightRecorder
from .rooms import built, imported
from .status import EngineStatus, ProcessMeter
from .strategy_watch import StrategyWatch
from .tasks import Tasks
from .venue_process import VenueProcess
from .vigil import Vigil

if TYPE_CHECKING:
    from shared_modules.backtester.request import BacktestRequest
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.data_collection.collector import Collector
    from shared_modules.data_collection.hybrid import HybridData
    from shared_modules.data_collection.integrity import SeriesReport
    from shared_modules.data_collection.store import CandleStore
    from shared_modules.exchanges.simulated import VenueOptions

_log = logging.getLogger(__name__)
SIMULATED = "simulated"


@dataclass(frozen=True)
class EngineOptions:
    """What one start of the engine is asked for.

    ``venue``: a simulated exchange to run and talk to; None talks to the exchange of the settings. ``session``:
    settings by dotted path that hold for this start only. ``data_dir``: None is the default place.
    """

    data_dir: Path | None = None
    venue: VenueOptions | None = None
    session: Mapping[str, Any] = field(default_factory=dict)
    console_log: bool = True


class Engine:
    """All rooms as one thing; its methods belong on the event loop's thread."""

    def __init__(self, options: EngineOptions, clock: Clock | None = None) -> None:
        self._options = options
        self._clock = clock or SystemClock()
        self.paths = DataPaths(options.data_dir or default_data_dir()).ready()
        self._configuration = Configuration(self.paths.settings, options.session)
        log = self.settings.log
        self.log = LogSystem(self.paths.logs, log.level, options.console_log, log.files, log.file_bytes)
        self.bus = EventBus()
        self.jobs = Jobs()
        self.strategy_watch = StrategyWatch(self.paths.strategies, self.bus, jobs=self.jobs)
        self.feeds = MarketFeeds(lambda: self.stream, self.bus)
        self.backtests = Backtests(self, self._clock)
        self.tasks = Tasks(self.jobs)
        self.alerts = AlertWatch(self, AlertBook(self.paths.alerts))
        self.connections = Connections(self.bus, self._clock)
        self.drills = Drills(lambda: self.settings.exchange.rest_url)
        self.data = DataCare(self)
        self.choice = Choice(self)
        self.recorder = FlightRecorder(self)
        self.vigil = Vigil(self.bus, self._clock, lambda why: self.stream.recycle(why), self._measure_clock)
        self._venue = None if options.venue is None else VenueProcess(options.venue)
        self._launched = False
        self._listing = Listing()
        self._rest = ConnectionState.OFF
        self._rest_detail = ""
        self._offset: float | None = None
        self._meter = ProcessMeter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closers: list[Callable[[], Any]] = []
        self._data: MarketData | None = None
        self._stream: MarketStream | None = None
        self._store: CandleStore | None = None
        self._hybrid: HybridData | None = None
        self._collector: Collector | None = None

    # -- life -----------------------------------------------------------------------------------------------------

    def launch(self) -> None:
        """Begin what can begin before there is a loop: the log and the simulated exchange's process."""
        if self._launched:
            return
        self._launched = True
        self.log.start()
        self._meter.start()
        if self._venue is not None:
            self._venue.launch()

    async def start(self) -> None:
        """Connect; the instruments, and what is to be collected, follow as soon as the exchange answers."""
        self.launch()
        for sentence in self._configuration.notices:
            self.notice("warning", sentence)
        self.strategy_watch.start()
        self._closers.append(lambda: asyncio.to_thread(self.strategy_watch.stop))
        await self._reach_venue()
        await self.backtests.open()
        await self.alerts.start()
        self._closers.append(self.alerts.close)
        await self._build()
        self.spawn(self._begin())

    async def close(self) -> None:
        """Stop collecting, write what waits, end every process; nothing is left behind."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.backtests.close()
        await self.tasks.close()
        await self.jobs.close()
        while self._closers:
            closer = self._closers.pop()
            try:
                result = closer()
                if asyncio.iscoroutine(result):
                    await result
            except (ExchangeError, OSError):
                _log.exception("something did not close well")
        if self._venue is not None:
            await self._venue.stop()
        if self._launched:
            self._launched = False
            await asyncio.to_thread(self._meter.stop)
            await asyncio.to_thread(self.log.stop)

    async def __aenter__(self) -> Engine:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _reach_venue(self) -> None:
        if self._venue is None:
            return
        found = await self._venue.addresses()
        self._configuration.override("exchange.name", SIMULATED)
        self._configuration.override("exchange.rest_url", found.rest)
        self._configuration.override("exchange.public_ws_url", found.public_ws)
        venue = self._options.venue
        if venue is not None and venue.replay and "collector.symbols" not in self._options.session:
            # who replays files wants to see them, not the symbols of another day
            self._configuration.override("collector.symbols", found.symbols)

    async def _build(self) -> None:
        # these rooms bring heavy libraries: imported in a thread, so that the window keeps moving
        rooms = await asyncio.to_thread(imported)
        settings = self.settings
        ban_file, taps = self.paths.root / "ban.json", self.recorder.taps
        if settings.recorder.at_launch:
            await self.recorder.start()
        self._closers.append(self.recorder.stop)
        self._data = data = rooms.market_data(settings.exchange, self._clock, ban_file=ban_file, tap=taps.answer)
        self._closers.append(data.close)
        stream = rooms.stream(settings.exchange, self._category, self._clock, connect=taps.connect)
        if settings.exchange.candles == "trades":
            stream = rooms.from_trades(stream, self._clock)
        self._stream = stream
        self._closers.append(stream.close)
        loop = asyncio.get_running_loop()

        def disk_trouble(notice: Notice) -> None:
            loop.call_soon_threadsafe(self.bus.publish, notice)

        self._store = store = rooms.store(
            self.paths, settings.data.retention, settings.data.flush_seconds, on_problem=disk_trouble
        )
        await asyncio.to_thread(store.start)
        self._closers.append(lambda: asyncio.to_thread(store.close))
        self._hybrid = hybrid = rooms.hybrid(data, stream, store, self.bus, self._clock, settings.data.memory_bars)
        self._collector = collector = rooms.collector(hybrid, store, self.bus, self._clock)
        stream.on_state(self._feed_state)
        stream.on_disconnect(self.bus.publish)
        self.connections.attach(stream, data)
        await hybrid.start()
        self._closers.append(hybrid.close)
        await stream.start()
        self.spawn(self.data.keep_checking())
        self.spawn(self.vigil.keep())
        self._closers.append(collector.stop)

    # -- what there is --------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._configuration.settings

    async def change(self, path: str, value: Any) -> None:
        """Set and save one setting; raises `ConfigurationError` with the allowed range, and then nothing changes."""
        self._configuration.change(path, value)
        if path == "data.retention" and self._store is not None:
            self._store.retention = self.settings.data.retention
        self.bus.publish(SettingsChanged(path))

    @property
    def mode(self) -> str:
        """'DEMO', 'REPLAY ×60' or 'LIVE DATA'."""
        venue = self._options.venue
        if venue is None:
            return "LIVE DATA"
        word = "REPLAY" if venue.replay else "DEMO"
        return word if venue.speed == 1 and not venue.replay else f"{word} ×{venue.speed:g}"

    @property
    def _virtual(self) -> bool:
        """Whether the market's time is not the clock's."""
        venue = self._options.venue
        return venue is not None and (venue.speed != 1 or bool(venue.replay))

    @property
    def _category(self) -> Category:
        return Category(self.settings.exchange.category)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(self._listing.instruments.values())

    def instrument(self, symbol: str) -> Instrument | None:
        return self._listing.instruments.get(symbol)

    def market(self, symbol: str) -> Market:
        """The market called ``symbol`` on the exchange in use; raises `UnknownName` with the nearest names."""
        if self._listing.instruments and symbol not in self._listing.instruments:
            raise UnknownName.of("symbol", symbol, self._listing.instruments)
        return Market(self.settings.exchange.name, self._category, symbol)

    def ticker(self, symbol: str) -> Ticker | None:
        return self._listing.tickers.get(symbol)

    def status(self) -> EngineStatus:
        """One look at everything; cheap enough for every second."""
        cpu, memory = self._meter.latest
        feed = None if self._stream is None else self._stream.health()
        return EngineStatus(
            feed=feed,
            rest=self._rest,
            clock_offset_ms=None if self._virtual else self._offset,
            exchange_time=None if feed is None else feed.exchange_time,
            speed=1.0 if self._options.venue is None else self._options.venue.speed,
            cpu_percent=cpu,
            memory_mb=memory,
            warnings=self.log.warnings,
            errors=self.log.errors,
        )

    # -- market data ----------------------------------------------------------------------------------------------

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars:
        """Finished candles of ``series``: from memory, then disk, then the exchange."""
        return await self.hybrid.bars(series, start, end, limit)

    def unfinished(self, series: Series) -> Candle | None:
        return self.hybrid.unfinished(series)

    async def watch(self, series: Series, history: int = 0) -> Callable[[], None]:
        """Keep ``series`` live, with its events on the bus, until the returned function is called."""
        return await self.hybrid.watch(series, history)

    def watch_tickers(self, symbols: Iterable[str]) -> Callable[[], None]:
        """Publish `TickerUpdated` for ``symbols`` until the returned function is called."""
        topics = [TickerTopic(self.market(symbol)) for symbol in symbols]
        return self.stream.subscribe(topics, self._ticker)

    def _ticker(self, topic: Topic, message: Delivery) -> None:
        if isinstance(topic, TickerTopic) and isinstance(message, Ticker):
            self._listing.tickers[topic.market.symbol] = message
            self.bus.publish(TickerUpdated(topic.market, message))

    @property
    def hybrid(self) -> HybridData:
        return built(self._hybrid)

    @property
    def collector(self) -> Collector:
        return built(self._collector)

    @property
    def store(self) -> CandleStore:
        return built(self._store)

    @property
    def stream(self) -> MarketStream:
        return built(self._stream)

    @property
    def market_data(self) -> MarketData:
        return built(self._data)

    @property
    def ready(self) -> bool:
        """Whether market data can be asked for."""
        return self._collector is not None

    # -- collecting -----------------------------------------------------------------------------------------------

    async def start_collecting(self, symbols: Sequence[str], timeframes: Sequence[str]) -> None:
        """Collect every symbol at every timeframe; what is collected already goes on untouched."""
        await self._collect([Series(self.market(s), timeframe(t)) for s in symbols for t in timeframes])

    async def _collect(self, series: Sequence[Series]) -> None:
        with operation("collect"):
            await self.collector.start(series, self.settings.collector.history)

    async def stop_collecting(self) -> None:
        await self.collector.stop()

    async def _collect_chosen(self) -> None:
        chosen = self.settings.collector
        known = [s for s in chosen.symbols if s in self._listing.instruments]
        for missing in sorted(set(chosen.symbols) - set(known)):
            self.notice(
                "warning", str(UnknownName.of("symbol", missing, self._listing.instruments)) + " It is not collected."
            )
        # a market without the usual symbols (a replay, another category) still shows something
        symbols = known or list(self._listing.instruments)[:3]
        try:
            await self._collect(self.choice.series(symbols, chosen.timeframes))
        except ExchangeError as error:
            self.notice("error", f"Collecting did not start: {error}")

    async def _load_instruments(self) -> bool:
        try:
            found = await self._listing.load(self.market_data, self._category)
        except ExchangeError as error:
            self._rest_is(ConnectionState.DOWN, str(error))
            return False
        self._rest_is(ConnectionState.CONNECTED)
        self.bus.publish(InstrumentsChanged(self.settings.exchange.name, found))
        return True

    async def instruments_loaded(self, patient: bool = True) -> None:
        """Return when the list of instruments is there; if not ``patient``, raise `Unreachable` at a first failure."""
        await self._listing.loaded(patient)

    async def _begin(self) -> None:
        """Load the instruments, patiently while the exchange does not answer, then collect if that is wished."""
        told = False
        while not await self._load_instruments():
            if not told:
                self.notice("error", f"{self._rest_detail}. The terminal keeps trying and shows what is stored.")
                told = True
            await self._clock.sleep(RETRY)
        if told:
            self.notice("info", "The exchange answers again.")
        latency, away = lambda: self.stream.health().latency_ms, lambda: self.connections.offline is not None
        self.spawn(ExchangeClock(self._clock, self._measure_clock, latency, away).keep())
        await self.alerts.follow()
        if self.settings.collector.start_at_launch:
            await self._collect_chosen()

    async def _measure_clock(self) -> float | None:
        try:
            self._offset = await self.market_data.clock_offset()
        except ExchangeError as error:
            if self._rest is not ConnectionState.DOWN:
                _log.warning("the exchange's clock could not be read: %s", error)
            self._rest_is(ConnectionState.DOWN, str(error))
            return None
        self.stream.clock_offset = None if self._virtual else self._offset
        self._rest_is(ConnectionState.CONNECTED)
        return self._offset

    def _rest_is(self, state: ConnectionState, detail: str = "") -> None:
        self._rest_detail = detail
        if state is not self._rest:
            self._rest = state
            self.bus.publish(ConnectionChanged("rest", state, detail))

    def _feed_state(self, state: ConnectionState, sentence: str) -> None:
        self.bus.publish(ConnectionChanged("public feed", state, sentence))

    # -- work -----------------------------------------------------------------------------------------------------

    def backtest(self, request: BacktestRequest) -> Job[BacktestResult]:
        """Run a backtest in a worker process."""
        symbols = ", ".join(source.symbol for source in request.sources[:3])
        folder = request.strategy_folder or str(self.paths.strategies)
        request = replace(request, strategy_folder=folder)
        return self.jobs.start(f"Backtest {request.strategy} on {symbols}", work.backtest, request)

    async def verify_data(self) -> list[SeriesReport]:
        """Check every stored series, in a worker process."""
        await asyncio.to_thread(self.store.flush)
        return await self.jobs.start("Verify data", work.verify, self.paths.root, None).result()

    def warm_up(self) -> Job[None] | None:
        """Have a worker ready, with the kernels compiled, before somebody waits for it; None where there is one."""
        return self.jobs.warm(work.warm_up)

    # -- notices --------------------------------------------------------------------------------------------------

    def notice(self, level: str, text: str) -> None:
        """Tell a person and the log."""
        _log.log({"info": logging.INFO, "warning": logging.WARNING}.get(level, logging.ERROR), "%s", text)
        self.bus.publish(Notice(level, text))

    def spawn(self, work: Any) -> None:
        """Run a coroutine that ends with the engine; what goes wrong in it is told."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # a task that is cancelled before its first step leaves its coroutine behind
        task.add_done_callback(lambda _: work.close())

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a failed task of the engine must be told, not lost
            _log.exception("a task of the engine failed")
            self.notice("error", f"Something went wrong inside: {error}. The log has the details.")

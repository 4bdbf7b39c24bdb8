"""A PC that slept, a clock that was set, an exchange out of reach: what is told and what is done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import ManualClock
from shared_modules.core.events import (
    ClockStepped,
    ConnectionChanged,
    ConnectionState,
    Disconnected,
    OfflineChanged,
    SeriesState,
    SeriesStateChanged,
)
from shared_modules.core.market import Series
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.simulated import VenueOptions
from shared_modules.system_integration import Engine, EngineOptions
from shared_modules.system_integration.vigil import Vigil
from tests.fakes import NOW


@dataclass
class Watched:
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    bus: EventBus = field(default_factory=EventBus)
    recycled: list[str] = field(default_factory=list)
    measured: int = 0
    told: list[object] = field(default_factory=list)

    async def measure(self) -> None:
        self.measured += 1

    def feed(self, state: ConnectionState, detail: str = "") -> None:
        self.bus.publish(ConnectionChanged("public feed", state, detail))


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    found = Watched()
    for kind in (ClockStepped, OfflineChanged):
        found.bus.subscribe(kind, found.told.append)
    vigil = Vigil(found.bus, found.clock, found.recycled.append, found.measure)
    task = asyncio.create_task(vigil.keep())
    await found.clock.advance(5)
    yield found
    task.cancel()


async def test_a_quiet_hour_is_told_nothing_about(watched: Watched) -> None:
    await watched.clock.advance(3600)
    assert (watched.told, watched.recycled, watched.measured) == ([], [], 0)


async def test_a_sleep_during_which_the_steady_clock_stood_opens_the_connections_anew(watched: Watched) -> None:
    watched.clock.step(92_000)
    await watched.clock.advance(1)
    assert watched.recycled == ["the computer slept for 92 s"]
    assert watched.measured == 1
    (event,) = watched.told
    assert isinstance(event, ClockStepped)
    assert (event.slept, round(event.seconds)) == (True, 92)


@pytest.mark.parametrize("ms", [-5_000, 5_000, -3_600_000])
async def test_a_clock_that_was_set_is_measured_again_and_costs_no_connection(watched: Watched, ms: int) -> None:
    watched.clock.step(ms)
    await watched.clock.advance(1)
    assert (watched.recycled, watched.measured) == ([], 1)
    (event,) = watched.told
    assert isinstance(event, ClockStepped)
    assert (event.slept, round(event.seconds * 1000)) == (False, ms)


async def test_offline_is_told_after_three_seconds_with_the_moment_it_began(watched: Watched) -> None:
    began = watched.clock.now()
    watched.feed(ConnectionState.RECONNECTING, "the connection broke")
    await watched.clock.advance(2)
    watched.feed(ConnectionState.DOWN, "no answer")
    assert watched.told == []
    await watched.clock.advance(2)
    assert watched.told == [OfflineChanged(True, began, "no answer")]
    watched.feed(ConnectionState.CONNECTED)
    assert [event.offline for event in watched.told if isinstance(event, OfflineChanged)] == [True, False]


async def test_a_blink_of_the_connection_greys_nothing(watched: Watched) -> None:
    watched.feed(ConnectionState.RECONNECTING, "the connection broke")
    await watched.clock.advance(2)
    watched.feed(ConnectionState.CONNECTED)
    await watched.clock.advance(10)
    assert watched.told == []


async def test_a_recycled_feed_is_a_row_in_the_connection_log_and_its_series_go_stale_and_live_again(
    tmp_path: Path,
) -> None:
    session = {"collector.start_at_launch": False}
    async with Engine(EngineOptions(tmp_path, VenueOptions(symbols=2, speed=30), session, False)) as engine:
        await engine.instruments_loaded()
        series = Series(engine.market("BTCUSDT"), timeframe("1m"))
        undo = await engine.watch(series, 5)
        rows: list[Disconnected] = []
        states: list[SeriesState] = []
        live, back = asyncio.Event(), asyncio.Event()

        def state(event: SeriesStateChanged) -> None:
            states.append(event.state)
            if event.state is SeriesState.LIVE and SeriesState.STALE in states:
                live.set()

        def outage(event: Disconnected) -> None:
            rows.append(event)
            back.set()

        engine.bus.subscribe(Disconnected, outage)
        engine.bus.subscribe(SeriesStateChanged, state)
        connected = asyncio.Event()
        engine.stream.on_state(lambda s, _: connected.set() if s is ConnectionState.CONNECTED else None)
        if engine.stream.health().state is not ConnectionState.CONNECTED:
            await connected.wait()
        engine.stream.recycle("the computer slept for 92 s")
        # the first candle may come before the exchange has said that all topics stand again
        await live.wait()
        await back.wait()
        assert [row.reason for row in rows] == ["the computer slept for 92 s"]
        assert states[0] is SeriesState.STALE
        assert states[-1] is SeriesState.LIVE
        undo()


async def test_candles_built_from_trades_are_those_of_the_exchange(tmp_path: Path) -> None:
    session = {"collector.start_at_launch": False, "exchange.candles": "trades"}
    async with Engine(EngineOptions(tmp_path, VenueOptions(symbols=1, speed=60), session, False)) as engine:
        await engine.instruments_loaded()
        await engine.start_collecting(["BTCUSDT"], ["1m"])
        series = Series(engine.market("BTCUSDT"), timeframe("1m"))
        counter = engine.hybrid.counters
        while counter(series).closed < 4:  # noqa: ASYNC110 - closes are counted, not told one by one
            await asyncio.sleep(0.05)
        await engine.stop_collecting()
        stored = await asyncio.to_thread(engine.store.read, series)
        first = int(stored.time[-4])
        page = await engine.market_data.candles(series, first, int(stored.time[-1]) + 60_000)
        ours = stored.between(first, None)
        assert ours.time.tolist() == page.bars.between(None, int(stored.time[-1]) + 1).time.tolist()
        for name in ("open", "high", "low", "close"):
            assert getattr(ours, name).tolist() == getattr(page.bars, name)[: len(ours)].tolist()

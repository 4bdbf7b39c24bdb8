"""The past of many markets: complete, never asked twice, told honestly when it will be done."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable
from decimal import Decimal
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import Cancelled, Throttled, Unreachable
from shared_modules.core.events import GapKind
from shared_modules.core.market import (
    Category,
    FundingRate,
    Instrument,
    InstrumentStatus,
    Market,
    OpenInterest,
    Series,
)
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.data_collection.backfill import Backfill, BackfillReport, WantedExtra
from shared_modules.data_collection.extras import Extra, ExtraKind, Table, extra_path, read_extra, write_extra
from shared_modules.data_collection.history import Wanted
from shared_modules.data_collection.pace import Pace
from shared_modules.data_collection.provenance import ABSENT, Entry, record
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.base import CandleKind, CandlePage, Priority
from shared_modules.exchanges.throttle import Throttle
from tests.fakes import NOW, FakeMarketData, bars_at, series_of

T = TypeVar("T")
SERIES = series_of()
MINUTE = 60_000
HOUR = 60 * MINUTE


def order(minutes: int, symbol: str = "BTCUSDT", timeframe: str = "1m") -> Wanted:
    return Wanted(series_of(symbol, timeframe), NOW - minutes * MINUTE, NOW)


def expected(minutes: int, timeframe: str = "1m"):
    step = TIMEFRAMES[timeframe].ms
    return bars_at(range(NOW - minutes * MINUTE, NOW, step))


class Paced(FakeMarketData):
    """An exchange behind a limiter: a burst at first, then a steady rate; each answer takes its time."""

    def __init__(self, clock: ManualClock, rate: float, burst: float, latency: float, **options: int) -> None:
        super().__init__(**options)
        self._clock, self._latency = clock, latency
        self._throttle = Throttle(rate, burst, clock=clock)

    async def candles(
        self,
        series: Series,
        start: int,
        end: int,
        *,
        kind: CandleKind = CandleKind.TRADED,
        priority: Priority = Priority.HISTORY,
    ) -> CandlePage:
        async with self._throttle.turn(priority):
            await self._clock.sleep(self._latency)
        return await super().candles(series, start, end, kind=kind, priority=priority)


class Perpetual(FakeMarketData):
    """An exchange that also settles funding every eight hours and counts open interest every hour."""

    def __init__(self) -> None:
        super().__init__()
        self.extras_asked = 0

    async def funding_history(self, market: Market, start: int, end: int) -> list[FundingRate]:
        self.extras_asked += 1
        return [FundingRate(t, t % 97 / 1e6) for t in range(-(-start // (8 * HOUR)) * 8 * HOUR, end, 8 * HOUR)]

    async def open_interest(self, market: Market, start: int, end: int, interval: Timeframe) -> list[OpenInterest]:
        self.extras_asked += 1
        step = interval.ms
        return [OpenInterest(t, float(t % 1009)) for t in range(-(-start // step) * step, min(end, self.now), step)]


@pytest.fixture
def store(paths):
    store = CandleStore(paths, 50, flush_seconds=0.01)
    store.start()
    yield store
    store.close()


async def timed(clock: ManualClock, work: Awaitable[T], step: float = 0.1) -> T:
    """The result of ``work`` with time passing as long as it needs."""
    task = asyncio.ensure_future(work)
    while not task.done():
        if clock._sleepers:
            await clock.advance(step)
        else:  # a thread is at work, in real time
            await asyncio.sleep(0.001)
    return task.result()


async def test_many_markets_and_timeframes_are_filled_and_nothing_is_asked_twice(store, paths):
    data = FakeMarketData(limit=10)
    orders = [order(300, symbol, frame) for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT") for frame in ("1m", "5m")]
    outcome = await Backfill(data, store, paths).run(orders)
    for one in orders:
        assert store.read(one.series).equals(expected(300, one.series.timeframe.name))
    assert outcome.candles == {one.series: 300 * MINUTE // one.series.timeframe.ms for one in orders}
    assert outcome.requests == 3 * (30 + 6)
    asked = len(data.asked)
    assert (await Backfill(data, store, paths).run(orders)).requests == 0
    assert len(data.asked) == asked


async def test_a_retention_does_not_take_back_what_was_fetched(store, paths):
    await Backfill(FakeMarketData(limit=100), store, paths).run([order(500)])
    assert store.read(SERIES).equals(expected(500))


async def test_what_was_fetched_is_kept_by_a_later_start_that_keeps_fewer(paths):
    first = CandleStore(paths, 50, flush_seconds=0.01)
    first.start()
    await Backfill(FakeMarketData(limit=100), first, paths).run([order(500), order(40, "ETHUSDT")])
    first.close()
    later = CandleStore(paths, 50, flush_seconds=0.01)
    later.start()
    later.append(SERIES, bars_at([NOW]))
    later.flush()
    assert len(later.read(SERIES)) == 501
    assert not later.keeps_own(series_of("ETHUSDT"))  # nothing of it would be cut
    later.close()


async def test_only_holes_are_asked_for(store, paths):
    store.append(SERIES, expected(200)[50:150], trim=False)
    data = FakeMarketData(limit=10)
    outcome = await Backfill(data, store, paths).run([order(200)])
    assert (outcome.candles[SERIES], outcome.requests) == (100, 10)
    assert store.read(SERIES).equals(expected(200))


async def test_a_hole_that_is_known_to_be_empty_is_not_asked_about(store, paths):
    whole = expected(100)
    store.append(SERIES, whole[:40].merged(whole[60:]), trim=False)
    span = (int(whole.time[40]), int(whole.time[60]))
    record(paths, SERIES, Entry(ABSENT, "", NOW, "fake", (span,), reason=GapKind.EXCHANGE.value))
    assert (await Backfill(FakeMarketData(limit=10), store, paths).run([order(100)])).requests == 0


async def test_the_time_before_a_market_began_costs_two_requests(store, paths):
    day = 24 * HOUR
    launch = NOW - 60 * day
    data, series = FakeMarketData(limit=1000, launch=launch), series_of(timeframe="15m")
    outcome = await Backfill(data, store, paths).run([Wanted(series, NOW - 900 * day, NOW)])
    assert store.read(series).equals(bars_at(range(launch, NOW, 15 * MINUTE)))
    assert len(data.asked) == outcome.requests + 2
    assert outcome.requests == 6


class Listed(FakeMarketData):
    """An exchange that tells since when a market trades."""

    async def instruments(self, category: Category) -> list[Instrument]:
        one = Decimal(1)
        numbers = [one] * 11
        return [Instrument(SERIES.market, "BTC", "USDT", "USDT", "LinearPerpetual", InstrumentStatus.TRADING, *numbers,
                           480, self.launch)]  # fmt: skip


async def test_a_listed_time_of_launch_saves_even_those(store, paths):
    launch = NOW - 2 * 24 * HOUR
    data = Listed(limit=100, launch=launch)
    outcome = await Backfill(data, store, paths).run([Wanted(SERIES, NOW - 900 * 24 * HOUR, NOW)])
    assert store.read(SERIES).equals(bars_at(range(launch, NOW, MINUTE)))
    assert len(data.asked) == outcome.requests < 60


async def test_a_refused_market_does_not_stop_the_others(store, paths):
    data = FakeMarketData(limit=10)
    data.unknown = {"GONEUSDT"}
    outcome = await Backfill(data, store, paths).run([order(50, "GONEUSDT"), order(50)])
    assert outcome.refused == {series_of("GONEUSDT").market: "no symbol 'GONEUSDT'"}
    assert store.read(SERIES).equals(expected(50))


async def test_silence_is_waited_for_and_at_last_told(store, paths):
    clock = ManualClock(NOW)
    data = FakeMarketData(limit=10)
    data.errors = [Unreachable("no answer"), Throttled("too often", 7.0), Unreachable("no answer")]
    await timed(clock, Backfill(data, store, paths, clock).run([order(100)]), 1.0)
    assert store.read(SERIES).equals(expected(100))
    assert clock.monotonic() >= 7
    data.errors = [Unreachable("no answer")] * 100
    with pytest.raises(Unreachable):
        await timed(clock, Backfill(data, store, paths, clock).run([order(200)]), 10.0)


async def test_what_came_before_a_cancel_is_stored_and_the_rest_comes_later(store, paths):
    clock, stop = ManualClock(NOW), Progress()
    data = Paced(clock, 20.0, 1.0, 0.1, limit=10)

    def report(found: BackfillReport) -> None:
        if found.done >= 15:
            stop.cancel()

    backfill = Backfill(data, store, paths, clock, beside=2)
    orders = [order(400), order(400, "ETHUSDT")]
    with pytest.raises(Cancelled):
        await timed(clock, backfill.run(orders, on_report=report, progress=stop), 0.1)
    store.flush()
    kept = sum(len(store.read(o.series)) for o in orders)
    assert 100 <= kept < 800
    rest = FakeMarketData(limit=10)
    assert (await Backfill(rest, store, paths).run(orders)).requests == (800 - kept) // 10
    assert all(store.read(o.series).equals(expected(400)) for o in orders)


KILLED = """
import asyncio, sys
from pathlib import Path
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.backfill import Backfill
from shared_modules.data_collection.history import Wanted
from shared_modules.data_collection.store import CandleStore
from tests.fakes import NOW, FakeMarketData, series_of
paths = DataPaths(Path(sys.argv[1]))
store = CandleStore(paths, None, flush_seconds=0.05)
store.start()
class Slow(FakeMarketData):
    async def candles(self, *a, **k):
        await asyncio.sleep(0.002)
        return await super().candles(*a, **k)
orders = [Wanted(series_of(s), NOW - 60_000 * 6000, NOW) for s in ("BTCUSDT", "ETHUSDT")]
def tell(report):
    if report.done > 260:
        print("far", flush=True)
asyncio.run(Backfill(Slow(limit=10), store, paths, beside=2).run(orders, on_report=tell))
"""


def test_killed_in_the_middle_it_goes_on_from_what_is_stored(paths):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(paths.root)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "far\n"
        process.kill()
        process.wait()
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    try:
        orders = [order(6000), order(6000, "ETHUSDT")]
        kept = [len(store.read(o.series)) for o in orders]
        data = FakeMarketData(limit=10)
        outcome = asyncio.run(Backfill(data, store, paths).run(orders))
        assert min(kept) >= 1000
        assert outcome.requests == sum(-(-(6000 - k) // 10) for k in kept)
        assert all(store.read(o.series).equals(expected(6000)) for o in orders)
    finally:
        store.close()


@pytest.mark.parametrize("burst", [10.0, 400.0])
async def test_after_the_first_minute_the_time_to_go_is_right_within_a_fifth(paths, burst):
    clock = ManualClock(NOW)
    data = Paced(clock, 20.0, burst, 0.15, limit=5)
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    told: list[tuple[float, float | None]] = []

    def report(found: BackfillReport) -> None:
        told.append((clock.monotonic(), found.eta))

    try:
        orders = [order(minutes, f"S{n}USDT", frame) for n in range(40)
                  for frame, minutes in (("1m", 400), ("5m", 600), ("15m", 900))]  # fmt: skip
        await timed(clock, Backfill(data, store, paths, clock).run(orders, on_report=report), 0.25)
    finally:
        store.close()
    end = told[-1][0]
    assert end > 150
    judged = [(at, eta) for at, eta in told if 60 <= at <= end - 10]
    assert len(judged) > 50
    assert all(eta is not None and abs(eta - (end - at)) <= 0.2 * (end - at) for at, eta in judged)


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0.1, 10)), min_size=5, max_size=50))
def test_a_pace_never_promises_less_than_nothing_and_ends_at_zero(steps):
    now, pace = 100.0, Pace(sum(n for n, _ in steps), 100.0)
    for pieces, seconds in steps:
        now += seconds
        pace.add(pieces, now)
        eta = pace.eta(now)
        assert eta is None or eta >= 0
        assert 0 < pace.share <= 1
    assert (pace.eta(now), pace.share) == (0.0, 1.0)


async def test_funding_open_interest_and_mark_candles_are_stored_and_only_the_rest_is_asked_for(store, paths):
    data, market = Perpetual(), SERIES.market
    start = NOW - 200 * 24 * HOUR
    hour = TIMEFRAMES["1h"]
    wanted = [WantedExtra(Extra(market, ExtraKind.FUNDING), start, NOW),
              WantedExtra(Extra(market, ExtraKind.OPEN_INTEREST, hour), start, NOW),
              WantedExtra(Extra(market, ExtraKind.MARK, hour), start, NOW)]  # fmt: skip
    await Backfill(data, store, paths).run([], wanted)
    funding, interest, mark = (read_extra(paths, one.extra) for one in wanted)
    assert (len(funding), set(np.diff(funding.time).tolist())) == (600, {8 * HOUR})
    assert (np.diff(interest.time) == HOUR).all()
    assert (len(interest), len(mark)) == (200 * 24, 200 * 24)
    first = bars_at([int(mark.time[0])])
    assert mark.values[0].tolist() == [first.open[0], first.high[0], first.low[0], first.close[0]]
    names = sorted(path.name for path in paths.market_dir(market).iterdir() if path.suffix == ".csv")
    assert names == ["funding.csv", "mark_1h.csv", "open_interest_1h.csv"]
    assert store.series() == []
    asked = data.extras_asked + len(data.asked)
    assert (await Backfill(data, store, paths).run([], wanted)).requests == 0
    data.now += 24 * HOUR
    later = [WantedExtra(one.extra, start, data.now) for one in wanted]
    assert (await Backfill(data, store, paths).run([], later)).requests == 3
    assert data.extras_asked + len(data.asked) == asked + 3
    assert len(read_extra(paths, wanted[2].extra)) == 201 * 24


def test_an_extra_file_survives_a_torn_line_and_keeps_its_order(tmp_path):
    paths, extra = DataPaths(tmp_path), Extra(SERIES.market, ExtraKind.FUNDING)

    def table(*hours: int) -> Table:
        return Table(np.array([NOW + h * HOUR for h in hours], np.int64), np.array([[h / 1e6] for h in hours]))

    assert write_extra(paths, extra, table(8, 16)) == 2
    with open(extra_path(paths, extra), "a") as file:
        file.write("17500")
    assert len(read_extra(paths, extra)) == 2
    assert write_extra(paths, extra, table(24)) == 3
    assert write_extra(paths, extra, table(0, 16)) == 4
    rates = ("0", "0.000008", "0.000016", "0.000024")
    rows = [f"{NOW + 8 * n * HOUR},{rate}" for n, rate in enumerate(rates)]
    assert extra_path(paths, extra).read_text().splitlines() == ["timestamp,funding_rate", *rows]

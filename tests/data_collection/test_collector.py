import asyncio

from shared_modules.core.bars import Bars
from shared_modules.core.events import CollectorChanged, ConnectionState, SeriesState
from shared_modules.data_collection.collector import Collector
from tests.data_collection.world import World
from tests.fakes import NOW, bars_at, candle_at, series_of

MINUTE = 60_000
ONE, TWO = series_of("BTCUSDT"), series_of("ETHUSDT")


def expected(first: int, last: int, step: int = MINUTE) -> Bars:
    return bars_at(range(first, last, step))


def collector(world: World) -> Collector:
    return Collector(world.hybrid, world.store, world.bus, world.clock)


async def test_history_and_what_closes_later_lie_on_disk_after_stop(world: World):
    c = collector(world)
    await c.start([ONE, TWO], 20)
    await c.ready()
    world.minute(ONE)
    world.stream.push(TWO, candle_at(NOW))
    await c.stop()
    for series in (ONE, TWO):
        assert world.store.read(series).equals(expected(NOW - 20 * MINUTE, NOW + MINUTE))
    assert not world.stream.topics
    assert not c.running


async def test_starting_and_stopping_again_changes_nothing(world: World):
    told: list[CollectorChanged] = []
    world.bus.subscribe(CollectorChanged, told.append)
    c = collector(world)
    await c.start([ONE], 5)
    await c.start([ONE], 5)
    await c.ready()
    await c.stop()
    await c.stop()
    assert told == [CollectorChanged(True, (ONE,)), CollectorChanged(False, ())]
    await c.start([ONE], 5)
    await c.ready()
    assert c.running
    await c.stop()


async def test_series_come_and_go_while_it_runs(world: World):
    c = collector(world)
    await c.start([ONE], 5)
    await c.ready()
    await c.add([TWO], 5)
    await c.ready()
    assert c.series == (ONE, TWO)
    await c.remove([ONE])
    world.minute(ONE)
    world.stream.push(TWO, candle_at(NOW))
    await c.stop()
    assert world.store.read(ONE).equals(expected(NOW - 5 * MINUTE, NOW))
    assert world.store.read(TWO).equals(expected(NOW - 5 * MINUTE, NOW + MINUTE))


async def test_the_status_tells_how_each_series_is_doing(world: World):
    c = collector(world)
    world.data.unknown = {"ETHUSDT"}
    await c.start([ONE, TWO], 20)
    await c.ready()
    world.minute(ONE)
    world.stream.exchange_time = NOW + MINUTE + 4000
    await asyncio.to_thread(world.store.flush)
    await world.clock.advance(30)
    good, bad = c.status()
    assert (good.series, good.state, good.rows, good.errors) == (ONE, SeriesState.LIVE, 21, 0)
    assert (good.first_time, good.last_time, good.last_candle_age) == (NOW - 20 * MINUTE, NOW, 4.0)
    # one candle after half a minute is not two a minute
    assert good.per_minute == 1.0
    assert (bad.state, bad.last_error, bad.rows) == (SeriesState.FAILED, "no symbol 'ETHUSDT'", 0)
    assert any("ETHUSDT" in text for _, text in c.activity())
    await c.stop()


async def test_the_first_time_is_that_of_the_first_candle_stored(world: World):
    world.store.append(ONE, expected(NOW - 40 * MINUTE, NOW - 30 * MINUTE))
    c = collector(world)
    await c.start([ONE], 5)
    await c.ready()
    await asyncio.to_thread(world.store.flush)
    assert (c.status()[0].rows, c.status()[0].first_time) == (40, NOW - 40 * MINUTE)
    world.store.retention = 25
    for _ in range(3):
        world.minute(ONE)
    await asyncio.to_thread(world.store.flush)
    assert (c.status()[0].rows, c.status()[0].first_time) == (25, int(world.store.read(ONE).time[0]))
    assert c.status()[0].first_time == NOW - 22 * MINUTE
    await c.stop()


async def test_a_drop_leaves_no_gap_on_disk(world: World):
    c = collector(world)
    await c.start([ONE], 5)
    await c.ready()
    world.minute(ONE)
    world.stream.change(ConnectionState.RECONNECTING)
    for _ in range(4):
        world.minute(ONE, silent=True)
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    world.minute(ONE)
    assert c.status()[0].gaps == 1
    await c.stop()
    assert world.store.read(ONE).equals(expected(NOW - 5 * MINUTE, NOW + 6 * MINUTE))
    assert any("missed candles fetched" in text for _, text in c.activity())


async def test_many_series_start_with_one_candle_request_each(world: World):
    c = collector(world)
    many = [series_of(f"S{i:03}USDT", timeframe) for i in range(100) for timeframe in ("1m", "5m", "15m")]
    await c.start(many, 50)
    await c.ready()
    assert len(world.data.asked) == len(many)
    assert all(status.state is SeriesState.LIVE and status.rows >= 0 for status in c.status())
    await c.stop()
    assert all(world.store.rows(series) == 50 for series in many)

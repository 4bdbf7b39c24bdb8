import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Rejected, Unreachable
from shared_modules.core.events import (
    CandleUpdated,
    ConnectionState,
    GapFilled,
    GapFound,
    GapKind,
    HistoryChanged,
    SeriesState,
)
from shared_modules.data_collection.hybrid import LEAST_HELD
from shared_modules.exchanges.base import CandleTopic, Priority
from tests.data_collection.world import World
from tests.fakes import NOW, bars_at, candle_at, series_of

SERIES = series_of()
MINUTE = 60_000


def expected(first: int, last: int) -> Bars:
    return bars_at(range(first, last, MINUTE))


async def test_history_and_live_join_without_a_seam(world: World):
    await world.hybrid.watch(SERIES, 100)
    assert world.hybrid.state(SERIES) is SeriesState.LIVE
    assert world.hybrid.unfinished(SERIES) == candle_at(NOW, False)
    for _ in range(5):
        world.minute(SERIES)
    bars = await world.hybrid.bars(SERIES, limit=50)
    assert bars.equals(expected(NOW - 45 * MINUTE, NOW + 5 * MINUTE))
    assert world.closes(SERIES) == [NOW + i * MINUTE for i in range(5)]
    assert world.told(CandleUpdated)[-1].candle.time == NOW + 5 * MINUTE
    assert not world.told(GapFound)


async def test_what_closes_while_history_loads_is_neither_lost_nor_twice(world: World):
    real = world.data.candles

    async def slow(series, start, end, **named):
        page = await real(series, start, end, **named)
        if not world.closes(SERIES) and world.data.now == NOW:
            world.minute(SERIES)
            world.minute(SERIES)
        return page

    world.data.candles = slow
    await world.hybrid.watch(SERIES, 10)
    await world.settle()
    assert world.closes(SERIES) == [NOW, NOW + MINUTE]
    assert (await world.hybrid.bars(SERIES, limit=12)).equals(expected(NOW - 10 * MINUTE, NOW + 2 * MINUTE))


async def test_only_what_the_store_lacks_and_the_last_ten_rows_are_fetched_at_start(world: World):
    world.store.append(SERIES, expected(NOW - 500 * MINUTE, NOW - 30 * MINUTE))
    await world.hybrid.watch(SERIES, 100)
    assert min(start for _, start, _, _ in world.data.asked) == NOW - 40 * MINUTE
    assert (await world.hybrid.bars(SERIES, limit=100)).equals(expected(NOW - 100 * MINUTE, NOW))


async def test_a_long_absence_leaves_no_hole_behind_what_is_stored(world: World):
    world.store.append(SERIES, expected(NOW - 5010 * MINUTE, NOW - 5000 * MINUTE))
    world.hybrid.keep(SERIES, world.store.append)
    await world.hybrid.watch(SERIES, 10)
    world.store.flush()
    assert world.store.read(SERIES).equals(expected(NOW - 5010 * MINUTE, NOW))


async def test_candles_missed_while_disconnected_are_fetched_and_closed_in_order(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.minute(SERIES)
    world.stream.change(ConnectionState.RECONNECTING)
    assert world.hybrid.state(SERIES) is SeriesState.STALE
    for _ in range(7):
        world.minute(SERIES, silent=True)
    asked = len(world.data.asked)
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    world.minute(SERIES)
    assert world.closes(SERIES) == [NOW + i * MINUTE for i in range(9)]
    assert world.hybrid.state(SERIES) is SeriesState.LIVE
    assert {priority for *_, priority in world.data.asked[asked:]} == {Priority.LIVE}
    found = world.told(GapFound)[0].gap
    assert (found.start, found.end, found.missing, found.kind) == (NOW + MINUTE, NOW + 8 * MINUTE, 7, GapKind.OURS)
    assert world.told(GapFilled)[0].candles == 7
    assert HistoryChanged(SERIES) in world.events
    assert world.hybrid.counters(SERIES).gaps == 1


async def test_a_reconnect_without_a_missed_close_is_no_gap(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.stream.change(ConnectionState.RECONNECTING)
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    world.minute(SERIES)
    assert world.closes(SERIES) == [NOW]
    assert not world.told(GapFound)
    assert world.hybrid.state(SERIES) is SeriesState.LIVE


async def test_a_candle_whose_correction_was_lost_with_the_line_is_had_as_it_is_now(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.hybrid.keep(SERIES, world.store.append)
    world.stream.push(SERIES, candle_at(NOW, share=0.5))
    world.data.now = NOW + MINUTE
    for _ in range(3):
        world.minute(SERIES)
    world.stream.change(ConnectionState.RECONNECTING)
    world.events.clear()
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    world.store.flush()
    assert world.events.count(HistoryChanged(SERIES)) == 1
    assert world.closes(SERIES) == []
    assert not world.told(GapFound)
    assert (await world.hybrid.bars(SERIES, limit=14)).equals(expected(NOW - 10 * MINUTE, NOW + 4 * MINUTE))
    assert world.store.read(SERIES).equals(expected(NOW, NOW + 4 * MINUTE))
    world.events.clear()
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    assert HistoryChanged(SERIES) not in world.events


async def test_a_correction_that_comes_while_the_exchange_is_asked_stays(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.minute(SERIES)
    real = world.data.candles

    async def overtaken(series, start, end, **named):
        page = await real(series, start, end, **named)
        world.stream.push(SERIES, candle_at(NOW, share=2.0))
        return page

    world.data.candles = overtaken
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    assert (await world.hybrid.bars(SERIES, limit=1)).candle(0) == candle_at(NOW, share=2.0)


async def test_an_answer_of_an_early_clock_does_not_make_a_hole_one_without_trades(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.minute(SERIES)
    world.data.now = NOW - 60 * MINUTE
    world.stream.push(SERIES, candle_at(NOW + 9 * MINUTE), candle_at(NOW + 10 * MINUTE, False, 0.1))
    await world.settle()
    await world.clock.advance(3)
    await world.settle()
    assert world.closes(SERIES) == [NOW]
    assert not world.told(GapFilled)
    assert "ends before" in world.hybrid.counters(SERIES).last_error
    world.data.now = NOW + 10 * MINUTE
    await world.clock.advance(3)
    await world.settle()
    assert world.closes(SERIES) == [NOW + i * MINUTE for i in range(10)]
    assert [e.gap.kind for e in world.told(GapFilled)] == [GapKind.OURS]


@pytest.mark.parametrize("ahead", [5, 60, 3000])
async def test_a_clock_that_leaps_alone_skips_no_candle_that_may_still_come(world: World, ahead: int):
    await world.hybrid.watch(SERIES, 10)
    world.data.missing = {NOW + i * MINUTE for i in range(1, ahead + 1)}
    world.data.now = world.stream.exchange_time = NOW + ahead * MINUTE
    await world.clock.advance(2)
    await world.settle()
    world.data.missing = set()
    world.data.now = world.stream.exchange_time = NOW
    for _ in range(4):
        world.minute(SERIES)
        await world.settle()
    assert world.closes(SERIES) == [NOW + i * MINUTE for i in range(4)]
    assert not world.told(GapFound)


async def test_a_candle_never_confirmed_is_fetched_before_its_close_is_told(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.stream.push(SERIES, candle_at(NOW, False, 0.5))
    world.data.now = NOW + MINUTE + 1000
    world.stream.push(SERIES, candle_at(NOW + MINUTE, False, 0.1))
    assert world.closes(SERIES) == []
    await world.settle()
    assert world.closes(SERIES) == [NOW]
    world.stream.push(SERIES, candle_at(NOW))
    assert world.closes(SERIES) == [NOW]
    assert not world.told(GapFound)


async def test_an_interval_without_trades_is_said_and_not_invented(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.data.missing = {NOW}
    world.data.now = NOW + 2 * MINUTE
    world.stream.push(SERIES, candle_at(NOW + MINUTE))
    await world.settle()
    await world.clock.advance(3)
    await world.settle()
    assert world.closes(SERIES) == [NOW + MINUTE]
    assert world.told(GapFilled)[0].gap.kind is GapKind.NO_TRADES
    assert world.hybrid.counters(SERIES).gaps == 0


async def test_a_different_confirmation_after_a_refetch_wins(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.minute(SERIES)
    kept: list[Bars] = []
    world.hybrid.keep(SERIES, lambda series, bars: kept.append(bars))
    world.events.clear()
    world.stream.push(SERIES, candle_at(NOW, share=2.0))
    assert (await world.hybrid.bars(SERIES, limit=1)).candle(0) == candle_at(NOW, share=2.0)
    assert world.events == [HistoryChanged(SERIES)]
    assert len(kept) == 1


async def test_a_series_that_falls_silent_is_asked_for_by_the_exchanges_clock(world: World):
    await world.hybrid.watch(SERIES, 10)
    for _ in range(3):
        world.minute(SERIES, silent=True)
    await world.clock.advance(5)
    await world.settle()
    assert world.closes(SERIES) == []  # nobody told that time has moved on
    world.stream.exchange_time = world.data.now
    await world.clock.advance(2)
    await world.settle()
    assert world.closes(SERIES) == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]


async def test_a_silent_series_without_trades_is_stale_until_the_next_message(world: World):
    await world.hybrid.watch(SERIES, 10)
    world.data.missing = {NOW + i * MINUTE for i in range(10)}
    world.data.now = world.stream.exchange_time = NOW + 6 * MINUTE
    await world.clock.advance(2)
    await world.settle()
    assert world.hybrid.state(SERIES) is SeriesState.STALE
    assert world.closes(SERIES) == []
    asked = len(world.data.asked)
    await world.clock.advance(30)
    await world.settle()
    assert len(world.data.asked) == asked
    world.data.missing = set()
    world.minute(SERIES)
    assert world.hybrid.state(SERIES) is SeriesState.LIVE
    await world.settle()
    assert world.closes(SERIES)[-1] == NOW + 6 * MINUTE


async def test_loading_goes_on_when_the_exchange_answers_again(world: World):
    world.data.errors = [Unreachable("no answer")]
    await world.hybrid.watch(SERIES, 10)
    assert world.hybrid.counters(SERIES).last_error == "no answer"
    world.minute(SERIES)
    await world.clock.advance(1.1)
    await world.until(lambda: world.hybrid.state(SERIES) is SeriesState.LIVE)
    assert (await world.hybrid.bars(SERIES, limit=11)).equals(expected(NOW - 10 * MINUTE, NOW + MINUTE))


async def test_an_unknown_symbol_is_refused_and_forgotten(world: World):
    nobody = series_of("NOBODY")
    world.data.unknown = {"NOBODY"}
    with pytest.raises(Rejected, match="NOBODY"):
        await world.hybrid.watch(nobody, 10)
    assert world.hybrid.watched == ()
    assert not world.stream.topics


async def test_a_series_is_watched_until_its_last_watcher_leaves(world: World):
    first = await world.hybrid.watch(SERIES)
    second = await world.hybrid.watch(SERIES, 300)
    assert len(await world.hybrid.bars(SERIES)) == 300
    first()
    first()
    assert world.stream.topics == {CandleTopic(SERIES)}
    second()
    assert not world.stream.topics
    assert world.hybrid.state(SERIES) is SeriesState.STOPPED


async def test_bars_come_from_store_and_exchange_when_nobody_watches(world: World):
    world.store.append(SERIES, expected(NOW - 50 * MINUTE, NOW - 20 * MINUTE))
    start = NOW - 80 * MINUTE
    assert (await world.hybrid.bars(SERIES, start, NOW)).equals(expected(start, NOW))
    assert (await world.hybrid.bars(SERIES, limit=30)).equals(expected(NOW - 30 * MINUTE, NOW))
    assert (await world.hybrid.bars(SERIES, end=NOW - 5 * MINUTE, limit=3)).equals(
        expected(NOW - 8 * MINUTE, NOW - 5 * MINUTE)
    )


async def test_what_the_exchange_has_not_is_asked_for_once(world: World):
    world.data.launch = NOW - 10 * MINUTE
    await world.hybrid.watch(SERIES, 10)
    for _ in range(3):
        assert len(await world.hybrid.bars(SERIES, limit=100)) == 10
    assert len(world.data.asked) <= 3


async def test_memory_stays_bounded(world: World):
    await world.hybrid.watch(SERIES, 990)
    for _ in range(1500):
        world.minute(SERIES)
    live = world.hybrid._live[SERIES]
    assert len(live.memory.bars()) <= 1100
    assert live.memory.last == NOW + 1499 * MINUTE


async def test_a_fast_market_loses_nothing(world: World):
    await world.hybrid.watch(SERIES, 10)
    for i in range(300):
        world.minute(SERIES, silent=i % 7 in (2, 3))
        if i % 20 == 0:
            await world.settle()
    world.minute(SERIES)
    await world.settle()
    closes = world.closes(SERIES)
    assert closes == sorted(set(closes))
    assert closes == [NOW + i * MINUTE for i in range(301)]


async def test_stored_rows_that_the_exchange_has_otherwise_are_corrected_at_start(world: World):
    right = expected(NOW - 50 * MINUTE, NOW)
    wrong = right.copy()
    wrong.close[-3] += 1.0
    world.store.append(SERIES, wrong)
    world.store.flush()
    undo = world.hybrid.keep(SERIES, world.store.append)
    await world.hybrid.watch(SERIES, 50)
    world.store.flush()
    assert world.store.read(SERIES).equals(right)
    assert world.hybrid.counters(SERIES).corrected == 1
    assert (await world.hybrid.bars(SERIES, limit=50)).equals(right)
    undo()


async def test_an_exchange_clock_far_ahead_does_not_close_the_running_candle(world: World):
    await world.hybrid.watch(SERIES, 20)
    world.minute(SERIES)
    opened = world.data.now
    world.data.now += 15 * MINUTE
    world.data.missing = {opened + i * MINUTE for i in range(1, 30)}  # no candle is there so early
    world.stream.change(ConnectionState.RECONNECTING)
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    assert opened not in world.closes(SERIES)
    world.data.now = opened + MINUTE
    world.data.missing = set()
    world.stream.push(SERIES, candle_at(opened))
    assert world.closes(SERIES)[-1] == opened


async def test_a_candle_of_which_the_stream_tells_nothing_any_more_is_closed_by_the_answer(world: World):
    await world.hybrid.watch(SERIES, 20)
    world.minute(SERIES)
    opened = world.data.now
    world.data.now += 2 * MINUTE
    world.data.missing = {opened + MINUTE, opened + 2 * MINUTE}
    await world.clock.advance(30)
    world.stream.change(ConnectionState.RECONNECTING)
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    assert opened in world.closes(SERIES)


async def test_a_candle_fetched_right_after_its_end_is_looked_at_again_when_it_is_settled(world: World):
    await world.hybrid.watch(SERIES, 20)
    world.minute(SERIES)
    opened = world.data.now
    real = world.data.candles

    async def wrong(series, start, end, **named):
        page = await real(series, start, end, **named)
        if world.data.now < opened + 150_000 and len(page.bars) and page.bars.time[-1] == opened:
            page.bars.close[-1] += 5.0
        return page

    world.data.candles = wrong
    world.data.now = opened + MINUTE
    world.stream.push(SERIES, candle_at(opened + MINUTE, False, 0.1))  # its close was never told
    await world.settle()
    assert world.closes(SERIES)[-1] == opened
    assert (await world.hybrid.bars(SERIES, limit=1)).close[0] == candle_at(opened).close + 5.0
    world.data.now = opened + 3 * MINUTE
    world.stream.push(SERIES, candle_at(opened + MINUTE), candle_at(opened + 2 * MINUTE))
    world.stream.exchange_time = world.data.now
    await world.clock.advance(3)
    await world.settle()
    assert (await world.hybrid.bars(SERIES, limit=3)).equals(expected(opened, opened + 3 * MINUTE))


async def test_an_answer_that_knows_a_close_a_moment_before_the_stream_is_no_gap(world: World):
    await world.hybrid.watch(SERIES, 20)
    world.minute(SERIES)
    opened = world.data.now
    world.data.now += MINUTE + 500  # over, and the stream has not said so yet
    world.stream.change(ConnectionState.CONNECTED)
    await world.settle()
    assert world.closes(SERIES)[-1] == opened
    assert not world.told(GapFound)
    assert world.hybrid.counters(SERIES).gaps == 0
    world.stream.push(SERIES, candle_at(opened), candle_at(opened + MINUTE, False, 0.1))
    assert world.closes(SERIES).count(opened) == 1


async def test_candles_not_to_be_had_are_counted_until_they_come(world: World):
    await world.hybrid.watch(SERIES, 20)
    world.data.errors = [Unreachable("no answer")] * 50
    for _ in range(3):
        world.minute(SERIES, silent=True)
    world.stream.push(SERIES, candle_at(world.data.now))
    await world.settle()
    assert world.hybrid.missing(SERIES) == 3
    world.data.errors.clear()
    world.data.now += MINUTE
    await world.clock.advance(2)
    await world.settle()
    assert world.hybrid.missing(SERIES) == 0


async def test_the_collectors_watch_holds_few_candles_and_a_charts_all_it_asked_for(world: World):
    collected = await world.hybrid.watch(SERIES, 500, hold=50)
    held = world.hybrid._live[SERIES].memory
    assert len(held) == LEAST_HELD
    shown = await world.hybrid.watch(SERIES, 300)
    assert len(held) == 300
    for _ in range(200):
        world.minute(SERIES)
    assert len(held) <= 330 + 48
    shown()
    assert len(held) == LEAST_HELD
    assert (await world.hybrid.bars(SERIES, limit=500)).equals(expected(world.data.now - 500 * MINUTE, world.data.now))
    collected()

import asyncio
import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Unreachable
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.history import HistoryFetcher, missing_spans, pages
from tests.fakes import NOW, FakeMarketData, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


def expected(first: int, last: int) -> Bars:
    return bars_at(range(first, last, MINUTE))


async def test_many_pages_join_into_one_series_without_the_running_candle():
    data = FakeMarketData(now=NOW + 30_000, limit=10)
    start = NOW - 137 * MINUTE
    assert (await HistoryFetcher(data, 3).fetch(SERIES, start, NOW + MINUTE)).equals(expected(start, NOW))
    assert data.most_at_once == 3
    assert all(SERIES.timeframe.count(a, b) <= 10 for _, a, b, _ in data.asked)


async def test_paging_ends_where_the_market_began():
    data = FakeMarketData(limit=10, launch=NOW - 25 * MINUTE)
    bars = await HistoryFetcher(data, 2).fetch(SERIES, NOW - 100_000 * MINUTE, NOW)
    assert bars.equals(expected(NOW - 25 * MINUTE, NOW))
    assert len(data.asked) < 10


async def test_a_long_outage_does_not_end_paging():
    data = FakeMarketData(limit=10)
    data.missing = set(range(NOW - 90 * MINUTE, NOW - 20 * MINUTE, MINUTE))
    bars = await HistoryFetcher(data, 2).fetch(SERIES, NOW - 100 * MINUTE, NOW)
    assert bars.equals(bars_at(t for t in range(NOW - 100 * MINUTE, NOW, MINUTE) if t not in data.missing))


async def test_latest_gives_the_newest_finished_candles_and_the_running_one():
    data = FakeMarketData(now=NOW + 20_000, limit=10)
    page = await HistoryFetcher(data).latest(SERIES, 25)
    assert page.bars.equals(expected(NOW - 25 * MINUTE, NOW))
    assert page.unfinished is not None
    assert page.unfinished.time == NOW


async def test_an_error_of_one_page_reaches_the_caller():
    data = FakeMarketData(limit=10)
    data.errors = [Unreachable("no answer")]
    with pytest.raises(Unreachable):
        await HistoryFetcher(data).fetch(SERIES, NOW - 50 * MINUTE, NOW)


async def test_a_question_for_the_time_that_fails_after_everybody_left_complains_of_nothing():
    class Silent(FakeMarketData):
        async def server_time(self) -> int:
            await asyncio.sleep(0)
            raise Unreachable("no answer")

    told: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    asker = asyncio.ensure_future(HistoryFetcher(Silent()).server_time())
    await asyncio.sleep(0)
    asker.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    del asker
    gc.collect()
    assert told == []


@given(
    st.sampled_from(["1m", "15m", "1w", "1M"]).map(TIMEFRAMES.__getitem__),
    st.integers(0, 400), st.integers(0, 59_999), st.integers(1, 50),
)  # fmt: skip
def test_pages_cover_a_span_once_and_hold_no_more_than_the_limit(timeframe, count, offset, limit):
    start = NOW - count * timeframe.ms + offset
    spans = pages(timeframe, start, NOW, limit)
    assert all(timeframe.count(a, b) <= limit for a, b in spans)
    assert [b for _, b in spans[1:]] == [a for a, _ in spans[:-1]]
    assert sum(timeframe.count(a, b) for a, b in spans) == timeframe.count(start, NOW)


@given(st.sets(st.integers(0, 60)))
def test_missing_spans_are_exactly_what_is_not_there(there):
    bars = bars_at(NOW + MINUTE * i for i in sorted(there))
    found = missing_spans(bars, SERIES.timeframe, NOW, NOW + 61 * MINUTE)
    times = [t for a, b in found for t in range(a, b, MINUTE)]
    assert times == [NOW + MINUTE * i for i in range(61) if i not in there]

import asyncio
from contextlib import asynccontextmanager

import pytest

from shared_modules.core.errors import Rejected
from shared_modules.core.events import ConnectionState
from shared_modules.core.market import Category, InstrumentStatus, Market, Series
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import HOUR, MINUTE, timeframe
from shared_modules.exchanges.base import BookTopic, CandleKind, CandleTopic, TickerTopic, TradeTopic
from shared_modules.exchanges.bybit import BybitMarketData, BybitStream
from shared_modules.exchanges.simulated import Venue, VenueOptions

LIBRARIES = ("picows", "websockets")
START = 1_790_000_000_000
ONE_MINUTE = timeframe("1m")


@asynccontextmanager
async def exchange(speed=1.0, symbols=4, library="picows"):
    """Settings, client and stream of a simulated exchange that runs at ``speed``."""
    venue = Venue(VenueOptions(seed=11, symbols=symbols, speed=speed, start=START))
    await venue.start()
    chosen = ExchangeSettings(rest_url=venue.rest_url, public_ws_url=venue.public_ws_url, socket_library=library)
    data, stream = BybitMarketData(chosen), BybitStream(chosen, Category.LINEAR)
    try:
        yield venue, data, stream
    finally:
        await stream.close()
        await data.close()
        await venue.close()


async def first_market(data):
    return (await data.instruments(Category.LINEAR))[0].market


async def test_every_question_has_an_answer():
    async with exchange() as (_, data, _):
        instruments = await data.instruments(Category.LINEAR)
        assert len(instruments) == 4
        assert all(i.status is InstrumentStatus.TRADING and i.tick_size > 0 for i in instruments)
        market = instruments[0].market
        now = await data.server_time()
        tickers = {t.symbol: t for t in await data.tickers(Category.LINEAR)}
        assert tickers.keys() == {i.symbol for i in instruments}
        assert tickers[market.symbol].bid < tickers[market.symbol].ask
        book = await data.order_book(market, 50)
        assert book.bids[0][0] < book.asks[0][0]
        trades = await data.recent_trades(market, 50)
        assert [t.time for t in trades] == sorted(t.time for t in trades)
        funding = await data.funding_history(market, now - 240 * HOUR, now)
        assert len(funding) > 10
        interest = await data.open_interest(market, now - 300 * HOUR, now, timeframe("1h"))
        assert len(interest) == pytest.approx(300, abs=2)


async def test_a_thousand_candles_come_in_one_page_without_a_hole():
    async with exchange() as (_, data, _):
        series = Series(await first_market(data), ONE_MINUTE)
        now = await data.server_time()
        page = await data.candles(series, now - 5000 * MINUTE, now + 1)
        assert len(page.bars) + (page.unfinished is not None) == 1000
        assert set(page.bars.time[1:] - page.bars.time[:-1]) == {MINUTE}
        assert page.unfinished.time == page.bars.time[-1] + MINUTE
        mark = await data.candles(series, now - 10 * MINUTE, now, kind=CandleKind.MARK)
        assert len(mark.bars) >= 9


async def test_an_unknown_symbol_is_refused_by_request_and_by_stream():
    async with exchange() as (_, data, stream):
        nowhere = Market("bybit", Category.LINEAR, "NOPEUSDT")
        with pytest.raises(Rejected):
            await data.candles(Series(nowhere, ONE_MINUTE), START - HOUR, START)
        market = await first_market(data)
        got = asyncio.Queue()
        stream.subscribe([TickerTopic(nowhere), TickerTopic(market)], lambda topic, found: got.put_nowait(found))
        await stream.start()
        assert (await got.get()).symbol == market.symbol
        assert stream.health().refused == ("tickers.NOPEUSDT",)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_streamed_candles_are_those_that_history_tells_later(library):
    async with exchange(speed=300, library=library) as (_, data, stream):
        series = Series(await first_market(data), ONE_MINUTE)
        confirmed, enough = {}, asyncio.Event()

        def take(_, candles):
            confirmed.update((c.time, c) for c in candles if c.confirmed)
            if len(confirmed) >= 6:
                enough.set()

        stream.subscribe([CandleTopic(series)], take)
        await stream.start()
        await enough.wait()
        times = sorted(confirmed)
        assert times == list(range(times[0], times[-1] + 1, MINUTE))
        # the last one settles within two seconds of exchange time
        while len((page := await data.candles(series, times[0], times[-1] + MINUTE)).bars) < len(times):
            pass
        told = [page.bars.candle(row) for row in range(len(page.bars))]
        assert told == [confirmed[t] for t in times]


@pytest.mark.parametrize("library", LIBRARIES)
async def test_all_kinds_of_topics_flow_and_the_book_is_never_crossed(library):
    async with exchange(speed=20, library=library) as (_, data, stream):
        market = await first_market(data)
        topics = [TickerTopic(market), TradeTopic(market), *(BookTopic(market, depth) for depth in (1, 50, 200))]
        counts, enough = dict.fromkeys(topics, 0), asyncio.Event()

        def take(topic, found):
            counts[topic] += 1
            if isinstance(topic, BookTopic):
                assert found.bids[0][0] < found.asks[0][0]
                assert len(found.bids) <= topic.depth
            if min(counts.values()) >= 3:
                enough.set()

        stream.subscribe(topics, take)
        await stream.start()
        await enough.wait()
        health = stream.health()
        assert (health.state, health.refused, stream.malformed_frames) == (ConnectionState.CONNECTED, (), 0)


async def test_the_stream_finds_an_exchange_that_was_restarted():
    async with exchange() as (venue, data, stream):
        market = await first_market(data)
        got, states = asyncio.Queue(), asyncio.Queue()
        stream.subscribe([TickerTopic(market)], lambda topic, found: got.put_nowait(found))
        stream.on_state(lambda state, detail: states.put_nowait(state))
        await stream.start()
        await got.get()
        port = int(venue.rest_url.rsplit(":", 1)[1])
        await venue.close()
        while (await states.get()) is not ConnectionState.RECONNECTING:
            pass
        again = Venue(VenueOptions(seed=11, symbols=4, start=START + HOUR, port=port))
        await again.start()
        try:
            while (await states.get()) is not ConnectionState.CONNECTED:
                pass
            while not got.empty():
                got.get_nowait()
            assert (await got.get()).time >= START + HOUR
        finally:
            await again.close()

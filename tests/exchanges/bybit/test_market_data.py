import math
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from shared_modules.core.errors import Rejected, Throttled, Unreachable
from shared_modules.core.market import Category, InstrumentStatus, Side
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.base import CandleKind
from shared_modules.exchanges.breaker import BreakerState
from shared_modules.exchanges.bybit import BybitMarketData

from .fakes import BTC, MINUTE, T0, FakeRest, HastyClock, envelope, series, settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def rest():
    async with FakeRest().serving() as fake:
        yield fake


@pytest.fixture
async def data(rest):
    client = BybitMarketData(settings(rest_url=rest.url), HastyClock())
    yield client
    await client.close()


def row(start, close="10", columns=7):
    return [str(start), "9", "11", "8.5", close, "2.5", "25"][:columns]


def listing(*rows, time=T0, **more):
    return envelope({"list": list(rows), **more}, time)


async def test_candles_come_oldest_first_without_the_unfinished_one(rest, data):
    now = T0 + 2 * MINUTE + 10_000
    rest.answers["kline"] = lambda q: listing(row(T0 + 2 * MINUTE, "12"), row(T0 + MINUTE), row(T0), time=now)
    page = await data.candles(series(), T0, T0 + 3 * MINUTE)
    assert page.bars.time.tolist() == [T0, T0 + MINUTE]
    assert (page.unfinished.time, page.unfinished.close, page.unfinished.confirmed) == (T0 + 2 * MINUTE, 12.0, False)
    assert page.server_time == now


async def test_the_end_of_a_span_is_exclusive_here_and_inclusive_there(rest, data):
    rest.answers["kline"] = lambda q: listing(row(T0), row(T0 - MINUTE), time=T0 + 60 * MINUTE)
    page = await data.candles(series(), T0, T0 + MINUTE)
    assert rest.asked("kline") == [
        {"category": "linear", "symbol": "BTCUSDT", "interval": "1", "start": str(T0), "end": str(T0 + MINUTE - 1),
         "limit": "1000"}
    ]  # fmt: skip
    assert page.bars.time.tolist() == [T0]


async def test_a_span_longer_than_a_page_asks_for_its_newest_candles(rest, data):
    rest.answers["kline"] = lambda q: listing(time=T0)
    await data.candles(series(name="5m"), 0, T0)
    asked = rest.asked("kline")[0]
    first, last = int(asked["start"]), int(asked["end"])
    assert timeframe("5m").count(first, last + 1) == 1000


@pytest.mark.parametrize(("after_close", "finished"), [(0, 0), (1_999, 0), (2_000, 1)])
async def test_a_candle_is_finished_two_seconds_after_its_end(rest, data, after_close, finished):
    rest.answers["kline"] = lambda q: listing(row(T0 + MINUTE), row(T0), time=T0 + MINUTE + after_close)
    page = await data.candles(series(), T0, T0 + 2 * MINUTE)
    assert len(page.bars) == finished
    assert page.unfinished.time == T0 + finished * MINUTE


async def test_mark_candles_have_no_volume_and_their_own_address(rest, data):
    rest.answers["mark-price-kline"] = lambda q: listing(row(T0, columns=5), time=T0 + 60 * MINUTE)
    page = await data.candles(series(), T0, T0 + MINUTE, kind=CandleKind.MARK)
    assert (page.bars.close[0], page.bars.volume[0], page.bars.turnover[0]) == (10.0, 0.0, 0.0)


async def test_an_empty_span_has_no_candles_and_still_a_time(rest, data):
    rest.answers["time"] = lambda q: envelope({"timeNano": str(T0 * 1_000_000)})
    page = await data.candles(series(), T0, T0)
    assert (len(page.bars), page.unfinished, page.server_time) == (0, None, T0)


INSTRUMENT = {
    "symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": "BTC", "quoteCoin": "USDT",
    "settleCoin": "USDT", "launchTime": "1585526400000", "deliveryTime": "0", "priceScale": "2",
    "fundingInterval": 480, "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
    "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
    "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": "0.001", "qtyStep": "0.001",
                      "maxMktOrderQty": "500.000", "minNotionalValue": "5"},
}  # fmt: skip


async def test_instruments_follow_the_cursor_to_the_end(rest, data):
    pages = {
        None: listing(INSTRUMENT, nextPageCursor="first%3D1"),
        "first=1": listing(INSTRUMENT | {"symbol": "ETHUSDT"}, nextPageCursor="second%3D2"),
        "second=2": listing(nextPageCursor="second%3D2"),
    }
    rest.answers["instruments-info"] = lambda q: pages[q.get("cursor")]
    found = await data.instruments(Category.LINEAR)
    assert [i.symbol for i in found] == ["BTCUSDT", "ETHUSDT"]
    btc = found[0]
    assert (btc.tick_size, btc.qty_step, btc.max_market_qty) == (Decimal("0.10"), Decimal("0.001"), Decimal(500))
    assert (btc.funding_interval_minutes, btc.status, btc.market.exchange) == (480, InstrumentStatus.TRADING, "bybit")


async def test_a_cursor_that_repeats_ends_the_list(rest, data):
    rest.answers["instruments-info"] = lambda q: listing(INSTRUMENT, nextPageCursor="same")
    assert len(await data.instruments(Category.LINEAR)) == 1
    assert len(rest.requests) == 2


async def test_an_instrument_with_missing_and_unknown_fields_is_borne(rest, data):
    rest.answers["instruments-info"] = lambda q: listing(
        {"symbol": "NEWUSDT", "status": "SomethingNew", "surprise": [1]}, {"status": "Trading"}
    )
    (found,) = await data.instruments(Category.LINEAR)
    assert (found.symbol, found.status) == ("NEWUSDT", InstrumentStatus.CLOSED)
    assert found.max_qty == Decimal("Infinity")


async def test_spot_rules_are_read_from_their_own_fields(rest, data):
    spot = {
        "symbol": "BTCUSDT", "status": "Trading", "baseCoin": "BTC", "quoteCoin": "USDT",
        "lotSizeFilter": {"basePrecision": "0.000001", "minOrderQty": "0.000011", "maxLimitOrderQty": "83",
                          "maxMarketOrderQty": "41.5", "minOrderAmt": "5"},
        "priceFilter": {"tickSize": "0.1"},
    }  # fmt: skip
    rest.answers["instruments-info"] = lambda q: listing(spot)
    (found,) = await data.instruments(Category.SPOT)
    assert (found.qty_step, found.max_market_qty, found.min_notional) == (Decimal("0.000001"), Decimal("41.5"), 5)


async def test_tickers_without_a_value_have_nan(rest, data):
    rest.answers["tickers"] = lambda q: listing({"symbol": "BTCUSDT", "lastPrice": "107089.20", "bid1Price": ""})
    (found,) = await data.tickers(Category.LINEAR)
    assert (found.symbol, found.last, found.time) == ("BTCUSDT", 107089.2, T0)
    assert math.isnan(found.bid)
    assert math.isnan(found.mark)


async def test_the_order_book_has_the_best_prices_first(rest, data):
    result = {"s": "BTCUSDT", "b": [["1", "5"], ["2", "6"]], "a": [["4", "7"], ["3", "8"]], "ts": T0, "u": 9}
    rest.answers["orderbook"] = lambda q: envelope(result)
    found = await data.order_book(BTC, 20)
    assert (found.bids[0], found.asks[0], found.update_id) == ((2.0, 6.0), (3.0, 8.0), 9)
    assert rest.asked("orderbook")[0]["limit"] == "20"


async def test_recent_trades_come_oldest_first(rest, data):
    def trade(i, time):
        return {"execId": f"t{i}", "price": "5", "size": "1", "side": "Sell", "time": str(time), "seq": str(i)}

    rest.answers["recent-trade"] = lambda q: listing(trade(3, T0 + 2), trade(2, T0), trade(1, T0))
    found = await data.recent_trades(BTC, limit=5000)
    assert [t.id for t in found] == ["t1", "t2", "t3"]
    assert found[0].side is Side.SELL
    assert rest.asked("recent-trade")[0]["limit"] == "1000"


async def test_funding_is_paged_backwards_by_end_time(rest, data):
    times = [T0 + i * 8 * 60 * MINUTE for i in range(7)]

    def page(query):
        inside = [t for t in times if int(query["startTime"]) <= t <= int(query["endTime"])]
        newest = sorted(inside, reverse=True)[:3]
        return listing(*({"fundingRate": "0.0001", "fundingRateTimestamp": str(t)} for t in newest))

    rest.answers["funding/history"] = page
    found = await data.funding_history(BTC, times[0], times[-1])
    assert [f.time for f in found] == times[:-1]
    assert found[0].rate == 0.0001


async def test_open_interest_follows_cursors_and_ends_on_an_empty_page(rest, data):
    times = [T0 + i * 60 * MINUTE for i in range(5)]
    pages = {None: (times[3:], "a"), "a": (times[1:3], "b"), "b": ([], "b")}

    def page(query):
        held, cursor = pages[query.get("cursor")]
        rows = [{"openInterest": "7.5", "timestamp": str(t)} for t in reversed(held)]
        return listing(*rows, nextPageCursor=cursor)

    rest.answers["open-interest"] = page
    found = await data.open_interest(BTC, times[0], times[-1] + 1, timeframe("1h"))
    assert [o.time for o in found] == times[1:]
    assert {q["intervalTime"] for q in rest.asked("open-interest")} == {"1h"}


async def test_the_clock_offset_is_that_of_the_exchange(rest, data):
    rest.answers["time"] = lambda q: envelope({"timeNano": str((HastyClock().now() + 90_000) * 1_000_000)})
    assert await data.clock_offset() == pytest.approx(90_000, abs=500)


@pytest.mark.parametrize("trouble", [
    envelope({}, code=10016, text="Server error."), web.HTTPBadGateway(), ConnectionError(), "not an object", [1, 2],
    {"retCode": 0, "retMsg": "OK"},
], ids=repr)  # fmt: skip
async def test_trouble_that_passes_is_not_noticed(rest, data, trouble):
    rest.answers["tickers"] = [
        web.Response(status=502, text="<html>") if isinstance(trouble, web.HTTPBadGateway) else trouble,
        listing({"symbol": "BTCUSDT", "lastPrice": "1"}),
    ]
    (found,) = await data.tickers(Category.LINEAR)
    assert found.last == 1.0


async def test_an_answer_that_is_no_json_names_the_address(rest, data):
    rest.answers["tickers"] = lambda q: web.Response(text="<html>welcome</html>")
    with pytest.raises(Unreachable, match=rf"{rest.url} answered with something that is not JSON; check the address"):
        await data.tickers(Category.LINEAR)
    assert len(rest.requests) == 4


async def test_a_refused_parameter_is_told_at_once_in_the_words_of_the_exchange(rest, data):
    rest.answers["kline"] = lambda q: envelope({}, code=10001, text="Symbol Invalid")
    with pytest.raises(Rejected, match=r"does not accept a parameter: Symbol Invalid \(code 10001\)"):
        await data.candles(series("NOPEUSDT"), T0, T0 + MINUTE)
    assert len(rest.requests) == 1


async def test_a_ban_stops_every_request_for_ten_minutes(rest, data):
    rest.answers["tickers"] = lambda q: web.Response(status=403, text="access too frequent")
    with pytest.raises(Throttled) as banned:
        await data.tickers(Category.LINEAR)
    assert banned.value.retry_after == 600
    with pytest.raises(Throttled, match="requests are possible again in 600 s"):
        await data.server_time()
    assert len(rest.requests) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Bapi-Limit-Reset-Timestamp": "1"}, {"X-Bapi-Limit-Reset-Timestamp": "x"}])
async def test_too_many_visits_are_asked_again(rest, data, headers):
    refused = web.json_response(envelope({}, code=10006, text="Too many visits!"), headers=headers)
    rest.answers["tickers"] = [refused, listing({"symbol": "A"})]
    assert [t.symbol for t in await data.tickers(Category.LINEAR)] == ["A"]


async def test_nobody_at_the_address_is_a_sentence():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = BybitMarketData(settings(rest_url=url), HastyClock())
    with pytest.raises(Unreachable, match=f"no answer from {url}: connection refused; check the address"):
        await client.server_time()
    await client.close()


async def test_what_is_no_address_is_refused_in_a_sentence():
    client = BybitMarketData(settings(rest_url="bybit"), HastyClock())
    with pytest.raises(Rejected, match="'bybit' cannot be used as an address"):
        await client.server_time()
    await client.close()


async def test_a_closed_client_refuses(rest, data):
    await data.close()
    with pytest.raises(Rejected, match="closed"):
        await data.server_time()
    await data.close()


def test_importing_the_room_does_not_load_what_only_a_request_needs():
    heavy = ("pybit", "requests", "picows", "websockets", "aiohttp")
    code = f"import sys, shared_modules.exchanges.bybit; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["7", "date"])
@pytest.mark.parametrize("status", [429, 503])
async def test_the_time_that_a_header_asks_for_is_waited(rest, status, text):
    clock = HastyClock()
    client = BybitMarketData(settings(rest_url=rest.url), clock)
    after = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True) if text == "date" else text
    refused = web.Response(status=status, text="<html>", headers={"Retry-After": after})
    rest.answers["tickers"] = [refused, listing({"symbol": "A"})]
    assert [t.symbol for t in await client.tickers(Category.LINEAR)] == ["A"]
    assert max(clock.slept) == pytest.approx(7.3, abs=0.8)
    await client.close()


@pytest.mark.parametrize(("after", "seconds"), [("99999", 600), ("-3", 1), ("soon", 1), ("", 1)])
async def test_a_header_that_asks_for_nonsense_is_not_obeyed(rest, data, after, seconds):
    rest.answers["tickers"] = lambda q: web.Response(status=429, headers={"Retry-After": after})
    with pytest.raises(Throttled) as refused:
        await data.tickers(Category.LINEAR)
    assert refused.value.retry_after == seconds


async def test_an_exchange_that_does_not_answer_is_left_alone_for_a_while(rest, data):
    rest.answers["tickers"] = lambda q: web.Response(status=502, text="<html>")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await data.tickers(Category.LINEAR)
    assert len(rest.requests) == 5
    assert data.breaker is BreakerState.OPEN


async def test_a_ban_is_kept_over_a_restart(rest, tmp_path):
    rest.answers["tickers"] = [web.Response(status=403, text="access too frequent")]
    for asked in (1, 1):
        client = BybitMarketData(settings(rest_url=rest.url), HastyClock(), ban_file=tmp_path / "ban.json")
        with pytest.raises(Throttled):
            await client.tickers(Category.LINEAR)
        await client.close()
        assert len(rest.requests) == asked

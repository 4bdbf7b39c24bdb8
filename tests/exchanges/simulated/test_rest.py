"""The REST face: envelopes, shapes, limits, refusals, paging."""

from __future__ import annotations

import itertools

import aiohttp
import pytest

from shared_modules.exchanges.simulated import Venue, VenueOptions

from .talk import START, rest

MINUTE = 60_000


@pytest.fixture
async def venue():
    async with Venue(VenueOptions(symbols=4, start=START, seed=3)) as found:
        yield found


async def test_every_reply_has_the_envelope_and_the_exchanges_time(venue):
    async with rest(venue) as ask:
        body = await ask.raw("time")
    assert set(body) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert (body["retCode"], body["retMsg"], body["retExtInfo"]) == (0, "OK", {})
    assert body["result"] == {
        "timeSecond": str(body["time"] // 1000),
        "timeNano": str(body["time"] * 1_000_000),
    }
    assert START <= body["time"] < START + MINUTE


async def test_candles_come_newest_first_with_the_unfinished_one_on_top(venue):
    async with rest(venue) as ask:
        result = await ask.get("kline", category="linear", symbol="BTCUSDT", interval="5", limit=10)
    assert (result["symbol"], result["category"]) == ("BTCUSDT", "linear")
    times = [int(row[0]) for row in result["list"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 10
    assert times[0] <= venue.now() < times[0] + 5 * MINUTE
    for row in result["list"]:
        assert len(row) == 7
        assert all(isinstance(x, str) for x in row)
        low, high = float(row[3]), float(row[2])
        assert low <= min(float(row[1]), float(row[4])) <= max(float(row[1]), float(row[4])) <= high
        assert low <= float(row[6]) / float(row[5]) * (1 + 1e-9)
        assert float(row[6]) / float(row[5]) * (1 - 1e-9) <= high


async def test_start_and_end_are_inclusive_and_start_is_floored(venue):
    end = START // (60 * MINUTE) * 60 * MINUTE - 60 * MINUTE
    async with rest(venue) as ask:
        rows = await ask.candles("BTCUSDT", "60", start=end - 120 * MINUTE, end=end)
        floored = await ask.candles("BTCUSDT", "60", start=end - 90 * MINUTE, end=end)
    assert [int(r[0]) for r in rows] == [end - 120 * MINUTE, end - 60 * MINUTE, end]
    assert [int(r[0]) for r in floored] == [end - 120 * MINUTE, end - 60 * MINUTE, end]


async def test_a_span_longer_than_the_limit_gives_its_newest_candles(venue):
    end = START - 5 * MINUTE
    async with rest(venue) as ask:
        rows = await ask.candles("BTCUSDT", "1", start=START - 500 * MINUTE, end=end, limit=3)
    assert [int(r[0]) for r in rows] == [end - 2 * MINUTE, end - MINUTE, end]


async def test_a_start_alone_counts_forwards(venue):
    async with rest(venue) as ask:
        rows = await ask.candles("BTCUSDT", "1", start=START - 500 * MINUTE, limit=3)
        from_launch = await ask.candles("BTCUSDT", "D", start=0, limit=2)
        info = await ask.get("instruments-info", category="linear", symbol="BTCUSDT")
    assert [int(r[0]) for r in rows] == [START - k * MINUTE for k in (500, 499, 498)]
    assert from_launch[0][0] == info["list"][0]["launchTime"]


async def test_pages_backwards_join_to_the_whole(venue):
    async with rest(venue) as ask:
        whole = await ask.candles("ETHUSDT", "15", start=START - 400 * 15 * MINUTE, end=START - MINUTE, limit=1000)
        joined, end = [], START - MINUTE
        while page := await ask.candles("ETHUSDT", "15", start=START - 400 * 15 * MINUTE, end=end, limit=70):
            joined = page + joined
            end = int(page[0][0]) - 1
            if len(page) < 70:
                break
    assert joined == whole
    assert len(whole) >= 399


@pytest.mark.parametrize("interval", ["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W", "M"])
async def test_every_interval_is_offered_and_has_an_open_where_the_last_closed(venue, interval):
    async with rest(venue) as ask:
        rows = await ask.candles("BTCUSDT", interval, limit=30)
    assert len(rows) == 30
    assert all(a[4] == b[1] for a, b in itertools.pairwise(rows))


async def test_mark_and_index_candles_stop_after_the_close(venue):
    async with rest(venue) as ask:
        for path in ("mark-price-kline", "index-price-kline", "premium-index-price-kline"):
            result = await ask.get(path, category="linear", symbol="BTCUSDT", interval="60", limit=5)
            assert [len(r) for r in result["list"]] == [5] * 5
            assert set(result) == {"symbol", "category", "list"}


async def test_long_mark_candles_span_their_short_ones(venue):
    async with rest(venue) as ask:
        hours = (await ask.get("mark-price-kline", symbol="BTCUSDT", interval="60", limit=60))["list"]
        days = (await ask.get("mark-price-kline", symbol="BTCUSDT", interval="D", limit=2))["list"]
    day = [h for h in hours if int(days[1][0]) <= int(h[0]) < int(days[0][0])]
    assert float(days[1][2]) == max(float(h[2]) for h in day)
    assert (days[1][1], days[1][4]) == (day[-1][1], day[0][4])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("kline", {"symbol": "NOPEUSDT", "interval": "1"}),
        ("kline", {"symbol": "btcusdt", "interval": "1"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "7"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "limit": "0"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "limit": "x"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "start": "-5"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "start": "9", "end": "1"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "category": "moon"}),
        ("kline", {"symbol": "BTCUSDT", "interval": "1", "category": "spot"}),
        ("tickers", {}),
        ("tickers", {"category": "linear", "symbol": "NOPE"}),
        ("orderbook", {"category": "linear"}),
        ("instruments-info", {"category": "linear", "cursor": "rubbish"}),
        ("instruments-info", {"category": "linear", "status": "Odd"}),
        ("open-interest", {"category": "linear", "symbol": "BTCUSDT", "intervalTime": "2h"}),
        ("funding/history", {"category": "linear", "symbol": "BTCUSDT", "startTime": "1"}),
    ],
)
async def test_a_bad_parameter_is_refused_with_10001_and_a_reason(venue, path, query):
    async with rest(venue) as ask:
        body = await ask.raw(path, **query)
    assert body["retCode"] == 10001
    assert body["retMsg"].startswith("params error")
    assert body["result"] == {}


async def test_an_unknown_path_is_404(venue):
    async with aiohttp.ClientSession() as session, session.get(f"{venue.rest_url}/v5/market/nope") as reply:
        assert reply.status == 404


async def test_too_high_a_limit_is_cut(venue):
    async with rest(venue) as ask:
        assert len(await ask.candles("BTCUSDT", "1", limit=5000)) == 1000
        assert len(await ask.candles("BTCUSDT", "1")) == 200


async def test_a_book_brackets_the_last_trade_and_gets_worse_with_depth(venue):
    async with rest(venue) as ask:
        book = await ask.get("orderbook", category="linear", symbol="ETHUSDT", limit=200)
        short = await ask.get("orderbook", category="linear", symbol="ETHUSDT")
        ticker = (await ask.get("tickers", category="linear", symbol="ETHUSDT"))["list"][0]
    assert set(book) == {"s", "b", "a", "ts", "u", "seq", "cts"}
    bids, asks = [float(p) for p, _ in book["b"]], [float(p) for p, _ in book["a"]]
    assert (len(bids), len(asks), len(short["b"])) == (200, 200, 25)
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert float(ticker["bid1Price"]) <= float(ticker["lastPrice"]) <= float(ticker["ask1Price"])
    assert all(float(s) > 0 for _, s in book["b"] + book["a"])


async def test_recent_trades_are_newest_first_and_of_one_piece(venue):
    async with rest(venue) as ask:
        trades = (await ask.get("recent-trade", category="linear", symbol="BTCUSDT", limit=1000))["list"]
    keys = {"execId", "symbol", "price", "size", "side", "time", "isBlockTrade", "isRPITrade", "seq"}
    assert all(set(t) == keys for t in trades)
    times = [int(t["time"]) for t in trades]
    assert times == sorted(times, reverse=True)
    assert times[0] <= venue.now()
    assert len({t["execId"] for t in trades}) == len(trades) == 1000


async def test_finished_minutes_are_the_sum_of_their_trades(venue):
    async with rest(venue) as ask:
        trades = (await ask.get("recent-trade", category="linear", symbol="BTCUSDT", limit=1000))["list"][::-1]
        rows = await ask.candles("BTCUSDT", "1", end=START - 1, limit=4)
    for time, opened, high, low, close, volume, turnover in rows:
        inside = [t for t in trades if int(time) <= int(t["time"]) < int(time) + MINUTE]
        prices = [float(t["price"]) for t in inside]
        assert (prices[0], max(prices), min(prices), prices[-1]) == tuple(map(float, (opened, high, low, close)))
        assert sum(float(t["size"]) for t in inside) == pytest.approx(float(volume), rel=1e-12)
        assert sum(float(t["size"]) * float(t["price"]) for t in inside) == pytest.approx(float(turnover), rel=1e-6)


async def test_funding_pages_by_end_time(venue):
    async with rest(venue) as ask:
        ask_for = {"category": "linear", "symbol": "BTCUSDT"}
        newest = (await ask.get("funding/history", **ask_for, limit=3))["list"]
        older = (
            await ask.get("funding/history", **ask_for, limit=3, endTime=int(newest[-1]["fundingRateTimestamp"]) - 1)
        )["list"]
    times = [int(r["fundingRateTimestamp"]) for r in newest + older]
    assert times == [times[0] - k * 480 * MINUTE for k in range(6)]
    assert all(abs(float(r["fundingRate"])) <= 0.005 for r in newest)


async def test_open_interest_pages_by_cursor(venue):
    async with rest(venue) as ask:
        query = {"category": "linear", "symbol": "BTCUSDT", "intervalTime": "1h", "limit": 4}
        first = await ask.get("open-interest", **query)
        second = await ask.get("open-interest", **query, cursor=first["nextPageCursor"])
    times = [int(r["timestamp"]) for r in first["list"] + second["list"]]
    assert times == [times[0] - k * 60 * MINUTE for k in range(8)]
    row = first["list"][0]
    assert float(row["singleOpenInterest"]) * 2 == pytest.approx(float(row["openInterest"]))


async def test_instruments_page_by_cursor_without_loss():
    async with Venue(VenueOptions(symbols=560, start=START)) as venue, rest(venue) as ask:
        seen, cursor, pages = [], "", 0
        while True:
            query = {"category": "linear", "limit": 97} | ({"cursor": cursor} if cursor else {})
            page = await ask.get("instruments-info", **query)
            seen += [row["symbol"] for row in page["list"]]
            cursor, pages = page["nextPageCursor"], pages + 1
            if not cursor:
                break
            assert "%3D" in cursor
        whole = (await ask.get("instruments-info", category="linear", limit=1000))["list"]
        default = (await ask.get("instruments-info", category="linear"))["list"]
        spot = await ask.get("instruments-info", category="spot")
        prelaunch = await ask.get("instruments-info", category="linear", status="PreLaunch")
    assert seen == [row["symbol"] for row in whole]
    assert len(set(seen)) == len(seen) > 500
    assert len(default) == 500
    assert (spot["list"], prelaunch["list"]) == ([], [])
    assert pages == -(-len(seen) // 97)


async def test_contracts_have_plausible_rules():
    async with Venue(VenueOptions(symbols=560, start=START)) as venue, rest(venue) as ask:
        told = (await ask.get("instruments-info", category="linear", limit=1000))["list"]
        tickers = {t["symbol"]: t for t in (await ask.get("tickers", category="linear"))["list"]}
    for row in told:
        price = float(tickers[row["symbol"]]["lastPrice"])
        tick, step = float(row["priceFilter"]["tickSize"]), float(row["lotSizeFilter"]["qtyStep"])
        assert tick <= price * 0.02
        assert tick <= price <= float(row["priceFilter"]["maxPrice"])
        assert step * price < 2_000
        assert isinstance(row["fundingInterval"], int)
        assert int(row["launchTime"]) <= START


async def test_nothing_is_told_of_a_symbol_before_its_launch():
    async with Venue(VenueOptions(symbols=60, start=1_590_000_000_000)) as venue, rest(venue) as ask:
        listed = {r["symbol"] for r in (await ask.get("instruments-info", category="linear"))["list"]}
        missing = next(s for s in venue.symbols if s not in listed)
        body = await ask.raw("kline", category="linear", symbol=missing, interval="1")
    assert "BTCUSDT" in listed
    assert body["retCode"] == 10001


async def test_risk_tiers_deduct_what_makes_them_join(venue):
    async with rest(venue) as ask:
        tiers = (await ask.get("risk-limit", category="linear", symbol="BTCUSDT"))["list"]
    for lower, upper in itertools.pairwise(tiers):
        rates = float(upper["maintenanceMargin"]) - float(lower["maintenanceMargin"])
        expected = float(lower["mmDeduction"] or 0) + float(lower["riskLimitValue"]) * rates
        assert float(upper["mmDeduction"]) == pytest.approx(expected)
        assert float(upper["initialMargin"]) * float(upper["maxLeverage"]) == pytest.approx(1)

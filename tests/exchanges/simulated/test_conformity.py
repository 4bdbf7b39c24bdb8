"""Clients made for the real exchange work unchanged but for the address."""

from __future__ import annotations

import asyncio

import ccxt
import ccxt.async_support
import pytest
from pybit.unified_trading import HTTP

from shared_modules.exchanges.simulated import Venue, VenueOptions


@pytest.fixture
async def venue():
    async with Venue(VenueOptions(symbols=12)) as found:
        yield found


async def test_pybit_reads_every_market_endpoint(venue):
    session = HTTP()
    session.endpoint = venue.rest_url

    def use() -> None:
        try:
            linear = {"category": "linear", "symbol": "BTCUSDT"}
            assert abs(session.get_server_time()["time"] - venue.now()) < 5_000
            rows = session.get_kline(**linear, interval="15", limit=1000)["result"]["list"]
            assert len(rows) == 1000
            assert len(session.get_mark_price_kline(**linear, interval="15", limit=7)["result"]["list"]) == 7
            assert len(session.get_index_price_kline(**linear, interval="D", limit=7)["result"]["list"]) == 7
            assert len(session.get_premium_index_price_kline(**linear, interval="D", limit=7)["result"]["list"]) == 7
            assert len(session.get_instruments_info(category="linear")["result"]["list"]) == 12
            first = session.get_instruments_info(category="linear", limit=5)["result"]
            second = session.get_instruments_info(category="linear", limit=5, cursor=first["nextPageCursor"])["result"]
            assert {r["symbol"] for r in first["list"]}.isdisjoint(r["symbol"] for r in second["list"])
            assert len(session.get_tickers(category="linear")["result"]["list"]) == 12
            assert len(session.get_orderbook(**linear, limit=50)["result"]["a"]) == 50
            assert len(session.get_public_trade_history(**linear, limit=60)["result"]["list"]) == 60
            assert len(session.get_funding_rate_history(**linear)["result"]["list"]) == 200
            interest = session.get_open_interest(**linear, intervalTime="5min")["result"]
            older = session.get_open_interest(**linear, intervalTime="5min", cursor=interest["nextPageCursor"])[
                "result"
            ]
            assert int(older["list"][0]["timestamp"]) < int(interest["list"][-1]["timestamp"])
            assert session.get_risk_limit(**linear)["result"]["list"]
        finally:
            session.client.close()

    await asyncio.to_thread(use)


async def test_ccxt_reads_the_market(venue):
    exchange = ccxt.async_support.bybit({"options": {"defaultType": "swap"}})
    exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], venue.rest_url)
    name = "BTC/USDT:USDT"
    try:
        markets = await exchange.load_markets()
        assert sum(m["swap"] and m["linear"] for m in markets.values()) == 12
        market = markets[name]
        assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
        rows = await exchange.fetch_ohlcv(name, "15m", limit=500)
        assert len(rows) == 500
        assert [r[0] for r in rows] == sorted(r[0] for r in rows)
        since = rows[0][0] - 900_000 * 100
        older = await exchange.fetch_ohlcv(name, "15m", since=since, limit=100)
        assert older[0][0] == since
        assert older[-1][4] == rows[0][1]
        ticker = await exchange.fetch_ticker(name)
        assert ticker["bid"] <= ticker["last"] <= ticker["ask"]
        assert len(await exchange.fetch_tickers()) == 12
        book = await exchange.fetch_order_book(name, 50)
        assert book["bids"][0][0] < book["asks"][0][0]
        trades = await exchange.fetch_trades(name, limit=100)
        assert len(trades) == 100
        assert (await exchange.fetch_funding_rate_history(name, limit=10))[-1]["fundingRate"] is not None
        assert len(await exchange.fetch_open_interest_history(name, "1h", limit=10)) == 10
        assert (await exchange.fetch_funding_rate(name))["fundingRate"] is not None
        assert abs(await exchange.fetch_time() - venue.now()) < 5_000
        with pytest.raises(ccxt.BadRequest):
            await exchange.public_get_v5_market_kline({"category": "linear", "symbol": "NOPE", "interval": "1"})
    finally:
        await exchange.close()

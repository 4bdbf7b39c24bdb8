import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.market import Side
from shared_modules.exchanges.base import BookTopic, CandleTopic, TickerTopic, TradeTopic
from shared_modules.exchanges.bybit.feeds import CandleFeed, TickerFeed, TradeFeed, feed_for
from shared_modules.exchanges.bybit.parse import TICKER_FIELDS

from .fakes import BTC, MINUTE, T0, kline, series, ticker

SAMPLES = Path(__file__).parents[3].parent / "shared" / "reference" / "bybit-v5-samples"


def test_a_candle_says_whether_it_is_final():
    (candle,) = CandleFeed().receive(kline(confirm=True))
    assert (candle.time, candle.open, candle.close, candle.volume, candle.confirmed) == (T0, 9.0, 10.0, 2.5, True)


def test_two_candles_in_one_message_come_in_time_order():
    message = kline(start=T0 + MINUTE)
    message["data"] += kline(start=T0, confirm=True)["data"]
    assert [(c.time, c.confirmed) for c in CandleFeed().receive(message)] == [(T0, True), (T0 + MINUTE, False)]


def test_trades_carry_the_side_of_the_taker():
    row = {"T": T0, "s": "BTCUSDT", "S": "Sell", "v": "0.001", "p": "16578.50", "L": "PlusTick", "i": "id", "BT": False}
    (trade,) = TradeFeed().receive({"topic": "publicTrade.BTCUSDT", "ts": T0, "type": "snapshot", "data": [row]})
    assert (trade.time, trade.price, trade.size, trade.side, trade.id) == (T0, 16578.5, 0.001, Side.SELL, "id")


def test_a_ticker_waits_for_its_snapshot_after_every_reset():
    feed = TickerFeed()
    assert feed.receive(ticker("delta", lastPrice="5")) is None
    assert feed.receive(ticker(lastPrice="4", markPrice="3")).last == 4.0
    assert feed.receive(ticker("delta", lastPrice="5")).mark == 3.0
    feed.reset()
    assert feed.latest() is None
    assert feed.receive(ticker("delta", lastPrice="6")) is None


def test_an_empty_value_means_none_and_an_absent_key_means_unchanged():
    feed = TickerFeed()
    feed.receive(ticker(lastPrice="4", fundingRate="0.0001", nextFundingTime="1760342400000"))
    changed = feed.receive(ticker("delta", fundingRate="", ts=T0 + 1))
    assert math.isnan(changed.funding_rate)
    assert (changed.last, changed.next_funding_time, changed.time) == (4.0, 1760342400000, T0 + 1)


VALUES = st.one_of(st.just(""), st.integers(-99, 99).map(str))
DELTAS = st.dictionaries(st.sampled_from(sorted(set(TICKER_FIELDS) - {"usdIndexPrice"})), VALUES)


@given(DELTAS, st.lists(DELTAS, max_size=6))
def test_a_merged_ticker_equals_one_snapshot_of_everything_said(first, deltas):
    merged, together = TickerFeed(), dict(first)
    merged.receive(ticker(**first))
    for delta in deltas:
        merged.receive(ticker("delta", **delta))
        together |= delta
    assert repr(merged.latest()) == repr(TickerFeed().receive(ticker(**together)))


TOPICS = {
    "kline": (CandleTopic(series(name="5m")), "ws_public_kline.json"),
    "trade": (TradeTopic(BTC), "ws_public_trade.json"),
    "ticker": (TickerTopic(BTC), "ws_public_ticker_linear_snapshot.json"),
    "spot ticker": (TickerTopic(BTC), "ws_public_ticker_spot_snapshot.json"),
    "book": (BookTopic(BTC, 50), "ws_public_orderbook_50_snapshot.json"),
}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded samples are not here")
@pytest.mark.parametrize("name", TOPICS)
def test_recorded_messages_are_understood(name):
    topic, file = TOPICS[name]
    assert feed_for(topic).receive(json.loads((SAMPLES / file).read_text())) is not None

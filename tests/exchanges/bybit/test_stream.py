"""The stream of Bybit under every fate of its connections, on a clock that is moved by hand."""

import asyncio
import logging
from itertools import pairwise

import pytest

from shared_modules.core.errors import InvalidInput, OutOfRange
from shared_modules.core.events import ConnectionState, LostMessages
from shared_modules.core.market import Category, Market
from shared_modules.exchanges.base import BookTopic, CandleTopic, TickerTopic, TradeTopic
from shared_modules.exchanges.bybit import BybitStream

from .fakes import BTC, T0, book, kline, series, settings, ticker
from .stream_world import CANDLES, TICKER, StreamWorld, started

UNKNOWN = "error:handler not found,topic:{}"


@pytest.fixture
async def world():
    made = StreamWorld()
    yield made
    await made.stream.close()
    assert len(asyncio.all_tasks()) == 1


async def test_a_subscriber_gets_what_comes_on_its_topics_alone(world):
    await started(world, CANDLES)
    assert world.socket.url == "ws://exchange.test/v5/public/linear"
    world.socket.say(kline(close="12", confirm=True))
    world.socket.say(kline("ETHUSDT"))
    ((topic, candles),) = world.got
    assert (topic, candles[0].close, candles[0].confirmed) == (CANDLES, 12.0, True)


async def test_connected_is_told_when_the_topics_are_acknowledged(world):
    world.sockets.acknowledge = False
    await started(world, CANDLES)
    assert world.states == [ConnectionState.CONNECTING]
    world.socket.answer(world.socket.sent[0])
    await world.clock.advance(0)
    assert world.states == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]


async def test_data_before_the_acknowledgement_is_delivered(world):
    world.sockets.acknowledge = False
    await started(world, TICKER)
    world.socket.say(ticker(lastPrice="7"))
    assert world.got[0][1].last == 7.0


async def test_a_dropped_connection_comes_back_with_its_topics(world):
    await started(world, CANDLES, TICKER)
    topics = set(world.socket.topics)
    world.socket.drop()
    await world.clock.advance(0.4)
    assert world.stream.health().state is ConnectionState.RECONNECTING
    await world.clock.advance(0.2)
    assert len(world.sockets.opened) == 2
    assert world.socket.topics == topics
    assert world.states[1:] == [ConnectionState.CONNECTED, ConnectionState.RECONNECTING, ConnectionState.CONNECTED]
    assert world.stream.health().reconnects == 1
    world.socket.say(kline())
    assert world.got


async def test_silence_is_noticed_and_the_socket_replaced(world):
    await started(world, CANDLES)
    first = world.socket
    first.pongs = False
    await world.clock.advance(29.0)
    assert first.open
    await world.clock.advance(2.0)
    assert not first.open
    assert world.socket is not first
    assert world.socket.topics == {"kline.1.BTCUSDT"}


async def test_pings_keep_a_quiet_connection(world):
    await started(world, TradeTopic(BTC))
    await world.clock.advance(200)
    assert len(world.sockets.opened) == 1
    assert len(world.socket.frames("ping")) == 10


async def test_a_short_silence_limit_pings_often_enough():
    world = StreamWorld(silence_limit=3.0, ping_interval=20.0)
    await started(world, CANDLES)
    await world.clock.advance(60)
    assert len(world.sockets.opened) == 1
    await world.stream.close()


async def test_a_computer_that_slept_reconnects_at_once(world):
    await started(world, CANDLES)
    world.clock.step(3_600_000)
    await world.clock.advance(6)
    assert len(world.sockets.opened) == 2


async def test_an_unanswered_subscription_replaces_the_socket(world):
    world.sockets.acknowledge = False
    await started(world, CANDLES)
    world.sockets.acknowledge = True
    await world.clock.advance(40)
    assert len(world.sockets.opened) == 2
    assert world.stream.health().state is ConnectionState.CONNECTED


async def test_attempts_are_spaced_ever_wider_up_to_half_a_minute(world):
    world.sockets.refuse = True
    await world.stream.start()
    moments, before = [], 0
    for _ in range(4000):
        await world.clock.advance(0.05)
        if world.sockets.attempts > before:
            before = world.sockets.attempts
            moments.append(world.clock.monotonic())
    gaps = [round(b - a, 1) for a, b in pairwise(moments[1:])]
    assert gaps[:6] == pytest.approx([1, 2, 4, 8, 16, 30], abs=0.15)
    assert world.states[-1] is ConnectionState.DOWN
    world.sockets.refuse = False
    await world.clock.advance(40)
    assert world.states[-1] is ConnectionState.CONNECTED


async def test_a_minute_of_good_traffic_resets_the_spacing(world):
    await started(world, CANDLES)
    for _ in range(6):
        world.socket.drop()
        await world.clock.advance(70)
    world.socket.drop()
    await world.clock.advance(0.6)
    assert len(world.sockets.opened) == 8


async def test_a_refused_topic_does_not_take_the_others_with_it(world, caplog):
    bad = TickerTopic(Market("bybit", Category.LINEAR, "NOPEUSDT"))
    world.sockets.acknowledge = False
    await started(world, CANDLES, bad, TICKER)
    world.sockets.acknowledge = True
    world.socket.refusals["tickers.NOPEUSDT"] = UNKNOWN.format("tickers.NOPEUSDT")
    world.socket.answer(world.socket.sent[0])
    await world.clock.advance(0.5)
    assert world.socket.topics == {"kline.1.BTCUSDT", "tickers.BTCUSDT"}
    assert world.stream.health().refused == ("tickers.NOPEUSDT",)
    assert world.stream.health().state is ConnectionState.CONNECTED
    assert "refused the subscription of tickers.NOPEUSDT" in caplog.text


async def test_many_topics_are_chunked_and_spread_over_connections(world):
    topics = [CandleTopic(series(f"COIN{i:04d}USDT")) for i in range(1000)]
    await started(world, *topics)
    await world.clock.advance(5)
    assert len(world.sockets.opened) == 2
    for socket in world.sockets.opened:
        assert all(len(f["args"]) <= 100 for f in socket.frames("subscribe"))
        assert sum(map(len, socket.topics)) <= 15_000
    assert sum(len(s.topics) for s in world.sockets.opened) == 1000
    assert world.stream.health().topics == 1000


async def test_one_lost_connection_of_two_is_degraded_and_then_connected_again(world):
    await started(world, *(CandleTopic(series(f"COIN{i:04d}USDT")) for i in range(1000)))
    await world.clock.advance(5)
    world.states.clear()
    world.sockets.opened[0].drop()
    await world.clock.advance(5)
    assert world.states == [ConnectionState.DEGRADED, ConnectionState.CONNECTED]


async def test_a_connection_without_topics_left_is_closed_when_it_is_not_the_only_one(world):
    undo = await started(world, *(CandleTopic(series(f"COIN{i:04d}USDT")) for i in range(1000)))
    await world.clock.advance(5)
    undo()
    undo()
    await world.clock.advance(1)
    assert [s.open for s in world.sockets.opened].count(True) == 1


async def test_the_last_to_leave_a_topic_unsubscribes_it(world):
    undo = await started(world, CANDLES)
    undo_second = world.stream.subscribe([CANDLES], world.deliver)
    undo()
    await world.clock.advance(1)
    assert world.socket.topics == {"kline.1.BTCUSDT"}
    undo_second()
    await world.clock.advance(1)
    assert world.socket.topics == set()


async def test_a_late_subscriber_gets_the_present_ticker_at_once(world):
    await started(world, TICKER)
    world.socket.say(ticker(lastPrice="7", markPrice="6"))
    world.socket.say(ticker("delta", lastPrice="8"))
    late = []
    world.stream.subscribe([TICKER], lambda topic, delivery: late.append(delivery))
    assert [(t.last, t.mark) for t in late] == [(8.0, 6.0)]


async def test_a_merged_ticker_is_forgotten_with_its_connection(world):
    await started(world, TICKER)
    world.socket.say(ticker(lastPrice="7", markPrice="6"))
    world.socket.drop()
    await world.clock.advance(1)
    world.got.clear()
    world.socket.say(ticker("delta", lastPrice="8"))
    assert world.got == []
    world.socket.say(ticker(lastPrice="9"))
    assert world.got[0][1].last == 9.0


async def test_a_book_that_stays_crossed_is_subscribed_again(world):
    await started(world, BookTopic(BTC, 50))
    world.socket.say(book("snapshot", 10, [["1", "1"]], [["2", "1"]]))
    for u in (11, 12):
        world.socket.say(book("delta", u, [["3", "1"]], []))
    await world.clock.advance(1)
    ops = [f["op"] for f in world.socket.sent if f["args"] == ["orderbook.50.BTCUSDT"]]
    assert ops == ["subscribe", "unsubscribe", "subscribe"]
    world.socket.say(book("snapshot", 90, [["1", "1"]], [["2", "1"]]))
    assert world.got[-1][1].update_id == 90


async def test_what_cannot_be_read_is_counted_and_the_rest_goes_on(world):
    await started(world, CANDLES)
    for frame in (b"not json", b"[1]", b'"text"', {"topic": "kline.1.BTCUSDT"}, {"topic": ["x"], "data": []}):
        world.socket.say(frame)
    world.socket.say({"topic": "kline.1.BTCUSDT", "data": [{"start": "x"}], "ts": "y"})
    world.socket.say(kline())
    assert world.stream.malformed_frames == 6
    assert len(world.got) == 1


async def test_a_malformed_book_delta_costs_the_book_and_not_the_connection(world):
    await started(world, BookTopic(BTC, 50))
    world.socket.say(book("snapshot", 10, [["1", "1"]], [["2", "1"]]))
    world.socket.say(book("delta", 11, [["x", "1"]], []))
    await world.clock.advance(1)
    assert [f["op"] for f in world.socket.sent] == ["subscribe", "unsubscribe", "subscribe"]
    assert len(world.sockets.opened) == 1


async def test_an_error_in_a_subscriber_is_logged_and_reaches_nobody_else(world, caplog):
    def broken(topic, delivery):
        raise RuntimeError("mine")

    world.stream.subscribe([CANDLES], broken)
    await started(world, CANDLES)
    world.socket.say(kline())
    world.socket.say(kline())
    assert len(world.got) == 2
    assert "a subscriber of kline.1.BTCUSDT failed" in caplog.text


async def test_an_error_in_a_state_listener_does_not_stop_the_stream(world, caplog):
    def broken(state, detail):
        raise RuntimeError("mine")

    world.stream.on_state(broken)
    await started(world, CANDLES)
    assert world.stream.health().state is ConnectionState.CONNECTED
    assert "a listener of the connection state failed" in caplog.text


async def test_health_tells_rate_age_and_time(world):
    await started(world, CANDLES)
    assert world.stream.health().exchange_time is None
    for second in range(5):
        for i in range(20):
            world.socket.say(kline(ts=T0 + second * 1000 + i))
        await world.clock.advance(1)
    health = world.stream.health()
    assert health.messages == 100
    assert health.messages_per_second == pytest.approx(20, rel=0.3)
    assert health.last_message_age == pytest.approx(1.0)
    assert health.exchange_time == T0 + 4019
    assert health.latency_ms is None


async def test_the_latency_is_known_once_the_clocks_are_compared(world):
    await started(world, CANDLES)
    world.stream.clock_offset = 100.0
    world.socket.say(kline(ts=world.clock.now() + 60))
    assert world.stream.health().latency_ms == pytest.approx(40.0)


def test_a_topic_of_another_category_or_an_unknown_depth_is_refused_by_name():
    stream = StreamWorld().stream
    with pytest.raises(InvalidInput, match="this stream carries linear markets"):
        stream.subscribe([TradeTopic(Market("bybit", Category.SPOT, "BTCUSDT"))], print)
    with pytest.raises(OutOfRange, match="not of 20"):
        stream.subscribe([BookTopic(BTC, 20)], print)


async def test_closing_while_the_exchange_is_away_leaves_nothing_behind(world, caplog):
    world.sockets.refuse = True
    await world.stream.start()
    await world.clock.advance(3)
    await world.stream.close()
    await world.stream.close()
    assert world.states[-1] is ConnectionState.OFF
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


async def test_a_connect_that_returns_without_a_connection_is_a_failed_one():
    world = StreamWorld()

    async def nothing(url, listener, library, timeout):
        world.sockets.attempts += 1

    stream = BybitStream(settings(), Category.LINEAR, world.clock, connect=nothing, jitter=lambda: 0.5)
    details = []
    stream.on_state(lambda state, detail: details.append(detail))
    await stream.start()
    await world.clock.advance(3)
    assert world.sockets.attempts == 3
    assert "the handshake ended without one" in details[-1]
    await stream.close()


async def other_topics_speak(world, seconds):
    """Let time pass in which every topic of ETHUSDT speaks on every open socket; when new sockets came."""
    moments, before = [], len(world.sockets.opened)
    for _ in range(seconds):
        world.socket.say(ticker(symbol="ETHUSDT", lastPrice="7"))
        world.socket.say(kline("ETHUSDT"))
        await world.clock.advance(1)
        if len(world.sockets.opened) > before:
            before = len(world.sockets.opened)
            moments.append(world.clock.monotonic())
    return moments


async def test_a_silent_topic_is_subscribed_again_and_then_costs_its_connection_once(world):
    eth = Market("bybit", Category.LINEAR, "ETHUSDT")
    await started(world, CANDLES, TickerTopic(eth), CandleTopic(series("ETHUSDT")), TradeTopic(BTC))
    first = world.socket
    moments = await other_topics_speak(world, 2000)
    assert moments == [pytest.approx(90 + 180, abs=10)]
    assert [f["args"] for f in first.frames("unsubscribe")] == [["kline.1.BTCUSDT"]]
    assert [d.reason for d in world.stream.disconnects()] == ["nothing came of kline.1.BTCUSDT in time"]
    assert len(world.socket.frames("unsubscribe")) == 2
    world.socket.say(kline())
    assert await other_topics_speak(world, 150) == []
    assert len(world.socket.frames("unsubscribe")) == 3


async def test_a_connection_whose_topics_are_all_silent_is_replaced_ever_more_rarely(world):
    await started(world, CANDLES, TICKER, TradeTopic(BTC))
    moments = []
    for _ in range(1300):
        await world.clock.advance(1)
        if len(world.sockets.opened) > len(moments) + 1:
            moments.append(world.clock.monotonic())
    gaps = [later - earlier for earlier, later in pairwise([0, *moments])]
    assert gaps == pytest.approx([90, 180, 360], abs=8)
    assert world.stream.disconnects()[0].reason == "nothing came of kline.1.BTCUSDT and 1 more topics in time"


async def test_a_quiet_market_without_trades_is_no_fault(world):
    await started(world, TradeTopic(BTC))
    await world.clock.advance(1000)
    assert len(world.sockets.opened) == 1


async def test_a_refused_topic_is_asked_for_again_and_told_once(world, caplog):
    bad = TickerTopic(Market("bybit", Category.LINEAR, "NOPEUSDT"))
    world.sockets.acknowledge = False
    await started(world, bad)
    world.sockets.acknowledge = True
    world.socket.refusals["tickers.NOPEUSDT"] = UNKNOWN.format("tickers.NOPEUSDT")
    world.socket.answer(world.socket.sent[0])
    await world.clock.advance(200)
    assert len(world.socket.frames("subscribe")) == 3
    assert world.stream.health().refused == ("tickers.NOPEUSDT",)
    assert caplog.text.count("refused the subscription") == 1
    world.socket.refusals.clear()
    await world.clock.advance(90)
    assert world.socket.topics == {"tickers.NOPEUSDT"}


async def test_every_time_without_a_connection_is_logged_with_its_length_and_reason(world):
    heard = []
    undo = world.stream.on_disconnect(heard.append)
    await started(world, CANDLES)
    await world.clock.advance(10)
    began = world.clock.now()
    world.sockets.refuse = True
    world.socket.drop("closed by the exchange (code 1001)")
    await world.clock.advance(5)
    (lasting,) = world.stream.disconnects()
    assert (lasting.ended, lasting.duration, heard) == (None, pytest.approx(5), [])
    world.sockets.refuse = False
    await world.clock.advance(5)
    (record,) = heard
    assert world.stream.disconnects() == (record,)
    assert (record.name, record.started, record.reason) == (
        "public linear", began, "closed by the exchange (code 1001)",
    )  # fmt: skip
    assert record.ended - record.started == pytest.approx(record.duration * 1000, abs=1)
    assert (record.attempts, record.lost) == (4, LostMessages.REFETCHED)
    undo()
    world.socket.drop()
    await world.clock.advance(60)
    assert (len(heard), len(world.stream.disconnects())) == (1, 2)


@pytest.mark.parametrize(
    ("topics", "lost"),
    [
        ((), LostMessages.NOTHING),
        ((TICKER,), LostMessages.REFETCHED),
        ((TICKER, TradeTopic(BTC)), LostMessages.UNKNOWN),
    ],
)
async def test_the_log_says_whether_what_was_missed_can_be_had_again(world, topics, lost):
    await started(world, *topics)
    world.socket.drop()
    await world.clock.advance(1)
    assert [d.lost for d in world.stream.disconnects()] == [lost]


async def test_an_exchange_that_was_never_reached_was_not_lost(world):
    world.sockets.refuse = True
    await world.stream.start()
    await world.clock.advance(30)
    assert world.stream.disconnects() == ()


async def test_a_flapping_exchange_is_asked_for_at_most_a_hundred_connections_in_five_minutes(world):
    await started(world, CANDLES)
    moments = [0.0]
    for _ in range(12_000):
        if world.socket.open and world.clock.monotonic() - moments[-1] > 60.5:
            world.socket.drop()
        await world.clock.advance(0.25)
        moments += [world.clock.monotonic()] * (len(world.sockets.opened) - len(moments))
    for earlier, later in zip(moments, moments[100:], strict=False):
        assert later - earlier >= 300
